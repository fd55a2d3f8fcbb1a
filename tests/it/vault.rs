//! The vault: what one server keeps, and that every act may be repeated after a crash anywhere.

use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use regent::entropy::Entropy;
use regent::identity::{PromotionId, Term};
use regent::secret::{Error, Held, MachineKey, Unopened, Vault, VaultFacts};
use tempfile::TempDir;

use crate::secret::{SYSTEM, generations};
use crate::support::mode;

mod another;
mod format;
mod nodes;
mod promotion;

/// Holds what was said against a snapshot.
fn snapshot(name: &str, said: &str) {
    crate::snapshot!("secret", name, said);
}

/// A vault in a folder that goes with the test.
pub(crate) struct Place {
    folder: TempDir,
    vault: Vault,
}

impl Place {
    fn new() -> Self {
        Self::with(MachineKey::OwnFile)
    }

    fn with(key: MachineKey) -> Self {
        let folder = TempDir::new().expect("a folder");
        let vault = Vault::new(folder.path().join("sso02"), key).written_on(Some("NODE1"));
        Self { folder, vault }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("sso02").join(name)
    }

    /// Every file of the vault.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.path(""))
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    fn store(&self, seed: &str, term: u64) -> Result<(), Error> {
        let entropy = &mut Entropy::seeded(&format!("{seed}: store"));
        let aside = self
            .vault
            .store(held(seed, term), Unopened::Refuse, entropy)?;
        assert!(aside.is_empty(), "everything opens: {aside:?}");
        Ok(())
    }

    fn facts(&self) -> VaultFacts {
        self.vault.facts().expect("opens").expect("holds something")
    }

    /// What a file of the vault holds, read as if it were the current one.
    fn term_in(&self, name: &str) -> Option<Term> {
        let aside = TempDir::new().expect("a folder");
        mode(aside.path(), 0o700);
        let vault = Vault::new(aside.path().to_owned(), MachineKey::OwnFile);
        for (from, to) in [(name, "current.vault"), ("machine.key", "machine.key")] {
            std::fs::copy(self.path(from), aside.path().join(to)).expect("a copy");
        }
        vault.facts().expect("opens").map(|facts| facts.term)
    }
}

fn held(seed: &str, term: u64) -> Held {
    Held {
        system: SYSTEM,
        server: "SSO02".parse().expect("a name"),
        term: Term(term),
        generations: generations(seed, 2),
    }
}

fn write(path: &Path, bytes: &[u8]) {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(path, bytes).expect("a file");
    mode(path, 0o600);
}

fn refused<T>(result: Result<T, Error>) -> Error {
    result.map(|_| ()).expect_err("refused")
}

#[test]
fn what_is_stored_is_read() {
    let place = Place::new();
    assert!(place.vault.read().expect("nothing is no error").is_none());
    assert_eq!(place.vault.pending().expect("none"), []);
    place.store("one", 3).expect("stored");
    let facts = place.facts();
    let (current, previous) = generations("one", 2).fingerprints();
    assert_eq!((facts.current, facts.previous), (current, previous));
    assert_eq!(
        (facts.system, facts.term, facts.server.as_str()),
        (SYSTEM, Term(3), "SSO02")
    );
    let read = place.vault.read().expect("opens").expect("holds something");
    assert_eq!(read.generations.fingerprints(), (current, previous));
}

#[test]
fn the_one_before_is_kept() {
    let place = Place::new();
    for (seed, term) in [("one", 1), ("two", 2), ("three", 3)] {
        place.store(seed, term).expect("stored");
    }
    assert_eq!(place.facts().term, Term(3));
    assert_eq!(place.term_in("previous.vault"), Some(Term(2)));
    assert_eq!(
        place.names(),
        ["current.vault", "machine.key", "previous.vault"]
    );
}

#[test]
fn everything_is_for_its_owner_only() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    place.store("two", 2).expect("stored");
    let permissions = |path: PathBuf| {
        std::fs::metadata(path)
            .expect("metadata")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(permissions(place.path("")), 0o700);
    for name in place.names() {
        assert_eq!(permissions(place.path(&name)), 0o600, "{name}");
    }
}

