//! The disk is full: writing fails, or kills, at every place, and nothing is half done afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use regent::source;
use rusqlite::Connection;

use crate::crash::{Before, End, end, unfinished};
use crate::policy::probe::Probe;
use crate::support::{Run, Site, long, update_file};
use crate::tools::Tool;

/// What happens to a process that writes more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Beyond {
    /// Its writing fails.
    Fails,
    /// It is killed.
    Kills,
}

/// The command of regent, no file of which may grow beyond so many blocks of 512 bytes: the
/// operating system's own limit, which needs no privilege and no disk.
fn limited(site: &Site, blocks: u64, beyond: Beyond, words: &[&str]) -> Command {
    let ignore = match beyond {
        Beyond::Fails => "trap '' XFSZ; ",
        Beyond::Kills => "",
    };
    let script = format!("{ignore}ulimit -c 0; ulimit -f \"$0\"; exec \"$@\"");
    let blocks = blocks.to_string();
    let shell = ["-c", &script, &blocks, env!("CARGO_BIN_EXE_regent")];
    site.command_named(Path::new("sh"), &[&shell, words].concat())
}

/// Another program that has the database open: its log and the log's index are there already, so
/// that they are not what first outgrows its limit.
fn hold(site: &Site) -> Connection {
    let connection = Connection::open(site.path("credential.db")).expect("it opens");
    let _rows: u32 = connection
        .query_row("SELECT count(*) FROM audit", [], |row| row.get(0))
        .expect("it is read");
    connection
}

/// The sizes that are tried: each block where vaults and backups are written, and then two for each
/// page of the database's log, or in the short form one for so many pages.
fn sizes(pages: usize) -> impl Iterator<Item = u64> {
    let step = if long() { 4 } else { 8 * pages };
    (0..8).chain((8..).step_by(step))
}

/// Runs a command at every size until it has room enough; `after` looks at what it left behind and
/// goes on without a limit.
#[must_use = "print it"]
fn sweep(prepared: &Site, words: &[&str], after: impl Fn(&Site, &Run) -> String) -> String {
    sweep_by(1, prepared, words, after)
}

#[must_use = "print it"]
fn sweep_by(
    pages: usize,
    prepared: &Site,
    words: &[&str],
    after: impl Fn(&Site, &Run) -> String,
) -> String {
    let mut tried = 0;
    let mut outcomes: BTreeMap<(Beyond, String, String), u32> = BTreeMap::new();
    for held in [true, false] {
        let held = held && prepared.path("credential.db").exists();
        for beyond in [Beyond::Fails, Beyond::Kills] {
            for blocks in sizes(if held { pages } else { 8 }) {
                let site = prepared.copied();
                let other = held.then(|| hold(&site));
                let run = site.run_bounded(&mut limited(&site, blocks, beyond, words));
                drop(other);
                tells(&run, beyond);
                let exit = run
                    .exit
                    .map_or("killed".to_owned(), |exit| exit.to_string());
                let outcome = after(&site, &run);
                assert_eq!(temporary(&site), [""; 0], "{blocks}\n{}", run.transcript());
                *outcomes.entry((beyond, exit, outcome)).or_default() += 1;
                tried += 1;
                if [Some(0), Some(4)].contains(&run.exit) && blocks >= 8 {
                    break;
                }
            }
        }
    }
    let mut table = format!("regent {}: {tried} sizes", words.join(" "));
    for ((beyond, exit, outcome), times) in outcomes {
        table.push_str(&format!(
            "\n  {times:4} × writing {beyond:?}, exit {exit}: {outcome}"
        ));
    }
    table
}

/// Holds a failure to what it must say: what, why, and what to do.
fn tells(run: &Run, beyond: Beyond) {
    match (run.exit, beyond) {
        (Some(0 | 4 | 5), _) | (None, Beyond::Kills) => {}
        (Some(7), _) => {
            for word in ["regent resume", "regent abort"] {
                assert!(run.out.contains(word), "{word}\n{}", run.transcript());
            }
        }
        (Some(6), _) => {
            for word in ["error: ", "cause: ", " help: "] {
                assert!(
                    run.err.contains(word),
                    "{word} is missing\n{}",
                    run.transcript()
                );
            }
        }
        _ => panic!("{}", run.transcript()),
    }
}

