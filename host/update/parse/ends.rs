//! Finds out which element an end tag closes, where the two do not fit together.

use crate::finding::{Edit, Finding, Fix};
use crate::source::Span;
use crate::update::codes::Rule;
use crate::update::names;
use crate::update::shown;

use super::Node;
use super::tree::{Tree, is_name};

impl Tree<'_> {
    /// Whether a start tag stands in place of an end tag, or behind a missing one.
    ///
    /// True where it closes the element before it; then it opens none.
    pub(super) fn closes_instead(&mut self, node: &Node, empty: bool) -> bool {
        let Some(top) = self.stack.last() else {
            return false;
        };
        let has_text = !top.text.text().trim().is_empty() && top.children.is_empty();
        if has_text && top.name.eq_ignore_ascii_case(&node.name) && node.attributes.is_empty() {
            let name = shown(&top.name);
            let message = format!("<{name}> is opened again where it should be closed");
            let tag = format!("</{}>", top.name);
            let written = self.file.slice(node.open);
            let mut finding = Rule::MismatchedCloseTag
                .at(node.open, message)
                .label(top.open, "opened here");
            // A tag that was mended itself is written anew in the next round.
            if written.ends_with('>') && is_name(&top.name) {
                finding = finding.fix(format!("write </{name}>"), node.open, tag);
            } else {
                finding = finding.help(format!("write </{name}>"));
            }
            self.findings.push(finding);
            self.close(node.open, Some(node.name_span));
            return true;
        }
        let leaf = names::element(&top.name).is_some();
        if leaf && !empty && names::element(&node.name).is_some() {
            self.never_closed(node.open);
        }
        false
    }

    /// An end tag.
    pub(super) fn ends(&mut self, name: &str, name_span: Span, tag: Span) {
        let Some(top) = self.stack.last() else {
            let message = format!("</{}> closes nothing", shown(name));
            let finding = Rule::MismatchedCloseTag.at(tag, message);
            self.findings.push(finding.help("delete it"));
            return;
        };
        if top.name == name {
            self.close(tag, Some(name_span));
            return;
        }
        if names::like_global_info(&top.name) && names::like_global_info(name) {
            self.misspelled_global_info(name, name_span);
        } else if top.name.eq_ignore_ascii_case(name) {
            let right = names::documented(name).unwrap_or(&top.name).to_owned();
            self.rename(name, name_span, &right, true);
        } else if let Some(index) = self.stack.iter().rposition(|open| open.name == name) {
            self.close_down_to(index, tag);
        } else if let Some(index) = self
            .stack
            .iter()
            .rposition(|open| open.name.eq_ignore_ascii_case(name))
        {
            self.close_down_to(index, tag);
            let right = names::documented(name).unwrap_or(name).to_owned();
            self.rename(name, name_span, &right, true);
        } else if !self.differs(name, name_span) {
            self.closes_nothing(name, tag);
            return;
        }
        self.close(tag, Some(name_span));
    }

    /// One finding about a tag that the file ends in, and every element that it leaves open.
    pub(super) fn ends_early(&mut self) {
        let help = "the file may have been cut off: compare it with its original";
        let Some((innermost, others)) = self.stack.split_last() else {
            if let Some(tag) = self.cut_off {
                let finding = Rule::XmlNotWellFormed.at(tag, "the file ends inside this tag");
                self.findings.push(finding.help(help));
            }
            return;
        };
        let message = format!("the file ends before </{}>", shown(&innermost.name));
        let mut finding = Rule::MismatchedCloseTag
            .at(innermost.open, message)
            .here("never closed")
            .help(help);
        for open in others.iter().rev().take(4) {
            finding = finding.label(open.open, "never closed either");
        }
        if let Some(tag) = self.cut_off {
            finding = finding.label(tag, "the file ends inside this tag");
        }
        self.findings.push(finding);
    }

    /// The innermost element is not closed before `next`; closes it there.
    fn never_closed(&mut self, next: Span) {
        let Some(top) = self.stack.last() else {
            return;
        };
        let name = shown(&top.name);
        let has_text = top.children.is_empty() && !top.text.text().trim().is_empty();
        let place = if has_text && !top.has_section {
            top.text.span(top.trimmed()).end
        } else {
            next.start
        };
        let place = Span {
            start: place,
            end: place,
        };
        let finding = Rule::MismatchedCloseTag
            .at(top.open, format!("<{name}> is never closed"))
            .here("opened here")
            .label(next, "and not closed before this");
        let finding = if is_name(&top.name) {
            let tag = format!("</{}>", top.name);
            finding.fix(format!("insert </{name}>"), place, tag)
        } else {
            finding.help("close it, or delete it")
        };
        self.findings.push(finding);
        self.close(place, None);
    }

    fn close_down_to(&mut self, index: usize, tag: Span) {
        while self.stack.len() > index + 1 {
            self.never_closed(tag);
        }
    }

    /// A pair of tags of which at least one misspells `globalInfo`.
    fn misspelled_global_info(&mut self, name: &str, name_span: Span) {
        let Some(top) = self.stack.last_mut() else {
            return;
        };
        let same = |name: &str| name.eq_ignore_ascii_case(names::GLOBAL_INFO);
        if same(&top.name) && same(name) {
            self.rename(name, name_span, names::GLOBAL_INFO, true);
            return;
        }
        let open = top.name_span;
        let edits = edits(&top.name, open, name, name_span, names::GLOBAL_INFO);
        let finding = global_info_misspelled(&top.name, open, Some((name, name_span)), edits);
        names::GLOBAL_INFO.clone_into(&mut top.name);
        top.name_reported = true;
        self.findings.push(finding);
    }

    /// An end tag that is taken for the innermost element's, though its name is another.
    fn differs(&mut self, name: &str, name_span: Span) -> bool {
        let Some(top) = self.stack.last() else {
            return false;
        };
        let (open_known, end_known) = (names::documented(&top.name), names::documented(name));
        let alike = names::misspells(name, &top.name) || names::misspells(&top.name, name);
        let has_text = top.children.is_empty() && !top.text.text().trim().is_empty();
        let leaf = names::element(&top.name).is_some();
        if !(alike || leaf || has_text) {
            return false;
        }
        match (open_known, end_known) {
            (Some(right), None) => self.rename(name, name_span, right, true),
            (None, Some(right)) if alike => self.rename(name, name_span, right, true),
            (None, None) => {
                let right = top.name.clone();
                self.rename(name, name_span, &right, alike);
            }
            // Both names exist, and which of them was meant nobody can tell.
            _ => {
                let right = top.name.clone();
                self.rename(name, name_span, &right, false);
            }
        }
        true
    }

    /// Reports that the innermost element and its end tag differ, and gives it its right name.
    fn rename(&mut self, name: &str, name_span: Span, right: &str, certain: bool) {
        let Some(top) = self.stack.last_mut() else {
            return;
        };
        let message = format!("<{}> is closed by </{}>", shown(&top.name), shown(name));
        let mut finding = Rule::MismatchedCloseTag
            .at(name_span, message)
            .here("closed here")
            .label(top.name_span, "opened here");
        if certain && is_name(right) {
            finding.fix = Some(Fix {
                title: format!("write {} in both tags", shown(right)),
                edits: edits(&top.name, top.name_span, name, name_span, right),
            });
        } else {
            finding = finding.help("write the same name in both tags");
        }
        right.clone_into(&mut top.name);
        top.name_reported = true;
        self.findings.push(finding);
    }

    fn closes_nothing(&mut self, name: &str, tag: Span) {
        let message = format!("</{}> closes nothing", shown(name));
        let mut finding = Rule::MismatchedCloseTag.at(tag, message);
        if let Some(top) = self.stack.last() {
            let open = format!("<{}> is open here", shown(&top.name));
            finding = finding.label(top.open, open);
        }
        self.findings.push(finding.help("delete it"));
    }
}

