//! Mends single tags: quotes, missing brackets, blanks where none may be.

use std::ops::Range;

use crate::finding::{Edit, Fix, Label};
use crate::source::Span;
use crate::update::codes::Rule;

use super::scan::{Scan, ill_formed, is_blank, is_name, is_name_start};

/// Quotes that office programs put in place of `"` and `'`.
const SMART_QUOTES: [char; 10] = ['“', '”', '„', '‟', '«', '»', '″', '‘', '’', '‚'];

/// How a quoted attribute value was opened.
#[derive(Clone, Copy, PartialEq)]
enum Quote {
    Plain(char),
    Smart,
}

/// What walking over a start tag has found.
#[derive(Default)]
struct Walk {
    /// Where the tag ends: behind its `>`, or where another `<` or the end of the text stops it.
    end: usize,
    /// Whether a `>` closes it.
    closed: bool,
    /// The quote of a value that is not closed.
    open_quote: Option<Range<usize>>,
    /// The first `>` inside that value.
    bracket: Option<usize>,
    /// Typographic quotes.
    smart: Vec<Range<usize>>,
    /// Quotes that open nothing.
    stray: Vec<usize>,
    /// Blanks that XML does not know.
    spaces: Vec<Range<usize>>,
}

impl Scan<'_> {
    /// Walks over a start tag, or one of an element without content.
    pub(super) fn start_tag(&mut self, at: usize) -> usize {
        self.start_tag_from(at, at + 1)
    }

    /// The same, where the name begins later than right after the `<`.
    pub(super) fn start_tag_from(&mut self, at: usize, name_start: usize) -> usize {
        let walk = walk(self.text, name_start);
        if let Some(quote) = walk.open_quote.clone() {
            return self.unclosed_value(name_start, quote, &walk);
        }
        self.tag_quotes(&walk);
        let body_end = if walk.closed { walk.end - 1 } else { walk.end };
        self.ampersands_and_quotes(name_start..body_end, &walk);
        if !walk.closed {
            self.missing_bracket(at, name_start, walk.end);
        }
        walk.end
    }

    /// Walks over an end tag.
    pub(super) fn end_tag(&mut self, at: usize) -> usize {
        self.end_tag_from(at, at + 1)
    }

    /// The same, where the slash stands later than right after the `<`.
    pub(super) fn end_tag_from(&mut self, at: usize, slash: usize) -> usize {
        let text = self.text;
        let rest = &text[slash + 1..];
        let name_start = slash + 1 + (rest.len() - rest.trim_start().len());
        let name: usize = text[name_start..]
            .chars()
            .take_while(|c| is_name(*c))
            .map(char::len_utf8)
            .sum();
        let name_end = name_start + name;
        let stop = text[name_end..]
            .find(['<', '>'])
            .map_or(text.len(), |n| name_end + n);
        if name == 0 || !text[name_start..].starts_with(is_name_start) {
            return self.nameless_end_tag(at, stop);
        }
        if name_start > slash + 1 {
            let span = Span::new(slash + 1, name_start);
            let finding = ill_formed(at..name_end, "a blank stands after `</`").fix(
                "delete the blank",
                span,
                "",
            );
            self.findings.push(finding);
            self.replace(slash + 1..name_start, "");
        }
        if !text[stop..].starts_with('>') {
            self.missing_bracket(at, name_start, stop);
            return stop;
        }
        let rest = text[name_end..stop].trim_matches(is_blank);
        if !rest.is_empty() {
            let span = Span::new(name_end, stop);
            let (message, title) = if rest.trim().is_empty() {
                let message = "an end tag has a blank that XML does not know";
                (message, "delete the blank")
            } else {
                let message = "an end tag holds a name and nothing else";
                (message, "delete what follows the name")
            };
            let finding = ill_formed(name_end..stop, message).fix(title, span, "");
            self.findings.push(finding);
            self.replace(name_end..stop, "");
        }
        stop + 1
    }

    /// `</>` and the like, which close nothing that has a name.
    fn nameless_end_tag(&mut self, at: usize, stop: usize) -> usize {
        let closed = self.text[stop..].starts_with('>');
        let end = if closed { stop + 1 } else { stop };
        let finding = ill_formed(at..end, "this end tag has no name");
        self.findings
            .push(finding.help("name the element that ends here, or delete the tag"));
        self.replace(at..end, "");
        end
    }

    /// Typographic quotes in the XML declaration.
    pub(super) fn quotes(&mut self, range: Range<usize>) {
        let smart = self.text[range.clone()]
            .match_indices(SMART_QUOTES)
            .map(|(n, quote)| range.start + n..range.start + n + quote.len())
            .collect();
        let walk = Walk {
            smart,
            ..Walk::default()
        };
        self.tag_quotes(&walk);
        for quote in walk.smart {
            self.replace(quote, "\"");
        }
    }

    /// Reports a tag's typographic quotes.
    fn tag_quotes(&mut self, walk: &Walk) {
        let span = |range: &Range<usize>| Span::new(range.start, range.end);
        let Some(first) = walk.smart.first() else {
            return;
        };
        let mut finding = Rule::SmartQuotesInAttributes
            .at(span(first), "XML knows the plain quotes `\"` and `'` only")
            .help("turn off typographic quotes, or use a plain text editor");
        finding
            .labels
            .extend(walk.smart.iter().skip(1).take(7).map(|quote| Label {
                span: span(quote),
                message: String::new(),
            }));
        let edits = walk.smart.iter().map(|quote| Edit {
            span: span(quote),
            replacement: "\"".to_owned(),
        });
        finding.fix = Some(Fix {
            title: "write plain quotes".to_owned(),
            edits: edits.collect(),
        });
        self.findings.push(finding);
    }

    /// Mends quotes and ampersands of a tag, in the order in which they stand.
    fn ampersands_and_quotes(&mut self, body: Range<usize>, walk: &Walk) {
        let stray = walk.stray.iter().map(|at| (*at..at + 1, ""));
        let smart = walk.smart.iter().map(|quote| (quote.clone(), "\""));
        let spaces = walk.spaces.iter().map(|space| (space.clone(), " "));
        let mut quotes: Vec<_> = stray.chain(smart).chain(spaces).collect();
        quotes.sort_by_key(|(range, _)| range.start);
        let mut at = body.start;
        for (quote, with) in quotes {
            self.ampersands(at..quote.start);
            at = quote.end;
            if with == " " {
                let span = Span::new(quote.start, quote.end);
                let finding = ill_formed(quote.clone(), "a tag has a blank that XML does not know")
                    .fix("write a plain blank", span, " ");
                self.findings.push(finding);
            } else if with.is_empty() {
                let finding = ill_formed(quote.clone(), "this quote opens nothing");
                self.findings
                    .push(finding.help("write an attribute as name=\"value\""));
            }
            self.replace(quote, with);
        }
        self.ampersands(at..body.end);
    }

    /// A value without its closing quote: the tag is taken to end at the first `>`.
    fn unclosed_value(&mut self, name_start: usize, quote: Range<usize>, walk: &Walk) -> usize {
        let finding = ill_formed(quote, "this quote is never closed");
        self.findings
            .push(finding.help("close it before the `>`, or delete the attribute"));
        // Everything from the attribute on is left out of the view: it cannot be told apart.
        let name: usize = self.text[name_start..]
            .chars()
            .take_while(|c| is_name(*c))
            .map(char::len_utf8)
            .sum();
        let end = walk.bracket.unwrap_or(walk.end);
        let body = &self.text[name_start + name..end];
        let empty = walk.bracket.is_some() && body.trim_end().ends_with('/');
        let (end, close) = match walk.bracket {
            Some(bracket) => (bracket + 1, if empty { "/>" } else { ">" }),
            None => (end, ">"),
        };
        self.replace(name_start + name..end, close);
        end
    }

    /// A tag that another tag or the end of the text cuts off.
    fn missing_bracket(&mut self, at: usize, name_start: usize, stop: usize) {
        let text = self.text;
        let name: usize = text[name_start..stop]
            .chars()
            .take_while(|c| is_name(*c))
            .map(char::len_utf8)
            .sum();
        let name_end = name_start + name;
        let rest = text[name_end..stop].trim();
        if stop == text.len() {
            self.cut_off = Some(Span::new(at, name_end));
            self.replace(at..stop, "");
            return;
        }
        let finding = ill_formed(at..name_end, "this tag has no `>`");
        let span = Span::new(name_end, name_end);
        if rest.is_empty() {
            self.findings.push(finding.fix("insert `>`", span, ">"));
            self.replace(name_end..name_end, ">");
        } else if rest.contains('=') {
            self.findings.push(finding.help("close the tag with `>`"));
            let end = name_end + text[name_end..stop].trim_end().len();
            self.replace(end..end, ">");
        } else {
            // What follows the name looks like the element's text.
            self.findings.push(finding.help("close the tag with `>`"));
            let blank = text[name_end..stop].len() - text[name_end..stop].trim_start().len();
            self.replace(name_end..name_end + blank, ">");
        }
    }
}

