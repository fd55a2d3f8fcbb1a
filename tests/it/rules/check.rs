//! What validators find in update files, in every format of `regent check`.

use super::{NAMING, configure, fits, install, pretty, site, snapshot};
use crate::support::{Site, update_file};

/// A site whose naming convention SSO02 breaks.
fn strict(more: &str) -> Site {
    let site = Site::ready();
    install(&site, "server-naming", more, r"patterns = ['PRDMSS\d{2}']");
    site
}

#[test]
fn a_name_that_breaks_the_convention_is_found_at_its_place() {
    let site = strict("");
    let run = site.run(&["check", "update.xml"]).exits(1);
    snapshot("check-human", run.transcript());
    let json = site
        .run(&["check", "update.xml", "--format", "json"])
        .exits(1)
        .json();
    fits(&site, "check", &json);
    snapshot("check-json", pretty(&json["files"]));
    for format in ["sarif", "junit", "github"] {
        let run = site
            .run(&["check", "update.xml", "--format", format])
            .exits(1);
        snapshot(&format!("check-{format}"), run.out);
    }
}

#[test]
fn a_name_that_keeps_the_convention_passes() {
    let run = site().run(&["check", "update.xml"]).exits(0);
    insta::assert_snapshot!(run.out, @"+ update.xml: ok");
}

#[test]
fn a_file_is_checked_by_the_rules_without_the_database() {
    let site = strict("");
    let run = site.run(&["check", "update.xml", "--offline"]).exits(1);
    assert!(
        run.out.contains("policy/server-naming/pattern"),
        "{}",
        run.out
    );
    // And where no database is configured at all, as on a build server.
    let ci = Site::empty();
    ci.write("regent.toml", "");
    ci.write("update.xml", &update_file("SSO02"));
    install(&ci, "server-naming", "", r"patterns = ['PRDMSS\d{2}']");
    let run = ci.run(&["check", "update.xml"]).exits(1);
    assert!(
        run.out.contains("policy/server-naming/pattern"),
        "{}",
        run.out
    );
}

#[test]
fn on_trial_a_finding_only_warns() {
    let site = strict("enforcement = \"warn\"");
    let run = site.run(&["check", "update.xml"]).exits(0);
    snapshot("check-on-trial", run.transcript());
}

#[test]
fn several_rules_speak_of_one_name() {
    let site = strict("");
    site.write(
        "update.xml",
        &update_file("legacy-sso-server-1.contoso.com"),
    );
    let run = site.run(&["check", "update.xml", "--offline"]).exits(1);
    snapshot("check-several", run.transcript());
}

#[test]
fn a_refused_file_is_not_promoted() {
    let site = strict("");
    let run = super::refused(&site, &Site::promotion(), 1);
    snapshot("promote-refused-by-validator", run.transcript());
}

#[test]
fn one_component_may_be_configured_twice_with_different_settings() {
    let site = strict("");
    site.configure(&format!(
        "\n[[plugin]]\nname = \"server-naming-old\"\ncomponent = \"plugins/server-naming.wasm\"\n[plugin.settings]\n{NAMING}\n"
    ));
    let run = site.run(&["check", "update.xml"]).exits(1);
    assert_eq!(
        run.out.matches("policy/server-naming").count(),
        1,
        "{}",
        run.out
    );
    configure(&site, "server-naming", "", NAMING);
    let run = site.run(&["check", "update.xml"]).exits(6);
    insta::assert_snapshot!(run.err, @r"
    error: regent.toml configures the plugin server-naming twice
     help: give one of them another `name`
    ");
}

#[test]
fn a_plugins_rule_is_explained_by_the_plugin() {
    let run = strict("")
        .run(&["explain", "policy/server-naming/pattern"])
        .exits(2);
    insta::assert_snapshot!(run.err, @r"
    error: policy/server-naming/pattern is a rule of your organisation's plugin server-naming
     help: `regent plugin list` shows its component, `regent plugin inspect COMPONENT` its rules
    ");
}
