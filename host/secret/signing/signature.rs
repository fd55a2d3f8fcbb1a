//! Whether a signature is one, and fits.

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, Pkcs1v15Sign};
use sha2::{Digest as _, Sha256, Sha512};
use ssh_key::private::{EcdsaKeypair, RsaKeypair};
use ssh_key::public::{KeyData, RsaPublicKey};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Mpint, PublicKey, Signature, SshSig};

use super::kind::{self, MAX_RSA, MIN_RSA, NotAKey};
use crate::exit::coded;

/// The longest signature, in bytes; one by an Ed25519 key has some 300, one by the longest RSA key
/// some 6,000.
const MAX_BYTES: usize = 8 * 1024;

/// The bit that a token sets where somebody touched it (`PROTOCOL.u2f`).
const USER_PRESENT: u8 = 1;

/// What stands behind a token's signature: its flags, and how often it has signed.
const FLAGS_AND_COUNTER: usize = 5;

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Not an armored SSH signature that can be read.
    #[error("it is no SSH signature, is cut off, or was made with SHA-1")]
    Malformed,
    /// More than one, or none.
    #[error("it holds {0} SSH signatures, and one is wanted")]
    NotOne(usize),
    /// By a key that could not count.
    #[error("the key that made it is not taken: {0}")]
    Key(NotAKey),
    /// By another key.
    #[error("another key signed it")]
    OtherKey,
    /// For another purpose.
    #[error("it was signed for another purpose: in the namespace “{found}”, not “{wanted}”")]
    OtherNamespace {
        /// The namespace in it.
        found: String,
        /// The one that counts.
        wanted: String,
    },
    /// By a token that nobody touched.
    #[error("the token signed it without being touched")]
    NobodyPresent,
    /// What was signed is not what stands here.
    #[error("the signature does not fit what was signed")]
    DoesNotFit,
}

coded! { NotSigned {
    Malformed "not-a-signature" Environment "the file holds no whole SSH signature of a kind that is taken";
    NotOne "not-one-signature" Environment "the file holds more signatures than one, or none";
    Key "signing-key-not-taken" Environment "the key that signed is of a kind or length that is not taken";
    OtherKey "signed-by-another-key" Environment "another key signed it";
    OtherNamespace "signed-for-another-purpose" Environment "it was signed in another namespace";
    NobodyPresent "signed-without-presence" Environment "the token signed without being touched";
    DoesNotFit "signature-does-not-fit" Environment "the signature does not fit what was signed";
} }

/// Reads an armored signature.
pub(super) fn read(armored: &str) -> Result<SshSig, NotSigned> {
    if armored.len() > MAX_BYTES {
        return Err(NotSigned::Malformed);
    }
    SshSig::from_pem(armored).map_err(|_| NotSigned::Malformed)
}

/// The key that a signature names as its own, unverified.
pub(super) fn key_of(signature: &SshSig) -> Result<PublicKey, NotSigned> {
    let key = PublicKey::new(signature.public_key().clone(), "");
    kind::taken(key).map_err(NotSigned::Key)
}

/// Whether a signature by this key fits the statement.
pub(super) fn fits(
    signature: &SshSig,
    key: &PublicKey,
    namespace: &str,
    statement: &[u8],
) -> Result<(), NotSigned> {
    if signature.public_key() != key.key_data() {
        key_of(signature)?;
        return Err(NotSigned::OtherKey);
    }
    if signature.namespace() != namespace {
        return Err(NotSigned::OtherNamespace {
            found: signature.namespace().to_owned(),
            wanted: namespace.to_owned(),
        });
    }
    let fits = match key.key_data() {
        KeyData::Rsa(numbers) => fits_rsa(signature, numbers, statement),
        KeyData::Ecdsa(point) => fits_ecdsa(signature, point.as_sec1_bytes(), statement),
        KeyData::SkEcdsaSha2NistP256(token) => {
            let point = token.ec_point().as_bytes();
            fits_token(signature, point, token.application(), statement)
        }
        _ => key.verify(namespace, statement, signature).ok(),
    };
    fits.ok_or(NotSigned::DoesNotFit)?;
    let untouched = |bytes: &[u8]| bytes[0] & USER_PRESENT == 0;
    if kind::on_a_token(key) && trailer(signature).is_none_or(untouched) {
        return Err(NotSigned::NobodyPresent);
    }
    Ok(())
}

/// The flags of a token and its counter.
fn trailer(signature: &SshSig) -> Option<&[u8]> {
    let bytes = signature.signature().as_bytes();
    bytes.get(bytes.len().checked_sub(FLAGS_AND_COUNTER)?..)
}

/// What is hashed and signed of a statement.
fn signed(signature: &SshSig, statement: &[u8]) -> Option<Vec<u8>> {
    SshSig::signed_data(signature.namespace(), signature.hash_alg(), statement).ok()
}

