//! The elements of a text by their names: what was read where, for who holds the reader to it.

use crate::source::{SourceFile, Span};

use super::findings::Findings;
use super::marks;
use super::parse::{self, Node};

/// An element's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// The name as it was understood.
    pub name: String,
    /// Whether its tags may say another one, which was reported.
    pub mended: bool,
    /// Where its start tag says it.
    pub open: Span,
    /// Where its end tag does; nothing where there is none.
    pub close: Option<Span>,
}

/// The outermost element and all in it, in the order of their start tags.
pub fn outline(file: &SourceFile) -> Vec<Outlined> {
    let unmarked = marks::without(file);
    let read = unmarked.as_ref().map_or(file, |unmarked| &unmarked.file);
    let place = |span| match &unmarked {
        Some(unmarked) => unmarked.place(span),
        None => span,
    };
    let document = parse::parse(read, &mut Findings::default());
    let mut found = Vec::new();
    let mut open: Vec<&Node> = document.root.iter().collect();
    while let Some(node) = open.pop() {
        found.push(Outlined {
            name: node.name.clone(),
            mended: node.name_reported,
            open: place(node.name_span),
            close: node.close_name.map(place),
        });
        open.extend(node.children.iter().rev());
    }
    found
}
