//! Outcomes that a script can tell apart: codes of errors, and acts that find everything done.

use regent::cli::failure;
use regent::exit::{Code, Status};

use crate::support::{PLAN, Run, Site, update_file};

const WITH: [&str; 2] = ["--password-file", "password"];

fn json(site: &Site, words: &[&str]) -> Run {
    site.run(&[&["--format", "json"], words].concat())
}

#[track_caller]
fn changed(site: &Site, words: &[&str]) -> bool {
    let run = json(site, words).exits(0);
    let said = &run.json()["changed"];
    said.as_bool()
        .unwrap_or_else(|| panic!("{words:?} does not say:\n{}", run.transcript()))
}

#[track_caller]
fn code(site: &Site, words: &[&str], exit: u8) -> String {
    let report = json(site, words).exits(i32::from(exit)).json();
    assert_eq!(report["schema"], "regent/error/1", "{report:#}");
    assert_eq!(report["exit"], exit);
    let code = report["code"].as_str().expect("a code").to_owned();
    let known = failure::every()
        .into_iter()
        .find(|known| known.name == code);
    assert_eq!(known.expect("a listed one").status.number(), exit, "{code}");
    code
}

/// What clap refuses has a code by its kind, wherever the format is asked for.
#[test]
fn a_command_line_that_is_none_is_an_error_like_others_in_json() {
    let site = Site::ready();
    let before = site.dump();
    for (words, command, code) in [
        ("--format json chek x", "regent", "command-unknown"),
        ("secret restor x --format json", "secret", "command-unknown"),
        ("--format json", "regent", "argument-missing"),
        ("secret --format=json", "secret", "argument-missing"),
        ("check --format json", "check", "argument-missing"),
        (
            "promote u.xml --emergency --format=json",
            "promote",
            "argument-missing",
        ),
        ("status --frmat --format json", "status", "argument-unknown"),
        (
            "--server status promote a b --format json",
            "promote",
            "argument-unknown",
        ),
        (
            "promote a --password-file b --password-fd 3 --format json",
            "promote",
            "argument-conflict",
        ),
        (
            "promote a --dry-run --dry-run --format json",
            "promote",
            "argument-conflict",
        ),
        ("--format json promote a --plan", "promote", "value-unfit"),
        (
            "--format json server add a.b.c.d.-",
            "server",
            "value-unfit",
        ),
        ("--format json status --color pink", "status", "value-unfit"),
        (
            "--format json --server 10.0.0.1 status",
            "status",
            "value-unfit",
        ),
        (
            "promote a --dry-run=x --format json",
            "promote",
            "value-unfit",
        ),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let run = site.run(&words).exits(2);
        assert_eq!(run.err, "", "{words:?}");
        let said = run.json();
        let told = (
            &said["schema"],
            &said["command"],
            &said["exit"],
            &said["code"],
        );
        let wanted = (
            "regent/error/1".into(),
            command.into(),
            2.into(),
            code.into(),
        );
        assert_eq!(
            told,
            (&wanted.0, &wanted.1, &wanted.2, &wanted.3),
            "{words:?}"
        );
        for text in [&said["message"], &said["help"]] {
            let text = text.as_str().expect("a text");
            assert!(
                !text.is_empty() && !text.contains('\n'),
                "{words:?}: {text}"
            );
        }
        let _page = site.run(&["explain", code]).exits(0);
        // What it says to type shows the help of what was meant.
        let help = said["help"].as_str().unwrap_or_default();
        let line = help.split('`').nth(1).expect("a command");
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        let _shown = site.run(&words).exits(0);
    }
    assert_eq!(site.dump(), before);
    // Help that was asked for is no error, and behind `--` nothing is an option.
    for words in [
        &["--format", "json", "--help"][..],
        &["check", "--format", "json", "-h"],
    ] {
        assert!(site.run(words).exits(0).out.contains("Usage:"));
    }
    let run = site.run(&["status", "--", "--format=json"]).exits(2);
    assert!(
        run.out.is_empty() && run.err.contains("Usage:"),
        "{}",
        run.transcript()
    );
}

