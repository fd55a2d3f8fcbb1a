//! SQLite's files: what is opened, what is created, and who may read it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use regent::database::{CredentialDatabase, Error, create, open};
use regent::identity::Term;
use rusqlite::Connection;
use tempfile::TempDir;

use super::world::{anna, at, new_system};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn new(path: &Path) -> Result<Box<dyn CredentialDatabase>, Error> {
    create(&url(path), &new_system(), &anna(0))
}

fn mode(path: &Path) -> u32 {
    let found = fs::metadata(path).expect("the file is there");
    found.permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut names: Vec<_> = entries
        .map(|entry| {
            let name = entry.expect("the entry can be read").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The message with the folder's path left out, and what to do.
fn said(error: &Error, folder: &Path) -> String {
    let told = format!("{error}\n{}", error.help().unwrap_or_default());
    let this = format!("process {} ", std::process::id());
    told.replace(&format!("{}", folder.display()), "DIR")
        .replace(&this, "process PID ")
}

fn refused(opened: Result<Box<dyn CredentialDatabase>, Error>, folder: &Path) -> String {
    said(&opened.expect_err("it should be refused"), folder)
}

#[test]
fn a_new_database_and_its_neighbours_are_its_owners_alone() -> Result<(), Error> {
    let folder = folder();
    let path = folder.path().join("sso.db");
    let mut database = new(&path)?;
    database.note(Term(1), "look", "", &anna(1))?;
    let _lock = database.lock(&anna(2))?;
    assert_eq!(
        names(folder.path()),
        ["sso.db", "sso.db-shm", "sso.db-wal", "sso.db.lock"]
    );
    for name in names(folder.path()) {
        assert_eq!(mode(&folder.path().join(&name)), 0o600, "{name}");
    }
    drop(database);
    assert_eq!(names(folder.path()), ["sso.db", "sso.db.lock"]);
    Ok(())
}

#[test]
fn a_database_open_to_others_is_refused() -> Result<(), Error> {
    let folder = folder();
    let path = folder.path().join("sso.db");
    drop(new(&path)?);
    for open_to_others in [0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(&path, Permissions::from_mode(open_to_others)).unwrap();
        assert!(matches!(
            open(&url(&path)),
            Err(Error::Exposed { mode, .. }) if mode == open_to_others
        ));
    }
    insta::assert_snapshot!(refused(open(&url(&path)), folder.path()), @r"
    DIR/sso.db is open to other accounts (mode 0601)
    run `chmod 600 DIR/sso.db`
    ");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let _database = open(&url(&path))?;

    let mut writer = open(&url(&path))?;
    writer.note(Term(1), "look", "", &anna(1))?;
    let log = folder.path().join("sso.db-wal");
    fs::set_permissions(&log, Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(refused(open(&url(&path)), folder.path()), @r"
    DIR/sso.db-wal is open to other accounts (mode 0644)
    run `chmod 600 DIR/sso.db-wal`
    ");
    Ok(())
}

#[test]
fn a_database_under_two_names_is_refused() -> Result<(), Error> {
    let folder = folder();
    let (path, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
    drop(new(&path)?);
    fs::hard_link(&path, &other).expect("a second name");
    for name in [&path, &other] {
        let told = refused(open(&url(name)), folder.path());
        assert!(told.contains("under 2 names"), "{told}");
        assert!(told.contains("-samefile"), "{told}");
    }
    assert_eq!(names(folder.path()), ["a.db", "b.db"]);
    fs::remove_file(&other).expect("a name");
    open(&url(&path)).map(drop)
}

#[test]
fn opening_never_creates() {
    let folder = folder();
    let path = folder.path().join("sso.db");
    insta::assert_snapshot!(refused(open(&url(&path)), folder.path()), @r"
    there is no credential database DIR/sso.db
    check the path; a new system's database is made by `regent init`
    ");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = folder();
    insta::assert_snapshot!(refused(open(&url(folder.path())), folder.path()), @r"
    DIR is a folder, not a database file
    nothing was changed; check the path that --database or regent.toml names
    ");
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    insta::assert_snapshot!(refused(open(&url(&pipe)), folder.path()), @r"
    DIR/pipe is a named pipe, not a database file
    nothing was changed; check the path that --database or regent.toml names
    ");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_kept() {
    let folder = folder();
    let path = folder.path().join("notes.txt");
    let text = "not a database, and long enough to hold the header of one: ".repeat(20);
    fs_err::write(&path, &text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    insta::assert_snapshot!(refused(open(&url(&path)), folder.path()), @r"
    DIR/notes.txt is no SQLite database
    nothing was changed; check the path that --database or regent.toml names
    ");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn another_programs_database_is_refused_and_kept() {
    let folder = folder();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE t (x); PRAGMA user_version = 1")
        .unwrap();
    drop(other);
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let before = fs::read(&path).unwrap();
    insta::assert_snapshot!(refused(open(&url(&path)), folder.path()), @r"
    DIR/other.db is a SQLite database, but no credential database
    nothing was changed; check the path that --database or regent.toml names
    ");
    assert_eq!(fs::read(&path).unwrap(), before);

    // As is an empty file, which SQLite takes for an empty database.
    let empty = folder.path().join("empty.db");
    fs_err::File::create(&empty).unwrap();
    fs::set_permissions(&empty, Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(open(&url(&empty)), Err(Error::Foreign { .. })));
    assert_eq!(fs::metadata(&empty).unwrap().len(), 0);
}

#[test]
fn a_newer_schema_is_refused_and_kept() -> Result<(), Error> {
    let folder = folder();
    let path = folder.path().join("sso.db");
    drop(new(&path)?);
    let later = Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    drop(later);
    insta::assert_snapshot!(refused(open(&url(&path)), folder.path()), @r"
    DIR/sso.db has schema 99, and this regent knows schemas up to 3
    upgrade regent on this server; nothing was changed
    ");
    let later = Connection::open(&path).unwrap();
    let version: u32 = later
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
    Ok(())
}

#[test]
fn an_older_schema_is_brought_forward() {
    // Before the first migration there is only the mark of whose file it is.
    let folder = folder();
    let path = folder.path().join("sso.db");
    let oldest = Connection::open(&path).unwrap();
    oldest
        .pragma_update(None, "application_id", 0x5267_6E74)
        .unwrap();
    drop(oldest);
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let database = open(&url(&path)).unwrap();
    insta::assert_snapshot!(database.state().unwrap_err(), @"the credential database is damaged: the row of table system is missing");
    let raw = Connection::open(&path).unwrap();
    for table in ["system", "global_info", "sso_server", "audit"] {
        assert!(raw.table_exists(None, table).unwrap(), "{table}");
    }
    let version: u32 = raw
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 3);
}

#[test]
fn creating_overwrites_nothing() -> Result<(), Error> {
    let folder = folder();
    let path = folder.path().join("sso.db");
    let first = new(&path)?.dump()?;
    insta::assert_snapshot!(refused(new(&path), folder.path()), @r"
    DIR/sso.db exists already
    nothing was changed; to use it leave out `init`, or name another file
    ");
    assert_eq!(open(&url(&path))?.dump()?, first);

    let dangling = folder.path().join("link.db");
    std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    assert!(matches!(new(&dangling), Err(Error::Exists { .. })));
    assert_eq!(names(folder.path()), ["link.db", "sso.db"]);
    Ok(())
}

#[test]
fn what_a_deleted_database_left_is_not_taken_in() {
    for leftover in ["sso.db-wal", "sso.db-shm", "sso.db-journal"] {
        let folder = folder();
        fs_err::File::create(folder.path().join(leftover)).unwrap();
        let error = new(&folder.path().join("sso.db")).expect_err("something is left");
        assert!(matches!(&error, Error::Leftover { path } if path.ends_with(leftover)));
        assert_eq!(names(folder.path()), [leftover]);
    }
    let folder = folder();
    fs_err::File::create(folder.path().join("sso.db-wal")).unwrap();
    insta::assert_snapshot!(refused(new(&folder.path().join("sso.db")), folder.path()), @r"
    DIR/sso.db-wal is all that is left of a database
    if the database it belonged to is really gone, remove DIR/sso.db-wal
    ");
}

#[test]
fn a_system_that_cannot_be_stored_leaves_nothing() {
    let folder = folder();
    let path = folder.path().join("sso.db");
    let mut new = new_system();
    new.info.ticket_timeout = 0;
    let refused = create(&url(&path), &new, &anna(0));
    assert!(matches!(refused, Err(Error::OutOfRange { .. })));
    assert!(names(folder.path()).is_empty());
    let nowhere = folder.path().join("missing/sso.db");
    let error = create(&url(&nowhere), &new_system(), &anna(0)).expect_err("no such folder");
    insta::assert_snapshot!(said(&error, folder.path()), @r"
    cannot write to DIR/missing
    check that the folder exists and that this account may write there
    ");
}

#[test]
fn urls_are_told_apart() {
    let folder = folder();
    for url in [
        "postgres://regent:opensesame@db.contoso.com/sso",
        "sso.db",
        "sqlite:",
        "sqlite://host/sso.db",
        "sqlite:folder/",
        "sqlite:sso\0.db",
    ] {
        let error = open(url).expect_err(url);
        let create = create(url, &new_system(), &anna(0)).expect_err(url);
        assert_eq!(said(&error, folder.path()), said(&create, folder.path()));
    }
    insta::assert_snapshot!(refused(open("postgres://regent:opensesame@db.contoso.com/sso"), folder.path()), @r"
    “postgres” is no database engine that regent has
    PostgreSQL is not supported yet; write sqlite:PATH
    ");
    insta::assert_snapshot!(refused(open("mysql:sso"), folder.path()), @r"
    “mysql” is no database engine that regent has
    write sqlite:PATH, for example sqlite:/var/lib/regent/sso.db
    ");
    insta::assert_snapshot!(refused(open("sqlite:"), folder.path()), @r"
    “sqlite:” does not name a database file
    write sqlite:PATH, for example sqlite:/var/lib/regent/sso.db
    ");
}

#[test]
fn sqlites_own_names_are_only_names() -> Result<(), Error> {
    let folder = folder();
    for name in [
        ":memory:",
        "file:sso.db?mode=memory",
        "a b%20c'd\"e.db",
        "ä.db",
    ] {
        let path = folder.path().join(name);
        let url = url(&path);
        let mut database = create(&url, &new_system(), &anna(0))?;
        let seen = database.state()?.seen();
        database.set_enabled(seen, true, &anna(1))?;
        drop(database);
        assert!(path.is_file(), "{name}");
        assert!(open(&url)?.state()?.enabled);
    }
    Ok(())
}

#[test]
fn the_files_are_set_up_to_last() -> Result<(), Error> {
    let folder = folder();
    let path = folder.path().join("sso.db");
    drop(new(&path)?);
    let raw = Connection::open(&path).unwrap();
    let mode: String = raw
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let check: String = raw
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    Ok(())
}

#[test]
fn a_writer_that_waits_too_long_names_the_file() -> Result<(), Error> {
    let folder = folder();
    let path = folder.path().join("sso.db");
    let mut database = new(&path)?;
    let before = database.state()?;
    let mut other = Connection::open(&path).unwrap();
    let writing = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    let error = database
        .set_enabled(before.seen(), true, &anna(1))
        .expect_err("another connection is writing");
    insta::assert_snapshot!(said(&error, folder.path()), @r"
    process PID has been writing to DIR/sso.db for more than 5 seconds
    nothing was changed; wait until it is done, or end it, and repeat the command
    ");
    // Readers are not kept waiting, and afterwards writing works again.
    assert_eq!(database.state()?, before);
    drop(writing);
    database.set_enabled(before.seen(), true, &anna(1))?;
    let last_seen = database.state()?.servers[0].last_seen;
    assert_eq!(last_seen, Some(at(1)));
    Ok(())
}
