//! The committed backups: each opens or fails as its name says, and is what this program writes.

use std::path::{Path, PathBuf};

use regent::entropy::Entropy;
use regent::secret::armor::{Armored, hex};
use regent::secret::crypto::Key;
use regent::secret::{Backup, Error, KdfCost, Reminder};

use super::{PASSWORD, SYSTEM, bytes_of, facts, generations, password, sealed};

const FIELDS: [&str; 9] = [
    "system", "current", "previous", "created", "server", "reminder", "kdf", "salt", "nonce",
];

/// The password of `ok-password-beyond-ascii.bak`.
const BEYOND_ASCII: &str = "Schlüssel für SSO02 🔑";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/backups")
}

/// A backup taken apart, altered and put together again.
fn altered(alter: impl FnOnce(&mut Armored)) -> Vec<u8> {
    let text = reminding().text();
    let mut armored =
        Armored::parse(text.as_bytes(), "backup", 1, &FIELDS).unwrap_or_else(|_| panic!("{text}"));
    alter(&mut armored);
    armored.text().into_bytes()
}

/// A field's value is another one.
fn with(name: &str, value: &str) -> Vec<u8> {
    altered(|armored| {
        let field = armored
            .fields
            .iter_mut()
            .find(|(known, _)| *known == name)
            .expect("a field");
        assert_ne!(field.1, value, "the value is another one");
        value.clone_into(&mut field.1);
    })
}

/// An optional or needed field is not there.
fn without(name: &str) -> Vec<u8> {
    altered(|armored| armored.fields.retain(|(known, _)| *known != name))
}

/// The text of a good backup, altered.
fn rewritten(from: &str, to: &str) -> Vec<u8> {
    let text = reminding().text();
    assert!(text.contains(from), "{text}");
    text.replacen(from, to, 1).into_bytes()
}

/// A good backup up to where `part` begins.
fn cut(part: &str) -> Vec<u8> {
    let text = reminding().text();
    let at = text.find(part).expect("it is there");
    text.as_bytes()[..at].to_vec()
}

/// A backup whose tag fits, of a plaintext that its header does not name.
fn misnamed(plaintext: &[u8]) -> Vec<u8> {
    altered(|armored| {
        let bytes = |name| unhex(armored.field(name).expect("a field"));
        let (salt, nonce) = (bytes("salt"), bytes("nonce"));
        let salt = salt.try_into().expect("a salt");
        let key = Key::from_password(&password(PASSWORD), &salt, KdfCost::MINIMUM).expect("a key");
        let nonce = nonce.try_into().expect("a nonce");
        armored.body = key.seal(&nonce, armored.header().as_bytes(), plaintext);
    })
}

fn unhex(digits: &str) -> Vec<u8> {
    regent::secret::armor::unhex(digits).expect("digits")
}

/// A backup of two generations with a reminder: every field there is.
fn reminding() -> Backup {
    let sealing = password(PASSWORD);
    let reminder =
        Reminder::new("the café on the corner – ask Ayşe", &sealing).expect("a reminder");
    let mut entropy = Entropy::seeded("reminder: salt and nonce");
    let secrets = generations("reminder", 2);
    Backup::seal(
        &secrets,
        facts(Some(reminder)),
        &sealing,
        KdfCost::MINIMUM,
        &mut entropy,
    )
    .expect("sealed")
}

fn under_another_password(text: &str) -> Vec<u8> {
    let mut entropy = Entropy::seeded("another password: salt and nonce");
    let secrets = generations("another password", 1);
    Backup::seal(
        &secrets,
        facts(None),
        &password(text),
        KdfCost::MINIMUM,
        &mut entropy,
    )
    .expect("sealed")
    .text()
    .into_bytes()
}

