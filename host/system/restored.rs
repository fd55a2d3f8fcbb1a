//! A database that was brought back from a copy, on the operator's word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::Term;

/// How many terms are passed over above the highest that anybody here knows of.
///
/// They stand for what was given between the copy and its restore and left no trace within reach.
/// A term is given by hand and takes minutes, so that a thousand are more than a system gives in
/// years, and there is room in 63 bits to pass over as many again as often as anybody restores.
pub const MARGIN: u64 = 1000;

/// The highest term that regent believes when it reads one. No system comes near it; what names a
/// higher one was altered, and to go on above it would leave no terms to give.
pub const BELIEVABLE: Term = Term(1 << 53);

/// The operator's word that the database is a restored copy, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RestoredCopy {
    /// Every term up to this one counts as given.
    pub highest_term: Term,
    /// What was seen of the system as it was later, a line each; nothing where the operator alone
    /// knows of it.
    pub seen: Vec<String>,
}

impl RestoredCopy {
    /// Passes over everything up to [`MARGIN`] above `highest`.
    pub fn beyond(highest: Term, seen: Vec<String>) -> Self {
        Self {
            highest_term: Term(highest.0.saturating_add(MARGIN)),
            seen,
        }
    }

    /// What was seen, in a clause.
    pub fn grounds(&self) -> String {
        if self.seen.is_empty() {
            "nothing of a later state was seen here".to_owned()
        } else {
            self.seen.join("; ")
        }
    }

    /// What an operator is told of it.
    pub fn line(&self) -> String {
        format!(
            "the database is taken for a restored copy, and every term up to {} counts as given ({})",
            self.highest_term,
            self.grounds()
        )
    }
}