#[test]
fn no_secret_lies_open_in_it() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    let mut entropy = Entropy::seeded("one");
    let secret: [u8; 32] = entropy.draw().expect("drawn");
    let digits = regent::secret::armor::hex(&secret);
    for name in place.names() {
        let bytes = std::fs::read(place.path(&name)).expect("a file");
        assert!(
            !bytes.windows(8).any(|window| window == &secret[..8]),
            "{name}"
        );
        assert!(
            !String::from_utf8_lossy(&bytes).contains(&digits[..16]),
            "{name}"
        );
    }
}

#[test]
fn every_altered_byte_is_refused() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    let path = place.path("current.vault");
    let good = std::fs::read(&path).expect("a file");
    // Altered in place: a file system takes its time over files that are replaced.
    let file = std::fs::File::options()
        .write(true)
        .open(&path)
        .expect("a file");
    let put = |at: usize, byte: u8| file.write_at(&[byte], at as u64).expect("written");
    for (at, byte) in good.iter().enumerate() {
        for bit in 0..8 {
            put(at, byte ^ (1 << bit));
            assert!(place.vault.read().is_err(), "bit {bit} of byte {at}");
        }
        put(at, *byte);
    }
    assert!(place.vault.read().is_ok());
    for length in (0..good.len()).rev() {
        file.set_len(length as u64).expect("cut off");
        assert!(place.vault.read().is_err(), "cut off after {length} bytes");
    }
}

#[test]
fn what_a_vault_says_of_itself_is_authenticated() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    let path = place.path("current.vault");
    let good = std::fs::read_to_string(&path).expect("a file");
    let other = generations("other", 1).fingerprints().0.to_string();
    for (from, to) in [
        ("term: 1", "term: 2"),
        ("server: SSO02", "server: SSO03"),
        ("server: SSO02", "server: sso02"),
        ("computer: NODE1", "computer: NODE2"),
        ("computer: NODE1\n", ""),
        ("vault 2", "vault 1"),
        (&SYSTEM.to_string(), "5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5b"),
        (&place.facts().current.to_string(), other.as_str()),
    ] {
        assert!(good.contains(from), "{good}");
        write(&path, good.replace(from, to).as_bytes());
        let error = refused(place.vault.facts());
        assert!(
            matches!(error, Error::VaultDoesNotOpen { .. }),
            "{from} → {to}: {error}"
        );
    }
    write(&path, good.replace("vault 2", "vault 3").as_bytes());
    assert!(matches!(
        refused(place.vault.facts()),
        Error::NewerFormat { version: 3, .. }
    ));
    write(&path, &vec![b'x'; 100_000]);
    assert!(matches!(
        refused(place.vault.facts()),
        Error::VaultDoesNotOpen { .. }
    ));
}

#[test]
fn the_vault_of_one_server_does_not_open_another_s() {
    let (one, other) = (Place::new(), Place::new());
    one.vault
        .store(
            held("one", 1),
            Unopened::Refuse,
            &mut Entropy::operating_system(),
        )
        .expect("stored");
    other
        .vault
        .store(
            held("other", 1),
            Unopened::Refuse,
            &mut Entropy::operating_system(),
        )
        .expect("stored");
    std::fs::copy(one.path("current.vault"), other.path("current.vault")).expect("a copy");
    assert!(matches!(
        refused(other.vault.read()),
        Error::SealedByAnotherKey { .. }
    ));
    assert!(one.vault.read().is_ok());
}

