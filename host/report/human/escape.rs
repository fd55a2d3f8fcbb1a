//! Makes text from outside harmless: a terminal obeys none of it, and nothing in it is invisible.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::visible::is_hidden;

/// Spells control and invisible characters visibly, line ends included: `\n`, `\u{1b}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        push(&mut shown, character);
    }
    Cow::Owned(shown)
}

/// As [`escape`], but keeps line ends, and shows a tab as four spaces.
pub fn escape_block(text: &str) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(|line| escape(&line.replace('\t', "    ")).into_owned())
        .collect();
    lines.join("\n")
}

/// Adds one character, spelled visibly where it has to be.
pub(super) fn push(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ if is_hidden(character) => {
            write!(shown, "{}", character.escape_unicode()).expect("a string takes every write");
        }
        _ => shown.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_stays_hidden() {
        let nasty = "a\u{1b}[2J\u{9b}31m\u{202e}b\u{2066}\u{200b}\r\n\tc\u{7f}é名";
        assert_eq!(
            escape(nasty),
            r"a\u{1b}[2J\u{9b}31m\u{202e}b\u{2066}\u{200b}\r\n\tc\u{7f}é名"
        );
        assert_eq!(escape_block("a\tb\r\nc\u{7}\n"), "a    b\nc\\u{7}");
        assert!(matches!(escape(r"CONTOSO\Admins é"), Cow::Borrowed(_)));
    }
}
