//! The XML declaration: version, encoding and standalone, in that order (XML 1.0, section 2.8).

use std::ops::Range;

use crate::finding::Finding;
use crate::source::Span;
use crate::update::codes::Rule;
use crate::update::names;
use crate::update::shown;

use super::scan::is_blank;
use super::tree::Tree;

/// What a declaration may hold, in the order in which it must.
const NAMES: [&str; 3] = ["version", "encoding", "standalone"];

/// The version that every reader of XML knows; .NET and MSXML know no other.
const VERSION: &str = "1.0";

const OPEN: &str = "<?xml";
const CLOSE: &str = "?>";

/// How a part of a declaration is written, where that is wrong.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Right,
    NoValue,
    NoEquals,
    NoQuotes,
    OtherQuote,
    NeverClosed,
}

/// A part, `name="value"`; its places are offsets into the declaration.
struct Part {
    whole: Range<usize>,
    name: Range<usize>,
    /// The value without its quotes.
    value: Range<usize>,
    form: Form,
    /// Where the blanks before it begin.
    from: usize,
}

impl Part {
    /// The part with the blanks before it, which go with it.
    fn with_blanks(&self) -> Range<usize> {
        self.from..self.whole.end
    }
}

impl Tree<'_> {
    /// Reads a declaration, and reports each part of it that a reader of XML refuses.
    pub(super) fn declaration(&mut self, range: &Range<usize>) {
        let text = &self.view.text()[range.clone()];
        let body = OPEN.len()..text.len() - CLOSE.len();
        let parts = parts(text, body);
        let place =
            |at: &Range<usize>| self.view.span(range.start + at.start..range.start + at.end);
        let mut findings = Vec::new();
        let mut known: Vec<(usize, &Part)> = Vec::new();
        for part in &parts {
            let name = &text[part.name.clone()];
            let taken = |index: usize| known.iter().any(|(other, _)| *other == index);
            let meant = meant(name).filter(|index| NAMES[*index] == name || !taken(*index));
            let Some(index) = meant else {
                findings.push(foreign(text, part, &place));
                continue;
            };
            findings.extend(form(text, part, &place));
            if NAMES[index] != name {
                let message = format!("`{}` is written `{}`", shown(name), NAMES[index]);
                let at = place(&part.name);
                findings.push(wrong(at, message).fix(
                    format!("write {}", NAMES[index]),
                    at,
                    NAMES[index],
                ));
            }
            if let Some((_, first)) = known.iter().find(|(other, _)| *other == index) {
                findings.push(twice(text, first, part, &place));
                continue;
            }
            known.push((index, part));
            if part.form != Form::NoValue {
                findings.extend(value(index, text, part, &place));
            }
            if NAMES[index] == "encoding" && !part.value.is_empty() {
                let declared = text[part.value.clone()].to_owned();
                self.encoding = Some((declared, place(&part.value)));
            }
        }
        if !known.iter().any(|(index, _)| *index == 0) {
            let at = place(&(0..OPEN.len()));
            let behind = Span {
                start: at.end,
                end: at.end,
            };
            let finding = wrong(at, "the XML declaration has no version".to_owned());
            findings.push(finding.fix("write the version", behind, " version=\"1.0\""));
        }
        if let Some([early, late]) = known.windows(2).find(|pair| pair[0].0 > pair[1].0) {
            let (first, second) = (NAMES[early.0], NAMES[late.0]);
            let message = format!("`{first}` stands before `{second}`");
            let mut texts: Vec<_> = known
                .iter()
                .map(|(index, part)| (*index, self.file.slice(place(&part.whole))))
                .collect();
            texts.sort_by_key(|(index, _)| *index);
            let texts: Vec<_> = texts.into_iter().map(|(_, text)| text).collect();
            let whole = known[0].1.whole.start..known[known.len() - 1].1.whole.end;
            let mut finding = wrong(place(&early.1.whole), message)
                .label(place(&late.1.whole), "belongs before it");
            // What else stands between them would be lost.
            finding = if known.len() == parts.len() {
                finding.fix(
                    format!("write {second} before {first}"),
                    place(&whole),
                    texts.join(" "),
                )
            } else {
                finding.help("the order is version, encoding, standalone")
            };
            findings.push(finding);
        }
        for finding in findings {
            self.findings.push(finding);
        }
    }
}

