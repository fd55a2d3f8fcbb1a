//! `regent test`: a whole site's policy, rehearsed case by case.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::policy::probe::Probe;
use crate::rules::{fits, install};
use crate::snapshot;
use crate::support::{Run, Site, update_file};

const NOW: &str = "now = 2026-03-04T22:30:00+01:00\n";
const ANNA: &str = "[[approver]]\nname = \"anna\"\nkey = \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPOmtKvxXJiSrZFfnpsjhE1TVLNwVdBcH07Shs6LZRuD\"";

/// A policy that knows the naming convention, the hours, and a second pair of eyes.
fn site() -> Site {
    let site = Site::empty();
    site.write("regent.toml", "server = \"SSO09\"\n");
    install(&site, "server-naming", "", r"patterns = ['SSO\d{2}']");
    let window = "utc-offset = \"+01:00\"\nwindows = [{ days = [\"wed\"], from = \"22:00\", to = \"24:00\" }]\nemergency = { allowed = true, reason-at-least = 10 }";
    install(&site, "change-window", "", window);
    install(
        &site,
        "four-eyes",
        "",
        "approvers = 1\nemergency-approvers = 0",
    );
    install(
        &site,
        "backup-age",
        "",
        "max-age-hours = 24\nemergency-max-age-hours = 720",
    );
    site.configure(ANNA);
    site
}

fn case(site: &Site, name: &str, promotion: &str, update: Option<&str>) {
    site.write(&format!("cases/{name}/promotion.toml"), promotion);
    if let Some(update) = update {
        site.write(&format!("cases/{name}/update.xml"), update);
    }
}

fn expected(site: &Site, case: &str) -> String {
    let path = site.path(&format!("cases/{case}/expected.snap"));
    std::fs::read_to_string(path).expect("an expectation")
}

/// Every case that the tests know, one way through regent each.
fn cases(site: &Site) {
    let approved = "[[approval]]\napprover = \"anna\"\nat = 2026-03-04T20:00:00+01:00\n";
    case(
        site,
        "approved",
        &format!("{NOW}{approved}[backup]\ncreated = 2026-03-04T08:00:00+01:00\n"),
        None,
    );
    case(site, "alone", NOW, None);
    let emergency = "kind = \"emergency\"\nreason = \"SSO01 burnt down\"\nchange = \"CHG0012345\"\noperator = \"ben\"\nsso-enabled = true\n[backup]\ncreated = 2026-02-20T08:00:00Z\nserver = \"SSO03\"\n[[server]]\nname = \"SSO03\"\nroles = [\"processing\"]\nlast-seen = 2026-03-01T12:00:00Z\n[info]\nticket-timeout = 5\n";
    case(
        site,
        "emergency",
        &format!("now = 2026-03-05T03:00:00+01:00\n{emergency}"),
        Some(&update_file("SSO03")),
    );
    case(site, "misspelled", NOW, Some(&update_file("SSO2")));
    let lookups = update_file("SSO01")
        .replace("secretServer", "auditDeletedApps")
        .replace("SSO01", "50");
    case(site, "update", NOW, Some(&lookups));
    let stranger = approved.replace("anna", "mallory");
    case(site, "stranger", &format!("{NOW}{stranger}"), None);
    case(site, "unreadable", NOW, Some("<sso>"));
}

fn accept(site: &Site) -> Run {
    site.run(&["test", "--accept"]).exits(0)
}

#[test]
fn what_comes_of_a_case_is_told_whole() {
    let site = site();
    cases(&site);
    let _accepted = accept(&site);
    for case in [
        "approved",
        "alone",
        "emergency",
        "misspelled",
        "update",
        "stranger",
        "unreadable",
    ] {
        snapshot!("rehearsal", case, expected(&site, case));
    }
    snapshot!(
        "rehearsal",
        "passed",
        site.run(&["test"]).exits(0).transcript()
    );
}

