//! `regent plugin check-settings`: what loading would refuse, before anything is configured.

use super::{configure, fits, install, put, snapshot};
use crate::plugins;
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

/// Everything that can be wrong with a window's settings at once.
const WRONG: &str = r#"utc-offset = "Berlin"
windows = [
  { days = ["Tuesday"], from = "22:00", to = "4:00" },
]
freeze = [{ from = "2026-12-20", reason = "" }]

[emergancy]
allowed = true
"#;

#[track_caller]
fn check(site: &Site, settings: &str, exit: i32) -> Run {
    site.run(&["plugin", "check-settings", "rule.wasm", settings])
        .exits(exit)
}

fn site(name: &str) -> Site {
    let site = Site::empty();
    fs_err::copy(plugins::component(name), site.path("rule.wasm")).expect("a copy");
    site
}

#[test]
fn everything_that_does_not_fit_is_told_with_its_place() {
    let site = site("change-window");
    site.write("wrong.toml", WRONG);
    let run = check(&site, "wrong.toml", 1);
    snapshot("settings-wrong", run.transcript());
    let words = ["plugin", "check-settings", "rule.wasm", "wrong.toml"];
    let json = site.run(&[&words[..], &["--format", "json"]].concat());
    let json = json.exits(1).json();
    fits(&site, "plugin-check-settings", &json);
    let problems = json["problems"].as_array().expect("a list");
    assert_eq!(problems[0]["path"], "/utc-offset");
    assert_eq!(problems[0]["at"]["line"], 1);
}

/// The same words, of the same things, as where the plugin is loaded.
#[test]
fn loading_refuses_what_the_check_refuses() {
    let checked = site("change-window");
    checked.write("wrong.toml", WRONG);
    let words = ["plugin", "check-settings", "rule.wasm", "wrong.toml"];
    let json = checked.run(&[&words[..], &["--format", "json"]].concat());
    let json = json.exits(1).json();
    let mut told: Vec<String> = Vec::new();
    for problem in json["problems"].as_array().expect("a list") {
        let text = |name: &str| problem[name].as_str().expect("a text").to_owned();
        told.push(format!("{}: {}", text("path"), text("message")));
    }
    let site = Site::ready();
    let below = WRONG.replace("[emergancy]", "[plugin.settings.emergancy]");
    install(&site, "change-window", "", &below);
    let json = site
        .run(&["plugin", "list", "--format", "json"])
        .exits(6)
        .json();
    let causes = json["causes"].as_array().expect("a list").iter();
    let mut causes: Vec<&str> = causes.filter_map(|cause| cause.as_str()).collect();
    assert_eq!(causes.remove(0), "its settings do not fit");
    causes.sort_unstable();
    told.sort_unstable();
    assert_eq!(causes, told);
}

#[test]
fn what_fits_is_said_to_fit_and_loads() {
    let checked = site("backup-age");
    checked.write("fits.toml", super::AGE);
    checked.write("fits.json", r#"{ "max-age-hours": 24 }"#);
    for file in ["fits.toml", "fits.json"] {
        let run = check(&checked, file, 0);
        assert_eq!(run.out, format!("+ {file} fits backup-age 1.0.0\n"));
    }
    let site = Site::ready();
    install(&site, "backup-age", "", super::AGE);
    let _listed = site.run(&["plugin", "list"]).exits(0);
}

#[test]
fn what_cannot_be_understood_is_told_with_its_place() {
    let site = site("backup-age");
    site.write(
        "torn.toml",
        "max-age-hours = 24\nemergency-max-age-hours =\n",
    );
    site.write("torn.json", "{ \"max-age-hours\": 24");
    site.write("list.json", "[24]");
    site.write("wrong.json", r#"{ "max-age-hours": "a day" }"#);
    // It sets nothing.
    site.write("empty.toml", "");
    let mut told = String::new();
    for file in [
        "torn.toml",
        "torn.json",
        "list.json",
        "wrong.json",
        "empty.toml",
    ] {
        told += &check(&site, file, 1).transcript();
    }
    for words in [["fits.toml", "rule.wasm"], ["rule.wasm", "absent.toml"]] {
        let words = ["plugin", "check-settings", words[0], words[1]];
        told += &site.run(&words).exits(6).transcript();
    }
    snapshot("settings-unclear", told);
}

/// A plugin without a schema to speak of takes what it gets, and an empty file is enough.
#[test]
fn where_nothing_is_asked_for_nothing_is_missing() {
    let site = Site::empty();
    fs_err::write(site.path("rule.wasm"), Probe::of("sound").bytes()).expect("a file");
    site.write("empty.toml", "");
    let run = check(&site, "empty.toml", 0);
    assert_eq!(run.out, "+ empty.toml fits probe 1.2.3\n");
    let site = Site::ready();
    put(&site, "four-eyes", &Probe::of("sound").bytes());
    configure(&site, "four-eyes", "", "");
    let _listed = site.run(&["plugin", "list"]).exits(0);
}
