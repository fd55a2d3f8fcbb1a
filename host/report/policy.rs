//! What `regent policy` has to say, and what other reports say of the rules that govern.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use super::human::Page;
use crate::database::{Governing, Overruled};
use crate::identity::Digest;
use crate::plan::{Difference, Rules};
use crate::system::Operator;

pub(super) mod difference;
mod publish;

use difference::differences;

pub use difference::PolicyDiffReport;
pub use publish::PublishReport;

/// The rules that govern.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct GoverningReport {
    /// Counts the publications, from 1.
    pub version: u64,
    /// SHA-256 of their canonical text.
    pub digest: Digest,
    /// Since when.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// Who made them govern.
    #[serde(flatten)]
    pub operator: Operator,
    /// Where.
    pub server: String,
    /// Why; nothing where the first act under rules did.
    pub reason: Option<String>,
    /// The change reference.
    pub change: Option<String>,
    /// The last act that overruled them; nothing once an act has gone by them.
    pub overruled: Option<Overruled>,
    /// Their canonical text, as data.
    pub rules: serde_json::Value,
}

impl From<&Governing> for GoverningReport {
    fn from(governing: &Governing) -> Self {
        Self {
            version: governing.version,
            digest: governing.digest,
            since: governing.at,
            operator: governing.operator.clone(),
            server: governing.server.clone(),
            reason: governing.reason.clone(),
            change: governing.change.clone(),
            overruled: governing.overruled.clone(),
            rules: serde_json::to_value(&governing.rules).unwrap_or_default(),
        }
    }
}

/// That no rule is asked here, in a line.
fn unruled_line(why: &str) -> String {
    format!("no rule of the organisation is asked here: {why}")
}

/// An overruling in a line.
pub fn overruled_line(by: &Overruled) -> String {
    let Overruled {
        act,
        at,
        operator,
        server,
        reason,
        ..
    } = by;
    format!("the rules were overruled by {act} ({at} by {operator} on {server}): {reason}")
}

/// The rules that govern, and how those here differ.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyReport {
    /// Those that govern; nothing before the first act under rules.
    pub governing: Option<GoverningReport>,
    /// SHA-256 of those here; nothing where they cannot be read.
    pub here: Option<Digest>,
    /// Why those here cannot be read.
    pub unreadable: Option<String>,
    /// Why no rule is asked here.
    pub unruled: Option<String>,
    /// What changes from those that govern to those here.
    pub differences: Vec<Difference>,
}

impl PolicyReport {
    /// Holds the rules here against those that govern.
    pub fn new(
        governing: Option<&Governing>,
        here: Option<Result<Rules, String>>,
        unruled: Option<String>,
    ) -> Self {
        let differences = match (governing, &here) {
            (Some(governing), Some(Ok(here))) => governing.rules.differences(here),
            _ => Vec::new(),
        };
        Self {
            governing: governing.map(GoverningReport::from),
            here: here
                .as_ref()
                .and_then(|here| Some(here.as_ref().ok()?.digest())),
            unreadable: here.and_then(Result::err),
            unruled,
            differences,
        }
    }

    /// That no rule is asked here, in a line.
    fn unruled_line(&self) -> Option<String> {
        Some(unruled_line(self.unruled.as_ref()?))
    }

    /// What is wrong with the rules here, seen from those that govern, a line each.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let Some(governing) = &self.governing else {
            return warnings;
        };
        if let Some(why) = &self.unreadable {
            warnings.push(format!("the rules here cannot be read: {why}"));
        }
        if !self.differences.is_empty() {
            warnings.push("the rules here are not the ones that govern this system".to_owned());
        }
        warnings.extend(governing.overruled.as_ref().map(overruled_line));
        warnings
    }
}

/// The rules that govern and those here, in short.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RulesReport {
    /// SHA-256 of those that govern; nothing before the first act under rules.
    pub governing: Option<Digest>,
    /// How often they were published.
    pub version: Option<u64>,
    /// That no rule is asked here, in a line.
    pub unruled: Option<String>,
    /// What is wrong, in a line each.
    pub warnings: Vec<String>,
}

impl From<&PolicyReport> for RulesReport {
    fn from(report: &PolicyReport) -> Self {
        let mut warnings = report.warnings();
        if !report.differences.is_empty() {
            warnings.push("`regent policy show` tells what differs, and what to do".to_owned());
        }
        Self {
            governing: report.governing.as_ref().map(|governing| governing.digest),
            version: report.governing.as_ref().map(|governing| governing.version),
            unruled: report.unruled_line(),
            warnings,
        }
    }
}

impl RulesReport {
    /// Which rules govern, in a line.
    pub fn summary(&self) -> String {
        match self.version {
            Some(version) => format!("version {version} governs"),
            None => "none govern yet".to_owned(),
        }
    }
}

impl Report for PolicyReport {
    const NAME: &'static str = "policy";

    fn human(&self, page: &mut Page) {
        let Some(governing) = &self.governing else {
            page.line("no rules govern this system yet; the first act under rules makes them");
            if let Some(unruled) = self.unruled_line() {
                page.warn(&unruled);
            } else {
                page.hint("to let those here govern now:");
                page.command("regent policy publish --reason TEXT");
            }
            return;
        };
        page.heading(&format!(
            "Rules that govern this system: version {}",
            governing.version
        ));
        page.field("digest", governing.digest);
        let (since, operator) = (governing.since, &governing.operator);
        page.field(
            "since",
            format!("{since} by {operator} on {}", governing.server),
        );
        let first = "the first act under rules made them govern";
        page.field("reason", governing.reason.as_deref().unwrap_or(first));
        if let Some(change) = &governing.change {
            page.field("change", change);
        }
        page.gap();
        page.verbatim(&serde_json::to_string_pretty(&governing.rules).unwrap_or_default());
        page.gap();
        let warnings = self.warnings();
        for warning in self.unruled_line().iter().chain(&warnings) {
            page.warn(warning);
        }
        if !self.differences.is_empty() {
            differences(&self.differences, page);
        }
        if warnings.is_empty() {
            page.ok("the rules here are these");
        } else if !self.differences.is_empty() {
            page.hint("bring the files here to what governs, or let these govern:");
            page.command("regent policy publish --reason TEXT");
        }
    }
}
