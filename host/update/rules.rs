//! What a file means, and what is wrong with that.
//!
//! `structure` finds the elements and tells what the file is for, `values` reads their values,
//! `promotion` compares the whole with the system. A value that has a certain mend is judged as if
//! it were mended already, so that one pass finds everything.

use crate::global_info::{AccountList, Element};
use crate::source::{SourceFile, Span};
use crate::visible::{is_hidden, quote};

use super::findings::Findings;
use super::parse::{Document, Node};
use super::{Context, FileKind, Rule, UpdateFile, shown};

mod encoding;
mod structure;
mod elements;
mod markup;
mod values;
mod server;
mod accounts;
mod numbers;
mod promotion;

/// A child of `globalInfo` that is understood.
struct Entry<'a> {
    element: Element,
    node: &'a Node,
    /// Whether it repeats one before it.
    repeated: bool,
}

/// Everything a rule looks at and adds to.
struct Review<'a> {
    file: &'a SourceFile,
    context: &'a Context<'a>,
    findings: &'a mut Findings,
    update: UpdateFile,
}

impl Review<'_> {
    /// The accounts that the database holds for an element.
    fn stored_accounts(&self, element: Element) -> Option<&AccountList> {
        let info = &self.context.system?.info;
        match element {
            Element::SsoAdminAccount => Some(&info.sso_admin_account),
            Element::SsoAffiliateAdminAccount => Some(&info.sso_affiliate_admin_account),
            _ => None,
        }
    }

    /// The text that the database holds for an element.
    fn stored_text(&self, element: Element) -> Option<String> {
        Some(self.context.system?.info.text(element))
    }
}

/// Applies every rule to a document.
pub(super) fn apply(
    file: &SourceFile,
    document: &Document,
    context: &Context<'_>,
    findings: &mut Findings,
) -> (UpdateFile, FileKind) {
    encoding::compare(file, document, findings);
    world_readable(file, context, findings);
    let mut review = Review {
        file,
        context,
        findings,
        update: UpdateFile::default(),
    };
    let (kind, entries) = structure::read(&mut review, document);
    for entry in &entries {
        values::read(&mut review, entry);
    }
    if kind == FileKind::Update {
        promotion::compare(&mut review, &entries);
    }
    (review.update, kind)
}

/// Looks at who may read the file, where the permission bits are known.
fn world_readable(file: &SourceFile, context: &Context<'_>, findings: &mut Findings) {
    const OTHERS_READ: u32 = 0o004;
    if context.mode.is_some_and(|mode| mode & OTHERS_READ != 0) {
        // A name that no terminal shows as it is cannot be copied from there either.
        let name = match file.name() {
            name if name.contains(is_hidden) => "FILE".to_owned(),
            name => quote(name),
        };
        let message = "everybody on this computer may read the file";
        let finding = Rule::FileWorldReadable
            .at(Span::new(0, 0), message)
            .help(format!("take the permission away: `chmod o-rwx {name}`"));
        findings.push(finding);
    }
}
