//! Rules of composition: groups, enforcement, suppressions, and that every report tells of them.

use std::fmt::Write as _;

use super::{
    AGE, NAMING, WINDOW, fits, install, pretty, probe, promoter, refused, site, snapshot,
    without_digest,
};
use crate::support::{PROMOTE_PLAN, Run, Site};

const CLEARANCE: &str =
    "[[group]]\nname = \"clearance\"\nplugins = [\"change-window\", \"backup-age\"]\n";
const PLAN: [&str; 6] = [
    "plan",
    "update.xml",
    "--restore-file",
    "secret.bak",
    "--password-file",
    "password",
];

/// A site in which `change-window` denies and `backup-age` approves, grouped.
fn grouped(require: &str) -> Site {
    let site = site();
    site.configure(&format!("{CLEARANCE}require = {require}"));
    site
}

/// A site whose naming convention SSO02 breaks, which is suppressed until the end of the year.
fn suppressed(more: &str) -> Site {
    let site = Site::ready();
    install(&site, "server-naming", more, r"patterns = ['PRDMSS\d{2}']");
    suppress(&site, "policy/server-naming/pattern", "2026-12-31");
    site
}

fn suppress(site: &Site, code: &str, until: &str) {
    site.configure(&format!(
        "[[suppress]]\ncode = \"{code}\"\nreason = \"CHG0012345: renamed next quarter\"\nuntil = {until}\n"
    ));
}

fn replace(site: &Site, from: &str, to: &str) {
    let text = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    assert!(text.contains(from), "{text}");
    site.write("regent.toml", &text.replace(from, to));
}

fn in_format(site: &Site, arguments: &[&str], format: &str) -> Run {
    site.run(&[arguments, &["--format", format]].concat())
}

