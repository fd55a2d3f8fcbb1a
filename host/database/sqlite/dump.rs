//! Everything a dump prints.

use rusqlite::Connection;

use super::failure::Result;
use super::{audit, journal, migrate, read};
use crate::database::dump::Content;

/// Reads every table.
pub(super) fn content(tx: &Connection) -> Result<Content> {
    Ok(Content {
        schema: migrate::version(tx)?,
        state: read::state(tx)?,
        proofs: read::proofs(tx)?,
        promotions: journal::all(tx)?,
        audit: audit::rows(tx)?,
    })
}