/// RFC 8332.
fn fits_rsa(signature: &SshSig, numbers: &RsaPublicKey, statement: &[u8]) -> Option<()> {
    let Algorithm::Rsa { hash: Some(hash) } = signature.signature().algorithm() else {
        return None;
    };
    let (n, e) = (number(&numbers.n)?, number(&numbers.e)?);
    let key = rsa::PublicKey::new_with_size_limits(n, e, MIN_RSA..=MAX_RSA).ok()?;
    let bytes = signature.signature().as_bytes();
    // Some agents leave out the zeros in front.
    let mut whole = vec![0; key.size().checked_sub(bytes.len())?];
    whole.extend(bytes);
    let signed = signed(signature, statement)?;
    let fits = match hash {
        HashAlg::Sha256 => {
            let scheme = Pkcs1v15Sign::new::<Sha256>();
            key.verify(scheme, &Sha256::digest(signed), &whole)
        }
        HashAlg::Sha512 => {
            let scheme = Pkcs1v15Sign::new::<Sha512>();
            key.verify(scheme, &Sha512::digest(signed), &whole)
        }
        _ => return None,
    };
    fits.ok()
}

/// RFC 5656, on P-256.
fn fits_ecdsa(signature: &SshSig, point: &[u8], statement: &[u8]) -> Option<()> {
    let bytes = signature.signature().as_bytes();
    verify_ecdsa(point, &signed(signature, statement)?, bytes)
}

/// `PROTOCOL.u2f`: what a token signs is its application's name, flags and counter as well.
fn fits_token(signature: &SshSig, point: &[u8], application: &str, statement: &[u8]) -> Option<()> {
    let trailer = trailer(signature)?;
    let bytes = signature.signature().as_bytes();
    let bytes = bytes.strip_suffix(trailer)?;
    let mut message = Sha256::digest(application).to_vec();
    message.extend(trailer);
    message.extend(Sha256::digest(signed(signature, statement)?));
    verify_ecdsa(point, &message, bytes)
}

fn verify_ecdsa(point: &[u8], message: &[u8], mut numbers: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let (r, s) = (scalar(&mut numbers)?, scalar(&mut numbers)?);
    let signature = p256::ecdsa::Signature::from_scalars(r, s).ok()?;
    let whole = numbers.is_empty();
    key.verify(message, &signature).ok().filter(|()| whole)
}

/// Takes a number of at most 32 bytes, with its length in front, off a signature.
fn scalar(bytes: &mut &[u8]) -> Option<[u8; 32]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = u32::from_be_bytes(*length) as usize;
    let (digits, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    let digits = digits.strip_prefix(&[0]).unwrap_or(digits);
    let mut scalar = [0; 32];
    let from = scalar.len().checked_sub(digits.len())?;
    scalar[from..].copy_from_slice(digits);
    Some(scalar)
}

/// Signs as RFC 8332 has it, with SHA-512.
pub(super) fn sign_rsa(pair: &RsaKeypair, namespace: &str, statement: &[u8]) -> Option<SshSig> {
    let RsaKeypair { public, private } = pair;
    let key = rsa::PrivateKey::from_components(
        number(&public.n)?,
        number(&public.e)?,
        number(&private.d)?,
        vec![number(&private.p)?, number(&private.q)?],
    );
    let signed = SshSig::signed_data(namespace, HashAlg::Sha512, statement).ok()?;
    let scheme = Pkcs1v15Sign::new::<Sha512>();
    let bytes = key.ok()?.sign(scheme, &Sha512::digest(signed)).ok()?;
    let hash = Some(HashAlg::Sha512);
    let signature = Signature::new(Algorithm::Rsa { hash }, bytes).ok()?;
    SshSig::new(public.clone().into(), namespace, HashAlg::Sha512, signature).ok()
}

/// Signs as RFC 5656 has it, on P-256.
pub(super) fn sign_ecdsa(pair: &EcdsaKeypair, namespace: &str, statement: &[u8]) -> Option<SshSig> {
    let EcdsaKeypair::NistP256 { private, .. } = pair else {
        return None;
    };
    let key = p256::ecdsa::SigningKey::from_slice(private.as_slice()).ok()?;
    let signed = SshSig::signed_data(namespace, HashAlg::Sha512, statement).ok()?;
    let made: p256::ecdsa::Signature = key.sign(&signed);
    let (r, s) = made.split_bytes();
    let mut bytes = Vec::new();
    for number in [r, s] {
        let number = Mpint::from_positive_bytes(&number).ok()?;
        let digits = number.as_bytes();
        bytes.extend(u32::try_from(digits.len()).ok()?.to_be_bytes());
        bytes.extend(digits);
    }
    let curve = EcdsaCurve::NistP256;
    let signature = Signature::new(Algorithm::Ecdsa { curve }, bytes).ok()?;
    let public = KeyData::Ecdsa(pair.into());
    SshSig::new(public, namespace, HashAlg::Sha512, signature).ok()
}

fn number(text: &Mpint) -> Option<BoxedUint> {
    Some(BoxedUint::from_be_slice_vartime(text.as_positive_bytes()?))
}
