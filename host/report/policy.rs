//! What `regent policy` has to say, and what other reports say of the rules that govern.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use super::human::Page;
use super::promotion::VerdictReport;
use crate::database::{Governing, Overruled};
use crate::identity::Digest;
use crate::plan::Rules;
use crate::system::Operator;

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
    /// What changes from those that govern to those here, a line each.
    pub differences: Vec<String>,
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
        let why = self.unruled.as_ref()?;
        Some(format!("no rule of the organisation is asked here: {why}"))
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
        for difference in &self.differences {
            page.line(&format!("  {difference}"));
        }
        if warnings.is_empty() {
            page.ok("the rules here are these");
        } else if !self.differences.is_empty() {
            page.hint("bring the files here to what governs, or let these govern:");
            page.command("regent policy publish --reason TEXT");
        }
    }
}

/// Rules that were, or would be, made to govern.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PublishReport {
    /// SHA-256 of the rules that governed before; nothing where none did.
    pub before: Option<Digest>,
    /// SHA-256 of those that are to govern.
    pub after: Digest,
    /// Whether that is a change.
    pub changed: bool,
    /// What changes, a line each.
    pub differences: Vec<String>,
    /// Rules that govern and could not be asked.
    pub missing: Vec<String>,
    /// What those that govern say to it; nothing where none do.
    pub verdict: Option<VerdictReport>,
    /// Why they are overruled.
    pub overruled: Option<String>,
    /// Whether that keeps these from governing.
    pub denied: bool,
    /// Whether only checks were made.
    pub dry_run: bool,
    /// The version that was published; nothing where none was.
    pub published: Option<u64>,
}

impl PublishReport {
    /// Reports a publication that nobody has been asked about yet.
    pub fn new(governing: Option<&Governing>, rules: &Rules) -> Self {
        let (before, after) = (governing.map(|by| by.digest), rules.digest());
        let nothing = Rules::default();
        Self {
            before,
            after,
            changed: before != Some(after),
            differences: governing
                .map_or(&nothing, |by| &by.rules)
                .differences(rules),
            missing: Vec::new(),
            verdict: None,
            overruled: None,
            denied: false,
            dry_run: false,
            published: None,
        }
    }

    /// The publication as somebody reads it who is to confirm it.
    pub fn proposal(&self, page: &mut Page) {
        page.heading("From the rules that govern to those here");
        for difference in &self.differences {
            page.line(&format!("  {difference}"));
        }
        if self.differences.is_empty() {
            page.line("  nothing that decides");
        }
        if let Some(verdict) = &self.verdict {
            verdict.human(page);
        }
        for missing in &self.missing {
            page.fail(&format!(
                "{missing} governs, and is not within reach to be asked"
            ));
        }
        if let Some(reason) = &self.overruled {
            page.warn(&format!("overruled: {reason}"));
        }
    }
}

impl Report for PublishReport {
    const NAME: &'static str = "policy-publish";

    fn human(&self, page: &mut Page) {
        if !self.changed {
            page.ok("these rules govern already; nothing was changed");
            return;
        }
        self.proposal(page);
        page.gap();
        if let Some(version) = self.published {
            page.ok(&format!(
                "these rules govern the system now: version {version}"
            ));
            page.field("digest", self.after);
        } else if self.denied {
            page.fail("the rules that govern do not give leave; nothing was changed");
            if !self.missing.is_empty() {
                page.hint("name the components that are missing with --component FILE");
            }
            page.hint(
                "those that want a proven backup take --restore-file BACKUP; those that can give no \
                 leave at all are overruled by name, which is audited:",
            );
            page.command("regent policy publish --reason TEXT --overrule REASON");
        } else if self.dry_run {
            page.ok("dry run: every check was made, nothing was changed");
        }
    }
}
