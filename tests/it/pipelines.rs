//! What pipelines read of a check: a report that says by itself what was not checked, by what a
//! result is known again, and commands that act on what was checked.

use serde_json::Value;

use crate::readme::type_in;
use crate::support::{Run, Site, update_file};
use crate::typed::{PROD, Sites};

fn batch() -> Site {
    let site = Site::empty();
    site.write("good.xml", &update_file("SSO02"));
    site
}

fn checked(site: &Site, format: &str, files: &[&str]) -> Run {
    let words = [&["check", "--format", format], files].concat();
    site.run(&words)
}

fn sarif(run: &Run) -> Value {
    run.json()["runs"][0].clone()
}

#[test]
fn what_cannot_be_read_is_in_the_report_of_every_pipeline() {
    let site = batch();
    let files = ["gone here.xml", "good.xml"];

    let run = sarif(&checked(&site, "sarif", &files).exits(6));
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let said = invocation["toolExecutionNotifications"]
        .as_array()
        .expect("notifications");
    assert_eq!(said.len(), 1, "{invocation:#}");
    assert_eq!(said[0]["level"], "error");
    assert_eq!(said[0]["descriptor"]["id"], "text-unreadable");
    let place = "/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(
        said[0].pointer(place),
        Some(&Value::from("gone%20here.xml"))
    );
    let text = said[0]["message"]["text"].as_str().expect("a message");
    assert!(
        text.starts_with("cannot read gone here.xml\ncause: ")
            && text.ends_with("help: check the path; it is taken from the folder you are in"),
        "{text}"
    );
    assert_eq!(run["results"], Value::Array(Vec::new()));

    let run = checked(&site, "junit", &files).exits(6);
    for part in [
        "tests=\"2\" skipped=\"0\" failures=\"0\" errors=\"1\"",
        "<testcase name=\"text-unreadable\" classname=\"gone here.xml\">",
        "<error message=\"cannot read gone here.xml\" type=\"error\">",
    ] {
        assert!(run.out.contains(part), "{part}\n{}", run.out);
    }

    let run = checked(&site, "github", &files).exits(6);
    let line =
        "::error file=gone here.xml,title=text-unreadable::cannot read gone here.xml%0Acause: ";
    assert!(run.out.starts_with(line), "{}", run.out);

    let run = checked(&site, "json", &files).exits(6).json();
    assert_eq!(run["unread"][0]["name"], "gone here.xml");
    assert_eq!(run["unread"][0]["error"]["code"], "text-unreadable");
    assert_eq!(run["files"][0]["name"], "good.xml");
}

