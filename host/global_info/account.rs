//! Account names and lists of them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::builtin::{self, Sid};
use super::{placeholder, template};
use crate::visible::is_hidden;

/// What separates the accounts of a list.
pub const SEPARATOR: char = ';';

/// A domain account `DOMAIN\name`, or a local account `name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct AccountName(String);

/// Why a text is no account name; each variant is a rule of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing there.
    #[error("an account name is missing")]
    Empty,
    /// A template's variable.
    #[error("a variable of a template was not filled in")]
    Template,
    /// A sample's placeholder.
    #[error("this is a placeholder, not an account")]
    Placeholder,
    /// `.\name`, which is another account on every server (event 10776).
    #[error("an account of this computer is written without a computer before it")]
    ThisComputer,
    /// The number of an account.
    #[error("an account is written DOMAIN\\name, not as a SID")]
    Sid,
    /// `name@domain`.
    #[error("an account is written DOMAIN\\name, not name@domain")]
    Upn,
    /// `DOMAIN/name`.
    #[error("an account is written with a backslash, DOMAIN\\name")]
    ForwardSlash,
    /// Built-in accounts and Everyone are refused for every role (event 10777).
    #[error("built-in accounts are refused")]
    Builtin,
    /// A comma between accounts.
    #[error("accounts are separated by a semicolon")]
    Separator,
    /// A character that no account name has, or more than one backslash.
    #[error("an account name has none of \" [ ] : | < > + = ? * and no invisible character")]
    IllegalCharacter,
}

/// What stands for whatever computer reads it.
const THIS_COMPUTER: [&str; 4] = [".", "(local)", "localhost", "127.0.0.1"];

/// Whether neither a domain nor a name has the character.
pub(crate) fn is_illegal(c: char) -> bool {
    is_hidden(c) || "\"[]:|<>+=?*;".contains(c)
}

impl AccountName {
    /// Reads a name that is meant for an account.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Err(Problem::Empty);
        }
        if template::variable(text).is_some() {
            return Err(Problem::Template);
        }
        if placeholder::is_account(text) {
            return Err(Problem::Placeholder);
        }
        let account = Self::recorded(text);
        let (domain, name) = match text.split_once('\\') {
            Some((domain, name)) => (Some(domain), name),
            None => (None, text),
        };
        match builtin::sid(name) {
            Some(Sid::BuiltIn) => return Err(Problem::Builtin),
            Some(Sid::Own) => return Err(Problem::Sid),
            None => {}
        }
        let here = |domain: &str| THIS_COMPUTER.iter().any(|c| c.eq_ignore_ascii_case(domain));
        if domain.is_some_and(here) {
            return Err(Problem::ThisComputer);
        }
        let written = !matches!(
            account,
            Err(Problem::Separator | Problem::ForwardSlash | Problem::Upn)
        );
        if written && builtin::is_builtin(domain, name) {
            return Err(Problem::Builtin);
        }
        account
    }

    /// Reads a name that was once taken for an account's: whether it could be meant is not asked again.
    pub fn recorded(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Err(Problem::Empty);
        }
        if text.contains(',') {
            return Err(Problem::Separator);
        }
        if text.contains('/') {
            return Err(Problem::ForwardSlash);
        }
        if text.contains('@') {
            return Err(Problem::Upn);
        }
        let (domain, name) = match text.split_once('\\') {
            Some((domain, name)) => (Some(domain), name),
            None => (None, text),
        };
        let illegal = |c: char| c == '\\' || is_illegal(c);
        let part = |part: &str| !part.is_empty() && part.trim() == part && !part.contains(illegal);
        if !part(name) || !domain.is_none_or(part) {
            return Err(Problem::IllegalCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The domain, or nothing for a local account.
    pub fn domain(&self) -> Option<&str> {
        self.0.split_once('\\').map(|(domain, _)| domain)
    }

    /// Whether two names mean the same account: case does not count.
    pub fn is(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountName {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<AccountName> for String {
    fn from(name: AccountName) -> String {
        name.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One or more accounts, in order, written with [`SEPARATOR`] between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct AccountList(#[schemars(with = "String")] Vec<AccountName>);

impl AccountList {
    /// A list of accounts; nothing where there is none.
    pub fn new(accounts: Vec<AccountName>) -> Option<Self> {
        (!accounts.is_empty()).then_some(Self(accounts))
    }

    /// Reads a list; the first account that is none refuses it.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text, AccountName::parse)
    }

    /// Reads a list that was once taken for one.
    pub fn recorded(text: &str) -> Result<Self, Problem> {
        Self::read(text, AccountName::recorded)
    }

    fn read(
        text: &str,
        account: impl Fn(&str) -> Result<AccountName, Problem>,
    ) -> Result<Self, Problem> {
        let entries = text.split(SEPARATOR).map(|entry| account(entry.trim()));
        Ok(Self(entries.collect::<Result<_, _>>()?))
    }

    /// The accounts.
    pub fn accounts(&self) -> &[AccountName] {
        &self.0
    }
}

impl TryFrom<String> for AccountList {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for AccountList {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }
}

impl From<AccountList> for String {
    fn from(list: AccountList) -> String {
        list.to_string()
    }
}

impl fmt::Display for AccountList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, account) in self.0.iter().enumerate() {
            if index > 0 {
                write!(f, "{SEPARATOR}")?;
            }
            account.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_from_what_is_written_in_their_place() {
        for (text, expected) in [
            ("CONTOSO\\SSO Admins", None),
            ("SSOAdm", None),
            ("", Some(Problem::Empty)),
            ("domain\\accountname", Some(Problem::Placeholder)),
            ("a@b.com", Some(Problem::Upn)),
            ("CONTOSO/G", Some(Problem::ForwardSlash)),
            ("BUILTIN\\Administrators", Some(Problem::Builtin)),
            ("NT AUTHORITY\\SYSTEM", Some(Problem::Builtin)),
            ("Everyone", Some(Problem::Builtin)),
            ("*S-1-5-32-544", Some(Problem::Builtin)),
            ("C\\S-1-5-21-1-2-3-512", Some(Problem::Sid)),
            (".\\SSO Admins", Some(Problem::ThisComputer)),
            ("%COMPUTERNAME%\\SSO Admins", Some(Problem::Template)),
            ("@DOMAIN@\\SSO Admins", Some(Problem::Template)),
            ("C\\G1, C\\G2", Some(Problem::Separator)),
            ("C\\D\\E", Some(Problem::IllegalCharacter)),
            ("C\\", Some(Problem::IllegalCharacter)),
            ("C\\ G", Some(Problem::IllegalCharacter)),
            ("C\\G\u{202e}", Some(Problem::IllegalCharacter)),
        ] {
            assert_eq!(AccountName::parse(text).err(), expected, "{text}");
        }
        assert_eq!(
            AccountList::parse("C\\G1; C\\G2").map(|l| l.to_string()),
            Ok("C\\G1;C\\G2".into())
        );
        assert_eq!(AccountList::parse("C\\G1;;"), Err(Problem::Empty));
    }

    #[test]
    fn what_was_recorded_is_read_whatever_is_refused_today() {
        assert_eq!(AccountList::parse("C\\G;Jeder"), Err(Problem::Builtin));
        let recorded = AccountList::recorded("C\\G;Jeder").map(|list| list.to_string());
        assert_eq!(recorded, Ok("C\\G;Jeder".into()));
        assert_eq!(AccountList::recorded("C\\G;"), Err(Problem::Empty));
    }
}
