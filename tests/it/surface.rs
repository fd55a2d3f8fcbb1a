//! The command line: help, formats, schemas, exit statuses, and what it says to wrong input.

use jsonschema::validator_for;

use crate::snapshot;
use crate::support::{PLAN, Site};

/// Every command and subcommand with a page of help.
const HELP: [&str; 56] = [
    "",
    "quickstart",
    "init",
    "status",
    "doctor",
    "check",
    "explain",
    "candidates",
    "plan",
    "approve",
    "promote",
    "replay",
    "resume",
    "abort",
    "journal",
    "audit",
    "audit list",
    "audit verify",
    "update",
    "enable",
    "disable",
    "secret",
    "secret generate",
    "secret backup",
    "secret restore",
    "secret inspect",
    "secret verify",
    "server",
    "server add",
    "server list",
    "server remove",
    "test",
    "policy",
    "policy show",
    "policy diff",
    "policy publish",
    "plugin",
    "plugin new",
    "plugin build",
    "plugin test",
    "plugin bench",
    "plugin inspect",
    "plugin check-settings",
    "plugin contract",
    "plugin list",
    "plugin lock",
    "plugin sign",
    "plugin verify",
    "plugin save",
    "plugin load",
    "export",
    "dump",
    "schema",
    "completions",
    "man",
    "help",
];

#[test]
fn every_command_has_help_that_teaches() {
    let site = Site::empty();
    let mut text = String::new();
    for command in HELP {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let words = if command == "help" {
            vec!["help"]
        } else {
            words
        };
        let run = site.run(&words).exits(0);
        assert!(run.err.is_empty());
        // What holds everywhere is shown once.
        let whole = command.is_empty().then_some(run.out.as_str());
        let own = whole
            .or(run.out.split("Everywhere:").next())
            .unwrap_or_default();
        if command != "help" {
            text.push_str(&format!("$ regent {}\n{}\n", words.join(" "), own));
        }
    }
    // What a command's comment says beyond its first line is shown as well.
    for said in [
        "Run it on the server to be promoted",
        "What is broken does not keep it from the rest",
        "SSO must be disabled while",
    ] {
        assert!(text.contains(said), "{said}");
    }
    snapshot!("surface", "help", text);
}

