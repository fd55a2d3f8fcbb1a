//! `regent test`: rehearses the cases of a whole site's policy.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Status;
use crate::policy::{Case, Circumstances, Purpose};
use crate::report::cases::{CaseReport, CasesReport};
use crate::report::human::quote;
use crate::report::junit;
use crate::report::test::PolicyTestReport;

use super::failure::Misuse;
use super::plugin::test::settled;
use super::{Context, Failure, Format, rehearse};

/// Rehearse the cases of this site's policy
///
/// Each folder in DIR is a case. It holds `promotion.toml`, which says what the system is like and
/// what is done, as `regent plugin test --help` tells; `update.xml`, without which the candidate is
/// promoted; and `expected.snap`, which --accept writes.
///
/// For each case a site is made in a temporary folder: a real credential database, a vault, a backup
/// of the moment that the case names, or else of now, and keys for those who approve. There
/// `regent promote` runs with the policy of regent.toml – or `regent update`, where the update file
/// promotes nobody – and what it says is compared with what it was to say, and so are the journal,
/// every table and the exported global info. This site is not touched: neither its database, its
/// vaults and its secrets nor its service.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of the cases
    #[arg(value_name = "DIR", default_value = "cases")]
    folder: PathBuf,
    /// Write what comes of each case to its expected.snap
    #[arg(long)]
    accept: bool,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let settings = context.settings()?;
    let Some(file) = settings.file.clone() else {
        return Err(Failure::Usage {
            code: Misuse::NoSettings,
            message: "there is no regent.toml here, and so no policy to test".to_owned(),
            help: "go to the folder that holds it, or name it with --config FILE".to_owned(),
        });
    };
    let folders = Case::folders(&arguments.folder)?;
    // What is wrong with the policy itself is told once, and not of each case.
    let _sound = context.policy(Purpose::Decide)?;
    // Each case is rehearsed in a folder of its own.
    let settings = std::path::absolute(&file).map_err(|cause| Failure::File {
        act: "find",
        path: file.clone(),
        cause,
    })?;
    let mut cases = Vec::new();
    for folder in &folders {
        let report = try_case(folder, &settings);
        cases.push(settled(report, folder, arguments.accept)?);
    }
    let folder = quote(&arguments.folder.display().to_string());
    let report = PolicyTestReport {
        settings: file.display().to_string(),
        cases: CasesReport::new(cases, format!("regent test {folder} --accept")),
    };
    match context.global.format {
        Format::Junit => {
            let cases = &report.cases.cases;
            let text =
                junit::render_cases("regent test", &report.settings, cases, None, &context.typed);
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

fn try_case(folder: &Path, settings: &Path) -> CaseReport {
    let name = Case::name_of(folder);
    let read = Circumstances::read(folder).and_then(|told| {
        let expected = Case::read_expected(folder)?;
        Ok((told, expected))
    });
    match read.map(|(told, expected)| (rehearse::rehearse(&told, settings), expected)) {
        Ok((Ok(said), expected)) => CaseReport::compare(&name, expected.as_deref(), said),
        Ok((Err(error), _)) => CaseReport::unusable(&name, &error, error.help()),
        Err(error) => CaseReport::unusable(&name, &error, error.help()),
    }
}
