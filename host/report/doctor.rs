//! What `regent doctor` has to say: what was looked at, and what is wrong with it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::Finding;
use crate::finding::Severity;

use super::Report;
use super::human::Page;

/// The version of one part.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VersionReport {
    /// What it is of.
    pub of: &'static str,
    /// The version.
    pub version: String,
}

/// One part of the site that was looked at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AreaReport {
    /// Its name: `settings`, `plugins`, `database`, `audit`, `promotions`, `vaults`, `backups` or `clock`.
    pub name: &'static str,
    /// What was looked at.
    pub seen: String,
    /// The worst of its findings; nothing where there are none.
    pub worst: Option<Severity>,
}

/// How the site is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DoctorReport {
    /// This server; nothing where its name cannot be found out.
    pub server: Option<String>,
    /// The parts that work together.
    pub versions: Vec<VersionReport>,
    /// What was looked at.
    pub areas: Vec<AreaReport>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Findings that endanger the system or the next promotion.
    pub errors: usize,
    /// Findings that are probably not meant.
    pub warnings: usize,
    /// Findings that are worth knowing.
    pub infos: usize,
}

impl DoctorReport {
    /// A report of nothing yet.
    pub fn new(server: Option<String>) -> Self {
        Self {
            server,
            versions: Vec::new(),
            areas: Vec::new(),
            findings: Vec::new(),
            errors: 0,
            warnings: 0,
            infos: 0,
        }
    }

    /// Takes down what was found in one part. What two parts have in common is told once.
    pub fn area(&mut self, name: &'static str, seen: String, findings: Vec<Finding>) {
        let worst = findings.iter().map(|finding| finding.severity).min();
        self.areas.push(AreaReport { name, seen, worst });
        for finding in findings {
            if self.findings.contains(&finding) {
                continue;
            }
            match finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Info => self.infos += 1,
            }
            self.findings.push(finding);
        }
        self.findings.sort_by_key(|finding| finding.severity);
    }
}

impl Report for DoctorReport {
    const NAME: &'static str = "doctor";

    fn human(&self, page: &mut Page) {
        match &self.server {
            Some(server) => page.heading(&format!("Looked at from {server}")),
            None => page.heading("Looked at from a server without a name"),
        }
        for version in &self.versions {
            page.field(version.of, &version.version);
        }
        page.gap();
        for area in &self.areas {
            let text = format!("{}: {}", area.name, area.seen);
            match area.worst {
                None | Some(Severity::Info) => page.ok(&text),
                Some(Severity::Warning) => page.warn(&text),
                Some(Severity::Error) => page.fail(&text),
            }
        }
        told(&self.findings, page);
        let counts = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.infos, "information"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, what)| match (count, what) {
                (1, _) | (_, "information") => format!("{count} {what}"),
                _ => format!("{count} {what}s"),
            })
            .collect();
        page.gap();
        match (self.errors, counts.is_empty()) {
            (0, true) => page.ok("nothing is wrong"),
            (0, false) => page.ok(&format!("nothing is broken; {}", counts.join(", "))),
            _ => page.fail(&counts.join(", ")),
        }
        if let Some(first) = self.findings.first() {
            page.hint("what a code means:");
            page.command(&format!("regent explain {}", first.code));
        }
    }
}

/// Findings about a site, as findings about a file are told.
pub(super) fn told(findings: &[Finding], page: &mut Page) {
    for finding in findings {
        page.finding(
            finding.severity,
            &finding.code.to_string(),
            &finding.message,
            finding.help.as_deref(),
        );
    }
}
