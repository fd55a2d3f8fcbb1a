//! What a build in another language than Rust needs, and what it says where that is missing. The
//! programs here are stand-ins; the real ones build the plugins that come with regent.

use std::path::Path;
use std::process::Command;

use regent::toolchain::{Error, Language, Toolchain};
use tempfile::TempDir;

use super::{program, refused};
use crate::plugins;
use crate::tools::Tool;

const CONTRACT: &str = include_str!("../../../wit/plugin.wit");

/// A project in each language, as small as it may be.
const PROJECTS: [(Language, &str, &str); 5] = [
    (Language::Rust, "Cargo.toml", ""),
    (
        Language::JavaScript,
        "package.json",
        r#"{ "name": "small", "main": "plugin.js", "regent": { "world": "plugin" } }"#,
    ),
    (
        Language::TypeScript,
        "package.json",
        r#"{ "name": "small", "main": "plugin.ts", "regent": { "world": "plugin" } }"#,
    ),
    (
        Language::Python,
        "pyproject.toml",
        "[project]\nname = \"small\"\n[tool.regent]\nworld = \"plugin\"\nmodule = \"plugin\"\n",
    ),
    (
        Language::C,
        "regent-plugin.toml",
        "name = \"small\"\nworld = \"plugin\"\nsources = [\"plugin.c\"]\n",
    ),
];

/// Tools that are nowhere.
fn nothing_installed() -> Toolchain {
    Toolchain {
        node: "no-such-node".into(),
        npm: "no-such-npm".into(),
        python: "no-such-python".into(),
        clang: "no-such-clang".into(),
        ..plugins::toolchain()
    }
}

/// No build here leaves anything in a shared folder, so they need not take turns.
fn project(files: &[(&str, &str)]) -> TempDir {
    let bench = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = bench.path().join(name);
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs_err::write(path, text).expect("a file");
    }
    bench
}

/// A program of the project's own that ends in `script`.
#[cfg(unix)]
fn executable(bench: &TempDir, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = bench.path().join(name);
    fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs_err::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("a file of ours");
}

#[test]
fn the_language_is_told_from_the_project() {
    for (language, manifest, text) in PROJECTS {
        let bench = project(&[(manifest, text)]);
        assert_eq!(
            Language::of(bench.path()).expect("a project"),
            language,
            "{manifest}"
        );
    }
    assert_eq!(PROJECTS.map(|(language, ..)| language), Language::ALL);
}

