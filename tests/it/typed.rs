//! What is printed to be typed: every command that any snapshot prints is one, and typed where it
//! was printed it acts on what was checked.

use crate::readme::type_in;
use crate::support::{Run, Site, mode, update_file};

mod played;
mod printed;
mod scenes;

use printed::printed;

/// The one printed command that begins and goes on so.
#[track_caller]
fn command(run: &Run, verb: &str) -> String {
    let found = printed(&run.transcript());
    let typed = found.iter().find(|command| {
        let verbs = [format!(" {verb} "), format!(" {verb}")];
        let names = command.contains(&verbs[0]) || command.ends_with(&verbs[1]);
        names || command.starts_with(verb)
    });
    typed
        .cloned()
        .unwrap_or_else(|| panic!("no {verb} is printed:\n{}", run.transcript()))
}

/// Two sites beside each other, *prod x* and *test*, which nothing tells apart but their folders.
pub(crate) struct Sites {
    pub(crate) site: Site,
}

impl Sites {
    pub(crate) fn new() -> Self {
        let site = Site::empty();
        for name in ["prod x", "test"] {
            let one = Site::ready();
            one.write("$ü pw", crate::support::PASSWORD);
            crate::support::copy_folder(&one.path(""), &site.path(name));
        }
        Self { site }
    }

    /// Types a line in the folder of *test*.
    pub(crate) fn type_in_test(&self, line: &str) -> Run {
        type_in(&self.site, &format!("cd test\n{line}"))
    }

    fn master(&self, name: &str) -> String {
        let config = format!("{name}/regent.toml");
        let words = ["--config", &config, "status", "--format", "json"];
        let status = self.site.run(&words).exits(0).json();
        status["state"]["info"]["secret-server"]
            .as_str()
            .expect("a name")
            .to_owned()
    }
}

pub(crate) const PROD: &str = "regent --config '../prod x/regent.toml' --server SSO02";
const FILES: &str = "'../prod x/update.xml' --restore-file '../prod x/secret.bak' --password-file '../prod x/$ü pw'";

#[test]
fn the_printed_promotion_is_the_one_that_was_checked() {
    let sites = Sites::new();
    let asked = format!("{PROD} promote {FILES} --reason 'it is $5' --dry-run --evidence e.tar");
    let tried = sites.type_in_test(&asked).exits(0);
    let line = command(&tried, "promote");
    assert_eq!(
        line,
        format!("{PROD} promote {FILES} --evidence e-2.tar --reason='it is $5'")
    );
    let _done = sites.type_in_test(&format!("{line} --yes")).exits(0);
    assert_eq!(
        (sites.master("prod x"), sites.master("test")),
        ("SSO02".into(), "SSO01".into())
    );
    assert!(sites.site.path("test/e-2.tar").is_file());
}

#[test]
fn a_planned_promotion_is_approved_and_run_as_printed_and_moved_files_are_where_they_were_named() {
    let sites = Sites::new();
    let plan = sites
        .type_in_test(&format!("{PROD} plan {FILES} --out 'the plan.json'"))
        .exits(0);
    let shown = command(&plan, "approve").replace(" --key KEY", "");
    let _shown = sites.type_in_test(&shown).exits(0);
    let line = command(&plan, "promote");
    assert_eq!(
        line,
        format!("{PROD} promote --plan 'the plan.json' --password-file '../prod x/$ü pw'")
    );
    // The files are taken elsewhere: typed as it is, it prints what names them again; with the files
    // named, what is printed next names them.
    std::fs::create_dir(sites.site.path("moved")).expect("a folder");
    for file in ["update.xml", "secret.bak"] {
        let from = sites.site.path("prod x").join(file);
        std::fs::rename(from, sites.site.path("moved").join(file)).expect("a rename");
    }
    let gone = sites.type_in_test(&format!("{line} --yes")).exits(6);
    let again = format!(
        "{PROD} promote --plan 'the plan.json' UPDATE-FILE --restore-file BACKUP --password-file '../prod x/$ü pw'"
    );
    assert_eq!(command(&gone, "promote"), again);
    let named = format!(
        "{PROD} promote --plan 'the plan.json' ../moved/update.xml --restore-file ../moved/secret.bak --password-file '../prod x/$ü pw'"
    );
    let tried = sites.type_in_test(&format!("{named} --dry-run")).exits(0);
    assert_eq!(command(&tried, "promote"), named);
    let _done = sites.type_in_test(&format!("{named} --yes")).exits(0);
    assert_eq!(
        (sites.master("prod x"), sites.master("test")),
        ("SSO02".into(), "SSO01".into())
    );
}

