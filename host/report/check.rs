//! What `regent check` has to say: findings with the places they speak of.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::human::{Page, quote};
use super::relaxations::Relaxations;
use super::replay::EvidenceReport;
use super::typed::Typed;
use super::{ErrorReport, Report};
use crate::exit::Status;
use crate::finding::{Code, Edit, Finding, Label, Severity};
use crate::plan::Suppression;
use crate::source::{Position, SourceFile, Span};
use crate::update::codes::Rule;

/// How many files a command to be copied names before it says `FILE...`.
const NAMED_FILES: usize = 3;

/// A place in a file and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LabelReport {
    /// Where, in bytes of the decoded text.
    pub span: Span,
    /// The first character.
    pub start: Position,
    /// The first character after.
    pub end: Position,
    /// What is there; may be empty on the first label.
    pub message: String,
}

/// A part of a mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EditReport {
    /// What is cut out, in bytes of the decoded text; empty to insert.
    pub span: Span,
    /// The first character that is cut out.
    pub start: Position,
    /// The first character after.
    pub end: Position,
    /// What takes its place.
    pub replacement: String,
}

/// A mend that is certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FixReport {
    /// What the mend does, as an imperative.
    pub title: String,
    /// The edits, in span order, not overlapping.
    pub edits: Vec<EditReport>,
}

/// A [`Finding`] whose places also have lines and columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingReport {
    /// Which check found it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; never empty, and the first is the main place.
    pub labels: Vec<LabelReport>,
    /// What to do about it.
    pub help: Option<String>,
    /// The mend, where it is certain.
    pub fix: Option<FixReport>,
}

impl FindingReport {
    /// Looks up the places of `finding` in the file it is about.
    ///
    /// A finding without a place is about the file: it gets the file's beginning.
    pub fn new(file: &SourceFile, finding: &Finding) -> Self {
        let mut labels: Vec<_> = finding.labels.iter().map(|l| label(file, l)).collect();
        if labels.is_empty() {
            let span = Span::new(0, 0);
            let message = String::new();
            labels.push(label(file, &Label { span, message }));
        }
        Self {
            code: finding.code.clone(),
            severity: finding.severity,
            message: finding.message.clone(),
            labels,
            help: finding.help.clone(),
            fix: finding.fix.as_ref().map(|fix| FixReport {
                title: fix.title.clone(),
                edits: fix.edits.iter().map(|e| edit(file, e)).collect(),
            }),
        }
    }

    /// The same with every command in it completed from what was typed.
    #[must_use]
    pub fn said(&self, typed: &Typed) -> Self {
        let said = |text: &String| typed.text(text).into_owned();
        let mut finding = self.clone();
        finding.message = said(&self.message);
        finding.help = self.help.as_ref().map(said);
        for label in &mut finding.labels {
            label.message = said(&label.message);
        }
        if let Some(fix) = &mut finding.fix {
            fix.title = said(&fix.title);
        }
        finding
    }

    /// Whether it tells of a mistake of regent's own.
    pub fn is_internal(&self) -> bool {
        self.code == Rule::Internal.code()
    }

    /// The main place.
    pub fn main(&self) -> &LabelReport {
        &self.labels[0]
    }

    /// What is said at the places, and what to do, one thing a line; for formats without an excerpt.
    pub fn notes(&self) -> Vec<String> {
        let said = self.labels.iter().filter(|label| !label.message.is_empty());
        let places = said.map(|label| format!("{}: {}", label.start, label.message));
        let help = self.help.iter().map(|help| format!("help: {help}"));
        let fix = self.fix.iter().map(|fix| format!("fix: {}", fix.title));
        places.chain(help).chain(fix).collect()
    }
}

fn label(file: &SourceFile, label: &Label) -> LabelReport {
    LabelReport {
        span: label.span,
        start: file.position(label.span.start),
        end: file.position(label.span.end),
        message: label.message.clone(),
    }
}

