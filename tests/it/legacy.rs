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
        &["ssomanage", "updatedb", "update.xml"],
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
