//! The committed vaults: read as `FORMAT.md` says, and written as its newest version says.

use std::path::Path;

use regent::entropy::Entropy;
use regent::identity::Term;
use regent::secret::{MachineKey, Unopened, Vault};
use tempfile::TempDir;

use super::{held, write};
use crate::secret::SYSTEM;

/// A vault that holds a committed file, under the committed machine key.
fn committed(file: &str) -> (TempDir, Vault) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/vaults");
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("sso02");
    let vault = Vault::new(path.clone(), MachineKey::OwnFile).written_on(Some("NODE9"));
    std::fs::create_dir(&path).expect("a folder");
    crate::support::mode(&path, 0o700);
    let bytes = std::fs::read(fixtures.join(file)).expect("a vector");
    write(&path.join("current.vault"), &bytes);
    let key: Vec<u8> = (0..32).collect();
    write(&path.join("machine.key"), &key);
    (folder, vault)
}

const FILES: [&str; 3] = ["format-1.txt", "format-2.txt", "format-2-least.txt"];

#[test]
fn the_committed_vaults_open() {
    for file in FILES {
        let (_folder, vault) = committed(file);
        let facts = vault.facts_for(SYSTEM).expect("opens").expect("is full");
        assert_eq!(
            (facts.term, facts.server.as_str()),
            (Term(7), "SSO02"),
            "{file}"
        );
        assert_eq!(facts.previous.is_some(), !file.contains("least"), "{file}");
    }
}

#[test]
fn what_takes_the_place_of_an_older_format_is_of_the_newest() {
    for file in FILES {
        let (folder, vault) = committed(file);
        let read = |name: &str| std::fs::read_to_string(folder.path().join("sso02").join(name));
        let before = read("current.vault").expect("a vault");
        let entropy = &mut Entropy::seeded("format");
        vault
            .store(held("one", 8), Unopened::Refuse, entropy)
            .expect("stored");
        let after = read("current.vault").expect("a vault");
        assert!(after.starts_with("regent vault 2\n"), "{after}");
        let names: Vec<_> = after
            .lines()
            .filter_map(|line| line.split_once(": "))
            .collect();
        let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
        let all = [
            "system", "server", "term", "current", "previous", "key", "computer", "nonce",
        ];
        assert_eq!(names, all);
        let key = "key: 397e75dc-b018-d9d2-479c-0aa1ead5d9ba";
        assert!(
            after.contains(key) && after.contains("computer: NODE9"),
            "{after}"
        );
        assert_eq!(
            read("previous.vault").expect("a vault"),
            before,
            "a copy, to the byte"
        );
    }
}
