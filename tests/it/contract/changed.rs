//! What does not fit the contract is refused when it is loaded, by name, and told what to do.

use regent::policy::{Error, Policy, Purpose};

use super::{snapshot, text};
use crate::policy::probe::{Components, Probe};

/// Why this regent refuses a component, and what it says to do.
fn refused(bytes: &[u8]) -> (String, String) {
    let components = Components::new();
    let plugin = components.plugin("changed", bytes, "");
    let loaded = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {});
    let error = loaded.expect_err("it does not fit");
    let help = error.help().expect("what to do");
    let Error::Plugin { cause, .. } = error else {
        panic!("{error:?}");
    };
    (cause.to_string(), help)
}

/// The frozen plugin of both interfaces with one text in place of another.
fn with(from: &str, to: &str) -> Vec<u8> {
    let frozen = text("1.0.0", "plugin.wat");
    assert_eq!(frozen.matches(from).count(), 1, "{from}");
    let changed = frozen.replace(from, to);
    wat::parse_str(&changed).unwrap_or_else(|error| panic!("{to}: {error}"))
}

/// What may not be changed in a minor version, each as a plugin of a contract that changed it.
#[test]
fn a_changed_type_is_refused_at_load_and_names_its_interface() {
    let mut told = String::new();
    for (what, interface, from, to) in [
        (
            "a field more",
            "promoter",
            r#"(field "change" string) (field "approvals" (list $approval))"#,
            r#"(field "change" string) (field "approvals" (list $approval)) (field "site" string)"#,
        ),
        (
            "a field less",
            "promoter",
            r#"(field "reason" string)
      (field "change" string)"#,
            r#"(field "change" string)"#,
        ),
        (
            "a field of another type",
            "promoter",
            r#"(field "minute-of-day" u32)"#,
            r#"(field "minute-of-day" u64)"#,
        ),
        (
            "a field of another name",
            "promoter",
            r#"(field "operator" string)"#,
            r#"(field "account" string)"#,
        ),
        (
            "fields in another order",
            "validator",
            r#"(field "text" string) (field "elements" (list $element))"#,
            r#"(field "elements" (list $element)) (field "text" string)"#,
        ),
        (
            "a case less in what plugins answer",
            "promoter",
            r#"(case "deny" (list $reason)) (case "abstain")"#,
            r#"(case "deny" (list $reason))"#,
        ),
        (
            "a case more in what plugins answer",
            "promoter",
            r#"(case "deny" (list $reason)) (case "abstain")"#,
            r#"(case "deny" (list $reason)) (case "abstain") (case "later")"#,
        ),
        (
            "a case less in what plugins are told",
            "promoter",
            r#"(case "none") (case "unproven" $backup-facts) (case "proven" $backup-facts)"#,
            r#"(case "none") (case "proven" $backup-facts)"#,
        ),
        (
            "a case more in what plugins are told",
            "validator",
            r#"(enum "processing" "cluster-node" "network-name")"#,
            r#"(enum "processing" "cluster-node" "network-name" "witness")"#,
        ),
        (
            "a severity more",
            "about",
            r#"(enum "error" "warning" "info")"#,
            r#"(enum "error" "warning" "info" "hint")"#,
        ),
        (
            "another parameter",
            "promoter",
            r#"(param "promotion" $promotion) (param "settings" string)"#,
            r#"(param "promotion" $promotion) (param "settings" string) (param "locale" string)"#,
        ),
        (
            "another result",
            "validator",
            r"(result (result (list $finding) (error string)))",
            r"(result (result (list $finding)))",
        ),
    ] {
        let (why, help) = refused(&with(from, to));
        let named = format!("its export regent:plugin/{interface} does not fit the contract: ");
        let why = why
            .strip_prefix(&named)
            .unwrap_or_else(|| panic!("{what}: {why}"));
        assert!(
            help.starts_with("rebuild it with this regent's contract"),
            "{help}"
        );
        told.push_str(&format!("{what} ({interface}): {why}\n"));
    }
    snapshot("changed", &told);
}

#[test]
fn a_function_that_this_regent_lacks_is_refused_by_name() {
    // Built for 1.1.0, and calls what 1.1.0 added.
    let traces = text("1.0.0", "promoter-plugin.wat")
        .replace("@1.0.0", "@1.1.0")
        .replace(
            r#"(export "log" (func (param "level" $level) (param "message" string)))))"#,
            r#"(export "log" (func (param "level" $level) (param "message" string)))
    (export "trace" (func (param "message" string)))))"#,
        );
    let (why, help) = refused(&wat::parse_str(traces).expect("component text"));
    assert!(why.contains("`regent:plugin/log@1.1.0`"), "{why}");
    assert!(why.contains("`trace`"), "{why}");
    assert!(
        help.starts_with("rebuild it with this regent's contract"),
        "{help}"
    );
    // An interface that is all new.
    let text =
        r#"(component (import "regent:plugin/clock@1.1.0" (instance (export "now" (func)))))"#;
    let (why, _) = refused(&wat::parse_str(text).expect("component text"));
    assert!(why.contains("regent:plugin/clock@1.1.0"), "{why}");
}

#[test]
fn another_major_version_is_refused_and_another_minor_is_not() {
    for (version, name) in [("2.0.0", "types@2.0.0"), ("0.1.0", "types@0.1.0")] {
        let text = text("1.0.0", "plugin.wat").replace("@1.0.0", &format!("@{version}"));
        let (why, help) = refused(&wat::parse_str(text).expect("component text"));
        let told = format!(
            "it was built for regent:plugin/{name}, and this regent speaks version 1 of the contract"
        );
        assert_eq!(why, told);
        assert!(
            help.starts_with("rebuild it with this regent's contract"),
            "{help}"
        );
    }
    for version in ["1.0.7", "1.1.0", "1.44.3"] {
        let components = Components::new();
        let bytes = Probe::of("sound").version(version).bytes();
        let plugin = components.plugin("later", &bytes, "");
        let loaded = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {});
        assert_eq!(loaded.expect("loads").plugins()[0].contract(), version);
    }
}

/// A later world may offer more than this regent asks for.
#[test]
fn an_interface_that_this_regent_does_not_know_is_not_asked() {
    let export = "(export \"regent:plugin/about@1.0.0\" (instance $about))";
    let advisor = "(export \"regent:plugin/advisor@1.1.0\" (instance $about))";
    let more = with(export, &format!("{export} {advisor}"));
    let components = Components::new();
    let plugin = components.plugin("more", &more, "");
    let loaded = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {});
    let loaded = loaded.expect("loads");
    assert!(loaded.plugins()[0].validates && loaded.plugins()[0].decides);
    // One that offers nothing else has nothing to be asked.
    let only = text("1.0.0", "plugin.wat")
        .replace(
            "/validator@1.0.0\" (instance $validator)",
            "/advisor@1.1.0\" (instance $validator)",
        )
        .replace(
            "\n  (export \"regent:plugin/promoter@1.0.0\" (instance $promoter))",
            "",
        );
    let (why, _) = refused(&wat::parse_str(only).expect("component text"));
    assert_eq!(
        why,
        "it exports neither regent:plugin/validator nor regent:plugin/promoter"
    );
}
