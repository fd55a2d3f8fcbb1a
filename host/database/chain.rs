//! The hash chain of audit and journal.
//!
//! **Invariant:** a hash covers a label, the hash before, and every field with its length in
//! front, so that no two different rows are the same bytes.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::AuditRow;
use crate::identity::Digest;
use crate::system::{KnownBy, Operator, Person};

/// What stands before the first row.
pub(super) const NOTHING_BEFORE: Digest = Digest::from_bytes([0; 32]);

/// The audit as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The rows, oldest first.
    pub rows: Vec<AuditRow>,
    /// The hash of the last row that was ever written, kept beside the rows; nothing before the first.
    pub end: Option<Digest>,
}

/// Where the chain of the audit breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRow {
    /// A row was taken out, put in, or moved.
    #[error("audit row {expected} is missing: row {found} stands in its place")]
    Missing {
        /// The number that should follow.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// A row was exchanged with all that it says.
    #[error("audit row {number} does not follow the row before it")]
    Unlinked {
        /// The row.
        number: u64,
    },
    /// A row says something else than when it was written.
    #[error("audit row {number} was altered")]
    Altered {
        /// The row.
        number: u64,
    },
    /// The last rows were taken out.
    #[error("every audit row{} was cut off", after(*last))]
    CutOff {
        /// The last row that is left; 0 where none is.
        last: u64,
    },
}

fn after(last: u64) -> String {
    if last == 0 {
        String::new()
    } else {
        format!(" after row {last}")
    }
}

impl Audit {
    /// Finds the first row that breaks the chain.
    ///
    /// Whoever writes every row anew, and the end with them, leaves no trace.
    pub fn verify(&self) -> Result<(), BadRow> {
        let mut previous = NOTHING_BEFORE;
        for (expected, row) in (1..).zip(&self.rows) {
            let number = row.number;
            if number != expected {
                return Err(BadRow::Missing {
                    expected,
                    found: number,
                });
            }
            if row.previous != previous {
                return Err(BadRow::Unlinked { number });
            }
            if row.hash != row.computed() {
                return Err(BadRow::Altered { number });
            }
            previous = row.hash;
        }
        if previous == self.end.unwrap_or(NOTHING_BEFORE) {
            return Ok(());
        }
        let last = self.rows.last().map_or(0, |row| row.number);
        Err(BadRow::CutOff { last })
    }
}

/// Who did what, before it takes its place in the audit.
#[derive(Debug)]
pub(super) struct Deed<'a> {
    /// When.
    pub(super) at: Timestamp,
    /// Who.
    pub(super) operator: &'a Operator,
    /// Where.
    pub(super) server: &'a str,
    /// What, in one word.
    pub(super) action: &'a str,
    /// To what.
    pub(super) detail: &'a str,
}

impl AuditRow {
    /// The row after row `last` and the hash that the audit ends with, or the first one.
    pub(super) fn following(last: u64, end: Option<Digest>, deed: &Deed<'_>) -> Self {
        let mut row = Self {
            number: last + 1,
            at: deed.at,
            operator: deed.operator.clone(),
            server: deed.server.to_owned(),
            action: deed.action.to_owned(),
            detail: deed.detail.to_owned(),
            previous: end.unwrap_or(NOTHING_BEFORE),
            hash: NOTHING_BEFORE,
        };
        row.hash = row.computed();
        row
    }

    /// The hash that this row's words and the row before have.
    fn computed(&self) -> Digest {
        let (number, at) = (self.number.to_string(), self.at.to_string());
        let first = [
            &number,
            &at,
            &self.operator.account,
            &self.server,
            &self.action,
            &self.detail,
        ];
        link_with(
            "regent/audit",
            self.previous,
            &first.map(String::as_str),
            &later(&self.operator),
        )
    }
}

/// The person beside an account, where a row has one.
pub(super) fn person(operator: &Operator) -> Option<&str> {
    operator.person.as_ref().map(Person::as_str)
}

/// By what that person is known, where a row says it.
pub(super) fn known_by(operator: &Operator) -> Option<&'static str> {
    operator.known_by.map(KnownBy::as_str)
}

