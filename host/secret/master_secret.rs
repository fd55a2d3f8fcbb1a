//! The master secret itself.

use secrecy::{ExposeSecret as _, SecretBox};
use zeroize::Zeroizing;

use crate::entropy::{self, Entropy};
use crate::identity::{Fingerprint, SystemId};
use crate::system::Proof;

use super::crypto::{KEY_LEN, Key, NONCE_LEN};

const FINGERPRINT_LABEL: &str = "regent fingerprint 1";
const PROOF_LABEL: &str = "regent proof 1";

/// What a proof encrypts: nothing secret, so that a proof gives nothing away.
const PROOF_TEXT: &[u8] = b"this master secret opens this credential database";

/// The key that every credential is encrypted under: 32 random bytes.
///
/// ```compile_fail
/// fn show<T: std::fmt::Debug>() {}
/// show::<regent::secret::MasterSecret>();
/// ```
/// ```compile_fail
/// fn copy<T: Clone>() {}
/// copy::<regent::secret::MasterSecret>();
/// ```
/// ```compile_fail
/// fn write<T: serde::Serialize>() {}
/// write::<regent::secret::MasterSecret>();
/// ```
pub struct MasterSecret(SecretBox<[u8; KEY_LEN]>);

impl MasterSecret {
    /// Draws a new one; the bytes are born in their box.
    pub fn generate(entropy: &mut Entropy) -> Result<Self, entropy::Error> {
        let mut drawn = Ok(());
        let secret = SecretBox::init_with_mut(|bytes: &mut [u8; KEY_LEN]| {
            drawn = entropy.fill(bytes);
        });
        drawn.map(|()| Self(secret))
    }

    fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == KEY_LEN).then(|| {
            Self(SecretBox::init_with_mut(|secret: &mut [u8; KEY_LEN]| {
                secret.copy_from_slice(bytes);
            }))
        })
    }

    /// Its name: derived from it, and not reversible.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes(Key::derived(&self.0, FINGERPRINT_LABEL, b"").name())
    }

    /// A small ciphertext that only this secret opens, for this system.
    pub fn prove(&self, system: SystemId, entropy: &mut Entropy) -> Result<Proof, entropy::Error> {
        let nonce: [u8; NONCE_LEN] = entropy.draw()?;
        let sealed = self
            .proof_key(system)
            .seal(&nonce, system.as_bytes(), PROOF_TEXT);
        Ok(Proof { nonce, sealed })
    }

    /// Whether a proof was made under this secret, for this system.
    pub fn opens(&self, system: SystemId, proof: &Proof) -> bool {
        self.proof_key(system)
            .open(&proof.nonce, system.as_bytes(), &proof.sealed)
            .is_ok_and(|text| text.as_slice() == PROOF_TEXT)
    }

    fn proof_key(&self, system: SystemId) -> Key {
        Key::derived(&self.0, PROOF_LABEL, system.as_bytes())
    }
}

/// The master secret in use and the one before, of which every backup and vault holds both.
pub struct Generations {
    /// The one in use.
    pub current: MasterSecret,
    /// The one before.
    pub previous: Option<MasterSecret>,
}

impl Generations {
    /// Both as bytes to be sealed: how many, then each.
    pub(super) fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + 2 * KEY_LEN));
        bytes.push(if self.previous.is_some() { 2 } else { 1 });
        for secret in std::iter::once(&self.current).chain(&self.previous) {
            bytes.extend_from_slice(secret.0.expose_secret());
        }
        bytes
    }

    /// Reads them back.
    pub(super) fn from_plaintext(bytes: &[u8]) -> Option<Self> {
        let (count, secrets) = bytes.split_first()?;
        if !matches!(count, 1 | 2) || secrets.len() != usize::from(*count) * KEY_LEN {
            return None;
        }
        let mut secrets = secrets.chunks_exact(KEY_LEN).map(MasterSecret::from_slice);
        let current = secrets.next()??;
        let previous = secrets.next().flatten();
        Some(Self { current, previous })
    }

    /// Their names.
    pub fn fingerprints(&self) -> (Fingerprint, Option<Fingerprint>) {
        (
            self.current.fingerprint(),
            self.previous.as_ref().map(MasterSecret::fingerprint),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_its_own_proof_only() {
        let mut entropy = Entropy::seeded("secrets");
        let mut secret = || MasterSecret::generate(&mut entropy).expect("drawn");
        let (one, other) = (secret(), secret());
        let (here, there) = (SystemId::from_bytes([1; 16]), SystemId::from_bytes([2; 16]));
        let proof = one
            .prove(here, &mut Entropy::seeded("proof"))
            .expect("drawn");
        assert!(one.opens(here, &proof));
        assert!(!one.opens(there, &proof));
        assert!(!other.opens(here, &proof));
        assert_ne!(one.fingerprint(), other.fingerprint());
    }

    #[test]
    fn generations_survive_their_plaintext() {
        let mut entropy = Entropy::seeded("generations");
        let mut secret = || MasterSecret::generate(&mut entropy).expect("drawn");
        for generations in [
            Generations {
                current: secret(),
                previous: None,
            },
            Generations {
                current: secret(),
                previous: Some(secret()),
            },
        ] {
            let bytes = generations.plaintext();
            let read = Generations::from_plaintext(&bytes).expect("reads");
            assert_eq!(read.fingerprints(), generations.fingerprints());
            assert!(Generations::from_plaintext(&bytes[1..]).is_none());
        }
        assert!(Generations::from_plaintext(&[]).is_none());
        assert!(Generations::from_plaintext(&[0]).is_none());
        assert!(Generations::from_plaintext(&[3; 97]).is_none());
    }
}
