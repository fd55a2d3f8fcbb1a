//! Opening a database file, and creating one whole or not at all.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tempfile::TempPath;

use super::failure::Failure;
use super::{Sqlite, copy, file, migrate, write};
use crate::database::{BUSY_TIMEOUT, Error, NewSystem, rules};
use crate::fault::around;
use crate::system::Actor;

/// Marks the file as a credential database: "Rgnt" in the header's application id.
const APPLICATION_ID: i32 = 0x5267_6E74;

/// The engine's name in a URL.
const SCHEME: &str = "sqlite:";

/// Opens what is there.
pub(in crate::database) fn open(url: &str) -> Result<Sqlite, Error> {
    let path = itself(path(url)?)?;
    file::check(&path)?;
    let connection = prepare(&path).map_err(|failure| failure.at(&path))?;
    Ok(Sqlite {
        url: url.to_owned(),
        path,
        connection,
        copied: None,
    })
}

/// The file behind a link: the lock and the log lie beside it, and two names must not mean two of
/// them.
fn itself(path: PathBuf) -> Result<PathBuf, Error> {
    if path.is_symlink() && path.is_file() {
        return std::fs::canonicalize(&path).map_err(file::failed("find", &path));
    }
    Ok(path)
}

/// Whether the file and its neighbours are for their owner only.
pub(in crate::database) fn guarded(url: &str) -> Result<(), Error> {
    file::check(&path(url)?)
}

/// The folder the file lies in.
pub(in crate::database) fn folder(url: &str) -> Option<PathBuf> {
    path(url).ok()?.parent().map(Path::to_owned)
}

/// Opens what is there to read only, whatever its schema up to the newest. Who may not write to it
/// reads a copy, and so does everybody where the schema is an older one: the copy gets the newest.
pub(in crate::database) fn look(url: &str) -> Result<Sqlite, Error> {
    let path = itself(path(url)?)?;
    file::find(&path)?;
    let at = |failure: Failure| failure.at(&path);
    let looking = |connection, copied| Sqlite {
        url: url.to_owned(),
        path: path.clone(),
        connection,
        copied,
    };
    if file::may_write(&path) {
        let (connection, schema) = known(&path, &path).map_err(at)?;
        if schema == migrate::newest() {
            // A connection that could not write at all would leave the files beside the database
            // behind.
            let only = connection.pragma_update(None, "query_only", true);
            only.map_err(|error| at(error.into()))?;
            return Ok(looking(connection, None));
        }
    }
    let copy = copy::take(&path)?;
    let (connection, schema) = known(&copy.path, &path).map_err(at)?;
    // One that is too damaged for it is still to be looked at, as far as it can be read.
    let _stays_older = migrate::run(&connection, &migrate::MIGRATIONS);
    let only = connection.pragma_update(None, "query_only", true);
    only.map_err(|error| at(error.into()))?;
    Ok(looking(connection, Some((schema, copy))))
}

/// A connection to `file`, which holds what is known as `path`, and its schema.
fn known(file: &Path, path: &Path) -> Result<(Connection, u32), Failure> {
    let connection = connect(file)?;
    refuse_foreign(&connection, path)?;
    let schema = migrate::version(&connection)?;
    Ok((connection, schema))
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
    let born = || Ok(TempPath::try_from_path(unborn)?.persist_noclobber(&path)?);
    around("database/create/rename", born).map_err(|cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Exists { path: path.clone() },
        _ => file::failed("create", &path)(cause),
    })?;
    file::sync_folder(folder).map_err(file::failed("write to", folder))?;
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
    let connection = connect(path)?;
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
    let mut connection = connect(path)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate::run(&connection, &migrate::MIGRATIONS)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    write::init(&transaction, new, actor)?;
    around("database/create/commit", || transaction.commit())?;
    // Written last, and nothing after it, so that the file holds everything without its log.
    log_ahead(&connection, path)?;
    connection.close().map_err(|(_, error)| error.into())
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    // Neither CREATE (opening never makes a file) nor URI (a path is only a path).
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
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
