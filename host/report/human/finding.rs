//! One finding, drawn: the only file that knows miette.
//!
//! The `Diagnostic` is written by hand: plugins' findings are values of run time, and the JSON
//! form must not depend on how the human form is drawn.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::Style;
use super::escape::escape;
use super::excerpt::{CONTEXT, Excerpt};
use super::wrap::wrap;
use crate::finding::Severity;
use crate::report::FindingReport;
use crate::source::SourceFile;

/// Columns that line numbers and frame take beside an excerpt.
const FRAME: usize = 10;
/// Columns that the severity's sign takes before the message.
const INDENT: usize = 4;
/// The narrowest excerpt.
const NARROWEST: usize = 60;

/// Draws a finding's code, message and excerpt; help and mend are the page's.
pub(super) fn draw(file: &SourceFile, finding: &FindingReport, style: Style) -> String {
    let width = style.width.saturating_sub(FRAME).max(NARROWEST);
    let cut = if style.unicode { "…" } else { "..." };
    let message = escape(&finding.message);
    let rendered = Rendered {
        finding,
        message: wrap(&message, style.width.saturating_sub(INDENT)).join("\n"),
        excerpt: Excerpt::new(file, &finding.labels, width, cut),
    };
    let handler = GraphicalReportHandler::new_themed(theme(finding, style))
        .with_wrap_lines(false)
        .with_context_lines(CONTEXT)
        .without_syntax_highlighting()
        .with_links(false);
    let mut drawn = String::new();
    handler
        .render_report(&mut drawn, &rendered)
        .expect("a string takes every write, and the excerpt holds its labels");
    let lines = drawn.lines().map(str::trim_end);
    lines.flat_map(|line| [line, "\n"]).collect()
}

struct Rendered<'a> {
    finding: &'a FindingReport,
    /// Harmless, and in lines that fit.
    message: String,
    excerpt: Excerpt,
}

impl fmt::Debug for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.finding, f)
    }
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rendered<'_> {}

impl Diagnostic for Rendered<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let code = self.finding.code.to_string();
        Some(Box::new(format!(
            "{}: {}",
            self.finding.severity,
            escape(&code)
        )))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let places = self.excerpt.places.iter().enumerate();
        Some(Box::new(places.map(|(index, place)| {
            let span: SourceSpan = place.range.clone().into();
            let message = place.message.clone();
            if index == 0 {
                LabeledSpan::new_primary_with_span(message, span)
            } else {
                LabeledSpan::new_with_span(message, span)
            }
        })))
    }
}

impl SourceCode for Excerpt {
    /// Lines are counted as [`SourceFile`] counts them, and columns in characters; miette's own
    /// readers count bytes.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let parts = (self.text.get(..start), self.text.get(end..));
        let (Some(head), Some(tail)) = parts else {
            return Err(MietteError::OutOfBounds);
        };
        let newlines = |text: &str| text.matches('\n').count();
        let from = head.rmatch_indices('\n').nth(before);
        let from = from.map_or(0, |(at, _)| at + 1);
        let to = tail.match_indices('\n').nth(after);
        let to = to.map_or(self.text.len(), |(at, _)| end + at + 1);
        let mut line = self.first_line + newlines(&self.text[..from]);
        let mut column = 0;
        // This is how miette asks for the place that it puts beside the file's name.
        let asked = self.places.iter().find(|place| place.range == (start..end));
        if let (Some(place), 0, 0) = (asked, before, after) {
            line = place.position.line as usize - 1;
            column = place.position.column as usize - 1;
        }
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[from..to],
            (from..to).into(),
            line,
            column,
            newlines(&self.text[from..to]) + 1,
        )))
    }
}

/// The main place has the severity's colour, the others a quiet one.
fn theme(finding: &FindingReport, style: Style) -> GraphicalTheme {
    let mut characters = if style.unicode {
        ThemeCharacters::unicode()
    } else {
        ThemeCharacters::ascii()
    };
    "i".clone_into(&mut characters.advice);
    if !style.color {
        let styles = ThemeStyles::none();
        return GraphicalTheme { characters, styles };
    }
    let mut styles = ThemeStyles::ansi();
    let loud = match finding.severity {
        Severity::Error => styles.error,
        Severity::Warning => styles.warning,
        Severity::Info => styles.advice,
    };
    // miette gives the labels their colours in the order in which they stand in the text.
    let main = finding.main().span.start;
    let earlier = finding.labels[1..]
        .iter()
        .filter(|label| label.span.start < main);
    let mut highlights = vec![styles.advice; finding.labels.len()];
    highlights[earlier.count()] = loud;
    styles.highlights = highlights;
    styles.link = styles.linum;
    GraphicalTheme { characters, styles }
}
