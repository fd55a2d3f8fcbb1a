//! What plan, promote and update do alike before anything is changed.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::database::CredentialDatabase;
use crate::exit::Status;
use crate::finding::{Code, Finding, Severity};
use crate::global_info::ServerName;
use crate::identity::PromotionId;
use crate::plan::{
    Asked, BackupPin, Intent, Leave, Plan, PlanFile, Refusal, Suppression, UpdatePin,
};
use crate::policy::{self, Facts, Policy, Purpose, Review};
use crate::report::approve::ApprovalReport;
use crate::report::promotion::{PromotionReport, VerdictReport};
use crate::report::relaxations::Relaxations;
use crate::report::replay::EvidenceReport;
use crate::report::{CheckReport, CheckedFile};
use crate::secret::{self, Backup, Generations, Proven, Unopened};
use crate::source::SourceFile;
use crate::system::{Operator, SystemState};
use crate::update::codes::Rule;
use crate::update::{self, UpdateFile};

use super::backup::PasswordArguments;
use super::evidence::{EvidenceArguments, Recorder};
use super::failure::{Clash, Misuse};
use super::governed::{self, OverruleArguments};
use super::hindsight::RestoredArguments;
use super::next::{self, RunArguments};
use super::{Context, Failure, planned};

mod intent;

pub use intent::IntentArguments;
pub(super) use intent::words;

/// Either what the command goes on with, or the status it ends with, already reported.
pub enum Prepared<T> {
    /// Go on.
    Ready(T),
    /// Stop.
    Ended(Status),
    /// The organisation's rules forbid it, by which it would have been done; reported too.
    Forbidden(Status, Box<Leave>),
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
    /// Whether what is decided is to be kept.
    #[command(flatten)]
    pub evidence: EvidenceArguments,
    /// Whether the database is a restored copy.
    #[command(flatten)]
    pub copy: RestoredArguments,
}

/// A file that may be applied.
pub struct CheckedUpdate {
    /// The file.
    pub file: SourceFile,
    /// What it says.
    pub update: UpdateFile,
    /// What was found in it and is passed over.
    pub suppressed: Vec<(Finding, Suppression)>,
}

/// Checks an update file against the database and by the validators; says what it finds. Where that
/// ends the command, there is evidence of it if evidence is wanted.
pub fn update_file<'a>(
    path: &Path,
    wanted: &'a EvidenceArguments,
    state: &SystemState,
    policy: &Policy,
    context: &Context,
) -> Result<Prepared<(CheckedUpdate, Recorder<'a>)>, Failure> {
    let file = SourceFile::read(path)?;
    let server = context.server()?;
    let mode = super::check::mode(path);
    let mut checked = examine(&file, state, &server, mode, policy);
    if checked.findings.iter().any(only_the_master_may) {
        context.refuse_replaced(state)?;
    }
    let today = context.today();
    let sifted = policy.sift(std::mem::take(&mut checked.findings), today);
    let mut recorder = Recorder::new(wanted, Some(state), Some(&server), today)?;
    recorder.checked(&file, mode, checked.kind, &sifted);
    let listed = CheckedFile::new(&file, &checked.kind.to_string(), &sifted.findings);
    let listed = listed.passing_over(&sifted.suppressed);
    let report = CheckReport::new(vec![listed], 0, Vec::new());
    if report.errors > 0 {
        // Where the file passes, what comes of it says what is relaxed.
        let relaxations = super::check::relaxations(policy, &sifted.suppressed, today);
        let mut report = report.under(relaxations);
        report.evidence = recorder.write(policy, None)?;
        context.say(&report)?;
        if sifted.findings.iter().any(forbids) {
            let leave = Leave::of(context.rules(policy)?, None);
            return Ok(Prepared::Forbidden(Status::Findings, leave.into()));
        }
        return Ok(Prepared::Ended(Status::Findings));
    }
    if context.is_human() && !sifted.findings.is_empty() {
        context.say(&report)?;
    }
    let checked = CheckedUpdate {
        file,
        update: checked.update,
        suppressed: sifted.suppressed,
    };
    Ok(Prepared::Ready((checked, recorder)))
}

