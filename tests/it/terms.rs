//! A term is given once, whatever was brought back: what the doctor knows is asked by every act.

use crate::snapshot;
use crate::support::{Run, Site, update_file};

mod once;

const PASS: [&str; 2] = ["--password-file", "password"];

/// A site of three servers whose master is SSO01.
fn three() -> Site {
    let site = Site::ready();
    site.run(&["server", "add", "SSO03"]).exits(0);
    for name in ["SSO01", "SSO02", "SSO03"] {
        site.write(&format!("{name}.xml"), &update_file(name));
    }
    site
}

/// The database as a copy has it.
fn copied(site: &Site) -> Vec<u8> {
    // Whoever closes it last takes into it what a process that was killed has left beside it.
    let _journal = site.run(&["journal"]).exits(0);
    std::fs::read(site.path("credential.db")).expect("a database")
}

/// Puts a copy in the database's place.
fn put_back(site: &Site, copy: &[u8]) {
    for name in ["credential.db-wal", "credential.db-shm"] {
        let _gone = std::fs::remove_file(site.path(name));
    }
    fs_err::write(site.path("credential.db"), copy).expect("the copy is put back");
}

/// What this computer has taken down of the system.
fn sighting(site: &Site) -> std::path::PathBuf {
    let entries = std::fs::read_dir(site.path("vaults")).expect("vaults");
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    let seen = paths.find(|path| path.extension().is_some_and(|ending| ending == "seen"));
    seen.expect("it has seen something")
}

fn promote<'a>(server: &'a str, file: &'a str) -> Vec<&'a str> {
    let tail = ["--restore-file", "secret.bak", PASS[0], PASS[1], "--yes"];
    [&["--server", server, "promote", file][..], &tail].concat()
}

/// SSO02 was promoted, and then the copy from before was put back.
fn brought_back() -> Site {
    let site = three();
    let copy = copied(&site);
    site.run(&promote("SSO02", "SSO02.xml")).exits(0);
    put_back(&site, &copy);
    site
}

fn terms(site: &Site) -> (u64, u64) {
    let status = site.run(&["status", "--format", "json"]).exits(0).json();
    let term = |name: &str| status["state"][name].as_u64().expect("a term");
    (term("term"), term("highest-term"))
}

