//! The master secret: its backups, its passwords, and what is refused.

use jiff::Timestamp;
use regent::entropy::Entropy;
use regent::identity::SystemId;
use regent::secret::{
    Backup, BackupFacts, Error, Generations, KdfCost, MasterSecret, Password, Reminder,
};
use secrecy::SecretString;

mod altered;
mod file;
mod password;
mod refused;
mod vectors;

/// The password of every backup here that does not say otherwise.
pub(crate) const PASSWORD: &str = "an invented password";

/// The system every backup here is of.
pub(crate) const SYSTEM: SystemId = SystemId::from_bytes([0x5a; 16]);

pub(crate) fn password(text: &str) -> Password {
    Password::existing(SecretString::from(text))
}

/// Secrets that are the same for the same seed.
pub(crate) fn generations(seed: &str, count: usize) -> Generations {
    let mut entropy = Entropy::seeded(seed);
    let mut secret = || MasterSecret::generate(&mut entropy).expect("drawn");
    Generations {
        current: secret(),
        previous: (count == 2).then(&mut secret),
    }
}

/// The bytes of the secrets of [`generations`], which no interface gives away.
fn bytes_of(seed: &str, count: usize) -> Vec<[u8; 32]> {
    let mut entropy = Entropy::seeded(seed);
    (0..count).map(|_| entropy.draw().expect("drawn")).collect()
}

fn facts(reminder: Option<Reminder>) -> BackupFacts {
    BackupFacts {
        system: SYSTEM,
        server: "SSO01".parse().expect("a name"),
        created: "2026-03-04T05:06:07Z".parse::<Timestamp>().expect("a time"),
        reminder,
    }
}

/// A backup that is the same for the same seed.
fn sealed(seed: &str, count: usize, cost: KdfCost) -> Backup {
    let mut entropy = Entropy::seeded(&format!("{seed}: salt and nonce"));
    Backup::seal(
        &generations(seed, count),
        facts(None),
        &password(PASSWORD),
        cost,
        &mut entropy,
    )
    .expect("sealed")
}

/// The error and everything it comes from, as an administrator reads it.
pub(crate) fn said(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    if let Some(help) = error.help() {
        text.push_str("\n  help: ");
        text.push_str(&help);
    }
    text
}

#[test]
fn what_was_sealed_is_opened() {
    for count in [1, 2] {
        let backup = sealed("opened", count, KdfCost::MINIMUM);
        let opened = backup.open(&password(PASSWORD)).expect("opens");
        assert_eq!(
            opened.fingerprints(),
            generations("opened", count).fingerprints()
        );
        let header = backup.header();
        assert_eq!((header.current, header.previous), opened.fingerprints());
        assert_eq!((header.system, header.server.as_str()), (SYSTEM, "SSO01"));
    }
}

#[test]
fn no_two_backups_share_salt_or_nonce() {
    let mut entropy = Entropy::operating_system();
    let generations = generations("salt", 1);
    let mut seal = || {
        Backup::seal(
            &generations,
            facts(None),
            &password(PASSWORD),
            KdfCost::MINIMUM,
            &mut entropy,
        )
        .expect("sealed")
        .text()
    };
    let (one, two) = (seal(), seal());
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .map(str::to_owned)
            .expect("a field")
    };
    assert_ne!(field(&one, "salt: "), field(&two, "salt: "));
    assert_ne!(field(&one, "nonce: "), field(&two, "nonce: "));
}

#[test]
fn what_seals_keeps_the_rules_whoever_calls_it() {
    let generations = generations("rules", 1);
    let seal = |facts, text| {
        let mut entropy = Entropy::seeded("rules");
        Backup::seal(
            &generations,
            facts,
            &password(text),
            KdfCost::MINIMUM,
            &mut entropy,
        )
    };
    assert!(matches!(
        seal(facts(None), "short"),
        Err(Error::PasswordTooShort { found: 5 })
    ));
    let reminder = Reminder::new("the pet: Tangerine", &password(PASSWORD)).expect("a reminder");
    assert!(matches!(
        seal(facts(Some(reminder)), "tangerine"),
        Err(Error::ReminderTellsPassword)
    ));
}
