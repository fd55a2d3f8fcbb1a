//! The human form: a page of text that a tired administrator understands.
//!
//! In come words and values, out comes one string. **Invariant:** whatever is put on a page passes
//! [`escape`], so that no text from outside can move the cursor, change a colour or hide itself.

use anstyle::{AnsiColor, Style as Ink};

use super::FindingReport;
use super::typed::Typed;
use crate::finding::{Finding, Severity};
use crate::source::SourceFile;

mod escape;
mod excerpt;
mod finding;
mod wrap;

pub use crate::visible::quote;
pub use escape::{escape, escape_block};

use wrap::{columns, wrap};

const LOUD: Ink = Ink::new().bold();
const QUIET: Ink = Ink::new().dimmed();
const GREEN: Ink = AnsiColor::Green.on_default();
const YELLOW: Ink = AnsiColor::Yellow.on_default();
const RED: Ink = AnsiColor::Red.on_default();
const CYAN: Ink = AnsiColor::Cyan.on_default();

/// What stands before what belongs to something above it.
const INDENT: usize = 2;
/// The narrowest column that text is wrapped to.
const NARROWEST: usize = 24;

/// What the reader's terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether it shows colours.
    pub color: bool,
    /// How many columns it has.
    pub width: usize,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
}

impl Style {
    /// A file or a pipe: no colours, 100 columns.
    pub const PLAIN: Self = Self {
        color: false,
        width: 100,
        unicode: true,
    };
}

/// A text in the making. Every method takes text as it comes and makes it harmless.
#[derive(Debug)]
pub struct Page {
    style: Style,
    typed: Typed,
    text: String,
    /// The block of fields at the end, not yet aligned.
    fields: Vec<(String, String)>,
}

impl Page {
    /// An empty page, on which commands stand as they are written.
    pub fn new(style: Style) -> Self {
        Self::typing(style, Typed::default())
    }

    /// An empty page, on which commands are completed from what was typed.
    pub fn typing(style: Style, typed: Typed) -> Self {
        Self {
            style,
            typed,
            text: String::new(),
            fields: Vec::new(),
        }
    }