/// The disk itself is full: a small one in memory, which the process shares with all its files.
#[test]
#[ignore = "mounts a small disk, for which the kernel must allow user namespaces"]
fn a_promotion_on_a_small_disk_ends_promoted_or_as_before() {
    let prepared = Site::ready();
    let before = Before::of(&prepared);
    let script = "mount -t tmpfs -o size=\"$0\"k none \"$1\" && cp -a \"$2/.\" \"$1\" || exit 99
        cd \"$1\" && copy=$3 && shift 3
        \"$@\"; exit=$?
        cp -a . \"$copy\" || exit 98
        exit $exit";
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    for (round, kib) in (64..).step_by(4).enumerate() {
        let (disk, copy) = (Site::empty(), Site::empty());
        let folder = |site: &Site| site.path("").display().to_string();
        let size = kib.to_string();
        let (disk, at, from) = (folder(&disk), folder(&copy), folder(&prepared));
        let unshare = ["-rm", "sh", "-c", script, &size, &disk, &from, &at];
        let words = [
            &unshare[..],
            &[env!("CARGO_BIN_EXE_regent")],
            &Site::promotion(),
        ]
        .concat();
        let run = copy.run_bounded(&mut copy.command_named(Tool::Unshare.program(), &words));
        if run.exit == Some(99) {
            // What there is already does not fit.
            assert!(run.err.contains("No space left"), "{}", run.transcript());
            continue;
        }
        tells(&run, Beyond::Fails);
        let mut way = "nothing is to be done";
        if unfinished(&copy).is_some() {
            way = if round.is_multiple_of(2) {
                "resume"
            } else {
                "abort"
            };
            let words: &[&str] = if way == "resume" {
                &["resume"]
            } else {
                &["abort", "--yes"]
            };
            let again = copy.run(words);
            assert!(
                [Some(0), Some(4)].contains(&again.exit),
                "{}",
                again.transcript()
            );
        }
        let end = end(&copy, &before);
        let cause = run.err.lines().find(|line| line.starts_with("cause"));
        let cause = cause.unwrap_or("no error").replace(&disk, "$SITE");
        *outcomes
            .entry(format!("exit {:?}, {way}, {end:?}; {cause}", run.exit))
            .or_default() += 1;
        if run.exit == Some(0) {
            break;
        }
    }
    for (outcome, times) in &outcomes {
        println!("  {times:4} × {outcome}");
    }
    assert!(outcomes.len() > 2, "{outcomes:?}");
}

#[test]
fn output_that_nobody_can_take_is_told_on_the_other_stream() {
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("it is there")
    };
    let bounded = |command: &mut Command| {
        // The stream that is full is not one that the test reads.
        let output = command.stdout(full()).output().expect("regent starts");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(6), "{said}");
        said
    };
    let site = Site::ready();
    let (before, dump) = (Before::of(&site), site.dump());
    let mut said = String::new();
    for words in [
        &["export"][..],
        &["status", "--format", "json"],
        &Site::promotion(),
    ] {
        said.push_str(&bounded(&mut site.command(words)));
        // The plan is said before anything is done: who cannot see it changes nothing.
        assert_eq!(site.dump(), dump);
    }
    let json = [&Site::promotion()[..], &["--format", "json"]].concat();
    said.push_str(&bounded(&mut site.command(&json)));
    let once = said.len() / 4;
    assert_eq!(said, said[..once].repeat(4));
    insta::assert_snapshot!(&said[..once], @r"
    error: cannot write to standard output
    cause: No space left on device (os error 28)
     help: check the free space where the output goes; `regent status` tells what was done
    ");
    assert_eq!(end(&site, &before), End::Promoted);
}

/// What a killed process has left under a temporary name in places that the next command tidies.
fn temporary(site: &Site) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(site.path("vaults/sso02")) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let left = |name: &String| {
        ["before-", "staged-", ".regent-"]
            .iter()
            .any(|b| name.starts_with(b))
    };
    names.filter(left).collect()
}

const PASSWORD_FILE: [&str; 2] = ["--password-file", "password"];

/// Asserts that a backup is whole.
fn opens(site: &Site, backup: &str) {
    let verify = [&["secret", "verify", backup], &PASSWORD_FILE[..]].concat();
    site.run(&verify).exits(0);
}

#[test]
fn a_promotion_on_a_full_disk_ends_promoted_or_as_before() {
    let prepared = Site::ready();
    let before = Before::of(&prepared);
    let resumes = std::cell::Cell::new(false);
    let table = sweep(&prepared, &Site::promotion(), |site, run| {
        let was_unfinished = unfinished(site).is_some();
        if run.exit.is_some() {
            assert_eq!(run.exit == Some(7), was_unfinished, "{}", run.transcript());
        }
        let mut way = "nothing is to be done";
        if was_unfinished {
            // By turns, so that both are asked at every step.
            resumes.set(!resumes.get());
            way = if resumes.get() { "resume" } else { "abort" };
            let words: &[&str] = if resumes.get() {
                &["resume"]
            } else {
                &["abort", "--yes"]
            };
            let run = site.run(words);
            assert!(
                [Some(0), Some(4)].contains(&run.exit),
                "{}",
                run.transcript()
            );
        }
        let end = end(site, &before);
        if end == End::AsBefore {
            site.run(&Site::promotion()).exits(0);
        }
        format!("{way}, {end:?}")
    });
    println!("{table}");
}

