//! Another program has the database open for writing: it is waited for, within a bound, and named.

use std::time::{Duration, Instant};

use regent::database::BUSY_TIMEOUT;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{Arena, Gate, snapshot, start};
use crate::support::{Run, Site};

/// Another program's connection to a database.
fn other(site: &Site) -> Connection {
    Connection::open(site.path("credential.db")).expect("it opens")
}

#[test]
fn a_writer_waits_until_the_other_is_done() {
    let arena = Arena::new();
    let mut other = other(&arena.0);
    let writing = write(&mut other);
    let late = start(&mut arena.on("SSO01", &["server", "add", "LATE"]));
    // Who only reads does not wait.
    let read = start(&mut arena.on("SSO01", &["status"])).ended().exits(0);
    assert!(!read.out.contains("LATE"), "{}", read.out);
    assert!(late.ended_within(Duration::from_millis(200)).is_none());
    drop(writing);
    let _added = late.ended().exits(0);
}

#[test]
fn who_waits_too_long_is_told_whom_for() {
    let arena = Arena::new();
    arena.0.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    let empty = Site::without_secret();
    let before = (arena.0.dump(), empty.dump());
    let mut connections = [other(&arena.0), other(&empty)];
    let writing = connections.each_mut().map(write);
    let begun = Instant::now();
    let with = ["--password-file", "password"];
    let mut patient = vec![
        ("promote", start(&mut arena.promotion("SSO02"))),
        (
            "secret generate",
            start(&mut empty.command(&[
                "--server",
                "SSO01",
                "secret",
                "generate",
                "secret.bak",
                with[0],
                with[1],
            ])),
        ),
    ];
    for words in [
        &["server", "add", "LATE"][..],
        &["update", "more.xml", "--yes"],
    ] {
        patient.push((words[0], start(&mut arena.on("SSO01", words))));
    }
    let mut said = String::new();
    let mut told = |name: &str, run: Run| said.push_str(&format!("{name}\n{}", run.exits(6).err));
    for (name, command) in patient {
        told(name, command.ended());
    }
    // The promotion has let go of its lock, and its backup stays as good as it was.
    let backup = ["secret", "backup", "late.bak", with[0], with[1]];
    told(
        "secret backup",
        start(&mut arena.on("SSO01", &backup)).ended(),
    );
    let took = begun.elapsed();
    assert!(
        (BUSY_TIMEOUT * 2..BUSY_TIMEOUT * 6).contains(&took),
        "{took:?}"
    );
    drop(writing);
    snapshot("waited-too-long", &placeless(&[&arena.0, &empty], &said));
    assert_eq!((arena.0.dump(), empty.dump()), before);
    for backup in ["late.bak", "secret.bak"] {
        let verify = ["secret", "verify", backup, with[0], with[1]];
        let _whole = arena.0.run(&verify).exits(0);
    }
    // As the message says: it is removed, and the command run again.
    std::fs::remove_file(empty.path("secret.bak")).expect("it was written");
    let again = [
        "--server",
        "SSO01",
        "secret",
        "generate",
        "secret.bak",
        with[0],
        with[1],
    ];
    let _made = empty.run(&again).exits(0);
    arena.holds(0);
}

/// Takes the lock of whoever writes.
fn write(connection: &mut Connection) -> Transaction<'_> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .expect("nobody writes")
}

/// What was said, without folders and process ids.
fn placeless(sites: &[&Site], said: &str) -> String {
    let this = format!("process {}", std::process::id());
    let mut said = said.replace(&this, "process PID");
    for site in sites {
        let folder = site.path("").display().to_string();
        said = said.replace(folder.trim_end_matches('/'), "$SITE");
    }
    said
}

#[test]
fn a_promotion_that_cannot_go_on_says_how_it_can() {
    let arena = Arena::new();
    let gate = Gate::of(&arena.0);
    let mut other = other(&arena.0);
    let promotion = start(&mut arena.promotion("SSO02"));
    assert_eq!(gate.entered(), "SSO02");
    let writing = write(&mut other);
    gate.let_go();
    let stopped = promotion.ended().exits(7);
    drop(writing);
    let (_, told) = stopped
        .out
        .split_once("SSO01 → SSO02\n\n! ")
        .expect("why it stopped");
    insta::assert_snapshot!(placeless(&[&arena.0], told), @r"
    process PID has been writing to $SITE/credential.db for more than 5 seconds; the
      promotion is running (restart-service under way)
      promotion  9e8156e3052676c1
    wait until that process is done, or end it
    the promotion of SSO02 is unfinished; on SSO02, finish it or undo it:
        regent --server SSO02 resume
        regent --server SSO02 abort
    ");
    gate.open();
    let _promoted = start(&mut arena.on("SSO02", &["resume"])).ended().exits(0);
    arena.holds(1);
}

#[test]
fn a_promotion_waits_between_its_steps() {
    let arena = Arena::new();
    let gate = Gate::of(&arena.0);
    let mut other = other(&arena.0);
    let promotion = start(&mut arena.promotion("SSO02"));
    assert_eq!(gate.entered(), "SSO02");
    let writing = write(&mut other);
    gate.let_go();
    // It cannot end before the next step is noted, however long that takes to be tried.
    assert!(promotion.ended_within(Duration::from_millis(200)).is_none());
    drop(writing);
    let _promoted = promotion.ended().exits(0);
    arena.holds(1);
}
