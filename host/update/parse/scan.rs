//! Finds what breaks XML in a raw text and mends it in a view of the text.

use std::ops::Range;

use crate::finding::{Edit, Finding, Fix, Label};
use crate::source::Span;
use crate::update::codes::Rule;
use crate::update::findings::Findings;
use crate::update::shown;

use super::mapped::Mapped;

/// The most places that one finding shows.
const MAX_LABELS: usize = 8;

/// Dashes that are taken for a hyphen: ‐ ‑ ‒ – — ― −.
pub(crate) const DASHES: [char; 7] = [
    '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}',
];

/// A text in which everything that breaks XML below the level of elements is mended.
pub(super) struct Mended {
    /// The mended text.
    pub(super) view: Mapped,
    /// A tag that the text ends in; the view has nothing in its place.
    pub(super) cut_off: Option<Span>,
}

/// Mends a text, and reports what it mends but for a tag that the text ends in.
pub(super) fn mended(text: &str, findings: &mut Findings) -> Mended {
    let mut scan = Scan {
        text,
        copied: 0,
        view: Mapped::default(),
        findings,
        markers: Vec::new(),
        ends: [None; 3],
        cut_off: None,
    };
    scan.forbidden_characters();
    let mut at = 0;
    while let Some(offset) = text[at..].find('<') {
        let markup = at + offset;
        scan.characters(at..markup);
        at = scan.markup(markup);
    }
    scan.characters(at..text.len());
    scan.tree_view_markers();
    scan.view.copy(text, scan.copied..text.len());
    Mended {
        view: scan.view,
        cut_off: scan.cut_off,
    }
}

