//! `regent plugin bench`: what plugins take. Nothing here depends on how fast the machine is.

use serde_json::Value;

use super::{fits, snapshot};
use crate::plugins;
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

/// Measures a plugin that comes with regent, in few calls.
fn bench(site: &Site, name: &str, more: &[&str]) -> Run {
    let (folder, component) = (plugins::project(name), plugins::component(name));
    let words = [
        "plugin",
        "bench",
        folder.to_str().expect("a plain path"),
        "--component",
        component.to_str().expect("a plain path"),
        "--calls",
        "3",
    ];
    site.run(&[&words, more].concat())
}

/// What does not depend on the machine: which questions were asked, and what they used up.
fn used(json: &Value) -> Vec<(&Value, &Value, &Value)> {
    let cases = json["cases"].as_array().expect("a list").iter();
    let used = cases.map(|case| (&case["case"], &case["asked"], &case["used"]));
    used.collect()
}

#[test]
fn fuel_and_memory_are_the_same_in_every_run() {
    let site = Site::empty();
    for name in ["backup-age", "server-naming"] {
        let measure = || bench(&site, name, &["--format", "json"]).exits(0).json();
        let (one, two) = (measure(), measure());
        fits(&site, "plugin-bench", &one);
        assert_eq!(used(&one), used(&two));
        assert!(used(&one).len() > 4, "{one:#}");
        assert_eq!(one["calls"], 3);
        for case in one["cases"].as_array().expect("a list") {
            let number = |name: &str| case["latency"][name].as_u64().expect("a number");
            assert!(number("p50-microseconds") <= number("p99-microseconds"));
            let fuel = case["used"]["fuel"].as_u64().expect("a number");
            assert!((1_000..1_000_000).contains(&fuel), "{case:#}");
            let memory = case["used"]["memory-bytes"].as_u64().expect("a number");
            assert!(memory > 0 && memory % 65_536 == 0, "{case:#}");
        }
        let most = |of: &str| {
            let cases = one["cases"].as_array().expect("a list").iter();
            cases.filter_map(|case| case["used"][of].as_u64()).max()
        };
        assert_eq!(one["used"]["fuel"].as_u64(), most("fuel"));
        assert_eq!(one["used"]["memory-bytes"].as_u64(), most("memory-bytes"));
    }
}

#[test]
fn a_gate_stops_what_takes_more_and_lets_through_what_takes_less() {
    let site = Site::empty();
    let wide = ["--max-p99", "1h", "--max-fuel", "50000000"];
    let run = bench(&site, "backup-age", &wide).exits(0);
    assert!(
        run.out.ends_with("+ no call takes more than it may\n"),
        "{}",
        run.out
    );
    // The gate is at the fuel that the costliest case takes, and one below.
    let json = bench(&site, "backup-age", &["--format", "json"])
        .exits(0)
        .json();
    let most = json["used"]["fuel"].as_u64().expect("a number");
    let (at, below) = (most.to_string(), (most - 1).to_string());
    let _met = bench(&site, "backup-age", &["--max-fuel", &at]).exits(0);
    let run = bench(&site, "backup-age", &["--max-fuel", &below]).exits(1);
    let told = format!("x too-old (decide) uses {most} fuel, more than {below}\n");
    assert!(run.out.ends_with(&told), "{}", run.out);
    // No call takes no time at all.
    let none = ["--max-p99", "0s", "--format", "json"];
    let json = bench(&site, "backup-age", &none).exits(1).json();
    fits(&site, "plugin-bench", &json);
    let exceeded = json["exceeded"].as_array().expect("a list");
    assert_eq!(exceeded.len(), used(&json).len(), "{json:#}");
}

/// As in production: a plugin that never answers is stopped, and has used up all there was.
#[test]
fn the_limits_are_those_of_production() {
    let site = Site::empty();
    for probe in ["endless-loop", "memory-bomb"] {
        fs_err::write(site.path("probe.wasm"), Probe::of(probe).bytes()).expect("a file");
        site.write("cases/both/promotion.toml", "now = 2026-03-04T22:30:00Z\n");
        site.write(
            "cases/both/update.xml",
            &crate::support::update_file("SSO02"),
        );
        let words = ["plugin", "bench", "--component", "probe.wasm"];
        let more = ["--calls", "1", "--format", "json"];
        let json = site.run(&[words, more].concat()).exits(0).json();
        // A plugin that does both is asked both.
        let asked: Vec<_> = used(&json).into_iter().map(|(_, asked, _)| asked).collect();
        assert_eq!(asked, ["validate", "decide"]);
        for (_, _, used) in used(&json) {
            let (fuel, memory) = (&used["fuel"], used["memory-bytes"].as_u64());
            if probe == "endless-loop" {
                assert_eq!(*fuel, 50_000_000);
            } else {
                assert!(memory.is_some_and(|bytes| bytes <= 64 << 20), "{used:#}");
                assert!(memory.is_some_and(|bytes| bytes > 32 << 20), "{used:#}");
            }
        }
    }
}

#[test]
fn what_cannot_be_measured_is_told() {
    let site = Site::empty();
    let schema = r#"{"type":"object","required":["hours"]}"#;
    let component = Probe::of("sound").schema(schema).bytes();
    fs_err::write(site.path("probe.wasm"), component).expect("a file");
    site.write(
        "cases/misfit/promotion.toml",
        "now = 2026-03-04T22:30:00Z\n",
    );
    let words = ["plugin", "bench", "--component", "probe.wasm"];
    let mut told = site.run(&words).exits(1).transcript();
    site.write("cases/torn/promotion.toml", "now = soon\n");
    let gated = [&words[..], &["--max-fuel", "1"]].concat();
    told += &site.run(&gated).exits(1).transcript();
    // One case that cannot be asked is one too many.
    site.write("cases/misfit/settings.toml", "hours = 4\n");
    let json = [&words[..], &["--format", "json"]].concat();
    let json = site.run(&json).exits(1).json();
    fits(&site, "plugin-bench", &json);
    assert_eq!(json["skipped"][0]["case"], "torn");
    assert_eq!(used(&json).len(), 1);
    for gate in [
        ["--max-p99", "5"],
        ["--max-p99", "soon"],
        ["--max-fuel", "x"],
    ] {
        told += &site
            .run(&[&words[..], &gate].concat())
            .exits(2)
            .transcript();
    }
    snapshot("bench-refuses", told);
}
