//! The lines of a file that a finding speaks of, made fit to be shown.
//!
//! In come the file and the labels, out comes a text that hides nothing, whose long lines are
//! cut, and in which the labels still stand where they stood.

use std::collections::BTreeMap;
use std::ops::Range;

use super::escape::{escape, push};
use crate::report::LabelReport;
use crate::source::{Position, SourceFile, Span};

/// Lines shown around a place.
pub(super) const CONTEXT: usize = 1;
/// A place over more lines than this is shown by its first.
const MAX_LINES: usize = 4;
/// Characters kept on either side of a place's ends where a line is cut.
const AROUND: usize = 24;

/// A label, placed in an [`Excerpt`]'s text.
pub(super) struct Place {
    /// In bytes of the excerpt's text.
    pub(super) range: Range<usize>,
    /// Where it begins in the file.
    pub(super) position: Position,
    /// What is said there.
    pub(super) message: Option<String>,
}

/// A part of a file.
pub(super) struct Excerpt {
    /// The file's name.
    pub(super) name: String,
    /// Whole lines.
    pub(super) text: String,
    /// The number of the first line, counted from 0.
    pub(super) first_line: usize,
    /// The labels, as given.
    pub(super) places: Vec<Place>,
}

impl Excerpt {
    /// Copies what `labels` speak of; of a line longer than `width` characters only the parts
    /// around the labels, with `cut` where something was left out.
    pub(super) fn new(file: &SourceFile, labels: &[LabelReport], width: usize, cut: &str) -> Self {
        let text = file.text();
        let ranges: Vec<_> = labels.iter().map(|label| shown(text, label)).collect();
        let first = ranges.iter().map(|(range, _)| range.start).min();
        let last = ranges.iter().map(|(range, _)| range.end).max();
        let area = around(text, first.unwrap_or(0)..last.unwrap_or(0));
        let mut ends: BTreeMap<usize, usize> = ranges
            .iter()
            .flat_map(|(range, _)| [(range.start, 0), (range.end, 0)])
            .collect();
        let mut shown = copy(text, area.clone(), (width, cut), &mut ends);
        // A caret at the very end needs something to stand under.
        let caret = |range: &Range<usize>| ends[&range.start] == shown.len();
        if shown.is_empty() || ranges.iter().any(|(range, _)| caret(range)) {
            shown.push(' ');
        }
        let places = labels
            .iter()
            .zip(ranges)
            .map(|(label, (range, cut))| Place {
                range: ends[&range.start]..ends[&range.end],
                position: label.start,
                message: message(label, cut).or_else(|| whole_file(labels)),
            });
        Self {
            name: escape(file.name()).into_owned(),
            first_line: text[..area.start].matches('\n').count(),
            places: places.collect(),
            text: shown,
        }
    }
}

/// The bytes of a label to be underlined, and whether they end before the label does.
fn shown(text: &str, label: &LabelReport) -> (Range<usize>, bool) {
    let start = text.floor_char_boundary(label.span.start as usize);
    let end = text.ceil_char_boundary((label.span.end as usize).clamp(start, text.len()));
    let inside = text[start..end].trim_end_matches(['\r', '\n']);
    if inside.matches('\n').count() < MAX_LINES {
        return (start..start + inside.len(), false);
    }
    let first = inside.lines().next().unwrap_or_default();
    (start..start + first.len(), true)
}

fn message(label: &LabelReport, cut: bool) -> Option<String> {
    let said = escape(&label.message);
    match (said.is_empty(), cut) {
        (true, false) => None,
        (false, false) => Some(said.into_owned()),
        (true, true) => Some(format!("from here to line {}", label.end.line)),
        (false, true) => Some(format!("{said} (to line {})", label.end.line)),
    }
}

/// What is said at the beginning of the file where that is the only place, and nothing is said.
fn whole_file(labels: &[LabelReport]) -> Option<String> {
    let alone = labels.len() == 1 && labels[0].span == Span::new(0, 0);
    alone.then(|| "this is about the file as a whole".to_owned())
}

/// The whole lines of `range`, and [`CONTEXT`] lines on either side.
fn around(text: &str, range: Range<usize>) -> Range<usize> {
    let before = text[..range.start].rmatch_indices('\n').nth(CONTEXT);
    let after = text[range.end..].match_indices('\n').nth(CONTEXT);
    // The end of the last line begins no line that is worth a number.
    let end = text.strip_suffix('\n').map_or(text.len(), str::len);
    let last = after.map_or(end.max(range.end), |(at, _)| range.end + at);
    before.map_or(0, |(at, _)| at + 1)..last
}

