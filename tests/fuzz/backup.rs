//! Backups: any bytes are taken apart, and opened where that is cheap, without harm; what was sealed
//! opens as it was, and no longer once a byte is another.

use std::path::Path;

use jiff::Timestamp;
use regent::entropy::Entropy;
use regent::identity::{Digest, SystemId};
use regent::secret::{
    Backup, BackupFacts, Error, Generations, KdfCost, MasterSecret, Password, Reminder,
};
use secrecy::SecretString;

use super::pieces::Pieces;
use super::shown;

/// What every backup begins with; an input that does not is a recipe for one.
const TITLE: &[u8] = b"regent backup";

/// The password of the fixtures.
const PASSWORD: &str = "an invented password";

/// A backup is either read as the bytes say, or sealed as they say.
pub(crate) fn holds(bytes: &[u8]) {
    if bytes.starts_with(&TITLE[..6]) {
        is_read(bytes);
    } else {
        is_sealed(Pieces::of(bytes));
    }
}

fn password() -> Password {
    Password::existing(SecretString::from(PASSWORD))
}

fn is_read(bytes: &[u8]) {
    // A name as hostile as the rest.
    let name = format!("\u{1b}]8;;{}\u{7}.bak", bytes.len());
    let backup = match Backup::parse(Path::new(&name), bytes) {
        Ok(backup) => backup,
        Err(error) => return shown::error(&error, error.help()),
    };
    let text = backup.text();
    if backup.changes().is_empty() {
        assert_eq!(text.as_bytes(), bytes, "one way to write it");
    } else {
        assert_ne!(text.as_bytes(), bytes, "what is undone was there");
        let clean = Backup::parse(Path::new("clean.bak"), text.as_bytes()).expect("a backup");
        assert!(clean.changes().is_empty() && clean.text() == text);
    }
    assert_eq!(backup.digest(), Digest::of(text.as_bytes()));
    let header = backup.header();
    if header.kdf != KdfCost::MINIMUM {
        return;
    }
    match backup.open(&password()) {
        Ok(opened) => assert_eq!(opened.fingerprints(), (header.current, header.previous)),
        Err(error) => {
            assert!(matches!(error, Error::WrongPasswordOrAltered { .. }));
            shown::error(&error, error.help());
        }
    }
}

fn is_sealed(mut pieces: Pieces<'_>) {
    let mut entropy = Entropy::seeded(&pieces.text());
    let mut secret = || MasterSecret::generate(&mut entropy).expect("drawn");
    let current = secret();
    let two = pieces.byte() % 2 == 1;
    let generations = Generations {
        current,
        previous: two.then(secret),
    };
    let server = match pieces.text().parse() {
        Ok(server) => server,
        Err(_no_name) => "SSO01".parse().expect("a name"),
    };
    let seconds = i64::from(pieces.number()) - 2_000_000_000;
    let facts = BackupFacts {
        system: SystemId::from_bytes([pieces.byte(); 16]),
        server,
        created: Timestamp::from_second(seconds).expect("a moment"),
        reminder: Reminder::new(&pieces.text(), &password()).ok(),
    };
    let named = generations.fingerprints();
    let mut entropy = Entropy::seeded("salt and nonce");
    let sealed = Backup::seal(
        &generations,
        facts,
        &password(),
        KdfCost::MINIMUM,
        &mut entropy,
    )
    .expect("the password is a good one");
    let mut bytes = sealed.text().into_bytes();
    let read = Backup::parse(Path::new("new.bak"), &bytes).expect("what was written is read");
    assert_eq!(read.header(), sealed.header());
    let opened = read.open(&password()).expect("what was sealed opens");
    assert_eq!(opened.fingerprints(), named);
    // One byte is another, anywhere.
    let at = usize::try_from(pieces.number()).unwrap_or(0) % bytes.len();
    let other = pieces.byte();
    if bytes[at] != other {
        bytes[at] = other;
        let altered = Backup::parse(Path::new("altered.bak"), &bytes);
        // A line end that is another is no loss.
        let altered = altered.ok().filter(|b| b.text() != sealed.text());
        // A dearer key would be derived for nothing.
        let cheap = altered.filter(|b| b.header().kdf == KdfCost::MINIMUM);
        assert!(cheap.is_none_or(|backup| backup.open(&password()).is_err()));
    }
}
