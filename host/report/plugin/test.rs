//! What `regent plugin test` has to say, and how what a plugin said is written down.

use schemars::JsonSchema;
use serde::Serialize;

use super::RuleReport;
use crate::policy::Said;
use crate::report::difference::difference;
use crate::report::human::{Page, Style, quote};
use crate::report::promotion::DecisionReport;
use crate::report::{CheckedFile, Report};

/// What a plugin said of a case, as it is kept in `expected.snap`: the same on every machine.
pub fn written(said: &Said) -> String {
    let mut page = Page::new(Style::PLAIN);
    match said {
        Said::Refused(problems) => {
            page.fail("the settings do not fit");
            for problem in problems {
                let path = Some(problem.path.as_str()).filter(|path| !path.is_empty());
                let path = path.unwrap_or("settings");
                page.item(" ", &format!("{path}: {}", problem.message));
            }
        }
        Said::Answered {
            validation,
            decision,
        } => {
            if let Some((file, said)) = validation {
                let checked = CheckedFile::new(file, "update", &said.findings);
                match said.findings.len() {
                    0 => page.ok(&format!("{} finds nothing", said.plugin)),
                    1 => page.fail(&format!("{} finds something", said.plugin)),
                    more => page.fail(&format!("{} finds {more} things", said.plugin)),
                }
                page.found(file, &checked.findings);
                log(&mut page, &said.log);
            }
            if let Some(said) = decision {
                let report = DecisionReport {
                    log: Vec::new(),
                    ..said.into()
                };
                report.human(&mut page);
                log(&mut page, &said.log);
            }
        }
    }
    page.finish()
}

fn log(page: &mut Page, lines: &[crate::policy::LogLine]) {
    for line in lines {
        page.item(" ", &format!("log {}: {}", line.level, line.message));
    }
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaseOutcome {
    /// The plugin said what it was to say.
    Passed,
    /// It said something else.
    Differs,
    /// Nobody has written down what it is to say.
    New,
    /// What it said is written down now.
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
    /// What the plugin said; nothing where it was not asked.
    pub said: Option<String>,
    /// How that differs from `expected.snap`: removed lines begin with `-`, added ones with `+`.
    pub difference: Option<String>,
    /// Why it cannot be asked.
    pub problem: Option<String>,
    /// What to do about that.
    pub help: Option<String>,
}

impl CaseReport {
    /// Compares what the plugin said with what it was to say, if anybody has written that down.
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

/// What came of a plugin's cases.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestReport {
    /// The plugin's own name.
    pub plugin: String,
    /// Its own version.
    pub version: String,
    /// The cases, by name.
    pub cases: Vec<CaseReport>,
    /// Cases in which the plugin said what it was to say.
    pub passed: usize,
    /// Cases whose expectation was written.
    pub accepted: usize,
    /// All others.
    pub failed: usize,
    /// Rules that the plugin declares and that no case triggered.
    pub untriggered: Vec<RuleReport>,
    /// What accepts what was said; nothing where nothing is to be accepted.
    pub accept: Option<String>,
}

impl TestReport {
    /// Counts; `folder` is where the cases lie.
    pub fn new(
        (plugin, version): (String, String),
        cases: Vec<CaseReport>,
        untriggered: Vec<RuleReport>,
        folder: &str,
    ) -> Self {
        let count = |wanted| cases.iter().filter(|case| case.outcome == wanted).count();
        let acceptable = count(CaseOutcome::Differs) + count(CaseOutcome::New) > 0;
        Self {
            plugin,
            version,
            passed: count(CaseOutcome::Passed),
            accepted: count(CaseOutcome::Accepted),
            failed: cases.iter().filter(|case| case.failed()).count(),
            cases,
            untriggered,
            accept: acceptable.then(|| format!("regent plugin test {} --accept", quote(folder))),
        }
    }

    /// The rules that no case triggered, in a sentence.
    pub fn blind_spot(&self) -> Option<String> {
        let names: Vec<&str> = self.untriggered.iter().map(|rule| &*rule.id).collect();
        (!names.is_empty()).then(|| format!("no case triggers {}", names.join(", ")))
    }
}

impl Report for TestReport {
    const NAME: &'static str = "plugin-test";

    fn human(&self, page: &mut Page) {
        for case in &self.cases {
            case.human(page);
        }
        page.gap();
        if let Some(blind) = self.blind_spot() {
            page.warn(&blind);
        }
        let all = self.cases.len();
        let cases = if all == 1 { "case" } else { "cases" };
        let of = format!("of {all} {cases} of {} {}", self.plugin, self.version);
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
