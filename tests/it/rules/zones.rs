//! Windows in time zones: the host tells the plugin how clocks run, and evidence keeps it.

use regent::bundle::Bundle;
use regent::policy::evidence::FORM;
use regent::source;
use serde_json::Value;

use super::{fits, install, put, refused, snapshot};
use crate::policy::probe::Probe;
use crate::support::{PROMOTE_PLAN, Site};

/// Wednesdays from eight to ten in the evening, in Berlin.
const BERLIN: &str = r#"zone = "Europe/Berlin"
windows = [{ days = ["wed"], from = "20:00", to = "22:00" }]"#;

/// Wednesdays, each at half past eight in the evening there.
const WINTER: &str = "2026-03-04T19:30:00Z";
const SUMMER: &str = "2026-07-15T18:30:00Z";
/// The same hour in UTC as in winter, which is past the window.
const AN_HOUR_LATE: &str = "2026-07-15T20:30:00Z";

fn site(now: &'static str) -> Site {
    let site = Site::ready();
    install(&site, "change-window", "", BERLIN);
    site.at(now);
    site
}

fn question(site: &Site, name: &str) -> (Bundle, Value) {
    let (mut bundle, _) = Bundle::open(&site.path(name), FORM).expect("a bundle");
    let question = bundle.take_text("question.json").expect("a part");
    let question = serde_json::from_str(&question).expect("JSON");
    (bundle, question)
}

#[test]
fn a_window_in_a_zone_keeps_its_hour_all_year() {
    for (now, exit) in [(WINTER, 0), (SUMMER, 0), (AN_HOUR_LATE, 3)] {
        let site = site(now);
        let run = site.run(&Site::promotion()).exits(exit);
        if exit == 3 {
            assert!(
                run.out.contains("it is wed 2026-07-15 22:30 +02:00"),
                "{}",
                run.out
            );
        }
    }
}

/// Years on the rules of a zone may be others. What is changed here is what was kept, and the
/// decision follows it: nothing else says how clocks ran.
#[test]
fn a_replay_takes_the_clocks_that_were_kept() {
    let site = site(SUMMER);
    let words = [&Site::promotion()[..], &["--evidence", "e.tar"]].concat();
    let _promoted = site.run(&words).exits(0);
    let _same = site.run(&["replay", "e.tar"]).exits(0);
    let (mut bundle, mut kept) = question(&site, "e.tar");
    // Kept beside the settings, which are as they were written.
    assert_eq!(kept["plugins"][0]["settings"]["zone"], "Europe/Berlin");
    assert_eq!(kept["plugins"][0]["settings"].get("clocks"), None);
    let periods = kept["promotion"]["zones"]["Europe/Berlin"].as_array_mut();
    let periods = periods.expect("a list");
    assert_eq!(periods.len(), 5, "{periods:#?}");
    for period in periods {
        period["utc-offset-seconds"] = (5 * 60 * 60).into();
    }
    let changed = serde_json::to_string_pretty(&kept).expect("text") + "\n";
    // The members stand in the order in which regent writes them.
    let original = {
        let (mut bundle, _) = Bundle::open(&site.path("e.tar"), FORM).expect("a bundle");
        bundle.take_text("question.json").expect("a part")
    };
    let altered = ["3600", "7200"].iter().fold(original, |text, seconds| {
        let from = format!("\"utc-offset-seconds\": {seconds}");
        text.replace(&from, "\"utc-offset-seconds\": 18000")
    });
    assert_eq!(
        serde_json::from_str::<Value>(&altered).expect("JSON"),
        serde_json::from_str::<Value>(&changed).expect("JSON")
    );
    bundle.add("question.json", altered);
    let bytes = bundle.bytes(FORM).expect("a bundle");
    source::replace(&site.path("altered.tar"), &bytes).expect("a file");
    let other = site.run(&["replay", "altered.tar"]).exits(1);
    assert!(
        other.out.contains("it is wed 2026-07-15 23:30 +05:00"),
        "{}",
        other.out
    );
}

/// How clocks run around a moment is told like the moment itself, and is no part of the plan.
#[test]
fn a_plan_of_winter_is_carried_out_in_summer() {
    let site = site(WINTER);
    let backup = [
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let plan = [&["plan", "update.xml", "--out", "plan.json"], &backup[..]].concat();
    let _planned = site.run(&plan).exits(0);
    site.at(SUMMER);
    let _promoted = site.run(&PROMOTE_PLAN).exits(0);
}

#[test]
fn an_unknown_zone_is_refused_with_the_nearest_before_anything_is_asked() {
    let site = Site::ready();
    install(
        &site,
        "change-window",
        "",
        &BERLIN.replace("Berlin", "Berln"),
    );
    site.write("window.toml", &BERLIN.replace("Europe/Berlin", "CEST"));
    site.write("clocks.toml", &format!("{BERLIN}\n[clocks]\n"));
    let refused = refused(&site, &Site::promotion(), 6);
    let mut told = refused.transcript();
    for file in ["window.toml", "clocks.toml"] {
        let words = [
            "plugin",
            "check-settings",
            "plugins/change-window.wasm",
            file,
        ];
        told += &site.run(&words).exits(1).transcript();
    }
    snapshot("zones-unknown", told);
    let json = site.run(&["doctor", "--format", "json"]).exits(1).json();
    fits(&site, "doctor", &json);
    let said = json["findings"].to_string();
    assert!(said.contains("did you mean Europe/Berlin?"), "{said}");
    let listed = site.run(&["plugin", "lock"]).exits(6);
    assert!(listed.err.contains("did you mean Europe/Berlin?"));
}

/// A plugin may want more of the host than this regent has: that is said when it is loaded.
#[test]
fn a_schema_that_asks_for_what_is_not_known_is_refused() {
    let site = Site::ready();
    let schema = r#"{"properties":{"day":{"x-regent":"holidays"}}}"#;
    put(
        &site,
        "four-eyes",
        &Probe::of("sound").schema(schema).bytes(),
    );
    super::configure(&site, "four-eyes", "", "");
    let refused = refused(&site, &Site::promotion(), 6);
    assert!(
        refused.err.contains("x-regent of \"holidays\""),
        "{}",
        refused.err
    );
}