/// Walks from a tag's name to its end.
fn walk(text: &str, from: usize) -> Walk {
    let mut walk = Walk {
        end: text.len(),
        ..Walk::default()
    };
    let mut quote: Option<(Quote, Range<usize>)> = None;
    let mut equals = false;
    let mut bracket = None;
    for (n, c) in text[from..].char_indices() {
        let at = from + n;
        let smart = SMART_QUOTES.contains(&c);
        let own = at..at + c.len_utf8();
        match &quote {
            _ if c == '<' => {
                walk.end = at;
                break;
            }
            Some((Quote::Plain(open), _)) if c == *open => quote = None,
            Some((Quote::Smart, _)) if c == '"' => quote = None,
            Some((kind, _)) if smart && (*kind == Quote::Smart || ends_value(&text[at..])) => {
                walk.smart.push(own);
                quote = None;
            }
            Some(_) if c == '>' && bracket.is_none() => bracket = Some(at),
            None if c == '>' => {
                walk.closed = true;
                walk.end = at + 1;
                break;
            }
            None if smart && equals => {
                walk.smart.push(own.clone());
                quote = Some((Quote::Smart, own));
                bracket = None;
            }
            None if matches!(c, '"' | '\'') && equals => {
                quote = Some((Quote::Plain(c), own));
                bracket = None;
            }
            None if matches!(c, '"' | '\'') => walk.stray.push(at),
            None if c.is_whitespace() && !is_blank(c) => walk.spaces.push(own),
            _ => {}
        }
        if !c.is_whitespace() {
            equals = c == '=' && quote.is_none();
        }
    }
    if let Some((_, at)) = quote {
        walk.open_quote = Some(at);
        walk.bracket = bracket;
    }
    walk
}

/// Whether a typographic quote here can only close a value.
fn ends_value(rest: &str) -> bool {
    let mut following = rest.chars().skip(1);
    following
        .next()
        .is_none_or(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '?'))
}
