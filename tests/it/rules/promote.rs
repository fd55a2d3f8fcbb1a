//! What promoters decide about `plan` and `promote`.

use regent::identity::Digest;

use super::{
    AGE, BACKUP_TOO_OLD, FROZEN, IN_THE_WINDOW, WINDOW, digest, fits, install, pretty, probe,
    promoter, refused, refused_in_json, site, snapshot,
};
use crate::support::Site;

/// The arguments of the main job and more.
fn promotion<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = Site::promotion().to_vec();
    arguments.extend(more);
    arguments
}

/// Each refusal, at its moment: human and JSON.
#[track_caller]
fn denied(name: &str, site: &Site, arguments: &[&str]) -> serde_json::Value {
    let run = refused(site, arguments, 3);
    snapshot(&format!("denied-{name}"), run.transcript());
    let json = refused_in_json(site, arguments, 3);
    fits(site, "plan", &json);
    assert_eq!(json["verdict"]["approved"], false);
    json["verdict"].clone()
}

#[test]
fn outside_the_window_nothing_is_promoted() {
    let site = site();
    let verdict = denied("outside-window", &site, &Site::promotion());
    snapshot("denied-outside-window-verdict", pretty(&verdict));
}

#[test]
fn a_dry_run_is_denied_as_the_real_run_is() {
    let mut arguments = Site::promotion();
    arguments[6] = "--dry-run";
    let run = refused(&site(), &arguments, 3);
    snapshot("denied-dry-run", run.transcript());
}

#[test]
fn in_a_freeze_and_with_an_old_backup_both_plugins_say_why() {
    let site = site();
    site.at(FROZEN);
    let verdict = denied("frozen", &site, &Site::promotion());
    let said: Vec<_> = verdict["decisions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|decision| {
            (
                decision["plugin"].as_str(),
                decision["reasons"][0]["rule"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (Some("change-window"), Some("frozen")),
            (Some("backup-age"), Some("too-old"))
        ]
    );
}

#[test]
fn a_backup_that_is_too_old_is_not_promoted_with() {
    let site = site();
    site.at(BACKUP_TOO_OLD);
    denied("backup-too-old", &site, &Site::promotion());
    // A fresh backup is all that is missing.
    site.run(&[
        "--server",
        "SSO01",
        "secret",
        "backup",
        "new.bak",
        "--password-file",
        "password",
    ])
    .exits(0);
    let mut arguments = Site::promotion();
    arguments[3] = "new.bak";
    site.run(&arguments).exits(0);
}

#[test]
fn an_emergency_needs_more_of_a_reason_than_a_word() {
    let site = site();
    let arguments = promotion(&["--emergency", "--reason", "dead"]);
    denied("emergency-without-reason", &site, &arguments);
}

#[test]
fn a_blank_reason_or_reference_is_none() {
    let site = Site::ready();
    for blank in ["--reason=", "--reason= ", "--change=\t"] {
        let arguments = promotion(&[blank]);
        let run = refused(&site, &arguments, 2);
        assert!(run.err.contains("it is blank"), "{}", run.err);
    }
}

#[test]
fn an_emergency_with_a_reason_passes_the_window() {
    let site = site();
    let arguments = promotion(&[
        "--emergency",
        "--reason",
        "SSO01 burnt down",
        "--change",
        "INC-7",
    ]);
    let run = site.run(&arguments).exits(0);
    snapshot("approved-emergency", run.transcript());
    let status = site.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["state"]["info"]["secret-server"], "SSO02");
}

#[test]
fn in_the_window_with_a_fresh_backup_all_approve() {
    let site = site();
    site.at(IN_THE_WINDOW);
    let run = site.run(&Site::promotion()).exits(0);
    snapshot("approved", run.transcript());
}

#[test]
fn a_plan_without_a_backup_is_denied() {
    let site = site();
    site.at(IN_THE_WINDOW);
    denied("no-backup", &site, &["plan", "update.xml"]);
}

#[test]
fn a_plan_whose_backup_was_not_opened_is_denied() {
    let site = site();
    site.at(IN_THE_WINDOW);
    denied(
        "unproven",
        &site,
        &["plan", "update.xml", "--restore-file", "secret.bak"],
    );
    // With the password the backup is proven, and nothing is missing.
    let with_password = [
        "plan",
        "update.xml",
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let run = refused(&site, &with_password, 0);
    assert!(run.out.contains("backup-age approves"), "{}", run.out);
}

#[test]
fn on_trial_a_denial_is_shown_and_the_promotion_goes_on() {
    let site = Site::ready();
    install(&site, "change-window", "enforcement = \"warn\"", WINDOW);
    install(&site, "backup-age", "", AGE);
    let run = site.run(&Site::promotion()).exits(0);
    snapshot("approved-with-a-warning", run.transcript());
}

#[test]
fn where_all_are_on_trial_nobody_has_a_vote() {
    let site = Site::ready();
    install(&site, "change-window", "enforcement = \"warn\"", WINDOW);
    let mut arguments = Site::promotion().to_vec();
    arguments[6] = "--dry-run";
    let run = refused(&site, &arguments, 0);
    snapshot("approved-without-a-vote", run.transcript());
}

#[test]
fn silence_is_not_consent() {
    let site = Site::ready();
    probe(&site, "four-eyes", &promoter("abstains"), "");
    let verdict = denied("silence", &site.copied(), &Site::promotion());
    assert_eq!(verdict["decisions"][0]["decision"], "abstain");
    // One that approves is enough.
    install(&site, "backup-age", "", AGE);
    site.run(&Site::promotion()).exits(0);
}

#[test]
fn a_plan_pins_the_plugins_that_reviewed_it() {
    let site = site();
    site.configure("");
    site.at(IN_THE_WINDOW);
    let arguments = [
        "plan",
        "update.xml",
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let json = refused_in_json(&site, &arguments, 0);
    fits(&site, "plan", &json);
    let pins = json["plan"]["plugins"].as_array().expect("a list").clone();
    let names: Vec<_> = pins
        .iter()
        .map(|pin| pin["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["server-naming", "change-window", "backup-age"]);
    for (pin, name) in pins.iter().zip(names) {
        assert_eq!(pin["component"], digest(&site, name));
        assert_eq!(pin["enforcement"], "deny");
        assert_eq!(pin["version"], "1.0.0");
    }
    let told = r#"{"emergency-max-age-hours":720,"max-age-hours":24}"#;
    assert_eq!(pins[2]["settings"], Digest::of(told.as_bytes()).to_string());
}
