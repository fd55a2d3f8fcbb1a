//! The value of an element: whether there is one, and how it is written.

use std::ops::Range;

use crate::finding::Finding;
use crate::global_info::{Element, template};
use crate::source::{Span, Spanned};
use crate::update::parse::Aside;
use crate::update::{Rule, shown};

use super::{Entry, Review, accounts, numbers, server};

/// The most comments and instructions in a value that one finding shows.
const MAX_ASIDES: usize = 4;

/// A value's text without surrounding white space, that knows where every part of it stands.
pub(super) struct Value<'a> {
    entry: &'a Entry<'a>,
    range: Range<usize>,
}

impl Value<'_> {
    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.entry.node.text.text()[self.range.clone()]
    }

    /// Where a part of the text stands.
    pub(super) fn part(&self, range: Range<usize>) -> Span {
        let start = self.range.start;
        self.entry
            .node
            .text
            .span(start + range.start..start + range.end)
    }

    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        self.part(0..self.range.len())
    }

    /// Whose value it is.
    pub(super) fn element(&self) -> Element {
        self.entry.element
    }

    /// The value with its place.
    pub(super) fn spanned<T>(&self, value: T) -> Spanned<T> {
        Spanned {
            value,
            span: self.span(),
        }
    }
}

/// What is wrong with a part of a value that a template left as it is.
pub(super) fn unexpanded(value: &Value<'_>, within: Range<usize>) -> Finding {
    let text = &value.text()[within.clone()];
    let found = template::variable(text).unwrap_or(0..text.len());
    let message = format!("“{}” was not filled in", shown(&text[found.clone()]));
    let place = value.part(within.start + found.start..within.start + found.end);
    let help = "write the name itself, or have the template filled in before the file is used";
    Rule::UnexpandedTemplate.at(place, message).help(help)
}

/// Reads an element's value into the update.
pub(super) fn read(review: &mut Review<'_>, entry: &Entry<'_>) {
    let node = entry.node;
    // What stands in place of its text was reported where it was read.
    if node.unreadable || !node.children.is_empty() {
        return;
    }
    let value = Value {
        entry,
        range: node.trimmed(),
    };
    if value.text().is_empty() {
        empty(review, &value);
        return;
    }
    let mark = review.findings.mark();
    surrounding_space(review, &value);
    asides(review, &value);
    let mut update = std::mem::take(&mut review.update);
    match entry.element {
        Element::SsoAdminAccount => {
            let list = accounts::read(review, &value);
            set(&mut update.sso_admin_account, list, entry);
        }
        Element::SsoAffiliateAdminAccount => {
            let list = accounts::read(review, &value);
            set(&mut update.sso_affiliate_admin_account, list, entry);
        }
        Element::SecretServer => {
            let name = server::read(review, &value);
            set(&mut update.secret_server, name, entry);
        }
        Element::AuditDeletedApps => {
            let number = numbers::read(review, &value);
            set(&mut update.audit_deleted_apps, number, entry);
        }
        Element::AuditDeletedMappings => {
            let number = numbers::read(review, &value);
            set(&mut update.audit_deleted_mappings, number, entry);
        }
        Element::AuditCredentialLookups => {
            let number = numbers::read(review, &value);
            set(&mut update.audit_credential_lookups, number, entry);
        }
        Element::TicketTimeout => {
            let number = numbers::read(review, &value);
            set(&mut update.ticket_timeout, number, entry);
        }
        Element::CredCacheTimeout => {
            let number = numbers::read(review, &value);
            set(&mut update.cred_cache_timeout, number, entry);
        }
    }
    review.update = update;
    if node.has_section {
        review.findings.without_fixes_since(mark);
    }
}

/// The first of several counts.
fn set<T>(field: &mut Option<Spanned<T>>, value: Option<Spanned<T>>, entry: &Entry<'_>) {
    if !entry.repeated {
        *field = value;
    }
}

/// Reports that an element has no value.
pub(super) fn empty(review: &mut Review<'_>, value: &Value<'_>) {
    let element = value.element();
    let finding = Rule::EmptyElement
        .at(value.entry.node.open, format!("<{element}> has no value"))
        .help("write a value; to leave the stored one as it is, delete the element");
    review.findings.push(finding);
}

/// Comments and instructions among the value's text.
fn asides(review: &mut Review<'_>, value: &Value<'_>) {
    let asides = &value.entry.node.asides;
    let Some((kind, first)) = asides.first() else {
        return;
    };
    let what = match kind {
        Aside::Comment => "a comment",
        Aside::Instruction => "an instruction",
    };
    let element = value.element();
    let message = format!("{what} stands in the value of <{element}>");
    let mut finding = Rule::MarkupInValue.at(*first, message);
    for (_, span) in asides.iter().skip(1).take(MAX_ASIDES - 1) {
        finding = finding.label(*span, "");
    }
    let read = shown(value.text());
    review.findings.push(finding.help(format!(
        "“{read}” is read; put it before the element, for other readers may end the value where it stands"
    )));
}

fn surrounding_space(review: &mut Review<'_>, value: &Value<'_>) {
    let node = value.entry.node;
    let text = &node.text;
    let (range, end) = (&value.range, text.text().len());
    // Where no end tag marks it, white space behind the value says nothing.
    if *range == (0..end) || node.close_name.is_none() {
        return;
    }
    let (before, after) = (text.span(0..range.start), text.span(range.end..end));
    let element = value.element();
    let both = [before, after].into_iter().filter(|span| !span.is_empty());
    // White space over lines is best shown by what it stands around.
    let lines = both
        .clone()
        .any(|span| review.file.slice(span).contains(['\r', '\n']));
    let mut places = both.clone();
    let main = places.next().filter(|_| !lines).unwrap_or(value.span());
    let message = format!("white space stands around the value of <{element}>");
    let mut finding = Rule::SurroundingWhitespace.at(main, message);
    if let Some(other) = places.next().filter(|_| !lines) {
        finding = finding.label(other, "");
    }
    // A comment in the white space would be cut out along with it.
    let blank = |span: &Span| review.file.slice(*span).trim().is_empty();
    if both.clone().all(|span| blank(&span)) {
        let edits = both.map(|span| crate::finding::Edit {
            span,
            replacement: String::new(),
        });
        finding.fix = Some(crate::finding::Fix {
            title: "delete the white space".to_owned(),
            edits: edits.collect(),
        });
    } else {
        finding = finding.help("write the value right after the tag");
    }
    review.findings.push(finding);
}