/// Whether an organisation's rule will not have the file; one that broke said nothing.
fn forbids(finding: &Finding) -> bool {
    let said = matches!(&finding.code, Code::Policy { rule, .. } if rule != policy::BROKEN_RULE);
    said && finding.severity == Severity::Error
}

/// What is wrong with an update file on `server`, by regent's rules and by the validators.
pub fn examine(
    file: &SourceFile,
    state: &SystemState,
    server: &ServerName,
    mode: Option<u32>,
    policy: &Policy,
) -> update::Checked {
    let known = update::Context {
        system: Some(state),
        this_server: Some(server),
        mode,
    };
    policy.examine(file, &known)
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
    /// Who runs it.
    pub operator: Operator,
    /// Who approved the plan, where it comes from a file.
    pub approvals: Vec<ApprovalReport>,
    /// What the settings take from the rules.
    pub relaxations: Relaxations,
    /// The evidence that was written.
    pub evidence: Option<EvidenceReport>,
    /// Why it would be refused for the rules that govern, where it is only planned.
    pub warnings: Vec<String>,
}

/// What a promotion is prepared for.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// To be run here, so the backup must be proven and the vault take its secret, or not replace
    /// what it holds; otherwise a backup whose password is not given stays unproven.
    pub prove: Option<Unopened>,
    /// The plan that was made before, and the file it came from.
    pub planned: Option<(&'a Path, &'a PlanFile)>,
    /// Whether the rules that govern are overruled.
    pub overrule: &'a OverruleArguments,
}

/// Everything that can say no to a promotion, short of the journal.
pub fn promotion(
    arguments: &PromotionArguments,
    Occasion {
        prove,
        planned,
        overrule,
    }: Occasion<'_>,
    database: &dyn CredentialDatabase,
    context: &mut Context,
) -> Result<Prepared<PreparedPromotion>, Failure> {
    let state = database.state()?;
    let copy = arguments
        .copy
        .leave_to_promote(planned, prove.is_none(), database, context)?;
    let planned = planned.map(|(_, file)| file);
    if let Some(unfinished) = database.unfinished()? {
        return Err(unfinished_promotion(&unfinished));
    }
    if let Some(file) = planned {
        if prove.is_some()
            && planned::made(&file.plan, &state, database)?
            && in_place(&state, context)?
        {
            return already(&state, Some(file.plan.id), context);
        }
        planned::fits(&file.plan, &state, database)?;
    }
    let policy = context.policy(Purpose::Decide)?;
    let leave = Leave::of(context.rules(&policy)?, overrule.overrule.clone());
    let mut warnings = Vec::new();
    match governed::stand(&leave, database) {
        Ok(()) => warnings.extend(overrule.line()),
        Err(refused) if prove.is_some() => return Err(refused),
        Err(refused) => warnings.push(format!("promoting will be refused: {refused}")),
    }
    let (file, wanted) = (&arguments.file, &arguments.evidence);
    let (checked, recorder) = match update_file(file, wanted, &state, &policy, context)? {
        Prepared::Ready(checked) => checked,
        Prepared::Ended(status) => return Ok(Prepared::Ended(status)),
        Prepared::Forbidden(status, leave) => return Ok(Prepared::Forbidden(status, leave)),
    };
    let mut plan = match plan(arguments, &checked, planned, &state, context) {
        // A playbook that runs twice asks for what is so.
        Err(Failure::Refused(Refusal::AlreadyMaster(_)))
            if prove.is_some()
                && checked.update.is_so(&state.info)
                && in_place(&state, context)? =>
        {
            return already(&state, None, context);
        }
        plan => plan?,
    };
    if let Some(copy) = copy {
        plan = plan.in_restored_copy(&state, copy);
    }
    let backup = match &arguments.restore_file {
        Some(path) => Some(backup(path, &state, context)?),
        None => None,
    };
    plan.backup = backup.as_ref().map(|(_, pin)| pin.clone());
    plan.service = context.service()?.describe();
    policy.bind(&mut plan);
    let mut approvals = Vec::new();
    let mut author = None;
    if let Some(file) = planned {
        planned::unchanged(&file.plan, &plan)?;
        // What was approved is what is run, to the letter.
        plan.clone_from(&file.plan);
        author = Some(&file.plan.intent.operator);
        approvals = planned::approvals(
            file,
            &context.settings()?.approvers,
            context.involved(&file.plan, true),
        );
    }
    if let Some(unopened) = prove {
        context.stand_on(&plan.candidate, false)?;
        context.vault()?.admits(state.id, unopened)?;
    }
    let secret = match &backup {
        Some((backup, _)) if prove.is_some() || arguments.password.is_given() => {
            let password = arguments.password.existing(backup, context)?;
            Some(open_and_prove(
                backup, &password, &state, database, context,
            )?)
        }
        _ => None,
    };
    let facts = Facts {
        proven: secret.is_some(),
        approvals: planned::approved(&approvals),
        ..facts(&plan, author, &state, &policy, context)
    };
    let review = policy.review(plan, &facts);
    let review = review.under(leave.rules, leave.overrules);
    let decided = (review.plan(), &facts, review.verdict());
    let evidence = recorder.write(&policy, Some(decided))?;
    Ok(Prepared::Ready(PreparedPromotion {
        review,
        secret,
        operator: facts.operator,
        approvals,
        relaxations: relaxations(&policy, &checked.suppressed, context),
        evidence,
        warnings,
    }))
}

