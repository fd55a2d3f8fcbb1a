//! The documented exit statuses, and the codes of errors.

use std::process::ExitCode;

mod code;

pub use code::Code;
pub(crate) use code::coded;

/// How a run ended, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Status {
    /// Everything that was asked for is done.
    Done = 0,
    /// What was looked at has errors.
    Findings = 1,
    /// The command line is not one that regent knows.
    Usage = 2,
    /// The policy denied it, and nothing was changed.
    Denied = 3,
    /// A step failed, and every step before it was undone.
    Undone = 4,
    /// A step failed and could not be undone: a human is needed.
    Stuck = 5,
    /// A file, the database, the service or the configuration failed.
    Environment = 6,
    /// The system is not in the state that was expected; nothing was changed.
    Conflict = 7,
    /// Regent itself made a mistake; what else it had to say was said.
    Internal = 8,
}

impl Status {
    /// Every status, in order.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Findings,
        Self::Usage,
        Self::Denied,
        Self::Undone,
        Self::Stuck,
        Self::Environment,
        Self::Conflict,
        Self::Internal,
    ];

    /// The number a shell sees.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Its name in reports and documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Findings => "findings",
            Self::Usage => "usage",
            Self::Denied => "denied",
            Self::Undone => "undone",
            Self::Stuck => "stuck",
            Self::Environment => "environment",
            Self::Conflict => "conflict",
            Self::Internal => "internal",
        }
    }

    /// What it means, as a clause without a full stop.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "everything that was asked for is done",
            Self::Findings => "what was looked at has errors",
            Self::Usage => "the command line is not one that regent knows",
            Self::Denied => "the policy denied it; nothing was changed",
            Self::Undone => "a step failed; every step before it was undone",
            Self::Stuck => "a step failed and could not be undone; a human is needed",
            Self::Environment => "a file, the database, the service or the configuration failed",
            Self::Conflict => {
                "the system is not in the state that was expected, or a promotion is unfinished"
            }
            Self::Internal => "regent itself made a mistake; please report it",
        }
    }

    /// All statuses as lines of number, name and meaning, for `--help`.
    pub fn table() -> String {
        let lines = Self::ALL.map(|status| {
            let (number, name) = (status.number(), status.name());
            format!("  {number}  {name:<11}  {}\n", status.meaning())
        });
        lines.concat()
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_never_change() {
        insta::assert_snapshot!(Status::table(), @"
  0  done         everything that was asked for is done
  1  findings     what was looked at has errors
  2  usage        the command line is not one that regent knows
  3  denied       the policy denied it; nothing was changed
  4  undone       a step failed; every step before it was undone
  5  stuck        a step failed and could not be undone; a human is needed
  6  environment  a file, the database, the service or the configuration failed
  7  conflict     the system is not in the state that was expected, or a promotion is unfinished
  8  internal     regent itself made a mistake; please report it
");
        let numbers: Vec<u8> = Status::ALL.into_iter().map(Status::number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
