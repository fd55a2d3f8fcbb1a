//! What the secret commands have to say; never a secret.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::identity::{Fingerprint, SystemId};

use super::Report;
use super::human::Page;

/// What a backup says of itself, readable without its password.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BackupReport {
    /// Where it lies.
    pub path: String,
    /// The system it was written for.
    pub system: SystemId,
    /// The server it was written on.
    pub server: String,
    /// When.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// The master secret in it.
    pub current: Fingerprint,
    /// The generation before.
    pub previous: Option<Fingerprint>,
    /// The password reminder.
    pub reminder: Option<String>,
    /// The cost of deriving its key, in words.
    pub derivation: String,
}

/// What was done with the master secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SecretReport {
    /// `generated`, `backed-up`, `restored`, `inspected` or `verified`.
    pub act: &'static str,
    /// What was done, in a line.
    pub summary: String,
    /// Whether a master secret, a vault or a backup was written.
    pub changed: bool,
    /// The backup file.
    pub backup: BackupReport,
    /// What the operator should know.
    pub notes: Vec<String>,
}

impl Report for SecretReport {
    const NAME: &'static str = "secret";

    fn human(&self, page: &mut Page) {
        let backup = &self.backup;
        page.ok(&self.summary);
        page.field("backup", &backup.path);
        page.field(
            "written",
            format!("{} on {}", backup.created, backup.server),
        );
        page.field("system", backup.system);
        page.field("master secret", backup.current);
        if let Some(previous) = backup.previous {
            page.field("previous", previous);
        }
        page.field("reminder", backup.reminder.as_deref().unwrap_or("none"));
        page.field("key derivation", &backup.derivation);
        for note in &self.notes {
            page.warn(note);
        }
    }
}
