//! Mends comments whose delimiters an office program has changed.

use std::ops::Range;

use crate::finding::{Edit, Fix};
use crate::source::Span;
use crate::update::codes::Rule;

use super::scan::{Scan, is_dash};

impl Scan<'_> {
    /// A comment, well formed or with delimiters that an office program has changed.
    pub(super) fn comment(&mut self, at: usize) -> usize {
        let text = self.text;
        let opener = if text[at..].starts_with("<!--") {
            at + 4
        } else {
            let run = text[at + 2..].chars().take(3).take_while(|c| is_dash(*c));
            at + 2 + run.map(char::len_utf8).sum::<usize>()
        };
        let proper_opener = &text[at..opener] == "<!--";
        // A comment that is never closed must not swallow the next one.
        let next_comment = text[opener..]
            .match_indices("<!")
            .find(|(n, _)| text[opener + n + 2..].starts_with(is_dash))
            .map_or(text.len(), |(n, _)| opener + n);
        let proper = self
            .next(0, "-->", opener)
            .filter(|end| *end < next_comment)
            .map(|end| end..end + 3);
        let close = if proper_opener && proper.is_some() {
            proper.clone()
        } else {
            broken_close(text, opener..next_comment).or(proper.clone())
        };
        let Some(close) = close else {
            let line = text[opener..next_comment].find(['\r', '\n']);
            let end = line.map_or(next_comment, |n| opener + n);
            let finding = Rule::BrokenComment
                .at(Span::new(at, opener), "this comment is never closed")
                .help("close it with `-->`");
            self.findings.push(finding);
            self.replace(at..end, "");
            return end;
        };
        let proper_close = Some(&close) == proper.as_ref();
        let inner = opener..close.start;
        let content = &text[inner.clone()];
        let hyphens = content.contains("--") || content.ends_with('-');
        if !(proper_opener && proper_close && !hyphens) {
            self.broken_comment(at..opener, inner, close.clone());
            self.replace(at..close.end, "");
        }
        close.end
    }

    fn broken_comment(&mut self, opener: Range<usize>, inner: Range<usize>, close: Range<usize>) {
        let text = self.text;
        let (open, shut) = (&text[opener.clone()], &text[close.clone()]);
        let mut edits = Vec::new();
        let mut edit = |range: &Range<usize>, replacement: String| {
            if text[range.clone()] != replacement {
                let span = Span::new(range.start, range.end);
                edits.push(Edit { span, replacement });
            }
        };
        edit(&opener, "<!--".to_owned());
        edit(&inner, without_double_hyphens(&text[inner.clone()]));
        edit(&close, "-->".to_owned());
        let message = if open != "<!--" {
            "this comment does not begin with `<!--`"
        } else if shut != "-->" {
            "this comment does not end with `-->`"
        } else {
            "two hyphens may not stand inside a comment"
        };
        let (main, other) = if open == "<!--" && shut != "-->" {
            (close, Some((opener, "it begins here")))
        } else if open == "<!--" {
            (hyphens(text, inner), None)
        } else {
            let other = (shut != "-->").then_some((close, "nor end with `-->`"));
            (opener, other)
        };
        let mut finding = Rule::BrokenComment.at(Span::new(main.start, main.end), message);
        if let Some((range, label)) = other {
            finding = finding.label(Span::new(range.start, range.end), label);
        }
        let title = if open == "<!--" && shut == "-->" {
            "put a blank between the hyphens"
        } else {
            "write `<!--` and `-->` with plain hyphens"
        };
        finding.fix = Some(Fix {
            title: title.to_owned(),
            edits,
        });
        self.findings.push(finding);
    }
}

/// The first closing delimiter with other dashes, or with blanks: `- >`, `—>`, `—->`, `-- >`.
fn broken_close(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let slice = &text[range.clone()];
    slice.match_indices('>').find_map(|(at, _)| {
        let before = slice[..at].trim_end_matches([' ', '\t']);
        let close = before.trim_end_matches(is_dash);
        let dashes = before[close.len()..].chars().count();
        (1..=3)
            .contains(&dashes)
            .then(|| range.start + close.len()..range.start + at + 1)
    })
}

/// The first two hyphens in a comment's content, or the one at its end.
fn hyphens(text: &str, inner: Range<usize>) -> Range<usize> {
    let first = text[inner.clone()].find("--");
    first.map_or(inner.end - 1..inner.end, |at| {
        inner.start + at..inner.start + at + 2
    })
}

/// A comment's content with a blank between every two hyphens, and after a last one.
fn without_double_hyphens(content: &str) -> String {
    let mut out = String::with_capacity(content.len());
    for c in content.chars() {
        if c == '-' && out.ends_with('-') {
            out.push(' ');
        }
        out.push(c);
    }
    if out.ends_with('-') {
        out.push(' ');
    }
    out
}
