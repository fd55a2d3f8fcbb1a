//! The vendor's published samples: each is read, or explained so that a person can act on it.

use regent::finding::Severity;
use regent::source::SourceFile;
use regent::update::codes::Rule;
use regent::update::{Context, FileKind, check, fix, fixed};

use crate::fixtures::{fixtures, holds, read, stem};
use crate::schema::well_formed;

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
        let takes = match checked.kind {
            FileKind::Update => continue,
            FileKind::Applications => "`ssomanage -createapps`",
            FileKind::Mappings => "`ssomanage -createmappings`",
            FileKind::ManagementAgent => "ENTSSO.xml",
            FileKind::Unknown => panic!("{name}: which kind is it?"),
        };
        others += 1;
        let [only] = checked.findings.as_slice() else {
            panic!("{name}: {:?}", checked.findings);
        };
        assert_eq!(only.code, Rule::WrongFileKind.code(), "{name}");
        let help = only.help.as_deref().unwrap_or_default();
        assert!(help.contains(takes), "{name}: {help}");
        assert_eq!(checked.update.elements(), [], "{name}");
    }
    assert_eq!(others, 20);
}

/// The command that takes such a file takes it only when it is XML.
#[test]
fn broken_files_for_other_commands_can_be_mended() {
    needs!(Xmllint);
    let mut mended = 0;
    for path in fixtures("samples") {
        let file = read(&path);
        let checked = check(&file, &Context::default());
        if checked.kind == FileKind::Update || well_formed(&file).is_ok() {
            continue;
        }
        let (text, _) = fix(&file, &Context::default()).expect("a mend");
        let fixed = SourceFile::decode(file.name(), text.as_bytes()).expect("text");
        assert_eq!(well_formed(&fixed), Ok(()), "{text}");
        let findings = check(&fixed, &Context::default()).findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].labels.len(), 1, "{findings:?}");
        mended += 1;
    }
    assert_eq!(mended, 5);
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
