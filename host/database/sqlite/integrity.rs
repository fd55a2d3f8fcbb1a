//! Whether the file still holds what SQLite wrote.

use rusqlite::Connection;

use super::failure::Result;

/// How many problems are told; a damaged file has thousands.
const MAX_PROBLEMS: u32 = 20;

/// SQLite's own account: pages, indexes, checks and types, then rows that refer to nothing.
pub(super) fn problems(tx: &Connection) -> Result<Vec<String>> {
    let mut statement = tx.prepare(&format!("PRAGMA integrity_check({MAX_PROBLEMS})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut problems = Vec::new();
    for line in lines {
        // SQLite puts a heading and several problems into one row.
        let line = line?;
        let told = line
            .lines()
            .filter(|line| *line != "ok" && !line.starts_with("***"));
        problems.extend(told.map(str::to_owned));
    }
    let mut statement = tx.prepare("PRAGMA foreign_key_check")?;
    let orphans = statement.query_map([], |row| {
        let (table, parent) = (row.get::<_, String>(0)?, row.get::<_, String>(2)?);
        Ok(format!(
            "a row of table {table} refers to a row of table {parent} that is not there"
        ))
    })?;
    for orphan in orphans {
        problems.push(orphan?);
    }
    Ok(problems)
}
