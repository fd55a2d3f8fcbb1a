//! Workflow commands of GitHub Actions, which appear beside the lines of a pull request.

use super::human::{escape, escape_block};
use super::typed::Typed;
use super::{CheckReport, CheckedFile, FindingReport, UnreadReport};
use crate::finding::Severity;

/// Renders one command a finding, one for each file that could not be read, and one for each thing
/// that the settings take from the rules; nothing where there is none. Commands to be typed are
/// completed from what was typed.
pub fn render(report: &CheckReport, typed: &Typed) -> String {
    let report = report.said(typed);
    let files = report.files.iter();
    let findings =
        files.flat_map(|file| file.findings.iter().map(|finding| command(file, finding)));
    let relaxed = report.relaxations.lines().into_iter();
    let relaxed = relaxed.map(|line| format!("::notice title=relaxed::{}\n", data(&escape(&line))));
    let unread = report.unread.iter().map(unread);
    findings.chain(unread).chain(relaxed).collect()
}

fn unread(file: &UnreadReport) -> String {
    let notes = file.notes();
    let notes: Vec<_> = notes.iter().map(|note| escape_block(note)).collect();
    format!(
        "::error file={},title={}::{}\n",
        property(&file.name),
        property(&file.error.code),
        data(&notes.join("\n")),
    )
}

fn command(file: &CheckedFile, finding: &FindingReport) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = finding.main();
    let message = std::iter::once(escape(&finding.message).into_owned());
    let notes = finding.notes().into_iter().map(|note| escape_block(&note));
    let message: Vec<_> = message.chain(notes).collect();
    format!(
        "::{level} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
        property(&file.name),
        place.start.line,
        place.start.column,
        place.end.line,
        place.end.column,
        property(&finding.code.to_string()),
        data(&message.join("\n")),
    )
}

/// A property's value: a comma would begin the next one, a colon the message.
fn property(value: &str) -> String {
    data(&escape(value)).replace(':', "%3A").replace(',', "%2C")
}

/// A message: a line end would begin the next command.
fn data(value: &str) -> String {
    value
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_early() {
        assert_eq!(property("50%,a:b"), "50%25%2Ca%3Ab");
        assert_eq!(data("a: b, 5%\r\n::error::x"), "a: b, 5%25%0D%0A::error::x");
    }
}
