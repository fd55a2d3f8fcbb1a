//! Who acts, for plugins: of the contract's record they have one name, the person's.

use serde::{Deserialize, Serialize};

use crate::system::{Accounts, KnownBy, Operator, Person};

/// Who runs a promotion, and who made its plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct People {
    operator: Somebody,
    /// Nothing where the plan comes from no file.
    author: Option<Somebody>,
}

/// Somebody under an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Somebody {
    /// The person; nothing where nobody can say.
    person: Option<String>,
    account: String,
    /// By what the person is known; nothing where nobody can say, and of a plan that does not.
    known_by: Option<KnownBy>,
    /// Every name by which an approval is taken for this person's own.
    names: Vec<String>,
}

impl People {
    /// As rules are told of them.
    pub fn new(operator: &Operator, author: Option<&Operator>, accounts: &Accounts) -> Self {
        let somebody = |who: &Operator| Somebody {
            person: match &who.person {
                None => Some(who.account.clone()),
                Some(Person::Named(name)) => Some(name.clone()),
                Some(Person::Unknown) => None,
            },
            account: who.account.clone(),
            known_by: who.known_by,
            names: who.all_names(accounts),
        };
        Self {
            operator: somebody(operator),
            author: author.map(somebody),
        }
    }
}
