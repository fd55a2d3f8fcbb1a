//! What plan, promote, resume, abort and journal have to say.

use std::path::Path;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::global_info::Change;
use crate::identity::{Fingerprint, PromotionId, Term};
use crate::plan::{BackupPin, Plan, RulesChange, Step};
use crate::policy;
use crate::promotion::Outcome;
use crate::system::Operator;

use super::Report;
use super::approve::ApprovalReport;
use super::human::Page;
use super::policy::difference::differences;
use super::relaxations::Relaxations;
use super::replay::EvidenceReport;
use super::typed::path;

mod already;
mod journal;
mod verdict;

pub use journal::JournalReport;
pub use verdict::{DecisionReport, GroupReport, ReasonReport, VerdictReport};

/// What a promotion would do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanReport {
    /// The plan itself; its intent names who made it.
    pub plan: Plan,
    /// Who runs it.
    #[serde(flatten)]
    pub operator: Operator,
    /// What the global info changes in.
    pub changes: Vec<Change>,
    /// Whether the backup was opened and opens this database.
    pub proven: bool,
    /// Who approved the plan.
    pub approvals: Vec<ApprovalReport>,
    /// What the organisation's rules say.
    pub verdict: VerdictReport,
    /// What the settings take from the rules.
    #[serde(default, skip_serializing_if = "Relaxations::is_empty")]
    pub relaxations: Relaxations,
    /// What was not checked, and why.
    pub unchecked: Vec<String>,
    /// What will keep it from being run, or should be known before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Whether this was a dry run of `promote`.
    pub dry_run: bool,
    /// Whether it is an update that moves the master by name alone, and runs none of the steps.
    pub name_only: bool,
    /// The plan file that was written.
    pub file: Option<String>,
    /// The evidence that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceReport>,
    /// What to type to run it.
    pub command: Option<String>,
}

impl Report for PlanReport {
    const NAME: &'static str = "plan";

    fn human(&self, page: &mut Page) {
        let plan = &self.plan;
        if self.name_only {
            self.move_denied(page);
            return;
        }
        body(plan, Some((self.proven, &self.operator)), page);
        for approval in &self.approvals {
            approval.human(page);
        }
        self.verdict.human(page);
        self.relaxations.human(page);
        for unchecked in &self.unchecked {
            page.warn(&format!("not checked: {unchecked}"));
        }
        for warning in &self.warnings {
            page.warn(warning);
        }
        let approved = self.verdict.approved;
        if let Some(evidence) = &self.evidence {
            evidence.human(page);
        }
        if let Some(file) = &self.file {
            page.gap();
            page.ok(&format!("wrote the plan to {file}; it can be applied once"));
            page.hint("to have it approved by somebody else:");
            page.command(&format!(
                "regent approve {} --key KEY",
                path(Path::new(file))
            ));
        }
        if self.dry_run && approved {
            page.line("");
            page.ok("dry run: every check of the real run was made, nothing was changed");
        }
        if let Some(command) = &self.command {
            page.hint(if approved {
                "to run it:"
            } else {
                "to promote once nothing denies it:"
            });
            page.command(command);
        }
    }
}

impl PlanReport {
    /// An update was asked for, so the steps of a promotion are not what matters.
    fn move_denied(&self, page: &mut Page) {
        let plan = &self.plan;
        page.heading(&format!(
            "Update: name {} master secret server, in place of {}",
            plan.candidate, plan.incumbent
        ));
        self.verdict.human(page);
        self.relaxations.human(page);
        page.gap();
        page.line(
            "An update moves the name and not the master secret, so the rules judge it as a \
             promotion without a backup. To move both:",
        );
        if let Some(command) = &self.command {
            page.command(command);
        }
    }
}

/// The plan as somebody reads it who is to approve it.
pub(super) fn plan_body(plan: &Plan, today: Date, page: &mut Page) {
    if let Some(change) = &plan.rules {
        publication(plan, change, page);
        return;
    }
    body(plan, None, page);
    let relaxations = Relaxations::of_plugins(&plan.plugins);
    if !(relaxations.is_empty() && plan.groups.is_empty() && plan.suppressions.is_empty()) {
        page.heading("Organisation rules");
        for group in &plan.groups {
            page.line(&format!("group {}: {}", group.name, group.terms()));
        }
        relaxations.human(page);
        for by in &plan.suppressions {
            let (code, until, reason) = (&by.code, by.until, &by.reason);
            if policy::has_expired(by, today) {
                page.line(&format!(
                    "{code} is suppressed no longer: {until} was the last day – {reason}"
                ));
            } else {
                page.warn(&format!("{code} is suppressed until {until} – {reason}"));
            }
        }
        page.gap();
    }
}

