//! The vendor's published samples: each is read, or explained so that a person can act on it.

use regent::finding::Severity;
use regent::update::codes::Rule;
use regent::update::{Context, FileKind, check, fixed};

use crate::fixtures::{fixtures, holds, read, stem};

#[test]
fn every_published_sample_is_read_or_explained() {
    for path in fixtures("samples") {
        let (name, file) = (stem(&path), read(&path));
        let checked = check(&file, &Context::default());
        for finding in &checked.findings {
            let acts = finding.help.is_some() || finding.fix.is_some();
            let severe = finding.severity < Severity::Info;
            assert!(acts || !severe, "{name}: nothing to do about {finding:?}");
        }
        holds("samples", &file, &checked, &Context::default());
    }
}

#[test]
fn files_for_other_commands_are_named_and_nothing_in_them_is_misread() {
    let mut others = 0;
    for path in fixtures("samples") {
        let (name, file) = (stem(&path), read(&path));
        let checked = check(&file, &Context::default());
        if checked.kind == FileKind::Update {
            continue;
        }
        others += 1;
        let wrong = |f: &&regent::finding::Finding| f.code == Rule::WrongFileKind.code();
        assert_eq!(checked.findings.iter().filter(wrong).count(), 1, "{name}");
        assert_eq!(checked.update.elements(), [], "{name}");
    }
    assert_eq!(others, 20);
}

/// Of a sample with `globalnfo`, mending leaves only what a person must decide.
#[test]
fn the_misspelled_samples_can_be_mended() {
    let mut mended = 0;
    for path in fixtures("samples") {
        let file = read(&path);
        if file.text().contains("globalnfo") {
            let found = check(&file, &Context::default()).findings;
            let text = fixed(&file, &found).expect("a mend");
            assert_eq!(text, file.text().replace("globalnfo", "globalInfo"));
            mended += 1;
        }
    }
    assert_eq!(mended, 2);
}
