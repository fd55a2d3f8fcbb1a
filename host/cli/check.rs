//! `regent check`: what is wrong with update files.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;

use crate::exit::Status;
use crate::finding::Finding;
use crate::global_info::ServerName;
use crate::mishap::{self, Mishap};
use crate::plan::Suppression;
use crate::policy::{Policy, Purpose};
use crate::report::relaxations::Relaxations;
use crate::report::{CheckReport, CheckedFile, UnreadReport, github, junit, sarif};
use crate::source::{self, SourceFile};
use crate::system::SystemState;
use crate::update::{self, FileKind};

use super::evidence::{EvidenceArguments, Recorder};
use super::{Context, Failure, Format};

/// Check update files and explain what is wrong with them
///
/// Every finding has a code (`regent explain CODE`), a place, and where the mend is certain a fix
/// that --fix applies. With settings, the files are checked against the credential database and
/// by the organisation's rules as well.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Update files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Apply the fixes that are certain, and check again
    #[arg(long)]
    fix: bool,
    /// Check the files alone, without the credential database
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// What the files are checked against.
struct Against {
    state: Option<SystemState>,
    server: Option<ServerName>,
    policy: Policy,
    today: Date,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    files: Vec<CheckedFile>,
    suppressed: Vec<(Finding, Suppression)>,
    fixed: usize,
    skipped: Vec<String>,
    unread: Vec<UnreadReport>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let mut found = Found::default();
    let against = match against(arguments, &mut found, context) {
        Ok(against) => against,
        Err(failure) => return unchecked(arguments, failure, context),
    };
    let (state, server) = (against.state.as_ref(), against.server.as_ref());
    let mut recorder = match Recorder::new(&arguments.evidence, state, server, against.today) {
        Ok(recorder) => recorder,
        Err(failure) => return unchecked(arguments, failure, context),
    };
    let mut unreadable = None;
    for path in &arguments.files {
        // The other files are checked all the same; the first failure is what is told last.
        let checked = || check(path, arguments.fix, &against, &mut found, &mut recorder);
        match mishap::caught(checked) {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                let name = path.display().to_string();
                found.skipped.push(format!("{name}: {failure}"));
                let error = failure.report("check");
                found.unread.push(UnreadReport { name, error });
                unreadable.get_or_insert(failure);
            }
            Err(mishap) => found.files.push(broken(path, &mishap)),
        }
    }
    let mut relaxations = relaxations(&against.policy, &found.suppressed, against.today);
    relaxations.unruled = context.settings()?.unruled();
    let report = CheckReport::new(found.files, found.fixed, found.skipped);
    let mut report = report.without(found.unread).under(relaxations);
    let status = report.status();
    // Evidence of a part could be taken for evidence of all.
    if unreadable.is_none() && status != Status::Internal {
        report.evidence = recorder.write(&against.policy, None)?;
    }
    let alone = unreadable.is_some() && report.files.is_empty();
    if !alone || is_of_pipeline(context.global.format) {
        say(&report, context)?;
    }
    match unreadable {
        _ if status == Status::Internal => Ok(status),
        // One document says it all: the files, and under `skipped` what could not be read.
        Some(failure) if !context.is_human() && !report.files.is_empty() => Ok(failure.status()),
        Some(failure) => Err(failure),
        None => Ok(status),
    }
}

fn against(
    arguments: &Arguments,
    found: &mut Found,
    context: &mut Context,
) -> Result<Against, Failure> {
    let configured = context.settings()?.database.is_some() || context.global.database.is_some();
    let mut database = None;
    let (state, policy) = if arguments.offline || !configured {
        let why = if configured {
            "--offline"
        } else {
            "no database is configured"
        };
        found.skipped.push(format!(
            "the rules that need the credential database ({why})"
        ));
        (None, context.policy(Purpose::Validate)?)
    } else {
        let opened = database.insert(context.records()?);
        let state = opened.state()?;
        (Some(state), context.policy(Purpose::Validate)?)
    };
    if let Some(database) = &database
        && let Some(governing) = database.governing()?
        && governing.digest != context.rules(&policy)?.digest()
    {
        found.skipped.push(
            "the rules that govern this system (those here are others: `regent policy show`)"
                .to_owned(),
        );
    }
    let server = if state.is_some() {
        context.server().ok()
    } else {
        None
    };
    Ok(Against {
        state,
        server,
        policy,
        today: context.today(),
    })
}

/// Whether a format is read by what reads no errors, and so has to hold them.
fn is_of_pipeline(format: Format) -> bool {
    matches!(format, Format::Sarif | Format::Junit | Format::Github)
}

fn say(report: &CheckReport, context: &Context) -> Result<(), Failure> {
    let typed = &context.typed;
    let text = match context.global.format {
        Format::Sarif => sarif::render(report, typed),
        Format::Junit => junit::render(report, typed),
        Format::Github => github::render(report, typed),
        Format::Human | Format::Json => return context.say(report),
    };
    Ok(context.ui.out(&text)?)
}

/// What keeps every file from being checked, in the report of a pipeline too.
fn unchecked(
    arguments: &Arguments,
    failure: Failure,
    context: &Context,
) -> Result<Status, Failure> {
    if is_of_pipeline(context.global.format) {
        let unread = arguments.files.iter().map(|path| UnreadReport {
            name: path.display().to_string(),
            error: failure.report("check"),
        });
        let report = CheckReport::new(Vec::new(), 0, Vec::new());
        say(&report.without(unread.collect()), context)?;
    }
    Err(failure)
}

/// The unix permission bits of a file.
pub(super) fn mode(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path)
            .ok()
            .map(|metadata| metadata.permissions().mode() & 0o7777)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

fn check(
    path: &Path,
    fix: bool,
    against: &Against,
    found: &mut Found,
    recorder: &mut Recorder<'_>,
) -> Result<(), Failure> {
    let mut file = SourceFile::read(path)?;
    let known = update::Context {
        system: against.state.as_ref(),
        this_server: against.server.as_ref(),
        mode: mode(path),
    };
    if fix && let Some((text, fixes)) = update::fix(&file, &known) {
        let bytes = file.encode(&text);
        source::replace(path, &bytes).map_err(|cause| Failure::File {
            act: "write",
            path: path.to_owned(),
            cause,
        })?;
        found.fixed += fixes;
        file = SourceFile::read(path)?;
    }
    let checked = against.policy.examine(&file, &known);
    let sifted = against.policy.sift(checked.findings, against.today);
    recorder.checked(&file, known.mode, checked.kind, &sifted);
    let listed = CheckedFile::new(&file, &checked.kind.to_string(), &sifted.findings);
    found.files.push(listed.passing_over(&sifted.suppressed));
    found.suppressed.extend(sifted.suppressed);
    Ok(())
}

/// A file on which regent itself made a mistake.
fn broken(path: &Path, mishap: &Mishap) -> CheckedFile {
    let file = SourceFile::unread(&path.display().to_string());
    let kind = FileKind::Unknown.to_string();
    CheckedFile::new(&file, &kind, &[update::internal(mishap)])
}

/// What is relaxed of the rules that update files are checked by.
pub(super) fn relaxations(
    policy: &Policy,
    suppressed: &[(Finding, Suppression)],
    today: Date,
) -> Relaxations {
    let pins = policy.pins();
    let validators = pins.iter().zip(policy.plugins());
    let validators = validators.filter(|(_, plugin)| plugin.validates);
    Relaxations::new(
        validators.map(|(pin, _)| pin),
        policy.suppressions(),
        suppressed,
        today,
    )
}
