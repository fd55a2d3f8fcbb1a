//! A token's signatures by OpenSSH's `PROTOCOL.u2f` and `PROTOCOL.sshsig`, made byte by byte with a
//! key in a file: a real token does not come with a test.

use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::Signer as _;
use sha2::{Digest as _, Sha256};
use ssh_key::private::KeypairData;
use ssh_key::{HashAlg, PrivateKey, SshSig};

use super::unlisted;
use crate::support::Site;

/// Somebody touched it.
pub(super) const PRESENT: u8 = 1;

/// What a key on a token is for.
const APPLICATION: &str = "ssh:";

pub(super) struct Token {
    key: PrivateKey,
    ecdsa: bool,
}

impl Token {
    pub(super) fn new(site: &Site, ecdsa: bool) -> Self {
        let kind = if ecdsa { "ecdsa" } else { "ed25519" };
        unlisted(site, "token", &["-t", kind]);
        let text = std::fs::read_to_string(site.path("token")).expect("a key");
        Self {
            key: PrivateKey::from_openssh(text).expect("a key"),
            ecdsa,
        }
    }

    fn kind(&self) -> &'static str {
        if self.ecdsa {
            "sk-ecdsa-sha2-nistp256@openssh.com"
        } else {
            "sk-ssh-ed25519@openssh.com"
        }
    }

    fn blob(&self) -> Vec<u8> {
        let key = self.key.public_key().key_data();
        let mut blob = string(self.kind().as_bytes());
        if let Some(point) = key.ecdsa() {
            blob.extend(string(b"nistp256"));
            blob.extend(string(point.as_sec1_bytes()));
        } else {
            let key = key.ed25519().expect("one of two kinds");
            blob.extend(string(&key.0));
        }
        blob.extend(string(APPLICATION.as_bytes()));
        blob
    }

    /// The line of its `.pub` file.
    pub(super) fn public(&self) -> String {
        format!("{} {}", self.kind(), base64(&self.blob()))
    }

    /// What its chip makes of a message.
    fn made(&self, message: &[u8]) -> Vec<u8> {
        match self.key.key_data() {
            KeypairData::Ed25519(pair) => {
                let key = ed25519_dalek::SigningKey::from_bytes(&pair.private.to_bytes());
                key.sign(message).to_bytes().to_vec()
            }
            KeypairData::Ecdsa(pair) => {
                let key = p256::ecdsa::SigningKey::from_slice(pair.private_key_bytes());
                let made: p256::ecdsa::Signature = key.expect("a key").sign(message);
                let (r, s) = made.split_bytes();
                let number = |digits: &[u8]| {
                    let number = ssh_key::Mpint::from_positive_bytes(digits);
                    string(number.expect("a number").as_bytes())
                };
                [number(&r), number(&s)].concat()
            }
            _ => unreachable!("one of two kinds"),
        }
    }

    /// An armored signature; `altered` are flags in place of those that were signed.
    pub(super) fn sign(
        &self,
        namespace: &str,
        statement: &[u8],
        flags: u8,
        altered: Option<u8>,
    ) -> String {
        let counter = 7u32.to_be_bytes();
        let signed = SshSig::signed_data(namespace, HashAlg::Sha512, statement).expect("bytes");
        let mut message = Sha256::digest(APPLICATION).to_vec();
        message.push(flags);
        message.extend(counter);
        message.extend(Sha256::digest(signed));
        let mut signature = string(self.kind().as_bytes());
        signature.extend(string(&self.made(&message)));
        signature.push(altered.unwrap_or(flags));
        signature.extend(counter);
        armored(&self.blob(), namespace, &signature)
    }
}

/// A signature as a file holds it.
pub(super) fn armored(key: &[u8], namespace: &str, signature: &[u8]) -> String {
    let mut blob = b"SSHSIG".to_vec();
    blob.extend(1u32.to_be_bytes());
    for part in [key, namespace.as_bytes(), b"", b"sha512", signature] {
        blob.extend(string(part));
    }
    let text = base64(&blob);
    let lines = text.as_bytes().chunks(70);
    let lines = lines.map(|line| String::from_utf8_lossy(line).into_owned());
    let lines: Vec<_> = lines.collect();
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        lines.join("\n")
    )
}

/// Bytes as SSH writes them, their length in front.
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short");
    [&length.to_be_bytes()[..], bytes].concat()
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let mut word = [0; 4];
        word[1..=group.len()].copy_from_slice(group);
        let word = u32::from_be_bytes(word);
        let digit = |place: usize| {
            if place > group.len() {
                '='
            } else {
                char::from(DIGITS[(word >> (18 - 6 * place)) as usize & 63])
            }
        };
        [digit(0), digit(1), digit(2), digit(3)]
    };
    bytes.chunks(3).flat_map(group).collect()
}