/// Rules that are to govern, as somebody reads of them who is to approve them.
fn publication(plan: &Plan, change: &RulesChange, page: &mut Page) {
    page.heading("Plan: let other rules govern");
    differences(&change.differences(), page);
    page.gap();
    page.field("system", plan.system);
    page.field("master", &plan.incumbent);
    let nothing = String::new();
    page.field("reason", plan.intent.reason.as_ref().unwrap_or(&nothing));
    if let Some(reference) = &plan.intent.change {
        page.field("change", reference);
    }
    page.field("author", &plan.intent.operator);
    if let Some(backup) = &plan.backup {
        page.field("backup", backup_line(backup, None));
    }
    let version = change.version;
    page.field(
        "version",
        format!("{version} → {}", version.saturating_add(1)),
    );
    let (before, after) = (change.before.digest(), change.after.digest());
    page.field("rules", format!("{before} → {after}"));
}

/// The plan: what it is bound to, what it changes, its steps. `run` is nothing where it was not this
/// command's to open the backup, and nobody runs the plan; else whether the backup was proven, and
/// who does.
fn body(plan: &Plan, run: Option<(bool, &Operator)>, page: &mut Page) {
    page.heading(&format!(
        "Plan: promote {} to master secret server",
        plan.candidate
    ));
    plan_fields(plan, run, page);
    page.heading("Changes");
    for change in plan.changes() {
        page.field(
            change.element.name(),
            format!("{} → {}", change.before, change.after),
        );
    }
    page.field("term", format!("{} → {}", plan.term, plan.next_term));
    if let Some(copy) = &plan.restored_copy {
        page.warn(&copy.line());
    }
    page.heading("Steps");
    for (number, step) in plan.steps.iter().enumerate() {
        page.item(
            &format!("{}.", number + 1),
            &format!("{step}: {}", describe(*step, plan)),
        );
    }
    page.line("Until the last step is recorded, everything can be undone.");
}

fn plan_fields(plan: &Plan, run: Option<(bool, &Operator)>, page: &mut Page) {
    page.field("system", plan.system);
    page.field("in place of", &plan.incumbent);
    let mut kind = plan.intent.kind.to_string();
    if let Some(reason) = &plan.intent.reason {
        kind = format!("{kind}: {reason}");
    }
    page.field("kind", &kind);
    if let Some(change) = &plan.intent.change {
        page.field("change", change);
    }
    let author = &plan.intent.operator;
    let operator = run.map(|(_, operator)| operator);
    if !operator.is_some_and(|operator| operator.is(author)) {
        page.field("author", author);
    }
    if let Some(operator) = operator {
        page.field("operator", operator);
    }
    let proven = run.map(|(proven, _)| proven);
    match &plan.backup {
        Some(backup) => page.field("backup", backup_line(backup, proven)),
        None => page.field("backup", "none named"),
    }
    page.field("service", &plan.service);
    page.field("promotion", plan.id);
}

fn backup_line(backup: &BackupPin, proven: Option<bool>) -> String {
    let proven = match proven {
        Some(true) => "opened, and it opens this database; ",
        Some(false) => "not opened yet; ",
        None => "",
    };
    format!(
        "{} ({proven}written {} on {})",
        backup.path.display(),
        backup.created,
        backup.server
    )
}

fn describe(step: Step, plan: &Plan) -> String {
    match step {
        Step::UpdateDatabase => format!("name {} in the credential database", plan.candidate),
        Step::RestartService => plan.service.clone(),
        Step::RestoreSecret => format!("make the master secret {}'s own", plan.candidate),
        Step::Verify => "read everything back".to_owned(),
    }
}

/// How a promotion ended.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PromotionReport {
    /// `promoted`, `undone`, `stuck` or `unfinished`; `already` where the candidate is the master and
    /// has its master secret, `nothing` where there was nothing to resume or abort.
    pub outcome: &'static str,
    /// Whether this command changed anything: false with `already` and `nothing`.
    pub changed: bool,
    /// Which promotion; nothing where none was ever begun.
    pub id: Option<PromotionId>,
    /// The master secret server now; not said where it is stuck or unfinished.
    pub master: Option<String>,
    /// The candidate's term.
    pub term: Option<Term>,
    /// The master secret's name.
    pub secret: Option<Fingerprint>,
    /// The step at which it failed or waits.
    pub step: Option<Step>,
    /// Why it failed.
    pub cause: Option<String>,
    /// What the operator should know.
    pub notes: Vec<String>,
    /// Commands for what is to be done now.
    pub commands: Vec<String>,
    /// What the organisation's rules said before it began; only where this command asked them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictReport>,
    /// What the settings took from the rules.
    #[serde(default, skip_serializing_if = "Relaxations::is_empty")]
    pub relaxations: Relaxations,
    /// The evidence that was written before it began; people have read of it by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceReport>,
}

