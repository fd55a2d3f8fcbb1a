//! What only a plugin knows of its settings is said when it is tried, on a quiet day.

use serde_json::Value;

use super::{AGE, WINDOW, fits, install, probe, promoter, put, snapshot, validator};
use crate::plugins;
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

/// Its schema takes it, and no day ever lies in it.
fn backwards() -> String {
    WINDOW.replace("2027-01-05", "2026-01-05")
}

/// What the doctor says of plugins.
#[track_caller]
fn diagnosed(site: &Site, exit: i32) -> Vec<Value> {
    let json = site.run(&["doctor", "--format", "json"]).exits(exit).json();
    fits(site, "doctor", &json);
    let findings = json["findings"].as_array().expect("a list").iter();
    let of_plugins = findings.filter(|one| one["code"] == "doctor/plugin-unusable");
    of_plugins.cloned().collect()
}

#[track_caller]
fn lock(site: &Site, exit: i32) -> Run {
    site.run(&["plugin", "lock"]).exits(exit)
}

#[test]
fn a_setting_that_only_the_plugin_refuses_is_said_by_check_lock_and_doctor() {
    let site = Site::ready();
    install(&site, "change-window", "", &backwards());
    install(&site, "backup-age", "", AGE);
    site.write("window.toml", &backwards());
    let words = [
        "plugin",
        "check-settings",
        "plugins/change-window.wasm",
        "window.toml",
    ];
    let checked = site.run(&words).exits(1);
    let locked = lock(&site, 6);
    assert!(!site.path("regent.lock").exists(), "it was locked");
    let found = diagnosed(&site, 1);
    assert_eq!(found.len(), 1, "{found:#?}");
    let told = format!(
        "{}\n{}\n{}\n{}\n",
        checked.transcript(),
        locked.transcript(),
        found[0]["message"].as_str().expect("a text"),
        found[0]["help"].as_str().expect("a text"),
    );
    snapshot("tried", told);
    let json = site.run(&[&words[..], &["--format", "json"]].concat());
    fits(&site, "plugin-check-settings", &json.exits(1).json());
}

#[test]
fn whatever_breaks_a_plugin_is_told_of_every_one_and_any_decision_will_do() {
    let site = Site::ready();
    for sound in ["sound", "denies", "abstains"] {
        probe(&site, sound, &promoter(sound), "");
    }
    probe(&site, "off", &promoter("trap"), "enforcement = 'off'");
    assert_eq!(diagnosed(&site, 0), [] as [Value; 0]);
    let _locked = lock(&site, 0);
    let pinned = fs_err::read(site.path("regent.lock")).expect("a lock");
    probe(&site, "traps", &promoter("trap"), "");
    // However busy the machine is, its fuel is used up first.
    let patient = "limits = { deadline-milliseconds = 60000 }";
    probe(&site, "loops", &promoter("endless-loop"), patient);
    probe(&site, "fails", &validator("fails"), "enforcement = 'warn'");
    let refused = lock(&site, 6);
    for name in [
        "traps: it trapped",
        "loops: it was stopped",
        "fails: it failed",
    ] {
        assert!(refused.err.contains(name), "{}", refused.err);
    }
    // What was pinned stays pinned.
    assert_eq!(
        fs_err::read(site.path("regent.lock")).expect("a lock"),
        pinned
    );
    fs_err::remove_file(site.path("regent.lock")).expect("it was there");
    let said: Vec<String> = diagnosed(&site, 1).iter().map(Value::to_string).collect();
    for (name, why) in [
        ("plugin traps", "it trapped"),
        ("plugin loops", "its fuel of 50000000 was used up"),
        ("plugin fails", "tried with its settings on an update file"),
    ] {
        let told = said
            .iter()
            .any(|one| one.contains(name) && one.contains(why));
        assert!(told, "{name}: {said:#?}");
    }
    assert_eq!(said.len(), 3, "{said:#?}");
}

