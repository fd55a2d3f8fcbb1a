//! `regent candidates`: who could be promoted, and why not the others.

use std::path::PathBuf;

use clap::Args;

use crate::database::CredentialDatabase;
use crate::exit::Status;
use crate::finding::{Code, Finding, Severity};
use crate::global_info::ServerName;
use crate::hindsight;
use crate::plan::{BackupPin, Leave};
use crate::policy::{Facts, Policy, Purpose};
use crate::report::candidates::{Answer, CandidateReport, CandidatesReport, CheckAnswer};
use crate::report::promotion::{GroupReport, VerdictReport};
use crate::secret::{Unopened, Vault};
use crate::source::SourceFile;
use crate::system::{RestoredCopy, SsoServer, SystemState};
use crate::update::codes::Rule;
use crate::update::write;

use super::backup::PasswordArguments;
use super::failure::Misuse;
use super::hindsight::RestoredArguments;
use super::next::{self, RunArguments};
use super::prepare::{self, CheckedUpdate, IntentArguments, PromotionArguments};
use super::{Context, Failure, governed};

/// Show which servers could be promoted, and why not the others
///
/// Makes every check of a promotion for every SSO server of the system, each with what it rests
/// on, and changes nothing. With the backup's password the backup is also opened and proven.
/// Exits with 0 where at least one server can be promoted as far as that was checked, and with 3
/// where none can.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Backup of the master secret
    #[arg(long, value_name = "BACKUP")]
    restore_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArguments,
    #[command(flatten)]
    intent: IntentArguments,
    #[command(flatten)]
    copy: RestoredArguments,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    if arguments.restore_file.is_none() && arguments.password.is_given() {
        return Err(Failure::Usage {
            code: Misuse::PasswordForNothing,
            message: "a password is given, and no backup is named".to_owned(),
            help: "add --restore-file BACKUP".to_owned(),
        });
    }
    let database = context.records()?;
    let state = database.state()?;
    let policy = context.policy(Purpose::Decide)?;
    let asked = PromotionArguments {
        file: "UPDATE-FILE".into(),
        restore_file: arguments.restore_file.clone(),
        password: arguments.password.clone(),
        intent: arguments.intent.clone(),
        copy: arguments.copy,
        ..PromotionArguments::default()
    };
    if let Some(backup) = &asked.restore_file {
        let password = asked.password.password_file.as_deref();
        context.typed.backup(backup, password);
    }
    let (backup, mut system) = backup(&asked, &state, &*database, context);
    let (newest, copy) = newest(arguments.copy, &*database, context)?;
    system.splice(0..0, [newest, unfinished(&*database)?]);
    let leave = Leave::of(context.rules(&policy)?, None);
    if let Err(failure) = governed::stand(&leave, &*database) {
        system.push(refused("governing-rules", &failure));
    }
    let mut candidates = Vec::new();
    let mut suppressed = Vec::new();
    for server in &state.servers {
        let (update, checks) = of_server(
            server,
            &asked,
            (backup.as_ref(), copy.as_ref()),
            &state,
            &policy,
            context,
        )?;
        suppressed.extend(update.suppressed);
        let verdict = CandidateReport::weigh(&system, &checks);
        candidates.push(CandidateReport {
            server: server.clone(),
            is_master: server.name.is(state.master()),
            verdict,
            checks,
            update_file: update.file.text().to_owned(),
            command: (verdict != Answer::No)
                .then(|| next::promote(&asked, &RunArguments::default())),
        });
    }
    let here = context.server().ok();
    let is_here = |name: &ServerName| here.as_ref().is_some_and(|here| here.is(name));
    candidates.sort_by_key(|candidate| (candidate.verdict, !is_here(&candidate.server.name)));
    let possible = |candidate: &&CandidateReport| candidate.verdict != Answer::No;
    let eligible = candidates.iter().filter(possible).count();
    context.say(&CandidatesReport {
        master: state.master().clone(),
        kind: asked.intent.kind(),
        eligible,
        system,
        candidates,
        relaxations: prepare::relaxations(&policy, &suppressed, context),
    })?;
    Ok(if eligible > 0 {
        Status::Done
    } else {
        Status::Denied
    })
}

