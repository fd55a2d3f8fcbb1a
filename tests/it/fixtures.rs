//! The fixtures and samples, and what `regent check` says of each, held against snapshots.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regent::report::human::{Page, Style};
use regent::report::{CheckReport, CheckedFile, Report as _, json, schema};
use regent::source::SourceFile;
use regent::update::{self, Checked, Context};

/// The fixtures of a folder, sorted.
pub(crate) fn fixtures(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<_> = std::fs::read_dir(root.join(folder))
        .expect("fixtures")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    files.sort();
    assert!(files.len() > 10, "{folder}");
    files
}

pub(crate) fn stem(path: &Path) -> String {
    let stem = path.file_stem().expect("name").to_string_lossy();
    stem.into_owned()
}

/// A fixture, under its name without folders, as one who stands in its folder names it.
pub(crate) fn read(path: &Path) -> SourceFile {
    let name = path.file_name().expect("name").to_string_lossy();
    let bytes = std::fs::read(path).expect("fixture");
    SourceFile::decode(&name, &bytes).expect("readable fixture")
}

/// What the command reports of one file.
fn report(file: &SourceFile, checked: &Checked) -> CheckReport {
    let kind = checked.kind.to_string();
    let file = CheckedFile::new(file, &kind, &checked.findings);
    CheckReport::new(vec![file], 0, Vec::new())
}

/// What the command prints, then what was understood of the file, then the mended file.
fn human(file: &SourceFile, checked: &Checked, context: &Context<'_>) -> String {
    let mut page = Page::new(Style::PLAIN);
    report(file, checked).human(&mut page);
    let mut out = page.finish();
    let elements = checked.update.elements();
    if !elements.is_empty() {
        out.push_str("--- understood\n");
    }
    for (element, value) in elements {
        let start = file.position(value.span.start);
        writeln!(out, "{start} {element} = {}", value.value).expect("string");
    }
    if let Some((fixed, _)) = update::fix(file, context) {
        write!(out, "--- fixed\n{fixed}").expect("string");
    }
    out
}

/// Holds both forms against `tests/snapshots/<folder>/<stem>.{human,json}.snap`, and JSON against its schema.
#[track_caller]
pub(crate) fn holds(folder: &str, file: &SourceFile, checked: &Checked, context: &Context<'_>) {
    let name = stem(Path::new(file.name()));
    let json = json::render(&report(file, checked));
    documented(&json);
    insta::with_settings!({
        snapshot_path => format!("../snapshots/{folder}"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(format!("{name}.human"), human(file, checked, context));
        insta::assert_snapshot!(format!("{name}.json"), json);
    });
}

/// Fails where the JSON of a check is not what `regent schema check` promises.
#[track_caller]
fn documented(json: &str) {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = schema::json_schema::<CheckReport>();
        let schema = serde_json::from_str(&schema).expect("is JSON");
        jsonschema::validator_for(&schema).expect("is a schema")
    });
    let json = serde_json::from_str(json).expect("is JSON");
    let wrong: Vec<String> = SCHEMA
        .iter_errors(&json)
        .map(|error| error.to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{json:#}");
}
