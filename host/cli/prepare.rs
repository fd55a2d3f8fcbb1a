//! What plan, promote and update do alike before anything is changed.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::database::CredentialDatabase;
use crate::exit::Status;
use crate::finding::Finding;
use crate::identity::PromotionId;
use crate::plan::{BackupPin, Intent, Kind, Plan, UpdatePin};
use crate::policy::{Decision, Facts, Policy, Purpose, Review, Verdict};
use crate::report::human::quote;
use crate::report::promotion::{DecisionReport, ReasonReport, VerdictReport};
use crate::report::{CheckReport, CheckedFile};
use crate::secret::{self, Backup, Generations, Proven};
use crate::settings;
use crate::source::SourceFile;
use crate::system::SystemState;
use crate::update::codes::Rule;
use crate::update::{self, UpdateFile};

use super::backup::PasswordArguments;
use super::{Context, Failure};

/// Either what the command goes on with, or the status it ends with, already reported.
pub enum Prepared<T> {
    /// Go on.
    Ready(T),
    /// Stop.
    Ended(Status),
}

/// Why and how somebody is promoted.
#[derive(Debug, Clone, Default, Args)]
pub struct IntentArguments {
    /// The master secret server is dead
    #[arg(long, requires = "reason")]
    pub emergency: bool,
    /// Why, for the journal and the organisation's rules
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Change reference, for the journal and the organisation's rules
    #[arg(long, value_name = "REF")]
    pub change: Option<String>,
}

/// What is promoted, from what.
#[derive(Debug, Clone, Default, Args)]
pub struct PromotionArguments {
    /// Update file that names the SSO server to promote
    #[arg(value_name = "UPDATE-FILE")]
    pub file: PathBuf,
    /// Backup of the master secret
    #[arg(long, value_name = "BACKUP")]
    pub restore_file: Option<PathBuf>,
    /// Where its password comes from.
    #[command(flatten)]
    pub password: PasswordArguments,
    /// Why.
    #[command(flatten)]
    pub intent: IntentArguments,
}

/// A file that may be applied.
pub struct CheckedUpdate {
    /// The file.
    pub file: SourceFile,
    /// What it says.
    pub update: UpdateFile,
}

/// Checks an update file against the database and by the validators; says what it finds.
pub fn update_file(
    path: &Path,
    state: &SystemState,
    policy: &Policy,
    context: &Context,
) -> Result<Prepared<CheckedUpdate>, Failure> {
    let file = SourceFile::read(path)?;
    let server = context.server()?;
    let known = update::Context {
        system: Some(state),
        this_server: Some(&server),
        mode: super::check::mode(path),
    };
    let checked = update::check(&file, &known);
    if checked.findings.iter().any(only_the_master_may) {
        context.refuse_replaced(state)?;
    }
    let mut findings = checked.findings;
    findings.extend(policy.validate(&file, &checked.update, Some(state)));
    let listed = CheckedFile::new(&file, &checked.kind.to_string(), &findings);
    let report = CheckReport::new(vec![listed], 0, Vec::new());
    let refused = report.errors > 0;
    if refused || (context.is_human() && !findings.is_empty()) {
        context.say(&report)?;
    }
    Ok(if refused {
        Prepared::Ended(Status::Findings)
    } else {
        Prepared::Ready(CheckedUpdate {
            file,
            update: checked.update,
        })
    })
}

/// Whether a finding is about what only the master may change.
fn only_the_master_may(finding: &Finding) -> bool {
    finding.code == Rule::OffMssExtraElements.code()
}

/// A promotion that lacks nothing but leave.
pub struct PreparedPromotion {
    /// The plan and what the plugins say to it.
    pub review: Review,
    /// The master secret, where the backup was opened and proven.
    pub secret: Option<(Proven, Generations)>,
}

/// Everything that can say no to a promotion, short of the journal. Where `prove` is false a
/// backup whose password is not given stays unproven.
pub fn promotion(
    arguments: &PromotionArguments,
    prove: bool,
    database: &dyn CredentialDatabase,
    context: &mut Context,
) -> Result<Prepared<PreparedPromotion>, Failure> {
    let state = database.state()?;
    if let Some(unfinished) = database.unfinished()? {
        return Err(unfinished_promotion(&unfinished));
    }
    let policy = context.policy(Purpose::Decide)?;
    let checked = match update_file(&arguments.file, &state, &policy, context)? {
        Prepared::Ready(checked) => checked,
        Prepared::Ended(status) => return Ok(Prepared::Ended(status)),
    };
    let mut plan = plan(arguments, &checked, &state, context)?;
    if prove {
        context.stand_on(&plan.candidate)?;
    }
    let secret = match &arguments.restore_file {
        Some(path) => {
            let (pin, secret) =
                backup(path, &arguments.password, prove, &state, database, context)?;
            plan.backup = Some(pin);
            secret
        }
        None => None,
    };
    plan.service = context.service()?.describe();
    let facts = facts(&plan, &state, context);
    let review = policy.review(plan, &facts);
    Ok(Prepared::Ready(PreparedPromotion { review, secret }))
}

/// The refusal of everything that must wait for an unfinished promotion.
pub fn unfinished_promotion(promotion: &crate::database::Promotion) -> Failure {
    Failure::Conflict {
        message: format!(
            "the promotion of {} (begun {} by {}) is unfinished: {}",
            promotion.plan.candidate,
            promotion.plan.intent.at,
            promotion.plan.intent.operator,
            promotion.state
        ),
        help: format!(
            "on {}, run `regent resume` to finish it or `regent abort` to undo it",
            promotion.plan.candidate
        ),
    }
}