#[test]
fn one_file_of_a_plan_that_moved_is_asked_for_by_its_option() {
    for (moved, said, again) in [
        (
            "secret.bak",
            "the backup secret.bak",
            "--restore-file BACKUP",
        ),
        ("update.xml", "the update file update.xml", "UPDATE-FILE"),
    ] {
        let site = Site::ready();
        let planned = "plan update.xml --restore-file secret.bak --out plan.json";
        let _planned = type_in(&site, &format!("regent {planned}")).exits(0);
        std::fs::rename(site.path(moved), site.path("elsewhere")).expect("a rename");
        let before = site.dump();
        let line = "regent promote --plan plan.json --password-file password --dry-run";
        for format in ["human", "json"] {
            let gone = type_in(&site, &format!("{line} --format {format}")).exits(6);
            let words = gone
                .transcript()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            assert!(words.contains(said), "{}", gone.transcript());
            let print = command(&gone, "promote");
            let (file, option) = again.split_at(again.find(char::is_uppercase).unwrap_or(0));
            assert_eq!(
                print,
                format!(
                    "regent promote --plan plan.json {again} --password-file password --dry-run"
                )
            );
            let named = print.replace(option, "elsewhere");
            assert!(named.contains(&format!("{file}elsewhere")), "{named}");
            let _tried = type_in(&site, &named).exits(0);
        }
        assert_eq!(site.dump(), before);
        let code = site.run(&["promote", "--plan", "plan.json", "--format", "json"]);
        assert_eq!(code.exits(6).json()["code"], "planned-file-moved");
    }
}

#[test]
fn an_approved_plan_without_a_backup_is_run_with_one_as_printed() {
    needs!(SshKeygen);
    let site = Site::ready();
    let key = crate::approvals::make_key(&site, "anna", "");
    site.configure(&format!("[[approver]]\nname = \"anna\"\nkey = \"{key}\""));
    let _planned = type_in(&site, "regent plan update.xml --out plan.json").exits(0);
    let approved = type_in(&site, "regent approve plan.json --key anna --yes").exits(0);
    let line = command(&approved, "promote");
    assert_eq!(
        line,
        "regent promote --plan plan.json --restore-file BACKUP"
    );
}

#[test]
fn an_unfinished_promotion_is_gone_on_with_as_printed() {
    for (verb, exit, master) in [("resume", 0, "SSO02"), ("abort", 4, "SSO01")] {
        let sites = Sites::new();
        let fault = "REGENT_TEST_FAULT=journal/verify/started/after=kill";
        let _killed = sites.type_in_test(&format!(
            "env '{fault}' {PROD} promote {FILES} --yes || true"
        ));
        // Asked from the old master's point of view, in words and in JSON.
        let asked = PROD.replace("SSO02", "SSO01");
        for format in ["human", "json"] {
            let refused = sites
                .type_in_test(&format!("{asked} --format {format} enable"))
                .exits(7);
            assert_eq!(command(&refused, verb), format!("{PROD} {verb}"));
        }
        let yes = if verb == "abort" { " --yes" } else { "" };
        let status = sites.type_in_test(&format!("{asked} status")).exits(0);
        let line = command(&status, verb);
        let _ended = sites.type_in_test(&format!("{line}{yes}")).exits(exit);
        assert_eq!(
            (sites.master("prod x"), sites.master("test")),
            (master.into(), "SSO01".into())
        );
    }
}

#[test]
fn a_lost_vault_is_restored_as_printed() {
    let sites = Sites::new();
    let _done = sites
        .type_in_test(&format!("{PROD} promote {FILES} --yes"))
        .exits(0);
    let vault = sites.site.path("prod x/vaults/sso02/current.vault");
    std::fs::remove_file(&vault).expect("a vault");
    // `status` knows no backup, `promote` was told of one.
    let status = sites.type_in_test(&format!("{PROD} status")).exits(0);
    assert_eq!(
        command(&status, "restore"),
        format!("{PROD} secret restore BACKUP")
    );
    let refused = sites
        .type_in_test(&format!("{PROD} promote {FILES} --yes"))
        .exits(7);
    let line = command(&refused, "restore");
    assert!(line.contains("secret.bak' --password-file"), "{line}");
    let _restored = sites.type_in_test(&line).exits(0);
    assert!(vault.is_file());
    assert_eq!(sites.master("test"), "SSO01");
}

#[test]
fn what_the_doctor_says_mends_what_it_found() {
    let sites = Sites::new();
    mode(&sites.site.path("prod x/vaults/sso01/current.vault"), 0o644);
    let asked = PROD.replace(" --server SSO02", " --server SSO03");
    let sick = sites.type_in_test(&format!("{asked} doctor; true"));
    for program in ["chmod", "server add"] {
        let line = command(&sick, program);
        let _mended = sites.type_in_test(&line).exits(0);
    }
    let after = sites.type_in_test(&format!("{asked} doctor; true"));
    for code in ["vault-exposed", "server-unlisted"] {
        assert!(
            sick.out.contains(code) && !after.out.contains(code),
            "{code}\n{}",
            after.transcript()
        );
    }
    assert_eq!(sites.master("test"), "SSO01");
}

#[test]
fn a_program_outside_the_search_path_is_printed_as_it_was_called() {
    let site = Site::ready();
    std::fs::create_dir(site.path("my bin")).expect("a folder");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_regent"), site.path("my bin/regent"))
        .expect("a link");
    site.write("update.xml", &update_file("SSO02"));
    // The link leads to what the search path finds, so it is looked for where there is none.
    let line = "PATH=/nowhere './my bin/regent' promote update.xml --restore-file secret.bak --password-file password --dry-run";
    let tried = type_in(&site, line).exits(0);
    let said =
        "'./my bin/regent' promote update.xml --restore-file secret.bak --password-file password";
    assert!(tried.out.contains(said), "{}", tried.transcript());
    let _done = type_in(&site, &format!("{said} --yes")).exits(0);
}