/// Whether the database is the newest as far as was seen, and what is to be passed over where not.
fn newest(
    asked: RestoredArguments,
    database: &dyn CredentialDatabase,
    context: &Context,
) -> Result<(CheckAnswer, Option<RestoredCopy>), Failure> {
    let check = "database";
    Ok(
        match asked.leave_to_promote(None, true, database, context) {
            Ok(None) => {
                let words = "no later state of it was seen here";
                (CheckAnswer::new(check, Answer::Yes, words), None)
            }
            Ok(Some(copy)) => (
                CheckAnswer::new(check, Answer::Remark, copy.line()),
                Some(copy),
            ),
            Err(failure @ Failure::Hindsight(hindsight::Error::Older { .. })) => {
                (refused(check, &failure), None)
            }
            Err(failure) => return Err(failure),
        },
    )
}

fn unfinished(database: &dyn CredentialDatabase) -> Result<CheckAnswer, Failure> {
    let check = "unfinished-promotion";
    Ok(match database.unfinished()? {
        None => CheckAnswer::new(check, Answer::Yes, "there is none"),
        Some(promotion) => {
            let refusal = prepare::unfinished_promotion(&promotion);
            CheckAnswer::new(check, Answer::No, refusal.to_string()).help(refusal.help())
        }
    })
}

/// What a failure has to say as a check that says no.
fn refused(check: &'static str, failure: &Failure) -> CheckAnswer {
    let report = failure.report("candidates");
    CheckAnswer {
        check,
        verdict: Answer::No,
        evidence: std::iter::once(report.message)
            .chain(report.causes)
            .collect(),
        help: report.help,
    }
}

/// The backup, whether it was proven, and the checks that say so: the same for every server.
fn backup(
    asked: &PromotionArguments,
    state: &SystemState,
    database: &dyn CredentialDatabase,
    context: &Context,
) -> (Option<(BackupPin, bool)>, Vec<CheckAnswer>) {
    let unproven = |why: &str| CheckAnswer::new("proof", Answer::Unknown, why);
    let Some(path) = &asked.restore_file else {
        let none = CheckAnswer::new("backup", Answer::Unknown, "no backup is named")
            .help(Some("name one with --restore-file BACKUP".to_owned()));
        return (None, vec![none, unproven("there is no backup to open")]);
    };
    let (backup, pin) = match prepare::backup(path, state, context) {
        Ok(read) => read,
        Err(failure) => {
            let no = refused("backup", &failure);
            return (None, vec![no, unproven("the backup does not fit")]);
        }
    };
    let words = format!(
        "written {} on {}, of this system and of its master secret {}",
        pin.created, pin.server, pin.current
    );
    let fits = CheckAnswer::new("backup", Answer::Yes, words);
    if !asked.password.is_given() {
        let unopened = unproven("the backup was not opened: its password is not given")
            .help(Some("give it with --password-file FILE".to_owned()));
        return (Some((pin, false)), vec![fits, unopened]);
    }
    let password = asked.password.existing(&backup, context);
    let proven = password
        .and_then(|password| prepare::open_and_prove(&backup, &password, state, database, context));
    match proven {
        Ok((proven, _secret)) => {
            let words = format!(
                "the backup was opened, and its master secret {} opens this database",
                proven.fingerprint()
            );
            let proof = CheckAnswer::new("proof", Answer::Yes, words);
            (Some((pin, true)), vec![fits, proof])
        }
        Err(failure) => {
            let no = refused("proof", &failure);
            (None, vec![fits, no])
        }
    }
}

/// The checks of one server, and the update file they are about: it names this server alone.
fn of_server(
    server: &SsoServer,
    asked: &PromotionArguments,
    (backup, copy): (Option<&(BackupPin, bool)>, Option<&RestoredCopy>),
    state: &SystemState,
    policy: &Policy,
    context: &mut Context,
) -> Result<(CheckedUpdate, Vec<CheckAnswer>), Failure> {
    let name = &server.name;
    let text = write::promotion_file(name.as_str());
    let file = SourceFile::decode(&format!("{name}.xml"), text.as_bytes())?;
    // A promotion runs on the candidate, so that is where its update file is read.
    let checked = prepare::examine(&file, state, name, None, policy);
    let sifted = policy.sift(checked.findings, context.today());
    let (of_roles, of_file): (Vec<_>, Vec<_>) = sifted
        .findings
        .iter()
        .partition(|finding| is_of_roles(finding));
    let update_file = of_findings("update-file", &of_file, || {
        format!("an update file that names {name} has no findings")
    });
    let roles = of_findings("roles", &of_roles, || {
        if server.roles.is_empty() {
            "it does nothing else".to_owned()
        } else {
            let roles: Vec<_> = server.roles.iter().map(ToString::to_string).collect();
            roles.join(", ")
        }
    });
    let update = CheckedUpdate {
        update: checked.update,
        file,
        suppressed: sifted.suppressed,
    };
    let (plan, promoters) = match prepare::plan(asked, &update, None, state, context) {
        Ok(mut plan) => {
            if let Some(copy) = copy {
                plan = plan.in_restored_copy(state, copy.clone());
            }
            plan.backup = backup.map(|(pin, _)| pin.clone());
            plan.service = context.service()?.describe();
            let words = format!(
                "{} → {}, term {} → {}",
                plan.incumbent, plan.candidate, plan.term, plan.next_term
            );
            let facts = Facts {
                proven: backup.is_some_and(|(_, proven)| *proven),
                ..prepare::facts(&plan, None, state, policy, context)
            };
            let review = policy.review(plan, &facts);
            let verdict = VerdictReport::from(review.verdict());
            (
                CheckAnswer::new("plan", Answer::Yes, words),
                of_promoters(&verdict),
            )
        }
        Err(failure @ Failure::Refused(_)) => (
            refused("plan", &failure),
            CheckAnswer::new(
                "promoters",
                Answer::Unknown,
                "there is no plan to ask them about",
            ),
        ),
        Err(failure) => return Err(failure),
    };
    let checks = vec![
        update_file,
        plan,
        promoters,
        roles,
        last_seen(server),
        this_server(name, state, context),
    ];
    Ok((update, checks))
}

