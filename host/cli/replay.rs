//! `regent replay`: whether the rules still say what evidence says they said.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::policy::evidence::{Host, Transcript};
use crate::report::promotion::VerdictReport;
use crate::report::replay::{Evaluated, ReplayReport};

use super::{Context, Failure, evidence};

/// Evaluate evidence again, and say whether the verdict is the same
///
/// Asks the rules in the file, which `--evidence` wrote, what they were asked then: the same
/// components under the same limits, the same update file, system, promotion and moment. Neither
/// database nor settings, clock or network is used, and nothing is kept.
///
/// Exits with 0 where findings and verdict are the same, with 1 where they differ, and with 6 where
/// the file is not as regent wrote it. Whoever can write the file can write another: compare its
/// SHA-256 with the one that was noted.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Evidence that --evidence wrote
    #[arg(value_name = "EVIDENCE")]
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let path = &arguments.file;
    let (evidence, digest) = evidence::read(path)?;
    let (answer, said) = {
        let progress = context.ui.progress();
        evidence.replay(&progress)
    }
    .map_err(|cause| Failure::Evidence {
        act: "evaluate",
        path: path.clone(),
        cause: Box::new(cause),
    })?;
    let Transcript { findings, verdict } = &evidence.said;
    let report = ReplayReport::new(Evaluated {
        file: path.display().to_string(),
        digest,
        hosts: (evidence.host.clone(), Host::this()),
        plugins: evidence.plugins().collect(),
        promotion: evidence.question.promotion.as_ref(),
        files: &answer.files,
        verdict: answer.verdict.as_ref().map(VerdictReport::from),
        findings: (findings, &said.findings),
        verdicts: verdict.as_deref().zip(said.verdict.as_deref()),
    });
    let same = report.same;
    context.say(&report)?;
    Ok(if same { Status::Done } else { Status::Findings })
}
