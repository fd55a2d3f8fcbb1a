//! `regent candidates`: why not this one, answered without trying.

use crate::promotion::lasting;
use crate::snapshot;
use crate::support::{Site, update_file};

const BACKUP: [&str; 5] = [
    "candidates",
    "--restore-file",
    "secret.bak",
    "--password-file",
    "password",
];

/// SSO01 is the master; SSO02 is this server, NODE1 a node of a cluster, HOST1 has other work.
fn site() -> Site {
    let site = Site::ready();
    for words in [
        &["server", "add", "NODE1", "--role", "cluster-node"][..],
        &["server", "add", "HOST1", "--role", "processing"],
    ] {
        let _added = site.run(words).exits(0);
    }
    site
}

/// Looks, and holds that looking changed nothing.
fn look(site: &Site, words: &[&str], exit: i32) -> serde_json::Value {
    let before = site.dump();
    let json = site
        .run(&[words, &["--format", "json"]].concat())
        .exits(exit)
        .json();
    assert_eq!(site.dump(), before);
    json
}

fn verdicts(json: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let candidates = json["candidates"].as_array().expect("a list");
    let pair = |candidate: &serde_json::Value| {
        (
            text(&candidate["server"]["name"]),
            text(&candidate["verdict"]),
        )
    };
    candidates.iter().map(pair).collect()
}

/// The answers of one server, the system's first.
fn answers(json: &serde_json::Value, server: &str) -> Vec<(String, String)> {
    let candidates = json["candidates"].as_array().expect("a list");
    let own = candidates
        .iter()
        .find(|candidate| candidate["server"]["name"] == server)
        .expect("it is listed");
    let both = [&json["system"], &own["checks"]];
    both.into_iter()
        .flat_map(|checks| checks.as_array().expect("a list"))
        .map(|check| {
            let text = |name: &str| check[name].as_str().expect("text").to_owned();
            (text("check"), text("verdict"))
        })
        .collect()
}

#[track_caller]
fn answer(json: &serde_json::Value, server: &str, check: &str) -> String {
    let found = answers(json, server)
        .into_iter()
        .find(|(name, _)| name == check);
    found.expect("there is such a check").1
}

#[test]
fn every_server_is_told_with_every_check() {
    let site = site();
    let human = site.run(&BACKUP).exits(0).transcript();
    snapshot!("candidates", "four-servers", human);
    let json = look(&site, &BACKUP, 0);
    let text = serde_json::to_string_pretty(&json).expect("it was JSON before");
    snapshot!("candidates", "four-servers-json", text);
}

#[test]
fn what_it_says_of_a_server_is_what_promote_says() {
    let site = site();
    for (server, verdict) in verdicts(&look(&site, &BACKUP, 0)) {
        site.write("update.xml", &update_file(&server));
        let mut promote = vec!["--server", server.as_str()];
        promote.extend(Site::promotion());
        promote.retain(|word| *word != "--yes");
        promote.push("--dry-run");
        let run = site.run(&promote);
        // To promote the master is no promotion: there is nothing to do.
        let would = run.exit == Some(0) && run.out.contains("dry run: every check");
        assert_eq!(would, verdict == "yes", "{server}: {}", run.transcript());
    }
}

#[test]
fn the_command_and_the_update_file_it_gives_promote() {
    let site = Site::ready();
    let json = look(&site, &BACKUP, 0);
    let first = &json["candidates"][0];
    assert_eq!(first["server"]["name"], "SSO02");
    site.write("given.xml", first["update-file"].as_str().expect("a text"));
    let command = first["command"].as_str().expect("a command");
    let words: Vec<&str> = command
        .split(' ')
        .skip(1)
        .map(|word| {
            if word == "UPDATE-FILE" {
                "given.xml"
            } else {
                word
            }
        })
        .chain(["--yes"])
        .collect();
    let _promoted = site.run(&words).exits(0);
    assert_eq!(
        verdicts(&look(&site, &BACKUP, 0)),
        [
            ("SSO01".into(), "yes".into()),
            ("SSO02".into(), "no".into())
        ]
    );
}

