//! The contract lives long: what was built for it is run by every later regent of its major version.
//!
//! `tests/fixtures/contract/VERSION` holds what was built for each version: the contract as it was,
//! a component of each world as text, and a plugin's sources. `wit/README.md` is the rule that these
//! tests hold.

mod changed;
mod next;
mod reference;
mod rule;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::plugins;

/// A component of each world of contract 1.0.0.
const WORLDS: [&str; 3] = ["plugin", "validator-plugin", "promoter-plugin"];

/// What was built for a version of the contract.
fn folder(version: &str) -> PathBuf {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/contract");
    corpus.join(version)
}

fn text(version: &str, name: &str) -> String {
    std::fs::read_to_string(folder(version).join(name)).expect("it is in the corpus")
}

/// The contract that this regent has.
fn contract() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit/plugin.wit");
    std::fs::read_to_string(path).expect("the contract")
}

/// The component of a world, as it was when the contract was frozen.
fn frozen(world: &str) -> Vec<u8> {
    wat::parse_str(text("1.0.0", &format!("{world}.wat"))).expect("component text")
}

/// The sources for contract 1.0.0, built with the contract of `version` beside them.
fn built(version: &'static str) -> Vec<u8> {
    static OLD: OnceLock<Vec<u8>> = OnceLock::new();
    static NEW: OnceLock<Vec<u8>> = OnceLock::new();
    let once = if version == "1.0.0" { &OLD } else { &NEW };
    once.get_or_init(|| build(version)).clone()
}

fn build(version: &str) -> Vec<u8> {
    let _turn = plugins::one_at_a_time();
    let project = tempfile::tempdir().expect("a folder");
    crate::support::copy_folder(&folder("1.0.0").join("rust"), project.path());
    let wit = project.path().join("wit");
    fs_err::create_dir(&wit).expect("a folder");
    let contract = folder(version).join("plugin.wit");
    fs_err::copy(contract, wit.join("plugin.wit")).expect("a copy");
    let out = project.path().join("corpus.wasm");
    if let Err(error) = plugins::toolchain().build(project.path(), &out, &|_| ()) {
        panic!("{error}\n{}", error.help().unwrap_or_default());
    }
    std::fs::read(out).expect("a component")
}

/// Holds a text against `tests/snapshots/contract/<name>.snap`.
#[track_caller]
fn snapshot(name: &str, text: &str) {
    crate::snapshot!("contract", name, text);
}

/// The rule names the test that shows each of its lines.
#[test]
fn the_rule_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rule = std::fs::read_to_string(root.join("wit/README.md")).expect("the rule");
    // The tables of the rule are those with a column of tests.
    let tables = rule.split("\n\n").filter(|table| {
        let header = table.lines().next().unwrap_or_default();
        header.contains("shown by")
    });
    let mut named = 0;
    for row in tables.flat_map(|table| table.lines().skip(2)) {
        let shown = row.trim_end_matches(" |").rsplit(" | ").next();
        let shown = shown.expect("a last column");
        let tests: Vec<_> = shown
            .split('`')
            .filter(|part| part.contains("::"))
            .collect();
        assert!(!tests.is_empty() || shown == "the same", "{row}");
        for test in tests {
            let (file, name) = test.split_once("::").expect("a module and a name");
            let file = root.join(format!("tests/it/contract/{file}.rs"));
            let source = std::fs::read_to_string(&file).expect(test);
            assert!(
                source.contains(&format!("#[test]\nfn {name}() {{")),
                "{test}"
            );
            named += 1;
        }
    }
    assert!(named > 8, "{named}");
}
