//! `regent plugin new`: projects that work, in every language and of every kind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regent::toolchain::{Fresh, Kind, Language};

use crate::plugins;
use crate::support::Site;

mod alike;
mod contract;
mod shipped;

/// Each language as it is typed.
const LANGUAGES: [(Language, &str); 5] = [
    (Language::Rust, "rust"),
    (Language::JavaScript, "javascript"),
    (Language::TypeScript, "typescript"),
    (Language::Python, "python"),
    (Language::C, "c"),
];

/// Each kind as it is typed.
const KINDS: [(Kind, &str); 3] = [
    (Kind::Validator, "validator"),
    (Kind::Promoter, "promoter"),
    (Kind::Both, "both"),
];

/// Every file of a project that regent would write.
fn written(name: &str, language: Language, kind: Kind) -> BTreeMap<String, String> {
    let fresh = Fresh {
        name,
        language,
        kind,
    };
    fresh.files().into_iter().collect()
}

/// The one file that an author changes first.
fn source(language: Language) -> &'static str {
    match language {
        Language::Rust => "src/lib.rs",
        Language::JavaScript => "plugin.js",
        Language::TypeScript => "plugin.ts",
        Language::Python => "plugin.py",
        Language::C => "plugin.c",
    }
}

/// Holds a text against `tests/snapshots/fresh/<name>.snap`.
#[track_caller]
fn snapshot(name: &str, text: impl AsRef<str>) {
    crate::snapshot!("fresh", name, text.as_ref());
}

#[test]
fn a_project_is_made_and_says_what_to_do_next() {
    let site = Site::empty();
    let run = site
        .run(&["plugin", "new", "my-rule", "--lang", "rust"])
        .exits(0);
    let files = plugins::files(&site.path("my-rule"));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    snapshot(
        "made",
        format!("{}--- files\n{}\n", run.transcript(), names.join("\n")),
    );
    assert_eq!(files, written("my-rule", Language::Rust, Kind::Validator));
    // Nothing is left beside it.
    let beside = std::fs::read_dir(site.path("")).expect("a folder").count();
    assert_eq!(beside, 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| {
            let metadata = std::fs::metadata(site.path(name)).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        std::fs::create_dir(site.path("ordinary")).expect("a folder");
        assert_eq!(mode("my-rule"), mode("ordinary"), "as open as any folder");
    }
}

#[test]
fn an_empty_folder_is_filled() {
    let site = Site::empty();
    std::fs::create_dir(site.path("my-rule")).expect("a folder");
    let new = ["plugin", "new", "my-rule", "--lang", "c", "--kind", "both"];
    let _made = site.run(&new).exits(0);
    let files = plugins::files(&site.path("my-rule"));
    assert_eq!(files, written("my-rule", Language::C, Kind::Both));
}

#[test]
fn wrong_input_is_answered_and_changes_nothing() {
    let site = Site::empty();
    site.write("taken/notes.txt", "mine");
    site.write("file", "mine");
    std::os::unix::fs::symlink("nowhere", site.path("link")).expect("a link");
    let before = plugins::files(&site.path("taken"));
    let mut said = String::new();
    for (words, exit) in [
        (&["my-rule"][..], 2),
        (&["my-rule", "--lang", "go"], 2),
        (&["My_Rule", "--lang", "rust"], 2),
        (&["plugins/my-rule", "--lang", "rust"], 2),
        (&["..", "--lang", "rust"], 2),
        (&["4-eyes", "--lang", "rust"], 2),
        (&["serde", "--lang", "rust"], 2),
        (&["taken", "--lang", "rust"], 7),
        (&["file", "--lang", "python"], 7),
        (&["link", "--lang", "python"], 7),
    ] {
        let run = site.run(&[&["plugin", "new"], words].concat()).exits(exit);
        said.push_str(&format!(
            "$ regent plugin new {}\n{}\n",
            words.join(" "),
            run.transcript()
        ));
    }
    snapshot("refused", said);
    assert_eq!(plugins::files(&site.path("taken")), before);
    let names = std::fs::read_dir(site.path("")).expect("a folder");
    let names = names.map(|entry| entry.expect("an entry").file_name());
    let names: BTreeSet<_> = names.filter_map(|name| name.into_string().ok()).collect();
    assert_eq!(names, ["file", "link", "taken"].map(str::to_owned).into());
}

#[test]
fn every_project_is_whole_and_small() {
    // As long as a name may be: nothing in a snapshot is wrapped because of it.
    let longest = ["long"; 12].join("-") + "-name";
    for (language, typed) in LANGUAGES {
        for (kind, asked) in KINDS {
            for name in ["my-rule", &longest] {
                let files = written(name, language, kind);
                let what = format!("{name}, {typed}, {asked}");
                for (path, text) in &files {
                    for mark in ["{{", "}}", "%if", "%end", "\n\n\n\n"] {
                        assert!(!text.contains(mark), "{what}: {path} has {mark}");
                    }
                    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
                }
                let source = &files[source(language)];
                assert!(source.lines().count() < 60, "{what}: {source}");
                let asks: BTreeSet<&str> = files
                    .keys()
                    .filter_map(|path| path.strip_prefix("cases/not-allowed/"))
                    .collect();
                let (validates, decides) = (kind != Kind::Promoter, kind != Kind::Validator);
                assert_eq!(asks.contains("update.xml"), validates, "{what}");
                assert_eq!(asks.contains("promotion.toml"), decides, "{what}");
                assert!(asks.contains("expected.snap"), "{what}");
                let contract = include_str!("../../wit/plugin.wit");
                assert_eq!(files["wit/plugin.wit"], contract);
                shows_settings_that_fit(name, &files);
                links_to_a_page(typed, &files["README.md"]);
            }
        }
    }
}

/// The `[[plugin]]` block of its README is what a reader will copy.
fn shows_settings_that_fit(name: &str, files: &BTreeMap<String, String>) {
    let schema: serde_json::Value =
        serde_json::from_str(&files["settings.schema.json"]).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let (_, block) = files["README.md"].split_once("```toml\n").expect("a block");
    let block = block.split("```").next().expect("a first part");
    let table: toml::Table = block.parse().expect("TOML");
    let plugin = &table["plugin"][0];
    assert_eq!(plugin["name"].as_str(), Some(name));
    let settings = serde_json::to_value(&plugin["settings"]).expect("JSON");
    assert!(schema.is_valid(&settings), "{settings}");
    let cases: toml::Table = files["cases/settings.toml"].parse().expect("TOML");
    assert!(schema.is_valid(&serde_json::to_value(cases).expect("JSON")));
}

fn links_to_a_page(language: &str, readme: &str) {
    let page = format!("plugins/docs/{language}.md");
    assert!(readme.contains(&page), "{readme}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains(&format!("regent plugin new my-rule --lang {language}")));
}
