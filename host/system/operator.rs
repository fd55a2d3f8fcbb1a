//! Who does something: an account of the operating system, and the person behind it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

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

/// By what the person behind an account is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KnownBy {
    /// The kernel's login uid.
    #[serde(rename = "login-uid")]
    LoginUid,
    /// Nobody logged in, and the account is no other's.
    #[serde(rename = "account")]
    Account,
    /// What `sudo` left in the environment, where root can write what it likes.
    #[serde(rename = "SUDO_UID")]
    SudoUid,
    /// What `doas` left there.
    #[serde(rename = "DOAS_USER")]
    DoasUser,
    /// What `pkexec` left there.
    #[serde(rename = "PKEXEC_UID")]
    PkexecUid,
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
    /// By what the person is known. Left out where nobody can say who it is, and of what was
    /// written before this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_by: Option<KnownBy>,
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

impl KnownBy {
    const ALL: [Self; 5] = [
        Self::LoginUid,
        Self::Account,
        Self::SudoUid,
        Self::DoasUser,
        Self::PkexecUid,
    ];

    /// Its word in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginUid => "login-uid",
            Self::Account => "account",
            Self::SudoUid => "SUDO_UID",
            Self::DoasUser => "DOAS_USER",
            Self::PkexecUid => "PKEXEC_UID",
        }
    }
}

impl FromStr for KnownBy {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|by| by.as_str() == word);
        found.ok_or("nobody is known by that")
    }
}

impl Operator {
    /// Somebody under an account.
    pub fn new(account: String, person: Person) -> Self {
        let own = matches!(&person, Person::Named(name) if *name == account);
        Self {
            account,
            person: (!own).then_some(person),
            known_by: None,
        }
    }

    /// The same, and by what the person is known, where anybody can say who it is.
    #[must_use]
    pub fn known(self, by: KnownBy) -> Self {
        let known_by = (self.person != Some(Person::Unknown)).then_some(by);
        Self { known_by, ..self }
    }

    /// Whether both are one person under one account, by whatever that is known.
    pub fn is(&self, other: &Self) -> bool {
        self.account == other.account && self.person == other.person
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

    /// Those names, without domain and in lower case, and those of every account of the same
    /// number; each once, in order.
    pub fn all_names(&self, accounts: &Accounts) -> Vec<String> {
        let own = self.names().map(bare);
        let others = self.names().flat_map(|name| accounts.of_one(name));
        let names: BTreeSet<String> = own.chain(others).collect();
        names.into_iter().collect()
    }
}

/// An account that is its holder's own.
impl From<&str> for Operator {
    fn from(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            person: None,
            known_by: None,
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

    /// Every name of the account that this is a name of.
    fn of_one(&self, name: &str) -> Vec<String> {
        let number = self.number(&bare(name));
        let same = self.0.iter().filter(|(_, id)| Some(*id) == number);
        same.map(|(name, _)| name.clone()).collect()
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

    #[test]
    fn how_a_person_is_known_is_left_out_where_nobody_can_say() {
        let known = anna_as_root().known(KnownBy::PkexecUid);
        let json = serde_json::to_string(&known).unwrap();
        let expected = r#"{"operator":"root","person":"anna","known-by":"PKEXEC_UID"}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Operator>(&json).unwrap(), known);
        for by in KnownBy::ALL {
            assert_eq!(serde_json::to_value(by).unwrap(), by.as_str());
            assert_eq!(by.as_str().parse(), Ok(by));
        }
        assert!(known.is(&anna_as_root()), "it is the same person");
        assert!(!known.is(&"anna".into()), "it is another account");
    }

    #[test]
    fn all_names_are_those_by_which_somebody_is_called() {
        let accounts = Accounts::parse(TABLE);
        let anna = Operator::new("root".to_owned(), "CONTOSO\\Anna".to_owned().into());
        let names = anna.all_names(&accounts);
        assert_eq!(names, ["anna", "anna-adm", "root", "toor"]);
        assert!(
            names
                .iter()
                .all(|name| anna.is_called([name.as_str()], &accounts))
        );
        let gone = Operator::from("uid 1001");
        assert_eq!(gone.all_names(&accounts), ["ben", "uid 1001"]);
        let unknown = Operator::new("root".to_owned(), Person::Unknown);
        assert_eq!(unknown.all_names(&Accounts::default()), ["root"]);
    }
}
