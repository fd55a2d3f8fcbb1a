//! The first thing a new user types.

use crate::support::{Site, run};

#[test]
fn it_makes_a_site_and_runs_the_main_job() {
    let site = Site::empty();
    let run = site.run(&["quickstart", "demo"]).exits(0);
    for expected in [
        "$ regent check update.xml",
        "$ regent promote update.xml",
        "SSO02 is the master secret server",
    ] {
        assert!(
            run.out.contains(expected),
            "{expected}\n{}",
            run.transcript()
        );
    }
    assert!(!run.out.contains("without plugins"), "{}", run.transcript());
    let list = site
        .run(&["--config", "demo/regent.toml", "plugin", "list"])
        .exits(0)
        .out;
    for plugin in ["server-naming", "change-window", "backup-age"] {
        assert!(list.contains(plugin), "{list}");
    }
    // The cases that come with it hold as they were accepted, and are about something.
    let words = ["--config", "demo/regent.toml", "test", "demo/cases"];
    let passed = site.run(&words).exits(0);
    assert!(passed.out.contains("3 of 3 cases"), "{}", passed.out);
    for (case, said) in [
        ("in-time", "SSO02 is the master secret server"),
        ("old-backup", "denied by backup-age"),
        ("misspelled", "did you mean SSO02?"),
    ] {
        let path = site.path(&format!("demo/cases/{case}/expected.snap"));
        let text = std::fs::read_to_string(path).expect("an expectation");
        assert!(text.contains(said), "{text}");
    }
    let again = site.run(&["quickstart", "demo"]).exits(7);
    insta::assert_snapshot!(again.err, @r"
    error: demo is not empty
     help: name a folder that does not exist yet; nothing was changed
    ");
}

#[test]
fn without_cargo_it_goes_on_without_plugins_and_says_so() {
    let site = Site::empty();
    let mut command = site.command(&["quickstart", "demo", "--format", "json"]);
    command.env("PATH", site.path("nothing"));
    let json = run(&mut command).exits(0).json();
    assert_eq!(
        json["plugins"].as_array().map(Vec::len),
        Some(0),
        "{json:#}"
    );
    assert!(
        json["without-plugins"]
            .as_str()
            .is_some_and(|why| why.contains("install Rust")),
        "{json:#}"
    );
    assert_eq!(json["commands"].as_array().map(Vec::len), Some(8));
}
