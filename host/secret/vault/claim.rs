//! What a vault file says of itself, whether it opens or not.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::global_info::ServerName;
use crate::identity::{Fingerprint, SystemId, Term};

use super::super::file;
use super::MAX_BYTES;

/// The longest name of a computer that is written down, in characters.
const MAX_NAME: usize = 255;

/// The name of the computer that wrote a vault, as its operating system has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computer(String);

impl Computer {
    /// A name of letters, digits and signs of ASCII; nothing where it is another one.
    pub fn new(name: &str) -> Option<Self> {
        let fits = (1..=MAX_NAME).contains(&name.len());
        let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && plain).then(|| Self(name.to_owned()))
    }
}

impl fmt::Display for Computer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A vault file by its own account. Nobody has vouched for it: it may be altered or not open at
/// all, and still be somebody's only copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The system it says that it is of.
    pub system: SystemId,
    /// The server.
    pub server: Option<ServerName>,
    /// The term.
    pub term: Option<Term>,
    /// The machine key that sealed it; the first format did not say.
    pub key: Option<Fingerprint>,
    /// The computer that wrote it.
    pub computer: Option<Computer>,
}

impl Claim {
    /// What a file says; nothing where there is none, or none that names a system. Of a damaged
    /// file, and of one of a newer format, whatever can still be read counts.
    pub fn of_file(path: &Path) -> Option<Self> {
        Self::read(&file::read(path, MAX_BYTES).ok()?.bytes)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let header = || text.lines().take_while(|line| !line.is_empty());
        let value = |name: &str| {
            let mut found = header().filter_map(|line| line.split_once(": "));
            found.find_map(|(known, value)| (known == name).then_some(value))
        };
        Some(Self {
            system: parsed(value("system"))?,
            server: parsed(value("server")),
            term: parsed(value("term")).map(Term),
            key: parsed(value("key")),
            computer: value("computer").and_then(Computer::new),
        })
    }
}

fn parsed<T: FromStr>(value: Option<&str>) -> Option<T> {
    value?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "regent vault 2\nsystem: 5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a\n\
        server: SSO01\nterm: 3\ncurrent: 00000000-0000-0000-0000-000000000000\n\
        key: 01010101-0101-0101-0101-010101010101\ncomputer: NODE1\nnonce: 00\n\nab: cd\nend\n";

    #[test]
    fn a_header_is_read_whatever_became_of_the_rest() {
        let whole = Claim::read(WHOLE.as_bytes()).expect("a claim");
        assert_eq!(whole.system, SystemId::from_bytes([0x5a; 16]));
        assert_eq!(whole.term, Some(Term(3)));
        assert_eq!(whole.key, Some(Fingerprint::from_bytes([1; 16])));
        assert_eq!(whole.computer, Computer::new("NODE1"));
        for damaged in [
            WHOLE.replace("vault 2", "vault 99"),
            WHOLE.replace("regent vault 2", "\u{feff}regent\u{0}vault"),
            WHOLE.replace('\n', "\r\n"),
            WHOLE[..WHOLE.len() - 10].to_owned(),
        ] {
            assert_eq!(Claim::read(damaged.as_bytes()).as_ref(), Some(&whole));
        }
        let cut = Claim::read(&WHOLE.as_bytes()[..60]).expect("the system is whole");
        assert_eq!((cut.system, cut.term), (whole.system, None));
        for nothing in ["", "regent vault 2\n\nsystem: ", "system: 5a5a"] {
            assert_eq!(Claim::read(nothing.as_bytes()), None, "{nothing}");
        }
    }

    #[test]
    fn only_a_name_that_fits_in_a_line_is_a_computer_s() {
        for (name, fits) in [
            ("node-1.contoso.com", true),
            ("", false),
            ("two words", false),
            ("line\nbreak", false),
            ("b\u{fc}ro", false),
        ] {
            assert_eq!(Computer::new(name).is_some(), fits, "{name}");
        }
        assert!(Computer::new(&"x".repeat(MAX_NAME + 1)).is_none());
    }
}
