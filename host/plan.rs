//! What a promotion is going to do, bound to what was checked.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::coded;
use crate::global_info::{Change, GlobalInfo, ServerName};
use crate::identity::{Digest, Fingerprint, PromotionId, Revision, SystemId, Term};
use crate::system::{Operator, RestoredCopy, SystemState, instead_of};
use crate::update::UpdateFile;

mod asked;
mod composition;
mod difference;
mod file;
mod rules;

pub use asked::{Asked, AskedPlugin, Leave, Overruling, Word};
pub use composition::{Enforcement, Group, Require, Suppression};
pub use difference::{Difference, in_a_line};
pub use file::{Approval, PlanFile, Unusable};
pub use rules::{GoverningPlugin, KeyHolder, Locked, Rules, RulesChange, TrustedKeys};

/// Whether the master still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A planned move.
    Planned,
    /// The master is dead.
    Emergency,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Planned => "planned",
            Self::Emergency => "emergency",
        })
    }
}

/// One step of a promotion, in the order in which the vendor documents them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Write the new global info and raise the term.
    UpdateDatabase,
    /// Restart the service on the new master secret server and wait until it is ready.
    RestartService,
    /// Make the staged master secret the server's own.
    RestoreSecret,
    /// Read everything back; recording it is the point of no return.
    Verify,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 4] = [
        Self::UpdateDatabase,
        Self::RestartService,
        Self::RestoreSecret,
        Self::Verify,
    ];

    /// Its name in journal and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::UpdateDatabase => "update-database",
            Self::RestartService => "restart-service",
            Self::RestoreSecret => "restore-secret",
            Self::Verify => "verify",
        }
    }

    /// The step after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step > self)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The update file a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct UpdatePin {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub bytes: Digest,
    /// SHA-256 of its meaning.
    pub meaning: Digest,
}

/// The backup a plan restores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BackupPin {
    /// Where it lies.
    pub path: PathBuf,
    /// The master secret in it.
    pub current: Fingerprint,
    /// The generation before.
    pub previous: Option<Fingerprint>,
    /// When it was written.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// The server it was written on.
    pub server: ServerName,
}

/// A plugin a plan was reviewed by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginPin {
    /// Its configured name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// SHA-256 of the component.
    pub component: Digest,
    /// SHA-256 of its settings as given to it.
    pub settings: Digest,
    /// What its denial does.
    pub enforcement: Enforcement,
}

/// Who plans what, why and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Intent {
    /// Planned or emergency.
    pub kind: Kind,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// The change reference.
    pub change: Option<String>,
    /// Who made the plan: its author.
    #[serde(flatten)]
    pub operator: Operator,
    /// When the plan was made.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// A promotion, before it is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// Names the promotion; a plan can be applied once.
    pub id: PromotionId,
    /// The system it was made for.
    pub system: SystemId,
    /// The revision it was made from.
    pub revision: Revision,
    /// The term it was made in.
    pub term: Term,
    /// The term the candidate will hold.
    pub next_term: Term,
    /// The server to be promoted.
    pub candidate: ServerName,
    /// The master secret server until now.
    pub incumbent: ServerName,
    /// Who, why, when.
    pub intent: Intent,
    /// The global info until now.
    pub before: GlobalInfo,
    /// The global info wanted.
    pub after: GlobalInfo,
    /// The update file.
    pub update: UpdatePin,
    /// The backup; nothing where none was named.
    pub backup: Option<BackupPin>,
    /// The plugins that reviewed it.
    pub plugins: Vec<PluginPin>,
    /// Which of them have one vote together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Which findings were to be passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// The operator's word that the database is a restored copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_copy: Option<RestoredCopy>,
    /// The rules that it publishes; nothing where it promotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesChange>,
    /// How the service is restarted, in words.
    pub service: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Why an update file is no promotion of this system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `secretServer` in the file.
    #[error("the update file names no master secret server")]
    NoCandidate,
    /// The candidate is the master.
    #[error("{0} is already the master secret server")]
    AlreadyMaster(ServerName),
    /// The candidate has not joined the system.
    #[error("{candidate} is not an SSO server of this system")]
    UnknownServer {
        /// The name in the file.
        candidate: ServerName,
        /// The listed servers.
        known: Vec<ServerName>,
    },
    /// There is no secret to restore.
    #[error("no master secret has been generated for this system")]
    NoSecret,
}

coded! {
    Refusal {
        NoCandidate "no-candidate" Conflict "the update file names no master secret server";
        AlreadyMaster "already-master" Conflict "the candidate is the master secret server already, and something else is not as wanted";
        UnknownServer "candidate-unknown" Conflict "the candidate is not an SSO server of this system";
        NoSecret "secret-not-generated" Conflict "no master secret has been generated for this system";
    }
}

