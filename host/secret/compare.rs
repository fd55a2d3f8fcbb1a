//! Whether a master secret is the one that this database needs.

use crate::identity::Fingerprint;
use crate::system::{Proof, SystemState};

use super::{Error, Generations, Header};

/// A master secret that was opened and opens this database's proof; only [`compare`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven(Fingerprint);

impl Proven {
    /// Which secret.
    pub fn fingerprint(self) -> Fingerprint {
        self.0
    }
}

/// Holds what a backup says of itself against a database, before its password is known.
pub fn compare_header(header: &Header, state: &SystemState) -> Result<(), Error> {
    if header.system != state.id {
        return Err(Error::OtherSystem {
            backup: header.system,
            database: state.id,
        });
    }
    let needed = state.secrets.current.ok_or(Error::NoSecret)?;
    if header.current == needed {
        return Ok(());
    }
    if state.secrets.previous == Some(header.current) {
        return Err(Error::OlderGeneration {
            backup: header.current,
            database: needed,
            created: Some(header.created),
        });
    }
    Err(Error::OtherSecret {
        backup: header.current,
        database: needed,
    })
}

/// Proves that a master secret opens this database.
pub fn compare(
    generations: &Generations,
    state: &SystemState,
    proof: Option<&Proof>,
) -> Result<Proven, Error> {
    let needed = state.secrets.current.ok_or(Error::NoSecret)?;
    let secret = generations.current.fingerprint();
    if secret != needed {
        return Err(if state.secrets.previous == Some(secret) {
            Error::OlderGeneration {
                backup: secret,
                database: needed,
                created: None,
            }
        } else {
            Error::OtherSecret {
                backup: secret,
                database: needed,
            }
        });
    }
    match proof {
        Some(proof) if generations.current.opens(state.id, proof) => Ok(Proven(secret)),
        _ => Err(Error::ProofDoesNotOpen { secret }),
    }
}
