//! Who acts, as rules are told that ask for it: in fields of their own, which evidence keeps.

use regent::bundle::Bundle;
use regent::policy::evidence::FORM;
use regent::source;
use serde_json::{Value, json};

use super::{install, probe, promoter, refused, snapshot};
use crate::approvals::{list, make_key};
use crate::support::{PLAN, PROMOTE_PLAN, Run, Site};

/// The schema of a rule that asks who acts.
const ASKS: &str = r#"{"properties":{"who":{"x-regent":"people"}}}"#;

/// Anna as root, known by what stands here, on a computer where she has two accounts.
fn anna(known_by: &str) -> [(&'static str, &str); 4] {
    let accounts = "root:x:0:0::/:\nanna:x:1000:1000::/:\nanna-adm:x:1000:1000::/:\n";
    [
        ("REGENT_TEST_OPERATOR", "root"),
        ("REGENT_TEST_PERSON", "anna"),
        ("REGENT_TEST_KNOWN_BY", known_by),
        ("REGENT_TEST_ACCOUNTS", accounts),
    ]
}

const BEN: [(&str, &str); 2] = [
    ("REGENT_TEST_OPERATOR", "CONTOSO\\ben"),
    ("REGENT_TEST_KNOWN_BY", "login-uid"),
];

const UNKNOWN: [(&str, &str); 2] = [
    ("REGENT_TEST_OPERATOR", "root"),
    ("REGENT_TEST_PERSON", "unknown"),
];

/// A site with one rule, which fails with all that it is told beside the promotion.
fn telling(schema: &'static str, more: &str) -> Site {
    let site = Site::ready();
    probe(&site, "tells", &promoter("echo").schema(schema), more);
    site
}

/// What that rule was told.
#[track_caller]
fn told(run: &Run) -> String {
    let json = run.json();
    let reason = &json["verdict"]["decisions"][0]["reasons"][0]["message"];
    let words = reason
        .as_str()
        .and_then(|it| it.strip_prefix("it failed: "));
    words.expect("what it was told").to_owned()
}

fn in_json<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [words, &["--format", "json"]].concat()
}

#[test]
fn a_rule_that_asks_is_told_account_author_and_how_each_is_known() {
    let site = telling(ASKS, "");
    let mut said = String::new();
    let mut tell = |who: &[(&str, &str)], words: &[&str]| {
        let run = site.run_with(who, &in_json(words)).exits(3);
        let told: Value = serde_json::from_str(&told(&run)).expect("JSON");
        said += &format!("$ regent {}\n{}\n", words[0], super::pretty(&told));
    };
    tell(&anna("SUDO_UID"), &Site::promotion());
    tell(&BEN, &PLAN);
    // Run by whom the kernel vouches for; the author is known as the plan says.
    tell(&anna("login-uid"), &PROMOTE_PLAN);
    tell(&UNKNOWN, &PROMOTE_PLAN);
    snapshot("people-told", said);
}

/// The rules that govern are asked of others as of a promotion.
#[test]
fn a_rule_that_asks_is_told_who_wrote_a_publication_down() {
    let site = telling(ASKS, "");
    let _first = site.run(&["policy", "publish", "--reason", "the first", "--yes"]);
    probe(&site, "sound", &promoter("sound"), "");
    let write = [
        "policy",
        "publish",
        "--reason",
        "one more",
        "--out",
        "plan.json",
    ];
    let run = site.run_with(&BEN, &in_json(&write)).exits(3);
    let alone: Value = serde_json::from_str(&told(&run)).expect("JSON");
    assert_eq!(alone["who"]["author"], Value::Null);
    let publish = ["policy", "publish", "--plan", "plan.json", "--yes"];
    let run = site
        .run_with(&anna("DOAS_USER"), &in_json(&publish))
        .exits(3);
    let told: Value = serde_json::from_str(&told(&run)).expect("JSON");
    assert_eq!(told["who"]["author"]["person"], "CONTOSO\\ben");
    assert_eq!(told["who"]["operator"]["known-by"], "DOAS_USER");
}

