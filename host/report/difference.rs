//! How a text differs from the one that was expected.

use std::time::Duration;

use similar::TextDiff;

/// How long the shortest difference is looked for, after which any will do: two texts without a
/// common line take time by the square of their length, and a stranger's may have millions.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most lines that are shown.
const SHOWN: usize = 1000;

/// The lines that differ, and those around them: `-` before what is gone, `+` before what is new.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let lines = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(expected, found);
    let mut lines = lines.unified_diff();
    let told = lines.missing_newline_hint(false).to_string();
    let count = told.lines().count();
    if count <= SHOWN {
        return told;
    }
    let mut shown: String = told.split_inclusive('\n').take(SHOWN).collect();
    shown.push_str(&format!("… and {} more lines\n", count - SHOWN));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_are_told() {
        assert_eq!(
            difference("a\nb\nc\n", "a\nB\nc\n"),
            "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
        );
        assert_eq!(difference("a\n", "a\n"), "");
    }

    #[test]
    fn of_texts_without_a_common_line_the_first_are_told() {
        let text = |line: &str| {
            let lines: Vec<_> = (0..60_000).map(|n| format!("{line}{n}\n")).collect();
            lines.concat()
        };
        let told = difference(&text("then "), &text("now "));
        assert_eq!(told.lines().count(), SHOWN + 1);
        assert_eq!(told.lines().next(), Some("@@ -1,60000 +1,60000 @@"));
        assert_eq!(told.lines().last(), Some("… and 119001 more lines"));
    }
}