/// The columns that came later of who did something.
pub(super) fn later(operator: &Operator) -> [(&'static str, Option<&str>); 2] {
    [
        ("person", person(operator)),
        ("known-by", known_by(operator)),
    ]
}

/// The hash of a row with columns that came later. A row that has nothing in any of them has the
/// hash that it had before there were any; else each that it has is hashed after its name.
pub(super) fn link_with(
    label: &str,
    previous: Digest,
    fields: &[&str],
    later: &[(&str, Option<&str>)],
) -> Digest {
    let mut fields = fields.to_vec();
    let first = fields.len();
    for (name, value) in later {
        fields.extend(value.iter().flat_map(|value| [*name, *value]));
    }
    let form = if fields.len() == first { 1 } else { 2 };
    link(&format!("{label}/{form}"), previous, &fields)
}

/// `SHA-256(label, previous, fields)`, where a text is its length in bytes as eight big-endian
/// bytes and then itself, and `previous` is its 32 bytes.
fn link(label: &str, previous: Digest, fields: &[&str]) -> Digest {
    let text = |hash: Sha256, text: &str| {
        hash.chain_update((text.len() as u64).to_be_bytes())
            .chain_update(text)
    };
    let head = text(Sha256::new(), label).chain_update(previous.as_bytes());
    let hash = fields.iter().copied().fold(head, text);
    Digest::from_bytes(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(details: &[&str]) -> Audit {
        let mut audit = Audit {
            rows: Vec::new(),
            end: None,
        };
        for (last, detail) in (0..).zip(details) {
            let deed = Deed {
                at: Timestamp::UNIX_EPOCH,
                operator: &"CONTOSO\\anna".into(),
                server: "SSO01",
                action: "update",
                detail,
            };
            let row = AuditRow::following(last, audit.end, &deed);
            audit.end = Some(row.hash);
            audit.rows.push(row);
        }
        audit
    }

    #[test]
    fn an_untouched_chain_verifies() {
        assert_eq!(chain(&[]).verify(), Ok(()));
        assert_eq!(chain(&["a", "b", "c"]).verify(), Ok(()));
    }

    #[test]
    fn every_altered_field_is_found() {
        let alterations: [fn(&mut AuditRow); 7] = [
            |row| row.detail.push('!'),
            |row| row.operator.account.clear(),
            |row| row.operator.person = Some(Person::Unknown),
            |row| row.operator.known_by = Some(KnownBy::LoginUid),
            |row| row.server = "SSO02".into(),
            |row| row.action = "note".into(),
            |row| row.at = Timestamp::MAX,
        ];
        for alter in alterations {
            for index in 0..3 {
                let mut audit = chain(&["a", "b", "c"]);
                alter(&mut audit.rows[index]);
                let number = audit.rows[index].number;
                assert_eq!(audit.verify(), Err(BadRow::Altered { number }));
            }
        }
    }

    #[test]
    fn a_row_moved_from_one_field_to_the_next_is_another_row() {
        let apart = link("l", NOTHING_BEFORE, &["ab", "c"]);
        assert_ne!(apart, link("l", NOTHING_BEFORE, &["a", "bc"]));
        assert_ne!(apart, link("lab", NOTHING_BEFORE, &["c"]));
    }

    #[test]
    fn rows_taken_out_or_written_anew_are_found() {
        let mut audit = chain(&["a", "b", "c"]);
        audit.rows.remove(1);
        let missing = BadRow::Missing {
            expected: 2,
            found: 3,
        };
        assert_eq!(audit.verify(), Err(missing));

        // Whoever rewrites a row with its hash has to rewrite every row after it.
        let mut audit = chain(&["a", "b", "c"]);
        audit.rows[1] = chain(&["a", "x"]).rows.remove(1);
        assert_eq!(audit.verify(), Err(BadRow::Unlinked { number: 3 }));
    }

    #[test]
    fn rows_cut_off_at_the_end_are_found() {
        for (kept, last) in [(2, 2), (1, 1), (0, 0)] {
            let mut audit = chain(&["a", "b", "c"]);
            audit.rows.truncate(kept);
            assert_eq!(audit.verify(), Err(BadRow::CutOff { last }));
        }
    }
}
