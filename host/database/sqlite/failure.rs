//! What goes wrong inside a transaction, before it is known of which file.

use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use super::file;
use crate::database::{EngineFailure, Error};
use crate::fault::Fault;
use crate::journal::IllegalEvent;

/// A result inside this engine.
pub(super) type Result<T> = std::result::Result<T, Failure>;

/// A refusal of ours, or SQLite's error still without the file it is about.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Error),
    Sqlite(rusqlite::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Fault> for rusqlite::Error {
    fn from(_: Fault) -> Self {
        Self::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None)
    }
}

impl From<IllegalEvent> for Failure {
    fn from(illegal: IllegalEvent) -> Self {
        Self::Refused(illegal.into())
    }
}

impl Failure {
    /// The error, now that the file is known.
    pub(super) fn at(self, path: &Path) -> Error {
        let error = match self {
            Self::Refused(error) => return error,
            Self::Sqlite(error) => error,
        };
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy {
                writer: file::writer(&path),
                path,
            },
            Some(ErrorCode::ReadOnly) => Error::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Error::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => corrupt(format!("SQLite says: {error}")),
            _ if misread(&error) => corrupt(error.to_string()),
            _ => Error::Engine {
                path,
                source: EngineFailure::sqlite(error),
            },
        }
    }
}

/// Whether a value was not of the type that its column holds.
fn misread(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

/// What is stored breaks a rule.
pub(super) fn corrupt(what: impl Into<String>) -> Error {
    Error::Corrupt { what: what.into() }
}
