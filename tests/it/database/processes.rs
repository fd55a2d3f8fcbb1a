//! Several processes: the lock dies with its holder, and a killed writer leaves all or nothing.
//!
//! The other process is this test binary, running [`the_other_process`] alone.

use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use regent::database::{CredentialDatabase, Error, Promotion, create, open};
use regent::fault;
use regent::identity::Term;
use regent::journal::{Event, State};
use regent::plan::{Leave, Step};
use tempfile::TempDir;

use super::world::{BACK, WHOLE, advance, anna, new_system, plan, ready};

/// What the other process prints when it has got as far as it should.
const HERE: &str = "the other process is here";

/// Starts the other process; `work` is a verb, a URL, and the fail points to arm.
fn start([verb, url, faults]: [&str; 3]) -> Child {
    let this = std::env::current_exe().expect("the test knows its own file");
    let mut child = Command::new(this)
        .args(["--exact", "database::processes::the_other_process"])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the test can start itself");
    let stdin = child.stdin.as_mut().expect("it was asked for");
    write!(stdin, "{verb}\n{url}\n{faults}\n").expect("the process reads");
    child
}

/// Waits until the other process says that it is there.
fn arrived(child: &mut Child) {
    let stdout = child.stdout.as_mut().expect("it was asked for");
    let mut lines = BufReader::new(stdout).lines();
    let said = lines.any(|line| line.expect("it is text").contains(HERE));
    assert!(said, "the other process ended");
}

fn ended(mut child: Child) -> std::process::ExitStatus {
    drop(child.stdin.take());
    let mut said = String::new();
    let mut stdout = child.stdout.take().expect("it was asked for");
    stdout.read_to_string(&mut said).expect("it is text");
    let status = child.wait().expect("it can be waited for");
    assert!(!status.success() || said.contains("1 passed"), "{said}");
    status
}

#[test]
#[ignore = "run by other tests, as the other process"]
fn the_other_process() -> Result<(), Error> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(());
    }
    let mut lines = stdin.lock().lines();
    let mut line = || lines.next().and_then(Result::ok).unwrap_or_default();
    let (verb, url, faults) = (line(), line(), line());
    fault::arm(&faults);
    match verb.as_str() {
        "hold" => {
            let database = open(&url)?;
            let _lock = database.lock(&anna(5))?;
            println!("{HERE}");
            line();
        }
        "create" => drop(create(&url, &new_system(), &anna(0))?),
        "forward" => walk(&mut *open(&url)?, &WHOLE)?,
        "back" => walk(&mut *open(&url)?, &BACK)?,
        _ => {}
    }
    Ok(())
}

/// Begins a promotion, or goes on with the one begun, at the event that comes next.
fn walk(database: &mut dyn CredentialDatabase, events: &[(Step, Event)]) -> Result<(), Error> {
    if database.promotions()?.is_empty() {
        let plan = plan(database, "SSO02", 1)?;
        database.begin(&plan, &Leave::default(), &anna(11))?;
    }
    let Promotion { plan, entries, .. } = database.promotions()?.remove(0);
    let done = entries.len();
    let mut rest = events[done..].iter();
    rest.try_for_each(|event| advance(database, &plan, *event).map(drop))
}

fn prepared() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let url = format!("sqlite:{}/sso.db", folder.path().display());
    let made = || create(&url, &new_system(), &anna(0)).expect("a database can be made");
    drop(ready(&made).expect("it can be filled"));
    (folder, url)
}

#[test]
fn the_lock_dies_with_its_holder() -> Result<(), Error> {
    let (_folder, url) = prepared();
    let database = open(&url)?;
    let mut holder = start(["hold", &url, ""]);
    arrived(&mut holder);
    let refused = database.lock(&anna(6)).expect_err("another process has it");
    assert_eq!(
        refused.to_string(),
        format!(
            "the promotion lock is held by process {} of CONTOSO\\anna on SSO01, since 2026-03-02T09:05:00Z",
            holder.id()
        )
    );
    // Reading and writing go on; only promoting waits.
    open(&url)?.note(Term(1), "look", "", &anna(7))?;

    holder.kill().expect("it can be killed");
    holder.wait().expect("it can be waited for");
    let lock = database.lock(&anna(8))?;
    assert!(matches!(database.lock(&anna(9)), Err(Error::Locked { .. })));
    drop(lock);
    drop(database.lock(&anna(9))?);

    // A holder that ends in peace lets go too.
    let mut holder = start(["hold", &url, ""]);
    arrived(&mut holder);
    assert!(ended(holder).success());
    database.lock(&anna(10)).map(drop)
}

#[test]
fn a_killed_creation_leaves_all_or_nothing() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("sso.db");
    let url = format!("sqlite:{}", path.display());
    let killed = start(["create", &url, "database/create/rename/before=kill"]);
    assert!(!ended(killed).success());
    assert!(!path.exists());
    assert!(matches!(open(&url), Err(Error::Missing { .. })));

    let killed = start(["create", &url, "database/create/rename/after=kill"]);
    assert!(!ended(killed).success());
    let state = open(&url)?.state()?;
    assert_eq!(state.info, new_system().info);
    Ok(())
}

#[test]
fn a_failed_creation_leaves_nothing_at_all() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let url = format!("sqlite:{}/sso.db", folder.path().display());
    let failed = start(["create", &url, "database/create/rename/before=error"]);
    assert!(!ended(failed).success());
    let left = folder.path().read_dir().expect("it can be read").count();
    assert_eq!(left, 0);
}

#[test]
fn a_killed_writer_leaves_a_whole_transaction_or_none() -> Result<(), Error> {
    for (verb, end, events) in [
        ("forward", State::Promoted, WHOLE),
        ("back", State::Undone, BACK),
    ] {
        for (commit, first) in [
            ("database/begin", 0_usize),
            ("journal/update-database/started", 1),
            ("journal/update-database/succeeded", 2),
            ("journal/update-database/undone", 8),
        ] {
            if commit == "journal/update-database/undone" && verb == "forward" {
                continue;
            }
            for (side, committed) in [("before", false), ("after", true)] {
                let (_folder, url) = prepared();
                let fault = format!("{commit}/{side}=kill");
                assert!(!ended(start([verb, &url, &fault])).success(), "{fault}");

                let mut database = open(&url)?;
                let promotion = database.promotions()?.pop();
                let entries = promotion.map(|promotion| promotion.entries.len());
                // Without the commit, the begin or the entry that was about to be is not there.
                let expected = if committed {
                    Some(first)
                } else {
                    first.checked_sub(1)
                };
                assert_eq!(entries, expected, "{fault}");
                // The update is undone before its entry is written.
                let updated = (2..7).contains(&entries.unwrap_or(0));
                let state = database.state()?;
                let master = if updated { "SSO02" } else { "SSO01" };
                assert_eq!(state.master().as_str(), master, "{fault}");
                assert_eq!(state.term.0, if updated { 2 } else { 1 }, "{fault}");

                walk(&mut *database, &events)?;
                assert_eq!(database.promotions()?[0].state, end, "{fault}");
            }
        }
    }
    Ok(())
}
