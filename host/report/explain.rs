//! What `regent explain` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::Severity;
use crate::update::codes::{self, Rule};
use crate::{doctor, exit};

use super::Report;
use super::human::Page;

/// One rule.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RulePage {
    /// Its code.
    pub code: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// What it is about, in a line.
    pub summary: String,
    /// Its page, as Markdown; nothing in a list.
    pub page: Option<String>,
}

/// What an error's code means.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ErrorPage {
    /// The code.
    pub code: String,
    /// The exit status of a command that fails so.
    pub exit: u8,
    /// The exit status's name.
    pub status: &'static str,
    /// What it means, in a line.
    pub meaning: &'static str,
}

impl From<exit::Code> for ErrorPage {
    fn from(code: exit::Code) -> Self {
        Self {
            code: code.name.to_owned(),
            exit: code.status.number(),
            status: code.status.name(),
            meaning: code.meaning,
        }
    }
}

/// The page of one code, or a list of all.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ExplainReport {
    /// What is found.
    pub rules: Vec<RulePage>,
    /// What commands fail with.
    pub errors: Vec<ErrorPage>,
}

fn entry(rule: Rule, page: Option<String>) -> RulePage {
    RulePage {
        code: rule.code().to_string(),
        severity: rule.severity(),
        summary: rule.summary().to_owned(),
        page,
    }
}

fn doctor_entry(code: doctor::Code, page: Option<String>) -> RulePage {
    RulePage {
        code: code.to_string(),
        severity: code.severity(),
        summary: code.summary().to_owned(),
        page,
    }
}

impl ExplainReport {
    /// The page of something that the doctor finds.
    pub fn doctor(code: doctor::Code) -> Self {
        Self {
            rules: vec![doctor_entry(
                code,
                Some(doctor::codes::page(code).to_owned()),
            )],
            errors: Vec::new(),
        }
    }

    /// What an error's code means.
    pub fn error(code: exit::Code) -> Self {
        Self {
            rules: Vec::new(),
            errors: vec![code.into()],
        }
    }

    /// The page of one rule.
    pub fn page(rule: Rule) -> Self {
        Self {
            rules: vec![entry(rule, Some(codes::page(rule).trim().to_owned()))],
            errors: Vec::new(),
        }
    }

    /// Every rule and everything the doctor finds, in the order of the documentation; then what
    /// commands fail with.
    pub fn list(errors: Vec<exit::Code>) -> Self {
        let rules = Rule::ALL.iter().map(|rule| entry(*rule, None));
        let doctor = doctor::Code::ALL
            .iter()
            .map(|code| doctor_entry(*code, None));
        Self {
            rules: rules.chain(doctor).collect(),
            errors: errors.into_iter().map(ErrorPage::from).collect(),
        }
    }
}

impl Report for ExplainReport {
    const NAME: &'static str = "explain";

    fn human(&self, page: &mut Page) {
        if let [
            RulePage {
                code,
                severity,
                page: Some(text),
                ..
            },
        ] = self.rules.as_slice()
        {
            page.heading(&format!("{code} ({severity})"));
            page.block(text);
            return;
        }
        if let ([], [error]) = (self.rules.as_slice(), self.errors.as_slice()) {
            let ErrorPage {
                code, exit, status, ..
            } = error;
            page.heading(&format!("{code} (exit {exit}, {status})"));
            page.block(&format!("An error: {}.", error.meaning));
            return;
        }
        let rows: Vec<Vec<String>> = self
            .rules
            .iter()
            .map(|rule| {
                vec![
                    rule.code.clone(),
                    rule.severity.to_string(),
                    rule.summary.clone(),
                ]
            })
            .collect();
        page.table(&["code", "severity", "about"], &rows);
        page.gap();
        let errors = self.errors.iter().map(|error| {
            vec![
                error.code.clone(),
                format!("{} {}", error.exit, error.status),
                error.meaning.to_owned(),
            ]
        });
        page.table(&["error", "exit", "about"], &errors.collect::<Vec<_>>());
        page.hint("one page:");
        page.command("regent explain CODE");
    }
}
