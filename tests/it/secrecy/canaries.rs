//! What must not be found anywhere, in every spelling in which it might be.

use std::collections::BTreeSet;
use std::path::Path;

use regent::secret::armor::{hex, unhex};
use regent::secret::crypto::Key;
use regent::secret::{KdfCost, Password};
use secrecy::SecretString;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};

use crate::support::{PASSWORD, Site};

/// The seed of the approver's key.
const SEED: [u8; 32] = *b"an approver's own private key!!!";

/// What must not be found, under what it is.
pub(super) struct Canaries(Vec<(String, Vec<u8>)>);

impl Canaries {
    /// A text, as it is and as other programs might spell it.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.bytes(name, text.as_bytes());
        let debug = format!("{text:?}");
        self.0.push((
            name.to_owned(),
            debug.as_bytes()[1..debug.len() - 1].to_vec(),
        ));
    }

    /// Bytes: raw, in hexadecimal, in base64 and as Rust prints a list of numbers.
    pub(super) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        let digits = hex(bytes);
        let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
        let spellings = [
            ("raw", bytes.to_vec()),
            ("hex", digits.clone().into_bytes()),
            ("HEX", digits.to_uppercase().into_bytes()),
            ("numbers", numbers.join(", ").into_bytes()),
            ("numbers in JSON", numbers.join(",").into_bytes()),
            ("base64", base64(bytes, *b"+/")),
            (
                "base64 from the second byte on",
                base64(&bytes[1..], *b"+/"),
            ),
            ("base64 from the third byte on", base64(&bytes[2..], *b"+/")),
            ("base64 for addresses", base64(bytes, *b"-_")),
        ];
        for (spelling, needle) in spellings {
            assert!(
                needle.len() >= 16,
                "{name} is too short to be told from chance"
            );
            self.0.push((format!("{name} ({spelling})"), needle));
        }
    }

    /// Which of them are in it.
    pub(super) fn in_bytes(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        let found = self.0.iter().filter(|(_, needle)| holds(needle));
        found.map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    pub(super) fn absent(&self, what: &str, text: &str) {
        let found = self.in_bytes(text.as_bytes());
        assert!(found.is_empty(), "{what} says {found:?}:\n{text}");
    }
}

/// Base64 without what depends on the bytes around these.
fn base64(bytes: &[u8], last: [u8; 2]) -> Vec<u8> {
    let alphabet: Vec<u8> = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .chain(last)
        .collect();
    let groups = bytes.chunks_exact(3).map(|three| {
        let number = three
            .iter()
            .fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        [18, 12, 6, 0].map(|shift| alphabet[(number >> shift & 63) as usize])
    });
    groups.flatten().collect()
}

/// A site in which everything that can hold a secret holds one that is known here.
pub(super) fn site() -> (Site, Canaries) {
    let site = Site::ready();
    let key = PrivateKey::new(
        KeypairData::Ed25519(Ed25519Keypair::from_seed(&SEED)),
        "anna",
    )
    .expect("a key");
    let public = key.public_key().to_openssh().expect("a public key");
    let key = key.to_openssh(LineEnding::LF).expect("a key");
    site.write("approver", &key);
    site.configure(&format!(
        "[[approver]]\nname = \"anna\"\nkey = \"{public}\""
    ));
    let mut canaries = Canaries(Vec::new());
    canaries.text("the password", PASSWORD);
    canaries.bytes("the approver's key", &SEED);
    // Of the file's own base64, what is private lies in the fourth line.
    let private = key.lines().nth(4).expect("five lines of base64");
    canaries.text("the approver's key as it is kept", private);
    for (number, secret) in secrets(&site.path("secret.bak"), PASSWORD)
        .iter()
        .enumerate()
    {
        canaries.bytes(&format!("master secret {number}"), secret);
    }
    let machine_key = std::fs::read(site.path("vaults/sso01/machine.key")).expect("a key");
    canaries.bytes("the machine key of SSO01", &machine_key);
    (site, canaries)
}

/// The secrets in a backup, opened as FORMAT.md says.
pub(super) fn secrets(backup: &Path, password: &str) -> Vec<[u8; 32]> {
    let text = std::fs::read_to_string(backup).expect("a backup");
    let (header, body) = text.split_once("\n\n").expect("a header");
    let header = format!("{header}\n\n");
    let field = |name: &str| {
        let mut lines = header.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        unhex(line.expect("a field")).expect("digits")
    };
    let (salt, nonce) = (field("salt"), field("nonce"));
    let password = Password::existing(SecretString::from(password));
    let salt = salt.try_into().expect("16 bytes");
    let key = Key::from_password(&password, &salt, KdfCost::MINIMUM).expect("a key");
    let sealed: String = body.lines().filter(|line| *line != "end").collect();
    let sealed = unhex(&sealed).expect("digits");
    let nonce = nonce.try_into().expect("12 bytes");
    let plaintext = key.open(&nonce, header.as_bytes(), &sealed);
    let plaintext = plaintext.unwrap_or_else(|_| panic!("{}", backup.display()));
    let secrets = plaintext[1..].chunks_exact(32);
    secrets
        .map(|secret| secret.try_into().expect("32 bytes"))
        .collect()
}

#[test]
fn a_canary_is_found_however_it_is_spelled() {
    let secret: Vec<u8> = (0..32_u8).map(|n| n.wrapping_mul(37)).collect();
    let mut canaries = Canaries(Vec::new());
    canaries.bytes("it", &secret);
    let whole = [b"\x00\x01", &secret[..], b"\x02"].concat();
    let cut = |skip: usize| String::from_utf8(base64(&whole[skip..], *b"+/")).expect("letters");
    for text in [
        hex(&whole),
        hex(&whole).to_uppercase(),
        format!("{whole:?}"),
        serde_json::json!(whole).to_string(),
        cut(0),
        cut(1),
        cut(2),
    ] {
        assert!(!canaries.in_bytes(text.as_bytes()).is_empty(), "{text}");
    }
    assert!(!canaries.in_bytes(&whole).is_empty());
    assert!(
        canaries.in_bytes(&whole[..33]).is_empty(),
        "one byte is missing"
    );
    canaries.text("a text", "it's \"so\" and not otherwise");
    let debug = format!("{:?}", "it's \"so\" and not otherwise");
    assert_eq!(
        canaries.in_bytes(debug.as_bytes()),
        BTreeSet::from(["a text"])
    );
}
