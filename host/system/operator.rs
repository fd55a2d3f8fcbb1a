//! Who does something: an account of the operating system, and the person behind it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands for a person whom nobody can name, in records and to rules.
pub const UNKNOWN: &str = "unknown";

/// The person behind an account that is not the person's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Person {
    /// By the name of the person's own account.
    Named(String),
    /// Nobody can say who it is.
    Unknown,
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Operator {
    /// The operating system's account.
    #[serde(rename = "operator")]
    pub account: String,
    /// The person behind it: `unknown` where nobody can say. Left out where the account is the
    /// person's own, and of what was written before persons were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
}

/// Which names are names of one account: the operating system's own table.
#[derive(Debug, Clone, Default)]
pub struct Accounts(Vec<(String, u32)>);

impl From<String> for Person {
    fn from(name: String) -> Self {
        if name == UNKNOWN {
            Self::Unknown
        } else {
            Self::Named(name)
        }
    }
}

impl From<Person> for String {
    fn from(person: Person) -> Self {
        match person {
            Person::Named(name) => name,
            Person::Unknown => UNKNOWN.to_owned(),
        }
    }
}

impl Person {
    /// The name, or `unknown`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Unknown => UNKNOWN,
        }
    }
}

impl Operator {
    /// Somebody under an account.
    pub fn new(account: String, person: Person) -> Self {
        let own = matches!(&person, Person::Named(name) if *name == account);
        Self {
            account,
            person: (!own).then_some(person),
        }
    }

    /// The person, or `unknown`.
    pub fn person(&self) -> &str {
        self.person.as_ref().map_or(&self.account, Person::as_str)
    }

    /// Every name that is known: the person's, and the account's.
    fn names(&self) -> impl Iterator<Item = &str> {
        let person = match &self.person {
            Some(Person::Named(name)) => Some(name.as_str()),
            Some(Person::Unknown) | None => None,
        };
        person.into_iter().chain([self.account.as_str()])
    }

    /// Whether one of these names is one of the operator's.
    pub fn is_called<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        accounts: &Accounts,
    ) -> bool {
        let mut names = names.into_iter();
        names.any(|name| self.names().any(|own| accounts.are_one(own, name)))
    }
}

/// An account that is its holder's own.
impl From<&str> for Operator {
    fn from(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            person: None,
        }
    }
}

/// `anna as root`; the account alone where it is the person's own.
impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(person) = &self.person {
            write!(f, "{} as ", person.as_str())?;
        }
        f.write_str(&self.account)
    }
}

impl Accounts {
    /// Reads a table as `/etc/passwd` is one; a line that is none names nobody.
    pub fn parse(table: &str) -> Self {
        let lines = table.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| !name.is_empty())?;
            let number = fields.nth(1)?.parse().ok()?;
            Some((bare(name), number))
        });
        Self(lines.collect())
    }

    /// Whether two names are of one account, or cannot be told apart: neither case nor domain makes
    /// two people of one.
    fn are_one(&self, one: &str, other: &str) -> bool {
        let (one, other) = (bare(one), bare(other));
        one == other
            || self
                .number(&one)
                .is_some_and(|id| self.number(&other) == Some(id))
    }

    /// An account's number, by its name or as an account without a name is told.
    fn number(&self, name: &str) -> Option<u32> {
        let known = self.0.iter().find(|(known, _)| known == name);
        match known {
            Some((_, number)) => Some(*number),
            None => name.strip_prefix("uid ")?.parse().ok(),
        }
    }
}

/// A name without its domain, in lower case.
fn bare(name: &str) -> String {
    let name = name.rsplit(['\\', '/']).next().unwrap_or(name);
    let name = name.split('@').next().unwrap_or(name);
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\n\
        anna:x:1000:1000:Anna:/home/anna:/bin/sh\nanna-adm:x:1000:1000::/:/bin/sh\n\
        ben:x:1001:1001::/:/bin/sh\n# no account\nhalf:x\n::5:\n";

    fn anna_as_root() -> Operator {
        Operator::new("root".to_owned(), Person::Named("anna".to_owned()))
    }

    #[test]
    fn a_person_stands_beside_the_account_in_words_and_fields() {
        let unknown = Operator::new("root".to_owned(), Person::Unknown);
        let own = Operator::new("anna".to_owned(), Person::Named("anna".to_owned()));
        for (operator, said, person, json) in [
            (
                anna_as_root(),
                "anna as root",
                "anna",
                r#"{"operator":"root","person":"anna"}"#,
            ),
            (
                unknown,
                "unknown as root",
                UNKNOWN,
                r#"{"operator":"root","person":"unknown"}"#,
            ),
            (own, "anna", "anna", r#"{"operator":"anna"}"#),
        ] {
            assert_eq!(operator.to_string(), said);
            assert_eq!(operator.person(), person);
            assert_eq!(serde_json::to_string(&operator).unwrap(), json);
            assert_eq!(
                serde_json::from_str::<Operator>(json).unwrap(),
                operator,
                "{said}"
            );
        }
    }

    #[test]
    fn somebody_is_known_by_every_name() {
        let accounts = Accounts::parse(TABLE);
        for name in [
            "anna",
            "ANNA",
            "CONTOSO\\Anna",
            "anna@contoso.example",
            "contoso/anna",
            " anna ",
            "anna-adm",
            "uid 1000",
            "root",
            "toor",
        ] {
            assert!(anna_as_root().is_called([name], &accounts), "{name}");
        }
        for name in ["ben", "uid 1001", "carla", "", UNKNOWN, "half"] {
            assert!(!anna_as_root().is_called([name], &accounts), "{name}");
        }
        assert!(anna_as_root().is_called(["ben", "anna"], &Accounts::default()));
        let unknown = Operator::new("root".to_owned(), Person::Unknown);
        assert!(unknown.is_called(["Root"], &accounts));
        assert!(!unknown.is_called([UNKNOWN, "anna"], &accounts));
    }
}