/// What the update file's check says of the server's roles is told as such.
fn is_of_roles(finding: &Finding) -> bool {
    [
        Rule::SecretServerIsClusterNode,
        Rule::SecretServerAlsoProcessing,
    ]
    .into_iter()
    .any(|rule| finding.code == rule.code())
}

fn of_findings(
    check: &'static str,
    findings: &[&Finding],
    clean: impl FnOnce() -> String,
) -> CheckAnswer {
    let Some(worst) = findings.iter().min_by_key(|finding| finding.severity) else {
        return CheckAnswer::new(check, Answer::Yes, clean());
    };
    let verdict = match worst.severity {
        Severity::Error => Answer::No,
        Severity::Warning | Severity::Info => Answer::Remark,
    };
    let line = |finding: &&Finding| {
        let Finding { code, message, .. } = finding;
        match code {
            Code::Policy { plugin, .. } => format!("{plugin}: {message} [{code}]"),
            Code::Update(_) => format!("{message} [{code}]"),
        }
    };
    CheckAnswer {
        check,
        verdict,
        evidence: findings.iter().map(line).collect(),
        help: worst.help.clone(),
    }
}

fn of_promoters(verdict: &VerdictReport) -> CheckAnswer {
    let answer = match (verdict.approved, verdict.is_contested()) {
        (true, false) => Answer::Yes,
        (true, true) => Answer::Remark,
        (false, _) => Answer::No,
    };
    let mut evidence = vec![verdict.summary.clone()];
    let mut help = verdict.help.clone();
    evidence.extend(verdict.groups.iter().map(GroupReport::said));
    for decision in &verdict.decisions {
        if decision.reasons.is_empty() {
            evidence.push(decision.said());
        }
        for reason in &decision.reasons {
            evidence.push(format!("{}: {}", decision.said(), reason.message));
            if help.is_none() {
                help.clone_from(&reason.help);
            }
        }
    }
    CheckAnswer {
        check: "promoters",
        verdict: answer,
        evidence,
        help,
    }
}

fn last_seen(server: &SsoServer) -> CheckAnswer {
    match server.last_seen {
        Some(at) => CheckAnswer::new("last-seen", Answer::Yes, at.to_string()),
        None => CheckAnswer::new(
            "last-seen",
            Answer::Remark,
            "regent has never written from it",
        )
        .help(Some(
            "make sure that it runs and reaches the credential database".to_owned(),
        )),
    }
}

/// Whether this is the server, and whether its vault takes the secret: nobody else can tell.
fn this_server(name: &ServerName, state: &SystemState, context: &Context) -> CheckAnswer {
    let check = "this-server";
    let remark = |answer, failure: &Failure| {
        CheckAnswer::new(check, answer, failure.to_string()).help(failure.help())
    };
    if let Err(failure) = context.stand_on(name, false) {
        return remark(Answer::Remark, &failure);
    }
    let admits = |vault: Vault| Ok(vault.admits(state.id, Unopened::Refuse)?);
    match context.vault().and_then(admits) {
        Ok(()) => CheckAnswer::new(check, Answer::Yes, format!("this is {name}")),
        Err(failure) if failure.status() == Status::Conflict => remark(Answer::No, &failure),
        Err(failure) => remark(Answer::Unknown, &failure),
    }
}
