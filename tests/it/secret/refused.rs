//! Every error of the room: what an administrator reads, and that no secret is in it.

use std::collections::BTreeMap;
use std::path::Path;

use regent::entropy::Entropy;
use regent::global_info::GlobalInfo;
use regent::identity::{PromotionId, Revision, SystemId, Term};
use regent::secret::armor::hex;
use regent::secret::{
    Backup, Error, Held, KdfCost, KeyFile, MachineKey, Password, Reminder, Sighting, Unopened,
    Vault, compare, compare_header,
};
use regent::system::{Secrets, SystemState};
use secrecy::SecretString;
use ssh_key::private::{Ed25519Keypair, SkEd25519};
use ssh_key::public::SkEd25519 as SkEd25519Public;
use ssh_key::{LineEnding, PrivateKey};
use tempfile::TempDir;

use super::file::write;
use super::{PASSWORD, SYSTEM, bytes_of, generations, password, said, sealed};
use crate::support::mode;
use crate::tools::Tool;

fn state(id: SystemId, secrets: Secrets) -> SystemState {
    let accounts = |text: &str| text.parse().expect("accounts");
    let info = GlobalInfo::fresh(
        accounts("CONTOSO\\SSO Admins"),
        accounts("CONTOSO\\SSO Affiliate Admins"),
        "SSO01".parse().expect("a name"),
    );
    SystemState {
        id,
        revision: Revision(1),
        term: Term(1),
        highest_term: Term(1),
        info,
        enabled: true,
        tickets_allowed: true,
        tickets_validated: true,
        secrets,
        servers: Vec::new(),
    }
}

/// The errors about what a backup is of.
fn of_comparing() -> Vec<Error> {
    let (ours, other) = (generations("ours", 2), generations("other", 1));
    let backup = sealed("ours", 2, KdfCost::MINIMUM);
    let (current, previous) = ours.fingerprints();
    let other_fingerprint = other.fingerprints().0;
    let needs = |current, previous| state(SYSTEM, Secrets { current, previous });
    let rotated = needs(Some(other_fingerprint), Some(current));
    let foreign = needs(Some(other_fingerprint), previous);
    let ready = needs(Some(current), None);
    let elsewhere = state(SystemId::from_bytes([7; 16]), Secrets::default());
    let alien = other
        .current
        .prove(SYSTEM, &mut Entropy::seeded("proof"))
        .expect("a proof");
    assert!(compare_header(backup.header(), &ready).is_ok());
    let proof = ours
        .current
        .prove(SYSTEM, &mut Entropy::seeded("proof"))
        .expect("a proof");
    let proven = compare(&ours, &ready, Some(&proof)).expect("proven");
    assert_eq!(proven.fingerprint(), current);
    [
        compare_header(backup.header(), &elsewhere),
        compare_header(backup.header(), &rotated),
        compare_header(backup.header(), &foreign),
        compare_header(backup.header(), &needs(None, None)),
        compare(&ours, &rotated, Some(&proof)).map(|_| ()),
        compare(&ours, &foreign, Some(&proof)).map(|_| ()),
        compare(&ours, &needs(None, None), Some(&proof)).map(|_| ()),
        compare(&ours, &ready, Some(&alien)).map(|_| ()),
        compare(&ours, &ready, None).map(|_| ()),
    ]
    .map(|compared| compared.expect_err("refused"))
    .into()
}

/// The errors about a backup's text.
fn of_parsing() -> Vec<Error> {
    let text = sealed("text", 1, KdfCost::MINIMUM).text();
    let texts = [
        String::new(),
        "<sso/>".to_owned(),
        text.replace("backup 1", "backup 7"),
        text.replace("end\n", ""),
        format!("{text}{text}"),
        "\0\u{1}\u{7}\0".to_owned(),
        text.replace("server: ", "servant: "),
        text.replace("m=64", "m=4294967295"),
    ];
    let parse = |text: &String| Backup::parse(Path::new("secret.bak"), text.as_bytes());
    let mut errors: Vec<_> = texts
        .iter()
        .map(|text| parse(text).expect_err("refused"))
        .collect();
    let wrong = password("not the password");
    errors.push(
        parse(&text)
            .expect("parses")
            .open(&wrong)
            .map(|_| ())
            .expect_err("refused"),
    );
    errors
}

/// The errors about passwords and reminders.
fn of_words(folder: &Path) -> Vec<Error> {
    let new = |text: &str| {
        Password::new(SecretString::from(text))
            .map(|_| ())
            .expect_err("refused")
    };
    let file = |bytes: &[u8]| {
        let path = folder.join("password");
        write(&path, bytes);
        mode(&path, 0o600);
        Password::read_file(&path).map(|_| ()).expect_err("refused")
    };
    let remind = |text: &str| Reminder::new(text, &password(PASSWORD)).expect_err("refused");
    vec![
        new("sixsix"),
        new(&"x".repeat(257)),
        file(b"\n"),
        file(b"two\nlines"),
        file(b"Gr\xFC\xDFe"),
        remind(&"x".repeat(513)),
        remind("it is: An Invented Password"),
        remind(" a\tb"),
    ]
}

