//! `--evidence FILE`: takes down what the rules are asked and what they say.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;

use crate::bundle::Bundle;
use crate::global_info::ServerName;
use crate::identity::Digest;
use crate::plan::Plan;
use crate::policy::evidence::{Answer, FORM, FileAnswer, Proposal, Question, Subject};
use crate::policy::{Evidence, EvidenceError, Facts, Policy, Sifted, Verdict};
use crate::report::replay::EvidenceReport;
use crate::source::SourceFile;
use crate::system::SystemState;
use crate::update;

use super::{Failure, init};

/// Whether evidence is wanted.
#[derive(Debug, Clone, Default, Args)]
pub struct EvidenceArguments {
    /// Write the rules, what they were asked and what they said to this file, which must not exist
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
}

/// Takes down what is asked and answered, where evidence is wanted.
pub struct Recorder<'a> {
    path: Option<&'a Path>,
    question: Question,
    files: Vec<FileAnswer>,
}

impl<'a> Recorder<'a> {
    /// Nothing was asked yet. Evidence that could not be written in the end is refused here.
    pub fn new(
        arguments: &'a EvidenceArguments,
        system: Option<&SystemState>,
        server: Option<&ServerName>,
        today: Date,
    ) -> Result<Self, Failure> {
        let path = arguments.evidence.as_deref();
        path.map_or(Ok(()), init::refuse_existing)?;
        Ok(Self {
            path,
            question: Question {
                system: system.filter(|_| path.is_some()).cloned(),
                server: server.cloned(),
                today,
                files: Vec::new(),
                promotion: None,
            },
            files: Vec::new(),
        })
    }

    /// An update file was checked.
    pub fn checked(
        &mut self,
        file: &SourceFile,
        mode: Option<u32>,
        kind: update::FileKind,
        sifted: &Sifted,
    ) {
        if self.path.is_some() {
            let file_answer = FileAnswer::of(file, kind, sifted);
            let file = file.clone();
            self.question.files.push(Subject { file, mode });
            self.files.push(file_answer);
        }
    }

    /// Writes the bundle, if it is wanted; `decided` is what the promoters were told and said.
    pub fn write(
        self,
        policy: &Policy,
        decided: Option<(&Plan, &Facts, &Verdict)>,
    ) -> Result<Option<EvidenceReport>, Failure> {
        let Some(path) = self.path else {
            return Ok(None);
        };
        let mut question = self.question;
        question.promotion = decided.map(|(plan, facts, _)| Proposal::of(plan, facts));
        let answer = Answer {
            files: self.files,
            verdict: decided.map(|(_, _, verdict)| verdict.clone()),
        };
        let evidence = Evidence::new(policy, question, &answer);
        let bytes = evidence
            .and_then(|evidence| evidence.bytes())
            .map_err(|cause| Failure::Evidence {
                act: "write",
                path: path.to_owned(),
                cause: Box::new(cause),
            })?;
        // Settings and reasons are in it, which are nobody else's.
        init::write_private(path, &bytes)?;
        Ok(Some(EvidenceReport {
            file: path.display().to_string(),
            digest: Digest::of(&bytes),
        }))
    }
}

/// Reads evidence; with it goes the SHA-256 of the bundle.
pub fn read(path: &Path) -> Result<(Evidence, Digest), Failure> {
    let read = || {
        let (bundle, digest) = Bundle::open(path, FORM)?;
        Ok((Evidence::read(bundle)?, digest))
    };
    read().map_err(|cause: EvidenceError| Failure::Evidence {
        act: "use",
        path: path.to_owned(),
        cause: Box::new(cause),
    })
}
