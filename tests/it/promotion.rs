//! The main job, end to end, with the real binary on a real database.

use crate::snapshot;
use crate::support::{Site, mode, update_file};

/// The dump without what a promotion may leave behind when everything is as before: counters that
/// only rise, the rules that govern from then on, the journal of what was tried and what the rules
/// said of it, the audit, and when a server was last seen.
pub(crate) fn lasting(dump: &str) -> String {
    let mut text = String::new();
    let mut skipping = false;
    for line in dump.lines() {
        if !line.starts_with(' ') && !line.is_empty() {
            skipping = ["governing", "promotion", "journal", "judgement", "audit"].contains(&line);
        }
        let counts = ["revision:", "highest term:"]
            .iter()
            .any(|word| line.contains(word));
        if skipping || counts {
            continue;
        }
        text.push_str(line.split(", last seen").next().unwrap_or_default());
        text.push('\n');
    }
    text
}

#[test]
fn a_server_is_promoted() {
    let site = Site::ready();
    let run = site.run(&Site::promotion()).exits(0);
    snapshot!("promotion", "promoted", run.transcript());
    snapshot!(
        "promotion",
        "promoted-status",
        site.run(&["status"]).exits(0).transcript()
    );
    snapshot!(
        "promotion",
        "promoted-journal",
        site.run(&["journal"]).exits(0).transcript()
    );
    snapshot!("promotion", "promoted-dump", site.dump());
}

#[test]
fn a_promoted_server_backs_up_and_is_promoted_away_from() {
    let site = Site::ready();
    site.run(&Site::promotion()).exits(0);
    site.run(&["secret", "backup", "new.bak", "--password-file", "password"])
        .exits(0);
    site.write("back.xml", &update_file("SSO01"));
    let back = [
        "--server",
        "SSO01",
        "promote",
        "back.xml",
        "--restore-file",
        "new.bak",
        "--password-file",
        "password",
        "--yes",
    ];
    site.run(&back).exits(0);
    let state = site.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(state["state"]["info"]["secret-server"], "SSO01");
    assert_eq!(state["state"]["term"], 3);
}

#[test]
fn a_dry_run_checks_everything_and_changes_nothing() {
    let site = Site::ready();
    let before = site.dump();
    let mut arguments = Site::promotion();
    arguments[6] = "--dry-run";
    let run = site.run(&arguments).exits(0);
    snapshot!("promotion", "dry-run", run.transcript());
    assert_eq!(site.dump(), before);
    assert!(!site.path("vaults/sso02").exists());
}