#[test]
fn what_differs_is_shown_and_fails() {
    let site = site();
    case(&site, "alone", NOW, None);
    case(&site, "misspelled", NOW, Some(&update_file("SSO2")));
    let _accepted = accept(&site);
    case(&site, "new", NOW, Some(&update_file("PRIMARY")));
    let settings = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    site.write(
        "regent.toml",
        &settings.replace("from = \"22:00\"", "from = \"23:00\""),
    );
    let run = site.run(&["test"]).exits(1);
    snapshot!("rehearsal", "differs", run.transcript());
    let junit = site.run(&["test", "--format", "junit"]).exits(1);
    snapshot!("rehearsal", "differs-junit", junit.out);
    let json = site.run(&["test", "--format", "json"]).exits(1).json();
    fits(&site, "test", &json);
    assert_eq!(
        (json["failed"].as_u64(), json["passed"].as_u64()),
        (Some(2), Some(1)),
        "{json:#}"
    );
    let _accepted = accept(&site);
    let _passes = site.run(&["test"]).exits(0);
}

/// The whole policy is tested: groups, enforcement, suppressions, and what pins the components.
#[test]
fn the_rules_of_composition_are_rehearsed_too() {
    let site = site();
    case(&site, "alone", NOW, None);
    case(&site, "named-otherwise", NOW, Some(&update_file("PRIMARY")));
    site.write(
        "cases/named-otherwise/promotion.toml",
        &format!("{NOW}[[server]]\nname = \"PRIMARY\"\n"),
    );
    site.configure("[[group]]\nname = \"clearance\"\nplugins = [\"change-window\", \"four-eyes\"]\nrequire = \"any\"");
    site.configure("[[suppress]]\ncode = \"policy/server-naming/pattern\"\nreason = \"until it is renamed\"\nuntil = 2026-03-04");
    let _locked = site.run(&["plugin", "lock"]).exits(0);
    let _accepted = accept(&site);
    for case in ["alone", "named-otherwise"] {
        let said = expected(&site, case);
        assert!(
            said.contains("✓ group clearance approves: 1 approves"),
            "{said}"
        );
        assert!(said.contains("✓ approved"), "{said}");
    }
    let said = expected(&site, "named-otherwise");
    assert!(
        said.contains("policy/server-naming/pattern: 1 finding until 2026-03-04"),
        "{said}"
    );
    // The day after is the case's to name, in its own zone.
    let later = "now = 2026-03-05T00:00:00+01:00\n[[server]]\nname = \"PRIMARY\"\n";
    site.write("cases/named-otherwise/promotion.toml", later);
    let run = site.run(&["test"]).exits(1);
    assert!(
        run.out.contains("expired, its last day was 2026-03-04"),
        "{}",
        run.out
    );
    // A component that is not the pinned one is told once, and no case is asked.
    let other = Probe::of("sound").bytes();
    fs_err::write(site.path("plugins/four-eyes.wasm"), other).expect("a file");
    let run = site.run(&["test"]).exits(6);
    assert!(
        run.err.contains("plugin four-eyes") && run.out.is_empty(),
        "{}",
        run.transcript()
    );
}

#[test]
fn a_case_is_the_same_on_every_machine() {
    let one = site();
    cases(&one);
    let _accepted = accept(&one);
    let other = one.copied();
    other.at("2031-12-24T00:00:00Z");
    fs_err::create_dir(other.path("elsewhere")).expect("a folder");
    let mut command = other.command(&["test", "../cases", "--config", "../regent.toml"]);
    command
        .current_dir(other.path("elsewhere"))
        .env("TZ", "Asia/Tokyo")
        .env("LANG", "C")
        .env("REGENT_TEST_OPERATOR", "somebody else")
        .env_remove("XDG_CACHE_HOME");
    let run = other.run_bounded(&mut command).exits(0);
    assert!(run.out.contains("7 of 7 cases"), "{}", run.out);
}

/// What a folder holds, by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("a file");
                found.insert(path.display().to_string(), bytes);
            }
        }
    }
    found
}