#[test]
fn what_a_wrong_command_line_says_in_json() {
    let site = Site::empty();
    let mut said = String::new();
    for words in [
        &["promote", "u.xml", "--restor-file", "x"][..],
        &["check"],
        &["status", "--color", "pink"],
        &["plugin"],
        &["chek", "\u{1b}[31m\n\nUsage: x"],
        &["check", "a.xml", "--\u{1b}[31m\n\nUsage: x"],
    ] {
        let run = json(&site, words).exits(2).json();
        for key in ["code", "message", "help"] {
            let text = run[key].as_str().expect("a text");
            said.push_str(&format!("{key}: {text}\n"));
        }
        said.push('\n');
    }
    crate::snapshot!("outcomes", "wrong-command-lines", said);
}

/// The steps of a playbook that sets up and promotes SSO02, run on it.
#[test]
fn a_playbook_runs_twice_without_failing_and_changes_nothing_the_second_time() {
    let site = Site::ready();
    site.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>7</ticketTimeout></globalInfo></sso>",
    );
    let restore = [&["secret", "restore", "secret.bak"], &WITH[..]].concat();
    let promote = Site::promotion();
    let steps: [&[&str]; 8] = [
        &["server", "add", "SSO03", "--role", "processing"],
        &["server", "add", "SSO04"],
        &["server", "remove", "SSO04"],
        &promote,
        &["update", "more.xml", "--yes"],
        &["enable"],
        &["resume"],
        &["abort", "--yes"],
    ];
    let first = steps.map(|step| changed(&site, step));
    assert_eq!(first, [true, true, true, true, true, true, false, false]);
    // What was added for the sake of removing it is no part of the end.
    let added: &[&str] = &["server", "add", "SSO04"];
    let steps: Vec<&[&str]> = steps.into_iter().filter(|step| *step != added).collect();
    let before = site.dump();
    for step in &steps {
        assert!(!changed(&site, step), "{step:?}");
    }
    assert_eq!(site.dump(), before);

    // A promotion has put the secret there; without it, it is restored once.
    assert!(!changed(&site, &restore));
    let vault = site.path("vaults/sso02");
    std::fs::remove_file(vault.join("current.vault")).expect("a vault");
    assert!(changed(&site, &restore));
    assert!(!changed(&site, &restore));
    assert!(
        !vault.join("previous.vault").exists(),
        "nothing was rotated"
    );

    // In words it is said as well.
    let mut said = String::new();
    for step in &steps {
        let out = site.run(step).exits(0).out;
        said.push_str(&format!("$ regent {}\n{out}", step.join(" ")));
    }
    crate::snapshot!("outcomes", "already-so", said);
}

#[test]
fn a_plan_that_was_run_is_done_while_what_it_made_holds() {
    let site = Site::ready();
    let _planned = site.run(&PLAN).exits(0);
    let promote = ["promote", "--plan", "plan.json", WITH[0], WITH[1], "--yes"];
    assert!(changed(&site, &promote));
    let again = json(&site, &promote).exits(0).json();
    assert_eq!(
        (&again["outcome"], &again["changed"]),
        (&"already".into(), &false.into())
    );
    let first = std::fs::read_to_string(site.path("plan.json")).expect("the plan");
    assert!(first.contains(again["id"].as_str().expect("its promotion")));
    // Elsewhere, or once another is the master, it is the plan that was used.
    let elsewhere = [&["--server", "SSO01"], &promote[..]].concat();
    assert_eq!(code(&site, &elsewhere, 7), "plan-used");
    site.write("back.xml", &update_file("SSO01"));
    let _moved = site.run(&["update", "back.xml", "--yes"]).exits(0);
    assert_eq!(code(&site, &promote, 7), "plan-used");
}

#[test]
fn a_master_whose_secret_is_lost_is_not_as_it_was_to_be() {
    let site = Site::ready();
    let promote = Site::promotion();
    assert!(changed(&site, &promote));
    assert!(!changed(&site, &promote));
    // The same for what only tries it.
    assert!(!changed(&site, &[&promote[..], &["--dry-run"]].concat()));
    std::fs::remove_file(site.path("vaults/sso02/current.vault")).expect("a vault");
    assert_eq!(code(&site, &promote, 7), "already-master");
    // More than the name is asked for: that is for `update` to do.
    let _restored = site
        .run(&["secret", "restore", "secret.bak", WITH[0], WITH[1]])
        .exits(0);
    assert!(!changed(&site, &promote));
    let more = update_file("SSO02").replace(
        "</globalInfo>",
        "<ticketTimeout>9</ticketTimeout></globalInfo>",
    );
    site.write("update.xml", &more);
    assert_eq!(code(&site, &promote, 7), "already-master");
}

