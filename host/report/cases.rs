//! What came of cases, each a folder with what was to be said of it.

use std::error::Error;

use schemars::JsonSchema;
use serde::Serialize;

use super::difference::difference;
use super::human::Page;

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaseOutcome {
    /// What was said is what was to be said.
    Passed,
    /// Something else was said.
    Differs,
    /// Nobody has written down what is to be said.
    New,
    /// What was said is written down now.
    Accepted,
    /// The case cannot be asked.
    Unusable,
}

/// One case.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CaseReport {
    /// Its folder's name.
    pub name: String,
    /// What became of it.
    pub outcome: CaseOutcome,
    /// What was said; nothing where nobody was asked.
    pub said: Option<String>,
    /// How that differs from `expected.snap`: removed lines begin with `-`, added ones with `+`.
    pub difference: Option<String>,
    /// Why it cannot be asked.
    pub problem: Option<String>,
    /// What to do about that.
    pub help: Option<String>,
}

impl CaseReport {
    /// A case that cannot be asked.
    pub fn unusable(name: &str, error: &dyn Error, help: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            outcome: CaseOutcome::Unusable,
            said: None,
            difference: None,
            problem: Some(told(error)),
            help,
        }
    }

    /// Compares what was said with what was to be said, if anybody has written that down.
    pub fn compare(name: &str, expected: Option<&str>, said: String) -> Self {
        let outcome = match expected {
            Some(expected) if expected == said => CaseOutcome::Passed,
            Some(_) => CaseOutcome::Differs,
            None => CaseOutcome::New,
        };
        let difference = expected.filter(|_| outcome == CaseOutcome::Differs);
        let difference = difference.map(|expected| self::difference(expected, &said));
        Self {
            name: name.to_owned(),
            outcome,
            said: Some(said),
            difference,
            problem: None,
            help: None,
        }
    }

    /// Whether it counts as failed.
    pub fn failed(&self) -> bool {
        !matches!(self.outcome, CaseOutcome::Passed | CaseOutcome::Accepted)
    }

    /// What is wrong with it, in a clause.
    pub fn wrong(&self) -> Option<String> {
        match self.outcome {
            CaseOutcome::Passed | CaseOutcome::Accepted => None,
            CaseOutcome::Differs => Some("it says something else than expected.snap".to_owned()),
            CaseOutcome::New => Some("it has no expected.snap yet".to_owned()),
            CaseOutcome::Unusable => self.problem.clone(),
        }
    }

    /// What shows it: the difference, or all that was said where there is nothing to compare with.
    pub fn shown(&self) -> Option<&str> {
        let new = self.said.as_deref();
        let new = new.filter(|_| matches!(self.outcome, CaseOutcome::New | CaseOutcome::Accepted));
        self.difference.as_deref().or(new)
    }

    fn human(&self, page: &mut Page) {
        match (self.wrong(), self.outcome) {
            (Some(wrong), _) => page.fail(&format!("{}: {wrong}", self.name)),
            (None, CaseOutcome::Accepted) => page.ok(&format!("{}: accepted", self.name)),
            (None, _) => page.ok(&self.name),
        }
        if let Some(shown) = self.shown() {
            page.block(shown);
        }
        if let Some(help) = &self.help {
            page.hint(help);
        }
    }
}

/// An error and what caused it, in a line.
pub fn told(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let told = std::iter::once(error.to_string()).chain(causes.map(ToString::to_string));
    told.collect::<Vec<_>>().join(": ")
}

/// What came of several cases.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CasesReport {
    /// The cases, by name.
    pub cases: Vec<CaseReport>,
    /// Cases of which was said what was to be said.
    pub passed: usize,
    /// Cases whose expectation was written.
    pub accepted: usize,
    /// All others.
    pub failed: usize,
    /// What accepts what was said; nothing where nothing is to be accepted.
    pub accept: Option<String>,
}

impl CasesReport {
    /// Counts; `accept` is the command that accepts what was said.
    pub fn new(cases: Vec<CaseReport>, accept: String) -> Self {
        let count = |wanted| cases.iter().filter(|case| case.outcome == wanted).count();
        let acceptable = count(CaseOutcome::Differs) + count(CaseOutcome::New) > 0;
        Self {
            passed: count(CaseOutcome::Passed),
            accepted: count(CaseOutcome::Accepted),
            failed: cases.iter().filter(|case| case.failed()).count(),
            cases,
            accept: acceptable.then_some(accept),
        }
    }

    /// Tells a person of each case.
    pub(super) fn each(&self, page: &mut Page) {
        for case in &self.cases {
            case.human(page);
        }
        page.gap();
    }

    /// Tells a person what it comes to; `of` is what was asked.
    pub(super) fn sum(&self, of: &str, page: &mut Page) {
        let all = self.cases.len();
        let cases = if all == 1 { "case" } else { "cases" };
        let of = format!("of {all} {cases} of {of}");
        if self.failed > 0 {
            page.fail(&format!("{} {of} failed", self.failed));
        } else if self.accepted > 0 {
            page.ok(&format!("{} {of} accepted", self.accepted));
        } else {
            page.ok(&format!("{} {of} passed", self.passed));
        }
        if let Some(accept) = &self.accept {
            page.hint("where what it says is right:");
            page.command(accept);
        }
    }
}
