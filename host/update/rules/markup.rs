//! What stands in and between the tags of an update file, and should not.

use crate::finding::Fix;
use crate::update::parse::{Attribute, Node};
use crate::update::{Rule, shown};

use super::numbers::is_unicode_dash;
use super::structure::{Structure, insert};

/// The most places that one finding shows.
const MAX_LABELS: usize = 4;

/// The prefix and the attributes by which a file may name its schema.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Structure<'_, '_> {
    pub(super) fn attributes(&mut self, node: &Node, root: bool) {
        let instance = |a: &Attribute| a.name == "xmlns:xsi" && a.value == SCHEMA_INSTANCE;
        let schema = node.attributes.iter().any(instance);
        let mut unknown = Vec::new();
        for attribute in &node.attributes {
            let name = shown(&attribute.name);
            let own = ["xsi:noNamespaceSchemaLocation", "xsi:schemaLocation"];
            if attribute.name == "xmlns" || attribute.name.starts_with("xmlns:") {
                let message =
                    format!("an update file has no namespace, and this declares one ({name})");
                let finding = Rule::NamespacePresent
                    .at(attribute.span, message)
                    .help("no published sample has one; delete it unless an editor needs it");
                self.review.findings.push(finding);
            } else if !(root && schema && own.contains(&attribute.name.as_str())) {
                unknown.push(attribute);
            }
        }
        let Some((first, others)) = unknown.split_first() else {
            return;
        };
        let more = match others.len() {
            0 => String::new(),
            1 => format!(", nor {}", shown(&others[0].name)),
            n => format!(", nor {n} others"),
        };
        let (element, name) = (shown(&node.name), shown(&first.name));
        let message = format!("<{element}> has no attribute {name}{more}");
        let mut finding = Rule::UnknownAttribute
            .at(first.span, message)
            .help("write values as text between the tags, and delete the attribute");
        for other in others.iter().take(MAX_LABELS - 1) {
            finding = finding.label(other.span, "");
        }
        self.review.findings.push(finding);
    }

    /// Text between elements; of white space, what XML does not know.
    pub(super) fn stray_text(&mut self, node: &Node) {
        let text = node.text.text();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at + line.len() - line.trim_start().len();
            let word = line.trim();
            let span = node.text.span(start..start + word.len());
            let dash = !word.is_empty() && word.chars().all(is_unicode_dash);
            if dash {
                let finding = Rule::UnicodeDashInMarkup
                    .at(span, "a dash stands between elements")
                    .fix("delete the dash", span, "");
                self.review.findings.push(finding);
            } else if !word.is_empty() {
                let message = format!("“{}” stands between elements", shown(word));
                let finding = Rule::StrayText
                    .at(span, message)
                    .help("delete it, or make it a comment: <!-- … -->");
                self.review.findings.push(finding);
            }
            self.note_spaces(node, at, line);
            at += line.len();
        }
    }

    fn note_spaces(&mut self, node: &Node, at: usize, line: &str) {
        let foreign = |c: char| c.is_whitespace() && !c.is_ascii_whitespace();
        for (n, found) in line.match_indices(foreign) {
            let span = node.text.span(at + n..at + n + found.len());
            match self.spaces.last_mut() {
                Some(last) if last.span.end == span.start => {
                    last.span.end = span.end;
                    last.replacement.push(' ');
                }
                _ => self.spaces.push(insert(span, " ")),
            }
        }
    }

    /// One finding about all white space that XML does not know.
    pub(super) fn unicode_spaces(&mut self) {
        let mut edits = std::mem::take(&mut self.spaces);
        edits.sort_by_key(|edit| edit.span);
        edits.dedup_by_key(|edit| edit.span);
        let Some(first) = edits.first() else {
            return;
        };
        let mut finding = Rule::UnicodeSpaceInMarkup
            .at(
                first.span,
                "elements are indented with white space that XML does not know",
            )
            .here("a no-break space, most likely copied from a web page");
        for edit in edits.iter().skip(1).take(MAX_LABELS - 1) {
            finding = finding.label(edit.span, "");
        }
        finding.fix = Some(Fix {
            title: "indent with plain blanks".to_owned(),
            edits,
        });
        self.review.findings.push(finding);
    }
}