/// The finding that a part of a declaration is wrong.
fn wrong(at: Span, message: String) -> Finding {
    Rule::XmlNotWellFormed.at(at, message)
}

/// Which of the names is meant, whatever its case and for a slip or two.
fn meant(name: &str) -> Option<usize> {
    let same = NAMES
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name));
    same.or_else(|| NAMES.iter().position(|known| names::misspells(name, known)))
}

/// What is wrong with how a part is written.
fn form(text: &str, part: &Part, place: &impl Fn(&Range<usize>) -> Span) -> Option<Finding> {
    let name = shown(&text[part.name.clone()]);
    let (name_at, whole) = (place(&part.name), place(&part.whole));
    let value = place(&part.value);
    let quoted = format!("\"{}\"", text[part.value.clone()].replace('"', ""));
    let behind_name = place(&(part.name.end..part.whole.end));
    let finding = match part.form {
        Form::Right if part.from < part.whole.start => return None,
        Form::Right => {
            let before = Span {
                start: whole.start,
                end: whole.start,
            };
            let finding = wrong(name_at, format!("a blank is missing before `{name}`"));
            finding.fix("write a blank", before, " ")
        }
        Form::NoValue if name.eq_ignore_ascii_case(NAMES[0]) => {
            let finding = wrong(name_at, format!("`{name}` has no value"));
            finding.fix("write the version", behind_name, format!("=\"{VERSION}\""))
        }
        Form::NoValue => {
            let finding = wrong(name_at, format!("`{name}` has no value"));
            finding.fix(format!("delete {name}"), place(&part.with_blanks()), "")
        }
        Form::NoEquals => {
            let finding = wrong(name_at, format!("`{name}` has no `=` before its value"));
            finding.fix("write `=`", behind_name, format!("={quoted}"))
        }
        Form::NoQuotes => {
            let finding = wrong(value, format!("the value of `{name}` is not in quotes"));
            finding.fix("write quotes", behind_name, format!("={quoted}"))
        }
        Form::OtherQuote => {
            let finding = wrong(
                value,
                format!("the value of `{name}` begins and ends with different quotes"),
            );
            finding.fix("write the same quote", behind_name, format!("={quoted}"))
        }
        Form::NeverClosed => {
            let finding = wrong(
                value,
                format!("the quote before the value of `{name}` is never closed"),
            );
            finding.fix("close the quote", behind_name, format!("={quoted}"))
        }
    };
    Some(finding)
}

/// A part that no declaration has.
fn foreign(text: &str, part: &Part, place: &impl Fn(&Range<usize>) -> Span) -> Finding {
    let name = if part.name.is_empty() {
        &part.whole
    } else {
        &part.name
    };
    let message = format!("an XML declaration has no `{}`", shown(&text[name.clone()]));
    let whole = place(&part.whole);
    wrong(whole, message)
        .help("it has version, encoding and standalone")
        .fix("delete it", place(&part.with_blanks()), "")
}

/// A part that is given a second time.
fn twice(text: &str, first: &Part, part: &Part, place: &impl Fn(&Range<usize>) -> Span) -> Finding {
    let name = shown(&text[part.name.clone()]);
    let whole = place(&part.whole);
    let finding =
        wrong(whole, format!("`{name}` is given twice")).label(place(&first.whole), "given here");
    if text[first.value.clone()] == text[part.value.clone()] {
        finding.fix(
            "delete the second, which says the same",
            place(&part.with_blanks()),
            "",
        )
    } else {
        finding.help("delete one of them")
    }
}

