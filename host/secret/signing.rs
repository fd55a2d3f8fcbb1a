//! OpenSSH keys: who signs a statement, and who is known to have signed it.
//!
//! Keys are read as `ssh-keygen` writes them (OpenSSH `PROTOCOL.key`), signatures are armored as
//! `ssh-keygen -Y sign` writes them (OpenSSH `PROTOCOL.sshsig`). Keys are of Ed25519 (RFC 8032), of
//! ECDSA on P-256 (RFC 5656) or of RSA with SHA-2 (RFC 8332), or on a token (OpenSSH
//! `PROTOCOL.u2f`), which somebody must have touched. A signature counts for one namespace, so that
//! none made for one purpose can serve another.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey};
use zeroize::Zeroizing;

use super::{Error, file};
use crate::entropy::{self, Entropy};
use crate::source::encoding;

mod kind;
mod signature;

pub use kind::NotAKey;
pub use signature::NotSigned;

/// The largest key file, in bytes; an Ed25519 key has under 1 KiB, the longest RSA key some 13.
const MAX_BYTES: u64 = 32 * 1024;

/// The namespace of plan approvals.
pub const APPROVAL: &str = "regent-approval";

/// The namespace of signatures over plugins' components.
pub const PLUGIN: &str = "regent-plugin";

/// What an armored signature ends with.
const END: &str = "-----END SSH SIGNATURE-----";

/// A private key, ready to sign.
///
/// ```compile_fail
/// fn show<T: std::fmt::Debug>() {}
/// show::<regent::secret::SigningKey>();
/// ```
/// ```compile_fail
/// fn copy<T: Clone>() {}
/// copy::<regent::secret::SigningKey>();
/// ```
pub struct SigningKey(PrivateKey);

/// A private key as its file holds it: it may still need its passphrase.
pub struct KeyFile {
    path: PathBuf,
    key: PrivateKey,
}

/// A public key, in the one-line form of `authorized_keys`; its comment does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifyingKey(PublicKey);

/// Somebody whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Signer {
    /// What the organisation calls them.
    pub name: String,
    /// The public half of the key that they sign with.
    pub key: VerifyingKey,
}

impl Signer {
    /// Whether this is their name; accounts are matched without case.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }

    /// One person signs once: the first of these whose name or key cannot be told from another's,
    /// and why.
    pub fn indistinct(signers: &[Self]) -> Option<(&Self, &'static str)> {
        let wrong = |index: usize, signer: &Self| {
            let earlier = &signers[..index];
            if signer.name.trim() != signer.name
                || signer.name.is_empty()
                || signer.name.chars().any(crate::visible::is_hidden)
            {
                Some("its name is not one word or line that can be seen")
            } else if earlier.iter().any(|other| other.is_called(&signer.name)) {
                Some("its name stands there twice")
            } else if earlier.iter().any(|other| other.key.is(&signer.key)) {
                Some("its key stands there twice")
            } else {
                None
            }
        };
        let mut each = signers.iter().enumerate();
        each.find_map(|(index, signer)| wrong(index, signer).map(|what| (signer, what)))
    }
}

/// The armored signatures that stand in a text one after the other, unverified.
pub fn armored(text: &str) -> Vec<&str> {
    let blocks = text.split_inclusive(END).map(str::trim);
    blocks.filter(|block| !block.is_empty()).collect()
}

/// The one armored signature in a text.
pub fn one_armored(text: &str) -> Result<&str, NotSigned> {
    match armored(text)[..] {
        [one] => Ok(one),
        ref several => Err(NotSigned::NotOne(several.len())),
    }
}

impl KeyFile {
    /// Reads a private key that only its owner may read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let content = file::read(path, MAX_BYTES)?;
        // What it is before who may read it: a public key may be read by everybody.
        let path_of = || path.to_owned();
        let text = encoding::decode(&content.bytes).ok();
        let key = text.and_then(|(_, text)| PrivateKey::from_openssh(text.as_bytes()).ok());
        let Some(key) = key else {
            let text = String::from_utf8_lossy(&content.bytes);
            return Err(match kind::read(&text) {
                Err(NotAKey::Private) if !text.contains(" OPENSSH ") => {
                    Error::OldPrivateKey { path: path_of() }
                }
                Err(NotAKey::Private | NotAKey::Malformed) => Error::NotAKey { path: path_of() },
                Ok(_) | Err(_) => Error::PublicHalf { path: path_of() },
            });
        };
        let public = kind::taken(key.public_key().clone()).map_err(|cause| Error::UnfitKey {
            path: path_of(),
            cause,
        })?;
        if kind::on_a_token(&public) {
            return Err(Error::KeyOnToken { path: path_of() });
        }
        content.private(path)?;
        Ok(Self {
            path: path.to_owned(),
            key,
        })
    }

    /// Whether a passphrase protects it.
    pub fn needs_passphrase(&self) -> bool {
        self.key.is_encrypted()
    }

    /// Whose key it is; known without the passphrase.
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey(self.key.public_key().clone())
    }

    /// The key, where no passphrase protects it or this one opens it.
    pub fn unlock(self, passphrase: Option<&SecretString>) -> Result<SigningKey, Error> {
        let Self { path, key } = self;
        if !key.is_encrypted() {
            return Ok(SigningKey(key));
        }
        let passphrase = passphrase.map_or("", |passphrase| passphrase.expose_secret());
        key.decrypt(passphrase)
            .map(SigningKey)
            .map_err(|_| Error::WrongPassphrase { path })
    }
}

impl SigningKey {
    /// Draws a key.
    pub fn generate(entropy: &mut Entropy) -> Result<Self, entropy::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(&mut *seed)?;
        Ok(Self(Ed25519Keypair::from_seed(&seed).into()))
    }

    /// Whose signatures it makes.
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey(self.0.public_key().clone())
    }

    /// Signs a statement for one purpose; returns the armored signature.
    pub fn sign(&self, namespace: &str, statement: &[u8]) -> Result<String, Error> {
        let signed = match self.0.key_data() {
            KeypairData::Rsa(pair) => signature::sign_rsa(pair, namespace, statement),
            KeypairData::Ecdsa(pair) => signature::sign_ecdsa(pair, namespace, statement),
            _ => self.0.sign(namespace, HashAlg::Sha512, statement).ok(),
        };
        signed
            .and_then(|signature| signature.to_pem(LineEnding::LF).ok())
            .ok_or(Error::NotSigned)
    }
}

impl VerifyingKey {
    /// Whether this key signed the statement for this purpose.
    pub fn verify(
        &self,
        namespace: &str,
        statement: &[u8],
        armored: &str,
    ) -> Result<(), NotSigned> {
        signature::fits(&signature::read(armored)?, &self.0, namespace, statement)
    }

    /// The key that a signature names as its own, unverified.
    pub fn named_in(armored: &str) -> Result<Self, NotSigned> {
        signature::key_of(&signature::read(armored)?).map(Self)
    }

    /// Whether two are the same key, whatever their comments say.
    pub fn is(&self, other: &Self) -> bool {
        self.0.key_data() == other.0.key_data()
    }
}

impl From<VerifyingKey> for String {
    fn from(key: VerifyingKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for VerifyingKey {
    type Error = NotAKey;

    fn try_from(line: String) -> Result<Self, NotAKey> {
        kind::read(&line).map(Self)
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.0.to_openssh().map_err(|_| fmt::Error)?;
        // The comment is the owner's own and may say anything.
        let words: Vec<&str> = line.split(' ').take(2).collect();
        f.write_str(&words.join(" "))
    }
}