/// The finding about a misspelled `globalInfo`, both ends shown.
pub(in crate::update) fn global_info_misspelled(
    open: &str,
    open_span: Span,
    close: Option<(&str, Span)>,
    edits: Vec<Edit>,
) -> Finding {
    let right = |name: &str| name == names::GLOBAL_INFO;
    let prefixed = |name: &str| {
        let bare = name.split_once(':').map_or("", |(_, bare)| bare);
        bare.eq_ignore_ascii_case(names::GLOBAL_INFO)
    };
    let label = |name: &str| match name {
        name if right(name) => "spelled right",
        name if prefixed(name) => "has a prefix",
        _ => "misspelled",
    };
    let (wrong, other) = match close {
        Some((name, span)) if right(open) => ((name, span), Some((open, open_span))),
        close => ((open, open_span), close),
    };
    let message = if prefixed(wrong.0) {
        format!(
            "`{}` has a prefix, and `globalInfo` has none",
            shown(wrong.0)
        )
    } else {
        format!("`{}` is a misspelling of `globalInfo`", shown(wrong.0))
    };
    let mut finding = Rule::GlobalinfoMisspelled
        .at(wrong.1, message)
        .here(label(wrong.0));
    if wrong.0.eq_ignore_ascii_case("globalnfo") {
        finding = finding.help("the vendor's published samples have this mistake too");
    }
    if let Some((name, span)) = other {
        finding = finding.label(span, label(name));
    }
    finding.fix = Some(Fix {
        title: "write globalInfo".to_owned(),
        edits,
    });
    finding
}

/// What makes both tags say `right`.
pub(in crate::update) fn edits(
    open: &str,
    open_span: Span,
    close: &str,
    close_span: Span,
    right: &str,
) -> Vec<Edit> {
    [(open, open_span), (close, close_span)]
        .into_iter()
        .filter(|(name, _)| *name != right)
        .map(|(_, span)| Edit {
            span,
            replacement: right.to_owned(),
        })
        .collect()
}