#[test]
fn what_keeps_every_file_from_being_checked_is_in_the_report_of_every_pipeline() {
    let site = batch();
    site.write("other.xml", &update_file("SSO03"));
    site.write("regent.toml", "databse = \"sqlite:x\"\n");
    let files = ["good.xml", "other.xml"];
    let run = checked(&site, "sarif", &files).exits(6);
    assert!(run.err.contains("unknown field `databse`"), "{}", run.err);
    let invocation = &sarif(&run)["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let said = invocation["toolExecutionNotifications"]
        .as_array()
        .expect("notifications");
    let ids = said.iter().map(|one| &one["descriptor"]["id"]);
    let code = checked(&site, "json", &files).exits(6).json()["code"].clone();
    assert_eq!(ids.collect::<Vec<_>>(), [&code, &code]);
    for format in ["junit", "github"] {
        let run = checked(&site, format, &files).exits(6);
        for file in files {
            assert!(run.out.contains(file), "{format}: {}", run.out);
        }
    }
    // Evidence that cannot be written keeps them from it too.
    site.write("regent.toml", "");
    site.write("taken.tar", "somebody's");
    let words = [
        "check",
        "good.xml",
        "--format",
        "sarif",
        "--evidence",
        "taken.tar",
    ];
    let run = sarif(&site.run(&words).exits(6));
    let said = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(said["descriptor"]["id"], "file-exists");
}

#[test]
fn where_nothing_can_be_read_the_report_is_written_all_the_same() {
    let site = batch();
    let run = checked(&site, "sarif", &["a.xml", "b.xml"]).exits(6);
    assert!(run.err.contains("cannot read a.xml"), "{}", run.err);
    let run = sarif(&run);
    let said = run["invocations"][0]["toolExecutionNotifications"].as_array();
    assert_eq!(said.map(Vec::len), Some(2), "{run:#}");
    // And where everything can, nothing went wrong.
    let run = sarif(&checked(&site, "sarif", &["good.xml"]).exits(0));
    assert!(
        run["invocations"][0]["executionSuccessful"] != false,
        "{run:#}"
    );
}

#[test]
fn a_tool_and_its_rules_say_which_they_are_and_where_they_are_told_of() {
    let site = batch();
    site.write("bad.xml", &update_file("10.2.1.10"));
    let run = sarif(&checked(&site, "sarif", &["bad.xml"]).exits(1));
    let driver = &run["tool"]["driver"];
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(driver["semanticVersion"], version);
    assert_eq!(driver["informationUri"], format!("urn:regent:{version}"));
    let rule = &driver["rules"][0];
    assert_eq!(
        rule["helpUri"],
        "urn:regent:explain:update/secret-server-is-ip"
    );
    let page = rule["helpUri"]
        .as_str()
        .and_then(|uri| uri.split(':').next_back());
    site.run(&["explain", page.expect("a code")]).exits(0);
}

/// The fingerprint of each result, with its rule.
fn fingerprints(run: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let results = run["results"].as_array().expect("results");
    let of = |result: &Value| {
        let marks = &result["partialFingerprints"]["primaryLocationLineHash"];
        (text(&result["ruleId"]), text(marks))
    };
    results.iter().map(of).collect()
}

#[test]
fn a_result_is_known_again_when_lines_move() {
    let site = batch();
    let text = "<sso>\n<globalInfo>\n<secretServer>10.2.1.10</secretServer>\n\
                <ticketTimeout>–5</ticketTimeout>\n<ticketTimeout>–5</ticketTimeout>\n\
                </globalInfo>\n</sso>\n";
    let of = |text: &str| {
        site.write("f.xml", text);
        fingerprints(&sarif(&checked(&site, "sarif", &["f.xml"]).exits(1)))
    };
    let before = of(text);
    let mut each: Vec<_> = before.iter().collect();
    each.sort();
    each.dedup();
    assert!(
        before.len() > 3 && each.len() == before.len(),
        "two results are told apart, also of lines that are alike: {before:?}"
    );
    let moved = text
        .replace("<globalInfo>", "<globalInfo>\n\n<!-- moved -->")
        .replace("<ticket", "    <ticket")
        .replace('\n', "\r\n");
    assert_eq!(of(&moved), before, "lines moved");
    let changed = of(&text.replace("10.2.1.10", "10.2.1.11"));
    assert!(
        changed != before && changed.len() == before.len(),
        "another line is another result: {changed:?}"
    );
}

#[test]
fn a_command_in_the_report_of_a_pipeline_acts_on_what_was_checked() {
    let line = format!("{PROD} server add SSO77");
    for format in ["human", "json", "sarif", "junit", "github"] {
        let sites = Sites::new();
        sites.site.write("test/f.xml", &update_file("SSO77"));
        let asked = format!("{PROD} check f.xml --format {format} || true");
        let run = sites.type_in_test(&asked);
        // A margin breaks lines for people, and XML spells an apostrophe.
        let said = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = said.replace("&apos;", "'");
        assert!(said.contains(&line), "{format}\n{}", run.transcript());
        let _added = sites.type_in_test(&line).exits(0);
        let servers = |folder| {
            let there = type_in(&sites.site, &format!("cd {folder}\nregent server list"));
            there.exits(0).out.contains("SSO77")
        };
        assert!(servers("'prod x'") && !servers("test"), "{format}");
    }
}

#[test]
fn a_rule_of_a_report_names_the_program_as_it_was_called() {
    let site = batch();
    site.write("bad.xml", &update_file("10.2.1.10"));
    std::fs::create_dir(site.path("my bin")).expect("a folder");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_regent"), site.path("my bin/regent"))
        .expect("a link");
    let line = "PATH=/nowhere './my bin/regent' check bad.xml --format sarif || true";
    let run = sarif(&type_in(&site, line));
    let help = &run["tool"]["driver"]["rules"][0]["help"]["text"];
    let said = "`'./my bin/regent' explain update/secret-server-is-ip`";
    assert!(
        help.as_str().is_some_and(|help| help.starts_with(said)),
        "{help}"
    );
}