impl Refusal {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NoCandidate => {
                "put the candidate's name in <secretServer>, or apply the file with `regent update UPDATE-FILE`"
                    .to_owned()
            }
            Self::AlreadyMaster(master) => format!(
                "nothing is to be promoted; if its master secret is lost, run `regent --on {master} \
                 secret restore BACKUP` there"
            ),
            Self::UnknownServer { candidate, known } => instead_of(candidate, known),
            Self::NoSecret => {
                "run `regent secret generate NEW-BACKUP` on the master secret server first".to_owned()
            }
        }
    }
}

impl Plan {
    /// The plan that turns `state` into what `update` wants. Pure.
    pub fn between(
        state: &SystemState,
        update: &UpdateFile,
        pin: UpdatePin,
        id: PromotionId,
        intent: Intent,
    ) -> Result<Self, Refusal> {
        let candidate = update.secret_server.as_ref().ok_or(Refusal::NoCandidate)?;
        let candidate = candidate.value.clone();
        let incumbent = state.master().clone();
        if candidate.is(&incumbent) {
            return Err(Refusal::AlreadyMaster(incumbent));
        }
        // The listed spelling wins, so that case never makes two names of one server.
        let Some(listed) = state.server(&candidate) else {
            let known = state
                .servers
                .iter()
                .map(|server| server.name.clone())
                .collect();
            return Err(Refusal::UnknownServer { candidate, known });
        };
        if state.secrets.current.is_none() {
            return Err(Refusal::NoSecret);
        }
        let candidate = listed.name.clone();
        let after = GlobalInfo {
            secret_server: candidate.clone(),
            ..update.apply_to(&state.info)
        };
        Ok(Self {
            id,
            system: state.id,
            revision: state.revision,
            term: state.term,
            next_term: state.next_term(None),
            candidate,
            incumbent,
            intent,
            before: state.info.clone(),
            after,
            update: pin,
            backup: None,
            plugins: Vec::new(),
            groups: Vec::new(),
            suppressions: Vec::new(),
            restored_copy: None,
            rules: None,
            service: String::new(),
            steps: Step::ALL.to_vec(),
        })
    }

    /// This plan, made in a database that is a restored copy of `state`.
    #[must_use]
    pub fn in_restored_copy(self, state: &SystemState, copy: RestoredCopy) -> Self {
        Self {
            next_term: state.next_term(Some(&copy)),
            restored_copy: Some(copy),
            ..self
        }
    }

    /// A change of the rules, as rules of today can judge it: the master is promoted onto itself,
    /// nothing of the global info changes, and no step is run. Pure.
    pub fn onto_itself(
        state: &SystemState,
        change: RulesChange,
        id: PromotionId,
        intent: Intent,
    ) -> Self {
        let rules = change.after.digest();
        let pin = UpdatePin {
            name: "rules".to_owned(),
            bytes: rules,
            meaning: rules,
        };
        Self {
            id,
            system: state.id,
            revision: state.revision,
            term: state.term,
            next_term: state.term,
            candidate: state.master().clone(),
            incumbent: state.master().clone(),
            intent,
            before: state.info.clone(),
            after: state.info.clone(),
            update: pin,
            backup: None,
            plugins: Vec::new(),
            groups: Vec::new(),
            suppressions: Vec::new(),
            restored_copy: None,
            rules: Some(change),
            service: String::new(),
            steps: Vec::new(),
        }
    }

    /// What the global info is changed in.
    pub fn changes(&self) -> Vec<Change> {
        self.before.differences(&self.after)
    }

    /// This plan, had the system been `state` when it was made.
    #[must_use]
    pub fn rebased(&self, state: &SystemState) -> Self {
        Self {
            system: state.id,
            revision: state.revision,
            term: state.term,
            next_term: state.next_term(self.restored_copy.as_ref()),
            incumbent: state.master().clone(),
            before: state.info.clone(),
            ..self.clone()
        }
    }

    /// What the same act, planned now, would be bound to instead; a line each.
    ///
    /// Everything counts but where files lie and how the update file is spelled: its meaning is
    /// bound, and the backup's master secret.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let differences = difference::between(self, now);
        differences.iter().map(ToString::to_string).collect()
    }

    /// SHA-256 over everything the plan is bound to.
    pub fn digest(&self) -> Digest {
        let canonical = serde_json::to_vec(self).expect("a plan is plain data with string keys");
        Digest::of(&canonical)
    }
}
