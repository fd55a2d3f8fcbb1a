//! No secret is ever said: canaries are looked for in everything that regent prints, writes or
//! hands on as an error.

mod canaries;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use regent::cli::Cli;
use regent::secret::{Backup, Error, KeyFile, MachineKey, Password, Reminder, Vault, signing};
use regent::settings::Settings;
use secrecy::SecretString;
use ssh_key::{LineEnding, PrivateKey};

use crate::support::{self, PASSWORD, Site};
use canaries::{Canaries, secrets, site};

/// Every command that does something, hidden ones too, by its words.
fn commands() -> Vec<String> {
    fn below(command: &clap::Command, words: &str, all: &mut Vec<String>) {
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            let words = format!("{words} {}", sub.get_name());
            if sub.has_subcommands() {
                below(sub, &words, all);
            } else {
                all.push(words.trim().to_owned());
            }
        }
    }
    let mut all = Vec::new();
    below(&Cli::command(), "", &mut all);
    all
}

/// What is wrong where a command is run nowhere here.
const UNKNOWN: &str = "is a command: say here how it is run, so that its secrets are looked for";

/// How each command is run: so that it does its work, and so that it refuses.
fn arguments(command: &str) -> &'static [&'static str] {
    match command {
        "quickstart" => &["demo", "demo"],
        "init" => &[
            "--master SSO09",
            "--config other.toml --database sqlite:other.db --master SSO01",
        ],
        "check" => &[
            "update.xml",
            "update.xml --fix --evidence checked.tar",
            "secret.bak",
        ],
        "explain" => &["unknown-element", ""],
        "plan" => &[
            "update.xml",
            "update.xml --restore-file secret.bak --password-file password --out plan.json --evidence planned.tar",
            "update.xml --restore-file secret.bak --password-file wrong",
            "update.xml --restore-file password --password-file secret.bak",
        ],
        "doctor" => &[
            "",
            "--backup secret.bak --backup password --password-file password",
            "--backup secret.bak --backup approver --password-file wrong",
            "--config approver",
        ],
        "candidates" => &["", "--restore-file secret.bak", "--restore-file password"],
        "approve" => &[
            "plan.json",
            "plan.json --key approver --yes",
            "plan.json --key password --yes",
            "password --key approver --yes",
            "approver",
        ],
        "promote" => &[
            "update.xml --restore-file secret.bak --password-file wrong --yes",
            "update.xml --restore-file secret.bak --password-file password --dry-run",
            "update.xml --restore-file approver --password-file password --yes",
            "--plan approver --password-file password --yes",
            "--plan plan.json --password-file password --dry-run --evidence proven.tar",
            "--plan plan.json --password-file password --yes --evidence promoted.tar",
            "update.xml --restore-file secret.bak --password-file password --yes",
        ],
        "replay" => &[
            "checked.tar",
            "planned.tar",
            "proven.tar",
            "promoted.tar",
            "approver",
            "password",
        ],
        "update" => &["update.xml --yes"],
        "resume" | "abort" => &["", "--yes"],
        "secret generate" => &["again.bak --password-file password"],
        "secret backup" => &[
            "two.bak --password-file password --reminder usual",
            "three.bak --password-file approver",
            "three.bak --password-file vaults/sso01/machine.key",
            "three.bak --password correct",
        ],
        "secret restore" | "secret verify" => &[
            "secret.bak --password-file password",
            "secret.bak --password-file wrong",
            "secret.bak --password-file short",
            "approver --password-file password",
            "vaults/sso02/current.vault --password-file password",
        ],
        "secret inspect" => &[
            "secret.bak",
            "password",
            "approver",
            "vaults/sso02/machine.key",
        ],
        "server add" => &["SSO03", "SSO03"],
        "server remove" => &["SSO03", "SSO01"],
        "status" => &[
            "",
            "--config approver",
            "--config password",
            "--database sqlite:approver",
        ],
        "server list" | "enable" | "disable" | "journal" | "export" | "dump" | "audit list"
        | "audit verify" | "man" => &[""],
        "test" => &[
            "demo/cases --config demo/regent.toml --accept",
            "demo/cases --config demo/regent.toml",
            "approver --config demo/regent.toml",
        ],
        "schema" => &["status"],
        "completions" => &["bash"],
        "ssomanage" => &["-displaydb", "-updatedb update.xml"],
        "ssoconfig" => &[
            "-showdb",
            "-backupsecret four.bak --password-file password --reminder usual",
            "-restoresecret secret.bak --password-file wrong",
        ],
        other => match other.split_once(' ') {
            Some(("plugin", command)) => plugin_arguments(command),
            Some(("policy", command)) => policy_arguments(command),
            _ => panic!("`{other}` {UNKNOWN}"),
        },
    }
}

