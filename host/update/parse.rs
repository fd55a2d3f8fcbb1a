//! Reads the text of an update file into a tree of elements, recovering from what it can name.
//!
//! First `scan` walks over the raw text, reports what breaks XML and builds a *view* in which it is
//! mended; then `tree` reads that view as XML events and mends tags that do not fit together.
//! Every span is a place in the original text. What the file means is for `rules` to say.

use crate::source::{SourceFile, Span};

use super::findings::Findings;

pub(super) mod mapped;
mod scan;
mod comment;
mod tag;
mod tree;
mod declaration;
pub(super) mod ends;

use mapped::Mapped;
pub(super) use scan::is_dash;

/// The deepest nesting that is read. An update file has three levels.
pub const MAX_DEPTH: usize = 64;

/// The most elements that are read. An update file has ten.
pub const MAX_ELEMENTS: usize = 10_000;

/// The most attributes of one element that are read. An update file has none.
pub const MAX_ATTRIBUTES: usize = 64;

/// What was read.
#[derive(Debug)]
pub(super) struct Document {
    /// The outermost element.
    pub(super) root: Option<Node>,
    /// The encoding that the XML declaration names.
    pub(super) encoding: Option<(String, Span)>,
    /// Whether reading ended before the text did, at a limit or where nothing could be made of it.
    pub(super) cut_short: bool,
}

/// An element.
#[derive(Debug)]
pub(super) struct Node {
    /// Its name, mended where its two tags differ and one of them is right.
    pub(super) name: String,
    /// The name in the start tag.
    pub(super) name_span: Span,
    /// The whole start tag.
    pub(super) open: Span,
    /// The name in the end tag; nothing where there is no end tag.
    pub(super) close_name: Option<Span>,
    /// Everything from the start tag to the end tag.
    pub(super) span: Span,
    /// Its attributes.
    pub(super) attributes: Vec<Attribute>,
    /// Its child elements.
    pub(super) children: Vec<Node>,
    /// Its own text, references resolved; a line break stands for each child.
    pub(super) text: Mapped,
    /// Whether its text holds a reference that stands for nothing known.
    pub(super) unreadable: bool,
    /// Whether a part of its text stands in a CDATA section, where nothing can be inserted or escaped.
    pub(super) has_section: bool,
    /// Comments and instructions among its text.
    pub(super) asides: Vec<(Aside, Span)>,
    /// Whether its name was already reported.
    pub(super) name_reported: bool,
}

/// What stands in a text and says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    /// `<!-- … -->`
    Comment,
    /// `<?name …?>`
    Instruction,
}

impl Node {
    /// The spans of its name in start and end tag.
    pub(super) fn names(&self) -> impl Iterator<Item = Span> {
        [Some(self.name_span), self.close_name]
            .into_iter()
            .flatten()
    }

    /// Where its text lies without surrounding white space: a range of `self.text`.
    pub(super) fn trimmed(&self) -> std::ops::Range<usize> {
        let text = self.text.text();
        let start = text.len() - text.trim_start().len();
        start..start.max(text.trim_end().len())
    }
}

/// An attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    /// Its name.
    pub(super) name: String,
    /// Its name's place.
    pub(super) span: Span,
    /// Its value, as written.
    pub(super) value: String,
}

/// Reads a file's text, whatever it is.
pub(super) fn parse(file: &SourceFile, findings: &mut Findings) -> Document {
    let mended = scan::mended(file.text(), findings);
    tree::read(file, &mended, findings)
}