#[test]
fn any_of_a_group_is_enough() {
    let site = grouped("\"any\"");
    snapshot("group-any", site.run(&PLAN).exits(0).out);
    let json = in_format(&site, &PLAN, "json").exits(0).json();
    fits(&site, "plan", &json);
    snapshot("group-any-verdict", pretty(&json["verdict"]));
    let candidates = [
        "candidates",
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let said = in_format(&site, &candidates, "json").exits(0).json();
    let promoters = &said["candidates"][0]["checks"][2];
    assert_eq!(promoters["verdict"], "remark", "{promoters:#}");
    let promoted = in_format(&site, &Site::promotion(), "json").exits(0).json();
    fits(&site, "promotion", &promoted);
    assert_eq!(promoted["verdict"], json["verdict"]);
}

#[test]
fn all_of_a_group_are_needed() {
    let site = grouped("\"all\"");
    let run = refused(&site, &Site::promotion(), 3);
    snapshot("group-all", run.transcript());
    let run = site
        .run(&["candidates", "--restore-file", "secret.bak"])
        .exits(3);
    snapshot("group-candidates", run.out);
}

#[test]
fn so_many_of_a_group_are_needed() {
    for (require, exit) in [("{ at-least = 1 }", 0), ("{ at-least = 2 }", 3)] {
        let run = grouped(require).run(&PLAN).exits(exit);
        let said = "1 approves, and it takes at least ";
        assert!(run.out.contains(said), "{}", run.out);
    }
}

#[test]
fn a_denial_outside_the_group_stands() {
    let site = grouped("\"any\"");
    probe(&site, "outside", &promoter("denies"), "");
    let run = refused(&site, &Site::promotion(), 3);
    assert!(
        run.out.contains("denied by outside; nothing"),
        "{}",
        run.out
    );
}

#[test]
fn a_plugin_that_traps_is_no_approval_of_a_group() {
    let site = Site::ready();
    probe(&site, "traps", &promoter("trap"), "");
    site.configure("[[group]]\nname = \"alone\"\nplugins = [\"traps\"]\nrequire = \"any\"");
    let run = refused(&site, &Site::promotion(), 3);
    assert!(run.out.contains("denied by group alone"), "{}", run.out);
}

#[test]
fn a_group_counts_on_no_plugin_that_decides_nothing() {
    let site = site();
    site.configure("[[group]]\nname = \"names\"\nplugins = [\"server-naming\", \"backup-age\"]\nrequire = \"any\"");
    snapshot("group-without-vote", site.run(&PLAN).exits(6).transcript());
}

#[test]
fn what_is_relaxed_is_told_in_every_report() {
    let site = Site::ready();
    install(
        &site,
        "server-naming",
        "enforcement = \"off\"",
        r"patterns = ['PRDMSS\d{2}']",
    );
    install(&site, "change-window", "enforcement = \"off\"", WINDOW);
    install(&site, "backup-age", "enforcement = \"warn\"", AGE);
    let mut told = String::new();
    for arguments in [
        &["check", "update.xml"][..],
        &PLAN,
        &["candidates"],
        &["update", "update.xml", "--dry-run", "--server", "SSO01"],
        &["plugin", "list"],
    ] {
        let run = site.run(arguments).exits(0);
        let _ = writeln!(told, "$ regent {}\n{}", arguments.join(" "), run.out);
    }
    for format in ["json", "sarif", "junit", "github"] {
        let run = in_format(&site, &["check", "update.xml"], format).exits(0);
        let _ = writeln!(told, "--- {format}\n{}", run.out);
    }
    for name in ["server-naming", "change-window", "backup-age"] {
        told = without_digest(&site, &told, name);
    }
    snapshot("relaxed", told);
    for (arguments, schema) in [
        (&["check", "update.xml"][..], "check"),
        (&PLAN, "plan"),
        (&["candidates"], "candidates"),
        (&["update", "update.xml", "--dry-run"], "update-result"),
        (&Site::promotion(), "promotion"),
    ] {
        let json = in_format(&site, arguments, "json").exits(0).json();
        fits(&site, schema, &json);
        let plugins = &json["relaxations"]["plugins"];
        let naming = serde_json::json!({ "plugin": "server-naming", "enforcement": "off" });
        assert!(
            plugins.as_array().is_some_and(|all| all.contains(&naming)),
            "{json}"
        );
    }
}

#[test]
fn a_suppressed_finding_refuses_nothing_and_is_told() {
    let site = suppressed("");
    suppress(&site, "update/surrounding-whitespace", "2026-03-03");
    suppress(&site, "policy/server-naming/reserved", "2026-06-30");
    let check = ["check", "update.xml"];
    snapshot("suppressed-human", site.run(&check).exits(0).out);
    for format in ["json", "sarif", "junit", "github"] {
        let run = in_format(&site, &check, format).exits(0);
        snapshot(&format!("suppressed-{format}"), run.out);
    }
    fits(&site, "check", &in_format(&site, &check, "json").json());
    let list = site.run(&["plugin", "list"]).exits(0).out;
    snapshot(
        "suppressed-list",
        without_digest(&site, &list, "server-naming"),
    );
    snapshot("suppressed-plan", site.run(&PLAN).exits(0).out);
    let json = in_format(&site, &Site::promotion(), "json").exits(0).json();
    fits(&site, "promotion", &json);
    assert_eq!(json["relaxations"]["suppressions"][0]["findings"], 1);
}

#[test]
fn a_suppression_holds_on_its_last_day_and_not_after() {
    let site = suppressed("");
    let check = ["check", "update.xml"];
    site.at("2026-12-31T23:59:59Z");
    let _passes = site.run(&check).exits(0);
    site.at("2027-01-01T00:00:00Z");
    snapshot("suppression-expired", site.run(&check).exits(1).out);
    let run = refused(&site, &Site::promotion(), 1);
    assert!(run.out.contains("suppressions: 1 expired"), "{}", run.out);
}

#[test]
fn what_a_plan_lets_be_passed_over_is_told_to_who_approves_and_who_goes_on() {
    let site = suppressed("");
    let written = [&PLAN[..], &["--out", "plan.json"]].concat();
    let _planned = site.run(&written).exits(0);
    let approve = ["approve", "plan.json"];
    let holds = "policy/server-naming/pattern is suppressed until 2026-12-31";
    let told = site.run(&approve).exits(0).out;
    assert!(told.contains(holds), "{told}");
    let killed = site.run_with(
        &[("REGENT_TEST_FAULT", "journal/verify/started/after=kill")],
        &Site::promotion(),
    );
    assert_eq!(killed.exit, None, "{}", killed.transcript());
    let resumed = site.run(&["resume"]).exits(0).out;
    let lets = "its plan lets policy/server-naming/pattern be passed over until 2026-12-31";
    assert!(resumed.contains(lets), "{resumed}");
    site.at("2027-01-01T00:00:00Z");
    let told = site.run(&approve).exits(0).out;
    assert!(!told.contains(holds), "{told}");
    assert!(told.contains("2026-12-31 was the last day"), "{told}");
}

#[test]
fn a_veto_is_not_suppressed() {
    let site = site();
    suppress(&site, "policy/change-window/outside-window", "2026-12-31");
    let run = refused(&site, &Site::promotion(), 3);
    assert!(run.out.contains("suppressions: 1 unused"), "{}", run.out);
}

#[test]
fn a_plan_is_bound_to_the_rules_of_composition() {
    let site = grouped("\"any\"");
    suppress(&site, "policy/server-naming/pattern", "2026-12-31");
    let _planned = site
        .run(&[&PLAN[..], &["--out", "plan.json"]].concat())
        .exits(0);
    let approve = ["approve", "plan.json"];
    let json = in_format(&site, &approve, "json").exits(0).json();
    let digest = json["digest"].as_str().expect("a digest");
    let told = site.run(&approve).exits(0).out.replace(digest, "[digest]");
    snapshot("composition-approve", told);
    replace(&site, "require = \"any\"", "require = { at-least = 1 }");
    replace(&site, "until = 2026-12-31", "until = 2027-12-31");
    replace(
        &site,
        "name = \"server-naming\"\n",
        "name = \"server-naming\"\nenforcement = \"off\"\n",
    );
    suppress(&site, "update/surrounding-whitespace", "2026-12-31");
    snapshot(
        "composition-stale",
        refused(&site, &PROMOTE_PLAN, 7).transcript(),
    );
    replace(&site, "name = \"clearance\"", "name = \"another\"");
    let run = refused(&site, &PROMOTE_PLAN, 7);
    assert!(
        run.err.contains("groups.clearance: require any → none"),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("groups.another: none → require"),
        "{}",
        run.err
    );
}

/// Settings of which no policy could be made, each refused when they are read.
#[test]
fn what_could_never_hold_is_refused_when_it_is_read() {
    let group = |plugins: &str, require: &str| {
        format!("[[group]]\nname = \"g\"\nplugins = {plugins}\nrequire = {require}\n")
    };
    let suppress = |code: &str, more: &str| format!("[[suppress]]\ncode = \"{code}\"\n{more}\n");
    let until = "reason = \"why\"\nuntil = 2026-12-31";
    let both = r#"["backup-age", "server-naming"]"#;
    let cases = [
        group(r#"["backup-agee"]"#, "\"any\""),
        group("[]", "\"any\""),
        group(r#"["backup-age", "backup-age"]"#, "\"any\""),
        group(both, "\"some\""),
        group(both, "{ at-least = 0 }"),
        group(both, "{ at-least = 3 }"),
        group(r#"["on-trial"]"#, "\"all\""),
        group(
            r#"["on-trial", "switched-off", "backup-age"]"#,
            "{ at-least = 2 }",
        ),
        group(both, "\"any\"") + &group(both, "\"any\""),
        group(both, "\"any\"") + &group(both, "\"any\"").replace("\"g\"", "\"h\""),
        group(both, "\"any\"").replace("\"g\"", "\"The Group\""),
        "[[group]]\nname = \"g\"\nplugins = [\"backup-age\"]\n".to_owned(),
        suppress("policy/server-naming/pattern", "until = 2026-12-31"),
        suppress("policy/server-naming/pattern", "reason = \"why\""),
        suppress(
            "policy/server-naming/pattern",
            "reason = \" \"\nuntil = 2026-12-31",
        ),
        suppress(
            "policy/server-naming/pattern",
            "reason = \"why\"\nuntil = 2026-12-31T10:00:00Z",
        ),
        suppress(
            "policy/server-naming/pattern",
            "reason = \"why\"\nuntil = \"2026-12-31\"",
        ),
        suppress("policy/server-namin/pattern", until),
        suppress("server-naming/pattern", until),
        suppress("policy/server-naming/broken", until),
        suppress("update/unknown-element", until),
        suppress("update/surrounding-whitespac", until),
        suppress("pattern", until),
        suppress("update/element-case", until) + &suppress("update/element-case", until),
    ];
    let site = Site::empty();
    let plugin = |name: &str, more: &str| {
        format!("[[plugin]]\nname = \"{name}\"\ncomponent = \"{name}.wasm\"\n{more}\n")
    };
    let plugins = plugin("backup-age", "")
        + &plugin("server-naming", "")
        + &plugin("on-trial", "enforcement = \"warn\"")
        + &plugin("switched-off", "enforcement = \"off\"");
    let mut told = String::new();
    for case in cases {
        site.write("regent.toml", &format!("{plugins}\n{case}"));
        let run = site.run(&["plugin", "list"]).exits(6);
        let _ = writeln!(told, "{case}{}", run.err);
    }
    snapshot("composition-refused", told);
}

#[test]
fn a_plugin_that_is_off_is_still_loaded() {
    let site = Site::ready();
    install(&site, "server-naming", "enforcement = \"off\"", NAMING);
    site.write("plugins/server-naming.wasm", "no component");
    let run = site.run(&["check", "update.xml"]).exits(6);
    assert!(run.err.contains("plugin server-naming"), "{}", run.err);
}
