//! `regent plugin test`: cases as data, asked as in production.

use regent::toolchain::embedded;

use super::{fits, snapshot};
use crate::plugins;
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

/// A copy of a plugin's project, whose cases a test may change.
fn project(name: &str) -> Site {
    let site = Site::empty();
    let wanted = embedded().iter().find(|project| project.name == name);
    let wanted = wanted.expect("it is embedded");
    wanted.unpack(&site.path(name)).expect("an empty folder");
    site
}

/// Asks its cases, of the component that all tests share.
#[track_caller]
fn ask(site: &Site, name: &str, more: &[&str], exit: i32) -> Run {
    let component = plugins::component(name);
    let component = component.to_str().expect("a plain path");
    let words = ["plugin", "test", name, "--component", component];
    site.run(&[&words, more].concat()).exits(exit)
}

fn expected(site: &Site, case: &str) -> String {
    let path = site.path(&format!("{case}/expected.snap"));
    std::fs::read_to_string(path).expect("an expectation")
}

#[test]
fn the_plugins_that_come_with_regent_say_what_their_cases_expect() {
    for embedded in embedded() {
        let site = Site::empty();
        let folder = plugins::project(embedded.name);
        let component = plugins::component(embedded.name);
        let words = [
            "plugin",
            "test",
            folder.to_str().expect("a plain path"),
            "--component",
            component.to_str().expect("a plain path"),
            "--format",
            "json",
        ];
        let run = site.run(&words);
        let json = run.json();
        fits(&site, "plugin-test", &json);
        assert_eq!(run.exit, Some(0), "{}: {json:#}", embedded.name);
        // Every rule that a plugin declares is shown by a case to be more than a word.
        assert_eq!(json["untriggered"], serde_json::json!([]), "{json:#}");
        let cases = json["cases"].as_array().expect("cases");
        assert!(cases.len() > 4, "{}: {json:#}", embedded.name);
        assert_eq!(json["passed"], cases.len(), "{json:#}");
    }
}

#[test]
fn a_project_is_built_before_its_cases_are_asked() {
    let _component = plugins::component("backup-age");
    let _turn = plugins::one_at_a_time();
    let site = project("backup-age");
    let target = plugins::toolchain().target_dir.expect("a folder");
    std::os::unix::fs::symlink(target, site.path("backup-age/target")).expect("a link");
    let run = site.run(&["plugin", "test", "backup-age"]).exits(0);
    snapshot("cases-pass", &run.out);
    assert!(run.err.contains("building backup-age in "), "{}", run.err);
    assert!(!site.path("plugin.wasm").exists());
}

#[test]
fn what_differs_is_shown_line_by_line_and_accepted_on_demand() {
    let site = project("server-naming");
    let long = "server-naming/cases/too-long";
    let right = expected(&site, long);
    let wrong = right.replace("has 21 characters", "has 22 characters");
    assert_ne!(wrong, right);
    site.write(&format!("{long}/expected.snap"), &wrong);
    // Line ends are not the plugin's to say.
    let reserved = "server-naming/cases/reserved";
    let held = expected(&site, reserved).replace('\n', "\r\n");
    site.write(&format!("{reserved}/expected.snap"), &held);
    fs_err::remove_file(site.path("server-naming/cases/domain/expected.snap")).expect("a file");
    let run = ask(&site, "server-naming", &[], 1);
    snapshot("cases-differ", run.transcript());
    let junit = ask(&site, "server-naming", &["--format", "junit"], 1);
    snapshot("cases-differ-junit", &junit.out);
    let json = ask(&site, "server-naming", &["--format", "json"], 1).json();
    fits(&site, "plugin-test", &json);
    assert_eq!(json["failed"], 2, "{json:#}");
    // Only looking changes nothing.
    assert_eq!(expected(&site, long), wrong);

    let run = ask(&site, "server-naming", &["--accept"], 0);
    snapshot("cases-accepted", run.transcript());
    assert_eq!(expected(&site, long), right);
    assert_eq!(expected(&site, reserved), held, "what passes is left alone");
    ask(&site, "server-naming", &[], 0);
}