fn edit(file: &SourceFile, edit: &Edit) -> EditReport {
    EditReport {
        span: edit.span,
        start: file.position(edit.span.start),
        end: file.position(edit.span.end),
        replacement: edit.replacement.clone(),
    }
}

/// A finding that the settings pass over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SuppressedReport {
    /// The finding.
    pub finding: FindingReport,
    /// Why it is passed over.
    pub reason: String,
    /// Until when, inclusive.
    #[schemars(with = "String")]
    pub until: Date,
}

/// One file that was checked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckedFile {
    /// Its name.
    pub name: String,
    /// What it is for: `update`, `applications`, `mappings`, `management-agent` or `unknown`.
    pub kind: String,
    /// What was found, in span order.
    pub findings: Vec<FindingReport>,
    /// What was found and does not count, because the settings suppress it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<SuppressedReport>,
    #[serde(skip)]
    source: SourceFile,
}

impl CheckedFile {
    /// Reports what was found in a file.
    pub fn new(source: &SourceFile, kind: &str, findings: &[Finding]) -> Self {
        Self {
            name: source.name().to_owned(),
            kind: kind.to_owned(),
            findings: findings
                .iter()
                .map(|finding| FindingReport::new(source, finding))
                .collect(),
            suppressed: Vec::new(),
            source: source.clone(),
        }
    }

    /// Adds what was found and is passed over.
    #[must_use]
    pub fn passing_over(mut self, suppressed: &[(Finding, Suppression)]) -> Self {
        let report = |(finding, by): &(Finding, Suppression)| SuppressedReport {
            finding: FindingReport::new(&self.source, finding),
            reason: by.reason.clone(),
            until: by.until,
        };
        self.suppressed = suppressed.iter().map(report).collect();
        self
    }

    /// The same with every command in it completed from what was typed.
    fn said(&self, typed: &Typed) -> Self {
        let mut file = self.clone();
        for finding in &mut file.findings {
            *finding = finding.said(typed);
        }
        for by in &mut file.suppressed {
            by.finding = by.finding.said(typed);
        }
        file
    }

    /// The line on which a finding begins.
    pub fn line(&self, finding: &FindingReport) -> &str {
        let (before, after) = self
            .source
            .text()
            .split_at_checked(finding.main().span.range().start)
            .unwrap_or_default();
        let ends = ['\n', '\r'];
        let start = before.rfind(ends).map_or(0, |end| end + 1);
        let end = before.len() + after.find(ends).unwrap_or(after.len());
        &self.source.text()[start..end]
    }

    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let same = |finding: &&FindingReport| finding.severity == severity;
        self.findings.iter().filter(same).count()
    }

    /// How many findings have a certain mend.
    pub fn fixable(&self) -> usize {
        self.findings.iter().filter(|f| f.fix.is_some()).count()
    }
}

/// A file that was to be checked and could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnreadReport {
    /// Its name, as it was typed.
    pub name: String,
    /// Why not.
    pub error: ErrorReport,
}

impl UnreadReport {
    /// What happened, why, and what to do, one thing a line; for formats without an excerpt.
    pub fn notes(&self) -> Vec<String> {
        let message = std::iter::once(self.error.message.clone());
        let causes = self.error.causes.iter().map(|why| format!("cause: {why}"));
        let help = self.error.help.iter().map(|help| format!("help: {help}"));
        message.chain(causes).chain(help).collect()
    }
}

/// What `regent check` has to say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckReport {
    /// The files, in the order in which they were named.
    pub files: Vec<CheckedFile>,
    /// Findings that refuse a file.
    pub errors: usize,
    /// Findings that ask for a second look.
    pub warnings: usize,
    /// Findings that are worth knowing.
    pub infos: usize,
    /// Findings that were mended by `--fix` and are no longer listed.
    pub fixed: usize,
    /// What was not checked, and why.
    pub skipped: Vec<String>,
    /// The files that could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadReport>,
    /// What the settings take from the rules.
    #[serde(default, skip_serializing_if = "Relaxations::is_empty")]
    pub relaxations: Relaxations,
    /// The evidence that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceReport>,
}

