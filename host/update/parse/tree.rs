//! Reads the events of a mended view into a tree of elements.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::source::{SourceFile, Span};
use crate::update::codes::Rule;
use crate::update::findings::Findings;
use crate::update::shown;

use super::mapped::Mapped;
use super::scan::{Mended, is_blank, is_xml_character};
use super::{Aside, Attribute, Document, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, Node};

/// What to do about an attribute that breaks XML.
const ATTRIBUTE_HELP: &str = "delete it: update files need no attributes";

/// Reads a mended text.
pub(super) fn read(file: &SourceFile, mended: &Mended, findings: &mut Findings) -> Document {
    let view = &mended.view;
    let mut tree = Tree {
        file,
        view,
        cut_off: mended.cut_off,
        findings,
        stack: Vec::new(),
        root: None,
        encoding: None,
        elements: 0,
        cut_short: false,
    };
    let mut reader = Reader::from_str(view.text());
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    while !tree.cut_short {
        let start = position(&reader);
        let event = reader.read_event();
        let range = start..position(&reader);
        match event {
            Ok(Event::Eof) => break,
            Ok(event) => tree.event(&event, range),
            Err(problem) => tree.unreadable(&problem, range),
        }
    }
    tree.finish()
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// A tree that grows.
pub(super) struct Tree<'a> {
    pub(super) file: &'a SourceFile,
    pub(super) view: &'a Mapped,
    /// A tag that the text ends in.
    pub(super) cut_off: Option<Span>,
    pub(super) findings: &'a mut Findings,
    /// The elements that are open, the outermost first.
    pub(super) stack: Vec<Node>,
    root: Option<Node>,
    pub(super) encoding: Option<(String, Span)>,
    elements: usize,
    cut_short: bool,
}