/// The same for what follows `policy`.
fn policy_arguments(command: &str) -> &'static [&'static str] {
    match command {
        "show" => arguments("status"),
        "diff" => &["", "approver", "password"],
        "publish" => &[
            "--reason why --restore-file secret.bak --password-file wrong",
            "--reason why --out approver",
            "--plan approver",
        ],
        other => panic!("`policy {other}` {UNKNOWN}"),
    }
}

/// The same for what follows `plugin`.
fn plugin_arguments(command: &str) -> &'static [&'static str] {
    match command {
        "list" | "contract" => &[""],
        "new" => &["password --lang rust", "site-rule --lang c --kind both"],
        "build" => &["approver"],
        "lock" => &["", "--config approver"],
        "sign" => &[
            "demo/plugins/backup-age.wasm --key approver",
            "demo/plugins/backup-age.wasm --key password",
            "approver --key approver",
        ],
        "verify" => &[
            "demo/plugins/backup-age.wasm",
            "demo/plugins/backup-age.wasm --key approver.pub",
            "demo/plugins/backup-age.wasm --key approver",
        ],
        "save" => &[
            "approver",
            "plugins.tar",
            "--config demo/regent.toml demo.tar",
        ],
        "load" => &["approver", "password", "demo.tar", "demo.tar --replace"],
        "test" | "bench" => &["approver", "rule --component password"],
        "check-settings" => &[
            "demo/plugins/backup-age.wasm password",
            "demo/plugins/backup-age.wasm approver",
            "password approver",
        ],
        "inspect" => &[
            "password",
            "approver",
            "vaults/sso01/machine.key",
            "--diff password approver",
        ],
        other => panic!("`plugin {other}` {UNKNOWN}"),
    }
}

/// Which file may hold what.
fn may_hold(file: &Path, canary: &str) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    match name {
        Some("password") => canary.starts_with("the password"),
        Some("backup-password.txt") => canary.starts_with("the demonstration's password"),
        Some("approver") => canary.starts_with("the approver's key"),
        Some("machine.key") => canary.starts_with("the machine key"),
        _ => false,
    }
}

/// Looks for every canary in everything that was said and every file that was written.
#[track_caller]
fn nothing_is_said(site: &Site, mut canaries: Canaries, said: &str) {
    let mut files = Vec::new();
    collect(&site.path(""), &mut files);
    for file in files.iter().filter(|file| file.ends_with("machine.key")) {
        let key = std::fs::read(file).expect("a machine key");
        canaries.bytes(&format!("the machine key {}", file.display()), &key);
    }
    canaries.absent("the output", said);
    let mut found_at_all = BTreeSet::new();
    for file in &files {
        let bytes = std::fs::read(file).expect("a file");
        for found in canaries.in_bytes(&bytes) {
            assert!(may_hold(file, found), "{} holds {found}", file.display());
            found_at_all.insert(file.file_name().expect("a name").to_owned());
        }
    }
    // Whoever finds nothing anywhere has not looked.
    for name in ["password", "approver", "machine.key"] {
        assert!(
            found_at_all.contains(name.as_ref() as &std::ffi::OsStr),
            "{name}"
        );
    }
}

