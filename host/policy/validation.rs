//! What a validator's answer comes to.

use super::bindings::regent::plugin::types;
use super::component::Answer;
use super::convert;
use super::description::BROKEN_RULE;
use super::error::Broken;
use super::{Loaded, LogLine};
use crate::finding::{Code, Finding, Severity};
use crate::plan::Enforcement;
use crate::source::Span;

/// What one validator made of an update file.
#[derive(Debug, Clone)]
pub struct Validation {
    /// The plugin's configured name.
    pub plugin: String,
    /// What it found, or one finding that says how it broke.
    pub findings: Vec<Finding>,
    /// What it logged.
    pub log: Vec<LogLine>,
}

/// What an answer comes to.
pub(super) fn validation(
    answer: Answer<Vec<types::Finding>>,
    loaded: &Loaded,
    text: &str,
) -> Validation {
    let plugin = loaded.name.to_string();
    let findings = answer
        .said
        .and_then(|said| convert::findings(said, &plugin, &loaded.description, text));
    let mut findings = findings.unwrap_or_else(|broken| vec![broke(loaded, &broken, text)]);
    if loaded.enforcement == Enforcement::Warn {
        findings.iter_mut().for_each(demote);
    }
    Validation {
        plugin,
        findings,
        log: answer.log,
    }
}

/// A plugin that broke has not checked the file, so the file does not pass.
fn broke(loaded: &Loaded, broken: &Broken, text: &str) -> Finding {
    let plugin = &loaded.name;
    let code = Code::Policy {
        plugin: plugin.to_string(),
        rule: BROKEN_RULE.to_owned(),
    };
    let whole = Span::new(0, text.len());
    let message = format!("plugin {plugin} did not check this file: {broken}");
    let finding = Finding::new(code, Severity::Error, whole, message);
    match broken.help_under(loaded.enforcement) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn demote(finding: &mut Finding) {
    if finding.severity == Severity::Error {
        const WHY: &str = "only a warning, because the plugin's enforcement is \"warn\"";
        finding.severity = Severity::Warning;
        finding.help = Some(match finding.help.take() {
            Some(help) => format!("{help} ({WHY})"),
            None => WHY.to_owned(),
        });
    }
}
