//! Which kinds of keys are taken, and what each of the others is.

use ssh_key::public::{KeyData, RsaPublicKey};
use ssh_key::{Algorithm, EcdsaCurve, PublicKey};

/// The shortest RSA key that is taken, in bits.
pub(super) const MIN_RSA: usize = 3072;

/// The longest that is verified, in bits; the longest that `ssh-keygen` makes.
pub(super) const MAX_RSA: usize = 16384;

/// What there is to choose from.
const TAKEN: &str = "taken are ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa of 3072 bits or more, \
                     sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com";

/// The text is no public key that can verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Not the content of a `.pub` file.
    #[error("it is not a public key as a .pub file holds it (ssh-ed25519 AAAA…)")]
    Malformed,
    /// The wrong half.
    #[error(
        "it is a private key, which belongs to its owner alone; here the line of its .pub file is wanted"
    )]
    Private,
    /// What others say of a key.
    #[error("it is a certificate; here the key itself is wanted, as its .pub file holds it")]
    Certificate,
    /// Too short to last.
    #[error("it is an RSA key of {0} bits, which is too short; {TAKEN}")]
    ShortRsa(usize),
    /// Longer than anybody makes them.
    #[error("it is an RSA key of {0} bits; at most {MAX_RSA} are verified")]
    LongRsa(usize),
    /// Too weak at any length.
    #[error("it is a DSA key, which is too weak; {TAKEN}")]
    Dsa,
    /// Another curve.
    #[error("it is an ECDSA key on {0}; {TAKEN}")]
    OtherCurve(String),
    /// Of another kind.
    #[error("it is a key of the kind {0}; {TAKEN}")]
    OtherKind(String),
}

/// Lets through what is taken.
pub(super) fn taken(key: PublicKey) -> Result<PublicKey, NotAKey> {
    match key.key_data() {
        KeyData::Ed25519(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => Ok(key),
        KeyData::Ecdsa(point) if point.curve() == EcdsaCurve::NistP256 => Ok(key),
        KeyData::Ecdsa(point) => Err(NotAKey::OtherCurve(point.curve().as_str().to_owned())),
        KeyData::Rsa(numbers) => match bits(numbers) {
            short @ ..MIN_RSA => Err(NotAKey::ShortRsa(short)),
            MIN_RSA..=MAX_RSA => Ok(key),
            long => Err(NotAKey::LongRsa(long)),
        },
        KeyData::Dsa(_) => Err(NotAKey::Dsa),
        _ => Err(NotAKey::OtherKind(key.algorithm().to_string())),
    }
}

/// Reads the line of a `.pub` file.
pub(super) fn read(line: &str) -> Result<PublicKey, NotAKey> {
    let line = line.trim();
    if line.starts_with("-----BEGIN") && line.contains("PRIVATE KEY") {
        return Err(NotAKey::Private);
    }
    let kind = line.split_whitespace().next().unwrap_or_default();
    if kind.contains("-cert-v") {
        return Err(NotAKey::Certificate);
    }
    match PublicKey::from_openssh(line) {
        Ok(key) => taken(key),
        // It says what it is, though nothing here can read it.
        Err(_) if !kind.is_empty() && line.contains(' ') => match kind.parse() {
            Ok(Algorithm::Other(_)) if kind.contains('@') => {
                Err(NotAKey::OtherKind(kind.to_owned()))
            }
            _ => Err(NotAKey::Malformed),
        },
        Err(_) => Err(NotAKey::Malformed),
    }
}

/// Whether a token holds the private half.
pub(super) fn on_a_token(key: &PublicKey) -> bool {
    matches!(
        key.key_data(),
        KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_)
    )
}

/// The length of an RSA key, in bits.
fn bits(key: &RsaPublicKey) -> usize {
    let bytes = key.n.as_positive_bytes().unwrap_or_default();
    let unused = bytes.first().map_or(0, |first| first.leading_zeros());
    (bytes.len() * 8).saturating_sub(unused as usize)
}
