//! Random bytes: the operating system's, or in a rehearsal or a test a stream that repeats.
//!
//! **Invariant:** nothing that is read from outside makes the stream of a real site repeat. A build
//! without debug assertions repeats it only in a rehearsal, whose site, secrets and all, it makes
//! itself and throws away; `tests/it/tidy.rs` holds who does.

use crate::exit::coded;

/// Where identifiers, salts, nonces and secrets are drawn from.
#[derive(Debug)]
pub struct Entropy(Source);

#[derive(Debug)]
enum Source {
    OperatingSystem,
    Seeded { seed: Vec<u8>, drawn: u64 },
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct Error(#[source] getrandom::Error);

coded!(Error "no-random-bytes" Environment "the operating system gave no random bytes");

impl Entropy {
    /// The operating system's random number generator.
    pub fn operating_system() -> Self {
        Self(Source::OperatingSystem)
    }

    /// A stream that is the same for the same seed, so that snapshots need no redaction.
    pub fn seeded(seed: &str) -> Self {
        Self(Source::Seeded {
            seed: seed.as_bytes().to_vec(),
            drawn: 0,
        })
    }

    /// Fills `bytes`.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where random bytes come from"
    )]
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        match &mut self.0 {
            Source::OperatingSystem => getrandom::fill(bytes).map_err(Error),
            Source::Seeded { seed, drawn } => {
                use sha2::{Digest as _, Sha256};
                for chunk in bytes.chunks_mut(32) {
                    let block = Sha256::new()
                        .chain_update(&*seed)
                        .chain_update(drawn.to_be_bytes())
                        .finalize();
                    chunk.copy_from_slice(&block[..chunk.len()]);
                    *drawn += 1;
                }
                Ok(())
            }
        }
    }

    /// Draws `N` bytes that are no secret: an identifier, a salt, a nonce.
    pub fn draw<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}
