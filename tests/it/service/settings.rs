//! `[service]` of `regent.toml`: what it may say, and what is answered where it says something else.

use regent::service::{Ready, Restart, Settings};

use super::settings;

fn refused(text: &str) -> String {
    match toml::from_str::<Settings>(text) {
        Ok(settings) => panic!("{text} is accepted: {settings:?}"),
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn every_form_is_read() {
    let default = settings("");
    assert_eq!(default.restart, Restart::None);
    assert_eq!((default.timeout_seconds.get(), default.ready), (180, None));
    assert_eq!(settings("restart = \"none\"").restart, Restart::None);
    let systemd = settings("restart = { systemd = \"entsso\" }\ntimeout-seconds = 300");
    assert_eq!(systemd.restart, Restart::Systemd("entsso".to_owned()));
    assert_eq!(systemd.timeout_seconds.get(), 300);
    let command = settings("[restart]\ncommand = [\"net\", \"start\", \"\"]").restart;
    assert!(matches!(&command, Restart::Command(line) if line.to_string() == "net start "));
    let Some(Ready {
        command,
        timeout_seconds,
        interval_milliseconds,
    }) = settings("ready = { command = [\"true\"] }").ready
    else {
        panic!("a probe")
    };
    assert_eq!(command.to_string(), "true");
    assert_eq!(
        (timeout_seconds.get(), interval_milliseconds.get()),
        (60, 500)
    );
}

#[test]
fn every_other_form_is_refused_in_words() {
    let answers: Vec<String> = [
        "restart = \"systemd\"",
        "restart = \"None\"",
        "restart = {}",
        "restart = 3",
        "restart = { systemctl = \"entsso\" }",
        "restart = { systemd = [\"entsso\"] }",
        "restart = { command = \"net start entsso\" }",
        "restart = { command = [] }",
        "restart = { command = [\"\", \"start\"] }",
        "restart = { systemd = \"entsso\", command = [\"true\"] }",
        "timeout-seconds = 0",
        "timeout-seconds = -1",
        "timeout-seconds = 4294967296",
        "timeout-seconds = \"3m\"",
        "timeout_seconds = 3",
        "ready = [\"true\"]",
        "ready = { command = [] }",
        "ready = { timeout-seconds = 5 }",
        "ready = { command = [\"true\"], interval-milliseconds = 0 }",
        "ready = { command = [\"true\"], retries = 5 }",
    ]
    .into_iter()
    .map(|text| format!("{text}\n    {}", refused(text)))
    .collect();
    insta::with_settings!({
        snapshot_path => "../../snapshots/service",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("settings", answers.join("\n"));
    });
}