impl PromotionReport {
    fn blank(outcome: &'static str, changed: bool, id: Option<PromotionId>) -> Self {
        Self {
            outcome,
            changed,
            id,
            master: None,
            term: None,
            secret: None,
            step: None,
            cause: None,
            notes: Vec::new(),
            commands: Vec::new(),
            verdict: None,
            relaxations: Relaxations::default(),
            evidence: None,
        }
    }

    /// Reports an outcome of `plan`, without what was said of it before.
    pub fn new(outcome: &Outcome, plan: &Plan) -> Self {
        let blank = |name, id: &PromotionId| Self::blank(name, true, Some(*id));
        match outcome {
            Outcome::Promoted {
                id,
                term,
                secret,
                restart_left,
                notes: of_vault,
            } => {
                let mut notes = vec![format!(
                    "if {} still runs, restart its SSO service so that it stops acting as master",
                    plan.incumbent
                )];
                if *restart_left {
                    notes.insert(
                        0,
                        format!("restart the SSO service on {} now", plan.candidate),
                    );
                }
                notes.extend(of_vault.iter().cloned());
                notes.push("take a fresh backup on the new master secret server".to_owned());
                Self {
                    master: Some(plan.candidate.to_string()),
                    term: Some(*term),
                    secret: *secret,
                    notes,
                    commands: vec![
                        "regent secret backup NEW-BACKUP.bak".to_owned(),
                        "regent status".to_owned(),
                    ],
                    ..blank("promoted", id)
                }
            }
            Outcome::Undone { id, failed, notes } => Self {
                master: Some(plan.incumbent.to_string()),
                step: failed.as_ref().map(|(step, _)| *step),
                cause: failed.as_ref().map(|(_, cause)| cause.clone()),
                notes: notes.clone(),
                commands: vec!["regent status".to_owned()],
                ..blank("undone", id)
            },
            Outcome::Stuck {
                id,
                step,
                cause,
                help,
            } => Self {
                step: Some(*step),
                cause: Some(cause.clone()),
                notes: help
                    .iter()
                    .cloned()
                    .chain([format!(
                        "the way back stopped at {step}; mend the cause, then go on with it here:"
                    )])
                    .collect(),
                commands: vec![
                    "regent abort".to_owned(),
                    "regent journal".to_owned(),
                    "regent status".to_owned(),
                ],
                ..blank("stuck", id)
            },
            Outcome::Unfinished {
                id,
                state,
                cause,
                help,
            } => Self {
                cause: Some(match state {
                    Some(state) => format!("{cause}; the promotion is {state}"),
                    None => format!("{cause}; `regent status` says where it stands"),
                }),
                notes: help
                    .iter()
                    .cloned()
                    .chain([format!(
                        "the promotion of {} is unfinished; on {}, finish it or undo it:",
                        plan.candidate, plan.candidate
                    )])
                    .collect(),
                commands: ["resume", "abort"]
                    .map(|verb| format!("regent --on {} {verb}", plan.candidate))
                    .into(),
                ..blank("unfinished", id)
            },
        }
    }
}

impl Report for PromotionReport {
    const NAME: &'static str = "promotion";

    fn human(&self, page: &mut Page) {
        // The steps that went by stand before it.
        if self.changed {
            page.line("");
        }
        let master = self.master.as_deref().unwrap_or_default();
        let step = self.step.map(Step::name).unwrap_or_default();
        let cause = self.cause.as_deref().unwrap_or_default();
        match self.outcome {
            "promoted" => page.ok(&format!("{master} is the master secret server")),
            "undone" if self.step.is_some() => {
                page.fail(&format!("{step} failed: {cause}"));
                page.ok(&format!(
                    "undone: everything is as before, {master} is the master secret server"
                ));
            }
            "undone" => {
                page.ok(&format!(
                    "undone: everything is as before, {master} is the master secret server"
                ));
            }
            "already" => page.ok(&format!(
                "{master} is the master secret server already and holds the master secret; nothing was \
                 changed"
            )),
            "nothing" => page.ok("no promotion is unfinished; nothing was changed"),
            "stuck" => page.fail(&format!("stuck: {step} could not be undone: {cause}")),
            _ => page.warn(cause),
        }
        if let Some(id) = self.id {
            page.field("promotion", id);
        }
        if let Some(term) = self.term {
            page.field("term", term);
        }
        if let Some(secret) = self.secret {
            page.field("master secret", secret);
        }
        for note in &self.notes {
            page.hint(note);
        }
        for command in &self.commands {
            page.command(command);
        }
    }
}
