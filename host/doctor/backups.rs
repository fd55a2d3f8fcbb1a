//! Backups: what the audit records of them, and files that somebody names.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::{Code, Finding};
use crate::database::{Audit, CredentialDatabase};
use crate::secret::{self, Backup, Password};
use crate::system::SystemState;
use crate::visible::quote;

/// How old a backup may be, unless the operator says otherwise.
pub const MAX_AGE_DAYS: u32 = 30;

/// By what a backup is judged.
#[derive(Debug, Clone, Copy)]
pub struct Standard {
    /// What time it is.
    pub now: Timestamp,
    /// How old a backup may be, in days.
    pub max_age_days: u32,
}

impl Standard {
    fn age_in_days(self, written: Timestamp) -> i64 {
        self.now.duration_since(written).as_hours() / 24
    }

    fn is_old(self, written: Timestamp) -> bool {
        let days = i64::from(self.max_age_days);
        self.now.duration_since(written) > SignedDuration::from_hours(24 * days)
    }
}

fn fresh(state: &SystemState) -> String {
    format!(
        "on the master secret server: `regent --on {} secret backup NEW-BACKUP`",
        state.master()
    )
}

/// The newest backup of the present secret that the audit records.
pub fn recorded(state: &SystemState, audit: &Audit, standard: Standard) -> Option<Finding> {
    let secret = state.secrets.current?.to_string();
    let backup = |row: &&crate::database::AuditRow| {
        matches!(row.action.as_str(), "secret-backup" | "secret-generate")
            && row.detail.starts_with(&secret)
    };
    let Some(newest) = audit.rows.iter().filter(backup).max_by_key(|row| row.at) else {
        let message = format!("the audit records no backup of master secret {secret}");
        return Some(Finding::new(Code::BackupMissing, message).help(fresh(state)));
    };
    standard.is_old(newest.at).then(|| {
        let message = format!(
            "the newest backup that the audit records was written {} days ago, on {} ({})",
            standard.age_in_days(newest.at),
            newest.server,
            newest.at
        );
        Finding::new(Code::BackupOld, message).help(fresh(state))
    })
}

/// One backup file. It is opened where there is a password, and compared where there is a system.
pub fn file(
    path: &Path,
    password: Option<&Password>,
    known: Option<(&SystemState, &dyn CredentialDatabase)>,
    standard: Standard,
) -> Vec<Finding> {
    let unusable = |error: &secret::Error| {
        let mut finding = Finding::of_error(Code::BackupUnusable, error, error.help());
        // Most errors name the file themselves.
        let name = path.display().to_string();
        if !finding.message.contains(&name) {
            finding.message = format!("{name}: {}", finding.message);
        }
        finding
    };
    let backup = match Backup::read(path) {
        Ok(backup) => backup,
        Err(error) => return vec![unusable(&error)],
    };
    let mut findings = Vec::new();
    if backup.mode_too_open() {
        let message = format!("{} may be read by others than its owner", path.display());
        let quoted = quote(&path.display().to_string());
        findings.push(
            Finding::new(Code::BackupExposed, message).help(format!("type: `chmod 600 {quoted}`")),
        );
    }
    if !backup.changes().is_empty() {
        let changes: Vec<String> = backup.changes().iter().map(ToString::to_string).collect();
        let name = path.display().to_string();
        let message = format!("{name} is not as it was written: {}", changes.join(", "));
        let quoted = quote(&name);
        findings.push(Finding::new(Code::BackupTravelled, message).help(format!(
            "write it as it was: `regent secret inspect {quoted} --clean-copy NEW-BACKUP`"
        )));
    }
    let written = backup.header().created;
    let what = format!("{} was written", path.display());
    findings.extend(super::records::behind(standard.now, written, &what));
    if standard.is_old(written) {
        let message = format!(
            "{} was written {} days ago ({written})",
            path.display(),
            standard.age_in_days(written)
        );
        let anew = known.map_or_else(
            || "on the master secret server: `regent secret backup NEW-BACKUP`".to_owned(),
            |(state, _)| fresh(state),
        );
        findings.push(Finding::new(Code::BackupOld, message).help(anew));
    }
    if let Some((state, database)) = known {
        if let Err(error) = secret::compare_header(backup.header(), state) {
            findings.push(unusable(&error));
            return findings;
        }
        match password {
            Some(password) => {
                let proven = backup.open(password).and_then(|generations| {
                    // A proof that cannot be read is told of the database; here it opens nothing.
                    let proof = database.proof(backup.header().current).unwrap_or(None);
                    secret::compare(&generations, state, proof.as_ref())
                });
                findings.extend(proven.err().map(|error| unusable(&error)));
            }
            None => findings.push(
                Finding::new(
                    Code::BackupUnproven,
                    format!(
                        "{} was not opened: its password is not given",
                        path.display()
                    ),
                )
                .help("give it with --password-file FILE"),
            ),
        }
    }
    findings
}
