//! The children of `globalInfo`: which are known, which were meant, which are there twice.

use crate::global_info::Element;
use crate::source::Span;
use crate::update::parse::Node;
use crate::update::{Rule, names, shown};

use super::Entry;
use super::structure::{Block, Structure, with_names};

impl Structure<'_, '_> {
    /// The children of `globalInfo` that are known, and one finding about each that is not.
    pub(super) fn children<'a>(&mut self, blocks: &[Block<'a>]) -> Vec<Entry<'a>> {
        let nodes = || blocks.iter().flat_map(|block| &block.children);
        let mut taken: Vec<Element> = nodes()
            .filter_map(|node| names::element(&node.name))
            .collect();
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for node in nodes() {
            let element = match names::element(&node.name) {
                Some(element) => {
                    if node.name != element.name() && !node.name_reported {
                        self.element_case(node, element.name());
                    }
                    element
                }
                None => match names::kind_of(&node.name) {
                    Some(kind) => {
                        self.misplaced(node, kind);
                        continue;
                    }
                    None => match self.unknown(node, &taken, "<globalInfo>") {
                        Some(element) => element,
                        None => continue,
                    },
                },
            };
            taken.push(element);
            self.attributes(node, false);
            for child in &node.children {
                let message = format!("<{element}> holds a value, not <{}>", shown(&child.name));
                let finding = Rule::UnknownElement.at(child.name_span, message);
                self.review
                    .findings
                    .push(finding.help("write the value as text"));
            }
            let first = entries.iter().find(|entry| entry.element == element);
            if let Some(first) = first {
                self.duplicate(node, first.node, element);
            }
            entries.push(Entry {
                element,
                node,
                repeated: first_of(&entries, element),
            });
        }
        entries
    }

    /// An element that is not known; gives the one that was certainly meant.
    pub(super) fn unknown(
        &mut self,
        node: &Node,
        taken: &[Element],
        parent: &str,
    ) -> Option<Element> {
        let name = shown(&node.name);
        if node.name.eq_ignore_ascii_case(names::ROOT) || names::like_global_info(&node.name) {
            let message = format!("<{name}> does not belong in {parent}");
            let finding = Rule::UnknownElement.at(node.name_span, message);
            self.review
                .findings
                .push(finding.help("delete this tag and its end tag"));
            return None;
        }
        let message = format!("{parent} has no element <{name}>");
        let finding = Rule::UnknownElement.at(node.name_span, message);
        let Some(near) = names::nearest_element(&node.name) else {
            let known: Vec<_> = Element::ALL.iter().map(|e| e.name()).collect();
            let known = format!("its elements are {}", known.join(", "));
            let finding = if parent == "<globalInfo>" {
                finding.help(known)
            } else {
                finding.help("<sso> holds one <globalInfo> and nothing else")
            };
            self.review.findings.push(finding);
            return None;
        };
        let finding = finding.help(format!("did you mean <{near}>?"));
        let certain = parent == "<globalInfo>"
            && names::misspells(&node.name, near.name())
            && !taken.contains(&near)
            && !node.name_reported;
        let finding = if certain {
            with_names(finding, node, near.name())
        } else {
            finding
        };
        self.review.findings.push(finding);
        certain.then_some(near)
    }

    pub(super) fn element_case(&mut self, node: &Node, right: &str) {
        let message = format!("<{}> is documented as <{right}>", shown(&node.name));
        let finding = Rule::ElementCase.at(node.name_span, message);
        self.review.findings.push(with_names(finding, node, right));
    }

    fn duplicate(&mut self, node: &Node, first: &Node, element: Element) {
        let value = |node: &Node| node.text.text()[node.trimmed()].to_owned();
        let mut finding = Rule::DuplicateElement
            .at(node.open, format!("<{element}> is given twice"))
            .here("and here again")
            .label(first.open, "given here");
        let plain = |node: &Node| {
            node.children.is_empty() && node.attributes.is_empty() && !node.unreadable
        };
        let whole = node.close_name.is_some() && self.review.file.slice(node.span).ends_with('>');
        if value(node) == value(first) && plain(node) && plain(first) && whole {
            let span = whole_line(self.review.file.text(), node.span);
            finding = finding.fix("delete the second, which says the same", span, "");
        } else {
            finding =
                finding.help("delete one of them: which of the two would win is not documented");
        }
        self.review.findings.push(finding);
    }
}

/// A span, or its whole line where nothing else stands on it.
fn whole_line(text: &str, span: Span) -> Span {
    let (before, after) = (&text[..span.range().start], &text[span.range().end..]);
    let bare = before.trim_end_matches([' ', '\t']);
    if bare.ends_with('\n') && after.starts_with(['\r', '\n']) {
        let bare = bare.trim_end_matches('\n').len().max(bare.len() - 1);
        return Span::new(bare, span.range().end);
    }
    span
}

fn first_of(entries: &[Entry<'_>], element: Element) -> bool {
    entries.iter().any(|entry| entry.element == element)
}