/// Settings go over to it to the letter, and evidence of it says no more than it did.
#[test]
fn a_rule_that_does_not_ask_is_told_as_before() {
    let site = telling("{}", "settings.who = 'x'");
    let words = [&Site::promotion()[..], &["--evidence", "e.tar"]].concat();
    let run = site.run_with(&anna("SUDO_UID"), &in_json(&words)).exits(3);
    assert_eq!(told(&run), r#"{"who":"x"}"#);
    let (_, kept) = question(&site);
    assert_eq!(kept["promotion"].get("people"), None);
    let _same = site.run(&["replay", "e.tar"]).exits(0);
    // What is off is not asked, whatever it wants to know.
    let site = telling(ASKS, "enforcement = 'off'");
    let run = site.run_with(&anna("SUDO_UID"), &words).exits(0);
    assert!(run.out.contains("anna as root"), "{}", run.out);
    let (_, kept) = question(&site);
    assert_eq!(kept["promotion"].get("people"), None);
}

fn question(site: &Site) -> (Bundle, Value) {
    let (mut bundle, _) = Bundle::open(&site.path("e.tar"), FORM).expect("a bundle");
    let question = bundle.take_text("question.json").expect("a part");
    let question = serde_json::from_str(&question).expect("JSON");
    (bundle, question)
}

/// A plan by ben, approved by carla, under `four-eyes` that trusts no environment.
fn approved() -> Site {
    let site = Site::ready();
    let settings = "approvers = 1\ndistrust-environment = true";
    install(&site, "four-eyes", "", settings);
    let key = make_key(&site, "carla", "");
    list(&site, "carla", &key);
    let _planned = site.run_with(&BEN, &PLAN).exits(3);
    let words = ["approve", "plan.json", "--key", "carla", "--yes"];
    let _approved = site.run(&words).exits(0);
    site
}

#[test]
fn whom_only_the_environment_names_four_eyes_may_take_for_unknown() {
    needs!(SshKeygen);
    for by in ["SUDO_UID", "DOAS_USER", "PKEXEC_UID"] {
        let site = approved();
        let before = site.dump_but_rules();
        let run = site.run_with(&anna(by), &in_json(&PROMOTE_PLAN)).exits(3);
        let json = run.json();
        let said = format!(
            "2 other people must approve, and only one did; 1 of them because only {by}, which \
             root can forge, says that anna as root runs it"
        );
        let reason = &json["verdict"]["decisions"][0]["reasons"][0];
        assert_eq!(reason["message"], said, "{json:#}");
        assert_eq!(site.dump_but_rules(), before, "a refusal changes nothing");
        // She who logged in is known; it was planned and approved all the same.
        let _done = site.run_with(&anna("login-uid"), &PROMOTE_PLAN).exits(0);
    }
}

/// What a decision rested on is what evidence keeps, and who acts is in no digest: the plan of one
/// is run by another.
#[test]
fn a_replay_takes_the_people_that_were_kept() {
    needs!(SshKeygen);
    let site = approved();
    let words = [&PROMOTE_PLAN[..], &["--evidence", "e.tar"]].concat();
    let _promoted = site.run_with(&anna("login-uid"), &words).exits(0);
    let _same = site.run(&["replay", "e.tar"]).exits(0);
    let (mut bundle, kept) = question(&site);
    let settings = json!({ "approvers": 1, "distrust-environment": true });
    assert_eq!(kept["plugins"][0]["settings"], settings);
    let people = json!({
        "operator": {
            "person": "anna",
            "account": "root",
            "known-by": "login-uid",
            "names": ["anna", "anna-adm", "root"],
        },
        "author": {
            "person": "CONTOSO\\ben",
            "account": "CONTOSO\\ben",
            "known-by": "login-uid",
            "names": ["ben"],
        },
    });
    let promotion = &kept["promotion"];
    assert_eq!(promotion["people"], people);
    let fields = ["operator", "person", "known-by"].map(|field| &promotion[field]);
    assert_eq!(fields, ["root", "anna", "login-uid"]);
    let text = {
        let (mut bundle, _) = Bundle::open(&site.path("e.tar"), FORM).expect("a bundle");
        bundle.take_text("question.json").expect("a part")
    };
    // Of all places that name her, the one that the rule was told.
    let (from, to) = (
        "\"account\": \"root\",\n        \"known-by\": \"login-uid\"",
        "\"account\": \"root\",\n        \"known-by\": \"DOAS_USER\"",
    );
    assert_eq!(text.matches(from).count(), 1, "{text}");
    bundle.add("question.json", text.replace(from, to));
    let bytes = bundle.bytes(FORM).expect("a bundle");
    source::replace(&site.path("altered.tar"), &bytes).expect("a file");
    let other = site.run(&["replay", "altered.tar"]).exits(1);
    assert!(other.out.contains("only DOAS_USER"), "{}", other.out);
}

#[test]
fn who_acts_is_no_setting() {
    let site = Site::ready();
    let settings = "approvers = 1\n[plugin.settings.people]\nauthor = 'anna'";
    install(&site, "four-eyes", "", settings);
    let refused = refused(&site, &Site::promotion(), 6);
    let mut said = refused.transcript();
    site.write("people.toml", "approvers = 1\npeople = {}\n");
    site.write("sound.toml", "approvers = 1\n");
    for (file, exit) in [("people.toml", 1), ("sound.toml", 0)] {
        let words = ["plugin", "check-settings", "plugins/four-eyes.wasm", file];
        said += &site.run(&words).exits(exit).transcript();
    }
    snapshot("people-no-setting", said);
}

/// On a quiet day it is tried with somebody known by little, and with nobody.
#[test]
fn a_rule_that_asks_who_acts_is_tried_with_it() {
    let site = telling(ASKS, "");
    let found = site.run(&["plugin", "lock"]).exits(6);
    assert!(
        found.err.contains(r#""known-by":"SUDO_UID""#),
        "{}",
        found.err
    );
}
