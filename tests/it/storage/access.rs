//! Folders that cannot be written to, and files that others may use.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::snapshot;
use crate::support::{Run, Site, mode, start, update_file};
use crate::tools::Tool;

/// A program that is bound by the modes of files, whoever runs the tests: root is not, unless it
/// lays down that privilege.
fn bound(site: &Site, program: &str, words: &[&str]) -> Command {
    if !nix::unistd::geteuid().is_root() {
        return site.command_named(Path::new(program), words);
    }
    let without = "-dac_override,-dac_read_search";
    let setpriv = ["--bounding-set", without, "--inh-caps", without, program];
    site.command_named(Tool::Setpriv.program(), &[&setpriv, words].concat())
}

/// Runs regent bound by modes.
fn run(site: &Site, words: &[&str]) -> Run {
    site.run_bounded(&mut bound(site, env!("CARGO_BIN_EXE_regent"), words))
}

/// Makes a folder one that nothing can be made or renamed in, and makes sure of it.
fn read_only(site: &Site, folder: &str) {
    mode(&site.path(folder), 0o500);
    let probe = site.path(folder).join("probe").display().to_string();
    let touched = start(&mut bound(site, "touch", &[&probe])).ended();
    assert_ne!(
        touched.exit,
        Some(0),
        "the folder can be written to all the same"
    );
}

fn writable(site: &Site, folder: &str) {
    mode(&site.path(folder), 0o700);
}

/// What was said, without the random name of a temporary file.
fn unnamed(said: &str) -> String {
    let lines = said
        .lines()
        .map(|line| line.split(" at path ").next().unwrap_or_default());
    lines.flat_map(|line| [line, "\n"]).collect()
}

const PASSWORD_FILE: [&str; 2] = ["--password-file", "password"];

#[test]
fn a_folder_that_cannot_be_written_to_is_named_before_anything_is_changed() {
    needs!(Setpriv);
    let mut text = String::new();
    let restore = [
        &["--server", "SSO01", "secret", "restore", "secret.bak"],
        &PASSWORD_FILE[..],
    ];
    for (folder, words) in [
        // The vaults' folder: the candidate's own is not there yet.
        ("vaults", &Site::promotion()[..]),
        ("vaults/sso01", &restore.concat()),
        ("", &Site::promotion()),
        ("", &["enable"]),
        ("out", &["export", "--out", "out/export.xml"]),
        ("out", &["check", "--offline", "--fix", "out/update.xml"]),
        ("out", &["--database", "sqlite:out/new.db", "init"]),
        (
            "out",
            &[
                "--server",
                "SSO01",
                "secret",
                "backup",
                "out/new.bak",
                PASSWORD_FILE[0],
                PASSWORD_FILE[1],
            ],
        ),
    ] {
        let site = Site::ready();
        site.write(
            "out/update.xml",
            "<SSO><globalInfo><secretServer>SSO02</secretServer></globalInfo></SSO>",
        );
        if words.contains(&"restore") {
            // Who holds the secret already writes nothing.
            let current = site.path("vaults/sso01/current.vault");
            std::fs::remove_file(current).expect("it is removed");
        }
        let before = site.dump();
        read_only(&site, folder);
        let refused = run(&site, words);
        writable(&site, folder);
        assert_eq!(refused.exit, Some(6), "{folder}: {}", refused.transcript());
        assert_eq!(site.dump(), before, "{folder}");
        assert!(
            !site.path("vaults/sso02/current.vault").exists(),
            "{folder}"
        );
        for new in ["export.xml", "new.db", "new.bak"] {
            assert!(!site.path("out").join(new).exists(), "{new}");
        }
        let place = if folder.is_empty() {
            "the site"
        } else {
            folder
        };
        text.push_str(&format!(
            "{place} is read-only: {}\n{}",
            words.join(" "),
            unnamed(&refused.err)
        ));
    }
    snapshot("read-only", &text);
}

#[test]
fn a_vault_that_becomes_read_only_in_the_midst_is_gone_back_from() {
    needs!(Setpriv);
    let site = Site::ready();
    let before = crate::crash::Before::of(&site);
    // The restart is between the update of the database and the activation of the secret.
    site.write("restart.sh", "chmod 500 vaults/sso02\n");
    site.configure("[service]\nrestart = { command = [\"sh\", \"restart.sh\"] }");
    let undone = run(&site, &Site::promotion()).exits(4);
    assert!(
        undone.out.contains("restore-secret failed"),
        "{}",
        undone.transcript()
    );
    writable(&site, "vaults/sso02");
    // What could not be removed either stays, sealed, until the next promotion.
    let stays = "the vault keeps what was staged, sealed, until the next promotion";
    assert!(undone.out.contains(stays), "{}", undone.transcript());
    let vault = std::fs::read_dir(site.path("vaults/sso02")).expect("a folder");
    for file in vault.map(|entry| entry.expect("an entry")) {
        if file.file_name().to_string_lossy().starts_with("staged-") {
            std::fs::remove_file(file.path()).expect("removed");
        }
    }
    assert_eq!(
        crate::crash::end(&site, &before),
        crate::crash::End::AsBefore
    );
    site.write("restart.sh", "");
    site.run(&Site::promotion()).exits(0);
}

#[test]
fn a_database_that_cannot_be_written_to_is_named() {
    needs!(Setpriv);
    let mut text = String::new();
    for words in [&["status"][..], &["enable"], &Site::promotion()] {
        let site = Site::ready();
        let before = site.dump();
        mode(&site.path("credential.db"), 0o400);
        let refused = run(&site, words);
        mode(&site.path("credential.db"), 0o600);
        assert_eq!(site.dump(), before);
        text.push_str(&format!("{}\n{}", words.join(" "), refused.transcript()));
    }
    snapshot("read-only-database", &text);
}

