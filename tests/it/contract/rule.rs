//! What may follow a frozen contract in its major version: the rule in `wit/README.md`, mechanically.

use std::collections::{BTreeMap, BTreeSet};

use regent::identity::Digest;
use wit_component::WitPrinter;
use wit_parser::Resolve;

use super::{contract, folder, snapshot, text};

/// SHA-256 of the contract without comments and with its white space evened out. Whoever changes
/// the contract changes this too, after reading `wit/README.md`.
const FROZEN: &str = "52b1062c174ed9036111f6207a5c452ae98d54f42e3b337b8ecb7d3952bdfb00";

/// A contract by what it declares: interfaces and worlds, and in each its items.
type Declared = BTreeMap<String, BTreeSet<String>>;

/// Reads a contract as bindgen does, and spells it in one way, without comments.
fn declared(wit: &str) -> Result<Declared, String> {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("plugin.wit", wit)
        .map_err(|error| format!("{error:#}"))?;
    let mut spelling = WitPrinter::default();
    spelling
        .emit_docs(false)
        .print(&resolve, package, &[])
        .map_err(|error| format!("{error:#}"))?;
    let text = spelling.output.to_string();
    let mut declared = Declared::new();
    let (mut whole, mut item) = (String::new(), String::new());
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() || line.trim_start().starts_with('@') || line.starts_with("package ") {
            continue;
        }
        match line.strip_prefix("  ") {
            None if line == "}" => {}
            None => {
                line.trim_end_matches(" {").clone_into(&mut whole);
                declared.entry(whole.clone()).or_default();
            }
            Some(line) => {
                item.push_str(line.trim());
                // An item ends with its own line, or with the brace that closes it.
                if !line.starts_with(' ') && !line.ends_with('{') {
                    let items = declared.get_mut(&whole).expect("it was opened");
                    items.insert(std::mem::take(&mut item));
                }
            }
        }
    }
    Ok(declared)
}

/// What is wrong with putting `new` in `old`'s place within a major version.
fn breaks(old: &str, new: &str) -> Result<Vec<String>, String> {
    let (old, new) = (declared(old)?, declared(new)?);
    let mut broken = Vec::new();
    for (whole, items) in &old {
        let Some(now) = new.get(whole) else {
            broken.push(format!("{whole} is gone"));
            continue;
        };
        let gone = items.difference(now);
        broken.extend(gone.map(|item| format!("{whole} no longer has {item}")));
        // Whatever plugins export, and what a world is made of, is asked of those that have it not.
        let only_imported = matches!(&**whole, "interface log" | "interface types");
        if !only_imported {
            let come = now.difference(items);
            broken.extend(come.map(|item| format!("{whole} now has {item}")));
        }
    }
    Ok(broken)
}

fn version(wit: &str) -> String {
    let line = wit
        .lines()
        .find_map(|line| line.strip_prefix("package regent:plugin@"));
    line.expect("a package").trim_end_matches(';').to_owned()
}

/// Without comments, and with one space wherever there is any.
fn evened(wit: &str) -> String {
    let code = wit
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    let words: Vec<&str> = code.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[test]
fn the_contract_is_not_changed_unnoticed() {
    let found = Digest::of(evened(&contract()).as_bytes()).to_string();
    assert_eq!(
        found, FROZEN,
        "wit/plugin.wit declares something else than it did. wit/README.md says what may be changed \
         and what else is to be done then; after that, pin the new digest here"
    );
    // What counts is what it declares, not how it is explained or laid out.
    let told = contract().replace("/// The words both sides use.\n", "\n\n/// Words.\n");
    assert_ne!(told, contract());
    assert_eq!(evened(&told), evened(&contract()));
    let other = contract().replace("minute-of-day: u32", "minute-of-day: u64");
    assert_ne!(evened(&other), evened(&contract()));
}

/// Each frozen version lies in the corpus, as it was.
#[test]
fn the_contract_follows_every_version_that_was_frozen() {
    let this = contract();
    assert_eq!(breaks(&text("1.0.0", "plugin.wit"), &this), Ok(Vec::new()));
    let held = folder(&version(&this)).join("plugin.wit");
    let held = std::fs::read_to_string(&held).unwrap_or_default();
    assert_eq!(
        evened(&held),
        evened(&this),
        "tests/fixtures/contract holds contract {} as it is",
        version(&this)
    );
}

#[test]
fn what_may_come_in_a_minor_version_does_not_break() {
    let (old, new) = (text("1.0.0", "plugin.wit"), text("1.1.0", "plugin.wit"));
    assert_eq!(breaks(&old, &new), Ok(Vec::new()));
    // It has one of each: a function to import, an interface to export, a world, a type.
    let (old, new) = (
        declared(&old).expect("reads"),
        declared(&new).expect("reads"),
    );
    let come: Vec<_> = new
        .keys()
        .filter(|whole| !old.contains_key(*whole))
        .collect();
    assert_eq!(come, ["interface advisor", "world advisor-plugin"]);
    for (whole, item) in [
        ("interface log", "trace: func(message: string);"),
        ("interface types", "record advice {text: string,}"),
    ] {
        let come: Vec<_> = new[whole].difference(&old[whole]).collect();
        assert_eq!(come, [item]);
    }
}

#[test]
fn what_may_not_be_changed_in_a_minor_version_breaks() {
    let old = text("1.0.0", "plugin.wit");
    let mut told = String::new();
    for (from, to) in [
        // A field more, less, of another type, of another name.
        (
            "record approval { approver: string, at: u64 }",
            "record approval { approver: string, at: u64, by: string }",
        ),
        (
            "record approval { approver: string, at: u64 }",
            "record approval { approver: string }",
        ),
        ("minute-of-day: u32", "minute-of-day: u64"),
        ("operator: string", "account: string"),
        // A case more or less, told or answered.
        (
            "enum kind { planned, emergency }",
            "enum kind { planned, emergency, drill }",
        ),
        (
            "approve, deny(list<reason>), abstain",
            "approve, deny(list<reason>)",
        ),
        // A function's parameters and result.
        (
            "describe: func() -> result<description, string>",
            "describe: func() -> description",
        ),
        (
            "decide: func(promotion: promotion, settings: string)",
            "decide: func(promotion: promotion, settings: string, locale: string)",
        ),
        (
            "log: func(level: level, message: string)",
            "log: func(message: string)",
        ),
        // A function more where plugins export the interface; one less anywhere.
        (
            "  describe: func()",
            "  license: func() -> string;\n  describe: func()",
        ),
        ("  log: func(level: level, message: string);\n", ""),
        // Another name.
        ("interface promoter {", "interface decider {"),
        // A world that wants more.
        (
            "world validator-plugin { import log; export about; export validator; }",
            "world validator-plugin { import log; export about; export validator; export promoter; }",
        ),
    ] {
        assert!(old.contains(from), "{from}");
        let mut new = old.replacen(from, to, 1);
        if from.starts_with("interface promoter") {
            new = new.replace("export promoter;", "export decider;");
        }
        let broken = breaks(&old, &new).unwrap_or_else(|error| panic!("{to}: {error}"));
        assert!(!broken.is_empty(), "{to}");
        told.push_str(&format!("{}\n", broken.join("\n")));
        told.push('\n');
    }
    snapshot("breaks", told.trim_end());
}
