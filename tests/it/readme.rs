//! What the README says is true: its tour is typed as it is printed, and its output compared.

use std::path::Path;
use std::process::Command;

use regent::exit::Status;

use crate::support::{Run, Site, run};

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
        .expect("README.md")
}

/// The fenced blocks of a section, each with its language.
fn blocks(section: &str) -> Vec<(String, String)> {
    let readme = readme();
    let (_, rest) = readme
        .split_once(&format!("\n## {section}\n"))
        .expect("the section");
    let section = rest.split("\n## ").next().expect("a first part");
    let mut blocks = Vec::new();
    let mut parts = section.split("```");
    while let (Some(_prose), Some(block)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a block of lines");
        blocks.push((language.to_owned(), text.to_owned()));
    }
    blocks
}

pub(crate) fn type_in(site: &Site, script: &str) -> Run {
    let regent = Path::new(env!("CARGO_BIN_EXE_regent"));
    let mut command: Command =
        site.command_named(Path::new("sh"), &["-euc", &format!("umask 077\n{script}")]);
    let path = command
        .get_envs()
        .find(|(name, _)| *name == "PATH")
        .and_then(|(_, path)| path);
    let mut folders = regent.parent().expect("a folder").as_os_str().to_owned();
    folders.push(":");
    folders.push(path.expect("a path"));
    command
        .env("PATH", folders)
        .env("TERM", "xterm")
        .env("LANG", "C.UTF-8");
    run(&mut command)
}

#[test]
fn the_tour_works_as_it_is_printed() {
    let site = Site::empty();
    let blocks = blocks("The five-minute tour");
    let scripts: Vec<&str> = blocks
        .iter()
        .filter(|(language, _)| language == "sh")
        .map(|(_, text)| &**text)
        .collect();
    assert_eq!(scripts.len(), 4);
    let _made = type_in(&site, scripts[0]).exits(0);
    let checked = type_in(&site, scripts[1]).exits(1);
    let shown = blocks
        .iter()
        .find(|(language, _)| language == "text")
        .expect("its output");
    assert_eq!(checked.out, shown.1, "the README shows what `check` says");
    // Until the name is mended by hand, --fix still ends with a finding.
    let (fix, rest) = scripts[2].split_once('\n').expect("two lines");
    let _fixed = type_in(&site, fix).exits(1);
    let promoted = type_in(&site, rest).exits(0);
    assert!(
        promoted.out.contains("SSO02 is the master secret server"),
        "{}",
        promoted.transcript()
    );
    let vendor = type_in(&site, scripts[3]).exits(0);
    assert!(
        vendor.out.contains("Single Sign-On Secret Server name"),
        "{}",
        vendor.transcript()
    );
    let _explained = type_in(&site, "regent explain secret-server-unknown-host").exits(0);
}

#[test]
fn a_plan_is_approved_and_run_as_shown() {
    needs!(SshKeygen);
    let site = Site::ready();
    std::fs::rename(site.path("secret.bak"), site.path("first.bak")).expect("a rename");
    let (language, script) = blocks("A second pair of eyes")
        .into_iter()
        .next()
        .expect("a block");
    assert_eq!(language, "sh");
    let run = type_in(&site, &script).exits(0);
    for word in ["approved by anna", "SSO02 is the master secret server"] {
        assert!(run.out.contains(word), "{}", run.transcript());
    }
}

#[test]
fn what_was_signed_elsewhere_is_taken_in_as_shown() {
    needs!(SshKeygen);
    let site = Site::ready();
    std::fs::rename(site.path("secret.bak"), site.path("first.bak")).expect("a rename");
    let blocks = blocks("A second pair of eyes");
    let of_plan = |line: &&str| !line.contains("approve ") && !line.contains("promote");
    let script: Vec<_> = blocks[0].1.lines().filter(of_plan).collect();
    let _planned = type_in(&site, &script.join("\n")).exits(0);
    let run = type_in(&site, &blocks[1].1).exits(0);
    assert!(run.out.contains("approved by anna"), "{}", run.transcript());
}