type Vectors = Vec<(&'static str, Vec<u8>)>;

/// Every file, and what it has to be.
fn vectors() -> Vectors {
    [
        whole(),
        cut_off(),
        altered_fields(),
        altered_bodies(),
        misnamed_secrets(),
        costs(),
        foreign(),
        misspelled(),
        travelled(),
    ]
    .concat()
}

fn text(backup: &Backup) -> Vec<u8> {
    backup.text().into_bytes()
}

fn whole() -> Vectors {
    let sealed = |seed, count, cost| text(&sealed(seed, count, cost));
    let another = "another invented password";
    vec![
        (
            "ok-one-generation",
            sealed("one generation", 1, KdfCost::MINIMUM),
        ),
        (
            "ok-two-generations",
            sealed("two generations", 2, KdfCost::MINIMUM),
        ),
        ("ok-reminder", text(&reminding())),
        (
            "ok-default-cost",
            sealed("default cost", 2, KdfCost::DEFAULT),
        ),
        (
            "ok-password-beyond-ascii",
            under_another_password(BEYOND_ASCII),
        ),
        ("ok-password-prepared", under_another_password(DECOMPOSED)),
        ("ok-password-as-typed", as_typed()),
        ("fail-wrong-password", under_another_password(another)),
    ]
}

fn cut_off() -> Vectors {
    let end = text(&reminding()).len() - 2;
    let within_a_character = [cut("é on the corner"), vec![0xc3]].concat();
    vec![
        ("fail-truncated-title", cut("backup 1")),
        ("fail-truncated-header", cut("reminder")),
        ("fail-truncated-character", within_a_character),
        ("fail-truncated-body", cut("end\n")),
        ("fail-truncated-end", text(&reminding())[..end].to_vec()),
    ]
}

fn altered_fields() -> Vectors {
    let other = generations("x", 1).fingerprints().0.to_string();
    let system = "5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5b";
    vec![
        ("fail-altered-header-system", with("system", system)),
        ("fail-altered-header-current", with("current", &other)),
        ("fail-altered-header-no-previous", without("previous")),
        (
            "fail-altered-header-created",
            with("created", "2026-03-05T05:06:07Z"),
        ),
        ("fail-altered-header-server", with("server", "sso01")),
        (
            "fail-altered-header-reminder",
            with("reminder", "mail it to mallory"),
        ),
        ("fail-altered-header-no-reminder", without("reminder")),
        (
            "fail-altered-header-kdf",
            with("kdf", "argon2id m=65 t=1 p=1"),
        ),
        ("fail-altered-header-salt", with("salt", &"00".repeat(16))),
        ("fail-altered-header-nonce", with("nonce", &"00".repeat(12))),
    ]
}

fn altered_bodies() -> Vectors {
    let tag = altered(|file| *file.body.last_mut().expect("a tag") ^= 0x80);
    vec![
        ("fail-altered-body", altered(|file| file.body[0] ^= 1)),
        ("fail-altered-tag", tag),
        (
            "fail-shortened-body",
            altered(|file| file.body.truncate(49)),
        ),
        ("fail-no-body", altered(|file| file.body.clear())),
    ]
}

fn misnamed_secrets() -> Vectors {
    let secrets = bytes_of("reminder", 3);
    let plaintext =
        |count: u8, secrets: &[[u8; 32]]| [&[count], secrets.concat().as_slice()].concat();
    vec![
        (
            "fail-other-secrets",
            misnamed(&plaintext(2, &[secrets[0], secrets[2]])),
        ),
        (
            "fail-one-secret-too-few",
            misnamed(&plaintext(1, &secrets[..1])),
        ),
        ("fail-three-secrets", misnamed(&plaintext(3, &secrets))),
        ("fail-no-secret", misnamed(&[0])),
    ]
}

fn costs() -> Vectors {
    vec![
        (
            "fail-cost-over-cap",
            with("kdf", "argon2id m=4294967295 t=1 p=1"),
        ),
        (
            "fail-cost-many-passes",
            with("kdf", "argon2id m=1048576 t=3 p=4"),
        ),
        (
            "fail-cost-under-minimum",
            with("kdf", "argon2id m=8 t=1 p=1"),
        ),
    ]
}

fn foreign() -> Vectors {
    let registry = b"Windows Registry Editor Version 5.00\r\n".to_vec();
    vec![
        ("fail-newer-format", rewritten("backup 1\n", "backup 2\n")),
        ("fail-not-a-backup", registry),
        ("fail-not-a-backup-empty", Vec::new()),
        (
            "fail-not-a-backup-vault",
            rewritten("regent backup", "regent vault"),
        ),
    ]
}

fn misspelled() -> Vectors {
    let twice = rewritten("server: SSO01\n", "server: SSO01\nserver: SSO01\n");
    let whole = reminding().text();
    let (_, body) = whole.split_once("\n\n").expect("a body");
    vec![
        (
            "fail-unknown-field",
            rewritten("kdf: ", "comment: none\nkdf: "),
        ),
        ("fail-field-twice", twice),
        (
            "fail-fields-in-other-order",
            altered(|file| file.fields.swap(3, 4)),
        ),
        ("fail-missing-field", without("server")),
        (
            "fail-upper-case-hex",
            rewritten(&body[..64], &body[..64].to_uppercase()),
        ),
        ("fail-ungrouped-system", with("system", &"5a".repeat(16))),
        (
            "fail-other-time-zone",
            with("created", "2026-03-04T06:06:07+01:00"),
        ),
        ("fail-other-kdf", with("kdf", "argon2i m=64 t=1 p=1")),
        ("fail-short-salt", with("salt", &"00".repeat(15))),
        (
            "fail-reminder-with-escape",
            rewritten("reminder: the", "reminder: \u{1b}[2Jthe"),
        ),
    ]
}

/// One backup after what happens to a text on its way.
fn travelled() -> Vectors {
    let whole = reminding().text();
    let units = |unit: fn(u16) -> [u8; 2]| whole.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let quoted = format!("> {}\n", whole.trim_end().replace('\n', "\n> "));
    let (header, body) = whole.split_once("\n\n").expect("a body");
    let digits: String = body.lines().filter(|line| *line != "end").collect();
    let (first, rest) = digits.split_at(76);
    let mail = format!(
        "From: Anna <anna@contoso.example>\r\nSubject: the regent backup\r\n\r\nHere it is.\r\n\r\n{}\r\n--\r\nAnna\r\n",
        whole.replace('\n', "\r\n")
    );
    vec![
        (
            "ok-travelled-carriage-returns",
            whole.replace('\n', "\r\n").into_bytes(),
        ),
        (
            "ok-travelled-returns-twice",
            whole.replace('\n', "\r\r\n").into_bytes(),
        ),
        (
            "ok-travelled-returns-alone",
            whole.replace('\n', "\r").into_bytes(),
        ),
        (
            "ok-travelled-empty-lines",
            format!("\n{}\n\n", whole.replace("\n\n", "\n\n\n")).into_bytes(),
        ),
        (
            "ok-travelled-no-last-end",
            whole.trim_end().as_bytes().to_vec(),
        ),
        (
            "ok-travelled-mark",
            [b"\xef\xbb\xbf", whole.as_bytes()].concat(),
        ),
        (
            "ok-travelled-blanks",
            whole.replace('\n', " \t\n").into_bytes(),
        ),
        ("ok-travelled-mail", mail.into_bytes()),
        (
            "ok-travelled-quoted",
            format!("Anna wrote:\n\n{quoted}\nThank you!\n").into_bytes(),
        ),
        (
            "ok-travelled-broken",
            format!("{header}\n\n{first}\n{rest}\nend\n").into_bytes(),
        ),
        (
            "ok-travelled-utf-16",
            [b"\xff\xfe", &units(u16::to_le_bytes)[..]].concat(),
        ),
        ("ok-travelled-utf-16-big-endian", units(u16::to_be_bytes)),
        ("fail-several", format!("{whole}\n{whole}").into_bytes()),
        (
            "fail-binary",
            b"\x01\x00\x00\x00\xa4regent backup 1\n\x00".to_vec(),
        ),
    ]
}

/// A password in the letters that some systems type, and in those that others do.
const DECOMPOSED: &str = "Gru\u{308}ße aus Malmo\u{308}";
const COMPOSED: &str = "Grüße aus Malmö";

/// Sealed before passwords were prepared, by a system that types letters in parts.
fn as_typed() -> Vec<u8> {
    altered(|armored| {
        let bytes = |name| unhex(armored.field(name).expect("a field"));
        let (salt, nonce) = (bytes("salt"), bytes("nonce"));
        let salt = salt.try_into().expect("a salt");
        let key = Key::stretched(DECOMPOSED.as_bytes(), &salt, KdfCost::MINIMUM).expect("a key");
        let nonce = nonce.try_into().expect("a nonce");
        let plaintext = [&[2], bytes_of("reminder", 2).concat().as_slice()].concat();
        armored.body = key.seal(&nonce, armored.header().as_bytes(), &plaintext);
    })
}

/// The password that README.md names for a file.
fn password_of(name: &str) -> &'static str {
    match name {
        "ok-password-beyond-ascii" => BEYOND_ASCII,
        "ok-password-prepared" => COMPOSED,
        "ok-password-as-typed" => DECOMPOSED,
        _ => PASSWORD,
    }
}

