//! How a text differs from the one that was expected.

use similar::TextDiff;

/// The lines that differ, and those around them: `-` before what is gone, `+` before what is new.
pub(super) fn difference(expected: &str, found: &str) -> String {
    let lines = TextDiff::from_lines(expected, found);
    let mut lines = lines.unified_diff();
    lines.missing_newline_hint(false).to_string()
}
