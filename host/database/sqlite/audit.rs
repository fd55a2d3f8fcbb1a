//! The audit's rows.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::failure::Result;
use super::read::parsed;
use crate::database::AuditRow;
use crate::database::chain::Deed;

/// Appends what was done, chained to the row before.
pub(super) fn append(tx: &Connection, deed: &Deed<'_>) -> Result<()> {
    let last = tx.query_row(
        "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get::<_, String>(1)?)),
    );
    let last = match last.optional()? {
        Some((number, hash)) => Some((number, parsed("audit.hash", &hash)?)),
        None => None,
    };
    let row = AuditRow::following(last, deed);
    tx.execute(
        "INSERT INTO audit (number, at, operator, server, action, detail, previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            row.number,
            row.at.to_string(),
            row.operator,
            row.server,
            row.action,
            row.detail,
            row.previous.to_string(),
            row.hash.to_string(),
        ],
    )?;
    Ok(())
}

/// Every row, oldest first, as it stands: whether the chain holds is for the reader to verify.
pub(super) fn rows(tx: &Connection) -> Result<Vec<AuditRow>> {
    let mut statement = tx.prepare(
        "SELECT number, at, operator, server, action, detail, previous, hash
         FROM audit ORDER BY number",
    )?;
    let mut rows = statement.query([])?;
    let mut audit = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |index: usize| row.get::<_, String>(index);
        audit.push(AuditRow {
            number: row.get(0)?,
            at: parsed("audit.at", &text(1)?)?,
            operator: text(2)?,
            server: text(3)?,
            action: text(4)?,
            detail: text(5)?,
            previous: parsed("audit.previous", &text(6)?)?,
            hash: parsed("audit.hash", &text(7)?)?,
        });
    }
    Ok(audit)
}