/// A bundle is taken as it is or not at all.
#[test]
fn what_cannot_use_the_settings_here_is_not_loaded() {
    let from = Site::empty();
    from.write("regent.toml", "");
    let bytes = fs_err::read(plugins::component("change-window")).expect("a component");
    put(&from, "change-window", &bytes);
    super::configure(&from, "change-window", "", WINDOW);
    let _locked = lock(&from, 0);
    let _saved = from.run(&["plugin", "save", "rules.tar"]).exits(0);
    let to = Site::ready();
    super::configure(&to, "change-window", "", &backwards());
    fs_err::copy(from.path("rules.tar"), to.path("rules.tar")).expect("a copy");
    let refused = to.run(&["plugin", "load", "rules.tar"]).exits(6);
    assert!(
        refused
            .err
            .contains("tried with its settings on a planned promotion")
            && refused.err.contains("ends before it begins"),
        "{}",
        refused.err
    );
    assert!(!to.path("plugins").exists() && !to.path("regent.lock").exists());
}

/// The trial goes through every element of an update file and both kinds of promotion.
#[test]
fn a_plugin_that_breaks_only_in_an_emergency_is_found() {
    let site = Site::empty();
    let bytes = Probe::of("breaks-in-an-emergency").bytes();
    fs_err::write(site.path("rule.wasm"), bytes).expect("a file");
    site.write("empty.toml", "");
    let run = site.run(&["plugin", "check-settings", "rule.wasm", "empty.toml"]);
    let said = run.exits(1).out;
    assert!(
        said.contains("tried with its settings on an emergency promotion"),
        "{said}"
    );
}

/// One number, three spellings: what the plugin is told, what the plan is bound to and what evidence
/// keeps are one.
#[test]
fn a_number_has_one_spelling_in_call_plan_and_evidence() {
    let mut kept = Vec::new();
    for written in ["24", "24.0", "2.4e1"] {
        let site = Site::ready();
        let age = AGE.replace(
            "max-age-hours = 24\n",
            &format!("max-age-hours = {written}\n"),
        );
        install(&site, "backup-age", "", &age);
        assert_eq!(diagnosed(&site, 0), [] as [Value; 0], "{written}");
        let words = [
            "plan",
            "update.xml",
            "--restore-file",
            "secret.bak",
            "--password-file",
            "password",
            "--out",
            "plan.json",
        ];
        let _planned = site.run(&words).exits(0);
        let plan = fs_err::read_to_string(site.path("plan.json")).expect("a plan");
        let plan: Value = serde_json::from_str(&plan).expect("JSON");
        let pin = plan["plan"]["plugins"][0]["settings"].clone();
        let words = [&Site::promotion()[..], &["--evidence", "e.tar"]].concat();
        let _promoted = site.run(&words).exits(0);
        let (mut bundle, _) =
            regent::bundle::Bundle::open(&site.path("e.tar"), regent::policy::evidence::FORM)
                .expect("a bundle");
        let question = bundle.take_text("question.json").expect("a part");
        let question: Value = serde_json::from_str(&question).expect("JSON");
        kept.push((pin, question["plugins"][0]["settings"].to_string()));
        let _same = site.run(&["replay", "e.tar"]).exits(0);
    }
    assert!(kept.iter().all(|one| one == &kept[0]), "{kept:#?}");
    assert!(kept[0].0.is_string(), "{kept:#?}");
    assert_eq!(
        kept[0].1,
        r#"{"emergency-max-age-hours":720,"max-age-hours":24}"#
    );
    let digest = regent::identity::Digest::of(kept[0].1.as_bytes());
    assert_eq!(kept[0].0, digest.to_string());
}

#[test]
fn a_number_that_is_no_integer_is_refused_where_the_schema_wants_one() {
    let site = Site::empty();
    fs_err::copy(plugins::component("backup-age"), site.path("rule.wasm")).expect("a copy");
    site.write("half.toml", "max-age-hours = 24.5\n");
    site.write("large.json", r#"{ "max-age-hours": 1e20 }"#);
    site.write("whole.json", r#"{ "max-age-hours": 2.4e1 }"#);
    let check = |file, exit| {
        let words = ["plugin", "check-settings", "rule.wasm", file];
        site.run(&words).exits(exit).transcript()
    };
    let told = [
        check("half.toml", 1),
        check("large.json", 1),
        check("whole.json", 0),
    ];
    snapshot("settings-numbers", told.concat());
}
