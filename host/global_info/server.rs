//! The name of an SSO server.

use std::fmt;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{builtin, placeholder, template};

/// The longest name that is stored, in characters (our limit; the vendor publishes none).
pub const MAX_CHARACTERS: usize = 256;

/// The longest NetBIOS name, in characters.
pub const NETBIOS_CHARACTERS: usize = 15;

/// A computer name or cluster network name: letters, digits, `-`, `_` and inner dots.
///
/// It keeps the case it was written in; two names are the same whatever their case
/// ([`ServerName::is`]), because NetBIOS and DNS names are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct ServerName(String);

/// Why a text is no server name; each variant is a rule of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing there.
    #[error("a server name is missing")]
    Empty,
    /// A template's variable.
    #[error("a variable of a template was not filled in")]
    Template,
    /// A sample's placeholder.
    #[error("this is a placeholder, not a server name")]
    Placeholder,
    /// The number of an account.
    #[error("this is a SID, not a server name")]
    Sid,
    /// An IP address breaks the name comparison (KB 837267).
    #[error("this is an IP address, not a server name")]
    IpAddress,
    /// A name for "this computer" means another computer on every server.
    #[error("this names whatever computer reads it, not a server")]
    Localhost,
    /// A URL or a UNC path.
    #[error("this is a URL or path, not a server name")]
    UrlOrPath,
    /// A SQL Server instance or port.
    #[error("this is the name of a SQL Server instance, not of a server")]
    SqlInstance,
    /// Longer than [`MAX_CHARACTERS`].
    #[error("a server name has at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// A character that no NetBIOS or DNS name has.
    #[error("a server name has letters, digits, `-`, `_` and inner dots only")]
    IllegalCharacter,
}

/// Whether a name may hold the character, if not at either end.
pub(crate) fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

impl ServerName {
    /// Reads a name that is meant for a server.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if template::variable(text).is_some() {
            return Err(Problem::Template);
        }
        if placeholder::is_server(text) {
            return Err(Problem::Placeholder);
        }
        if builtin::sid(text).is_some() {
            return Err(Problem::Sid);
        }
        let name = Self::recorded(text)?;
        if name.label().eq_ignore_ascii_case("localhost") {
            return Err(Problem::Localhost);
        }
        // Resolvers take `127.1`, `2130706433` and `0x7f000001` for addresses.
        let number = |label: &str| {
            let hexadecimal = label.strip_prefix("0x").or(label.strip_prefix("0X"));
            match hexadecimal {
                Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
                None => label.chars().all(|c| c.is_ascii_digit()),
            }
        };
        if text.split('.').all(number) {
            return Err(Problem::IpAddress);
        }
        Ok(name)
    }

    /// Reads a name that was once taken for a server's: whether it could be meant is not asked again.
    pub fn recorded(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Empty);
        }
        let local = ["localhost", ".", "(local)", "127.0.0.1", "::1"];
        if local.iter().any(|known| known.eq_ignore_ascii_case(text)) {
            return Err(Problem::Localhost);
        }
        if text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return Err(Problem::IpAddress);
        }
        if text.contains("://") || text.starts_with('\\') || text.contains('/') {
            return Err(Problem::UrlOrPath);
        }
        if text.contains(['\\', ',']) {
            return Err(Problem::SqlInstance);
        }
        if text.chars().count() > MAX_CHARACTERS {
            return Err(Problem::TooLong);
        }
        let edge = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !text.chars().all(is_legal)
            || !text.starts_with(edge)
            || !text.ends_with(edge)
            || text.contains("..")
        {
            return Err(Problem::IllegalCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether two names mean the same server: case does not count.
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// Whether two names that differ may be of one computer all the same: the one is whole, and
    /// the other is its first label, cut off as NetBIOS cuts it.
    pub fn may_be(&self, other: &Self) -> bool {
        let (short, whole) = match (self.is_whole(), other.is_whole()) {
            (false, true) => (&self.0, other.label()),
            (true, false) => (&other.0, self.label()),
            _ => return false,
        };
        let cut = whole.get(..NETBIOS_CHARACTERS).unwrap_or(whole);
        short.eq_ignore_ascii_case(whole) || short.eq_ignore_ascii_case(cut)
    }

    /// The name as SSO servers are listed: the first label, in capitals as NetBIOS names are.
    #[must_use]
    pub fn short(&self) -> Self {
        if self.is_whole() {
            Self(self.label().to_ascii_uppercase())
        } else {
            self.clone()
        }
    }

    /// Whether a domain stands behind it.
    fn is_whole(&self) -> bool {
        self.0.contains('.')
    }

    fn label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ServerName {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for ServerName {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }
}

impl From<ServerName> for String {
    fn from(name: ServerName) -> String {
        name.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_is_pasted_in_their_place() {
        for (text, expected) in [
            ("SSO02", None),
            ("mss01.contoso.com", None),
            ("SSO_02", None),
            ("", Some(Problem::Empty)),
            ("computera", Some(Problem::Placeholder)),
            ("BIZTALKCLUSTER", Some(Problem::Placeholder)),
            ("NEWSSO01", None),
            ("${MASTER}", Some(Problem::Template)),
            ("S-1-5-32-544", Some(Problem::Sid)),
            ("localhost", Some(Problem::Localhost)),
            ("127.0.0.1", Some(Problem::Localhost)),
            ("localhost.localdomain", Some(Problem::Localhost)),
            ("10.2.1.10", Some(Problem::IpAddress)),
            ("127.1", Some(Problem::IpAddress)),
            ("2130706433", Some(Problem::IpAddress)),
            ("0x7f000001", Some(Problem::IpAddress)),
            ("0x7f00000g", None),
            ("10.2.1.10.contoso.com", None),
            ("[fe80::1]", Some(Problem::IpAddress)),
            ("\\\\MSS01", Some(Problem::UrlOrPath)),
            ("http://mss01", Some(Problem::UrlOrPath)),
            ("SQL01\\BTS", Some(Problem::SqlInstance)),
            ("SQL01,1433", Some(Problem::SqlInstance)),
            ("MSS 01", Some(Problem::IllegalCharacter)),
            ("mss*", Some(Problem::IllegalCharacter)),
            ("-mss", Some(Problem::IllegalCharacter)),
            ("a..b", Some(Problem::IllegalCharacter)),
        ] {
            assert_eq!(ServerName::parse(text).err(), expected, "{text}");
        }
        assert_eq!(ServerName::parse(&"s".repeat(257)), Err(Problem::TooLong));
    }

    #[test]
    fn a_whole_name_may_be_of_the_computer_that_its_first_label_names() {
        for (one, other, expected) in [
            ("SSO02", "sso02.contoso.com", true),
            ("sso02.contoso.com", "SSO02", true),
            ("MASTERSECRETSER", "mastersecretserver1.contoso.com", true),
            (
                "MASTERSECRETSERVER1",
                "mastersecretserver1.contoso.com",
                true,
            ),
            ("MASTERSECRET", "mastersecretserver1.contoso.com", false),
            ("SSO02", "sso02", false),
            ("SSO02", "SSO03.contoso.com", false),
            ("contoso", "sso02.contoso.com", false),
            ("sso02.contoso.com", "sso02.fabrikam.com", false),
        ] {
            let [one, other] = [one, other].map(|name| ServerName::parse(name).expect("a name"));
            assert_eq!(one.may_be(&other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_whole_name_is_listed_by_its_first_label() {
        for (name, short) in [("sso02.contoso.com", "SSO02"), ("Sso02", "Sso02")] {
            let name = ServerName::parse(name).expect("a name");
            assert_eq!(name.short().as_str(), short);
        }
    }
}
