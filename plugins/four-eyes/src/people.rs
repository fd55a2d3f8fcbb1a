//! Who acts, as regent fills it in: the schema asks for it with `"x-regent": "people"`.

/// Who runs the promotion, and who made its plan.
#[derive(Debug, serde::Deserialize)]
pub struct People {
    operator: Somebody,
    /// Nobody where the plan comes from no file.
    author: Option<Somebody>,
}

/// Somebody under an account. A later regent may say more of them.
#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Somebody {
    person: Option<String>,
    account: String,
    known_by: Option<String>,
    names: Vec<String>,
}

/// By what a person is known whom root cannot make up in an environment.
const VOUCHED: [&str; 2] = ["login-uid", "account"];

impl People {
    /// What somebody of this name, without domain and in lower case, has done, where an approval of
    /// theirs would be one of their own work.
    pub fn own(&self, name: &str) -> Option<&'static str> {
        let is = |somebody: &Somebody| somebody.names.iter().any(|own| own == name);
        if is(&self.operator) {
            Some("is the operator")
        } else if self.author.as_ref().is_some_and(is) {
            Some("made the plan")
        } else {
            None
        }
    }

    /// Why it is not known who they are.
    pub fn doubts(&self, distrust_environment: bool) -> Vec<String> {
        let all = match &self.author {
            None => vec![(&self.operator, "runs it")],
            Some(author) if *author == self.operator => vec![(author, "made the plan and runs it")],
            Some(author) => vec![(author, "made the plan"), (&self.operator, "runs it")],
        };
        let doubts = all.into_iter();
        doubts
            .filter_map(|(somebody, did)| somebody.doubt(distrust_environment, did))
            .collect()
    }
}

impl Somebody {
    fn doubt(&self, distrust_environment: bool, did: &str) -> Option<String> {
        let Some(person) = &self.person else {
            return Some(format!("nobody can say who {did}"));
        };
        let by = self.known_by.as_deref();
        if !distrust_environment || by.is_some_and(|by| VOUCHED.contains(&by)) {
            return None;
        }
        let who = if *person == self.account {
            person
        } else {
            &format!("{person} as {}", self.account)
        };
        Some(match by {
            Some(variable) => {
                format!("only {variable}, which root can forge, says that {who} {did}")
            }
            None => format!("nothing tells how it is known that {who} {did}"),
        })
    }
}
