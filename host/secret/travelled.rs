//! A backup that travelled as text: what mail, editors and version control do to one is undone.
//!
//! **Invariant:** nothing is guessed. What is undone cannot be part of a backup – it is known what
//! each line of one is – so that what comes out is the file that was written, or no backup.

use std::fmt;

use crate::source::encoding::{self, Unspelled};
use crate::source::{Encoding, Undecodable};

use super::armor::LINE;

/// What was done to a backup on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A byte order mark stands before it.
    Mark,
    /// It is in UTF-16.
    Utf16,
    /// Carriage returns end its lines.
    CarriageReturns,
    /// Blanks stand at the ends of its lines.
    Blanks,
    /// Empty lines are more or fewer.
    EmptyLines,
    /// Its lines are broken elsewhere.
    Broken,
    /// Its last line has no end.
    Unended,
    /// Something stands before each of its lines, as in an answer to a mail.
    Quoted,
    /// So many lines stand above it, as in a mail.
    Above(usize),
    /// So many lines stand below it.
    Below(usize),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |count: &usize| if *count == 1 { "line" } else { "lines" };
        match self {
            Self::Mark => f.write_str("a byte order mark before it"),
            Self::Utf16 => f.write_str("UTF-16 for UTF-8"),
            Self::CarriageReturns => f.write_str("carriage returns at the ends of its lines"),
            Self::Blanks => f.write_str("blanks at the ends of its lines"),
            Self::EmptyLines => f.write_str("other empty lines"),
            Self::Broken => f.write_str("lines of another length"),
            Self::Unended => f.write_str("no end of its last line"),
            Self::Quoted => f.write_str("quotation marks before its lines"),
            Self::Above(count) => write!(f, "{count} {} above it", lines(count)),
            Self::Below(count) => write!(f, "{count} {} below it", lines(count)),
        }
    }
}

/// A line of the file that a backup travelled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number there, from 1.
    pub number: usize,
    /// What is left of it.
    pub text: &'a str,
}

/// The backup in a file that travelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Travelled<'a> {
    /// The first line.
    pub title: Line<'a>,
    /// The fields.
    pub fields: Vec<Line<'a>>,
    /// The lines of the body.
    pub body: Vec<Line<'a>>,
    /// Whether the last line is there.
    pub ended: bool,
    /// What is undone.
    pub changes: Vec<Change>,
}

/// Why there is no backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The file is no text.
    Binary,
    /// No line begins one.
    Untitled,
    /// Two lines do.
    Several(usize, usize),
}

/// The text of a file, however it is spelled.
pub fn decoded(bytes: &[u8]) -> Result<(Option<Change>, String), Absent> {
    match encoding::decode(bytes) {
        Ok((encoding, text)) => {
            let change = match encoding {
                Encoding::Utf8Bom => Some(Change::Mark),
                Encoding::Utf8 => None,
                _ => Some(Change::Utf16),
            };
            Ok((change, text.as_str().to_owned()))
        }
        // A letter that is wrong in a mail's header, or in one line of a backup, leaves the rest.
        Err(Undecodable {
            what: Unspelled::Byte(_),
            ..
        }) if !bytes.contains(&0) => Ok((None, String::from_utf8_lossy(bytes).into())),
        Err(_) => Err(Absent::Binary),
    }
}

/// A character that ends no value.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}')
}

/// What stands before a title on its line where that is one, and the title.
fn title<'a>(line: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    let begins = format!("regent {kind} ");
    let at = line.find(&begins)?;
    let (before, title) = line.split_at(at);
    let version = &title[begins.len()..];
    let is_title = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    let quoted = |c: char| is_blank(c) || matches!(c, '>' | '|' | '\u{feff}');
    (is_title && before.chars().all(quoted)).then_some((before, title))
}

