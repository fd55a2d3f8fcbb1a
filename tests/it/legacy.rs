//! `ssomanage` and `ssoconfig` as administrators know them, en dash included.

use crate::snapshot;
use crate::support::{Site, run, update_file};

#[test]
fn the_documented_procedure_works_as_it_is_printed() {
    let site = Site::ready();
    snapshot!(
        "legacy",
        "updatedb",
        site.run(&["ssomanage", "–updatedb", "update.xml"])
            .exits(0)
            .transcript()
    );
    let restore = [
        "ssoconfig",
        "–restoresecret",
        "secret.bak",
        "--password-file",
        "password",
    ];
    snapshot!(
        "legacy",
        "restoresecret",
        site.run(&restore).exits(0).transcript()
    );
    snapshot!(
        "legacy",
        "displaydb",
        site.run(&["ssomanage", "-displaydb"]).exits(0).transcript()
    );
    let backup = [
        "ssoconfig",
        "-BackupSecret",
        "new.bak",
        "--password-file",
        "password",
    ];
    site.run(&backup).exits(0);
    let status = site.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(
        status["problems"].as_array().map(Vec::len),
        Some(0),
        "{status:#}"
    );
}

#[test]
fn generatesecret_and_the_switches_work() {
    let site = Site::without_secret();
    let generate = [
        "--server",
        "SSO01",
        "ssoconfig",
        "—generatesecret",
        "secret.bak",
        "--password-file",
        "password",
        "--reminder",
        "the usual",
    ];
    site.run(&generate).exits(0);
    site.run(&["ssomanage", "-enablesso"]).exits(0);
    assert!(
        site.run(&["ssomanage", "-displaydb"])
            .exits(0)
            .out
            .contains("Single Sign-On Status")
    );
    site.run(&["ssomanage", "−disableSSO"]).exits(0);
    let shown = site.run(&["ssoconfig", "-showdb"]).exits(0);
    insta::assert_snapshot!(shown.out, @"sqlite:credential.db");
}