    /// What the page is written for.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Begins a part: a bold line with an empty one before it.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        let heading = self.ink(LOUD, &escape(text));
        self.push(&heading);
    }

    /// An empty line, unless the page begins or has one here.
    pub fn gap(&mut self) {
        self.flush();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A sentence, wrapped.
    pub fn line(&mut self, text: &str) {
        let text = self.said(text);
        self.hanging("", "", &text, Ink::new());
    }

    /// A label and its value; those that follow each other are aligned.
    pub fn field(&mut self, label: &str, value: impl std::fmt::Display) {
        let field = (
            escape(label).into_owned(),
            escape(&value.to_string()).into_owned(),
        );
        self.fields.push(field);
    }

    /// Rows under headers, in columns; only the last column is wrapped.
    pub fn table(&mut self, headers: &[&str], rows: &[Vec<String>]) {
        self.flush();
        let cells = |row: &[String]| row.iter().map(|cell| escape(cell).into_owned()).collect();
        let headers: Vec<String> = headers.iter().map(|h| escape(h).into_owned()).collect();
        let rows: Vec<Vec<String>> = rows.iter().map(|row| cells(row)).collect();
        let width = |index: usize| {
            let column = rows
                .iter()
                .chain([&headers])
                .filter_map(|row| row.get(index));
            column.map(|cell| columns(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..headers.len()).map(width).collect();
        self.row(&headers, &widths, QUIET);
        for row in &rows {
            self.row(row, &widths, Ink::new());
        }
    }

    /// Something that is as it should be.
    pub fn ok(&mut self, text: &str) {
        self.mark("✓", "+", GREEN, text);
    }

    /// Something that asks for a second look.
    pub fn warn(&mut self, text: &str) {
        self.mark("⚠", "!", YELLOW, text);
    }

    /// Something that is not as it should be.
    pub fn fail(&mut self, text: &str) {
        self.mark("✗", "x", RED, text);
    }

    /// Something that nobody looked at.
    pub fn unknown(&mut self, text: &str) {
        self.mark("?", "?", CYAN, text);
    }

    /// One of several things, after its number or sign; further lines stand under the text.
    pub fn item(&mut self, sign: &str, text: &str) {
        let label = format!("{:INDENT$}{} ", "", escape(sign));
        let drawn = self.ink(QUIET, &label);
        let text = self.said(text);
        self.hanging(&label, &drawn, &text, Ink::new());
    }

    /// A command the reader may copy, alone on its line and never broken.
    pub fn command(&mut self, text: &str) {
        self.flush();
        let command = self.ink(CYAN, &escape(&self.typed.command(text)));
        self.push(&format!("    {command}"));
    }

    /// Something to know or to do, said quietly.
    pub fn hint(&mut self, text: &str) {
        let text = self.said(text);
        self.hanging("", "", &text, QUIET);
    }

    /// A text of several lines, as it was written.
    pub fn block(&mut self, text: &str) {
        self.flush();
        for line in escape_block(text).lines() {
            self.push(format!("    {line}").trim_end());
        }
    }

    /// A text that is the whole output, as it was written: not indented, so that it can be piped.
    pub fn verbatim(&mut self, text: &str) {
        self.flush();
        for line in escape_block(text).lines() {
            self.push(line);
        }
    }

    /// What happened, why, and what to do now.
    pub fn error(&mut self, message: &str, causes: &[String], help: Option<&str>) {
        let said = self.said(message);
        self.hanging(
            "error: ",
            &self.ink(RED.bold(), "error: "),
            &said,
            Ink::new(),
        );
        let labels = ["cause: "].into_iter().chain(std::iter::repeat("       "));
        for (label, cause) in labels.zip(causes) {
            let cause = self.said(cause);
            self.hanging(label, &self.ink(QUIET, label), &cause, Ink::new());
        }
        if let Some(help) = help {
            self.note(" help: ", help);
        }
    }

    /// A finding about a site, which has no lines to show.
    pub fn finding(&mut self, severity: Severity, code: &str, message: &str, help: Option<&str>) {
        let (ink, sign, ascii) = match severity {
            Severity::Error => (RED, "×", "x"),
            Severity::Warning => (YELLOW, "⚠", "!"),
            Severity::Info => (CYAN, "i", "i"),
        };
        self.gap();
        let title = self.ink(ink.bold(), &escape(&format!("{severity}: {code}")));
        self.push(&title);
        let sign = if self.style.unicode { sign } else { ascii };
        let label = format!("{:INDENT$}{sign} ", "");
        let drawn = self.ink(ink, &label);
        let message = self.said(message);
        self.hanging(&label, &drawn, &message, Ink::new());
        if let Some(help) = help {
            self.note("  help: ", help);
        }
    }

    /// Findings about a file, each with the lines it speaks of.
    pub fn findings(&mut self, file: &SourceFile, findings: &[Finding]) {
        let findings: Vec<_> = findings
            .iter()
            .map(|finding| FindingReport::new(file, finding))
            .collect();
        self.found(file, &findings);
    }

    /// As [`Page::findings`], with findings whose places were looked up.
    pub fn found(&mut self, file: &SourceFile, findings: &[FindingReport]) {
        for finding in findings {
            self.gap();
            let said = finding.said(&self.typed);
            self.text.push_str(&finding::draw(file, &said, self.style));
            if let Some(help) = &finding.help {
                self.note("  help: ", help);
            }
            if let Some(fix) = &finding.fix {
                self.note("   fix: ", &fix.title);
            }
        }
        self.gap();
    }

    /// The text, which ends with one line end unless it is empty.
    pub fn finish(mut self) -> String {
        self.flush();
        self.text.truncate(self.text.trim_end_matches('\n').len());
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text
    }

    /// A labelled text that may have several lines.
    fn note(&mut self, label: &str, text: &str) {
        let ink = self.ink(CYAN, label);
        let text = escape_block(&self.typed.text(text));
        self.hanging(label, &ink, &text, Ink::new());
    }

    fn mark(&mut self, sign: &str, ascii: &str, ink: Ink, text: &str) {
        let plain = format!("{} ", if self.style.unicode { sign } else { ascii });
        let mark = self.ink(ink, &plain);
        let text = self.said(text);
        self.hanging(&plain, &mark, &text, Ink::new());
    }

    /// A sentence with its commands completed, harmless.
    fn said(&self, text: &str) -> String {
        escape(&self.typed.text(text)).into_owned()
    }

    /// Writes `text`, already harmless, after a label; further lines stand under the text.
    fn hanging(&mut self, label: &str, drawn: &str, text: &str, ink: Ink) {
        self.flush();
        let indent = columns(label);
        let width = self.style.width.saturating_sub(indent).max(NARROWEST);
        for (index, line) in wrap(text, width).iter().enumerate() {
            let line = self.ink(ink, line);
            if index == 0 {
                self.push(&format!("{drawn}{line}"));
            } else {
                self.push(format!("{:indent$}{line}", "").trim_end());
            }
        }
    }

    fn row(&mut self, cells: &[String], widths: &[usize], ink: Ink) {
        let mut label = " ".repeat(INDENT);
        let Some((last, others)) = cells.split_last() else {
            return;
        };
        for (cell, width) in others.iter().zip(widths) {
            label.push_str(cell);
            label.push_str(&" ".repeat(width.saturating_sub(columns(cell)) + INDENT));
        }
        let drawn = self.ink(ink, &label);
        self.hanging(&label, &drawn, last, ink);
    }

    /// Aligns and writes the fields that were collected.
    fn flush(&mut self) {
        let fields = std::mem::take(&mut self.fields);
        let width = fields.iter().map(|(label, _)| columns(label)).max();
        let width = width.unwrap_or(0);
        for (label, value) in fields {
            let space = width - columns(&label) + INDENT;
            let label = format!("{:INDENT$}{label}{:space$}", "", "");
            let drawn = self.ink(QUIET, &label);
            self.hanging(&label, &drawn, &value, Ink::new());
        }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end_matches(' '));
        self.text.push('\n');
    }

    /// Colours a text where the terminal shows colours.
    fn ink(&self, ink: Ink, text: &str) -> String {
        if !self.style.color || text.is_empty() || ink.is_plain() {
            return text.to_owned();
        }
        format!("{ink}{text}{ink:#}")
    }
}
