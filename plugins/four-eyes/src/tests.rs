use crate::regent::plugin::types::{
    Approval, Backup, GlobalInfo, LastSeen, Moment, Server, Weekday,
};

use super::*;

const NOW: u64 = 1_795_000_000;
const HOUR: u64 = 3600;

fn promotion(kind: Kind, operator: &str, approvals: &[(&str, u64)]) -> Promotion {
    let info = GlobalInfo {
        sso_admin_account: "CONTOSO\\SSO Administrators".to_owned(),
        sso_affiliate_admin_account: "CONTOSO\\SSO Affiliate Administrators".to_owned(),
        secret_server: "SSO01".to_owned(),
        audit_deleted_apps: 1000,
        audit_deleted_mappings: 1000,
        audit_credential_lookups: 1000,
        ticket_timeout: 2,
        cred_cache_timeout: 60,
    };
    let server = |name: &str| Server {
        name: name.to_owned(),
        last_seen: LastSeen::At(NOW),
        roles: Vec::new(),
    };
    let approval = |(approver, at): &(&str, u64)| Approval {
        approver: (*approver).to_owned(),
        at: *at,
    };
    Promotion {
        kind,
        current: info.clone(),
        wanted: info,
        candidate: server("SSO02"),
        incumbent: server("SSO01"),
        backup: Backup::None,
        operator: operator.to_owned(),
        now: Moment {
            unix: NOW,
            utc_offset: 0,
            weekday: Weekday::Wednesday,
            minute_of_day: 0,
        },
        reason: String::new(),
        change: String::new(),
        approvals: approvals.iter().map(approval).collect(),
    }
}

/// Nothing where it approves, the message where it denies. Who runs it logged in as that, and no plan
/// was made before.
fn denial(json: &str, promotion: &Promotion) -> Option<String> {
    let known = promotion.operator != "unknown";
    let operator = serde_json::json!({
        "person": known.then_some(&promotion.operator),
        "account": promotion.operator,
        "known-by": known.then_some("login-uid"),
        "names": [person(&promotion.operator)],
    });
    let people = serde_json::json!({ "operator": operator, "author": null });
    denied(json, promotion, people)
}

/// The same with who acts as regent tells it.
fn denied(json: &str, promotion: &Promotion, people: serde_json::Value) -> Option<String> {
    let settings = Settings::parse(json).expect("the settings are right");
    let people = serde_json::from_value(people).expect("people");
    match decide(promotion, &settings, &people) {
        Decision::Approve => None,
        Decision::Deny(reasons) => {
            assert_eq!(reasons.len(), 1);
            assert_eq!(reasons[0].rule, NOT_ENOUGH);
            Some(reasons[0].message.clone())
        }
        Decision::Abstain => panic!("this plugin always has an opinion"),
    }
}

