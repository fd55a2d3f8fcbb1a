//! What `regent replay` has to say, and how evidence that was written is told everywhere.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::Severity;
use crate::identity::{Digest, PromotionId};
use crate::plan::Enforcement;
use crate::policy::PluginSettings;
use crate::policy::evidence::{FileAnswer, Host, Proposal};

use super::Report;
use super::check::plural;
use super::difference::difference;
use super::human::Page;
use super::promotion::VerdictReport;

/// Evidence that was written.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EvidenceReport {
    /// The file.
    pub file: String,
    /// Its SHA-256, to be noted where nobody who can write the file can write.
    pub digest: Digest,
}

impl EvidenceReport {
    /// Says it to a person.
    pub fn human(&self, page: &mut Page) {
        page.ok(&format!("wrote evidence to {}", self.file));
        page.field("sha-256", self.digest);
    }
}

/// A plugin that was asked again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginReplay {
    /// Its configured name.
    pub name: String,
    /// SHA-256 of its component.
    pub digest: Digest,
    /// What its denial does.
    pub enforcement: Enforcement,
}

/// An update file that was checked again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FileReplay {
    /// Its name.
    pub name: String,
    /// Findings that refuse it now.
    pub errors: usize,
    /// All findings now.
    pub findings: usize,
    /// How many findings the settings passed over.
    pub suppressed: usize,
    /// The codes of those findings, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed_codes: Vec<String>,
}

/// Evidence that was evaluated again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReplayReport {
    /// The evidence.
    pub file: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// Who wrote it.
    pub written_by: Host,
    /// Who evaluated it now.
    pub evaluated_by: Host,
    /// The plugins, in configured order.
    pub plugins: Vec<PluginReplay>,
    /// The update files.
    pub files: Vec<FileReplay>,
    /// The promotion, where one was decided.
    pub promotion: Option<PromotionId>,
    /// When it was decided.
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// What the rules say of it now.
    pub verdict: Option<VerdictReport>,
    /// Whether everything is the same.
    pub same: bool,
    /// How the findings differ: lines that are gone begin with `-`, new ones with `+`.
    pub findings_differ: Option<String>,
    /// How the decisions or their verdict differ.
    pub verdict_differs: Option<String>,
}

/// What came of evaluating evidence again; pairs are of then and now.
pub struct Evaluated<'a> {
    /// The evidence.
    pub file: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// Who evaluated.
    pub hosts: (Host, Host),
    /// The plugins and their components.
    pub plugins: Vec<(&'a PluginSettings, Digest)>,
    /// The promotion.
    pub promotion: Option<&'a Proposal>,
    /// What was found now.
    pub files: &'a [FileAnswer],
    /// What was decided now.
    pub verdict: Option<VerdictReport>,
    /// The findings, written.
    pub findings: (&'a str, &'a str),
    /// The verdicts, written.
    pub verdicts: Option<(&'a str, &'a str)>,
}

impl ReplayReport {
    /// Compares.
    pub fn new(evaluated: Evaluated<'_>) -> Self {
        let differ = |(then, now): (&str, &str)| (then != now).then(|| difference(then, now));
        let findings_differ = differ(evaluated.findings);
        let verdict_differs = evaluated.verdicts.and_then(differ);
        let plugins = evaluated.plugins.into_iter();
        let plugins = plugins.map(|(settings, digest)| PluginReplay {
            name: settings.name.to_string(),
            digest,
            enforcement: settings.enforcement,
        });
        let files = evaluated.files.iter().map(|file| {
            let error = |finding: &&crate::finding::Finding| finding.severity == Severity::Error;
            FileReplay {
                name: file.name.clone(),
                errors: file.findings.iter().filter(error).count(),
                findings: file.findings.len(),
                suppressed: file.suppressed.len(),
                suppressed_codes: codes(&file.suppressed),
            }
        });
        let (written_by, evaluated_by) = evaluated.hosts;
        Self {
            file: evaluated.file,
            digest: evaluated.digest,
            written_by,
            evaluated_by,
            plugins: plugins.collect(),
            files: files.collect(),
            promotion: evaluated.promotion.map(|promotion| promotion.id),
            at: evaluated.promotion.map(|promotion| promotion.now),
            verdict: evaluated.verdict,
            same: findings_differ.is_none() && verdict_differs.is_none(),
            findings_differ,
            verdict_differs,
        }
    }
}

impl Report for ReplayReport {
    const NAME: &'static str = "replay";

    fn human(&self, page: &mut Page) {
        page.heading(&self.file);
        page.field("sha-256", self.digest);
        page.field("written by", &self.written_by);
        if self.written_by != self.evaluated_by {
            page.field("evaluated by", &self.evaluated_by);
        }
        for plugin in &self.plugins {
            let trial = match plugin.enforcement {
                Enforcement::Deny => "",
                Enforcement::Warn => " (on trial)",
                Enforcement::Off => " (not asked)",
            };
            let about = format!("{} {}{trial}", plugin.name, plugin.digest);
            page.field("plugin", about);
        }
        for file in &self.files {
            let found = match file.findings {
                0 => "no findings".to_owned(),
                some => plural(some, "finding"),
            };
            let suppressed = match file.suppressed {
                0 => String::new(),
                some => format!(", {some} suppressed ({})", file.suppressed_codes.join(", ")),
            };
            let about = format!("{}: {found}{suppressed}", file.name);
            page.field("update file", about);
        }
        if let (Some(id), Some(at)) = (self.promotion, self.at) {
            page.field("promotion", format!("{id}, decided {at}"));
        }
        if let Some(verdict) = &self.verdict {
            page.field("verdict", &verdict.summary);
        }
        page.gap();
        for (what, differs) in [
            ("findings differ", &self.findings_differ),
            ("decisions differ", &self.verdict_differs),
        ] {
            if let Some(lines) = differs {
                page.fail(&format!("the {what} (- then, + now)"));
                page.block(lines);
            }
        }
        if self.same {
            page.ok(match &self.verdict {
                Some(_) => "the findings and the verdict are the same",
                None => "the findings are the same; no promotion was decided",
            });
        } else {
            self.reasons(page);
        }
    }
}

impl ReplayReport {
    /// What may lie behind a difference.
    fn reasons(&self, page: &mut Page) {
        if self.written_by != self.evaluated_by {
            page.hint(
                "another regent evaluated it than wrote it; where its own rules have changed, so \
                 may the findings: the one that wrote it tells for certain",
            );
        }
        let differs = [&self.findings_differ, &self.verdict_differs];
        let of_time = |lines: &&Option<String>| {
            lines
                .as_ref()
                .is_some_and(|lines| lines.contains("stopped at its deadline"))
        };
        if differs.iter().any(of_time) {
            page.hint(
                "a plugin was stopped at its deadline, the one limit that a busy or slow machine \
                 reaches sooner: evaluate it again",
            );
        }
    }
}

/// The codes of findings, each once.
fn codes(findings: &[crate::finding::Finding]) -> Vec<String> {
    let codes: BTreeSet<String> = findings
        .iter()
        .map(|found| found.code.to_string())
        .collect();
    codes.into_iter().collect()
}
