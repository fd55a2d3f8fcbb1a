//! Applies the mends that findings carry.

use std::collections::BTreeSet;

use crate::finding::{Edit, Finding};
use crate::source::{Encoding, SourceFile, Span};

use super::{Context, check, meant, read};

/// The most rounds of mending and checking again. Each applies all mends that were found at once,
/// so that few are needed.
const MAX_ROUNDS: usize = 100;

/// The text with every mend applied that does not touch another; nothing where there is none.
pub fn fixed(file: &SourceFile, findings: &[Finding]) -> Option<String> {
    mended(file, findings).map(|(text, _)| text)
}

/// Mends and checks again until nothing changes.
///
/// Gives the new text and how many mends it holds; nothing where nothing was mended, or where no
/// end of it is in sight.
/// **Invariant:** the result has no more errors than the file, and mending it again changes nothing.
pub fn fix(file: &SourceFile, context: &Context<'_>) -> Option<(String, usize)> {
    let mut best: Option<(SourceFile, usize)> = None;
    for _ in 0..MAX_ROUNDS {
        let (current, fixes) = match &best {
            Some((current, fixes)) => (current, *fixes),
            None => (file, 0),
        };
        let Some((next, applied)) = better(current, context) else {
            return best.map(|(file, fixes)| (file.text().to_owned(), fixes));
        };
        best = Some((next, fixes + applied));
    }
    None
}

/// The file with every mend applied that does not touch another, where that makes it no worse.
fn better(file: &SourceFile, context: &Context<'_>) -> Option<(SourceFile, usize)> {
    // What is shown is bounded; what is mended must not wait for what hides it.
    let (_, kind, found) = read(file, context);
    let (text, applied) = mended(file, &meant(kind, found.all()))?;
    // A text that outgrows the limit of a file is not written.
    let next = SourceFile::decode(file.name(), &file.encode(&text)).ok()?;
    let worse = || check(&next, context).errors() > check(file, context).errors();
    (next.bytes() != file.bytes() && !worse()).then_some((next, applied))
}

/// The mended text, and how many mends were applied.
fn mended(file: &SourceFile, findings: &[Finding]) -> Option<(String, usize)> {
    let (accepted, fixes) = compatible(findings);
    // Of a file whose characters are guessed nothing is certain.
    if fixes == 0 || matches!(file.encoding(), Encoding::Unknown { .. }) {
        return None;
    }
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

/// The edits, in span order, of every mend that does not touch one before it, and how many mends.
pub(super) fn compatible(findings: &[Finding]) -> (Vec<&Edit>, usize) {
    let mut taken: BTreeSet<Span> = BTreeSet::new();
    let mut edits: Vec<&Edit> = Vec::new();
    let mut fixes = 0;
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        // What is taken does not touch, so its two neighbours speak for all of it.
        let free = |edit: &Edit| {
            let before = taken.range(..=edit.span).next_back();
            let after = taken.range(edit.span..).next();
            let mut neighbours = before.into_iter().chain(after);
            !neighbours.any(|other| touch(edit.span, *other))
        };
        if !fix.edits.is_empty() && fix.edits.iter().all(free) {
            taken.extend(fix.edits.iter().map(|edit| edit.span));
            edits.extend(&fix.edits);
            fixes += 1;
        }
    }
    edits.sort_by_key(|edit| edit.span);
    (edits, fixes)
}

/// Whether two edits concern the same place; two insertions at one place do.
fn touch(one: Span, other: Span) -> bool {
    if one.is_empty() || other.is_empty() {
        return one.start <= other.end && other.start <= one.end;
    }
    one.start < other.end && other.start < one.end
}