/// Copies `area`, and notes for each offset in `ends` where it went.
fn copy(
    text: &str,
    area: Range<usize>,
    (width, cut): (usize, &str),
    ends: &mut BTreeMap<usize, usize>,
) -> String {
    let mut copy = String::new();
    let mut start = area.start;
    loop {
        let line = &text[start..area.end];
        let line = line.split_once('\n').map_or(line, |(line, _)| line);
        let stop = start + line.len();
        let here: Vec<usize> = ends.range(start..=stop).map(|(at, _)| *at).collect();
        let kept = kept(text, start..stop, width, &here);
        let mut done = start;
        for piece in kept {
            if piece.start > done {
                copy.push_str(cut);
            }
            copy_piece(text, piece.clone(), &mut copy, ends);
            done = piece.end;
        }
        if done < stop {
            copy.push_str(cut);
        }
        if stop >= area.end {
            break;
        }
        copy.push('\n');
        start = stop + 1;
    }
    copy
}

fn copy_piece(
    text: &str,
    piece: Range<usize>,
    copy: &mut String,
    ends: &mut BTreeMap<usize, usize>,
) {
    let characters = text[piece.clone()].char_indices();
    for (at, character) in characters {
        let at = piece.start + at;
        ends.entry(at).and_modify(|there| *there = copy.len());
        match character {
            // The excerpt draws tabs itself, and a line's end is no part of the line.
            '\t' => copy.push('\t'),
            '\r' if text[at + 1..].starts_with('\n') => {}
            _ => push(copy, character),
        }
    }
    ends.entry(piece.end)
        .and_modify(|there| *there = copy.len());
}

/// The pieces of a line that are shown: all of it, or what stands around the places in it.
fn kept(text: &str, line: Range<usize>, width: usize, ends: &[usize]) -> Vec<Range<usize>> {
    if text[line.clone()].chars().nth(width).is_none() {
        return vec![line];
    }
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let beginning = [line.start];
    let centres = if ends.is_empty() { &beginning } else { ends };
    for centre in centres {
        let before = text[line.start..*centre].char_indices().rev();
        let after = text[*centre..line.end].char_indices();
        let from = before
            .take(AROUND)
            .last()
            .map_or(*centre, |(at, _)| line.start + at);
        let to = after
            .map(|(at, _)| centre + at)
            .nth(AROUND)
            .unwrap_or(line.end);
        match pieces.last_mut() {
            Some(last) if from <= last.end => last.end = to,
            _ => pieces.push(from..to),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, spans: &[(usize, usize)]) -> (String, Vec<String>) {
        let file = SourceFile::decode("f", text.as_bytes()).expect("is text");
        let labels: Vec<_> = spans
            .iter()
            .map(|(start, end)| LabelReport {
                span: Span::new(*start, *end),
                start: file.position(u32::try_from(*start).expect("is small")),
                end: file.position(u32::try_from(*end).expect("is small")),
                message: String::new(),
            })
            .collect();
        let excerpt = Excerpt::new(&file, &labels, 60, "…");
        let marked = excerpt.places.iter();
        let marked = marked.map(|place| excerpt.text[place.range.clone()].to_owned());
        (excerpt.text.clone(), marked.collect())
    }

    #[test]
    fn a_place_has_one_line_around_it() {
        let (text, marked) = excerpt("one\r\ntwo\r\nthree\r\nfour\r\n", &[(5, 8)]);
        assert_eq!(text, "one\ntwo\nthree");
        assert_eq!(marked, ["two"]);
    }

    #[test]
    fn hidden_characters_are_spelled_and_places_move_with_them() {
        let (text, marked) = excerpt("a\u{1b}[0m\rb\u{202e}c", &[(1, 2), (10, 11)]);
        assert_eq!(text, r"a\u{1b}[0m\rb\u{202e}c");
        assert_eq!(marked, [r"\u{1b}", "c"]);
    }

    #[test]
    fn a_long_line_is_cut_around_its_places() {
        let text = format!("<{}>x<{}>", "é".repeat(100), "b".repeat(100));
        let (text, marked) = excerpt(&text, &[(202, 203)]);
        assert_eq!(text, format!("…{}>x<{}…", "é".repeat(23), "b".repeat(23)));
        assert_eq!(marked, ["x"]);
    }

    #[test]
    fn a_place_of_many_lines_is_shown_by_its_first() {
        let (text, marked) = excerpt("<sso>\n1\n2\n3\n4\n</sso>\n", &[(0, 21)]);
        assert_eq!(text, "<sso>\n1");
        assert_eq!(marked, ["<sso>"]);
    }

    #[test]
    fn a_place_outside_the_text_is_its_end() {
        let (text, marked) = excerpt("one\ntwo\n", &[(8, 8), (90, 99)]);
        assert_eq!(text, "two\n ");
        assert_eq!(marked, ["", ""]);
        // Three bytes into a character of two: its end.
        assert_eq!(excerpt("éé", &[(1, 3)]).1, ["éé"]);
    }
}