#[test]
fn a_password_opens_whichever_way_its_letters_are_typed() {
    let opens = |bytes: &[u8], text: &str| {
        let backup = Backup::parse(Path::new("x.bak"), bytes).expect("a backup");
        backup.open(&password(text)).is_ok()
    };
    let prepared = under_another_password(DECOMPOSED);
    assert_eq!(prepared, under_another_password(COMPOSED));
    for text in [COMPOSED, DECOMPOSED, "Grüße\u{a0}aus Malmo\u{308}"] {
        assert!(opens(&prepared, text), "{text}");
    }
    assert!(opens(&as_typed(), DECOMPOSED));
    assert!(!opens(&as_typed(), COMPOSED), "nobody typed it so");
}

#[test]
fn what_travelled_is_read_as_it_was_written() {
    let written = reminding();
    for (name, bytes) in travelled() {
        if name.starts_with("ok-") {
            let backup = Backup::parse(Path::new(name), &bytes).expect(name);
            assert_eq!(backup.text(), written.text(), "{name}");
            assert_eq!(backup.digest(), written.digest(), "{name}");
            assert!(!backup.changes().is_empty(), "{name}");
        }
    }
}

/// What reading and opening it says, in one word.
fn outcome(name: &str, bytes: &[u8]) -> &'static str {
    let path = PathBuf::from(format!("{name}.bak"));
    match Backup::parse(&path, bytes).and_then(|backup| backup.open(&password(password_of(name)))) {
        Ok(_) => "opens",
        Err(Error::Truncated { .. }) => "Truncated",
        Err(Error::WrongPasswordOrAltered { .. }) => "WrongPasswordOrAltered",
        Err(Error::CostRefused { .. }) => "CostRefused",
        Err(Error::NewerFormat { version: 2, .. }) => "NewerFormat",
        Err(Error::NotABackup { .. }) => "NotABackup",
        Err(Error::Damaged { .. }) => "Damaged",
        Err(Error::Binary { .. }) => "Binary",
        Err(Error::SeveralBackups { .. }) => "SeveralBackups",
        Err(other) => panic!("{name}: {other}"),
    }
}

