//! Plugins that break: whatever it was, it denies with its reason, and regent survives.

use super::{
    AGE, fits, install, pretty, probe, promoter, refused, refused_in_json, snapshot, validator,
};
use crate::support::Site;

#[track_caller]
fn broken(fixture: &str) {
    let site = Site::ready();
    // One that approves changes nothing about it.
    install(&site, "backup-age", "", AGE);
    probe(&site, "four-eyes", &promoter(fixture), "");
    let run = refused(&site, &Site::promotion(), 3);
    snapshot(&format!("broken-{fixture}"), run.transcript());
    let json = refused_in_json(&site, &Site::promotion(), 3);
    fits(&site, "plan", &json);
    let decision = &json["verdict"]["decisions"][1];
    assert_eq!(decision["decision"], "broken");
    snapshot(
        &format!("broken-{fixture}-reasons"),
        pretty(&decision["reasons"]),
    );
}

#[test]
fn a_trap_denies() {
    broken("trap");
}

#[test]
fn an_endless_loop_denies() {
    broken("endless-loop");
}

#[test]
fn a_flood_of_log_lines_denies() {
    broken("log-flood");
}

#[test]
fn an_error_denies() {
    broken("fails");
}

#[test]
fn a_memory_bomb_denies() {
    broken("memory-bomb");
}

#[test]
fn on_trial_a_broken_plugin_only_warns() {
    let site = Site::ready();
    install(&site, "backup-age", "", AGE);
    probe(
        &site,
        "four-eyes",
        &promoter("trap"),
        "enforcement = \"warn\"",
    );
    let run = site.run(&Site::promotion()).exits(0);
    snapshot("broken-on-trial", run.transcript());
}

#[test]
fn a_validator_that_breaks_refuses_the_file() {
    let site = Site::ready();
    probe(&site, "four-eyes", &validator("endless-loop"), "");
    let run = refused(&site, &["check", "update.xml"], 1);
    snapshot("broken-validator", run.transcript());
    refused(&site, &Site::promotion(), 1);
}
