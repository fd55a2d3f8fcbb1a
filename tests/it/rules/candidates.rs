//! What validators and promoters say in `regent candidates`.

use super::{AGE, IN_THE_WINDOW, NAMING, fits, install, site, snapshot};
use crate::support::Site;

const BACKUP: [&str; 5] = [
    "candidates",
    "--restore-file",
    "secret.bak",
    "--password-file",
    "password",
];

fn json(site: &Site, words: &[&str], exit: i32) -> serde_json::Value {
    let json = site
        .run(&[words, &["--format", "json"]].concat())
        .exits(exit)
        .json();
    fits(site, "candidates", &json);
    json
}

#[test]
fn what_the_organisation_objects_to_is_told_for_each_server() {
    let site = site();
    let _added = site.run(&["server", "add", "SPARE"]).exits(0);
    snapshot("candidates-denied", site.run(&BACKUP).exits(3).transcript());
    site.at(IN_THE_WINDOW);
    snapshot(
        "candidates-in-window",
        site.run(&BACKUP).exits(0).transcript(),
    );
    let said = json(&site, &BACKUP, 0);
    assert_eq!(said["eligible"], 1);
    let spare = said["candidates"].as_array().expect("a list");
    let spare = spare.iter().find(|one| one["server"]["name"] == "SPARE");
    let file = &spare.expect("it is listed")["checks"][0];
    assert_eq!(
        (&file["check"], &file["verdict"]),
        (&"update-file".into(), &"no".into())
    );
    assert!(
        file["evidence"][0]
            .as_str()
            .is_some_and(|line| line.starts_with("server-naming: "))
    );
}

#[test]
fn an_emergency_is_told_to_the_promoters() {
    let site = site();
    let emergency = ["--emergency", "--reason", "its disks are gone"];
    let said = json(&site, &[&BACKUP[..], &emergency].concat(), 0);
    assert_eq!(
        (&said["kind"], &said["eligible"]),
        (&"emergency".into(), &1.into())
    );
    let command = said["candidates"][0]["command"]
        .as_str()
        .expect("a command");
    assert!(
        command.ends_with("--emergency --reason='its disks are gone'"),
        "{command}"
    );
}

#[test]
fn a_plugin_on_trial_makes_a_remark() {
    let site = Site::ready();
    install(&site, "server-naming", "", NAMING);
    install(&site, "backup-age", "enforcement = \"warn\"", AGE);
    let said = json(&site, &["candidates"], 0);
    let promoters = &said["candidates"][0]["checks"][2];
    assert_eq!(
        (&promoters["check"], &promoters["verdict"]),
        (&"promoters".into(), &"remark".into())
    );
    assert!(
        promoters["evidence"].to_string().contains("only a warning"),
        "{promoters:#}"
    );
}
