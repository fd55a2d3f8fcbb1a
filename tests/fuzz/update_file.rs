//! Update files: any bytes are decoded, checked, mended and written again without harm.

use regent::finding::Severity;
use regent::global_info::{Element, ServerName};
use regent::report::{CheckReport, CheckedFile};
use regent::source::{Encoding, MAX_BYTES, SourceFile};
use regent::system::SystemState;
use regent::update::{self, Checked, Context, FileKind, MAX_FINDINGS, UpdateFile, check, write};

use super::{probe, shown};

/// Whatever the bytes are, what is said of them is true of them.
pub(crate) fn holds(bytes: &[u8]) {
    let file = match SourceFile::decode("update.xml", bytes) {
        Ok(file) => file,
        Err(error) => return shown::error(&error, error.help()),
    };
    assert_eq!(file.bytes(), bytes, "decoding loses nothing");
    if !matches!(
        file.encoding(),
        Encoding::Declared(_) | Encoding::Unknown { .. }
    ) {
        assert_eq!(file.encode(file.text()), bytes, "nor does encoding");
    }
    let system = probe::system();
    let away = ServerName::parse("SSO02").expect("a name");
    let offline = Context::default();
    let on_master = Context {
        system: Some(&system),
        this_server: Some(system.master()),
        mode: Some(0o100_644),
    };
    let elsewhere = Context {
        this_server: Some(&away),
        ..on_master
    };
    for context in [offline, on_master, elsewhere] {
        let checked = check(&file, &context);
        is_well_placed(&file, &checked);
        mends_well(&file, &checked, &context);
        if !checked.has_errors() && checked.kind == FileKind::Update {
            is_written_again(&checked.update, &system);
        }
    }
    // Here every rule is asked, and to show what they find takes longer than to find it.
    let checked = check(&file, &elsewhere);
    let kind = checked.kind.to_string();
    let said = CheckedFile::new(&file, &kind, &checked.findings);
    shown::check(&CheckReport::new(vec![said], 0, Vec::new()));
}

/// Every place lies in the text and cuts no character; findings are in order and not too many.
fn is_well_placed(file: &SourceFile, checked: &Checked) {
    let inside = |span: regent::source::Span| file.text().get(span.range()).is_some();
    assert!(checked.findings.len() <= MAX_FINDINGS + 1);
    for finding in &checked.findings {
        assert!(!finding.message.is_empty() && !finding.labels.is_empty());
        shown::harmless(&finding.message);
        assert!(finding.labels.iter().all(|l| inside(l.span)), "{finding:?}");
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        let spans: Vec<_> = edits.map(|edit| edit.span).collect();
        assert!(spans.iter().all(|span| inside(*span)), "{finding:?}");
        let apart = |two: &[regent::source::Span]| two[0].end <= two[1].start;
        assert!(spans.windows(2).all(apart), "{finding:?}");
    }
    // The last one may say how many more there are, at the end of the text.
    let starts: Vec<_> = checked.findings.iter().map(|f| f.span().start).collect();
    assert!(starts[..starts.len().min(MAX_FINDINGS)].is_sorted());
    let elements = checked.update.elements();
    assert!(elements.iter().all(|(_, value)| inside(value.span)));
}

/// Mending adds no error, keeps an encoding that every reader knows, and mending what was mended changes nothing.
fn mends_well(file: &SourceFile, before: &Checked, context: &Context<'_>) {
    let Some((text, fixes)) = update::fix(file, context) else {
        return;
    };
    assert!(fixes > 0);
    let bytes = file.encode(&text);
    assert!(bytes.len() as u64 <= MAX_BYTES);
    let mended = SourceFile::decode(file.name(), &bytes).expect("what was mended is text");
    match file.encoding() {
        Encoding::Declared(_) | Encoding::Utf16LeUnmarked | Encoding::Utf16BeUnmarked => {
            // Where the declaration is broken, it stays.
            assert!([Encoding::Utf8, file.encoding()].contains(&mended.encoding()));
        }
        kept => assert_eq!(mended.encoding(), kept),
    }
    let after = check(&mended, context);
    assert!(after.errors() <= before.errors(), "{text}");
    assert_eq!(update::fix(&mended, context), None, "of\n{text}");
}

/// What was accepted and is written again is accepted, and means the same.
fn is_written_again(update: &UpdateFile, system: &SystemState) {
    let wanted = update.apply_to(&system.info);
    let text = write::update_file(&wanted);
    let file = SourceFile::decode("export.xml", text.as_bytes()).expect("an export is text");
    let again = check(&file, &Context::default());
    let errors: Vec<_> = again
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?} in\n{text}");
    assert_eq!(again.update.apply_to(&system.info), wanted, "{text}");
    // It names every element, so that nothing of what was there before remains.
    assert_eq!(again.update.elements().len(), Element::ALL.len());
}
