//! The schema's numbered steps, forward only.
//!
//! **Invariant:** `PRAGMA user_version` counts the migrations that are in the file; each commits
//! together with its number.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::failure::{Result, corrupt};
use crate::database::Error;
use crate::fault::around;

/// Every migration, oldest first; one that has been released never changes.
pub(super) const MIGRATIONS: [&str; 3] = [
    include_str!("../schema/0001-first.sql"),
    include_str!("../schema/0002-audit-end.sql"),
    include_str!("../schema/0003-what-is-known.sql"),
];

/// The schema the file has.
pub(super) fn version(connection: &Connection) -> Result<u32> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    u32::try_from(version).map_err(|_| corrupt(format!("its schema is {version}")).into())
}

/// Refuses a schema that a later program has written.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<()> {
    let (found, known) = (version(connection)?, newest());
    if found > known {
        return Err(Error::Newer {
            path: path.to_owned(),
            found,
            known,
        }
        .into());
    }
    Ok(())
}

/// Applies those of `migrations` that the file lacks.
pub(super) fn run(connection: &Connection, migrations: &[&str]) -> Result<()> {
    if version(connection)? >= count(migrations) {
        return Ok(());
    }
    // A table is rebuilt by dropping the old one, which foreign keys would not let happen; they
    // are checked before each commit instead.
    connection.pragma_update(None, "foreign_keys", false)?;
    let outcome = (1..)
        .zip(migrations)
        .try_for_each(|(number, sql)| step(connection, number, sql));
    connection.pragma_update(None, "foreign_keys", true)?;
    outcome
}

fn step(connection: &Connection, number: u32, sql: &str) -> Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Read under the write lock: another process may have migrated meanwhile.
    if version(&transaction)? >= number {
        return Ok(());
    }
    transaction.execute_batch(sql)?;
    let mut violations = transaction.prepare("PRAGMA foreign_key_check")?;
    if violations.exists([])? {
        return Err(corrupt(format!(
            "migration {number} would leave rows that refer to nothing"
        ))
        .into());
    }
    drop(violations);
    transaction.pragma_update(None, "user_version", number)?;
    Ok(around("database/migrate", || transaction.commit())?)
}

/// The newest schema that this program knows.
pub(super) fn newest() -> u32 {
    count(&MIGRATIONS)
}

fn count(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).expect("there are fewer migrations than 32 bits count")
}

// These run on databases in memory, which touch nothing outside.
#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "
        CREATE TABLE server (name TEXT PRIMARY KEY) STRICT;
        CREATE TABLE info (master TEXT REFERENCES server (name)) STRICT;
        INSERT INTO server VALUES ('SSO01');
        INSERT INTO info VALUES ('SSO01');";
    const SECOND: &str = "
        CREATE TABLE wider (name TEXT PRIMARY KEY, roles TEXT NOT NULL) STRICT;
        INSERT INTO wider SELECT name, '' FROM server;
        DROP TABLE server;
        ALTER TABLE wider RENAME TO server;";

    fn memory() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "foreign_keys", true)
            .unwrap();
        connection
    }

    fn foreign_keys(connection: &Connection) -> bool {
        connection
            .pragma_query_value(None, "foreign_keys", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn an_older_schema_is_brought_forward_with_its_rows() {
        let connection = memory();
        run(&connection, &[FIRST]).unwrap();
        assert_eq!(version(&connection).unwrap(), 1);

        run(&connection, &[FIRST, SECOND]).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
        let roles: String = connection
            .query_row("SELECT roles FROM server WHERE name = 'SSO01'", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(roles, "");
        assert!(foreign_keys(&connection));
        run(&connection, &[FIRST, SECOND]).unwrap();
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn a_failing_migration_leaves_the_schema_before_it() {
        for failing in [
            "CREATE TABLE half (x); SELECT * FROM nowhere;",
            "CREATE TABLE half (x); DELETE FROM server;",
        ] {
            let connection = memory();
            assert!(run(&connection, &[FIRST, failing]).is_err(), "{failing}");
            assert_eq!(version(&connection).unwrap(), 1);
            assert!(!connection.table_exists(None, "half").unwrap());
            assert!(foreign_keys(&connection));
        }
    }
}
