//! Applies the mends that findings carry.

use crate::finding::{Edit, Finding};
use crate::source::SourceFile;

use super::{Context, check};

/// The most rounds of mending and checking again.
const MAX_ROUNDS: usize = 100;

/// The text with every mend applied that does not touch another; nothing where there is none.
pub fn fixed(file: &SourceFile, findings: &[Finding]) -> Option<String> {
    mended(file, findings).map(|(text, _)| text)
}

/// Mends and checks again until nothing changes.
///
/// Gives the new text and how many mends it holds; nothing where nothing was mended.
/// **Invariant:** the result has no more errors than the file, and mending it again changes nothing.
pub fn fix(file: &SourceFile, context: &Context<'_>) -> Option<(String, usize)> {
    let mut best: Option<(SourceFile, usize)> = None;
    for _ in 0..MAX_ROUNDS {
        let (current, fixes) = match &best {
            Some((current, fixes)) => (current, *fixes),
            None => (file, 0),
        };
        let before = check(current, context);
        let Some((text, applied)) = mended(current, &before.findings) else {
            break;
        };
        // A text that outgrows the limit of a file is not written.
        let Ok(next) = SourceFile::decode(file.name(), &file.encode(&text)) else {
            break;
        };
        if text == current.text() || check(&next, context).errors() > before.errors() {
            break;
        }
        best = Some((next, fixes + applied));
    }
    best.map(|(file, fixes)| (file.text().to_owned(), fixes))
}

/// The mended text, and how many mends were applied.
fn mended(file: &SourceFile, findings: &[Finding]) -> Option<(String, usize)> {
    let mut accepted: Vec<&Edit> = Vec::new();
    let mut fixes = 0;
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let free = |edit: &Edit| !accepted.iter().any(|other| touch(edit, other));
        if !fix.edits.is_empty() && fix.edits.iter().all(free) {
            accepted.extend(&fix.edits);
            fixes += 1;
        }
    }
    if fixes == 0 {
        return None;
    }
    accepted.sort_by_key(|edit| edit.span);
    let mut text = String::with_capacity(file.text().len());
    let mut at = 0;
    for edit in accepted {
        let range = edit.span.range();
        text.push_str(file.text().get(at..range.start)?);
        text.push_str(&edit.replacement);
        at = range.end;
    }
    text.push_str(file.text().get(at..)?);
    Some((text, fixes))
}

/// Whether two edits concern the same place; two insertions at one place do.
fn touch(one: &Edit, other: &Edit) -> bool {
    let (one, other) = (one.span, other.span);
    if one.is_empty() || other.is_empty() {
        return one.start <= other.end && other.start <= one.end;
    }
    one.start < other.end && other.start < one.end
}
