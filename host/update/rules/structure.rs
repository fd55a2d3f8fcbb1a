//! The elements of a file: what it is for, which of them are known, which are there twice.

use crate::finding::{Edit, Finding, Fix};
use crate::global_info::Element;
use crate::source::Span;
use crate::update::parse::{Attribute, Document, Node, ends};
use crate::update::{FileKind, Rule, names, shown};

use super::{Entry, Review};

/// What makes white space that XML does not know.
const MAX_LABELS: usize = 4;

/// The prefix and the attributes by which a file may name its schema.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Tells what the file is for and gives the children of `globalInfo`.
pub(super) fn read<'a>(
    review: &mut Review<'_>,
    document: &'a Document,
) -> (FileKind, Vec<Entry<'a>>) {
    let Some(root) = &document.root else {
        if !document.cut_short && !review.findings.has_errors() {
            let finding = Rule::UnknownRoot
                .at(Span::new(0, 0), "the file has no element")
                .help("an update file is <sso><globalInfo>…</globalInfo></sso>");
            review.findings.push(finding);
        }
        return (FileKind::Unknown, Vec::new());
    };
    let mut structure = Structure {
        review,
        spaces: Vec::new(),
        cut_short: document.cut_short,
    };
    let (kind, blocks) = structure.kind(root);
    let entries = structure.children(&blocks);
    structure.unicode_spaces();
    (kind, entries)
}

/// Where the children of a `globalInfo` stand.
struct Block<'a> {
    children: Vec<&'a Node>,
}

struct Structure<'r, 'a> {
    review: &'r mut Review<'a>,
    spaces: Vec<Edit>,
    cut_short: bool,
}