#[test]
fn two_languages_in_one_folder_are_refused() {
    let bench = project(&[
        (PROJECTS[3].1, PROJECTS[3].2),
        (PROJECTS[4].1, PROJECTS[4].2),
    ]);
    let (_, text) = refused(&nothing_installed(), bench.path());
    insta::assert_snapshot!(text, @r"
    the folder $PLUGIN holds both `pyproject.toml` and `regent-plugin.toml`, so it could be a plugin in either language
    → keep the plugin's project in a folder of its own
    ");
}

#[test]
fn a_missing_tool_is_named_with_where_to_get_it() {
    let mut said = Vec::new();
    for (language, manifest, text) in &PROJECTS[1..] {
        let bench = project(&[(manifest, text), ("wit/plugin.wit", CONTRACT)]);
        let (_, text) = refused(&nothing_installed(), bench.path());
        said.push(format!("{language}: {text}"));
    }
    insta::assert_snapshot!(said.join("\n\n"), @r"
    JavaScript: `no-such-node` cannot be run, so no plugin in JavaScript can be built
    → install Node.js 20 or newer with npm (https://nodejs.org; Debian 13: nodejs npm), open a new terminal and try again; components that are built already run without it

    TypeScript: `no-such-node` cannot be run, so no plugin in TypeScript can be built
    → install Node.js 20 or newer with npm (https://nodejs.org; Debian 13: nodejs npm), open a new terminal and try again; components that are built already run without it

    Python: `no-such-python` cannot be run, so no plugin in Python can be built
    → install Python 3.10 or newer with pip and venv (https://www.python.org; Debian: python3 python3-venv), open a new terminal and try again; components that are built already run without it

    C: `no-such-clang` cannot be run, so no plugin in C can be built
    → install clang and lld, version 14 or newer (Debian: clang lld), open a new terminal and try again; components that are built already run without it
    ");
}

#[cfg(unix)]
#[test]
fn a_tool_of_another_time_is_told_from_one_that_fails() {
    let (_, manifest, text) = PROJECTS[1];
    let bench = project(&[(manifest, text), ("wit/plugin.wit", CONTRACT)]);
    let toolchain = Toolchain {
        node: program("node-of-2022"),
        ..nothing_installed()
    };
    let (error, text) = refused(&toolchain, bench.path());
    assert!(matches!(error, Error::OldProgram { .. }), "{text}");
    let path = program("node-of-2022").display().to_string();
    insta::assert_snapshot!(text.replace(&path, "node"), @r"
    `node` is v18.20.8, too old to build plugins in JavaScript
    → install Node.js 20 or newer with npm (https://nodejs.org; Debian 13: nodejs npm), open a new terminal and try again; components that are built already run without it
    ");
}

#[test]
fn a_project_without_the_contract_is_refused() {
    let mut said = Vec::new();
    for (language, manifest, text) in &PROJECTS[1..] {
        let bench = project(&[(manifest, text)]);
        let (_, text) = refused(&nothing_installed(), bench.path());
        said.push(format!(
            "{language}: {}",
            text.lines().next().unwrap_or_default()
        ));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    JavaScript: $PLUGIN/wit holds no `plugin.wit`, the contract that the plugin is to keep
    TypeScript: $PLUGIN/wit holds no `plugin.wit`, the contract that the plugin is to keep
    Python: $PLUGIN/wit holds no `plugin.wit`, the contract that the plugin is to keep
    C: $PLUGIN/wit holds no `plugin.wit`, the contract that the plugin is to keep
    ");

    let (_, manifest, text) = PROJECTS[4];
    let torn = CONTRACT.split_at(CONTRACT.len() / 2).0;
    let bench = project(&[(manifest, text), ("wit/plugin.wit", torn)]);
    let (_, text) = refused(&nothing_installed(), bench.path());
    assert!(
        text.starts_with("the contract in $PLUGIN/wit is not understood: "),
        "{text}"
    );
}

#[test]
fn a_manifest_that_says_too_little_is_refused() {
    let manifests = [
        ("package.json", "{"),
        (
            "package.json",
            r#"{ "name": "small", "main": "plugin.js" }"#,
        ),
        (
            "package.json",
            r#"{ "name": "small", "main": "plugin.js", "regent": { "world": "rules" } }"#,
        ),
        ("pyproject.toml", "[project]\nname = \"small\"\n"),
        ("pyproject.toml", "name = "),
        (
            "regent-plugin.toml",
            "name = \"small\"\nworld = \"plugin\"\n",
        ),
        (
            "regent-plugin.toml",
            "name = \"small\"\nworld = \"\"\nsources = []\n",
        ),
    ];
    let mut said = Vec::new();
    for (manifest, text) in manifests {
        let bench = project(&[(manifest, text), ("wit/plugin.wit", CONTRACT)]);
        let (_, text) = refused(&nothing_installed(), bench.path());
        said.push(text.lines().next().unwrap_or_default().to_owned());
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    $PLUGIN/package.json does not say how the plugin is built: EOF while parsing an object at line 1 column 1
    $PLUGIN/package.json does not say how the plugin is built: missing field `regent` at line 1 column 40
    $PLUGIN/package.json does not say how the plugin is built: `rules` is none of the worlds validator-plugin, promoter-plugin, plugin
    $PLUGIN/pyproject.toml does not say how the plugin is built: missing field `tool`
    $PLUGIN/pyproject.toml does not say how the plugin is built: string values must be quoted, expected literal string
    $PLUGIN/regent-plugin.toml does not say how the plugin is built: missing field `sources`
    $PLUGIN/regent-plugin.toml does not say how the plugin is built: `` is none of the worlds validator-plugin, promoter-plugin, plugin
    ");
}

#[cfg(unix)]
#[test]
fn tools_that_cannot_be_installed_are_told_with_what_their_installer_said() {
    let (_, manifest, text) = PROJECTS[1];
    let bench = project(&[(manifest, text), ("wit/plugin.wit", CONTRACT)]);
    let toolchain = Toolchain {
        node: "true".into(),
        npm: program("npm-without-network"),
        ..nothing_installed()
    };
    let (_, text) = refused(&toolchain, bench.path());
    insta::assert_snapshot!(text, @r"
    npm could not install the tools of $PLUGIN
    npm error code ENOTFOUND
    npm error network request to the registry failed
    → the first build fetches tools and libraries from the language's registry: build once where it can be reached
    ");

    let toolchain = Toolchain {
        node: "true".into(),
        npm: "true".into(),
        ..nothing_installed()
    };
    let (_, text) = refused(&toolchain, bench.path());
    insta::assert_snapshot!(text, @r"
    $PLUGIN/package.json does not say how the plugin is built: npm installed no esbuild and no componentize-qjs
    → compare it with the one of a new project, which `regent plugin new NAME --lang LANGUAGE` makes
    ");

    let (_, manifest, text) = PROJECTS[3];
    let bench = project(&[(manifest, text), ("wit/plugin.wit", CONTRACT)]);
    let toolchain = Toolchain {
        python: program("python-without-venv"),
        ..nothing_installed()
    };
    let (_, text) = refused(&toolchain, bench.path());
    insta::assert_snapshot!(text, @r"
    Python could not make a virtual environment for $PLUGIN
    The virtual environment was not created successfully because ensurepip is not available.
    → install Python 3.10 or newer with pip and venv (https://www.python.org; Debian: python3 python3-venv)
    ");
}

/// What a tool puts into a component is not taken on trust.
#[cfg(unix)]
#[test]
fn a_component_that_wants_more_than_the_contract_offers_is_refused() {
    let (_, manifest, text) = PROJECTS[1];
    let bench = project(&[(manifest, text), ("wit/plugin.wit", CONTRACT)]);
    let clock = r#"(component
        (import "wasi:clocks/wall-clock@0.2.6" (instance
            (export "now" (func (result u64)))))
        (import "regent:plugin/log@1.0.0" (instance)))"#;
    let made = wat::parse_str(clock).expect("a component");
    fs_err::write(bench.path().join("made.wasm"), made).expect("a file");
    executable(&bench, "node_modules/.bin/esbuild", "exit 0");
    let copies =
        r#"while [ $# -gt 1 ]; do [ "$1" = --output ] && cp made.wasm "$2"; shift; done; exit 0"#;
    executable(&bench, "node_modules/.bin/componentize-qjs", copies);
    let toolchain = Toolchain {
        node: "true".into(),
        ..nothing_installed()
    };
    let (_, text) = refused(&toolchain, bench.path());
    insta::assert_snapshot!(text, @r"
    $PLUGIN makes a component that regent would not load: it imports wasi:clocks/wall-clock@0.2.6
    → a plugin is given everything as arguments: do without the files, clocks, streams and networks that the code or one of its libraries asks for
    ");
    // The same way to its end, with a component that wants nothing.
    let harmless = wat::parse_str("(component)").expect("a component");
    fs_err::write(bench.path().join("made.wasm"), &harmless).expect("a file");
    let (built, said) = super::build(&toolchain, bench.path()).expect("a component");
    // Nothing is added to it but what it was made with.
    let named = fs_err::read(&built.component).expect("a file");
    assert!(named.starts_with(&harmless));
    let added = String::from_utf8_lossy(&named[harmless.len()..]);
    for (field, value) in [("language", "JavaScript"), ("processed-by", "regent")] {
        assert!(added.contains(field) && added.contains(value), "{added:?}");
    }
    assert_eq!(
        (built.name.as_str(), built.language),
        ("small", Language::JavaScript)
    );
    assert_eq!(said.len(), 1, "{said:?}");
    // A module is no component, whatever its tool calls it.
    fs_err::remove_file(built.component).expect("a file");
    fs_err::write(bench.path().join("made.wasm"), "\0asm\u{1}\0\0\0").expect("a file");
    let (_, text) = refused(&toolchain, bench.path());
    insta::assert_snapshot!(text.lines().next().unwrap_or_default(), @"$PLUGIN makes a component that regent would not load: it is no component");
}

/// Tools that lie above the project serve it too, as npm has it; then nothing is installed.
#[cfg(unix)]
#[test]
fn tools_are_looked_for_above_the_project_too() {
    let (_, manifest, text) = PROJECTS[3];
    let bench = project(&[
        (&format!("inner/{manifest}"), text),
        ("inner/wit/plugin.wit", CONTRACT),
    ]);
    let says = "echo \"Error: $*\" >&2; exit 1";
    executable(&bench, ".venv/bin/componentize-py", says);
    let (_, text) = refused(&nothing_installed(), &bench.path().join("inner"));
    let out = text.lines().nth(1).unwrap_or_default().to_owned();
    let (before, after) = out.split_once("--output ").expect("it is told where to");
    insta::assert_snapshot!(format!("{before}{}", after.split_once(' ').expect("a module").1), @"Error: --wit-path $PLUGIN/wit --world plugin componentize --stub-wasi --python-path . plugin");
}

/// What regent gives plugins in C, under sanitizers: memory that is never freed is no leak there.
#[cfg(unix)]
#[test]
fn the_library_for_c_reads_settings() {
    needs!(Sanitizers);
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "host/toolchain/c/regent.c",
        "host/toolchain/c/regent.h",
        "tests/fixtures/toolchain/library.c",
    ] {
        let name = Path::new(file).file_name().expect("a name");
        fs_err::copy(root.join(file), folder.path().join(name)).expect("a file");
    }
    let compiled = Command::new(Tool::Sanitizers.program())
        .current_dir(&folder)
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-g"])
        .args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"])
        .args(["library.c", "regent.c", "-o", "library"])
        .output()
        .expect("a C compiler, which building regent needs as well");
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let run = Command::new(folder.path().join("library"))
        .env("ASAN_OPTIONS", "detect_leaks=0")
        .output()
        .expect("it was compiled");
    assert!(
        run.status.success(),
        "{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}