/// A text that is being walked over.
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    /// How much of the text the view stands for already.
    copied: usize,
    view: Mapped,
    pub(super) findings: &'a mut Findings,
    markers: Vec<Span>,
    /// Where the next `-->`, `]]>` and `?>` were found, so that each is looked for once.
    ends: [Option<(&'static str, Option<usize>)>; 3],
    /// A tag that the text ends in.
    pub(super) cut_off: Option<Span>,
}

impl Scan<'_> {
    /// Puts a text into the view in place of a part of the source.
    pub(super) fn replace(&mut self, range: Range<usize>, with: &str) {
        self.view.copy(self.text, self.copied..range.start);
        self.copied = range.end;
        self.view.put(with, range);
    }

    /// Walks over markup that begins at `at` and returns where the walk goes on.
    fn markup(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let after = rest[1..].chars().next();
        if let Some(body) = rest.strip_prefix("<!") {
            if rest.starts_with("<!--") || body.starts_with(is_dash) {
                return self.comment(at);
            }
            if rest.starts_with("<![CDATA[") {
                return self.character_data(at);
            }
            return self.declaration(at);
        }
        match after {
            Some('?') => self.instruction(at),
            Some('/') => self.end_tag(at),
            Some(c) if is_name_start(c) => self.start_tag(at),
            _ => self.stray_bracket(at),
        }
    }

    /// The next place of a closing delimiter, at or after `from`. Linear over the whole text.
    pub(super) fn next(
        &mut self,
        slot: usize,
        delimiter: &'static str,
        from: usize,
    ) -> Option<usize> {
        let known = match self.ends[slot] {
            Some((_, None)) => return None,
            Some((_, Some(at))) if at >= from => Some(at),
            _ => self.text[from..].find(delimiter).map(|at| from + at),
        };
        self.ends[slot] = Some((delimiter, known));
        known
    }

    fn character_data(&mut self, at: usize) -> usize {
        const OPEN: usize = "<![CDATA[".len();
        if let Some(end) = self.next(1, "]]>", at + OPEN) {
            return end + 3;
        }
        let finding = ill_formed(at..at + OPEN, "this CDATA section is never closed");
        self.findings
            .push(finding.help("close it with `]]>`, or delete `<![CDATA[`"));
        self.replace(at..at + OPEN, "");
        at + OPEN
    }

    /// `<!DOCTYPE …>` and other declarations, none of which an update file has.
    fn declaration(&mut self, at: usize) -> usize {
        let text = self.text;
        let keyword: String = text[at + 2..]
            .chars()
            .take(8)
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let known = ["DOCTYPE", "ENTITY", "ELEMENT", "ATTLIST", "NOTATION"];
        let known = known.iter().any(|k| k.eq_ignore_ascii_case(&keyword));
        let end = declaration_end(text, at);
        self.replace(at..end, "");
        let name = at..at + 2 + keyword.len();
        let finding = if known {
            let message = format!("an update file has no {keyword}");
            Rule::DoctypeOrEntity
                .at(Span::new(name.start, name.end), message)
                .help("delete the declaration; where the file uses an entity of it, write the text itself")
        } else {
            ill_formed(name, "no markup begins like this")
                .help("a comment begins with `<!--`; a `<` in a value is written `&lt;`")
        };
        self.findings.push(finding);
        end
    }

    /// The XML declaration or a processing instruction.
    fn instruction(&mut self, at: usize) -> usize {
        let text = self.text;
        let gap = text[at + 2..].len() - text[at + 2..].trim_start_matches(is_blank).len();
        let start = at + 2 + gap;
        let target: String = text[start..]
            .chars()
            .take(64)
            .take_while(|c| is_name(*c))
            .collect();
        let declares = target.eq_ignore_ascii_case("xml");
        let bracket = declares.then(|| unended(text, start)).flatten();
        let Some(close) = bracket.or_else(|| self.next(2, "?>", at + 2)) else {
            let end = text[at..].find(['\r', '\n']);
            let end = end.map_or(text.len(), |n| at + n);
            let finding = ill_formed(at..at + 2, "`<?` is never closed");
            self.findings.push(finding.help("close it with `?>`"));
            self.replace(at..end, "");
            return end;
        };
        let end = close + if bracket.is_some() { 1 } else { 2 };
        let rest = &text[(start + target.len()).min(close)..close];
        if !declares && gap > 0
            || !(rest.is_empty() || rest.starts_with(is_blank))
            || !target.starts_with(is_name_start)
        {
            let name = at..start + target.len();
            let message = "this is neither an XML declaration nor an instruction";
            let finding = ill_formed(name, message);
            self.findings
                .push(finding.help("write `<?xml version=\"1.0\"?>`, or delete it"));
            self.replace(at..end, "");
        } else if declares && at > 0 {
            let mut finding = ill_formed(
                at..end,
                "the XML declaration must be the very first thing in the file",
            );
            if text[..at].trim().is_empty() {
                finding = finding.fix("delete what stands before it", Span::new(0, at), "");
            }
            self.findings
                .push(finding.help("move it to the start, or delete it"));
            self.replace(at..end, "");
        } else if declares {
            self.declaration_begins(at, start..start + target.len());
            self.quotes(start..close);
            if bracket.is_some() {
                let finding = ill_formed(close..end, "the XML declaration ends with `?>`");
                let before = Span::new(close, close);
                self.findings.push(finding.fix("write `?>`", before, "?"));
                self.replace(close..close, "?");
            }
        }
        end
    }

    /// How a declaration begins: `<?xml`, without a blank and in lower case.
    fn declaration_begins(&mut self, at: usize, name: Range<usize>) {
        if name.start > at + 2 {
            let span = Span::new(at + 2, name.start);
            let finding = ill_formed(at..name.end, "a blank stands after `<?`");
            self.findings
                .push(finding.fix("delete the blank", span, ""));
            self.replace(at + 2..name.start, "");
        }
        let written = &self.text[name.clone()];
        if written != "xml" {
            let span = Span::new(name.start, name.end);
            let finding = ill_formed(name.clone(), &format!("`{written}` is written `xml`"));
            self.findings.push(finding.fix("write xml", span, "xml"));
            self.replace(name, "xml");
        }
    }

    /// A `<` that begins no markup; a blank after it may be one too many.
    fn stray_bracket(&mut self, at: usize) -> usize {
        let rest = &self.text[at + 1..];
        let word = rest.trim_start();
        let blank = rest.len() - word.len();
        let name: String = word
            .trim_start_matches('/')
            .chars()
            .take(64)
            .take_while(|c| is_name(*c))
            .collect();
        if blank > 0 && super::super::names::documented(&name).is_some() {
            let gap = at + 1..at + 1 + blank;
            let span = Span::new(gap.start, gap.end);
            let finding = ill_formed(at..at + 1 + blank + name.len(), "a blank stands after `<`")
                .fix("delete the blank", span, "");
            self.findings.push(finding);
            self.replace(gap.clone(), "");
            return if word.starts_with('/') {
                self.end_tag_from(at, gap.end)
            } else {
                self.start_tag_from(at, gap.end)
            };
        }
        let span = Span::new(at, at + 1);
        let finding =
            ill_formed(at..at + 1, "this `<` begins no tag").fix("write `&lt;`", span, "&lt;");
        self.findings.push(finding);
        self.replace(at..at + 1, "&lt;");
        at + 1
    }

    /// Text between markup.
    fn characters(&mut self, range: Range<usize>) {
        let chunk = &self.text[range.clone()];
        self.marker(&range);
        self.ampersands(range.clone());
        for (offset, found) in chunk.match_indices("]]>") {
            let at = range.start + offset;
            let span = Span::new(at + 2, at + 3);
            let finding = ill_formed(at..at + found.len(), "`]]>` may not stand in a text").fix(
                "write `]]&gt;`",
                span,
                "&gt;",
            );
            self.findings.push(finding);
        }
    }

    /// Mends every `&` that begins no reference, and drops what was reported as forbidden.
    pub(super) fn ampersands(&mut self, range: Range<usize>) {
        let wrong = |c: char| c == '&' || !is_xml_character(c);
        for (offset, found) in self.text[range.clone()].match_indices(wrong) {
            let at = range.start + offset;
            if found != "&" {
                self.replace(at..at + found.len(), "");
            } else if !begins_reference(&self.text[at + 1..range.end]) {
                let span = Span::new(at, at + 1);
                let finding = ill_formed(at..at + 1, "an `&` is written `&amp;`").fix(
                    "write `&amp;`",
                    span,
                    "&amp;",
                );
                self.findings.push(finding);
                self.replace(at..at + 1, "&amp;");
            }
        }
    }

    /// Notes a `- ` that a browser's tree view put before a tag.
    fn marker(&mut self, range: &Range<usize>) {
        let chunk = &self.text[range.clone()];
        let trimmed = chunk.trim();
        let mut characters = trimmed.chars();
        let (Some(sign), None) = (characters.next(), characters.next()) else {
            return;
        };
        let next = self.text[range.end..].strip_prefix('<');
        let before_tag =
            next.is_some_and(|rest| rest.starts_with(|c| is_name_start(c) || c == '!'));
        let at = range.start + chunk.find(sign).unwrap_or_default();
        let starts_line = range.start == 0 || self.text[range.start..at].contains('\n');
        if (sign == '+' || is_dash(sign)) && before_tag && starts_line {
            self.markers.push(Span::new(at, range.end));
            self.replace(at..range.end, "");
        }
    }

    /// One finding about all markers.
    fn tree_view_markers(&mut self) {
        let markers = std::mem::take(&mut self.markers);
        let Some(first) = markers.first() else {
            return;
        };
        let mut finding = Rule::TreeViewMarkers
            .at(*first, "these marks come from a browser's view of the file")
            .help("copy the file itself, not what a browser shows of it");
        let others = markers.iter().skip(1).take(MAX_LABELS - 1);
        finding.labels.extend(others.map(|span| Label {
            span: *span,
            message: String::new(),
        }));
        let edits = markers.iter().map(|span| Edit {
            span: *span,
            replacement: String::new(),
        });
        finding.fix = Some(Fix {
            title: "delete the marks".to_owned(),
            edits: edits.collect(),
        });
        self.findings.push(finding);
    }

    /// Characters that XML has no place for.
    fn forbidden_characters(&mut self) {
        let forbidden = |c: char| !is_xml_character(c);
        for (at, found) in self.text.match_indices(forbidden) {
            let message = format!("the character {} may not stand in XML", shown(found));
            let finding = ill_formed(at..at + found.len(), &message);
            self.findings
                .push(finding.help("delete it; it cannot be seen in most editors"));
        }
    }
}

