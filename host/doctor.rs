//! What is wrong with a site: records, vaults and backups, each looked at for itself.
//!
//! In come open doors, out come findings. **Invariant:** nothing here changes anything, and what
//! cannot be read is a finding that leaves the others to be found.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::Severity;

pub mod backups;
pub mod codes;
pub mod governing;
pub mod records;
pub mod suppressions;
pub mod vaults;

pub use codes::Code;

/// One thing that is wrong with a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Which check found it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a line without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding as bad as its code usually is.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            help: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Tells an error with its causes.
    pub fn of_error(code: Code, error: &dyn std::error::Error, help: Option<String>) -> Self {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let said = causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"));
        Self {
            help,
            ..Self::new(code, said)
        }
    }

    /// All of it in a line.
    pub fn line(&self) -> String {
        match &self.help {
            Some(help) => format!("{}: {help}", self.message),
            None => self.message.clone(),
        }
    }
}