impl Tree<'_> {
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, &range, false),
            Event::Empty(tag) => self.start(tag, &range, true),
            Event::End(_) => self.end(&range),
            Event::Text(_) => self.text(range.clone(), range),
            Event::CData(_) => {
                if let Some(top) = self.stack.last_mut() {
                    top.has_section = true;
                }
                let inner = range.start + "<![CDATA[".len()..range.end - "]]>".len();
                self.text(inner, range);
            }
            Event::GeneralRef(reference) => self.reference(reference, range),
            Event::Decl(_) => self.declaration(&range),
            Event::Comment(_) => self.aside(&range, Aside::Comment),
            Event::PI(_) => self.aside(&range, Aside::Instruction),
            Event::DocType(_) | Event::Eof => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, range: &Range<usize>, empty: bool) {
        let open = self.view.span(range.clone());
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            self.limit(open, &format!("more than {MAX_ELEMENTS} elements"));
            return;
        }
        if self.stack.len() >= MAX_DEPTH {
            self.limit(open, &format!("elements nested more than {MAX_DEPTH} deep"));
            return;
        }
        let name = tag.name();
        let name: &str = name.as_ref();
        let name_range = range.start + 1..range.start + 1 + name.len();
        let mut node = Node {
            name: name.to_owned(),
            name_span: self.view.span(name_range.clone()),
            open,
            close_name: None,
            span: open,
            attributes: Vec::new(),
            children: Vec::new(),
            text: Mapped::default(),
            unreadable: false,
            has_section: false,
            asides: Vec::new(),
            name_reported: false,
        };
        node.attributes = self.attributes(tag, name_range.start);
        if !is_name(name) {
            let message = format!("{} is no name of an element", shown(name));
            let finding = Rule::XmlNotWellFormed.at(node.name_span, message);
            self.findings
                .push(finding.help("a `<` in a value is written `&lt;`"));
        }
        if self.closes_instead(&node, empty) {
            return;
        }
        if self.stack.is_empty() && self.root.is_some() {
            let message = format!(
                "<{}> stands after the end of the file's one element",
                shown(name)
            );
            let finding = Rule::XmlNotWellFormed.at(node.name_span, message);
            self.findings
                .push(finding.help("a file has one outermost element; delete the other"));
        }
        self.stack.push(node);
        if empty {
            self.close(open, None);
        }
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, tag_start: usize) -> Vec<Attribute> {
        let mut found = Vec::new();
        for (index, attribute) in tag.attributes().enumerate() {
            if index == MAX_ATTRIBUTES {
                let name = tag.name();
                let name: &str = name.as_ref();
                let span = self.view.span(tag_start..tag_start + name.len());
                let message = format!(
                    "<{}> has more than {MAX_ATTRIBUTES} attributes",
                    shown(name)
                );
                let finding = Rule::LimitExceeded.at(span, message);
                self.findings
                    .push(finding.help("update files need no attributes: delete them"));
                // Which of them are not known is of no interest any more.
                return Vec::new();
            }
            match attribute {
                Ok(attribute) => {
                    let name: &str = attribute.key.as_ref();
                    let at = tag_start + offset_in(tag, name);
                    let span = self.view.span(at..at + name.len());
                    if !is_name(name) {
                        let message = format!("{} is no name of an attribute", shown(name));
                        let finding = Rule::XmlNotWellFormed.at(span, message);
                        self.findings.push(finding.help(ATTRIBUTE_HELP));
                    }
                    found.push(Attribute {
                        name: name.to_owned(),
                        span,
                        value: attribute.value.to_string(),
                    });
                }
                Err(problem) => self.attribute_problem(tag_start, &problem),
            }
        }
        found
    }

    /// An attribute that breaks XML.
    fn attribute_problem(&mut self, tag_start: usize, problem: &AttrError) {
        let (at, message) = match problem {
            AttrError::ExpectedEq(at) => (*at, "an attribute has no value"),
            AttrError::ExpectedValue(at) => (*at, "an attribute has no value after `=`"),
            AttrError::UnquotedValue(at) => (*at, "an attribute's value is not in quotes"),
            AttrError::ExpectedQuote(at, _) => (*at, "an attribute's value is not closed"),
            AttrError::Duplicated(at, _) => (*at, "an attribute is given twice"),
        };
        let at = self.boundary(tag_start + at);
        let text = self.view.text();
        let ends = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\'');
        let place = if matches!(
            problem,
            AttrError::ExpectedEq(_) | AttrError::ExpectedValue(_)
        ) {
            // What is missing is missing behind the name.
            let name = text[..at].trim_end_matches(|c: char| c.is_whitespace() || c == '=');
            name.len() - name.rsplit(ends).next().map_or(0, str::len)..name.len()
        } else {
            at..text[at..].find(ends).map_or(text.len(), |n| at + n)
        };
        let finding = Rule::XmlNotWellFormed.at(self.view.span(place), message);
        self.findings.push(finding.help(ATTRIBUTE_HELP));
    }

    fn end(&mut self, range: &Range<usize>) {
        let body = &self.view.text()[range.start + 2..range.end - 1];
        let name = body.trim_end();
        let name_range = range.start + 2..range.start + 2 + name.len();
        let name_span = self.view.span(name_range);
        self.ends(name, name_span, self.view.span(range.clone()));
    }

    /// A comment or an instruction, which is no part of the text that it stands in.
    fn aside(&mut self, range: &Range<usize>, kind: Aside) {
        let span = self.view.span(range.clone());
        if let Some(top) = self.stack.last_mut() {
            top.asides.push((kind, span));
        }
    }

    /// Text, and the range that it stands in with its markup.
    fn text(&mut self, inner: Range<usize>, range: Range<usize>) {
        if let Some(top) = self.stack.last_mut() {
            top.text.append(self.view, inner);
            return;
        }
        let text = &self.view.text()[range.clone()];
        let trimmed = text.trim_matches(is_blank);
        if trimmed.is_empty() {
            return;
        }
        let start = range.start + text.len() - text.trim_start_matches(is_blank).len();
        let span = self.view.span(start..start + trimmed.len());
        let message = "text stands outside the file's one element";
        let finding = Rule::XmlNotWellFormed.at(span, message);
        let invisible = trimmed.chars().all(char::is_whitespace);
        self.findings.push(if invisible {
            finding.fix("delete the invisible characters", span, "")
        } else {
            finding.help("delete it")
        });
    }

    /// `&name;` or `&#number;`: only what XML itself defines is resolved.
    fn reference(&mut self, reference: &BytesRef<'_>, range: Range<usize>) {
        let name: &str = reference;
        let resolved = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => reference
                .resolve_char_ref()
                .ok()
                .flatten()
                .filter(|c| is_xml_character(*c)),
        };
        let origin = self.view.span(range.clone());
        if let (Some(c), Some(top)) = (resolved, self.stack.last_mut()) {
            top.text.put(c.encode_utf8(&mut [0; 4]), origin.range());
            return;
        }
        if let Some(top) = self.stack.last_mut() {
            top.unreadable = true;
        }
        let finding = if resolved.is_some() {
            Rule::XmlNotWellFormed
                .at(origin, "text stands outside the file's one element")
                .help("delete it")
        } else if reference.is_char_ref() {
            let message = format!("&{}; is no character that XML knows", shown(name));
            Rule::XmlNotWellFormed
                .at(origin, message)
                .help("write the character itself, or delete it")
        } else {
            let message = format!("&{}; is no entity that XML itself defines", shown(name));
            Rule::DoctypeOrEntity
                .at(origin, message)
                .help("write the text that it stands for; an `&` itself is written `&amp;`")
        };
        self.findings.push(finding);
    }

    /// Closes the innermost open element.
    pub(super) fn close(&mut self, tag: Span, name: Option<Span>) {
        let Some(mut node) = self.stack.pop() else {
            return;
        };
        node.close_name = name;
        node.span = Span {
            start: node.open.start,
            end: tag.end.max(node.open.end),
        };
        if let Some(parent) = self.stack.last_mut() {
            parent
                .text
                .put("\n", node.open.range().start..node.open.range().start);
            parent.children.push(node);
        } else if self.root.is_none() {
            self.root = Some(node);
        }
    }

    fn limit(&mut self, span: Span, what: &str) {
        let message = format!("the file has {what}, and is not read any further");
        let finding = Rule::LimitExceeded.at(span, message);
        self.findings.push(finding.help(
            "an update file has at most ten elements, three levels deep: is this the right file?",
        ));
        self.cut_short = true;
    }

    /// What the mended view should have made impossible; nothing after it is read.
    fn unreadable(&mut self, problem: &quick_xml::Error, range: Range<usize>) {
        let at = self.boundary(range.start);
        let span = self.view.span(at..at);
        let finding = Rule::XmlNotWellFormed.at(span, format!("the text is not XML: {problem}"));
        self.findings
            .push(finding.help("mend the place that is shown, and check again"));
        self.cut_short = true;
    }

    /// The character boundary at or before an offset into the view.
    fn boundary(&self, at: usize) -> usize {
        self.view.text().floor_char_boundary(at)
    }

    fn finish(mut self) -> Document {
        if !self.cut_short {
            self.ends_early();
        }
        while let Some(top) = self.stack.last() {
            let end = Span {
                start: top.open.end,
                end: top.open.end,
            };
            let end = top.children.last().map_or(end, |child| child.span);
            self.close(end, None);
        }
        Document {
            root: self.root,
            encoding: self.encoding,
            cut_short: self.cut_short,
        }
    }
}

/// Whether a text is an XML name.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(super::scan::is_name_start) && name.chars().all(super::scan::is_name)
}

/// Where a part of a tag begins, counted from the tag's name.
fn offset_in(tag: &BytesStart<'_>, part: &str) -> usize {
    let whole: &str = tag;
    part.as_ptr().addr() - whole.as_ptr().addr()
}