/// What its name says of its outcome.
fn named(name: &str) -> &'static str {
    let begins = |with: &[&str]| with.iter().any(|with| name.starts_with(with));
    match name {
        _ if begins(&["ok-"]) => "opens",
        _ if begins(&["fail-truncated-"]) => "Truncated",
        _ if begins(&["fail-cost-"]) => "CostRefused",
        _ if begins(&["fail-newer-"]) => "NewerFormat",
        _ if begins(&["fail-not-a-backup"]) => "NotABackup",
        "fail-binary" => "Binary",
        "fail-several" => "SeveralBackups",
        "fail-wrong-password"
        | "fail-shortened-body"
        | "fail-other-secrets"
        | "fail-one-secret-too-few"
        | "fail-three-secrets"
        | "fail-no-secret" => "WrongPasswordOrAltered",
        _ if begins(&["fail-altered-"]) => "WrongPasswordOrAltered",
        _ => "Damaged",
    }
}

#[test]
fn every_committed_backup_does_what_its_name_says() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("README.md");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "bak") {
            continue;
        }
        seen += 1;
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let (found, wanted) = (
            outcome(&name, &std::fs::read(&path).expect("a file")),
            named(&name),
        );
        if found != wanted {
            wrong.push(format!("{name}: {found}, not {wanted}"));
        }
        if !readme.contains(&format!("| `{name}.bak` | {wanted} |")) {
            wrong.push(format!("README.md lacks | `{name}.bak` | {wanted} |"));
        }
    }
    assert_eq!(seen, vectors().len(), "files and vectors");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_committed_backup_is_what_this_program_writes() {
    for (name, bytes) in vectors() {
        let committed = std::fs::read(folder().join(format!("{name}.bak"))).unwrap_or_default();
        assert!(
            committed == bytes,
            "{name}.bak differs; see README.md on writing them anew"
        );
    }
}

/// Not a test: how the committed files were written.
#[test]
#[ignore = "writes the committed backups anew"]
fn write_every_backup_anew() {
    for (name, bytes) in vectors() {
        #[expect(clippy::disallowed_methods, reason = "fixtures, written by hand")]
        std::fs::write(folder().join(format!("{name}.bak")), bytes).expect("a file");
    }
}

/// README.md gives a second implementer every value on the way from a password to a secret.
#[test]
fn the_readme_walks_from_password_to_secret() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("README.md");
    let backup = sealed("one generation", 1, KdfCost::MINIMUM);
    let text = backup.text();
    let armored = Armored::parse(text.as_bytes(), "backup", 1, &FIELDS)
        .unwrap_or_else(|_| panic!("a backup"));
    let salt: [u8; 16] = unhex(armored.field("salt").expect("a salt"))
        .try_into()
        .expect("a salt");
    let argon2 = argon2::Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        argon2::Params::new(64, 1, 1, Some(32)).expect("parameters"),
    );
    let mut key = [0; 32];
    argon2
        .hash_password_into(PASSWORD.as_bytes(), &salt, &mut key)
        .expect("a key");
    let [secret] = bytes_of("one generation", 1)[..] else {
        panic!("one secret")
    };
    let mut entropy = Entropy::seeded("one generation: proof");
    let secrets = generations("one generation", 1);
    let proof = secrets
        .current
        .prove(SYSTEM, &mut entropy)
        .expect("a proof");
    for (what, value) in [
        ("key", hex(&key)),
        ("plaintext", format!("01{}", hex(&secret))),
        ("fingerprint", secrets.fingerprints().0.to_string()),
        ("proof nonce", hex(&proof.nonce)),
        ("proof", hex(&proof.sealed)),
    ] {
        assert!(
            readme.contains(&format!("| {what} | `{value}` |")),
            "| {what} | `{value}` |"
        );
    }
}