#[test]
fn without_its_machine_key_it_does_not_open() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    let path = place.path("machine.key");
    let key = std::fs::read(&path).expect("a key");
    assert_eq!(key.len(), 32);
    let facts = || refused(place.vault.facts());
    for length in [0, 31] {
        write(&path, &key[..length]);
        assert!(
            matches!(facts(), Error::BadMachineKey { .. }),
            "{}",
            facts()
        );
    }
    write(&path, &[key.as_slice(), b"\n"].concat());
    assert!(
        matches!(facts(), Error::BadMachineKey { .. }),
        "{}",
        facts()
    );
    write(&path, &[1; 32]);
    assert!(
        matches!(facts(), Error::SealedByAnotherKey { .. }),
        "{}",
        facts()
    );
    write(&path, &key);
    mode(&path, 0o644);
    assert!(
        matches!(facts(), Error::TooOpen { mode: 0o644, .. }),
        "{}",
        facts()
    );
    assert!(
        place.store("two", 2).is_err(),
        "nothing is sealed under a key that others may read"
    );
    mode(&path, 0o600);
    assert!(place.vault.facts().is_ok());
    std::fs::remove_file(&path).expect("removed");
    assert!(matches!(facts(), Error::NoMachineKey { .. }), "{}", facts());
    assert!(!path.exists(), "reading makes no key");
}

/// What `regent secret restore` does on a machine that has lost its key.
#[test]
fn a_lost_machine_key_is_made_anew_by_the_next_store_that_may_replace_the_vault() {
    let place = Place::new();
    place.store("zero", 0).expect("stored");
    place.store("one", 1).expect("stored");
    let bytes = |name: &str| std::fs::read(place.path(name)).expect("a file");
    let (unopenable, previous) = (bytes("current.vault"), bytes("previous.vault"));
    std::fs::remove_file(place.path("machine.key")).expect("removed");
    let before = place.names();
    let error = refused(place.store("two", 2));
    assert!(
        matches!(&error, Error::WouldReplaceUnopened { cause, .. }
            if matches!(**cause, Error::NoMachineKey { .. })),
        "{error}"
    );
    assert_eq!(place.names(), before, "nothing was made or moved");
    let entropy = &mut Entropy::seeded("two: store");
    let aside = place
        .vault
        .store(held("two", 2), Unopened::KeepAside, entropy);
    let aside = aside.expect("stored");
    assert_eq!(place.facts().term, Term(2));
    let [kept] = &aside[..] else {
        panic!("{aside:?}");
    };
    assert_eq!(std::fs::read(kept).expect("a file"), unopenable);
    assert_eq!(bytes("previous.vault"), previous, "it was in nobody's way");
    assert_eq!(place.vault.contents().expect("a list").unopened, aside);
    // The next one would rotate the previous one out, which does not open either.
    let error = refused(place.store("three", 3));
    assert!(
        matches!(error, Error::WouldReplaceUnopened { .. }),
        "{error}"
    );
    let aside = place
        .vault
        .store(held("three", 3), Unopened::KeepAside, entropy)
        .expect("stored");
    assert_eq!(std::fs::read(&aside[0]).expect("a file"), previous);
    assert_eq!(place.term_in("previous.vault"), Some(Term(2)));
    place.store("four", 4).expect("everything opens again");
}

#[test]
fn what_is_kept_aside_twice_is_kept_once() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    for _ in 0..2 {
        write(&place.path("current.vault"), b"no vault at all");
        let entropy = &mut Entropy::operating_system();
        let aside = place
            .vault
            .store(held("two", 2), Unopened::KeepAside, entropy);
        assert_eq!(aside.expect("stored").len(), 1);
    }
    assert_eq!(place.vault.contents().expect("a list").unopened.len(), 1);
}

#[test]
fn a_machine_key_may_be_provided() {
    let folder = TempDir::new().expect("a folder");
    let key = folder.path().join("credential");
    let place = Place::with(MachineKey::File(key.clone()));
    let error = refused(place.store("one", 1));
    assert!(matches!(error, Error::NoMachineKey { .. }), "{error}");
    assert!(
        !key.exists(),
        "a key that somebody else provides is never made"
    );
    write(&key, &[3; 32]);
    place.store("one", 1).expect("stored");
    assert_eq!(place.names(), ["current.vault"]);
    assert_eq!(place.facts().term, Term(1));
    mode(&key, 0o640);
    assert!(matches!(
        refused(place.vault.facts()),
        Error::TooOpen { .. }
    ));
    mode(&key, 0o600);
    std::fs::remove_file(&key).expect("removed");
    assert!(matches!(
        refused(place.vault.facts()),
        Error::NoMachineKey { .. }
    ));
    write(&folder.path().join("elsewhere"), &[3; 32]);
    symlink("elsewhere", &key).expect("a link");
    assert!(matches!(
        refused(place.vault.facts()),
        Error::NotTheVaults {
            what: "a symbolic link",
            ..
        }
    ));
}