#[test]
fn a_component_is_signed_and_trusted_as_shown() {
    needs!(SshKeygen);
    let site = Site::empty();
    let component = crate::policy::probe::Probe::of("sound").bytes();
    regent::source::replace(&site.path("my-rule.wasm"), &component).expect("a component");
    let blocks = blocks("Rules of your own");
    let block = |word: &str| {
        let found = blocks.iter().find(|(_, text)| text.contains(word));
        found.expect(word).1.clone()
    };
    let run = type_in(&site, &block("regent plugin sign")).exits(0);
    assert!(
        run.out.contains("trusted: 1 signed"),
        "{}",
        run.transcript()
    );
    crate::approvals::make_key(&site, "security", "");
    let mut settings = block("[trust]");
    for name in ["platform", "security"] {
        let key = std::fs::read_to_string(site.path(&format!("{name}.pub"))).expect("a key");
        settings = settings.replacen("ssh-ed25519 AAAA…", key.trim(), 1);
    }
    let plugin = "[[plugin]]\nname = \"my-rule\"\ncomponent = \"my-rule.wasm\"\n";
    site.write("regent.toml", &format!("{settings}{plugin}"));
    let _unsigned_and_local = site.run(&["plugin", "list"]).exits(0);
    let without = settings.replace("unsigned", "# unsigned");
    site.write("regent.toml", &format!("{without}{plugin}"));
    let run = site.run(&["plugin", "list"]).exits(6);
    assert!(run.err.contains("1 of the 2 signatures"), "{}", run.err);
}

#[test]
fn rules_are_composed_as_shown() {
    let site = Site::ready();
    let window = "utc-offset = \"+01:00\"\nwindows = [{ days = [\"wed\"], from = \"00:00\", to = \"24:00\" }]";
    for (name, settings) in [
        ("change-window", window),
        ("four-eyes", "approvers = 1"),
        ("server-naming", r"patterns = ['PRDMSS\d{2}']"),
    ] {
        crate::rules::install(&site, name, "", settings);
    }
    let blocks = blocks("Rules of your own");
    let block = |word: &str| {
        let found = blocks.iter().find(|(_, text)| text.contains(word));
        found.expect(word).1.clone()
    };
    site.configure(&block("[[group]]"));
    let plan = "regent plan update.xml --restore-file secret.bak";
    let run = type_in(&site, plan).exits(0);
    let shown = block("Organisation rules");
    assert!(run.out.contains(&shown), "{shown}\n{}", run.transcript());
}

#[test]
fn the_rules_that_govern_are_changed_as_shown() {
    let site = Site::ready();
    let sound = || crate::rules::promoter("sound");
    crate::rules::probe(&site, "first", &sound(), "");
    let _governed = site.run(&Site::promotion()).exits(0);
    crate::rules::probe(&site, "second", &sound(), "");
    let blocks = blocks("Rules of your own");
    let (_, typed) = blocks
        .iter()
        .find(|(_, text)| text.contains("regent policy publish"))
        .expect("the commands");
    let run = type_in(&site, typed).exits(0);
    for said in ["plugins.second", "dry run", "version 2"] {
        assert!(run.out.contains(said), "{said}\n{}", run.transcript());
    }
}

#[test]
fn a_change_of_the_rules_is_approved_as_shown() {
    needs!(SshKeygen);
    let site = Site::ready();
    crate::rules::install(&site, "four-eyes", "", "approvers = 1");
    let key = crate::approvals::make_key(&site, "ben.key", "");
    crate::approvals::list(&site, "ben", &key);
    let first = ["policy", "publish", "--reason", "the first", "--yes"];
    let _governed = site.run(&first).exits(0);
    crate::rules::probe(&site, "second", &crate::rules::promoter("sound"), "");
    let blocks = blocks("Rules of your own");
    let (_, typed) = blocks
        .iter()
        .find(|(_, text)| text.contains("regent policy publish --plan"))
        .expect("the commands");
    let exits = [3, 1, 0, 0];
    assert_eq!(typed.lines().count(), exits.len());
    for (line, exit) in typed.lines().zip(exits) {
        let run = type_in(&site, line).exits(exit);
        assert!(!run.out.is_empty(), "{line}");
    }
    let shown = site.run(&["policy", "show"]).exits(0).out;
    assert!(shown.contains("version 2"), "{shown}");
}

#[test]
fn plugins_are_saved_and_loaded_as_shown() {
    let site = Site::empty();
    let component = crate::policy::probe::Probe::of("sound").bytes();
    regent::source::replace(&site.path("my-rule.wasm"), &component).expect("a component");
    let plugin = "[[plugin]]\nname = \"my-rule\"\ncomponent = \"my-rule.wasm\"\n";
    site.write("regent.toml", plugin);
    let blocks = blocks("Rules of your own");
    let at = blocks
        .iter()
        .position(|(_, text)| text.contains("plugin load"));
    let at = at.expect("a block");
    let run = type_in(&site, &blocks[at].1).exits(0);
    // All but the digests is the same.
    let same = |line: &&str| !line.contains("sha-256");
    let shown: Vec<_> = blocks[at + 1].1.lines().filter(same).collect();
    let said: Vec<_> = run.out.lines().filter(same).collect();
    assert!(said.ends_with(&shown), "{}", run.out);
}