fn planned(approvers: u32, approvals: &[&str]) -> Option<String> {
    let approvals: Vec<_> = approvals.iter().map(|name| (*name, NOW)).collect();
    denial(
        &format!(r#"{{ "approvers": {approvers} }}"#),
        &promotion(Kind::Planned, "CONTOSO\\anna", &approvals),
    )
}

#[test]
fn as_many_as_the_settings_say_must_approve() {
    assert_eq!(
        planned(1, &[]).as_deref(),
        Some("one other person must approve, and nobody did")
    );
    assert_eq!(planned(1, &["ben"]), None);
    assert_eq!(
        planned(2, &["ben"]).as_deref(),
        Some("2 other people must approve, and only one did")
    );
    assert_eq!(planned(2, &["ben", "carla"]), None);
    assert_eq!(planned(2, &["ben", "carla", "dora"]), None);
    assert!(planned(4, &["ben", "carla", "dora"]).is_some());
}

#[test]
fn the_operator_does_not_count_however_the_account_is_spelled() {
    for name in [
        "CONTOSO\\anna",
        "anna",
        "ANNA",
        "contoso\\Anna",
        "anna@contoso.example",
        "OTHER\\anna",
        "contoso/anna",
    ] {
        let message = planned(1, &[name]).expect(name);
        assert!(message.contains("is the operator"), "{message}");
        assert!(planned(2, &["ben", name]).is_some(), "{name}");
    }
}

#[test]
fn one_person_counts_once() {
    assert!(planned(2, &["ben", "BEN"]).is_some());
    assert!(planned(2, &["ben", "CONTOSO\\ben"]).is_some());
}

#[test]
fn an_emergency_may_need_fewer() {
    let emergency = |json: &str, approvals: &[(&str, u64)]| {
        denial(json, &promotion(Kind::Emergency, "anna", approvals))
    };
    let both = r#"{ "approvers": 2, "emergency-approvers": 1 }"#;
    assert_eq!(emergency(both, &[("ben", NOW)]), None);
    assert!(emergency(both, &[]).is_some());
    assert!(emergency(both, &[("anna", NOW)]).is_some());
    assert_eq!(
        emergency(r#"{ "approvers": 2, "emergency-approvers": 0 }"#, &[]),
        None
    );
    assert!(emergency(r#"{ "approvers": 2 }"#, &[("ben", NOW)]).is_some());
    let planned = promotion(Kind::Planned, "anna", &[("ben", NOW)]);
    assert!(denial(both, &planned).is_some());
}

#[test]
fn where_nobody_knows_the_operator_more_must_approve() {
    let asked = |json: &str, kind, approvals: &[&str]| {
        let approvals: Vec<_> = approvals.iter().map(|name| (*name, NOW)).collect();
        denial(json, &promotion(kind, "unknown", &approvals))
    };
    let one = r#"{ "approvers": 1 }"#;
    assert_eq!(
        asked(one, Kind::Planned, &["ben"]).as_deref(),
        Some(
            "2 other people must approve, and only one did; 1 of them because nobody can say who \
             runs it"
        )
    );
    assert_eq!(asked(one, Kind::Planned, &["ben", "carla"]), None);
    assert!(asked(one, Kind::Emergency, &["ben"]).is_some());
    let three = r#"{ "approvers": 1, "more-if-unknown": 2 }"#;
    assert!(asked(three, Kind::Planned, &["ben", "carla"]).is_some());
    assert_eq!(asked(three, Kind::Planned, &["ben", "carla", "dora"]), None);
    let none = r#"{ "approvers": 1, "more-if-unknown": 0 }"#;
    assert_eq!(asked(none, Kind::Planned, &["ben"]), None);
    // Where nobody need approve, it does not matter who runs it.
    let alone = r#"{ "approvers": 1, "emergency-approvers": 0, "more-if-unknown": 2 }"#;
    assert_eq!(asked(alone, Kind::Emergency, &[]), None);
}

fn somebody(person: Option<&str>, account: &str, known_by: Option<&str>) -> serde_json::Value {
    let names: Vec<_> = person.into_iter().chain([account]).collect();
    serde_json::json!({ "person": person, "account": account, "known-by": known_by, "names": names })
}

#[test]
fn neither_the_operator_nor_the_author_counts_by_any_name() {
    let anna = somebody(Some("anna"), "root", Some("login-uid"));
    let ben = somebody(Some("ben"), "ben-adm", Some("login-uid"));
    let people = serde_json::json!({ "operator": anna, "author": ben });
    for (name, said) in [
        ("anna", "is the operator"),
        ("CONTOSO\\Root", "is the operator"),
        ("Ben", "made the plan"),
        ("ben-adm@contoso.example", "made the plan"),
    ] {
        let promotion = promotion(Kind::Planned, "anna", &[(name, NOW)]);
        let said = format!("one other person must approve, and nobody did; {name} {said}");
        let denied = denied(r#"{ "approvers": 1 }"#, &promotion, people.clone());
        assert_eq!(denied, Some(said));
    }
}

#[test]
fn a_person_whom_the_environment_names_may_count_as_unknown() {
    let asked = |json: &str, operator: &serde_json::Value, author: Option<&serde_json::Value>| {
        let people = serde_json::json!({ "operator": operator, "author": author });
        denied(
            json,
            &promotion(Kind::Planned, "anna", &[("carla", NOW)]),
            people,
        )
    };
    let trusting = r#"{ "approvers": 1 }"#;
    let distrusting = r#"{ "approvers": 1, "distrust-environment": true }"#;
    let known = |by| somebody(Some("anna"), "root", by);
    for by in ["login-uid", "account"] {
        assert_eq!(
            asked(distrusting, &known(Some(by)), Some(&known(Some(by)))),
            None
        );
    }
    for by in ["SUDO_UID", "DOAS_USER", "PKEXEC_UID"] {
        assert_eq!(
            asked(trusting, &known(Some(by)), Some(&known(Some(by)))),
            None
        );
        assert_eq!(
            asked(distrusting, &known(Some(by)), None),
            Some(format!(
                "2 other people must approve, and only one did; 1 of them because only {by}, which \
                 root can forge, says that anna as root runs it"
            ))
        );
        let both = asked(distrusting, &known(Some(by)), Some(&known(Some(by))));
        let both = both.expect("it denies");
        assert!(
            both.ends_with("says that anna as root made the plan and runs it"),
            "{both}"
        );
    }
    let logged_in = known(Some("login-uid"));
    let author = somebody(Some("ben"), "ben", None);
    assert_eq!(asked(trusting, &logged_in, Some(&author)), None);
    assert_eq!(
        asked(distrusting, &logged_in, Some(&author)).as_deref(),
        Some(
            "2 other people must approve, and only one did; 1 of them because nothing tells how it \
             is known that ben made the plan"
        )
    );
}

#[test]
fn where_nobody_knows_the_author_more_must_approve_too() {
    let nobody = somebody(None, "root", None);
    let anna = somebody(Some("anna"), "anna", Some("login-uid"));
    let asked = |operator, approvals: &[(&str, u64)]| {
        let people = serde_json::json!({ "operator": operator, "author": nobody });
        denied(
            r#"{ "approvers": 1 }"#,
            &promotion(Kind::Planned, "", approvals),
            people,
        )
    };
    assert_eq!(
        asked(&anna, &[("ben", NOW)]).as_deref(),
        Some(
            "2 other people must approve, and only one did; 1 of them because nobody can say who \
             made the plan"
        )
    );
    assert_eq!(
        asked(&nobody, &[("ben", NOW)]).as_deref(),
        Some(
            "2 other people must approve, and only one did; 1 of them because nobody can say who \
             made the plan and runs it"
        )
    );
    assert_eq!(asked(&nobody, &[("ben", NOW), ("carla", NOW)]), None);
    let another = somebody(None, "service", None);
    assert_eq!(
        asked(&another, &[("ben", NOW)]).as_deref(),
        Some(
            "2 other people must approve, and only one did; 1 of them because nobody can say who \
             made the plan, and because nobody can say who runs it"
        )
    );
}

#[test]
fn a_later_regent_may_say_more_and_an_older_one_is_told_to_be_updated() {
    let told = r#"{ "approvers": 1, "people": {
        "operator": { "person": "anna", "account": "anna", "known-by": "smart-card",
                      "names": ["anna"], "since": 1 },
        "author": null, "reviewer": null } }"#;
    let settings = Settings::parse(told).expect("the settings are right");
    let doubts = settings.people.expect("people").doubts(false);
    assert!(doubts.is_empty());
    let untold = <FourEyes as promoter::Guest>::decide(
        promotion(Kind::Planned, "anna", &[]),
        r#"{ "approvers": 1 }"#.to_owned(),
    );
    assert_eq!(untold.expect_err("nobody is told"), UNTOLD);
}

#[test]
fn an_approval_may_grow_old() {
    let json = r#"{ "approvers": 1, "max-age-hours": 24 }"#;
    let at = |at| denial(json, &promotion(Kind::Planned, "anna", &[("ben", at)]));
    assert_eq!(at(NOW), None);
    assert_eq!(at(NOW - 24 * HOUR), None);
    assert!(at(NOW - 24 * HOUR - 1).is_some());
    assert_eq!(at(NOW + CLOCK_TOLERANCE), None);
    assert!(at(NOW + CLOCK_TOLERANCE + 1).is_some());
    assert!(at(u64::MAX).is_some());
    let forever = promotion(Kind::Planned, "anna", &[("ben", 0)]);
    assert_eq!(denial(r#"{ "approvers": 1 }"#, &forever), None);
}

#[test]
fn wrong_settings_are_an_error_with_words() {
    for (json, said) in [
        ("{}", "missing field `approvers`"),
        (r#"{ "approvers": 0 }"#, "nonzero"),
        (
            r#"{ "approvers": 1, "emergency-approvers": -1 }"#,
            "invalid value",
        ),
        (
            r#"{ "approvers": 1, "names": [] }"#,
            "unknown field `names`",
        ),
        ("", "EOF"),
    ] {
        let error = Settings::parse(json).expect_err(json);
        assert!(error.starts_with("the settings are wrong: "), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn the_schema_describes_the_settings() {
    let schema: serde_json::Value =
        serde_json::from_str(&description().settings_schema).expect("the schema is JSON");
    let names: Vec<&String> = schema["properties"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(
        names,
        [
            "approvers",
            "distrust-environment",
            "emergency-approvers",
            "max-age-hours",
            "more-if-unknown",
            "people"
        ]
    );
}
