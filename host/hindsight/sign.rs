//! One thing that tells of a later state than the database's.

use std::fmt;
use std::path::PathBuf;

use crate::global_info::ServerName;
use crate::identity::{PromotionId, Revision, Term};

/// What was seen and does not fit the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// A vault of a term that the database has not given.
    NotGiven {
        /// Whose vault.
        server: ServerName,
        /// The file.
        path: PathBuf,
        /// Its term.
        term: Term,
        /// The highest that the database gave.
        highest: Term,
    },
    /// This computer has seen the system farther on.
    SeenFarther {
        /// The highest term then.
        term: Term,
        /// The revision then.
        revision: Revision,
        /// The rows of the audit then.
        rows: u64,
        /// The same of the database.
        now: (Term, Revision, u64),
    },
    /// This computer has seen the system go another way.
    SeenOtherwise {
        /// The highest term then.
        term: Term,
        /// The row of the audit that was another one.
        row: u64,
    },
    /// A plan that was made later.
    PlannedLater {
        /// The plan file.
        path: PathBuf,
        /// Term and revision it was made from, and the term it would begin.
        planned: (Term, Revision, Term),
        /// Term, revision and highest term of the database.
        now: (Term, Revision, Term),
    },
    /// A promotion that is over in the vault and not in the database.
    Settled {
        /// Whose vault.
        server: ServerName,
        /// The promotion.
        id: PromotionId,
    },
    /// A vault of a term that the database gave to another server.
    GivenToAnother {
        /// Whose vault.
        server: ServerName,
        /// The file.
        path: PathBuf,
        /// Its term.
        term: Term,
        /// Who was given it.
        holder: ServerName,
    },
}

impl Sign {
    /// The highest term that was given as far as it tells.
    pub fn term(&self) -> Option<Term> {
        match self {
            Self::NotGiven { term, .. }
            | Self::SeenFarther { term, .. }
            | Self::SeenOtherwise { term, .. }
            | Self::GivenToAnother { term, .. }
            | Self::PlannedLater {
                planned: (.., term),
                ..
            } => Some(*term),
            Self::Settled { .. } => None,
        }
    }

    /// Whether nothing but an older database explains it.
    fn is_sure(&self) -> bool {
        !matches!(
            self,
            Self::GivenToAnother { .. } | Self::SeenOtherwise { .. }
        )
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGiven {
                server,
                path,
                term,
                highest,
            } => write!(
                f,
                "the vault of {server}{} is of term {term}, and the database has given no term after {highest}",
                part(path)
            ),
            Self::SeenFarther {
                term,
                revision,
                rows,
                now: (now_term, now_revision, now_rows),
            } => write!(
                f,
                "this computer has seen it at highest term {term}, revision {revision} and audit row {rows}, \
                 and now it is at highest term {now_term}, revision {now_revision} and audit row {now_rows}"
            ),
            Self::SeenOtherwise { row, .. } => write!(
                f,
                "row {row} of the audit is not the one that this computer has seen there"
            ),
            Self::PlannedLater {
                path,
                planned: (term, revision, _),
                now: (now_term, now_revision, _),
            } => write!(
                f,
                "{} was made from it at term {term} and revision {revision}, and now it is at term \
                 {now_term} and revision {now_revision}",
                path.display()
            ),
            Self::Settled { server, id } => write!(
                f,
                "the vault of {server} has done with promotion {id}, which the database takes for unfinished"
            ),
            Self::GivenToAnother {
                server,
                path,
                term,
                holder,
            } => write!(
                f,
                "the vault of {server}{} is of term {term}, which the database gave to {holder}",
                part(path)
            ),
        }
    }
}

/// Which file of a vault it is, where it is not the one in use.
fn part(path: &std::path::Path) -> String {
    match path.file_name() {
        Some(name) if name != "current.vault" => format!(" ({})", name.to_string_lossy()),
        _ => String::new(),
    }
}

/// A line each.
pub(super) fn lines(signs: &[Sign]) -> Vec<String> {
    signs.iter().map(ToString::to_string).collect()
}

/// How sure it is that the database is older.
pub(super) fn certainty(signs: &[Sign]) -> &'static str {
    if signs.iter().any(Sign::is_sure) {
        "is an older copy"
    } else {
        "may be an older copy"
    }
}