impl Structure<'_, '_> {
    /// What the file is for, and its blocks of global info.
    fn kind<'a>(&mut self, root: &'a Node) -> (FileKind, Vec<Block<'a>>) {
        if !root.name.eq_ignore_ascii_case(names::ROOT) {
            return self.other_root(root);
        }
        let global: Vec<&Node> = root
            .children
            .iter()
            .filter(|child| names::like_global_info(&child.name))
            .collect();
        let other = root.children.iter().find_map(|child| {
            let kind = kind_of(&child.name)?;
            Some((child, kind))
        });
        match (global.first(), other) {
            (None, Some((child, kind))) => {
                self.wrong_kind(child.name_span, &child.name, kind);
                return (kind, Vec::new());
            }
            (Some(global), Some((child, kind))) => {
                let message = format!("global info and {} share a file", what(kind));
                let finding = Rule::MixedFileKinds
                    .at(child.name_span, message)
                    .here(format!(
                        "<{}> belongs to {}",
                        shown(&child.name),
                        command(kind)
                    ))
                    .label(
                        global.name_span,
                        "<globalInfo> belongs to ssomanage -updatedb",
                    )
                    .help("put each into a file of its own");
                self.review.findings.push(finding);
            }
            (_, None) => {}
        }
        self.root_case(root);
        self.attributes(root, true);
        self.stray_text(root);
        let mut blocks = Vec::new();
        let mut bare = Vec::new();
        for child in &root.children {
            if names::like_global_info(&child.name) {
                self.global_info(child, global.first().copied());
                let children = child.children.iter().collect();
                blocks.push(Block { children });
            } else if names::element(&child.name).is_some() {
                bare.push(child);
            } else if kind_of(&child.name).is_none() {
                self.unknown(child, &[], "<sso>");
            }
        }
        if !bare.is_empty() || (blocks.is_empty() && !self.cut_short) {
            self.no_global_info(root, &bare, global.first().copied());
            blocks.push(Block { children: bare });
        }
        (FileKind::Update, blocks)
    }

    /// An outermost element that is not `sso`.
    fn other_root<'a>(&mut self, root: &'a Node) -> (FileKind, Vec<Block<'a>>) {
        if let Some(kind) = kind_of(&root.name) {
            self.wrong_kind(root.name_span, &root.name, kind);
            return (kind, Vec::new());
        }
        let name = shown(&root.name);
        let message = format!("the outermost element is <sso>, not <{name}>");
        let finding = Rule::UnknownRoot.at(root.name_span, message);
        if names::like_global_info(&root.name) {
            let mut finding = finding.help("put <globalInfo> into <sso>");
            if root.close_name.is_some() {
                let at = |at: u32| Span { start: at, end: at };
                finding.fix = Some(Fix {
                    title: "put <globalInfo> into <sso>".to_owned(),
                    edits: vec![
                        insert(at(root.span.start), "<sso>"),
                        insert(at(root.span.end), "</sso>"),
                    ],
                });
            }
            self.review.findings.push(finding);
            self.global_info(root, None);
            let children = root.children.iter().collect();
            return (FileKind::Update, vec![Block { children }]);
        }
        let inner = root
            .children
            .iter()
            .find(|child| names::like_global_info(&child.name));
        let other = root.children.iter().find_map(|child| kind_of(&child.name));
        let near = names::nearest(&root.name, [names::ROOT].into_iter()).is_some();
        let certain = inner.is_some() || near;
        let finding = if certain && !root.name_reported {
            with_names(finding, root, names::ROOT)
        } else {
            finding.help("an update file is <sso><globalInfo>…</globalInfo></sso>")
        };
        self.review.findings.push(finding);
        let Some(global) = inner else {
            return (other.unwrap_or(FileKind::Unknown), Vec::new());
        };
        self.attributes(root, true);
        self.stray_text(root);
        self.global_info(global, None);
        let children = global.children.iter().collect();
        (FileKind::Update, vec![Block { children }])
    }

    fn wrong_kind(&mut self, span: Span, name: &str, kind: FileKind) {
        let message = format!(
            "<{}> belongs to {}, not to an update file",
            shown(name),
            what(kind)
        );
        let finding = Rule::WrongFileKind
            .at(span, message)
            .help(format!("give this file to {}", command(kind)));
        self.review.findings.push(finding);
    }

    fn root_case(&mut self, root: &Node) {
        if root.name != names::ROOT && !root.name_reported {
            let message = format!("<{}> is written <sso> in most samples", root.name);
            let finding = Rule::RootCaseStyle.at(root.name_span, message);
            self.review
                .findings
                .push(with_names(finding, root, names::ROOT));
        }
    }

    /// A `globalInfo`, and the one before it.
    fn global_info(&mut self, node: &Node, first: Option<&Node>) {
        if node.name != names::GLOBAL_INFO && !node.name_reported {
            if node.name.eq_ignore_ascii_case(names::GLOBAL_INFO) {
                self.element_case(node, names::GLOBAL_INFO);
            } else {
                let close = node.close_name.map(|span| (node.name.as_str(), span));
                let mends = node.names().map(|span| Edit {
                    span,
                    replacement: names::GLOBAL_INFO.to_owned(),
                });
                let finding = ends::global_info_misspelled(
                    &node.name,
                    node.name_span,
                    close,
                    mends.collect(),
                );
                self.review.findings.push(finding);
            }
        }
        if let Some(first) = first.filter(|first| first.open != node.open) {
            let finding = Rule::MultipleGlobalinfo
                .at(
                    node.name_span,
                    "there is one global info, and one <globalInfo>",
                )
                .here("and here again")
                .label(first.name_span, "begins here")
                .help("put the elements into one <globalInfo>");
            self.review.findings.push(finding);
        }
        self.attributes(node, false);
        self.stray_text(node);
        if node.children.is_empty() && node.text.text().trim().is_empty() && !self.cut_short {
            let finding = Rule::EmptyGlobalinfo
                .at(node.open, "<globalInfo> holds nothing, and changes nothing")
                .help("an absent element leaves the stored value as it is");
            self.review.findings.push(finding);
        }
    }

    /// Elements that stand where `globalInfo` should, or nothing at all.
    fn no_global_info(&mut self, root: &Node, bare: &[&Node], global: Option<&Node>) {
        let Some((first, last)) = bare.first().zip(bare.last()) else {
            let finding = Rule::MissingGlobalinfo
                .at(root.open, "there is no <globalInfo> in <sso>")
                .help("an update file is <sso><globalInfo>…</globalInfo></sso>");
            self.review.findings.push(finding);
            return;
        };
        let message = format!("<{}> belongs into <globalInfo>", shown(&first.name));
        let mut finding = Rule::MissingGlobalinfo.at(first.name_span, message);
        // Only what is closed, and stands alone, can be wrapped without doubt.
        let alone = root.children.len() == bare.len() && !last.span.is_empty();
        if let Some(global) = global {
            finding = finding.label(global.name_span, "<globalInfo> is here");
        } else if alone && last.close_name.is_some() {
            let at = |at: u32| Span { start: at, end: at };
            finding.fix = Some(Fix {
                title: "put the elements into <globalInfo>".to_owned(),
                edits: vec![
                    insert(at(first.span.start), "<globalInfo>"),
                    insert(at(last.span.end), "</globalInfo>"),
                ],
            });
        }
        let help = "an update file is <sso><globalInfo>…</globalInfo></sso>";
        self.review.findings.push(finding.help(help));
    }

    /// The children of `globalInfo` that are known, and one finding about each that is not.
    fn children<'a>(&mut self, blocks: &[Block<'a>]) -> Vec<Entry<'a>> {
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
                None => match kind_of(&node.name) {
                    Some(kind) => {
                        self.wrong_kind(node.name_span, &node.name, kind);
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
    fn unknown(&mut self, node: &Node, taken: &[Element], parent: &str) -> Option<Element> {
        let name = shown(&node.name);
        if node.name.eq_ignore_ascii_case(names::ROOT) || names::like_global_info(&node.name) {
            let message = format!("<{name}> does not belong into {parent}");
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

    fn element_case(&mut self, node: &Node, right: &str) {
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
            finding = finding.fix("delete the second", node.span, "");
        } else {
            finding = finding.help("keep one of them: nobody says which one wins");
        }
        self.review.findings.push(finding);
    }

    fn attributes(&mut self, node: &Node, root: bool) {
        let instance = |a: &Attribute| a.name == "xmlns:xsi" && a.value == SCHEMA_INSTANCE;
        let schema = node.attributes.iter().any(instance);
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
                let element = shown(&node.name);
                let message = format!("<{element}> has no attribute {name}");
                let finding = Rule::UnknownAttribute
                    .at(attribute.span, message)
                    .help("write values as text between the tags, and delete the attribute");
                self.review.findings.push(finding);
            }
        }
    }

    /// Text between elements; of white space, what XML does not know.
    fn stray_text(&mut self, node: &Node) {
        let text = node.text.text();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at + line.len() - line.trim_start().len();
            let word = line.trim();
            let span = node.text.span(start..start + word.len());
            let dash = !word.is_empty() && word.chars().all(|c| super::numbers::is_unicode_dash(c));
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
    fn unicode_spaces(&mut self) {
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

/// A finding with the mend that gives an element its right name in both tags.
fn with_names(mut finding: Finding, node: &Node, right: &str) -> Finding {
    let edits = node.names().map(|span| insert(span, right)).collect();
    finding.fix = Some(Fix {
        title: format!("write {right}"),
        edits,
    });
    finding
}

fn insert(span: Span, text: &str) -> Edit {
    Edit {
        span,
        replacement: text.to_owned(),
    }
}

fn first_of(entries: &[Entry<'_>], element: Element) -> bool {
    entries.iter().any(|entry| entry.element == element)
}

/// The kind of file that an element belongs to, where that is not an update file.
fn kind_of(name: &str) -> Option<FileKind> {
    let among = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(name));
    if among(&names::APPLICATION) {
        // The management agent's file has an <Application> too, inside <ENTSSOMA>.
        Some(FileKind::Applications)
    } else if among(&names::MAPPING) {
        Some(FileKind::Mappings)
    } else if among(&names::MANAGEMENT_AGENT) {
        Some(FileKind::ManagementAgent)
    } else {
        None
    }
}

fn what(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Applications => "an application file",
        FileKind::Mappings => "a mapping file",
        FileKind::ManagementAgent => "a management agent's file (ENTSSO.xml)",
        FileKind::Update | FileKind::Unknown => "another file",
    }
}

fn command(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Applications => "ssomanage -createapps or -updateapps",
        FileKind::Mappings => "ssomanage -createmappings or -deletemappings",
        FileKind::ManagementAgent => "the password synchronisation's management agent",
        FileKind::Update | FileKind::Unknown => "the command it was written for",
    }
}
