//! What `regent explain` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor;
use crate::finding::Severity;
use crate::update::codes::{self, Rule};

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

/// The page of one code, or a list of all.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ExplainReport {
    /// The rules.
    pub rules: Vec<RulePage>,
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
        }
    }

    /// The page of one rule.
    pub fn page(rule: Rule) -> Self {
        Self {
            rules: vec![entry(rule, Some(codes::page(rule).trim().to_owned()))],
        }
    }

    /// Every rule, and everything the doctor finds, in the order of the documentation.
    pub fn list() -> Self {
        let rules = Rule::ALL.iter().map(|rule| entry(*rule, None));
        let doctor = doctor::Code::ALL
            .iter()
            .map(|code| doctor_entry(*code, None));
        Self {
            rules: rules.chain(doctor).collect(),
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
        page.hint("one page:");
        page.command("regent explain CODE");
    }
}
