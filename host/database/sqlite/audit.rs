//! The audit's rows.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::failure::Result;
use super::read::{operator, parsed};
use crate::database::chain::{Deed, known_by, person};
use crate::database::{Audit, AuditRow};
use crate::identity::Digest;

/// Appends what was done, chained to where the audit ended by its own account: on top of rows that
/// were cut off, the break stays to be seen.
pub(super) fn append(tx: &Connection, deed: &Deed<'_>) -> Result<()> {
    let number = tx.query_row("SELECT max(number) FROM audit", [], |row| {
        row.get::<_, Option<u64>>(0)
    })?;
    let row = AuditRow::following(number.unwrap_or(0), end(tx)?, deed);
    tx.execute(
        "INSERT INTO audit
           (number, at, operator, server, action, detail, previous, hash, person, known_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            row.number,
            row.at.to_string(),
            row.operator.account,
            row.server,
            row.action,
            row.detail,
            row.previous.to_string(),
            row.hash.to_string(),
            person(&row.operator),
            known_by(&row.operator),
        ],
    )?;
    Ok(())
}

/// The hash of the last row that was ever written.
pub(super) fn end(tx: &Connection) -> Result<Option<Digest>> {
    let end = tx.query_row("SELECT audit_end FROM system", [], |row| {
        row.get::<_, Option<String>>(0)
    });
    let end = end.optional()?.flatten();
    end.map(|end| parsed("system.audit_end", &end)).transpose()
}

/// The whole audit, in one snapshot.
pub(super) fn audit(tx: &Connection) -> Result<Audit> {
    Ok(Audit {
        rows: rows(tx)?,
        end: end(tx)?,
    })
}

/// Every row, oldest first, as it stands: whether the chain holds is for the reader to verify.
pub(super) fn rows(tx: &Connection) -> Result<Vec<AuditRow>> {
    let mut statement = tx.prepare(
        "SELECT number, at, operator, server, action, detail, previous, hash, person, known_by
         FROM audit ORDER BY number",
    )?;
    let mut rows = statement.query([])?;
    let mut audit = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |index: usize| row.get::<_, String>(index);
        let number: u64 = row.get(0)?;
        let of_row = |column: &str| format!("audit.{column} of row {number}");
        audit.push(AuditRow {
            number,
            at: parsed(&of_row("at"), &text(1)?)?,
            operator: operator(&of_row("known_by"), text(2)?, row.get(8)?, row.get(9)?)?,
            server: text(3)?,
            action: text(4)?,
            detail: text(5)?,
            previous: parsed(&of_row("previous"), &text(6)?)?,
            hash: parsed(&of_row("hash"), &text(7)?)?,
        });
    }
    Ok(audit)
}