/// Whether this is the master, and its vault holds what it needs. Of a vault that cannot be read
/// that is not so.
fn in_place(state: &SystemState, context: &Context) -> Result<bool, Failure> {
    let facts = context.vault()?.facts();
    let holds = facts.is_ok_and(|facts| facts.is_some_and(|held| held.is_as_needed(state)));
    Ok(holds && context.server()?.is(state.master()))
}

fn already<T>(
    state: &SystemState,
    last: Option<PromotionId>,
    context: &Context,
) -> Result<Prepared<T>, Failure> {
    context.say(&PromotionReport::already(state, last))?;
    Ok(Prepared::Ended(Status::Done))
}

/// What is relaxed of all rules.
pub fn relaxations(
    policy: &Policy,
    suppressed: &[(Finding, Suppression)],
    context: &Context,
) -> Relaxations {
    let today = context.today();
    Relaxations::new(&policy.pins(), policy.suppressions(), suppressed, today)
}

/// The refusal of everything that must wait for an unfinished promotion.
pub fn unfinished_promotion(promotion: &crate::database::Promotion) -> Failure {
    Failure::Conflict {
        code: Clash::PromotionUnfinished,
        message: format!(
            "the promotion of {} (begun {} by {}) is unfinished: {}",
            promotion.plan.candidate,
            promotion.plan.intent.at,
            promotion.plan.intent.operator,
            promotion.state
        ),
        help: format!(
            "on {0}, run `regent --on {0} resume` to finish it or `regent --on {0} abort` to undo it",
            promotion.plan.candidate
        ),
    }
}

/// The plan, without backup and service.
pub fn plan(
    arguments: &PromotionArguments,
    checked: &CheckedUpdate,
    planned: Option<&PlanFile>,
    state: &SystemState,
    context: &mut Context,
) -> Result<Plan, Failure> {
    let pin = UpdatePin {
        name: checked.file.name().to_owned(),
        bytes: checked.file.byte_digest(),
        meaning: checked.update.semantic_digest(),
    };
    if let Some(PlanFile { plan, .. }) = planned {
        let intent = plan.intent.clone();
        return Ok(Plan::between(state, &checked.update, pin, plan.id, intent)?);
    }
    let intent = Intent {
        kind: arguments.intent.kind(),
        reason: arguments.intent.reason.clone(),
        change: arguments.intent.change.clone(),
        operator: context.ambience.operator.clone(),
        at: context.ambience.clock.now(),
    };
    let id = PromotionId::from_bytes(context.ambience.entropy.draw()?);
    Ok(Plan::between(state, &checked.update, pin, id, intent)?)
}

