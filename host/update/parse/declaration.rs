//! The XML declaration.

use std::ops::Range;

use quick_xml::events::BytesDecl;

use crate::update::codes::Rule;

use super::scan::is_blank;
use super::tree::Tree;

impl Tree<'_> {
    /// Reads the encoding that a declaration names.
    pub(super) fn declaration(&mut self, declaration: &BytesDecl<'_>, range: &Range<usize>) {
        let span = self.view.span(range.clone());
        let text = &self.view.text()[range.clone()];
        if !is_declaration(text) {
            let message = "the XML declaration cannot be read";
            let finding = Rule::XmlNotWellFormed.at(span, message);
            self.findings
                .push(finding.help("write `<?xml version=\"1.0\"?>`"));
        } else if let Some(Ok(encoding)) = declaration.encoding() {
            let at = range.start + text.find(encoding.as_ref()).unwrap_or_default();
            let span = self.view.span(at..at + encoding.len());
            self.encoding = Some((encoding.into_owned(), span));
        }
    }
}

/// Whether a text is an XML declaration (XML 1.0, section 2.8): version, encoding, standalone, in that order.
fn is_declaration(text: &str) -> bool {
    /// What follows ` name="value"` where that is next and the value is right.
    fn attribute<'t>(text: &'t str, name: &str, right: impl Fn(&str) -> bool) -> Option<&'t str> {
        let after_blank = text.trim_start_matches(is_blank);
        let rest = after_blank.strip_prefix(name)?.trim_start_matches(is_blank);
        let rest = rest.strip_prefix('=')?.trim_start_matches(is_blank);
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = rest[1..].split_once(quote)?;
        (after_blank.len() < text.len() && right(value)).then_some(rest)
    }
    let version = |value: &str| {
        let minor = value.strip_prefix("1.");
        minor.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let encoding = |value: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        value.starts_with(|c: char| c.is_ascii_alphabetic()) && value.chars().all(inner)
    };
    let body = text
        .strip_prefix("<?xml")
        .and_then(|t| t.strip_suffix("?>"));
    let Some(rest) = body.and_then(|body| attribute(body, "version", version)) else {
        return false;
    };
    let rest = attribute(rest, "encoding", encoding).unwrap_or(rest);
    let yes_or_no = |value: &str| matches!(value, "yes" | "no");
    let rest = attribute(rest, "standalone", yes_or_no).unwrap_or(rest);
    rest.trim_start_matches(is_blank).is_empty()
}