#[test]
fn without_a_terminal_yes_is_required() {
    let site = Site::ready();
    let before = site.dump();
    let run = site.run(&Site::promotion()[..6]).exits(2);
    insta::assert_snapshot!(run.err, @r"
    error: this needs a confirmation, and there is no terminal to ask on
     help: if it is what you want, say so with `--yes`
    ");
    assert_eq!(site.dump(), before);
}

/// A refusal: what is done to a ready site, what is typed, what it exits with.
fn refused(name: &str, prepare: impl FnOnce(&Site), arguments: &[&str], exit: i32) {
    let site = Site::ready();
    prepare(&site);
    let before = site.dump();
    let run = site.run(arguments).exits(exit);
    snapshot!("promotion", format!("refused-{name}"), run.transcript());
    assert_eq!(site.dump(), before, "a refusal changes nothing");
    assert!(
        !site.path("vaults/sso02/current.vault").exists(),
        "a refusal leaves no secret behind"
    );
}

#[test]
fn an_unknown_candidate_is_refused() {
    let prepare = |site: &Site| site.write("update.xml", &update_file("SSO20"));
    refused("unknown-server", prepare, &Site::promotion(), 1);
}

#[test]
fn the_master_is_not_promoted() {
    let prepare = |site: &Site| site.write("update.xml", &update_file("SSO01"));
    refused("already-master", prepare, &Site::promotion(), 7);
}

#[test]
fn more_than_the_server_name_is_refused_off_the_master() {
    let prepare = |site: &Site| {
        let text = update_file("SSO02").replace(
            "</secretServer>",
            "</secretServer>\n    <ticketTimeout>5</ticketTimeout>",
        );
        site.write("update.xml", &text);
    };
    refused("more-than-the-name", prepare, &Site::promotion(), 1);
}

#[test]
fn a_promotion_without_a_backup_is_refused() {
    refused("no-backup", |_| {}, &["promote", "update.xml", "--yes"], 2);
}

#[test]
fn a_wrong_password_is_refused() {
    refused(
        "wrong-password",
        |site| site.write("password", "not the password"),
        &Site::promotion(),
        6,
    );
}

#[test]
fn a_backup_of_another_system_is_refused() {
    let other = Site::empty();
    other.write(
        "regent.toml",
        "database = \"sqlite:credential.db\"\nserver = \"SSO01\"\n",
    );
    other.write("password", "another system's password");
    other
        .run_with(&[("REGENT_TEST_SEED", "other")], &["init"])
        .exits(0);
    other
        .run_with(
            &[("REGENT_TEST_SEED", "more")],
            &[
                "secret",
                "generate",
                "secret.bak",
                "--password-file",
                "password",
            ],
        )
        .exits(0);
    let prepare = |site: &Site| {
        std::fs::copy(other.path("secret.bak"), site.path("secret.bak")).expect("a copy");
        std::fs::copy(other.path("password"), site.path("password")).expect("a copy");
    };
    refused("other-system", prepare, &Site::promotion(), 7);
}

#[test]
fn another_server_than_the_candidate_is_refused() {
    let mut arguments = vec!["--server", "SSO01"];
    arguments.extend(Site::promotion());
    refused("other-server", |_| {}, &arguments, 7);
}

#[test]
fn nothing_is_promoted_before_a_secret_exists() {
    let site = Site::without_secret();
    site.write("secret.bak", "anything");
    let run = site.run(&Site::promotion()).exits(7);
    snapshot!("promotion", "refused-no-secret", run.transcript());
}

fn service(site: &Site, script: &str) {
    site.write("restart.sh", &format!("#!/bin/sh\n{script}\n"));
    mode(&site.path("restart.sh"), 0o700);
    site.configure("[service]\nrestart = { command = [\"./restart.sh\"] }");
}

#[test]
fn a_service_that_does_not_restart_undoes_everything() {
    let site = Site::ready();
    service(&site, "echo 'unit entsso is masked' >&2; exit 3");
    let before = lasting(&site.dump());
    let run = site.run(&Site::promotion()).exits(4);
    snapshot!("promotion", "undone", run.transcript());
    assert_eq!(lasting(&site.dump()), before);
    assert!(!site.path("vaults/sso02/current.vault").exists());
    site.run(&[
        "--server",
        "SSO01",
        "secret",
        "backup",
        "still.bak",
        "--password-file",
        "password",
    ])
    .exits(0);
}

#[test]
fn a_service_that_restarts_is_named_in_the_journal() {
    let site = Site::ready();
    service(&site, "echo restarted >> restarts");
    site.run(&Site::promotion()).exits(0);
    assert_eq!(
        std::fs::read_to_string(site.path("restarts")).expect("restarts"),
        "restarted\n"
    );
    let journal = site.run(&["journal"]).exits(0).out;
    assert!(journal.contains("restart.sh"), "{journal}");
}

#[test]
fn an_emergency_needs_a_reason() {
    let site = Site::ready();
    let mut arguments = Site::promotion().to_vec();
    arguments.push("--emergency");
    let run = site.run(&arguments).exits(2);
    assert!(run.err.contains("--reason"), "{}", run.err);
    arguments.extend(["--reason", "SSO01 burnt down", "--change", "CHG0000001"]);
    site.run(&arguments).exits(0);
    let journal = site.run(&["journal", "--format", "json"]).exits(0).json();
    assert_eq!(journal["promotions"][0]["kind"], "emergency");
}