/// What is wrong with the value of a part. What an encoding is called is looked up later.
fn value(
    index: usize,
    text: &str,
    part: &Part,
    place: &impl Fn(&Range<usize>) -> Span,
) -> Option<Finding> {
    let (value, at) = (&text[part.value.clone()], place(&part.value));
    let whole = place(&part.whole);
    match NAMES[index] {
        "version" if value != VERSION => {
            let message = format!(
                "the file declares XML “{}”, and its readers know {VERSION} alone",
                shown(value)
            );
            let finding = wrong(if value.is_empty() { whole } else { at }, message);
            Some(
                finding
                    .help(".NET and MSXML refuse every other version")
                    .fix(format!("write {VERSION}"), at, VERSION),
            )
        }
        "encoding" if value.is_empty() => Some(wrong(whole, "`encoding` is empty".to_owned()).fix(
            "delete it",
            place(&part.with_blanks()),
            "",
        )),
        "standalone" if !matches!(value, "yes" | "no") => {
            let message = format!("`standalone` is `yes` or `no`, not “{}”", shown(value));
            let word = match value.trim().to_ascii_lowercase().as_str() {
                "yes" | "true" | "1" => Some("yes"),
                "no" | "false" | "0" => Some("no"),
                _ => None,
            };
            let finding = wrong(if value.is_empty() { whole } else { at }, message);
            Some(match word {
                Some(word) => finding.fix(format!("write {word}"), at, word),
                // It is about document types, and an update file has none.
                None => finding.fix(
                    "delete it: it says nothing about a file without a document type",
                    place(&part.with_blanks()),
                    "",
                ),
            })
        }
        _ => None,
    }
}

/// The parts of a declaration's body.
fn parts(text: &str, body: Range<usize>) -> Vec<Part> {
    let end = body.end;
    let blanks =
        |at: usize| at + text[at..end].len() - text[at..end].trim_start_matches(is_blank).len();
    let until =
        |at: usize, stops: &dyn Fn(char) -> bool| text[at..end].find(stops).map_or(end, |n| at + n);
    let mut parts = Vec::new();
    let mut at = body.start;
    loop {
        let start = blanks(at);
        if start == end {
            return parts;
        }
        let from = at;
        let name = start..until(start, &|c| {
            is_blank(c) || matches!(c, '=' | '"' | '\'' | '`')
        });
        if name.is_empty() || !text[name.clone()].starts_with(super::scan::is_name_start) {
            at = until(start, &is_blank);
            parts.push(Part {
                whole: start..at,
                name: start..start,
                value: at..at,
                form: Form::Right,
                from,
            });
            continue;
        }
        let behind = blanks(name.end);
        let equals = text[behind..end].starts_with('=');
        let first = if equals { blanks(behind + 1) } else { behind };
        let quote = text[first..end]
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''));
        let (value, form, next) = match quote {
            Some(quote) => {
                let inner = first + 1;
                let other = if quote == '"' { '\'' } else { '"' };
                let close = text[inner..end].find(quote).map(|n| inner + n);
                let crossed = text[inner..close.unwrap_or(end)]
                    .find(other)
                    .map(|n| inner + n);
                match (crossed, close) {
                    (Some(crossed), _) => (inner..crossed, Form::OtherQuote, crossed + 1),
                    (None, Some(close)) => (inner..close, Form::Right, close + 1),
                    (None, None) => {
                        let stop = until(inner, &is_blank);
                        (inner..stop, Form::NeverClosed, stop)
                    }
                }
            }
            None if equals => {
                let stop = until(first, &is_blank);
                let mark = |c: char| matches!(c, '`' | '´' | '"' | '\'');
                let bare = text[first..stop].trim_matches(mark);
                let start = first + text[first..stop].find(bare).unwrap_or_default();
                (start..start + bare.len(), Form::NoQuotes, stop)
            }
            None => (name.end..name.end, Form::NoValue, name.end),
        };
        let form = match form {
            Form::Right if !equals => Form::NoEquals,
            Form::NoQuotes if value.is_empty() => Form::NoValue,
            form => form,
        };
        at = next;
        parts.push(Part {
            whole: start..next,
            name,
            value,
            form,
            from,
        });
    }
}