/// The finding that the text is not XML.
pub(super) fn ill_formed(range: Range<usize>, message: &str) -> Finding {
    Rule::XmlNotWellFormed.at(Span::new(range.start, range.end), message)
}

/// Whether XML 1.0 has a place for the character.
pub(super) fn is_xml_character(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// White space as XML knows it.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether a name may begin with the character.
pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == ':'
}

/// Whether a name may hold the character.
pub(super) fn is_name(c: char) -> bool {
    is_name_start(c) || c.is_numeric() || matches!(c, '-' | '.' | '\u{B7}')
}

/// A hyphen or what an office program makes of it.
pub(in crate::update) fn is_dash(c: char) -> bool {
    c == '-' || DASHES.contains(&c)
}

/// Whether what follows an `&` makes it a reference.
fn begins_reference(rest: &str) -> bool {
    let name = rest.strip_prefix('#').unwrap_or(rest);
    let length: usize = name
        .chars()
        .take(64)
        .take_while(|c| is_name(*c))
        .map(char::len_utf8)
        .sum();
    length > 0 && name[length..].starts_with(';')
}

/// The `>` that ends an XML declaration without a `?` before it.
fn unended(text: &str, start: usize) -> Option<usize> {
    let stop = start + text[start..].find(['<', '>'])?;
    (text[stop..].starts_with('>') && !text[..stop].ends_with('?')).then_some(stop)
}

/// The end of a declaration that begins at `at`, an internal subset included.
fn declaration_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let Some(end) = rest.find('>') else {
        return text.len();
    };
    if !rest[..end].contains('[') {
        return at + end + 1;
    }
    rest.match_indices(']')
        .find_map(|(bracket, _)| {
            let after = &rest[bracket + 1..];
            let gap = after.len() - after.trim_start().len();
            after[gap..]
                .starts_with('>')
                .then_some(at + bracket + 1 + gap + 1)
        })
        .unwrap_or(text.len())
}
