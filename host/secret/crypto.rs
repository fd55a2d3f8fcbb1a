//! The primitives, each named by its standard. `FORMAT.md` says what is derived from what.
//!
//! The crates wipe their keys (`zeroize` is on). `argon2` does not wipe its memory, so it is given
//! memory that is wiped here; `hkdf` does not wipe its pseudorandom key, which lives on the stack
//! for the length of one call here.

use std::collections::TryReserveError;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Block, Version};
use hkdf::Hkdf;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::backup::KdfCost;
use super::password::Password;

/// Bytes of a key.
pub const KEY_LEN: usize = 32;
/// Bytes of an AES-GCM nonce (NIST SP 800-38D, section 5.2.1.1).
pub const NONCE_LEN: usize = 12;
/// Bytes of an AES-GCM tag.
pub const TAG_LEN: usize = 16;
/// Bytes of an Argon2id salt (RFC 9106, section 3.1).
pub const SALT_LEN: usize = 16;

/// A key that only this file uses.
pub struct Key(SecretBox<[u8; KEY_LEN]>);

/// The ciphertext does not open; deliberately without a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoesNotOpen;

#[expect(
    clippy::missing_panics_doc,
    reason = "none can: each `expect` says why"
)]
impl Key {
    /// `HKDF-SHA-256[salt = none, info = label ‖ context](secret, 32)`, RFC 5869.
    pub fn derived(secret: &SecretBox<[u8; KEY_LEN]>, label: &str, context: &[u8]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, secret.expose_secret());
        Self(SecretBox::init_with_mut(|key: &mut [u8; KEY_LEN]| {
            hkdf.expand_multi_info(&[label.as_bytes(), context], key)
                .expect("32 bytes are fewer than HKDF-SHA-256 can give");
        }))
    }

    /// The key that a password seals with. Fails where there is no memory to derive it in.
    pub fn from_password(
        password: &Password,
        salt: &[u8; SALT_LEN],
        cost: KdfCost,
    ) -> Result<Self, TryReserveError> {
        Self::stretched(password.bytes(), salt, cost)
    }

    /// `Argon2id[cost, salt](password, 32)`, RFC 9106. Fails where there is no memory for it.
    pub fn stretched(
        password: &[u8],
        salt: &[u8; SALT_LEN],
        cost: KdfCost,
    ) -> Result<Self, TryReserveError> {
        let params = cost.params();
        let mut memory: Zeroizing<Vec<Block>> = Zeroizing::new(Vec::new());
        memory.try_reserve_exact(params.block_count())?;
        memory.resize(params.block_count(), Block::default());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self(SecretBox::init_with_mut(|key: &mut [u8; KEY_LEN]| {
            argon2
                .hash_password_into_with_memory(password, salt, key, memory.as_mut_slice())
                .expect("salt, key and memory have the lengths that Argon2 asks for");
        })))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.0.expose_secret().into())
    }

    /// `AES-256-GCM[key, nonce](plaintext; header)`, NIST SP 800-38D. The header is authenticated
    /// as written.
    pub fn seal(&self, nonce: &[u8; NONCE_LEN], header: &[u8], plaintext: &[u8]) -> Vec<u8> {
        self.cipher()
            .encrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: plaintext,
                    aad: header,
                },
            )
            .expect("a plaintext of a few bytes is far below AES-GCM's limit")
    }

    /// Opens what [`Key::seal`] sealed.
    pub fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        header: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        self.cipher()
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: header,
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| DoesNotOpen)
    }
}

impl Key {
    /// The first half of a key that is derived to be a name and used for nothing else.
    pub fn name(&self) -> [u8; 16] {
        let mut name = [0; 16];
        name.copy_from_slice(&self.0.expose_secret()[..16]);
        name
    }
}