#[test]
fn the_way_on_and_the_way_back_may_meet_a_full_disk_too() {
    let ways = [
        ("journal/restore-secret/started/after", &["resume"][..]),
        ("journal/verify/started/after", &["abort", "--yes"]),
        ("journal/verify/started/after", &["resume"]),
        ("journal/restore-secret/started/after", &["abort", "--yes"]),
    ];
    for (point, words) in &ways[..if long() { 4 } else { 2 }] {
        let prepared = Site::ready();
        let before = Before::of(&prepared);
        let fault = format!("{point}=kill");
        let killed = prepared.run_with(&[("REGENT_TEST_FAULT", &fault)], &Site::promotion());
        assert_eq!(killed.exit, None);
        let table = sweep_by(6, &prepared, words, |site, run| {
            let was_unfinished = unfinished(site).is_some();
            // Before it has the lock it has done nothing, and says only why.
            let waits = [None, Some(5), Some(6), Some(7)].contains(&run.exit);
            assert!(waits || !was_unfinished, "{}", run.transcript());
            assert!(
                run.exit != Some(7) || was_unfinished,
                "{}",
                run.transcript()
            );
            if was_unfinished {
                let again = site.run(words);
                assert!(
                    [Some(0), Some(4)].contains(&again.exit),
                    "{}",
                    again.transcript()
                );
            }
            let end = end(site, &before);
            if end == End::AsBefore {
                site.run(&Site::promotion()).exits(0);
            }
            format!("{}, {end:?}", if was_unfinished { "again" } else { "done" })
        });
        println!("{table}");
    }
}

#[test]
fn a_backup_on_a_full_disk_is_whole_or_not_there() {
    let words = [
        &["--server", "SSO01", "secret", "backup", "new.bak"],
        &PASSWORD_FILE[..],
    ]
    .concat();
    let table = sweep(&Site::ready(), &words, |site, run| {
        let there = site.path("new.bak").exists();
        if there {
            opens(site, "new.bak");
        }
        if run.exit == Some(0) {
            return "whole".to_owned();
        }
        if there && run.exit == Some(6) {
            assert!(
                run.err.contains("new.bak was written"),
                "{}",
                run.transcript()
            );
        }
        if there {
            std::fs::remove_file(site.path("new.bak")).expect("it is there");
        }
        site.run(&words).exits(0);
        opens(site, "new.bak");
        if there {
            "whole, the audit not told"
        } else {
            "not there"
        }
        .to_owned()
    });
    println!("{table}");
}

#[test]
fn a_secret_generated_on_a_full_disk_has_a_backup_or_is_not_there() {
    let words = [
        &["--server", "SSO01", "secret", "generate", "new.bak"],
        &PASSWORD_FILE[..],
    ]
    .concat();
    let table = sweep(&Site::without_secret(), &words, |site, run| {
        let status = site
            .run(&["--server", "SSO01", "status", "--format", "json"])
            .json();
        let installed = !status["state"]["secrets"]["current"].is_null();
        let there = site.path("new.bak").exists();
        if installed {
            assert!(there, "{}", run.transcript());
            opens(site, "new.bak");
            assert_eq!(status["problems"], serde_json::json!([]), "{status:#}");
            return "generated".to_owned();
        }
        assert_ne!(run.exit, Some(0));
        if there {
            // As the message says.
            if run.exit == Some(6) {
                let said = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    said.contains("new.bak") && run.err.contains("remove"),
                    "{said}"
                );
            }
            std::fs::remove_file(site.path("new.bak")).expect("it is there");
        }
        site.run(&words).exits(0);
        opens(site, "new.bak");
        if there {
            "a backup, no secret"
        } else {
            "nothing"
        }
        .to_owned()
    });
    println!("{table}");
}

#[test]
fn a_restore_on_a_full_disk_leaves_the_vault_as_good_as_it_was() {
    let words = [
        &["--server", "SSO01", "secret", "restore", "secret.bak"],
        &PASSWORD_FILE[..],
    ]
    .concat();
    let problems = |site: &Site| {
        let status = site
            .run(&["--server", "SSO01", "status", "--format", "json"])
            .exits(0);
        status.json()["problems"].as_array().expect("a list").len()
    };
    let table = sweep(&Site::ready(), &words, |site, _| {
        assert_eq!(problems(site), 0);
        site.run(&words).exits(0);
        "the vault opens".to_owned()
    });
    println!("{table}");
    let empty = Site::ready();
    std::fs::remove_dir_all(empty.path("vaults/sso01")).expect("a vault");
    let table = sweep(&empty, &words, |site, run| {
        let empty = problems(site) == 1;
        assert!(run.exit != Some(0) || !empty);
        site.run(&words).exits(0);
        assert_eq!(problems(site), 0);
        if empty {
            "the vault is empty"
        } else {
            "the vault opens"
        }
        .to_owned()
    });
    println!("{table}");
}

