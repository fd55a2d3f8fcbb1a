//! A computer whose name has a domain, where servers are listed by their short names: what it may be
//! is offered, and never guessed.

use std::process::Command;

use crate::snapshot;
use crate::support::{Run, Site, run, update_file};

/// The site of SSO01 and SSO02, whose settings leave it to the host's name which server this is.
fn site() -> Site {
    let site = Site::ready();
    site.write("regent.toml", "database = \"sqlite:credential.db\"\n");
    site
}

fn command(site: &Site, host: &str, words: &[&str]) -> Command {
    let mut command = site.command(words);
    command.env("REGENT_TEST_HOST", host);
    command
}

fn on(site: &Site, host: &str, words: &[&str]) -> Run {
    site.run_with(&[("REGENT_TEST_HOST", host)], words)
}

fn unfolded(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Types what is printed in back-quotes.
fn type_it(site: &Site, host: &str, said: &str) -> Run {
    let said = unfolded(said);
    let mut printed = said.split('`').skip(1).step_by(2);
    let printed = printed.find(|command| command.starts_with("regent "));
    let printed = printed.unwrap_or_else(|| panic!("nothing to type: {said}"));
    let mut shell = site.command_named(std::path::Path::new("/bin/sh"), &["-c", printed]);
    run(shell.env("REGENT_TEST_HOST", host))
}

#[test]
fn an_act_on_the_server_that_it_may_be_is_offered() {
    let site = site();
    let before = site.dump();
    let promote = Site::promotion();
    let refused = on(&site, "SSO02.contoso.com", &promote).exits(7);
    snapshot!("names", "promote-offered", refused.transcript());
    assert_eq!(site.dump(), before);
    assert!(!site.path("vaults/sso02.contoso.com").exists());
    let _promoted = type_it(&site, "SSO02.contoso.com", &refused.err).exits(0);
    let status = on(&site, "sso02.contoso.com", &["--server", "SSO02", "status"]);
    assert!(
        status.out.contains("the master secret server"),
        "{}",
        status.out
    );
}

#[test]
fn what_only_the_master_may_do_is_offered_to_whom_may_be_it() {
    let site = site();
    let backup = ["secret", "backup", "new.bak", "--password-file", "password"];
    let refused = on(&site, "sso01.contoso.com", &backup).exits(7);
    snapshot!("names", "backup-offered", refused.transcript());
    assert!(!site.path("new.bak").exists());
    let _written = type_it(&site, "sso01.contoso.com", &refused.err).exits(0);
    // Another server is told to go to the master, as ever.
    let told = on(&site, "SSO02.contoso.com", &backup).exits(7).err;
    assert!(
        !told.contains("THIS-COMMAND") && !told.contains("--server"),
        "{told}"
    );
}

#[test]
fn a_promotion_that_waits_is_offered_to_be_finished_or_undone() {
    for (words, status) in [(&["resume"][..], 0), (&["abort", "--yes"], 4)] {
        let site = site();
        let mut promotion = command(
            &site,
            "x",
            &[&["--server", "SSO02"], &Site::promotion()[..]].concat(),
        );
        promotion.env(
            "REGENT_TEST_FAULT",
            "journal/restart-service/started/after=kill",
        );
        let killed = run(&mut promotion);
        assert_ne!(killed.exit, Some(0), "{}", killed.transcript());
        let refused = on(&site, "SSO02.contoso.com", words).exits(7);
        let offered = format!("`regent --server SSO02 {}`", words.join(" "));
        assert!(unfolded(&refused.err).contains(&offered), "{}", refused.err);
        let _done = type_it(&site, "SSO02.contoso.com", &refused.err).exits(status);
    }
}

#[test]
fn whoever_looks_is_told_what_the_computer_may_be() {
    let site = site();
    let mut text = String::new();
    for words in [
        &["status"][..],
        &["doctor"],
        &[
            "candidates",
            "--restore-file",
            "secret.bak",
            "--password-file",
            "password",
        ],
    ] {
        let said = on(&site, "SSO02.contoso.com", words);
        text.push_str(&format!(
            "$ regent {}\n{}\n",
            words.join(" "),
            said.transcript()
        ));
        let whole = unfolded(&said.out);
        assert!(!whole.contains("server add"), "{whole}");
        assert!(whole.contains("regent --server SSO02"), "{whole}");
    }
    snapshot!("names", "looked-at", text);
}

#[test]
fn a_host_name_that_is_listed_whole_is_that_server() {
    let site = site();
    let add = ["server", "add", "SSO03.contoso.com"];
    let _added = on(&site, "SSO01", &add).exits(0);
    let status = on(&site, "sso03.contoso.com", &["status", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(status["server"], "sso03.contoso.com");
    assert_eq!(
        status["problems"].as_array().map(Vec::len),
        Some(0),
        "{status:#}"
    );
}

#[test]
fn a_second_name_of_a_listed_computer_is_listed_on_insisting_only() {
    let site = site();
    let before = site.dump();
    let add = ["server", "add", "sso02.contoso.com", "--role", "processing"];
    let refused = site.run(&add).exits(7);
    snapshot!("names", "second-name", refused.transcript());
    assert_eq!(site.dump(), before);
    let _insisted = type_it(&site, "SSO01", &refused.err).exits(0);
    let listed = site.run(&["server", "list"]).exits(0).out;
    assert!(listed.contains("sso02.contoso.com"), "{listed}");
    // The same the other way round; computers of two domains are two.
    let whole = "app07.contoso.com";
    let _added = site.run(&["server", "add", whole]).exits(0);
    let refused = site
        .run(&["server", "add", "APP07", "--format", "json"])
        .exits(7)
        .json();
    assert_eq!(refused["code"], "server-listed-by-another-name");
    let _other = site.run(&["server", "add", "app07.fabrikam.com"]).exits(0);
    let again = site.run(&["server", "add", whole]).exits(0).out;
    assert!(again.contains("is listed already"), "{again}");
}

#[test]
fn an_update_file_with_the_whole_name_is_told_of_the_short_one() {
    let site = site();
    site.write("whole.xml", &update_file("SSO02.contoso.com"));
    let mut text = String::new();
    let backup = [
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
    ];
    for words in [
        &["check", "whole.xml"][..],
        &[&["--server", "SSO02", "promote", "whole.xml"], &backup[..]].concat(),
        &["server", "remove", "SSO02.contoso.com"],
    ] {
        let said = site.run(words);
        text.push_str(&format!(
            "$ regent {}\n{}\n",
            words.join(" "),
            said.transcript()
        ));
    }
    assert!(!text.contains("server add"), "{text}");
    snapshot!("names", "whole-in-update-file", text);
}

#[test]
fn what_is_founded_on_such_a_computer_has_the_short_name_and_keeps_it() {
    let host = "sso01.contoso.com";
    let site = Site::empty();
    site.write("password", crate::support::PASSWORD);
    let _founded = on(&site, host, &["init"]).exits(0);
    let settings = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    assert!(settings.contains("server = \"SSO01\""), "{settings}");
    let generate = [
        "secret",
        "generate",
        "first.bak",
        "--password-file",
        "password",
    ];
    let _generated = on(&site, host, &generate).exits(0);
    // Settings that were there are not written to: what to add is said.
    let site = Site::empty();
    site.write("regent.toml", "database = \"sqlite:credential.db\"\n");
    let founded = on(&site, host, &["init"]).exits(0);
    snapshot!("names", "founded", founded.out);
}
