//! What a file means, and what is wrong with that.
//!
//! `structure` finds the elements and tells what the file is for, `values` reads their values,
//! `promotion` compares the whole with the system. A value that has a certain mend is judged as if
//! it were mended already, so that one pass finds everything.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use crate::finding::Severity;
use crate::global_info::{AccountList, Element};
use crate::source::{Encoding, SourceFile, Span};
use crate::visible::{is_hidden, quote};

use super::findings::Findings;
use super::parse::{Document, Node};
use super::{Context, FileKind, Rule, UpdateFile, shown};

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
    encoding(file, document, findings);
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

/// Compares the declared encoding with the real one.
fn encoding(file: &SourceFile, document: &Document, findings: &mut Findings) {
    let Some((declared, span)) = &document.encoding else {
        return;
    };
    let known = encoding_rs::Encoding::for_label(declared.as_bytes());
    let (real, fits) = match file.encoding() {
        Encoding::Utf8 | Encoding::Utf8Bom => {
            let ascii = declared.eq_ignore_ascii_case("us-ascii") && file.text().is_ascii();
            ("UTF-8", ascii || known == Some(UTF_8))
        }
        Encoding::Utf16Le => (
            "UTF-16",
            known == Some(UTF_16LE) && !declared.eq_ignore_ascii_case("utf-16be"),
        ),
        Encoding::Utf16Be => (
            "UTF-16",
            known == Some(UTF_16BE) || declared.eq_ignore_ascii_case("utf-16"),
        ),
    };
    if !fits {
        let declared = shown(declared);
        let message = if known.is_some() {
            format!("the file declares {declared}, but is {real}")
        } else {
            format!("the file declares {declared}, which is no known encoding")
        };
        let finding = Rule::EncodingMismatch.at(*span, message);
        let mut finding = finding.fix(format!("declare {real}"), *span, real);
        if known.is_none() {
            // No reader can be expected to know it, and most refuse the file.
            finding.severity = Severity::Error;
        }
        findings.push(finding);
    }
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