impl<'a> Travelled<'a> {
    /// Finds the backup in a text that `change` was undone of.
    pub fn find(text: &'a str, kind: &str, change: Option<Change>) -> Result<Self, Absent> {
        let mut changes: Vec<Change> = change.into_iter().collect();
        // Old Macintoshes end lines with carriage returns alone.
        let end = if text.contains('\n') { '\n' } else { '\r' };
        let lines = || text.split(end).enumerate();
        let trimmed = |line: &'a str| line.trim_end_matches(|c| c == '\r' || is_blank(c));
        let mut titles = lines().filter_map(|(at, line)| Some((at, title(trimmed(line), kind)?)));
        let Some((first, (before, own))) = titles.next() else {
            return Err(Absent::Untitled);
        };
        if let Some((second, _)) = titles.next() {
            return Err(Absent::Several(first + 1, second + 1));
        }
        let unquoted = |line: &'a str| {
            let rest = line.strip_prefix(before);
            // The blank after a sign goes where a line is empty.
            let rest = rest.or_else(|| line.strip_prefix(before.trim_end_matches(is_blank)));
            rest.unwrap_or(line)
        };
        let mut found = Self {
            title: Line {
                number: first + 1,
                text: own,
            },
            fields: Vec::new(),
            body: Vec::new(),
            ended: false,
            changes: Vec::new(),
        };
        let above = lines()
            .take(first)
            .filter(|(_, line)| !line.trim().is_empty());
        let (above, mut below) = (above.count(), 0);
        let mut empty = Vec::new();
        let (mut returns, mut blanks) = (end == '\r', false);
        for (at, line) in lines().skip(first) {
            if found.ended {
                below += usize::from(!line.trim().is_empty());
                continue;
            }
            let text = unquoted(trimmed(line));
            let cut = &line[trimmed(line).len()..];
            returns |= cut.contains('\r');
            // The blank of a quoted empty line is its sign's.
            blanks |= cut.contains(is_blank) && (before.is_empty() || !text.is_empty());
            let line = Line {
                number: at + 1,
                text,
            };
            match text {
                _ if at == first => {}
                "" => empty.push(found.fields.len() + found.body.len()),
                "end" => found.ended = true,
                _ if found.body.is_empty() && text.contains(": ") => found.fields.push(line),
                _ => found.body.push(line),
            }
        }
        // A text's last line end makes an empty line in this count, unless the last line is not there.
        let tail = text.rsplit(end).take_while(|line| line.trim().is_empty());
        let tail = tail.count();
        if returns {
            changes.push(Change::CarriageReturns);
        }
        if blanks {
            changes.push(Change::Blanks);
        }
        let leading = first > 0 && above == 0;
        let trailing = found.ended && below == 0 && tail > 1;
        if empty != [found.fields.len()] || leading || trailing {
            changes.push(Change::EmptyLines);
        }
        let mut lengths = found.body.iter().rev().map(|line| line.text.len());
        if lengths.next().is_some_and(|last| last > LINE) || lengths.any(|length| length != LINE) {
            changes.push(Change::Broken);
        }
        if found.ended && below == 0 && tail == 0 {
            changes.push(Change::Unended);
        }
        if !before.is_empty() {
            changes.push(Change::Quoted);
        }
        if above > 0 {
            changes.push(Change::Above(above));
        }
        if below > 0 {
            changes.push(Change::Below(below));
        }
        found.changes = changes;
        Ok(found)
    }

    /// The file as it was written.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.title.text);
        for field in &self.fields {
            text.push_str(field.text);
            text.push('\n');
        }
        text.push('\n');
        let digits: String = self.body.iter().map(|line| line.text).collect();
        let mut rest = digits.as_str();
        while !rest.is_empty() {
            let at = rest
                .char_indices()
                .nth(LINE)
                .map_or(rest.len(), |(at, _)| at);
            let (line, after) = rest.split_at(at);
            text.push_str(line);
            text.push('\n');
            rest = after;
        }
        text.push_str("end\n");
        text
    }
}
