//! `regent plugin test`: asks a plugin its cases.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use crate::exit::Status;
use crate::policy::{self, Cache, Case, CaseError, Inspection};
use crate::report::cases::{CaseOutcome, CaseReport, CasesReport};
use crate::report::human::quote;
use crate::report::junit;
use crate::report::plugin::RuleReport;
use crate::report::plugin::test::{TestReport, written};
use crate::source;

use super::super::{Context, Failure, Format};
use super::Subject;

/// Ask a plugin its cases, and compare what it says with what it was to say
///
/// Each folder in DIR/cases is a case. It holds `update.xml`, which a validator checks, or
/// `promotion.toml`, which a promoter decides, or both; `settings.toml` with the plugin's settings,
/// for which DIR/cases/settings.toml stands in; and `expected.snap`, which --accept writes. The
/// plugin is loaded and asked as in production, under the same limits, at the moment that the case
/// names.
///
/// In promotion.toml only `now` is needed: 2026-03-04T22:30:00+01:00, or in a time zone and then in
/// quotes, "2026-03-04T22:30[Europe/Berlin]", as every time in it. The others are kind ("planned"
/// or "emergency"), operator, person ("unknown", or who is behind the operator's account), known-by
/// (by what the person is known: `login-uid`, `account`, `SUDO_UID`, `DOAS_USER` or `PKEXEC_UID`),
/// `[author]` with operator, person and known-by of who made the plan, reason, change, candidate
/// (SSO02), incumbent (SSO01), sso-enabled, `[backup]` with created, proven and server, `[[approval]]`
/// with approver and at, `[[server]]` with name, roles and last-seen, and `[info]` with the present
/// values of the system's settings. With update.xml beside it, the candidate is who the update file
/// names.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    subject: Subject,
    /// Write what the plugin says to each case's expected.snap
    #[arg(long)]
    accept: bool,
}

pub(in crate::cli) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let folders = Case::folders(&arguments.subject.folder.join("cases"))?;
    let cache = context.compile_cache()?;
    let found = arguments.subject.find(context)?;
    let plugin = policy::inspect(found.path(), cache.as_ref())?;
    let mut triggered = BTreeSet::new();
    let mut cases = Vec::new();
    for folder in &folders {
        let case = try_case(folder, &plugin, cache.as_ref(), &mut triggered);
        let report = case.unwrap_or_else(|error| {
            CaseReport::unusable(&Case::name_of(folder), &error, error.help())
        });
        cases.push(settled(report, folder, arguments.accept)?);
    }
    let description = plugin.description;
    let untriggered = description
        .rules
        .into_iter()
        .filter(|rule| !triggered.contains(&rule.id))
        .map(RuleReport::from);
    let folder = quote(&arguments.subject.folder.display().to_string());
    let accept = format!("regent plugin test {folder} --accept");
    let report = TestReport {
        plugin: description.name,
        version: description.version,
        cases: CasesReport::new(cases, accept),
        untriggered: untriggered.collect(),
    };
    match context.global.format {
        Format::Junit => {
            let (cases, blind) = (&report.cases.cases, report.blind_spot());
            let text = junit::render_cases(
                "regent plugin test",
                &report.plugin,
                cases,
                blind.as_deref(),
                &context.typed,
            );
            context.ui.out(&text)?;
        }
        _ => context.say(&report)?,
    }
    Ok(if report.cases.failed > 0 {
        Status::Findings
    } else {
        Status::Done
    })
}

/// A case as it ends: what was said of it is written down, where that is wanted and differs.
pub(in crate::cli) fn settled(
    mut report: CaseReport,
    folder: &Path,
    accept: bool,
) -> Result<CaseReport, Failure> {
    if let (true, Some(said)) = (accept && report.failed(), &report.said) {
        let path = Case::expected(folder);
        source::replace(&path, said.as_bytes()).map_err(|cause| Failure::File {
            act: "write",
            path,
            cause,
        })?;
        report.outcome = CaseOutcome::Accepted;
    }
    Ok(report)
}

fn try_case(
    folder: &Path,
    plugin: &Inspection,
    cache: Option<&Cache>,
    triggered: &mut BTreeSet<String>,
) -> Result<CaseReport, CaseError> {
    let case = Case::read(folder)?;
    let said = case.ask(plugin, cache)?;
    triggered.extend(said.rules().into_iter().map(str::to_owned));
    let expected = Case::read_expected(folder)?;
    let name = Case::name_of(folder);
    Ok(CaseReport::compare(
        &name,
        expected.as_deref(),
        written(&said),
    ))
}