#[track_caller]
fn fits(site: &Site, schema: &str, arguments: &[&str], exit: i32) -> serde_json::Value {
    let words = [&["--format", "json"], arguments].concat();
    let run = site.run(&words).exits(exit);
    let json = run.json();
    let schema: serde_json::Value = site.run(&["schema", schema]).exits(0).json();
    let validator = validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{json:#}");
    json
}

#[test]
fn every_command_speaks_json_that_fits_its_schema() {
    let site = Site::empty();
    site.write("password", crate::support::PASSWORD);
    site.write("update.xml", &crate::support::update_file("SSO02"));
    let with = ["--password-file", "password"];
    fits(&site, "init", &["init", "--server", "SSO01"], 0);
    fits(
        &site,
        "server",
        &["server", "add", "SSO02", "--role", "processing"],
        0,
    );
    fits(&site, "server", &["server", "list"], 0);
    fits(&site, "enable", &["enable"], 0);
    fits(&site, "enable", &["disable"], 0);
    fits(
        &site,
        "secret",
        &[&["secret", "generate", "secret.bak"], &with[..]].concat(),
        0,
    );
    fits(
        &site,
        "secret",
        &[&["secret", "backup", "second.bak"], &with[..]].concat(),
        0,
    );
    fits(&site, "secret", &["secret", "inspect", "secret.bak"], 0);
    fits(
        &site,
        "secret",
        &[&["secret", "verify", "secret.bak"], &with[..]].concat(),
        0,
    );
    fits(
        &site,
        "secret",
        &[&["secret", "restore", "secret.bak"], &with[..]].concat(),
        0,
    );
    fits(&site, "check", &["check", "update.xml"], 0);
    fits(&site, "explain", &["explain", "unknown-element"], 0);
    fits(&site, "explain", &["explain"], 0);
    fits(&site, "export", &["export"], 0);
    fits(&site, "dump", &["dump"], 0);
    fits(&site, "displaydb", &["ssomanage", "-displaydb"], 0);
}

#[test]
fn promotion_speaks_json_that_fits_its_schema() {
    needs!(SshKeygen);
    let site = Site::ready();
    fits(
        &site,
        "plan",
        &["plan", "update.xml", "--restore-file", "secret.bak"],
        0,
    );
    let json = fits(&site, "plan", &PLAN, 0);
    assert_eq!(json["file"], "plan.json");
    let key = crate::approvals::make_key(&site, "anna.key", "");
    crate::approvals::list(&site, "anna", &key);
    let approve = ["approve", "plan.json", "--key", "anna.key", "--yes"];
    let json = fits(&site, "approve", &approve, 0);
    assert_eq!(json["approvals"][0]["counts"], true);
    let dry_run = [
        "promote",
        "--plan",
        "plan.json",
        "--password-file",
        "password",
        "--dry-run",
    ];
    let json = fits(&site, "plan", &dry_run, 0);
    assert_eq!(
        (json["proven"].as_bool(), json["dry-run"].as_bool()),
        (Some(true), Some(true))
    );
    fits(&site, "candidates", &["candidates"], 0);
    let promote: Vec<&str> = Site::promotion().to_vec();
    let json = fits(&site, "promotion", &promote, 0);
    assert_eq!(json["outcome"], "promoted");
    let evidence = ["check", "update.xml", "--evidence", "evidence.tar"];
    fits(&site, "check", &evidence, 0);
    fits(&site, "replay", &["replay", "evidence.tar"], 0);
    fits(&site, "journal", &["journal"], 0);
    fits(&site, "audit", &["audit"], 0);
    fits(&site, "audit-verify", &["audit", "verify"], 0);
    let doctor = ["doctor", "--backup", "secret.bak"];
    let json = fits(&site, "doctor", &doctor, 0);
    let codes = json["findings"].as_array().expect("findings").iter();
    let mut codes = codes.map(|finding| &finding["code"]);
    assert!(codes.any(|code| code == "doctor/backup-unproven"));
    fits(&site, "status", &["status"], 0);
    let json = fits(&site, "promotion", &promote, 0);
    assert_eq!(json["outcome"], "already");
    fits(
        &site,
        "error",
        &["--server", "SSO01", "promote", "update.xml"],
        2,
    );
    let new = ["plugin", "new", "my-rule", "--lang", "rust"];
    let json = fits(&site, "plugin-new", &new, 0);
    assert_eq!(json["kind"], "validator");
    fits(&site, "plugin-list", &["plugin", "list"], 0);
    let component = crate::policy::probe::Probe::of("sound").bytes();
    regent::source::replace(&site.path("rule.wasm"), &component).expect("a component");
    let sign = ["plugin", "sign", "rule.wasm", "--key", "anna.key"];
    let json = fits(&site, "plugin-sign", &sign, 0);
    assert_eq!(json["signatures"], 1);
    let verify = ["plugin", "verify", "rule.wasm", "--key", "anna.key.pub"];
    let json = fits(&site, "plugin-verify", &verify, 0);
    assert_eq!(json["trusted"], true);
    let inspect = ["plugin", "inspect", "rule.wasm"];
    let json = fits(&site, "plugin-inspect", &inspect, 0);
    assert_eq!(json["signatures"][0]["counts"], false);
    site.configure("[[plugin]]\nname = \"rule\"\ncomponent = \"rule.wasm\"");
    fits(&site, "plugin-lock", &["plugin", "lock"], 0);
    let save = ["plugin", "save", "plugins.tar"];
    fits(&site, "plugin-save", &save, 0);
    let load = ["plugin", "load", "plugins.tar"];
    let json = fits(&site, "plugin-load", &load, 0);
    assert_eq!(json["files"][0]["change"], "unchanged");
    let json = fits(&site, "plugin-contract", &["plugin", "contract"], 0);
    let contract = site.run(&["plugin", "contract"]).exits(0).out;
    assert_eq!(contract, include_str!("../../wit/plugin.wit"));
    assert_eq!(json["wit"], contract);
    let package = format!(
        "package regent:plugin@{};",
        json["version"].as_str().expect("it")
    );
    assert!(contract.contains(&package), "{package}");
    site.write(
        "t.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    let json = fits(&site, "update-result", &["update", "t.xml", "--yes"], 0);
    assert_eq!(json["applied"], true);
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let site = Site::ready();
    let json = fits(&site, "check", &["check", "missing.xml", "update.xml"], 6);
    assert_eq!(json["files"][0]["name"], "update.xml");
    let skipped = json["skipped"][0].as_str().expect("what was not checked");
    assert!(skipped.contains("missing.xml"), "{skipped}");
    let human = site.run(&["check", "missing.xml", "update.xml"]).exits(6);
    assert!(
        human.out.contains("update.xml: ok") && human.err.contains("missing.xml"),
        "{}",
        human.transcript()
    );
}

#[test]
fn wrong_input_is_answered_with_what_to_do() {
    let site = Site::empty();
    let mut text = String::new();
    site.write("empty.xml", " \n");
    site.write("bad.toml", "databse = \"sqlite:x\"\n");
    site.write("not-a-db", "hello");
    std::fs::create_dir(site.path("folder")).expect("a folder");
    for (words, exit) in [
        (&["status"][..], 6),
        (&["frobnicate"], 2),
        (&["chek", "x"], 2),
        (&["check"], 2),
        (&["check", "missing.xml"], 6),
        (&["check", "folder"], 6),
        (&["check", "empty.xml"], 6),
        (&["check", "--format", "yaml", "x"], 2),
        (&["status", "--format", "sarif"], 2),
        (&["status", "--config", "bad.toml"], 6),
        (&["status", "--config", "missing.toml"], 6),
        (&["status", "--database", "sqlite:missing.db"], 6),
        (&["status", "--database", "sqlite:not-a-db"], 6),
        (&["status", "--database", "postgres://host/db"], 6),
        (&["explain", "unknown-elment"], 2),
        (&["secret", "inspect", "not-a-db"], 6),
        (&["plugin", "inspect", "not-a-db"], 6),
        (&["init", "--server", "10.0.0.1"], 2),
    ] {
        let run = site.run(words).exits(exit);
        text.push_str(&format!(
            "$ regent {}\n{}\n",
            words.join(" "),
            run.transcript()
        ));
    }
    snapshot!("surface", "wrong-input", text);
}

#[test]
fn check_explains_the_vendors_own_broken_sample() {
    let site = Site::ready();
    site.write(
        "audit.xml",
        include_str!("../fixtures/samples/biztalk-how-to-audit-sso-1.xml"),
    );
    snapshot!(
        "surface",
        "check-sample",
        site.run(&["check", "audit.xml"]).exits(1).transcript()
    );
    for format in ["sarif", "junit", "github"] {
        let run = site
            .run(&["check", "audit.xml", "--format", format])
            .exits(1);
        snapshot!("surface", format!("check-sample-{format}"), run.out);
    }
    let run = site
        .run(&["--server", "SSO01", "check", "audit.xml", "--fix"])
        .exits(0);
    snapshot!("surface", "check-sample-fixed", run.transcript());
    let fixed = std::fs::read_to_string(site.path("audit.xml")).expect("the file");
    assert!(fixed.contains("<globalInfo>"), "{fixed}");
}

#[test]
fn colour_is_used_only_where_it_is_wanted() {
    let site = Site::ready();
    site.write(
        "bad.xml",
        "<sso><globalInfo><secretServer>localhost</secretServer></globalInfo></sso>",
    );
    let plain = site.run(&["check", "bad.xml"]).exits(1).out;
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let colour = site
        .run(&["check", "bad.xml", "--color", "always"])
        .exits(1)
        .out;
    assert!(colour.contains('\u{1b}'), "{colour}");
    let environment = [("NO_COLOR", "1")];
    let plain = site
        .run_with(&environment, &["check", "bad.xml"])
        .exits(1)
        .out;
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn completions_and_the_man_page_are_made() {
    let site = Site::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            site.run(&["completions", shell])
                .exits(0)
                .out
                .contains("restore-file"),
            "{shell}"
        );
    }
    assert!(site.run(&["man"]).exits(0).out.contains(".TH regent"));
    assert!(
        site.run(&["man", "secret", "backup"])
            .exits(0)
            .out
            .contains("password\\-file")
    );
    let unknown = site.run(&["man", "nothing"]).exits(2).err;
    assert!(unknown.contains("regent --help"), "{unknown}");
}

#[test]
fn the_global_info_is_exported_checked_and_updated_to_itself() {
    let site = Site::ready();
    site.run(&["--server", "SSO01", "export", "--out", "export.xml"])
        .exits(0);
    site.run(&["--server", "SSO01", "export", "--out", "export.xml"])
        .exits(6);
    snapshot!(
        "surface",
        "export",
        std::fs::read_to_string(site.path("export.xml")).expect("xml")
    );
    site.run(&["--server", "SSO01", "check", "export.xml"])
        .exits(0);
    let before = site.dump();
    site.run(&["--server", "SSO01", "update", "export.xml", "--yes"])
        .exits(0);
    assert_eq!(site.dump(), before);
}

#[test]
fn accounts_are_changed_only_while_sso_is_disabled() {
    let site = Site::ready();
    site.write(
        "accounts.xml",
        "<sso><globalInfo><ssoAdminAccount>CONTOSO\\New Admins</ssoAdminAccount></globalInfo></sso>",
    );
    let update = ["--server", "SSO01", "update", "accounts.xml", "--yes"];
    site.run(&["enable"]).exits(0);
    let run = site.run(&update).exits(1);
    assert!(
        run.out.contains("update/admin-change-needs-disable"),
        "{}",
        run.transcript()
    );
    site.run(&["disable"]).exits(0);
    site.run(&update).exits(0);
}

#[test]
fn a_second_secret_is_refused() {
    let site = Site::ready();
    let mut words = vec![
        "--server",
        "SSO01",
        "secret",
        "generate",
        "x.bak",
        "--password-file",
        "password",
    ];
    let plain = site.run(&words).exits(7);
    insta::assert_snapshot!(plain.err, @r"
    error: this system has a master secret already (5dd94917-9d13-5f64-5df3-8dbb2c806b19)
     help: to bring it back on a new machine, restore it from a backup; replacing it (--rotate) is not
           part of this version
    ");
    words.push("--rotate");
    let rotate = site.run(&words).exits(7);
    insta::assert_snapshot!(rotate.err, @r"
    error: this system has a master secret already (5dd94917-9d13-5f64-5df3-8dbb2c806b19)
     help: replacing a master secret means encrypting every credential again, which this version of
           regent does not do yet; keep the present one and its backups
    ");
}