#[test]
fn nothing_of_the_real_site_is_touched() {
    let site = Site::ready();
    site.configure("[service]\nrestart = { command = [\"./restart.sh\"] }");
    site.write("restart.sh", "#!/bin/sh\ntouch restarted\n");
    crate::support::mode(&site.path("restart.sh"), 0o700);
    case(&site, "promoted", NOW, None);
    fs_err::create_dir(site.path("temporary")).expect("a folder");
    let _accepted = site.run(&["test", "--accept"]).exits(0);
    let said = expected(&site, "promoted");
    assert!(said.contains("restart left to the operator"), "{said}");
    let before = files(&site.path(""));
    let mut command = site.command(&["test"]);
    command.env("TMPDIR", site.path("temporary"));
    let _passed = site.run_bounded(&mut command).exits(0);
    assert!(
        files(&site.path("")) == before,
        "the site is as it was, and so is the temporary folder"
    );
    assert!(
        before
            .keys()
            .any(|name| name.ends_with("vaults/sso01/current.vault"))
    );
}

#[test]
fn a_case_that_cannot_be_rehearsed_says_why() {
    let site = site();
    site.write("cases/empty/note.txt", "nothing happens here");
    case(
        &site,
        "proven",
        &format!("{NOW}[backup]\nproven = true\ncreated = 2026-03-04T08:00:00Z\n"),
        None,
    );
    case(
        &site,
        "author",
        &format!("{NOW}[author]\noperator = \"anna\"\n"),
        None,
    );
    case(
        &site,
        "no-reason",
        &format!("{NOW}kind = \"emergency\"\n"),
        None,
    );
    case(
        &site,
        "roles",
        &format!("{NOW}[[server]]\nname = \"SSO01\"\nroles = [\"processing\"]\n"),
        None,
    );
    case(
        &site,
        "twice",
        &format!("{NOW}candidate = \"SSO02\"\n"),
        Some(&update_file("SSO02")),
    );
    case(&site, "unknown-key", &format!("{NOW}backups = 1\n"), None);
    let run = site.run(&["test"]).exits(1);
    snapshot!("rehearsal", "unusable", run.transcript());
    let _nothing_to_accept = site.run(&["test", "--accept"]).exits(1);
    let mut told = String::new();
    for (folder, arguments, exit) in [
        ("site", &["test", "nowhere"][..], 6),
        ("site", &["test", "--format", "sarif"], 2),
        ("empty", &["test"], 2),
    ] {
        let empty = Site::empty();
        let site = if folder == "empty" { &empty } else { &site };
        let run = site.run(arguments).exits(exit);
        told.push_str(&format!(
            "$ regent {}\n{}\n",
            arguments.join(" "),
            run.transcript()
        ));
    }
    snapshot!("rehearsal", "refused", told);
}

/// Ctrl-C ends a rehearsal at once: an interrupted promotion is nobody's expectation.
#[test]
fn an_interrupt_ends_it_and_nothing_of_the_case_under_way_is_kept() {
    let site = site();
    let approved = format!(
        "{NOW}[[approval]]\napprover = \"anna\"\nat = 2026-03-04T20:00:00+01:00\n[backup]\ncreated = 2026-03-04T08:00:00+01:00\n"
    );
    for name in ["first", "second", "third"] {
        case(&site, name, &approved, None);
    }
    let folder = tempfile::tempdir().expect("a folder for what it leaves");
    let mut command = site.command(&["test", "--accept"]);
    let point = "journal/verify/started/before";
    let mut child = command
        .env("TMPDIR", folder.path())
        .env("REGENT_TEST_FAULT", format!("{point}#2=hang"))
        .env("REGENT_TEST_HUNG", "/dev/stderr")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("regent starts");
    let stderr = BufReader::new(child.stderr.take().expect("a stream"));
    let hung = stderr.lines().any(|line| line.expect("text") == point);
    assert!(hung, "the second case is under way");
    let process = i32::try_from(child.id()).expect("a process");
    let process = nix::unistd::Pid::from_raw(process);
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT).expect("it runs");
    assert_eq!(child.wait().expect("an end").code(), None);
    assert!(expected(&site, "first").contains("promoted"));
    for name in ["second", "third"] {
        assert!(
            !site.path(&format!("cases/{name}/expected.snap")).exists(),
            "{name}"
        );
    }
}
