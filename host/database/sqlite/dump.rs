//! Everything a dump prints.

use rusqlite::Connection;

use super::failure::Result;
use super::{audit, governing, journal, migrate, read};
use crate::database::dump::Content;

/// Reads every table.
pub(super) fn content(tx: &Connection) -> Result<Content> {
    Ok(Content {
        schema: migrate::version(tx)?,
        state: read::state(tx)?,
        proofs: read::proofs(tx)?,
        governing: governing::governing(tx)?,
        promotions: journal::all(tx)?,
        judgements: governing::judgements(tx)?,
        audit: audit::rows(tx)?,
    })
}
