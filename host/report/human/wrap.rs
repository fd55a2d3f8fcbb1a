//! Breaks text into lines that fit.

use unicode_width::UnicodeWidthStr as _;

/// How many columns of a terminal a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Breaks `text` at spaces so that each line takes at most `width` columns.
///
/// What stands between backticks is a command or a name and is never broken; neither is a word
/// that is longer than a line. Line ends in `text` stay.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in words(paragraph) {
            if line.is_empty() {
                line.push_str(word);
            } else if columns(&line) + 1 + columns(word) <= width {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            }
        }
        lines.push(line);
    }
    lines
}

/// Splits at spaces outside backticks; an unpaired backtick is an ordinary character.
fn words(paragraph: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = paragraph.trim_start_matches(' ');
    while !rest.is_empty() {
        let mut end = 0;
        loop {
            let tail = &rest[end..];
            let stop = tail.find([' ', '`']).unwrap_or(tail.len());
            end += stop;
            if !rest[end..].starts_with('`') {
                break;
            }
            let close = rest[end + 1..].find('`').map_or(1, |close| close + 2);
            end += close;
        }
        words.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(' ');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_never_inside_a_command() {
        assert_eq!(
            wrap("run `regent resume --yes` now, or not", 12),
            ["run", "`regent resume --yes`", "now, or not"]
        );
        assert_eq!(wrap("one\n\ntwo three", 5), ["one", "", "two", "three"]);
        assert_eq!(wrap("a lone ` is a word", 8), ["a lone `", "is a", "word"]);
        assert_eq!(wrap("名名 名名", 5), ["名名", "名名"]);
    }
}
