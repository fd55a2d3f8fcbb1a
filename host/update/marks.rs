//! Byte order marks inside a text.
//!
//! A mark stands before a text and is no part of it (`source` takes that one away). One inside comes
//! from files that were joined, or from a program that wrote a second one. The text is read as if
//! it were not there, and what is found is told at its place in the text as it was written: no
//! reader of XML sees a mark, for each does something else with it.

use crate::finding::{Edit, Finding, Fix, Label};
use crate::source::{SourceFile, Span};

use super::codes::Rule;
use super::parse::mapped::Mapped;

/// The mark.
const MARK: char = '\u{feff}';

/// The most marks that the finding shows.
const MAX_LABELS: usize = 8;

/// A text without its marks, which knows where everything stood.
pub(super) struct Unmarked {
    pub(super) file: SourceFile,
    origin: Mapped,
    /// Those that do harm: in a comment a mark is a character like any other.
    harmful: Vec<Span>,
}

/// A file's text without marks; nothing where it has none.
pub(super) fn without(file: &SourceFile) -> Option<Unmarked> {
    let text = file.text();
    if !text.contains(MARK) {
        return None;
    }
    let (mut origin, mut harmful) = (Mapped::default(), Vec::new());
    let mut copied = 0;
    let mut comments = comments(text).peekable();
    for (at, mark) in text.match_indices(MARK) {
        origin.copy(text, copied..at);
        copied = at + mark.len();
        while comments.next_if(|comment| comment.end <= at).is_some() {}
        if comments.peek().is_none_or(|comment| at < comment.start) {
            harmful.push(Span::new(at, copied));
        }
    }
    origin.copy(text, copied..text.len());
    Some(Unmarked {
        file: file.with_text(origin.text()),
        origin,
        harmful,
    })
}

impl Unmarked {
    /// Where a part of the text without marks stands in the one with them.
    pub(super) fn place(&self, span: Span) -> Span {
        self.origin.span(span.range())
    }

    /// One finding about all marks that do harm; nothing where none does.
    pub(super) fn finding(&self) -> Option<Finding> {
        let (first, others) = self.harmful.split_first()?;
        let (message, title) = match others.len() {
            0 => (
                "an invisible byte order mark stands inside the text".to_owned(),
                "delete it",
            ),
            n => (
                format!("{} invisible byte order marks stand inside the text", n + 1),
                "delete them",
            ),
        };
        let mut finding = Rule::ByteOrderMarkInside
            .at(*first, message)
            .help("one mark may begin a file; joining files puts others inside");
        let shown = others.iter().take(MAX_LABELS - 1);
        finding.labels.extend(shown.map(|span| Label {
            span: *span,
            message: String::new(),
        }));
        let edits = self.harmful.iter().map(|span| Edit {
            span: *span,
            replacement: String::new(),
        });
        finding.fix = Some(Fix {
            title: title.to_owned(),
            edits: edits.collect(),
        });
        Some(finding)
    }
}

/// What stands inside comments.
fn comments(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find("<!--")? + 4;
        let end = start + text[start..].find("-->")?;
        at = end;
        Some(start..end)
    })
}