fn plan(
    arguments: &PromotionArguments,
    checked: &CheckedUpdate,
    state: &SystemState,
    context: &mut Context,
) -> Result<Plan, Failure> {
    let intent = Intent {
        kind: if arguments.intent.emergency {
            Kind::Emergency
        } else {
            Kind::Planned
        },
        reason: arguments.intent.reason.clone(),
        change: arguments.intent.change.clone(),
        operator: context.ambience.operator.clone(),
        at: context.ambience.clock.now(),
    };
    let pin = UpdatePin {
        name: checked.file.name().to_owned(),
        bytes: checked.file.byte_digest(),
        meaning: checked.update.semantic_digest(),
    };
    let id = PromotionId::from_bytes(context.ambience.entropy.draw()?);
    Ok(Plan::between(state, &checked.update, pin, id, intent)?)
}

/// Reads a backup, refuses one that cannot fit before asking for its password, and proves it.
fn backup(
    path: &Path,
    password: &PasswordArguments,
    prove: bool,
    state: &SystemState,
    database: &dyn CredentialDatabase,
    context: &Context,
) -> Result<(BackupPin, Option<(Proven, Generations)>), Failure> {
    let backup = Backup::read(path)?;
    secret::compare_header(backup.header(), state)?;
    let secret = if prove || password.is_given() {
        let password = password.existing(&backup, context)?;
        Some(open_and_prove(
            &backup, &password, state, database, context,
        )?)
    } else {
        None
    };
    let header = backup.header();
    let pin = BackupPin {
        path: path.to_owned(),
        current: header.current,
        previous: header.previous,
        created: header.created,
        server: header.server.clone(),
        proven: secret.is_some(),
    };
    Ok((pin, secret))
}

/// Opens a backup and proves that its master secret opens this database.
pub fn open_and_prove(
    backup: &Backup,
    password: &secret::Password,
    state: &SystemState,
    database: &dyn CredentialDatabase,
    context: &Context,
) -> Result<(Proven, Generations), Failure> {
    secret::compare_header(backup.header(), state)?;
    let generations = {
        let _spinner = context.ui.spinner("deriving the backup's key");
        backup.open(password)?
    };
    let proof = database.proof(backup.header().current)?;
    let proven = secret::compare(&generations, state, proof.as_ref())?;
    Ok((proven, generations))
}

/// What the promoters are told.
fn facts(plan: &Plan, state: &SystemState, context: &Context) -> Facts {
    let now = context.ambience.clock.now();
    Facts {
        candidate: listed(state, &plan.candidate),
        incumbent: listed(state, &plan.incumbent),
        now,
        utc_offset: settings::utc_offset(context.ambience.clock, now),
        approvals: Vec::new(),
    }
}

fn listed(state: &SystemState, name: &crate::global_info::ServerName) -> crate::system::SsoServer {
    state
        .server(name)
        .cloned()
        .unwrap_or_else(|| crate::system::SsoServer {
            name: name.clone(),
            roles: Vec::new(),
            added: jiff::Timestamp::UNIX_EPOCH,
            last_seen: None,
        })
}

/// A master that is moved by name alone is a promotion without a backup: the promoters are asked
/// as such, so that nobody walks around them. Ends where they deny; goes on with the warnings of
/// those on trial.
pub fn ask_promoters_of_a_move(
    checked: &CheckedUpdate,
    state: &SystemState,
    policy: &Policy,
    context: &mut Context,
) -> Result<Prepared<Vec<String>>, Failure> {
    let arguments = PromotionArguments::default();
    let mut plan = match plan(&arguments, checked, state, context) {
        Ok(plan) => plan,
        // Before a secret exists nothing is encrypted, so a move endangers nothing.
        Err(Failure::Refused(crate::plan::Refusal::NoSecret)) => {
            return Ok(Prepared::Ready(Vec::new()));
        }
        Err(failure) => return Err(failure),
    };
    plan.service = context.service()?.describe();
    let facts = facts(&plan, state, context);
    let review = policy.review(plan, &facts);
    let verdict = verdict_report(review.verdict());
    if verdict.approved {
        return Ok(Prepared::Ready(verdict.warnings()));
    }
    let plan = review.plan().clone();
    context.say(&crate::report::promotion::PlanReport {
        changes: plan.changes(),
        plan,
        verdict,
        unchecked: Vec::new(),
        dry_run: false,
        name_only: true,
        command: Some(format!(
            "regent promote {} --restore-file BACKUP",
            quote(checked.file.name())
        )),
    })?;
    Ok(Prepared::Ended(Status::Denied))
}

/// A verdict as reported.
pub fn verdict_report(verdict: &Verdict) -> VerdictReport {
    let decisions = verdict.decisions().iter().map(|said| {
        let (decision, reasons) = match &said.decision {
            Decision::Approve => ("approve", Vec::new()),
            Decision::Abstain => ("abstain", Vec::new()),
            Decision::Deny(reasons) => {
                let report = |reason: &crate::policy::Reason| ReasonReport {
                    rule: Some(reason.rule.clone()),
                    message: reason.message.clone(),
                    help: reason.help.clone(),
                };
                ("deny", reasons.iter().map(report).collect())
            }
            Decision::Broken(broken) => {
                let reason = ReasonReport {
                    rule: None,
                    message: broken.to_string(),
                    help: broken.help_under(said.enforcement),
                };
                ("broken", vec![reason])
            }
        };
        DecisionReport {
            plugin: said.plugin.clone(),
            enforcement: said.enforcement,
            decision: decision.to_owned(),
            reasons,
            log: said.log.iter().map(|line| line.message.clone()).collect(),
        }
    });
    VerdictReport {
        approved: verdict.is_approved(),
        summary: verdict.summary(),
        help: verdict.help().map(str::to_owned),
        decisions: decisions.collect(),
    }
}