#[test]
fn what_is_written_to_the_database_alone_is_there_or_not() {
    let site = Site::ready();
    site.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    for words in [
        &["--server", "SSO01", "update", "more.xml", "--yes"][..],
        &["server", "add", "SSO03"],
        &["server", "remove", "SSO02"],
        &["enable"],
    ] {
        let before = site.dump();
        let table = sweep(&site, words, |site, run| {
            let changed = site.dump() != before;
            if changed {
                // A process can be killed when everything is written and only the log is tidied.
                assert_ne!(run.exit, Some(6), "{}", run.transcript());
                return "written".to_owned();
            }
            assert_ne!(run.exit, Some(0), "{}", run.transcript());
            site.run(words).exits(0);
            "not written".to_owned()
        });
        println!("{table}");
    }
}

#[test]
fn a_system_is_made_whole_or_not_at_all() {
    let table = sweep(
        &Site::empty(),
        &["init", "--server", "SSO01"],
        |site, run| {
            let there = ["credential.db", "regent.toml"].map(|name| site.path(name).exists());
            assert_eq!(there, [run.exit == Some(0); 2], "{}", run.transcript());
            if there[0] {
                site.run(&["status"]).exits(0);
                return "made".to_owned();
            }
            site.run(&["init", "--server", "SSO01"]).exits(0);
            "not made".to_owned()
        },
    );
    println!("{table}");
}

#[test]
fn files_for_people_are_whole_or_as_before() {
    let site = Site::ready();
    let accounts = "CONTOSO\\SSO Administrators of the northern site;".repeat(12);
    let admins = accounts.trim_end_matches(';');
    let text = update_file("SSO02").replace(
        "  </globalInfo>",
        &format!("    <ssoAdminAccount>{admins}</ssoAdminAccount>\n  </globalInfo>"),
    );
    site.write("fixable.xml", &text.replace("globalInfo", "globalinfo"));
    let before = std::fs::read(site.path("fixable.xml")).expect("a file");
    let table = sweep(&site, &["export", "--out", "out.xml"], |site, run| {
        let there = site.path("out.xml").exists();
        assert_eq!(there, run.exit == Some(0), "{}", run.transcript());
        site.run(&["check", if there { "out.xml" } else { "update.xml" }])
            .exits(0);
        if there { "written" } else { "not written" }.to_owned()
    });
    println!("{table}");
    let words = ["check", "--offline", "--fix", "fixable.xml"];
    let table = sweep(&site, &words, |site, run| {
        let same = std::fs::read(site.path("fixable.xml")).expect("a file") == before;
        assert_eq!(same, run.exit != Some(0), "{}", run.transcript());
        site.run(&words).exits(0);
        if same { "as before" } else { "fixed" }.to_owned()
    });
    println!("{table}"); // Evidence, and plugins: several files, of which all are there or none.
    let component = Probe::of("sound").bytes();
    source::replace(&site.path("rule.wasm"), &component).expect("a component");
    site.configure("[[plugin]]\nname = \"rule\"\ncomponent = \"rule.wasm\"");
    let _locked = site.run(&["plugin", "lock"]).exits(0);
    let words = ["check", "update.xml", "--evidence", "e.tar"];
    let table = sweep(&site, &words, |site, run| {
        let there = site.path("e.tar").exists();
        assert_eq!(there, run.exit == Some(0), "{}", run.transcript());
        if there {
            site.run(&["replay", "e.tar"]).exits(0);
        }
        if there { "written" } else { "not written" }.to_owned()
    });
    println!("{table}");
    let other = Site::empty();
    let _saved = site.run(&["plugin", "save", "plugins.tar"]).exits(0);
    std::fs::copy(site.path("plugins.tar"), other.path("plugins.tar")).expect("a copy");
    let words = ["plugin", "load", "plugins.tar"];
    let table = sweep(&other, &words, |site, run| {
        let component = site.path("plugins/rule.wasm").exists();
        let lock = site.path("regent.lock").exists();
        assert_eq!(
            (component, lock),
            (run.exit == Some(0), run.exit == Some(0))
        );
        site.run(&words).exits(0);
        if component { "written" } else { "not written" }.to_owned()
    });
    println!("{table}");
}
