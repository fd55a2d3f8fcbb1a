//! The rules that come with regent in other languages than Rust: built by their own tools, and asked
//! their cases.

use std::path::Path;

use regent::toolchain::Language;

use super::alike::{bench, build, can_build, standing};
use crate::plugins;
use crate::support::Site;

/// Builds every rule in a language, asks its cases, and holds its README against what it says.
fn say_what_their_cases_expect(language: Language) {
    if !can_build(language) {
        return;
    }
    let written = |folder: &&std::path::PathBuf| {
        Language::of(folder).expect("a project of one language") == language
    };
    let shipped = plugins::shipped();
    let mut asked = 0;
    for folder in shipped.iter().filter(written) {
        says_what_its_cases_expect(language, folder);
        asked += 1;
    }
    assert!(asked > 0, "no rule is written in {language}");
}

fn says_what_its_cases_expect(language: Language, folder: &Path) {
    let name = folder.file_name().expect("a name");
    let project = bench(language).join(name);
    let component = build(language, &project, &standing(folder));
    let site = Site::empty();
    let plain = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let (cases, component) = (plain(folder), plain(&component));
    let words = ["plugin", "test", &cases, "--component", &component];
    let json = site.run(&[&words[..], &["--format", "json"]].concat());
    let exit = json.exit;
    let json = json.json();
    assert_eq!(exit, Some(0), "{json:#}");
    assert_eq!(json["plugin"], name.to_str().expect("a plain name"));
    // Every rule that a plugin declares is shown by a case to be more than a word.
    assert_eq!(json["untriggered"], serde_json::json!([]), "{json:#}");
    let asked = json["cases"].as_array().expect("cases").len();
    assert!(asked > 3, "{json:#}");
    assert_eq!(json["passed"], asked, "{json:#}");
    let said = site
        .run(&["plugin", "inspect", &component, "--format", "json"])
        .exits(0)
        .json();
    let said = &said["plugin"];
    let file = |path: &str| std::fs::read_to_string(folder.join(path)).expect(path);
    let readme = file("README.md");
    let summary = said["summary"].as_str().expect("a text");
    assert!(
        readme.starts_with(&format!("# {}\n\n{summary}.\n", name.display())),
        "{summary}"
    );
    for rule in said["rules"].as_array().expect("rules") {
        let row = format!("| `{}` |", rule["id"].as_str().expect("a text"));
        assert!(readme.contains(&row), "{row}");
    }
    let schema: serde_json::Value =
        serde_json::from_str(&file("settings.schema.json")).expect("it is JSON");
    assert_eq!(said["settings-schema"], schema);
}

#[test]
fn the_rules_in_javascript_say_what_their_cases_expect() {
    say_what_their_cases_expect(Language::JavaScript);
}

#[test]
fn the_rules_in_typescript_say_what_their_cases_expect() {
    say_what_their_cases_expect(Language::TypeScript);
}

#[test]
fn the_rules_in_python_say_what_their_cases_expect() {
    say_what_their_cases_expect(Language::Python);
}

#[test]
fn the_rules_in_c_say_what_their_cases_expect() {
    say_what_their_cases_expect(Language::C);
}