#[test]
fn a_link_by_the_vendors_name_is_the_vendors_tool() {
    let site = Site::ready();
    for name in ["ssomanage", "SSOCONFIG"] {
        let link = site.path(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_regent"), &link).expect("a link");
        let option = if name == "ssomanage" {
            "-displaydb"
        } else {
            "-showdb"
        };
        run(&mut site.command_named(&link, &[option])).exits(0);
    }
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let site = Site::ready();
    let mut text = String::new();
    for words in [
        &["ssomanage", "-restoresecret", "secret.bak"][..],
        &["ssoconfig", "-displaydb"],
        &["ssomanage", "-updatebd", "update.xml"],
        &["ssomanage", "-updatedb"],
        &["ssomanage", "-displaydb", "extra"],
        &["ssoconfig", "-frobnicate"],
        &["ssomanage", "-createapps", "apps.xml"],
        &["ssoconfig", "-status"],
    ] {
        let run = site.run(words).exits(2);
        text.push_str(&format!(
            "$ regent {}\n{}\n",
            words.join(" "),
            run.transcript()
        ));
    }
    snapshot!("legacy", "mistakes", text);
}

#[test]
fn help_lists_the_options() {
    let site = Site::empty();
    for words in [&["ssomanage"][..], &["ssomanage", "-help"]] {
        let run = site.run(words).exits(0);
        assert!(
            run.out.contains("-updatedb <update file>"),
            "{}",
            run.transcript()
        );
    }
    snapshot!(
        "legacy",
        "help",
        site.run(&["ssoconfig", "–help"]).exits(0).transcript()
    );
}

#[test]
fn moving_the_name_asks_nobody_for_yes_but_still_refuses_what_is_wrong() {
    let site = Site::ready();
    site.write("update.xml", &update_file("10.2.1.10"));
    let before = site.dump();
    site.run(&["ssomanage", "-updatedb", "update.xml"]).exits(1);
    assert_eq!(site.dump(), before);
}

/// Quotes, blanks, dashes and separators of Word, a mail or Windows: what is certain is done.
#[test]
fn what_was_pasted_is_carried_out_with_a_note() {
    let site = Site::ready();
    site.write("up.xml", &update_file("SSO02"));
    site.write("up file.xml", &update_file("SSO02"));
    std::fs::create_dir(site.path("SSO")).expect("a folder");
    site.write("SSO/up.xml", &update_file("SSO02"));
    let mut text = String::new();
    for words in [
        &["-updatedb:up.xml"][..],
        &["-updatedb=up.xml"],
        &["–updatedb:“up.xml”"],
        &["up.xml", "-updatedb"],
        &["/updatedb", "up.xml"],
        &["/UpdateDB:up.xml"],
        &["-updatedb", "“up.xml”"],
        &["-updatedb", "\"up.xml\""],
        &["-updatedb", "“up", "file.xml”"],
        &["-updatedb\u{a0}up.xml"],
        &["-\u{a0}updatedb", "up.xml"],
        &["-", "updatedb", "up.xml"],
        &["–", "updatedb", "up.xml"],
        &["updatedb", "up.xml"],
        &["-updatedb", "\u{202a}up.xml"],
        &["-updatedb", "SSO\\up.xml"],
        &["“-updatedb”", "up.xml"],
    ] {
        let words = [&["ssomanage"], words].concat();
        let run = site.run(&words).exits(0);
        let note = run.err.lines().next().unwrap_or_default();
        assert!(
            note.starts_with("taken as `regent ssomanage -"),
            "{}",
            run.transcript()
        );
        text.push_str(&format!("{}\n{note}\n", words.join(" ").escape_debug()));
    }
    for dash in ["‐", "‑", "‒", "–", "—", "―", "−", "﹘", "－", "--"] {
        let option = format!("{dash}updatedb");
        site.run(&["ssomanage", &option, "up.xml"]).exits(0);
    }
    let master = Site::ready();
    for words in [
        &["-", "backupSecret", "a.bak", "—password-file", "password"][..],
        &["/backupsecret:“b.bak”", "--password-file", "“password”"],
        &[
            "c.bak",
            "-backupsecret",
            "--password-file",
            "password",
            "--reminder",
            "“my cat”",
        ],
    ] {
        let words = [&["--server", "SSO01", "ssoconfig"], words].concat();
        let run = master.run(&words).exits(0);
        let note = run.err.lines().next().unwrap_or_default();
        text.push_str(&format!("{}\n{note}\n", words.join(" ").escape_debug()));
    }
    let reminder = master.run(&["secret", "inspect", "c.bak"]).exits(0);
    assert!(
        reminder.out.contains("“my cat”"),
        "a reminder is as it was typed"
    );
    for backup in ["a.bak", "b.bak", "c.bak"] {
        assert!(master.path(backup).exists(), "{backup}");
    }
    snapshot!("legacy", "pasted", text);
}

#[test]
fn dashes_of_an_office_program_are_hyphens_to_regent_s_own_commands_too() {
    let site = Site::ready();
    for words in [
        &[
            "promote",
            "update.xml",
            "–restore-file",
            "secret.bak",
            "—password-file=password",
            "–dry-run",
        ][..],
        &[
            "–server",
            "SSO01",
            "secret",
            "verify",
            "secret.bak",
            "−password-file",
            "password",
        ],
        &["status", "-format", "json"],
    ] {
        let run = site.run(words).exits(0);
        let note = run.err.lines().next().unwrap_or_default();
        assert!(
            note.starts_with("taken as `regent "),
            "{}",
            run.transcript()
        );
        assert!(!note.contains(['–', '—', '−']), "{note}");
    }
    assert!(
        site.run(&["status", "–help"])
            .exits(0)
            .out
            .contains("Usage: regent status")
    );
    // What no option is called stays wrong, and a text of the operator's own is as it is.
    let wrong = site.run(&["status", "–hlep"]).exits(2);
    assert!(wrong.err.contains("–hlep"), "{}", wrong.err);
    let reason = ["update", "update.xml", "--yes", "--overrule", "–because"];
    assert!(!site.run(&reason).err.contains("taken as"));
}

#[test]
fn what_lies_elsewhere_or_has_quotes_is_told_with_the_line_that_works() {
    let site = Site::ready();
    site.write("up.xml", &update_file("SSO02"));
    let before = site.dump();
    let mut text = String::new();
    for (status, words) in [
        (2, &["ssomanage", "-updatedb", "C:\\SSO\\update.xml"][..]),
        (2, &["ssomanage", "-updatedb:\\\\server\\share\\update.xml"]),
        (2, &["ssoconfig", "-restoresecret", "“D:\\my backup.bak”"]),
        (6, &["ssomanage", "-updatedb", "“none.xml”"]),
        (6, &["check", "“up.xml”"]),
        (6, &["check", "\"up.xml\""]),
        (6, &["check", "“up", "file.xml”"]),
        (
            6,
            &[
                "promote",
                "C:\\SSO\\update.xml",
                "--restore-file",
                "secret.bak",
                "--password-file",
                "password",
                "--yes",
            ],
        ),
        (6, &["plan", "\\\\server\\share\\update.xml"]),
        (6, &["secret", "inspect", "“secret.bak”"]),
        (6, &["check", "--format", "json", "C:update.xml"]),
    ] {
        let run = site.run(words).exits(status);
        text.push_str(&format!(
            "$ regent {}\n{}\n",
            words.join(" "),
            run.transcript()
        ));
    }
    assert_eq!(site.dump(), before);
    snapshot!("legacy", "elsewhere", text);
}
