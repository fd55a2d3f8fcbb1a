//! What plugins say is taken whole or not at all, and what it comes to.

use regent::finding::Severity;
use regent::policy::{Broken, Consent, Decision, Denial, Outcome};

use super::load;
use super::probe::{Components, Probe, promotion, system, update_file};

#[test]
fn findings_carry_the_configured_name() {
    let components = Components::new();
    let plugin = components.plugin("no-shouting", &Probe::of("denies").bytes(), "");
    let policy = load(&components, &[plugin]).expect("loads");
    let (file, update) = update_file();
    let findings = policy.validate(&file, &update, Some(&system()));
    insta::assert_json_snapshot!(findings, @r#"
    [
      {
        "code": "policy/no-shouting/checked",
        "severity": "error",
        "message": "A message.",
        "labels": [
          {
            "span": {
              "start": 0,
              "end": 5
            },
            "message": "A message."
          }
        ],
        "help": "checked",
        "fix": {
          "title": "checked",
          "edits": [
            {
              "span": {
                "start": 1,
                "end": 4
              },
              "replacement": "che"
            }
          ]
        }
      }
    ]
    "#);
}

#[test]
fn a_finding_without_a_place_is_about_the_whole_file() {
    let components = Components::new();
    let plugin = components.plugin("probe", &Probe::of("abstains").bytes(), "");
    let policy = load(&components, &[plugin]).expect("loads");
    let (file, update) = update_file();
    let findings = policy.validate(&file, &update, None);
    assert_eq!(findings[0].severity, Severity::Warning);
    assert_eq!(findings[0].span().range(), 0..file.text().len());
    assert_eq!(findings[0].help, None);
}

#[test]
fn on_trial_an_error_is_a_warning_and_a_veto_is_none() {
    let components = Components::new();
    let plugin = components.plugin(
        "probe",
        &Probe::of("denies").bytes(),
        "enforcement = 'warn'",
    );
    let approves = components.plugin("sound", &Probe::of("sound").bytes(), "");
    let policy = load(&components, &[plugin, approves]).expect("loads");
    let (file, update) = update_file();
    let findings = policy.validate(&file, &update, None);
    assert_eq!(findings[0].severity, Severity::Warning);
    assert!(
        findings[0]
            .help
            .as_ref()
            .is_some_and(|help| help.contains("only a warning"))
    );
    let (plan, facts) = promotion();
    let verdict = policy.decide(&plan, &facts);
    assert_eq!(verdict.outcome(), Outcome::Approved(Consent::Given));
    let warnings: Vec<_> = verdict.warnings().map(|w| w.plugin.as_str()).collect();
    assert_eq!(warnings, ["probe"]);
}

#[test]
fn a_denial_says_why_and_what_was_logged() {
    let components = Components::new();
    let plugin = components.plugin("four-eyes", &Probe::of("denies").bytes(), "");
    let policy = load(&components, &[plugin]).expect("loads");
    let (plan, facts) = promotion();
    let verdict = policy.decide(&plan, &facts);
    insta::assert_json_snapshot!(verdict, @r#"
    {
      "outcome": {
        "denied": "veto"
      },
      "decisions": [
        {
          "plugin": "four-eyes",
          "enforcement": "deny",
          "decision": {
            "word": "deny",
            "why": [
              {
                "rule": "checked",
                "message": "A message.",
                "help": null
              }
            ]
          },
          "log": [
            {
              "level": "warn",
              "message": "A message."
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn silence_is_not_consent() {
    let components = Components::new();
    let plugin = components.plugin("probe", &Probe::of("abstains").bytes(), "");
    let policy = load(&components, &[plugin]).expect("loads");
    let (plan, facts) = promotion();
    let outcome = policy.decide(&plan, &facts).outcome();
    assert_eq!(outcome, Outcome::Denied(Denial::Silence));
}

/// What comes of `bad-answers.wat` with one thing changed: the findings, and the decision.
fn broken_answer(name: &str, value: &str) -> (String, Decision) {
    let mut probe = Probe::of("bad-answers").with(name, value);
    if matches!(name, "findings" | "reasons") {
        // More of them than there is room for at 64; here is only zeroed memory.
        probe = probe.with("list", "40000");
    }
    for (name, value) in [
        ("list", "64"),
        ("findings", "1"),
        ("rule", "7"),
        ("message", "10"),
        ("start", "0"),
        ("end", "5"),
        ("mends", "1"),
        ("edits", "1"),
        ("from", "0"),
        ("reasons", "1"),
    ] {
        probe = probe.with(name, value);
    }
    let components = Components::new();
    let plugin = components.plugin("probe", &probe.bytes(), "");
    let policy = load(&components, &[plugin]).expect("loads");
    let (file, update) = update_file();
    let findings = policy.validate(&file, &update, None);
    let said: Vec<_> = findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.severity, finding.code, finding.message))
        .collect();
    let (plan, facts) = promotion();
    let decision = policy.decide(&plan, &facts).decisions()[0].decision.clone();
    (said.join("\n"), decision)
}

#[test]
fn an_answer_that_means_nothing_denies_and_says_what_is_wrong() {
    let (said, decision) = broken_answer("start", "0");
    assert_eq!(said, "error policy/probe/checked A message.");
    assert!(matches!(decision, Decision::Deny(_)));
    for (name, value, expected) in [
        ("end", "99999", "the place 0–99999"),
        ("start", "6", "the place 6–5"),
        ("rule", "6", "the rule “checke”"),
        ("message", "0", "a finding without a message"),
        ("mends", "2", "more than 1 mend"),
        ("edits", "0", "a mend without edits"),
        ("edits", "2", "edits that overlap"),
        ("from", "7", "the place 7–4"),
        ("findings", "201", "more than 200 findings"),
    ] {
        let (said, _) = broken_answer(name, value);
        assert!(said.starts_with("error policy/probe/broken plugin probe did not check this file"));
        assert!(said.contains(expected), "{said}");
    }
    for (name, value, expected) in [
        ("reasons", "0", "a denial without a reason"),
        ("reasons", "51", "more than 50 reasons"),
        ("rule", "3", "the rule “che”"),
        ("message", "0", "a reason without a message"),
    ] {
        let (_, decision) = broken_answer(name, value);
        let Decision::Broken(Broken::Malformed(reason)) = decision else {
            panic!("{decision:?}");
        };
        assert!(reason.contains(expected), "{reason}");
    }
}

#[test]
fn a_plugin_is_told_its_settings_as_json() {
    let components = Components::new();
    let more = "[settings]\nfrom = 22:00:00\ndays = ['monday']";
    let plugin = components.plugin("probe", &Probe::of("echo").bytes(), more);
    let policy = load(&components, &[plugin]).expect("loads");
    let (file, update) = update_file();
    let findings = policy.validate(&file, &update, Some(&system()));
    insta::assert_snapshot!(findings[0].message, @r#"plugin probe did not check this file: it failed: {"days":["monday"],"from":"22:00:00"}"#);
}