impl CheckReport {
    /// Counts what was found.
    pub fn new(files: Vec<CheckedFile>, fixed: usize, skipped: Vec<String>) -> Self {
        let count = |severity| files.iter().map(|file| file.count(severity)).sum();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            files,
            fixed,
            skipped,
            unread: Vec::new(),
            relaxations: Relaxations::default(),
            evidence: None,
        }
    }

    /// Says what the settings take from the rules.
    #[must_use]
    pub fn under(mut self, relaxations: Relaxations) -> Self {
        self.relaxations = relaxations;
        self
    }

    /// Says which files could not be read.
    #[must_use]
    pub fn without(mut self, unread: Vec<UnreadReport>) -> Self {
        self.unread = unread;
        self
    }

    /// The same with every command in it completed from what was typed.
    #[must_use]
    pub fn said(&self, typed: &Typed) -> Self {
        let mut report = self.clone();
        report.files = self.files.iter().map(|file| file.said(typed)).collect();
        for unread in &mut report.unread {
            unread.error = unread.error.said(typed);
        }
        report
    }

    /// What a command that was to check the files exits with. A file that regent itself could not
    /// check is no file with errors.
    pub fn status(&self) -> Status {
        let mut findings = self.files.iter().flat_map(|file| &file.findings);
        if findings.any(FindingReport::is_internal) {
            Status::Internal
        } else if self.errors > 0 {
            Status::Findings
        } else {
            Status::Done
        }
    }

    /// "1 error, 2 warnings"; empty where nothing was found.
    fn counts(&self) -> String {
        let counted = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.infos, "info"),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let counted: Vec<_> = counted.map(|(n, noun)| plural(n, noun)).collect();
        counted.join(", ")
    }

    /// "update.xml", or "2 of 5 files".
    fn place(&self) -> String {
        match self.files.as_slice() {
            [file] => file.name.clone(),
            files => {
                let touched = files.iter().filter(|file| !file.findings.is_empty());
                format!("{} of {} files", touched.count(), files.len())
            }
        }
    }

    /// "; 1 can be fixed with `regent check --fix update.xml`"; empty where nothing can.
    fn remedy(&self) -> String {
        let mendable: Vec<_> = self.files.iter().filter(|f| f.fixable() > 0).collect();
        let count: usize = mendable.iter().map(|file| file.fixable()).sum();
        if count == 0 {
            return String::new();
        }
        let names = if mendable.len() > NAMED_FILES {
            "FILE...".to_owned()
        } else {
            let names: Vec<_> = mendable.iter().map(|file| quote(&file.name)).collect();
            names.join(" ")
        };
        format!("; {count} can be fixed with `regent check --fix {names}`")
    }
}

impl Report for CheckReport {
    const NAME: &'static str = "check";

    fn human(&self, page: &mut Page) {
        for file in &self.files {
            if file.findings.is_empty() {
                page.ok(&format!("{}: ok", file.name));
            } else {
                page.found(&file.source, &file.findings);
            }
        }
        if self.fixed > 0 {
            page.ok(&format!("fixed {}", plural(self.fixed, "finding")));
        }
        let counts = self.counts();
        if !counts.is_empty() {
            let summary = format!("{counts} in {}{}", self.place(), self.remedy());
            if self.errors > 0 {
                page.fail(&summary);
            } else if self.warnings > 0 {
                page.warn(&summary);
            } else {
                page.line(&summary);
            }
        }
        self.relaxations.human(page);
        for skipped in &self.skipped {
            page.hint(&format!("not checked: {skipped}"));
        }
        if let Some(evidence) = &self.evidence {
            evidence.human(page);
        }
    }
}

/// A number and its noun.
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
