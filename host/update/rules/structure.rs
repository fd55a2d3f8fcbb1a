//! The elements of a file: what it is for, which of them are known, which are there twice.

use crate::finding::{Edit, Finding, Fix};
use crate::source::Span;
use crate::update::parse::{Document, Node, ends};
use crate::update::{FileKind, Rule, names, shown};

use super::{Entry, Review};

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
pub(super) struct Block<'a> {
    /// Its children.
    pub(super) children: Vec<&'a Node>,
}

/// A walk over a file's elements.
pub(super) struct Structure<'r, 'a> {
    pub(super) review: &'r mut Review<'a>,
    /// White space that XML does not know, and what takes its place.
    pub(super) spaces: Vec<Edit>,
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
            let kind = names::kind_of(&child.name)?;
            Some((child, kind))
        });
        match (global.first(), other) {
            (None, Some((child, kind))) => {
                self.wrong_kind(child.name_span, &child.name, kind);
                return (kind, Vec::new());
            }
            (Some(global), Some((child, kind))) => {
                let message = format!("global info and {} share a file", names::what(kind));
                let finding = Rule::MixedFileKinds
                    .at(child.name_span, message)
                    .here(format!(
                        "<{}> is for {}",
                        shown(&child.name),
                        names::command(kind)
                    ))
                    .label(
                        global.name_span,
                        "<globalInfo> is for `ssomanage -updatedb`",
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
            } else if names::kind_of(&child.name).is_none() {
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
        if let Some(kind) = names::kind_of(&root.name) {
            self.wrong_kind(root.name_span, &root.name, kind);
            return (kind, Vec::new());
        }
        let name = shown(&root.name);
        let message = format!("the outermost element must be <sso>, not <{name}>");
        let finding = Rule::UnknownRoot.at(root.name_span, message);
        if names::like_global_info(&root.name) {
            let mut finding = finding;
            if root.close_name.is_none() {
                finding = finding.help("put <globalInfo> into <sso>");
            } else {
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
        let other = root
            .children
            .iter()
            .find_map(|child| names::kind_of(&child.name));
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
        let (what, purpose) = (names::what(kind), names::purpose(kind));
        let finding = Rule::WrongFileKind
            .at(span, format!("this is {what}, not an update file"))
            .here(format!("<{}> {purpose}", shown(name)))
            .help(names::usage(kind));
        self.review.findings.push(finding);
    }

    /// An element of another kind of file inside `globalInfo`.
    pub(super) fn misplaced(&mut self, node: &Node, kind: FileKind) {
        let message = format!(
            "<{}> belongs to {}, not to global info",
            shown(&node.name),
            names::what(kind)
        );
        let finding = Rule::WrongFileKind
            .at(node.name_span, message)
            .help(format!(
                "move it to a file of its own, for {}",
                names::command(kind)
            ));
        self.review.findings.push(finding);
    }

    fn root_case(&mut self, root: &Node) {
        if root.name != names::ROOT && !root.name_reported {
            let message = format!("<{}> is usually written <sso>", root.name);
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
                .at(node.name_span, "<globalInfo> is given twice")
                .here("and here again")
                .label(first.name_span, "given here")
                .help("put the elements of both into one <globalInfo>");
            self.review.findings.push(finding);
        }
        self.attributes(node, false);
        self.stray_text(node);
        if node.children.is_empty() && node.text.text().trim().is_empty() && !self.cut_short {
            let finding = Rule::EmptyGlobalinfo
                .at(node.open, "<globalInfo> holds nothing, and changes nothing")
                .help("write what is to change, for example <secretServer>NAME</secretServer>");
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
        let message = format!("<{}> belongs in <globalInfo>", shown(&first.name));
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
}

/// A finding with the mend that gives an element its right name in both tags.
pub(super) fn with_names(mut finding: Finding, node: &Node, right: &str) -> Finding {
    let edits = node.names().map(|span| insert(span, right)).collect();
    finding.fix = Some(Fix {
        title: format!("write {right}"),
        edits,
    });
    finding
}

/// An edit.
pub(super) fn insert(span: Span, text: &str) -> Edit {
    Edit {
        span,
        replacement: text.to_owned(),
    }
}