#[test]
fn no_command_says_or_writes_a_secret() {
    let (site, mut canaries) = site();
    site.write("wrong", "another password than the right one");
    site.write("short", "short");
    site.write(
        "rule/cases/first/promotion.toml",
        "now = 2026-03-04T22:30:00Z",
    );
    canaries.text("a wrong password", "another password than the right one");
    let mut said = String::new();
    let mut run = 0;
    for command in commands() {
        for arguments in arguments(&command) {
            for form in ["", "--format json"] {
                let line = format!("{command} {arguments} {form}");
                let words: Vec<&str> = line.split_whitespace().collect();
                let _ = write!(said, "$ {line}\n{}", site.run(&words).transcript());
                run += 1;
            }
        }
    }
    assert!(run > 100, "{run}");
    for expected in [
        "SSO02 is the master secret server",
        "wrote a backup",
        "approved by anna",
        "the findings and the verdict are the same",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    let password = std::fs::read_to_string(site.path("demo/backup-password.txt"));
    let password = password
        .expect("the demonstration's password")
        .trim_end()
        .to_owned();
    canaries.text("the demonstration's password", &password);
    for secret in secrets(&site.path("demo/secret.bak"), &password) {
        canaries.bytes("the demonstration's master secret", &secret);
    }
    site.write("wrong", "");
    nothing_is_said(&site, canaries, &said);
}

#[test]
fn no_failure_on_the_way_says_or_leaves_a_secret() {
    for (command, faults) in [
        (
            "promote update.xml --restore-file secret.bak --password-file password --yes",
            &[
                "file/write/before#1=error",
                "file/write/after#2=kill",
                "file/sync/after#3=kill",
                "file/rename/before#2=error",
                "journal/restore-secret/started/after=kill",
                "journal/verify/succeeded/before=full",
            ][..],
        ),
        (
            "--server SSO01 secret backup two.bak --password-file password",
            &["file/rename/before=error", "file/sync/before=kill"],
        ),
        (
            "--server SSO01 secret restore secret.bak --password-file password",
            &["file/rename/before=error", "file/sync/before=kill"],
        ),
    ] {
        for fault in faults {
            let (site, canaries) = site();
            let words: Vec<&str> = command.split_whitespace().collect();
            if words.contains(&"restore") {
                // Who holds the secret already writes nothing.
                fs_err::remove_file(site.path("vaults/sso01/current.vault")).expect("removed");
            }
            let failed = site.run_with(&[("REGENT_TEST_FAULT", fault)], &words);
            assert_ne!(failed.exit, Some(0), "{fault}\n{}", failed.transcript());
            let mut said = failed.transcript();
            for look in ["status", "journal", "dump", "doctor"] {
                said.push_str(&site.run(&[look]).transcript());
            }
            nothing_is_said(&site, canaries, &said);
        }
    }
}

/// An error and what it comes from, as a person, a log and a debugger see it.
fn seen(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    let lines = chain.map(|error| format!("{error}\n{error:?}\n{error:#?}\n"));
    lines.collect()
}

#[test]
fn no_error_holds_a_secret() {
    let (site, mut canaries) = site();
    let text = "a canary that sings for nobody";
    canaries.text("the canary", text);
    let password = |text: &str| Password::existing(SecretString::from(text));
    let file = |name: &str, text: &str| {
        site.write(name, text);
        site.path(name)
    };
    let mut errors: Vec<Box<dyn std::error::Error>> = Vec::new();
    let mut add = |error: Option<Error>| errors.push(Box::new(error.expect("it is refused")));

    // Passwords.
    add(Password::read_file(&file("two-lines", &format!("{text}\n{text}\n"))).err());
    add(Password::read_file(&file("long", &text.repeat(4_000))).err());
    add(Password::new(SecretString::from(text.repeat(9))).err());
    let open = file("open", text);
    support::mode(&open, 0o644);
    add(Password::read_file(&open).err());
    // Reminders that tell it.
    add(Reminder::new(&format!("it is {text}"), &password(text)).err());
    add(Reminder::new(&format!(" {text}\t"), &password(PASSWORD)).err());
    add(Reminder::new(&text.repeat(20), &password(PASSWORD)).err());
    // Backups.
    let backup = Backup::read(&site.path("secret.bak")).expect("a backup");
    add(backup.open(&password(text)).err());
    add(Backup::read(&site.path("password")).err());
    add(Backup::read(&site.path("approver")).err());
    add(Backup::read(&site.path("vaults/sso01/machine.key")).err());
    // Vaults.
    let vault = |key: PathBuf| Vault::new(site.path("vaults/sso01"), MachineKey::File(key));
    add(vault(site.path("password")).read().err());
    add(vault(file("other-key", &text[..30].repeat(2)[..32]))
        .read()
        .err());
    add(vault(site.path("no-key")).read().err());
    let own = Vault::new(site.path("vaults/sso01"), MachineKey::OwnFile);
    let current = site.path("vaults/sso01/current.vault");
    let sealed = std::fs::read_to_string(&current).expect("a vault");
    site.write(
        "vaults/sso01/current.vault",
        &sealed.replace("term: 1", "term: 2"),
    );
    add(own.read().err());
    // Keys.
    let key = std::fs::read_to_string(site.path("approver")).expect("a key");
    add(KeyFile::read(&file("cut-key", &key[..key.len() / 2])).err());
    add(KeyFile::read(&site.path("password")).err());
    let clear = PrivateKey::from_openssh(&key).expect("a key");
    let cipher = ssh_key::Cipher::Aes256Ctr;
    let kdf = ssh_key::Kdf::Bcrypt {
        salt: vec![7; 16],
        rounds: 1,
    };
    let locked = clear
        .encrypt_with(cipher, kdf, 7, text)
        .expect("a locked key");
    let locked = file("locked", &locked.to_openssh(LineEnding::LF).expect("a key"));
    let locked = KeyFile::read(&locked).expect("a key");
    add(locked.unlock(Some(&SecretString::from(PASSWORD))).err());
    errors.push(Box::new(
        clear_key(&site)
            .public()
            .verify(signing::APPROVAL, text.as_bytes(), &key)
            .expect_err("no signature"),
    ));

    // Settings: somebody writes a password into them.
    for line in [
        format!("password = \"{text}\""),
        format!("machine-key = [\"{text}\"]"),
        format!(
            "database = \"sqlite:x\"\n[[approver]]\nname = \"anna\"\nkey = \"\"\"\n{key}\"\"\""
        ),
    ] {
        let refused = Settings::parse(&line, Path::new("regent.toml"));
        errors.push(Box::new(refused.expect_err("it is refused")));
    }
    assert_eq!(errors.len(), 22);
    for error in errors {
        canaries.absent("an error", &seen(&*error));
    }
}

fn clear_key(site: &Site) -> KeyFile {
    KeyFile::read(&site.path("approver")).expect("a key")
}

#[test]
fn no_snapshot_holds_a_secret() {
    // Snapshots are taken of sites like this one, whose secrets are drawn from the same seeds.
    let (_site, mut canaries) = site();
    canaries.text(
        "the password of the backups' tests",
        crate::secret::PASSWORD,
    );
    let mut files = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots"),
        &mut files,
    );
    assert!(files.len() > 100);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a snapshot");
        canaries.absent(&file.display().to_string(), &text);
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn a_reminder_that_tells_the_password_is_refused() {
    let site = Site::ready();
    let words = [
        "--server",
        "SSO01",
        "secret",
        "backup",
        "x.bak",
        "--password-file",
        "password",
        "--reminder",
        "it is Correct Horse Battery Staple!",
    ];
    let run = site.run(&words);
    assert_ne!(run.exit, Some(0), "{}", run.transcript());
    assert!(!site.path("x.bak").exists());
}

#[test]
fn what_holds_secrets_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::ready();
    site.run(&Site::promotion()).exits(0);
    let mut files = Vec::new();
    collect(&site.path("vaults"), &mut files);
    files.push(site.path("credential.db"));
    files.push(site.path("secret.bak"));
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let mode = std::fs::metadata(&path)
            .expect("metadata")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", path.display());
    }
}