#[test]
fn a_verdict_is_kept_and_evaluated_again_as_shown() {
    needs!(Tar);
    let site = Site::ready();
    std::fs::rename(site.path("secret.bak"), site.path("first.bak")).expect("a rename");
    let blocks = blocks("Rules of your own");
    let of = |word: &str| {
        let at = blocks.iter().position(|(_, text)| text.contains(word));
        at.expect("a block")
    };
    let at = of("regent replay");
    let run = type_in(&site, &blocks[at].1).exits(0);
    // The output shown is another site's, and says the same.
    let (_, shown) = &blocks[at + 1];
    for line in shown.lines().filter(|line| !line.is_empty()) {
        let begins: String = line.chars().take(15).collect();
        let of_a_plugin = begins.trim() == "plugin";
        assert!(
            of_a_plugin || run.out.contains(&begins),
            "{line}\n{}",
            run.out
        );
    }
    let unpacked = type_in(
        &site,
        "tar xf decided.tar && sha256sum -c --strict SHA256SUMS",
    );
    assert_eq!(unpacked.exits(0).out.matches(": OK\n").count(), 5);
}

#[test]
fn a_policy_is_tested_as_shown() {
    let site = Site::empty();
    site.write("regent.toml", "");
    crate::rules::install(&site, "backup-age", "", "max-age-hours = 24");
    let blocks = blocks("Rules of your own");
    let block = |word: &str| {
        let found = blocks.iter().find(|(_, text)| text.contains(word));
        found.expect(word).1.clone()
    };
    let run = type_in(&site, &block("regent test --accept")).exits(1);
    let shown = block("old-backup: it says");
    assert!(run.out.ends_with(&shown), "{shown}\n{}", run.transcript());
}

#[test]
fn settings_are_checked_as_shown() {
    let site = Site::empty();
    let component = std::fs::read(crate::plugins::component("backup-age")).expect("a component");
    regent::source::replace(&site.path("backup-age.wasm"), &component).expect("a component");
    let blocks = blocks("Rules of your own");
    let typed = blocks
        .iter()
        .position(|(_, text)| text.contains("check-settings backup-age.wasm"))
        .expect("the command");
    let run = type_in(&site, &blocks[typed].1).exits(1);
    assert_eq!(
        run.out,
        blocks[typed + 1].1,
        "the README shows what it says"
    );
}

#[test]
fn the_settings_shown_are_settings() {
    let site = Site::ready();
    let (_, text) = blocks("Settings").into_iter().next().expect("a block");
    let (settings, _plugin) = text.split_once("[[plugin]]").expect("a plugin");
    site.write("regent.toml", settings);
    let _status = site.run(&["status"]).exits(0);
    site.write("regent.toml", &text);
    // The component it names is not built here; everything else was read.
    let run = site.run(&["check", "update.xml"]).exits(6);
    assert!(
        run.err.contains("plugin backup-age"),
        "{}",
        run.transcript()
    );
}

#[test]
fn the_commands_for_ci_work() {
    let site = Site::empty();
    site.write("updates/a.xml", &crate::support::update_file("SSO02"));
    for (language, script) in blocks("In CI") {
        assert_eq!(language, "sh");
        let _ran = type_in(&site, &script).exits(0);
    }
    assert!(site.path("update.xsd").exists() && site.path("findings.sarif").exists());
}

#[test]
fn the_exit_statuses_are_listed() {
    let readme = readme();
    for status in Status::ALL {
        let row = format!(
            "| {} | {} | {} |",
            status.number(),
            status.name(),
            status.meaning()
        );
        assert!(readme.contains(&row), "README.md lacks\n{row}");
    }
}

#[test]
fn a_code_is_explained_as_shown() {
    let shown = &blocks("Exit statuses")[0].1;
    let (typed, said) = shown.split_once('\n').expect("a command and what it says");
    let site = Site::empty();
    let words: Vec<&str> = typed.split_whitespace().skip(2).collect();
    assert_eq!(site.run(&words).exits(0).out, said);
}

#[test]
fn every_plugin_that_comes_with_regent_is_listed() {
    let mut folders: Vec<_> = crate::plugins::shipped();
    folders.push(crate::plugins::project("allowed-servers"));
    let row = |name: &str| format!("| [`{name}`](plugins/{name}/README.md) |");
    for folder in &folders {
        let name = folder.file_name().expect("a name").to_string_lossy();
        assert!(readme().contains(&row(&name)), "{}", row(&name));
    }
    let readme = readme();
    let rows = readme
        .lines()
        .filter(|line| line.contains("/README.md) | "));
    assert_eq!(rows.count(), folders.len());
    assert!(readme.contains("Eleven come with regent") && folders.len() == 11);
}
