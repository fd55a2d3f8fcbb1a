//! What checking a file has found so far, within bounds.

use crate::finding::{Finding, Severity};
use crate::source::Span;

use super::codes::Rule;

/// The most findings that are reported for one file.
pub const MAX_FINDINGS: usize = 30;

/// The most findings that are kept while a file is read, so that a hostile one cannot fill memory.
const MAX_KEPT: usize = 2000;

/// A bounded collection of findings.
///
/// **Invariant:** where an error is not kept, an error is reported in its place, so that a bound
/// never turns a refused file into an accepted one.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    dropped: usize,
    worst_dropped: Option<Severity>,
}

impl Findings {
    /// Adds one.
    pub(super) fn push(&mut self, finding: Finding) {
        if self.kept.len() < MAX_KEPT {
            self.kept.push(finding);
        } else {
            self.drop_one(finding.severity);
        }
    }

    /// How many were added; for [`Self::without_fixes_since`].
    pub(super) fn mark(&self) -> usize {
        self.kept.len()
    }

    /// Turns the mends of what was added since the mark into advice.
    pub(super) fn without_fixes_since(&mut self, mark: usize) {
        for finding in self.kept.iter_mut().skip(mark) {
            if let Some(fix) = finding.fix.take() {
                finding.help.get_or_insert(fix.title);
            }
        }
    }

    /// Tells the place of everything anew.
    pub(super) fn relocate(&mut self, place: impl Fn(Span) -> Span) {
        for finding in &mut self.kept {
            for label in &mut finding.labels {
                label.span = place(label.span);
            }
            for edit in finding.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
                edit.span = place(edit.span);
            }
        }
    }

    /// Whether any error was found.
    pub(super) fn has_errors(&self) -> bool {
        let error = |finding: &Finding| finding.severity == Severity::Error;
        self.worst_dropped == Some(Severity::Error) || self.kept.iter().any(error)
    }

    /// Everything that was kept, in span order and without repetition.
    pub(super) fn all(mut self) -> Vec<Finding> {
        self.arrange();
        self.kept
    }

    fn arrange(&mut self) {
        self.kept.sort_by_cached_key(order);
        self.kept.dedup();
    }

    /// The findings in span order, without repetition; of too many the worst ones, and how many more.
    pub(super) fn finish(mut self, end: Span) -> Vec<Finding> {
        self.arrange();
        if self.kept.len() > MAX_FINDINGS {
            self.kept.sort_by_key(|finding| finding.severity);
            for finding in self.kept.split_off(MAX_FINDINGS) {
                self.drop_one(finding.severity);
            }
            self.kept.sort_by_cached_key(order);
        }
        if let Some(worst) = self.worst_dropped {
            let message = format!("{} more findings are not shown", self.dropped);
            let mut more = Rule::TooManyFindings.at(end, message);
            more.severity = worst;
            self.kept
                .push(more.help("mend what is shown and check again"));
        }
        self.kept
    }

    fn drop_one(&mut self, severity: Severity) {
        self.dropped += 1;
        // The variants stand in order of severity, the worst first.
        self.worst_dropped = Some(self.worst_dropped.map_or(severity, |w| w.min(severity)));
    }
}

fn order(finding: &Finding) -> (u32, u32, Severity, String, String) {
    let span = finding.span();
    (
        span.start,
        span.end,
        finding.severity,
        finding.code.to_string(),
        finding.message.clone(),
    )
}