#[test]
fn what_was_not_checked_is_unknown_and_not_yes() {
    let site = Site::ready();
    let none = look(&site, &["candidates"], 0);
    assert_eq!(answer(&none, "SSO02", "backup"), "unknown");
    assert_eq!(answer(&none, "SSO02", "proof"), "unknown");
    assert_eq!(verdicts(&none)[0], ("SSO02".into(), "unknown".into()));
    let sealed = look(&site, &BACKUP[..3], 0);
    assert_eq!(answer(&sealed, "SSO02", "backup"), "yes");
    assert_eq!(answer(&sealed, "SSO02", "proof"), "unknown");
    assert_eq!(verdicts(&sealed)[0], ("SSO02".into(), "unknown".into()));
    let proven = look(&site, &BACKUP, 0);
    assert_eq!(answer(&proven, "SSO02", "proof"), "yes");
    let alone = site
        .run(&["candidates", "--password-file", "password"])
        .exits(2);
    assert!(alone.err.contains("--restore-file"), "{}", alone.err);
}

#[test]
fn a_backup_that_does_not_fit_speaks_against_everybody() {
    let site = Site::ready();
    let other = Site::ready();
    let bytes = std::fs::read(other.path("secret.bak")).expect("a backup");
    fs_err::write(site.path("same.bak"), &bytes).expect("a copy");
    // The other site was made with the same random bytes; another seed makes another system.
    let stranger = Site::without_secret();
    let generate = [
        "--server",
        "SSO01",
        "secret",
        "generate",
        "stranger.bak",
        "--password-file",
        "password",
    ];
    let _generated = stranger
        .run_with(&[("REGENT_TEST_SEED", "another")], &generate)
        .exits(0);
    fs_err::copy(stranger.path("stranger.bak"), site.path("stranger.bak")).expect("a copy");
    site.write("wrong", "not the password of that backup");
    site.write("torn.bak", "regent backup 1\n");
    for (backup, password, check, said) in [
        ("stranger.bak", "password", "backup", "this database needs"),
        ("torn.bak", "password", "backup", "torn.bak"),
        (
            "missing.bak",
            "password",
            "backup",
            "cannot read missing.bak",
        ),
        ("secret.bak", "wrong", "proof", "the password is wrong"),
        ("secret.bak", "missing", "proof", "missing"),
    ] {
        let words = [
            "candidates",
            "--restore-file",
            backup,
            "--password-file",
            password,
        ];
        let json = look(&site, &words, 3);
        assert_eq!(answer(&json, "SSO02", check), "no", "{json:#}");
        assert_eq!(json["eligible"], 0);
        assert!(
            json["system"].to_string().contains(said),
            "{said}: {json:#}"
        );
        assert!(json["candidates"][0]["command"].is_null());
    }
}

#[test]
fn before_there_is_a_secret_nobody_can_be_promoted() {
    let site = Site::without_secret();
    let run = site.run(&["candidates"]).exits(3);
    assert!(
        run.out.contains("regent secret generate NEW-BACKUP"),
        "{}",
        run.out
    );
    assert_eq!(
        answer(&look(&site, &["candidates"], 3), "SSO02", "plan"),
        "no"
    );
}

#[test]
fn an_unfinished_promotion_comes_first() {
    let site = site();
    let fault = [(
        "REGENT_TEST_FAULT",
        "journal/restart-service/succeeded/before=kill",
    )];
    assert_eq!(site.run_with(&fault, &Site::promotion()).exit, None);
    let json = look(&site, &BACKUP, 3);
    assert_eq!(answer(&json, "NODE1", "unfinished-promotion"), "no");
    snapshot!(
        "candidates",
        "unfinished",
        site.run(&BACKUP).exits(3).transcript()
    );
    let before = lasting(&site.dump());
    let _undone = site.run(&["abort", "--yes"]).exits(4);
    assert_ne!(lasting(&site.dump()), before);
    assert_eq!(look(&site, &BACKUP, 0)["eligible"], 2);
}
