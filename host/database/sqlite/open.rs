//! Opening a database file, and creating one whole or not at all.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tempfile::TempPath;

use super::failure::Failure;
use super::{Sqlite, file, migrate, write};
use crate::database::{BUSY_TIMEOUT, Error, NewSystem, rules};
use crate::fault;
use crate::system::Actor;

/// Marks the file as a credential database: "Rgnt" in the header's application id.
const APPLICATION_ID: i32 = 0x5267_6E74;

/// The engine's name in a URL.
const SCHEME: &str = "sqlite:";

/// Opens what is there.
pub(in crate::database) fn open(url: &str) -> Result<Sqlite, Error> {
    let mut path = path(url)?;
    if path.is_symlink() && path.is_file() {
        // The lock and the log lie beside the file itself: two names must not mean two of them.
        path = std::fs::canonicalize(&path).map_err(file::failed("find", &path))?;
    }
    file::check(&path)?;
    let connection = prepare(&path).map_err(|failure| failure.at(&path))?;
    Ok(Sqlite {
        url: url.to_owned(),
        path,
        connection,
    })
}

/// Opens what is there to read only, whatever its schema up to the newest.
pub(in crate::database) fn look(url: &str) -> Result<Sqlite, Error> {
    let path = path(url)?;
    file::check(&path)?;
    let known = || {
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        refuse_foreign(&connection, &path)?;
        Ok(connection)
    };
    let connection = known().map_err(|failure: Failure| failure.at(&path))?;
    Ok(Sqlite {
        url: url.to_owned(),
        path,
        connection,
    })
}

/// Builds the database in a folder of its own beside its place and moves it there in one step,
/// so that a failure or a crash leaves nothing under its name.
pub(in crate::database) fn create(
    url: &str,
    new: &NewSystem,
    actor: &Actor,
) -> Result<Sqlite, Error> {
    let path = path(url)?;
    rules::in_range(&new.info)?;
    file::vacant(&path)?;
    let folder = path.parent().ok_or_else(|| Error::NoFile {
        url: url.to_owned(),
    })?;
    let workshop = file::private_folder(folder).map_err(file::failed("write to", folder))?;
    let unborn = workshop.path().join("database");
    file::create_private(&unborn).map_err(file::failed("create", &path))?;
    build(&unborn, new, actor).map_err(|failure| failure.at(&path))?;
    fault::point("database/create/before-rename")?;
    TempPath::try_from_path(unborn)
        .map_err(file::failed("create", &path))?
        .persist_noclobber(&path)
        .map_err(|failed| match failed.error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists { path: path.clone() },
            _ => file::failed("create", &path)(failed.error),
        })?;
    file::sync_folder(folder).map_err(file::failed("write to", folder))?;
    fault::point("database/create/after-rename")?;
    open(url)
}

/// The file a URL names, as an absolute path: SQLite gives names such as `:memory:` a meaning.
fn path(url: &str) -> Result<PathBuf, Error> {
    let Some(path) = url.strip_prefix(SCHEME) else {
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        return Err(Error::UnknownEngine {
            scheme: scheme.to_owned(),
        });
    };
    let no_file = || Error::NoFile {
        url: url.to_owned(),
    };
    if path.is_empty() || path.starts_with("//") || path.ends_with('/') || path.contains('\0') {
        return Err(no_file());
    }
    std::path::absolute(path).map_err(file::failed("find", Path::new(path)))
}

/// Opens a checked file, refuses what is not ours before anything is written, and migrates.
fn prepare(path: &Path) -> Result<Connection, Failure> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    refuse_foreign(&connection, path)?;
    log_ahead(&connection, path)?;
    migrate::run(&connection, &migrate::MIGRATIONS)?;
    Ok(connection)
}

/// Refuses another program's database, and one that a later program has written.
fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), Failure> {
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(Failure::Refused(Error::Foreign {
            path: path.to_owned(),
        }));
    }
    migrate::check(connection, path)
}

fn build(path: &Path, new: &NewSystem, actor: &Actor) -> Result<(), Failure> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate::run(&connection, &migrate::MIGRATIONS)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    write::init(&transaction, new, actor)?;
    transaction.commit()?;
    // Written last, and nothing after it, so that the file holds everything without its log.
    log_ahead(&connection, path)?;
    connection.close().map_err(|(_, error)| error.into())
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, rusqlite::Error> {
    // Neither CREATE (opening never makes a file) nor URI (a path is only a path).
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Whoever gave us the file cannot make it run functions of ours.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Switches to write-ahead logging, which the file remembers.
fn log_ahead(connection: &Connection, path: &Path) -> Result<(), Failure> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("wal") {
        return Ok(());
    }
    Err(Failure::Refused(Error::NoSharedLog {
        path: path.to_owned(),
    }))
}