/// The command that a message gives to mend what it tells of.
fn mending(run: &Run) -> String {
    let said = [&run.out[..], &run.err].concat();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, command) = said.split_once("`chmod ").expect("a command is given");
    let (command, _) = command.split_once('`').expect("the command ends");
    format!("chmod {command}")
}

/// A site whose servers were both master once, so that each vault holds what a vault can hold;
/// its vaults have a name that a shell would take apart.
fn with_full_vaults() -> Site {
    let site = Site::without_secret();
    site.configure("vault = \"the vaults\"");
    site.run(&on_master(&["secret", "generate", "secret.bak"], true))
        .exits(0);
    site.run(&Site::promotion()).exits(0);
    site.write("update.xml", &update_file("SSO01"));
    site.run(&on_master(&Site::promotion(), false)).exits(0);
    site.run(&on_master(&["secret", "restore", "secret.bak"], true))
        .exits(0);
    site.write("update.xml", &update_file("SSO02"));
    site.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    site
}

/// A command on SSO01, with its password where it needs one.
fn on_master<'a>(words: &[&'a str], password: bool) -> Vec<&'a str> {
    let password = if password { &PASSWORD_FILE[..] } else { &[] };
    [&["--server", "SSO01"], words, password].concat()
}

/// Opens a file or folder to others, runs a command that must refuse it, mends it as told, and
/// returns what was said.
fn refused_and_mended(site: &Site, path: &str, open_to_others: u32, words: &[&str]) -> String {
    let before = site.dump();
    let found = || std::fs::metadata(site.path(path)).expect("it is there");
    let mode_now = || found().permissions().mode() & 0o777;
    let private = mode_now();
    mode(&site.path(path), private | open_to_others);
    let run = site.run(words);
    // Status goes on and tells of it among the problems.
    let tells = words.contains(&"status");
    let exit = if tells { 0 } else { 6 };
    assert_eq!(run.exit, Some(exit), "{path}\n{}", run.transcript());
    let command = mending(&run).replace("$SITE", &site.path("").display().to_string());
    let mended = start(&mut site.command_named(Path::new("sh"), &["-c", &command])).ended();
    assert_eq!(mended.exit, Some(0), "{command}\n{}", mended.transcript());
    assert_eq!(mode_now(), private, "{command}");
    assert_eq!(site.dump(), before, "{path}");
    let problem = run.out.find("\n! ").map_or("", |at| &run.out[at + 1..]);
    format!("{path}: {}\n{problem}{}", words.join(" "), run.err)
}

#[test]
fn what_others_may_use_is_refused_with_the_command_that_mends_it() {
    let prepared = with_full_vaults();
    let status = on_master(&["status"], false);
    let update = on_master(&["update", "more.xml", "--yes"], false);
    let back_up = on_master(&["secret", "backup", "new.bak"], true);
    let restore = on_master(&["secret", "restore", "secret.bak"], true);
    let promote = Site::promotion().to_vec();
    let master = [&status, &update, &back_up, &restore];
    let everybody = [&status, &update, &back_up, &restore, &promote];
    let mut text = String::new();
    let mut refused = 0;
    // Each with the commands that open it: whoever opens it, refuses it.
    for (path, commands) in [
        ("the vaults/sso01", &master[..]),
        ("the vaults/sso01/current.vault", &master),
        ("the vaults/sso01/machine.key", &master),
        ("the vaults/sso02", &[&promote]),
        ("the vaults/sso02/current.vault", &[&promote]),
        ("the vaults/sso02/machine.key", &[&promote]),
        ("the vaults/sso02/previous.vault", &[&promote]),
        ("credential.db", &everybody),
        ("password", &[&back_up, &restore, &promote]),
    ] {
        for words in commands {
            let site = prepared.copied();
            if path.ends_with("previous.vault") {
                let current = site.path("the vaults/sso02/current.vault");
                std::fs::copy(current, site.path(path)).expect("a copy");
            }
            text.push_str(&refused_and_mended(&site, path, 0o044, words));
            for open_to_others in [0o020, 0o001] {
                let _said = refused_and_mended(&site, path, open_to_others, words);
            }
            refused += 3;
            site.run(words).exits(0);
        }
    }
    println!("{refused} times refused, mended as told, and done");
    snapshot("open-to-others", &text);
}

#[test]
fn a_vault_opened_to_others_in_the_midst_is_refused_with_the_command_that_mends_it() {
    let mut text = String::new();
    for (point, words, exit) in [
        ("journal/restore-secret/started/after", &["resume"][..], 0),
        ("journal/verify/started/after", &["abort", "--yes"], 4),
    ] {
        let site = Site::ready();
        let before = crate::crash::Before::of(&site);
        let fault = format!("{point}=kill");
        let killed = site.run_with(&[("REGENT_TEST_FAULT", &fault)], &Site::promotion());
        assert_eq!(killed.exit, None);
        mode(&site.path("vaults/sso02"), 0o755);
        let refused = site.run(words);
        assert!(
            [Some(5), Some(6), Some(7)].contains(&refused.exit),
            "{}",
            refused.transcript()
        );
        text.push_str(&format!("{}\n{}", words[0], refused.transcript()));
        let mending = mending(&refused);
        let mended = start(&mut site.command_named(Path::new("sh"), &["-c", &mending])).ended();
        assert_eq!(mended.exit, Some(0), "{}", mended.transcript());
        site.run(words).exits(exit);
        let _end = crate::crash::end(&site, &before);
    }
    snapshot("opened-in-the-midst", &text);
}