/// The errors about files.
fn of_files(folder: &Path) -> Vec<Error> {
    let at = |name: &str| folder.join(name);
    write(&at("large"), &vec![b'x'; 16 * 1024 + 1]);
    write(&at("open"), PASSWORD.as_bytes());
    mode(&at("open"), 0o644);
    std::fs::create_dir(at("folder")).expect("a folder");
    let read = |name: &str| Backup::read(&at(name)).map(|_| ()).expect_err("refused");
    let backup = sealed("files", 1, KdfCost::MINIMUM);
    let write = |name: &str, text: &str| {
        backup
            .write(&at(name), &password(text))
            .expect_err("refused")
    };
    vec![
        read("missing"),
        read("folder"),
        read("large"),
        Password::read_file(&at("open"))
            .map(|_| ())
            .expect_err("refused"),
        write("no/secret.bak", PASSWORD),
        write("open", PASSWORD),
        write("never.bak", "another password"),
        sighting(folder),
    ]
}

/// What is kept of how far a system was seen, and is not what was written.
fn sighting(folder: &Path) -> Error {
    let path = folder.join(format!("{SYSTEM}.seen"));
    write(&path, b"{}");
    mode(&path, 0o600);
    Sighting::read(folder, SYSTEM).expect_err("refused")
}

/// The errors about the vault.
fn of_the_vault(folder: &Path) -> Vec<Error> {
    let path = folder.join("vault");
    let vault = Vault::new(path.clone(), MachineKey::OwnFile);
    let held = Held {
        system: SYSTEM,
        server: "SSO01".parse().expect("a name"),
        term: Term(1),
        generations: generations("vault", 2),
    };
    vault
        .store(held, Unopened::Refuse, &mut Entropy::seeded("vault"))
        .expect("stored");
    let facts = || vault.facts().expect_err("refused");
    let mut errors = vec![
        vault
            .activate(SYSTEM, PromotionId::from_bytes([9; 8]), Term(2))
            .expect_err("refused"),
        vault
            .refuse_others(SystemId::from_bytes([9; 16]))
            .expect_err("refused"),
    ];
    let admits = || vault.admits(SYSTEM, Unopened::Refuse).expect_err("refused");
    mode(&path, 0o755);
    errors.push(facts());
    mode(&path, 0o700);
    let key = std::fs::read(path.join("machine.key")).expect("a key");
    write(&path.join("machine.key"), &key[..31]);
    errors.push(facts());
    write(&path.join("machine.key"), &[0; 32]);
    errors.push(facts());
    errors.push(admits());
    let sealed = std::fs::read(path.join("current.vault")).expect("a vault");
    for text in ["regent vault 1\n", "regent vault 9\n"] {
        write(&path.join("current.vault"), text.as_bytes());
        errors.push(facts());
    }
    errors.push(admits());
    write(&path.join("current.vault"), &sealed);
    std::fs::remove_file(path.join("machine.key")).expect("removed");
    errors.push(facts());
    errors.push(admits());
    std::fs::create_dir(path.join("machine.key")).expect("a folder");
    errors.push(facts());
    errors
}

/// The errors about keys that sign.
fn of_keys(folder: &Path) -> Vec<Error> {
    let path = folder.join("signing.key");
    let made = std::process::Command::new(Tool::SshKeygen.program())
        .args(["-q", "-t", "ed25519", "-N", "open sesame", "-f"])
        .arg(&path)
        .status();
    let made = made.expect("ssh-keygen runs (Debian: apt-get install openssh-client)");
    assert!(made.success());
    let wrong = secrecy::SecretString::from("open");
    let locked = KeyFile::read(&path).expect("a key");
    assert!(locked.needs_passphrase());
    let pair = Ed25519Keypair::from_seed(&[7; 32]);
    let public = SkEd25519Public::new(pair.public, "ssh:");
    let token = SkEd25519::new(public, 1, [0; 16]).expect("a token's key");
    let token = PrivateKey::from(token).to_openssh(LineEnding::LF);
    let key = PrivateKey::from(pair).to_openssh(LineEnding::LF);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let short = folder.join("short.key");
    let made = std::process::Command::new(Tool::SshKeygen.program())
        .args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"])
        .arg(&short)
        .status();
    assert!(made.expect("ssh-keygen runs").success());
    write(&folder.join("token.key"), token.expect("text").as_bytes());
    write(&folder.join("old.key"), old.as_bytes());
    let cut = key.expect("text")[..60].to_owned();
    write(&folder.join("cut.key"), cut.as_bytes());
    let mut errors = vec![locked.unlock(Some(&wrong)).map(drop).expect_err("refused")];
    for name in [
        "signing.key.pub",
        "short.key",
        "token.key",
        "old.key",
        "cut.key",
    ] {
        let read = KeyFile::read(&folder.join(name)).map(drop);
        errors.push(read.expect_err("refused"));
    }
    errors
}