/// Reads a backup, and refuses one that cannot fit before anybody is asked for its password.
pub fn backup(
    path: &Path,
    state: &SystemState,
    context: &Context,
) -> Result<(Backup, BackupPin), Failure> {
    if path.to_str().is_none() {
        return Err(Failure::Usage {
            code: Misuse::NameNotText,
            message: format!("the name of {} is no text", path.display()),
            help: "give the backup file a name that is text in UTF-8".to_owned(),
        });
    }
    let backup = Backup::read(path)?;
    let header = backup.header();
    secret::compare_header(header, state)?;
    context.warn(&super::backup::notes(&backup, path));
    let pin = BackupPin {
        path: path.to_owned(),
        current: header.current,
        previous: header.previous,
        created: header.created,
        server: header.server.clone(),
    };
    Ok((backup, pin))
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
pub fn facts(
    plan: &Plan,
    author: Option<&Operator>,
    state: &SystemState,
    policy: &Policy,
    context: &Context,
) -> Facts {
    let now = context.ambience.clock.now();
    Facts {
        operator: context.ambience.operator.clone(),
        proven: false,
        candidate: state.listed(&plan.candidate),
        incumbent: state.listed(&plan.incumbent),
        now,
        utc_offset: context.ambience.clock.utc_offset(now),
        zones: policy.zones(now),
        people: context.people(policy, author),
        approvals: Vec::new(),
    }
}

/// A master that is moved by name alone is a promotion without a backup: the promoters are asked
/// as such, so that nobody walks around them. Ends where they deny; goes on with what they said, or
/// with nothing where nobody was to be asked.
pub fn ask_promoters_of_a_move(
    checked: &CheckedUpdate,
    state: &SystemState,
    policy: &Policy,
    context: &mut Context,
) -> Result<Prepared<Option<(VerdictReport, Asked)>>, Failure> {
    let arguments = PromotionArguments {
        file: PathBuf::from(checked.file.name()),
        ..PromotionArguments::default()
    };
    let mut plan = match plan(&arguments, checked, None, state, context) {
        Ok(plan) => plan,
        // Before a secret exists nothing is encrypted, so a move endangers nothing.
        Err(Failure::Refused(Refusal::NoSecret)) => {
            return Ok(Prepared::Ready(None));
        }
        Err(failure) => return Err(failure),
    };
    plan.service = context.service()?.describe();
    let facts = facts(&plan, None, state, policy, context);
    let review = policy.review(plan, &facts);
    let verdict = VerdictReport::from(review.verdict());
    if verdict.approved {
        let asked = review.leave().asked.clone();
        return Ok(Prepared::Ready(Some((verdict, asked))));
    }
    let plan = review.plan().clone();
    let leave = review.under(context.rules(policy)?, None).leave().clone();
    context.say(&crate::report::promotion::PlanReport {
        changes: plan.changes(),
        plan,
        operator: facts.operator.clone(),
        proven: false,
        approvals: Vec::new(),
        verdict,
        relaxations: relaxations(policy, &checked.suppressed, context),
        unchecked: Vec::new(),
        warnings: Vec::new(),
        dry_run: false,
        name_only: true,
        file: None,
        evidence: None,
        command: Some(next::promote(&arguments, &RunArguments::default())),
    })?;
    Ok(if leave.asked.is_objected() {
        Prepared::Forbidden(Status::Denied, leave.into())
    } else {
        Prepared::Ended(Status::Denied)
    })
}
