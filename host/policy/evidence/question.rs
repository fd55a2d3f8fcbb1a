//! What the rules are asked, as data that can be asked again, and their answer.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::super::{Approved, Facts, People, Policy, Sifted, Verdict, Zones};
use crate::finding::Finding;
use crate::global_info::ServerName;
use crate::identity::PromotionId;
use crate::plan::{self, BackupPin, Intent, Plan, UpdatePin};
use crate::source::{self, SourceFile};
use crate::system::{KnownBy, Operator, Person, SystemState};
use crate::update::{self, Checked};

/// What the rules are asked, and everything that their answer rests on but the rules themselves.
#[derive(Debug, Clone)]
pub struct Question {
    /// The system; nothing where the files were checked without it.
    pub system: Option<SystemState>,
    /// The server that it was asked on; nothing where that does not matter.
    pub server: Option<ServerName>,
    /// The day it was asked on, in the host's local time; suppressions expire by it.
    pub today: Date,
    /// The update files.
    pub files: Vec<Subject>,
    /// The promotion that one update file is for, where somebody wants to promote.
    pub promotion: Option<Proposal>,
}

/// An update file, and what a rule can know of it beside its text.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The file.
    pub file: SourceFile,
    /// Its unix permission bits, where it has any.
    pub mode: Option<u32>,
}

/// A promotion as promoters are told of it, beyond the system and the update file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Proposal {
    /// Which promotion, as the journal names it.
    pub id: PromotionId,
    /// Who plans it, why and when.
    pub intent: Intent,
    /// The backup's header; its path is the file's name alone.
    pub backup: Option<BackupPin>,
    /// Whether the backup was opened, and opened the database.
    pub proven: bool,
    /// The account that runs it.
    pub operator: String,
    /// The person behind the account, where it is not that person's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// By what the person is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_by: Option<KnownBy>,
    /// When it was decided.
    pub now: Timestamp,
    /// How far the host's local time was ahead of UTC, in seconds.
    pub utc_offset: i32,
    /// How the clocks of the time zones ran then that plugins' settings name.
    #[serde(default, skip_serializing_if = "Zones::is_empty")]
    pub zones: Zones,
    /// Who acted, as the plugins that want to know were told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// Who else approved the plan.
    pub approvals: Vec<Approved>,
}

/// What regent and the rules made of an update file.
#[derive(Debug, Clone, Serialize)]
pub struct FileAnswer {
    /// The file's name.
    pub name: String,
    /// What it is for.
    pub kind: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was found and is passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<Finding>,
}

/// What came of a question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was found in each update file.
    pub files: Vec<FileAnswer>,
    /// What the promoters made of the promotion.
    pub verdict: Option<Verdict>,
}

impl Policy {
    /// Checks an update file by regent's rules and by every validator.
    pub fn examine(&self, file: &SourceFile, known: &update::Context<'_>) -> Checked {
        let mut checked = update::check(file, known);
        let said = self.validate(file, &checked.update, known.system);
        checked.findings.extend(said);
        checked
    }
}

impl FileAnswer {
    /// What was found in a file.
    pub fn of(file: &SourceFile, kind: update::FileKind, sifted: &Sifted) -> Self {
        let suppressed = sifted.suppressed.iter();
        Self {
            name: source::base_name(file.name()).to_owned(),
            kind: kind.to_string(),
            findings: sifted.findings.clone(),
            suppressed: suppressed.map(|(finding, _)| finding.clone()).collect(),
        }
    }
}

impl Proposal {
    /// What promoters were told of a plan.
    pub fn of(plan: &Plan, facts: &Facts) -> Self {
        let backup = plan.backup.clone().map(|backup| BackupPin {
            path: backup.path.file_name().unwrap_or_default().into(),
            ..backup
        });
        Self {
            id: plan.id,
            intent: plan.intent.clone(),
            backup,
            proven: facts.proven,
            operator: facts.operator.account.clone(),
            person: facts.operator.person.clone(),
            known_by: facts.operator.known_by,
            now: facts.now,
            utc_offset: facts.utc_offset.seconds(),
            zones: facts.zones.clone(),
            people: facts.people.clone(),
            approvals: facts.approvals.clone(),
        }
    }

    /// The offset, where there is such a one.
    pub(super) fn offset(&self) -> Option<Offset> {
        Offset::from_seconds(self.utc_offset).ok()
    }

    fn planned(
        &self,
        system: &SystemState,
        file: &SourceFile,
        checked: &Checked,
    ) -> Result<(Plan, Facts), plan::Refusal> {
        let pin = UpdatePin {
            name: file.name().to_owned(),
            bytes: file.byte_digest(),
            meaning: checked.update.semantic_digest(),
        };
        let plan = Plan::between(system, &checked.update, pin, self.id, self.intent.clone())?;
        let facts = Facts {
            operator: Operator {
                account: self.operator.clone(),
                person: self.person.clone(),
                known_by: self.known_by,
            },
            proven: self.proven,
            candidate: system.listed(&plan.candidate),
            incumbent: system.listed(&plan.incumbent),
            now: self.now,
            utc_offset: self.offset().unwrap_or(Offset::UTC),
            zones: self.zones.clone(),
            people: self.people.clone(),
            approvals: self.approvals.clone(),
        };
        let backup = self.backup.clone();
        Ok((Plan { backup, ..plan }, facts))
    }
}

impl Question {
    /// Asks it as `regent check` and `regent promote` do.
    pub fn put(&self, policy: &Policy) -> Result<Answer, plan::Refusal> {
        let mut answer = Answer {
            files: Vec::new(),
            verdict: None,
        };
        for Subject { file, mode } in &self.files {
            let mut checked = policy.examine(
                file,
                &update::Context {
                    system: self.system.as_ref(),
                    this_server: self.server.as_ref(),
                    mode: *mode,
                },
            );
            let sifted = policy.sift(std::mem::take(&mut checked.findings), self.today);
            let found = FileAnswer::of(file, checked.kind, &sifted);
            answer.files.push(found);
            if let (Some(proposal), Some(system)) = (&self.promotion, &self.system) {
                let (plan, facts) = proposal.planned(system, file, &checked)?;
                answer.verdict = Some(policy.review(plan, &facts).verdict().clone());
            }
        }
        Ok(answer)
    }
}