#[test]
fn rules_that_no_case_triggers_are_named() {
    let site = project("change-window");
    for case in ["frozen", "zone-frozen", "emergency-without-reason"] {
        fs_err::remove_dir_all(site.path("change-window/cases").join(case)).expect("a case");
    }
    let run = ask(&site, "change-window", &[], 0);
    assert!(
        run.out
            .contains("! no case triggers frozen, emergency-without-reason\n"),
        "{}",
        run.transcript()
    );
    let json = ask(&site, "change-window", &["--format", "json"], 0).json();
    assert_eq!(json["untriggered"][0]["id"], "frozen");
    let junit = ask(&site, "change-window", &["--format", "junit"], 0);
    assert!(
        junit.out.contains("no case triggers frozen"),
        "{}",
        junit.out
    );
}

#[test]
fn a_case_that_cannot_be_asked_fails_and_says_why() {
    let site = project("four-eyes");
    fs_err::remove_dir_all(site.path("four-eyes/cases")).expect("cases");
    let case = |name: &str, file: &str, text: &str| {
        site.write(&format!("four-eyes/cases/{name}/{file}"), text);
    };
    let now = "now = 2026-03-04T22:30:00+01:00\n";
    let update = crate::support::update_file;
    site.write("four-eyes/cases/settings.toml", "approvers = 1\n");
    case("broken-settings", "settings.toml", "approvers = \n");
    case("broken-settings", "promotion.toml", now);
    case(
        "candidate-twice",
        "promotion.toml",
        &format!("{now}candidate = \"SSO02\"\n"),
    );
    case("candidate-twice", "update.xml", &update("SSO02"));
    case("empty", "note.txt", "nothing is asked here");
    case(
        "incumbent",
        "promotion.toml",
        &format!("{now}candidate = \"sso01\"\n"),
    );
    case(
        "no-name",
        "promotion.toml",
        &format!("{now}candidate = \"10.0.0.7\"\n"),
    );
    case(
        "nobody-known",
        "promotion.toml",
        &format!("{now}operator = \"root\"\nperson = \"unknown\"\nknown-by = \"SUDO_UID\"\n"),
    );
    case(
        "no-such-proof",
        "promotion.toml",
        &format!("{now}known-by = \"sudo\"\n"),
    );
    case("no-offset", "promotion.toml", "now = 2026-03-04T22:30:00\n");
    case(
        "other-info",
        "promotion.toml",
        &format!("{now}info = {{ tickets = 1 }}\n"),
    );
    case("stranger", "promotion.toml", now);
    case("stranger", "update.xml", &update("SSO09"));
    case(
        "unknown-key",
        "promotion.toml",
        &format!("{now}backups = 1\n"),
    );
    case("update-only", "update.xml", &update("SSO02"));
    let run = ask(&site, "four-eyes", &[], 1);
    snapshot("cases-unusable", run.transcript());
    // There is nothing to accept, and nothing is written.
    ask(&site, "four-eyes", &["--accept"], 1);
    assert!(!site.path("four-eyes/cases/empty/expected.snap").exists());

    fs_err::remove_dir_all(site.path("four-eyes/cases")).expect("cases");
    let run = ask(&site, "four-eyes", &[], 6);
    snapshot("cases-none", run.transcript());
}

/// A plugin that does both is asked both, and the limits are those of production.
#[test]
fn a_plugin_is_asked_all_that_a_case_holds() {
    let site = Site::empty();
    fs_err::write(site.path("sound.wasm"), Probe::of("sound").bytes()).expect("a file");
    let case = |name: &str, text: &str| site.write(&format!("cases/{name}"), text);
    case("both/update.xml", &crate::support::update_file("SSO02"));
    case("both/promotion.toml", "now = 2026-03-04T22:30:00Z\n");
    case("checked/update.xml", &crate::support::update_file("SSO02"));
    case("decided/promotion.toml", "now = 2026-03-04T22:30:00Z\n");
    let words = ["plugin", "test", "--component", "sound.wasm", "--accept"];
    let run = site.run(&words).exits(0);
    snapshot("cases-of-both", run.transcript());

    let endless = Probe::of("endless-loop").bytes();
    fs_err::write(site.path("endless.wasm"), endless).expect("a file");
    let words = ["plugin", "test", "--component", "endless.wasm"];
    let run = site.run(&words).exits(1);
    assert!(
        run.out.contains("+  ") && run.out.contains("fuel of 50000000 was used up"),
        "{}",
        run.transcript()
    );
}