#[test]
fn one_exit_status_is_told_apart_by_codes() {
    let site = Site::ready();
    let backup = ["secret", "backup", "new.bak", WITH[0], WITH[1]];
    let generate = [
        "--server", "SSO01", "secret", "generate", "x.bak", WITH[0], WITH[1],
    ];
    assert_eq!(code(&site, &backup, 7), "not-the-master");
    assert_eq!(code(&site, &generate, 7), "secret-exists");
    assert_eq!(
        code(&site, &["server", "remove", "SSO01"], 7),
        "master-stays"
    );
    assert_eq!(
        code(
            &site,
            &["server", "add", "SSO02", "--role", "processing"],
            7
        ),
        "server-listed"
    );
    let _planned = site.run(&PLAN).exits(0);
    assert_eq!(code(&site, &PLAN, 6), "file-exists");
    let elsewhere = [&["--server", "SSO01"], &Site::promotion()[..]].concat();
    assert_eq!(code(&site, &elsewhere, 7), "not-the-candidate");
    let fault = [("REGENT_TEST_FAULT", "journal/verify/started/after=kill")];
    assert_eq!(site.run_with(&fault, &Site::promotion()).exit, None);
    assert_eq!(code(&site, &Site::promotion(), 7), "promotion-unfinished");
    assert_eq!(code(&site, &["enable"], 7), "promotion-unfinished");
    let _resumed = site.run(&["resume"]).exits(0);
    assert_eq!(
        code(
            &site,
            &[
                "--server", "SSO01", "secret", "backup", "x.bak", WITH[0], WITH[1]
            ],
            7
        ),
        "stale-term"
    );
    let stale = ["promote", "--plan", "plan.json", WITH[0], WITH[1], "--yes"];
    assert_eq!(code(&site, &stale, 7), "plan-stale");
    site.write("wrong", "not the password at all");
    let wrong = ["secret", "verify", "secret.bak", "--password-file", "wrong"];
    assert_eq!(code(&site, &wrong, 6), "wrong-password-or-altered");
    assert_eq!(
        code(&site, &["secret", "verify", "secret.bak"], 2),
        "password-needed"
    );
    assert_eq!(
        code(
            &site,
            &["secret", "verify", "gone.bak", WITH[0], WITH[1]],
            6
        ),
        "secret-file-unreadable"
    );
    assert_eq!(
        code(&site, &["promote", "update.xml"], 2),
        "backup-not-named"
    );
    assert_eq!(
        code(&site, &["--database", "sqlite:gone.db", "status"], 6),
        "database-missing"
    );
}

#[test]
fn every_code_is_listed_and_explained() {
    let site = Site::empty();
    let listed = json(&site, &["explain"]).exits(0).json();
    let listed = listed["errors"].as_array().expect("a list");
    let every = failure::every();
    assert_eq!(listed.len(), every.len());
    for (
        Code {
            name,
            status,
            meaning,
        },
        listed,
    ) in every.into_iter().zip(listed)
    {
        assert_eq!(listed["code"], name);
        assert_eq!(listed["exit"], status.number());
        assert_eq!(listed["meaning"], meaning);
        assert!(
            ![Status::Done, Status::Findings, Status::Denied].contains(&status),
            "{name}"
        );
    }
    for name in ["stale-term", "secret-not-generated", "file-exists"] {
        let page = site.run(&["explain", name]).exits(0).out;
        let meaning = failure::every().into_iter().find(|code| code.name == name);
        let Code {
            status, meaning, ..
        } = meaning.expect("a code");
        assert!(page.contains(&format!(
            "{name} (exit {}, {})",
            status.number(),
            status.name()
        )));
        assert!(
            page.split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains(meaning),
            "{page}"
        );
        let page = json(&site, &["explain", name]).exits(0).json();
        assert_eq!(page["errors"][0]["code"], name);
    }
}

/// A code is never renamed, and never gets another exit status.
#[test]
fn codes_are_stable() {
    let mut lines: Vec<String> = failure::every()
        .into_iter()
        .map(|code| format!("{} {}\n", code.name, code.status.number()))
        .collect();
    lines.sort_unstable();
    crate::snapshot!("outcomes", "codes", lines.concat());
}
