//! An account that may read the credential database and write neither to it nor beside it.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

use rusqlite::Connection;

use crate::support::{Run, Site, mode};
use crate::tools::Tool;

/// The account and group of an auditor where the tests run as root, whom modes do not bind.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Gives the auditor's group to read what there is; where the tests are not root's, takes from the
/// owner to write.
fn opened(site: &Site) {
    for entry in std::fs::read_dir(site.path("")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            share(&path, 0o640);
        }
    }
    share(&site.path(""), 0o750);
}

fn share(path: &Path, modes: u32) {
    if is_root() {
        chown(path, None, Some(NOBODY)).expect("a group");
        mode(path, modes);
    } else {
        mode(path, modes & !0o200);
    }
}

/// Runs regent as the auditor.
fn audit(site: &Site, words: &[&str]) -> Run {
    let mut command = if is_root() {
        let id = NOBODY.to_string();
        let become_nobody = ["--reuid", &id, "--regid", &id, "--clear-groups"];
        let regent = [env!("CARGO_BIN_EXE_regent")];
        let all = [&become_nobody[..], &regent, words].concat();
        site.command_named(Tool::Setpriv.program(), &all)
    } else {
        site.command(words)
    };
    site.run_bounded(&mut command)
}

/// Every file beside the database with its bytes and modes.
fn files(site: &Site) -> BTreeMap<String, (Vec<u8>, u32)> {
    let entries = std::fs::read_dir(site.path("")).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let file = |path: std::path::PathBuf| {
        let found = std::fs::metadata(&path).expect("a file");
        let bytes = std::fs::read(&path).expect("a file");
        (
            path.display().to_string(),
            (bytes, found.permissions().mode()),
        )
    };
    paths.filter(|path| path.is_file()).map(file).collect()
}

/// What an auditor asks, and what the exit status is.
const ASKED: [(&[&str], i32); 11] = [
    (&["dump"], 0),
    (&["journal"], 0),
    (&["audit"], 0),
    (&["audit", "verify"], 0),
    (&["export"], 0),
    (&["server", "list"], 0),
    (&["ssomanage", "-displaydb"], 0),
    (&["check", "update.xml"], 0),
    (&["plan", "update.xml"], 0),
    (&["candidates"], 0),
    (&["status"], 0),
];

/// Asks everything as the auditor, and holds that nothing was made or changed.
fn asks(site: &Site, what: &str) {
    let before = files(site);
    for (words, exit) in ASKED {
        let run = audit(site, words);
        assert_eq!(
            run.exit,
            Some(exit),
            "{what}: {words:?}\n{}",
            run.transcript()
        );
        let told = [&run.out[..], &run.err].concat();
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            told.contains("to other accounts"),
            "{what}: {words:?}\n{told}"
        );
    }
    let found = audit(site, &["doctor"]);
    assert_eq!(found.exit, Some(1), "{what}\n{}", found.transcript());
    for wrong in ["database-unusable", "1544", "free space"] {
        assert!(!found.out.contains(wrong), "{what}\n{}", found.out);
    }
    assert!(
        found.out.contains("database-exposed"),
        "{what}\n{}",
        found.out
    );
    assert_eq!(files(site), before, "{what}: something was made or changed");
}

/// What the owner reads, before anybody else may.
fn owners(site: &Site) -> String {
    site.run(&["export"]).exits(0).out
}

#[test]
fn an_auditor_reads_everything_and_leaves_nothing_behind() {
    needs!(Setpriv);
    let site = Site::ready();
    let _promoted = site.run(&Site::promotion()).exits(0);
    site.write("update.xml", &crate::support::update_file("SSO01"));
    let (dump, export) = (site.dump(), owners(&site));
    opened(&site);
    asks(&site, "closed");
    assert_eq!(audit(&site, &["dump"]).out, dump);
    assert_eq!(audit(&site, &["export"]).out, export);
    mode(&site.path(""), 0o700);
}

#[test]
fn an_auditor_reads_what_is_only_in_the_log() {
    needs!(Setpriv);
    let site = Site::ready();
    opened(&site);
    mode(&site.path(""), 0o750);
    mode(&site.path("credential.db"), 0o640);
    let writer = Connection::open(site.path("credential.db")).expect("it opens");
    writer
        .execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE global_info SET ticket_timeout = 77;")
        .expect("written");
    opened(&site);
    asks(&site, "with a log");
    assert!(audit(&site, &["export"]).out.contains(">77<"));
    // The log alone, as a copy of the files or a crash leaves it.
    let log = std::fs::read(site.path("credential.db-wal")).expect("a log");
    let database = std::fs::read(site.path("credential.db")).expect("a database");
    mode(&site.path(""), 0o750);
    drop(writer);
    for (name, bytes) in [("credential.db", database), ("credential.db-wal", log)] {
        let path = site.path(name);
        let _gone = std::fs::remove_file(&path);
        site.write(name, "");
        fs_err::write(&path, bytes).expect("put back");
    }
    let _none = std::fs::remove_file(site.path("credential.db-shm"));
    opened(&site);
    asks(&site, "with a log alone");
    assert!(audit(&site, &["export"]).out.contains(">77<"));
    mode(&site.path(""), 0o700);
}

#[test]
fn who_would_write_is_stopped_by_what_only_warns_who_reads() {
    let site = Site::ready();
    let before = site.dump();
    mode(&site.path("credential.db"), 0o640);
    for words in [
        &["enable"][..],
        &["server", "add", "SSO03"],
        &Site::promotion(),
        &["update", "update.xml", "--yes"],
    ] {
        let refused = site.run(words).exits(6);
        assert!(refused.err.contains("chmod 600"), "{}", refused.err);
    }
    let warned = site.run(&["dump"]).exits(0);
    assert_eq!(warned.out, before);
    super::snapshot("warned", &warned.err);
}

#[test]
fn an_older_schema_is_read_as_the_newest_and_stays_as_it_is() {
    let site = Site::ready();
    let audit = ["audit", "--format", "json"];
    let rows = site.run(&audit).exits(0).json();
    crate::doctor::older(&site);
    let schema = || {
        let raw = Connection::open(site.path("credential.db")).expect("it opens");
        raw.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
            .expect("a number")
    };
    let oldest = schema();
    for (words, exit) in ASKED {
        let run = site.run(words);
        assert_eq!(run.exit, Some(exit), "{words:?}\n{}", run.transcript());
    }
    assert_eq!(site.run(&audit).exits(0).json(), rows);
    assert_eq!(schema(), oldest);
    let _written = site.run(&["enable"]).exits(0);
    assert!(schema() > oldest);
}