#[test]
fn what_others_may_use_is_refused() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    for permissions in [0o640, 0o604, 0o660, 0o601] {
        mode(&place.path("current.vault"), permissions);
        let error = refused(place.vault.facts());
        assert!(
            matches!(error, Error::TooOpen { mode, .. } if mode == permissions),
            "{error}"
        );
        assert!(place.store("two", 2).is_err(), "{permissions:o}");
    }
    mode(&place.path("current.vault"), 0o600);
    for permissions in [0o750, 0o705, 0o701] {
        mode(&place.path(""), permissions);
        let error = refused(place.vault.facts());
        assert!(
            matches!(error, Error::TooOpen { mode, .. } if mode == permissions),
            "{error}"
        );
        assert!(
            error.help().is_some_and(|help| help.contains("chmod 700")),
            "{error}"
        );
        assert!(place.store("two", 2).is_err(), "{permissions:o}");
    }
    mode(&place.path(""), 0o700);
    assert_eq!(place.facts().term, Term(1));
}

#[test]
fn what_is_no_file_is_refused() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    let (current, aside) = (place.path("current.vault"), place.path("aside"));
    std::fs::rename(&current, &aside).expect("renamed");
    symlink("aside", &current).expect("a link");
    let error = refused(place.vault.facts());
    assert!(
        matches!(
            error,
            Error::NotTheVaults {
                what: "a symbolic link",
                ..
            }
        ),
        "{error}"
    );
    std::fs::remove_file(&current).expect("removed");
    std::fs::create_dir(&current).expect("a folder");
    let error = refused(place.vault.facts());
    assert!(
        matches!(
            error,
            Error::NotTheVaults {
                what: "a folder",
                ..
            }
        ),
        "{error}"
    );
    std::fs::remove_dir(&current).expect("removed");
    let made = std::process::Command::new("mkfifo")
        .arg(&current)
        .status()
        .expect("mkfifo");
    assert!(made.success());
    let error = refused(place.vault.facts());
    assert!(
        matches!(
            error,
            Error::NotTheVaults {
                what: "a named pipe",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn what_a_killed_writer_left_is_swept() {
    let place = Place::new();
    place.store("one", 1).expect("stored");
    write(&place.path(".regent-a1B2c3"), b"half a vault");
    write(&place.path("notes.txt"), b"an administrator's own");
    place.store("two", 2).expect("stored");
    assert_eq!(
        place.names(),
        [
            "current.vault",
            "machine.key",
            "notes.txt",
            "previous.vault"
        ]
    );
    write(&place.path(".regent-a1B2c3"), b"half a vault");
    let id = PromotionId::from_bytes([1; 8]);
    place
        .vault
        .stage(
            id,
            held("three", 3),
            Unopened::Refuse,
            &mut Entropy::seeded("stage"),
        )
        .expect("staged");
    assert!(!place.path(".regent-a1B2c3").exists());
}

#[test]
fn two_that_store_at_once_leave_a_vault_that_opens() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for term in 1..=8 {
            let place = &place;
            scope.spawn(move || {
                let mut entropy = Entropy::operating_system();
                place
                    .vault
                    .store(held("both", term), Unopened::Refuse, &mut entropy)
                    .expect("stored");
            });
        }
    });
    assert_eq!(
        place.names(),
        ["current.vault", "machine.key", "previous.vault"]
    );
    assert_ne!(place.term_in("previous.vault"), Some(place.facts().term));
}