fn flat(run: &Run) -> String {
    let text = format!("{}\n{}", run.out, run.err);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn who_looks_at_an_older_copy_is_told() {
    let site = brought_back();
    let mut text = site.run(&["status"]).exits(0).transcript();
    text.push_str(&site.run(&["--server", "SSO01", "status"]).exits(0).out);
    text.push_str(&site.run(&["doctor"]).exits(1).transcript());
    text.push_str(&site.run(&["candidates"]).exits(3).transcript());
    assert!(!text.contains("nothing is to be done"), "{text}");
    snapshot!("terms", "looked-at", text);
}

#[test]
fn who_acts_on_an_older_copy_is_refused_before_anything_changes() {
    let site = brought_back();
    let (dump, seen) = (site.dump(), std::fs::read(sighting(&site)).expect("seen"));
    let vault = std::fs::read(site.path("vaults/sso01/current.vault")).expect("a vault");
    let mut text = String::new();
    for words in [
        &promote("SSO03", "SSO03.xml")[..],
        &promote("SSO02", "SSO02.xml"),
        &[
            "--server",
            "SSO03",
            "plan",
            "SSO03.xml",
            "--restore-file",
            "secret.bak",
        ],
        &["update", "SSO03.xml", "--yes"],
        &["ssomanage", "-updatedb", "SSO03.xml"],
        &[
            "--server",
            "SSO01",
            "secret",
            "restore",
            "secret.bak",
            PASS[0],
            PASS[1],
        ],
        &[
            "--server", "SSO01", "secret", "backup", "new.bak", PASS[0], PASS[1],
        ],
        &[
            "--server", "SSO01", "secret", "generate", "new.bak", PASS[0], PASS[1],
        ],
        &[
            "ssoconfig",
            "-restoreSecret",
            "secret.bak",
            PASS[0],
            PASS[1],
        ],
    ] {
        let run = site.run(words).exits(7);
        let said = flat(&run);
        assert!(said.contains("the vault of SSO02 is of term 2"), "{said}");
        assert!(said.contains("no term after 1"), "{said}");
        assert!(said.contains("--restored-copy"), "{said}");
        if text.is_empty() {
            text = run.transcript();
        }
    }
    snapshot!("terms", "refused", text);
    assert_eq!(site.dump(), dump);
    assert!(!site.path("new.bak").exists());
    assert!(std::fs::read(sighting(&site)).expect("seen") == seen);
    assert!(std::fs::read(site.path("vaults/sso01/current.vault")).expect("a vault") == vault);
}

#[test]
fn a_restored_copy_goes_on_above_everything_that_was_seen() {
    let site = brought_back();
    let words = [&promote("SSO03", "SSO03.xml")[..], &["--restored-copy"]].concat();
    let dry = [&words[..], &["--dry-run"]].concat();
    let before = site.dump();
    snapshot!("terms", "dry-run", site.run(&dry).exits(0).transcript());
    assert_eq!(site.dump(), before, "a dry run changes nothing");
    let promoted = site.run(&words).exits(0);
    snapshot!("terms", "restored-copy", promoted.transcript());
    assert_eq!(terms(&site), (1003, 1003));
    let audit = site.run(&["audit"]).exits(0).out;
    assert!(audit.contains("restored-copy"), "{audit}");
    snapshot!("terms", "audit", audit);
    snapshot!("terms", "journal", site.run(&["journal"]).exits(0).out);
    // From here on nothing has to be said again, on this computer and of this system.
    let _fine = site.run(&promote("SSO01", "SSO01.xml")).exits(0);
    assert_eq!(terms(&site), (1004, 1004));
    let status = site.run(&["--server", "SSO01", "status"]).exits(0).out;
    assert!(status.contains("nothing is to be done"), "{status}");
    let stale = site.run(&["secret", "backup", "x.bak", PASS[0], PASS[1]]);
    assert!(flat(&stale.exits(7)).contains("in the belief of term 2"));
}

#[test]
fn the_operator_may_know_what_nothing_here_shows() {
    let site = brought_back();
    fs_err::remove_file(sighting(&site)).expect("it is gone");
    fs_err::rename(site.path("vaults/sso02"), site.path("lost")).expect("a rename");
    let words = [&promote("SSO03", "SSO03.xml")[..], &["--restored-copy"]].concat();
    let run = site.run(&words).exits(0);
    assert!(flat(&run).contains("nothing of a later state was seen here"));
    assert_eq!(terms(&site), (1002, 1002));
}

#[test]
fn a_name_that_was_moved_leaves_no_vault_and_is_remembered() {
    let site = three();
    let copy = copied(&site);
    let _moved = site.run(&["update", "SSO02.xml", "--yes"]).exits(0);
    put_back(&site, &copy);
    let run = site.run(&promote("SSO03", "SSO03.xml")).exits(7);
    snapshot!("terms", "remembered", run.transcript());
    let moved = ["update", "SSO03.xml", "--yes", "--restored-copy"];
    let _moved = site.run(&moved).exits(0);
    assert_eq!(terms(&site), (1003, 1003));
}

#[test]
fn another_history_of_the_same_length_is_told() {
    let site = three();
    let copy = copied(&site);
    let _enabled = site.run(&["enable"]).exits(0);
    let seen = std::fs::read(sighting(&site)).expect("seen");
    put_back(&site, &copy);
    fs_err::remove_file(sighting(&site)).expect("it is gone");
    site.at("2026-03-04T05:06:08Z");
    let _enabled = site.run(&["enable"]).exits(0);
    fs_err::write(sighting(&site), seen).expect("it is back");
    let run = site.run(&promote("SSO03", "SSO03.xml")).exits(7);
    assert!(flat(&run).contains("is not the one that this computer has seen there"));
}

#[test]
fn two_vaults_of_one_term_are_told_apart() {
    let site = brought_back();
    fs_err::remove_file(sighting(&site)).expect("it is gone");
    fs_err::rename(site.path("vaults/sso02"), site.path("away")).expect("a rename");
    // Out of reach, so that nobody can know.
    let _promoted = site.run(&promote("SSO03", "SSO03.xml")).exits(0);
    fs_err::rename(site.path("away"), site.path("vaults/sso02")).expect("a rename");
    let run = site.run(&promote("SSO01", "SSO01.xml")).exits(7);
    snapshot!("terms", "given-to-another", run.transcript());
    let doctor = site.run(&["doctor"]).exits(1).out;
    assert!(doctor.contains("doctor/two-masters"), "{doctor}");
    let status = site.run(&["status"]).exits(0).out;
    assert!(!status.contains("nothing is to be done"), "{status}");
    let words = [&promote("SSO01", "SSO01.xml")[..], &["--restored-copy"]].concat();
    let _promoted = site.run(&words).exits(0);
    assert_eq!(terms(&site), (1003, 1003));
}

/// The database says that a promotion is under way, and the vault that it is over.
fn over_and_unfinished() -> Site {
    let site = three();
    let fault = [("REGENT_TEST_FAULT", "journal/verify/started/after=kill")];
    let killed = site.run_with(&fault, &promote("SSO02", "SSO02.xml"));
    assert_eq!(killed.exit, None);
    let copy = copied(&site);
    site.run(&["resume"]).exits(0);
    put_back(&site, &copy);
    site
}

#[test]
fn a_promotion_that_is_over_is_neither_resumed_nor_undone() {
    for remembered in [true, false] {
        let site = over_and_unfinished();
        if !remembered {
            fs_err::remove_file(sighting(&site)).expect("it is gone");
        }
        let before = site.dump();
        let mut text = String::new();
        for words in [&["resume"][..], &["abort", "--yes"]] {
            text.push_str(&site.run(words).exits(7).err);
        }
        assert_eq!(site.dump(), before);
        if !remembered {
            snapshot!("terms", "over", text);
        }
        let aborted = site.copied();
        let abort = ["abort", "--yes", "--restored-copy"];
        let _undone = aborted.run(&abort).exits(4);
        assert_eq!(terms(&aborted), (1, 1002));
        let resumed = site.run(&["resume", "--restored-copy"]).exits(0);
        assert!(flat(&resumed).contains("is taken for a restored copy"));
        assert_eq!(terms(&site), (2, 1002));
        let _backup = site
            .run(&["secret", "backup", "x.bak", PASS[0], PASS[1]])
            .exits(0);
    }
}

#[test]
fn a_plan_that_was_made_later_is_told() {
    let site = three();
    let copy = copied(&site);
    let _moved = site.run(&["update", "SSO02.xml", "--yes"]).exits(0);
    let plan = [
        "--server",
        "SSO03",
        "plan",
        "SSO03.xml",
        "--restore-file",
        "secret.bak",
        "--out",
        "later.plan",
    ];
    let _planned = site.run(&plan).exits(0);
    put_back(&site, &copy);
    fs_err::remove_file(sighting(&site)).expect("it is gone");
    let run = [
        "--server",
        "SSO03",
        "promote",
        "--plan",
        "later.plan",
        PASS[0],
        PASS[1],
        "--yes",
    ];
    snapshot!(
        "terms",
        "planned-later",
        site.run(&run).exits(7).transcript()
    );
    let before = site.dump();
    let _stale = site
        .run(&[&run[..], &["--restored-copy"]].concat())
        .exits(7);
    assert_eq!(site.dump(), before);
}

#[test]
fn a_plan_that_says_it_is_run_without_saying_it_again() {
    let site = brought_back();
    let plan = [
        "--server",
        "SSO03",
        "plan",
        "SSO03.xml",
        "--restore-file",
        "secret.bak",
        "--out",
        "new.plan",
        "--restored-copy",
    ];
    let _planned = site.run(&plan).exits(0);
    let run = [
        "--server", "SSO03", "promote", "--plan", "new.plan", PASS[0], PASS[1], "--yes",
    ];
    let _promoted = site.run(&run).exits(0);
    assert_eq!(terms(&site), (1003, 1003));
}

#[test]
fn a_secret_is_restored_and_backed_up_where_the_operator_says_so() {
    let site = brought_back();
    for words in [
        &[
            "--server", "SSO01", "secret", "backup", "new.bak", PASS[0], PASS[1],
        ][..],
        &[
            "--server",
            "SSO01",
            "secret",
            "restore",
            "secret.bak",
            PASS[0],
            PASS[1],
        ],
    ] {
        let site = site.copied();
        let run = site.run(&[words, &["--restored-copy"]].concat()).exits(0);
        assert!(flat(&run).contains("every term up to 1002 counts as given"));
        assert_eq!(terms(&site), (1, 1002));
        let _promoted = site.run(&promote("SSO03", "SSO03.xml")).exits(0);
        assert_eq!(terms(&site), (1003, 1003));
    }
}

#[test]
fn what_was_taken_down_and_cannot_be_read_is_told() {
    let site = three();
    fs_err::write(sighting(&site), "{}").expect("it is damaged");
    let before = site.dump();
    let run = site.run(&promote("SSO02", "SSO02.xml")).exits(6);
    let id = sighting(&site);
    let id = id
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    snapshot!(
        "terms",
        "unreadable",
        run.transcript().replace(&id, "SYSTEM.seen")
    );
    assert_eq!(site.dump(), before);
    assert!(
        site.run(&["status"])
            .exits(0)
            .out
            .contains("is not what regent writes down")
    );
    assert!(
        site.run(&["doctor"])
            .exits(1)
            .out
            .contains("doctor/vault-unusable")
    );
    // What is done is done: that it cannot be taken down is told and no more.
    let run = site.run(&["enable"]).exits(0);
    assert!(flat(&run).contains("could not be taken down"));
    fs_err::remove_file(sighting(&site)).expect("it is gone");
    let _promoted = site.run(&promote("SSO02", "SSO02.xml")).exits(0);
}

#[test]
fn who_only_reads_takes_nothing_down() {
    let site = three();
    fs_err::remove_file(sighting(&site)).expect("it is gone");
    for words in [
        &["status"][..],
        &["doctor"],
        &["candidates"],
        &["plan", "SSO02.xml", "--restore-file", "secret.bak"],
        &["secret", "verify", "secret.bak", PASS[0], PASS[1]],
        &["journal"],
        &["check", "SSO02.xml"],
    ] {
        let _run = site.run(words);
        let left = std::fs::read_dir(site.path("vaults")).expect("vaults");
        let left: Vec<_> = left
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(left, ["sso01"], "{words:?}");
    }
}

#[test]
fn terms_that_were_given_before_and_never_written_count_as_given() {
    let site = three();
    let fault = "journal/update-database/started/after=kill";
    let killed = site.run_with(
        &[("REGENT_TEST_FAULT", fault)],
        &promote("SSO02", "SSO02.xml"),
    );
    assert_eq!(killed.exit, None);
    let _undone = site.run(&["abort", "--yes"]).exits(4);
    assert_eq!(terms(&site), (1, 2));
    // As it was when only what was written counted, and then the migration's own words.
    let schema = include_str!("../../host/database/schema/0003-what-is-known.sql");
    let mut statements = schema.split_inclusive(';');
    let raises = statements.find(|text| text.contains("SET highest_term"));
    let raw = rusqlite::Connection::open(site.path("credential.db")).expect("a database");
    let before = "DROP TRIGGER highest_term_only_rises; UPDATE system SET highest_term = 1";
    raw.execute_batch(before).expect("the second schema");
    drop(raw);
    assert_eq!(terms(&site), (1, 1));
    let raw = rusqlite::Connection::open(site.path("credential.db")).expect("a database");
    raw.execute_batch(raises.expect("a statement"))
        .expect("it runs");
    drop(raw);
    assert_eq!(terms(&site), (1, 2));
}
