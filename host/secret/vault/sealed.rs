//! A vault file, sealed and opened: the two formats of `FORMAT.md`.

use std::path::Path;

use crate::entropy::Entropy;
use crate::identity::Term;

use super::super::armor::{self, Armored, Problem};
use super::super::crypto::NONCE_LEN;
use super::super::machine_key::Seal;
use super::super::{Error, Generations};
use super::{Computer, Held};

/// The format this program writes, and the newest it reads.
pub const VERSION: u32 = 2;

/// The format before, which does not say who sealed it.
const FIRST: u32 = 1;

/// The fields of the first format, in order.
const FIELDS_OF_FIRST: [&str; 6] = ["system", "server", "term", "current", "previous", "nonce"];

/// The fields, in order.
const FIELDS: [&str; 8] = [
    "system", "server", "term", "current", "previous", "key", "computer", "nonce",
];

/// Takes a vault file of either format apart.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Armored, Error> {
    let parsed = match Armored::parse(bytes, "vault", FIRST, &FIELDS_OF_FIRST) {
        Err(Problem::Newer(VERSION)) => Armored::parse(bytes, "vault", VERSION, &FIELDS),
        parsed => parsed,
    };
    parsed.map_err(|problem| match problem {
        Problem::Newer(version) => Error::NewerFormat {
            path: path.to_owned(),
            version,
        },
        _ => Error::VaultDoesNotOpen {
            path: path.to_owned(),
        },
    })
}

/// The text of a vault file that holds this.
pub(super) fn seal(
    held: &Held,
    seal: &Seal,
    computer: Option<&Computer>,
    entropy: &mut Entropy,
) -> Result<String, Error> {
    let nonce: [u8; NONCE_LEN] = entropy.draw()?;
    let mut armored = Armored {
        kind: "vault",
        version: VERSION,
        fields: fields(VERSION, held, seal, computer, &nonce),
        body: Vec::new(),
    };
    armored.body = seal.key.seal(
        &nonce,
        armored.header().as_bytes(),
        &held.generations.plaintext(),
    );
    Ok(armored.text())
}

/// Opens a vault file; where another key sealed it, that is said.
pub(super) fn unseal(path: &Path, armored: &Armored, seal: &Seal) -> Result<Held, Error> {
    let named = armored.field("key").and_then(|key| key.parse().ok());
    if let Some(sealed) = named.filter(|sealed| *sealed != seal.name) {
        return Err(Error::SealedByAnotherKey {
            path: path.to_owned(),
            sealed,
            here: seal.name,
            computer: armored.field("computer").and_then(Computer::new),
        });
    }
    opened(armored, seal).ok_or_else(|| Error::VaultDoesNotOpen {
        path: path.to_owned(),
    })
}

fn opened(armored: &Armored, seal: &Seal) -> Option<Held> {
    let nonce = armor::unhex(armored.field("nonce")?)?.try_into().ok()?;
    let plaintext = seal
        .key
        .open(&nonce, armored.header().as_bytes(), &armored.body)
        .ok()?;
    let held = Held {
        system: armored.field("system")?.parse().ok()?,
        server: armored.field("server")?.parse().ok()?,
        term: Term(armored.field("term")?.parse().ok()?),
        generations: Generations::from_plaintext(&plaintext)?,
    };
    // The fields have one spelling, and the secrets the names they came under.
    let computer = armored.field("computer").and_then(Computer::new);
    let expected = fields(armored.version, &held, seal, computer.as_ref(), &nonce);
    (expected == armored.fields).then_some(held)
}

fn fields(
    version: u32,
    held: &Held,
    seal: &Seal,
    computer: Option<&Computer>,
    nonce: &[u8; NONCE_LEN],
) -> Vec<(&'static str, String)> {
    let (current, previous) = held.generations.fingerprints();
    let mut fields = vec![
        ("system", held.system.to_string()),
        ("server", held.server.to_string()),
        ("term", held.term.to_string()),
        ("current", current.to_string()),
    ];
    fields.extend(previous.map(|previous| ("previous", previous.to_string())));
    if version > FIRST {
        fields.push(("key", seal.name.to_string()));
        fields.extend(computer.map(|computer| ("computer", computer.to_string())));
    }
    fields.push(("nonce", armor::hex(nonce)));
    fields
}
