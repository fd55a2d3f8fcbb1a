use regent::plugin::types::Span;

use super::*;

const PRODUCTION: &str = r#"{
    "environment": "production",
    "environments": {
        "production": { "patterns": ["PRDMSS\\d{2}", "PRDSSO\\d{2}"] },
        "test": { "patterns": ["TST.+"] }
    },
    "reserved": ["PRDMSS99"]
}"#;

fn convention(json: &str) -> Convention {
    Convention::parse(json).expect("the settings are right")
}

/// The rules that a name breaks.
fn broken(json: &str, name: &str) -> Vec<&'static str> {
    let problems = problems(name, &convention(json));
    problems.iter().map(|problem| problem.rule).collect()
}

fn element(name: &str, value: &str, start: u32) -> Element {
    let end = start + u32::try_from(value.len()).expect("a short value");
    Element {
        name: name.to_owned(),
        value: value.to_owned(),
        span: Span { start, end },
    }
}

#[test]
fn names_are_held_to_the_patterns_of_their_environment() {
    for (name, rules) in [
        ("PRDMSS01", &[][..]),
        ("PRDSSO42", &[]),
        ("prdmss01", &[]),
        ("TSTMSS01", &[PATTERN]),
        ("PRDMSS1", &[PATTERN]),
        ("PRDMSS012", &[PATTERN]),
        ("XPRDMSS01", &[PATTERN]),
    ] {
        assert_eq!(broken(PRODUCTION, name), rules, "{name}");
    }
    let test = PRODUCTION.replace(r#""environment": "production""#, r#""environment": "test""#);
    assert!(broken(&test, "TSTMSS01").is_empty());
    assert_eq!(broken(&test, "PRDMSS01"), [PATTERN]);
}

#[test]
fn an_alternative_cannot_slip_past_the_ends_of_the_name() {
    let json = r#"{ "patterns": ["MSS01|MSS02"] }"#;
    assert!(broken(json, "MSS02").is_empty());
    assert_eq!(broken(json, "MSS01X"), [PATTERN]);
    assert_eq!(broken(json, "XMSS02"), [PATTERN]);
    assert_eq!(broken(json, "MSS01\nX"), [PATTERN]);
    // Anchors of one's own do no harm, and case counts where a pattern says so.
    assert!(broken(r#"{ "patterns": ["^MSS01$"] }"#, "mss01").is_empty());
    assert_eq!(
        broken(r#"{ "patterns": ["(?-i)MSS01"] }"#, "mss01"),
        [PATTERN]
    );
}

#[test]
fn a_domain_is_allowed_only_where_the_settings_say_so() {
    assert_eq!(broken(PRODUCTION, "PRDMSS01.contoso.com"), [FQDN]);
    assert_eq!(broken(PRODUCTION, "mss.contoso.com"), [FQDN, PATTERN]);
    let allowed = PRODUCTION.replacen('{', r#"{ "allow-fqdn": true,"#, 1);
    assert!(broken(&allowed, "PRDMSS01.contoso.com").is_empty());
    assert_eq!(broken(&allowed, "mss.contoso.com"), [PATTERN]);
    assert_eq!(broken(&allowed, "PRDMSS99.contoso.com"), [RESERVED]);
}

#[test]
fn the_length_is_that_of_the_host_name_in_characters() {
    assert!(broken("{}", &"x".repeat(15)).is_empty());
    assert_eq!(broken("{}", &"x".repeat(16)), [TOO_LONG]);
    assert!(broken("{}", &"é".repeat(15)).is_empty());
    assert_eq!(broken(r#"{ "max-length": 3 }"#, "MSS1"), [TOO_LONG]);
    assert!(
        broken(
            r#"{ "allow-fqdn": true, "max-length": 3 }"#,
            "MSS.contoso.com"
        )
        .is_empty()
    );
}

#[test]
fn reserved_names_are_refused_whatever_their_case() {
    assert_eq!(broken(PRODUCTION, "prdmss99"), [RESERVED]);
    assert_eq!(broken(r#"{ "reserved": ["SQL01"] }"#, "sql01"), [RESERVED]);
    assert!(broken(r#"{ "reserved": ["SQL01"] }"#, "SQL011").is_empty());
}

#[test]
fn a_finding_stands_at_the_value_and_names_the_way_out() {
    let elements = [
        element("ssoAdminAccount", "BUILTIN\\Administrators", 10),
        element("secretServer", " mss1 ", 60),
    ];
    let findings = findings(&elements, &convention(PRODUCTION));
    assert_eq!(
        findings,
        [Finding {
            rule: PATTERN.to_owned(),
            severity: Severity::Error,
            message: "“mss1” does not follow the naming convention of production".to_owned(),
            labels: vec![Label {
                span: Span { start: 60, end: 66 },
                message: "matches no pattern".to_owned(),
            }],
            help: r"write a name that matches `PRDMSS\d{2}` or `PRDSSO\d{2}`".to_owned(),
            fix: Vec::new(),
        }]
    );
}

#[test]
fn a_file_that_names_no_server_has_no_findings() {
    let elements = [
        element("ticketTimeout", "2", 10),
        element("secretServer", " ", 30),
    ];
    assert_eq!(findings(&elements, &convention(PRODUCTION)), []);
}

#[test]
fn wrong_settings_are_an_error_with_words() {
    for (json, said) in [
        (
            r#"{ "patterns": ["MSS(01"] }"#,
            "the pattern `MSS(01` is no regular expression",
        ),
        (
            r#"{ "patterns": ["a)(b"] }"#,
            "the pattern `a)(b` is no regular expression",
        ),
        (r#"{ "patterns": [] }"#, "would allow no name"),
        (
            r#"{ "patterns": ["a"], "environments": {}, "environment": "a" }"#,
            "exclude each other",
        ),
        (
            r#"{ "environments": { "a": { "patterns": ["a"] } } }"#,
            "needs `environment`",
        ),
        (r#"{ "environment": "a" }"#, "needs `environments`"),
        (
            r#"{ "environments": { "a": { "patterns": ["a"] }, "b": { "patterns": ["b"] } }, "environment": "c" }"#,
            "there is no environment “c”, only a, b",
        ),
        (r#"{ "pattern": "a" }"#, "unknown field `pattern`"),
        ("[]", "invalid"),
    ] {
        let error = Convention::parse(json).expect_err(json);
        assert!(error.starts_with("the settings are wrong: "), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn the_description_names_every_rule() {
    let mut described: Vec<String> = description()
        .rules
        .into_iter()
        .map(|rule| rule.id)
        .collect();
    let long = "PRDMSS99X".repeat(2);
    let json = PRODUCTION.replace("PRDMSS99", &long);
    let mut used = broken(&json, &format!("{long}.contoso.com"));
    described.sort();
    used.sort_unstable();
    assert_eq!(used, described);
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
            "allow-fqdn",
            "environment",
            "environments",
            "max-length",
            "patterns",
            "reserved"
        ]
    );
}
