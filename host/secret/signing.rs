//! OpenSSH keys: who signs a statement, and who is known to have signed it.
//!
//! Keys are read as `ssh-keygen` writes them (OpenSSH `PROTOCOL.key`), signatures are armored as
//! `ssh-keygen -Y sign` writes them (OpenSSH `PROTOCOL.sshsig`), and Ed25519 (RFC 8032) is the
//! only algorithm. A signature counts for one namespace, so that none made for one purpose can
//! serve another.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use super::{Error, file};

/// The largest key file, in bytes; an Ed25519 key has under 1 KiB, its comment included.
const MAX_BYTES: u64 = 16 * 1024;

/// The longest signature, in bytes; one by an Ed25519 key has some 300.
const MAX_SIGNATURE: usize = 4 * 1024;

/// The namespace of plan approvals.
pub const APPROVAL: &str = "regent-approval";

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey(PublicKey);

/// The text is no public key that can verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Not the content of a `.pub` file.
    #[error("it is not a public key as a .pub file holds it (ssh-ed25519 AAAA…)")]
    Malformed,
    /// Of another kind.
    #[error("it is a {0} key; only ssh-ed25519 keys are taken")]
    OtherAlgorithm(String),
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Not an armored SSH signature.
    #[error("it is not an SSH signature")]
    Malformed,
    /// By another key.
    #[error("another key signed it")]
    OtherKey,
    /// For another purpose.
    #[error("it was signed for another purpose")]
    OtherNamespace,
    /// What was signed is not what stands here.
    #[error("the signature does not fit what was signed")]
    DoesNotFit,
}

impl KeyFile {
    /// Reads a private key that only its owner may read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let content = file::read(path, MAX_BYTES)?;
        // What it is before who may read it: a public key may be read by everybody.
        let key = PrivateKey::from_openssh(content.bytes.as_slice()).ok();
        let Some(key) = key.filter(|key| key.algorithm() == Algorithm::Ed25519) else {
            return Err(Error::NotAKey {
                path: path.to_owned(),
            });
        };
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
    /// Signs a statement for one purpose; returns the armored signature.
    pub fn sign(&self, namespace: &str, statement: &str) -> Result<String, Error> {
        let signature = self
            .0
            .sign(namespace, HashAlg::Sha512, statement.as_bytes());
        signature
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(|_| Error::NotSigned)
    }
}

impl VerifyingKey {
    /// Whether this key signed the statement for this purpose.
    pub fn verify(&self, namespace: &str, statement: &str, armored: &str) -> Result<(), NotSigned> {
        if armored.len() > MAX_SIGNATURE {
            return Err(NotSigned::Malformed);
        }
        let signature = SshSig::from_pem(armored).map_err(|_| NotSigned::Malformed)?;
        if signature.public_key() != self.0.key_data() {
            return Err(NotSigned::OtherKey);
        }
        if signature.namespace() != namespace {
            return Err(NotSigned::OtherNamespace);
        }
        self.0
            .verify(namespace, statement.as_bytes(), &signature)
            .map_err(|_| NotSigned::DoesNotFit)
    }

    /// Whether two are the same key, whatever their comments say.
    pub fn is(&self, other: &Self) -> bool {
        self.0.key_data() == other.0.key_data()
    }
}

impl TryFrom<String> for VerifyingKey {
    type Error = NotAKey;

    fn try_from(line: String) -> Result<Self, NotAKey> {
        let key = PublicKey::from_openssh(line.trim()).map_err(|_| NotAKey::Malformed)?;
        match key.algorithm() {
            Algorithm::Ed25519 => Ok(Self(key)),
            other => Err(NotAKey::OtherAlgorithm(other.to_string())),
        }
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