fn every_error(folder: &Path) -> Vec<Error> {
    let mut errors = of_parsing();
    errors.extend(of_comparing());
    errors.extend(of_words(folder));
    errors.extend(of_files(folder));
    errors.extend(of_the_vault(folder));
    errors.extend(of_keys(folder));
    errors
}

fn variant(error: &Error) -> String {
    let debug = format!("{error:?}");
    debug.chars().take_while(|c| c.is_alphanumeric()).collect()
}

#[test]
fn every_error_says_what_happened_and_what_to_do() {
    needs!(SshKeygen);
    let folder = TempDir::new().expect("a folder");
    let mut texts: Vec<String> = Vec::new();
    let mut by_variant: BTreeMap<String, u32> = BTreeMap::new();
    for error in every_error(folder.path()) {
        *by_variant.entry(variant(&error)).or_default() += 1;
        let text = said(&error).replace(&folder.path().display().to_string(), "FOLDER");
        texts.push(format!("{}\n  {text}", variant(&error)));
    }
    insta::with_settings!({
        snapshot_path => "../../snapshots/secret",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("errors", texts.join("\n\n"));
    });
    let source = include_str!("../../../host/secret/error.rs");
    let body = source
        .split("pub enum Error {")
        .nth(1)
        .and_then(|rest| rest.split("\n}").next());
    for line in body.expect("an enum").lines() {
        let Some(name) = line
            .strip_prefix("    ")
            .filter(|line| line.starts_with(char::is_uppercase))
        else {
            continue;
        };
        let name = name.split([' ', ',', '(']).next().expect("a name");
        // Memory runs out in a process of its own, below; the others need a broken machine.
        let elsewhere = ["NoMemory", "NotSigned", "Entropy"].contains(&name);
        assert!(
            elsewhere || by_variant.contains_key(name),
            "{name} is never reached"
        );
    }
}

#[test]
fn no_secret_is_in_any_error() {
    needs!(SshKeygen);
    let folder = TempDir::new().expect("a folder");
    let mut canaries = vec![
        PASSWORD.to_owned(),
        "not the password".to_owned(),
        "another password".to_owned(),
    ];
    for (seed, count) in [
        ("ours", 2),
        ("other", 1),
        ("text", 1),
        ("files", 1),
        ("vault", 2),
    ] {
        canaries.extend(bytes_of(seed, count).iter().map(|bytes| hex(bytes)));
        canaries.extend(
            bytes_of(seed, count)
                .iter()
                .map(|bytes| format!("{bytes:?}")),
        );
    }
    for error in every_error(folder.path()) {
        let text = format!("{}\n{error:?}\n{error:#?}", said(&error)).to_lowercase();
        for canary in &canaries {
            assert!(
                !text.contains(&canary.to_lowercase()),
                "{}",
                variant(&error)
            );
        }
    }
}

#[test]
fn an_older_backup_says_when_it_was_written() {
    let older = of_comparing()
        .into_iter()
        .find(|error| {
            matches!(
                error,
                Error::OlderGeneration {
                    created: Some(_),
                    ..
                }
            )
        })
        .expect("an older one");
    assert_eq!(older.code().status, regent::exit::Status::Conflict);
    assert!(said(&older).contains("2026-03-04"), "{}", said(&older));
}

#[test]
fn a_machine_without_memory_says_so() {
    let site = crate::support::Site::ready();
    // Within the cap, and more than the process is given: 1 GiB.
    let text = std::fs::read_to_string(site.path("secret.bak")).expect("a backup");
    site.write(
        "dear.bak",
        &text.replace("m=64 t=1 p=1", "m=1048576 t=1 p=1"),
    );
    let verify = [
        "secret",
        "verify",
        "dear.bak",
        "--password-file",
        "password",
    ];
    let mut limited = site.command_named(
        Path::new("sh"),
        &[
            "-c",
            "ulimit -v 900000; exec \"$0\" \"$@\"",
            env!("CARGO_BIN_EXE_regent"),
        ],
    );
    limited.args(verify);
    let run = crate::support::run(&mut limited).exits(6);
    assert!(
        run.err.contains("1048576 KiB of memory"),
        "{}",
        run.transcript()
    );
}
