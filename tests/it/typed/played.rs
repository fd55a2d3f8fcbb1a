//! What is printed to be typed works where it was printed: one command of each kind is run as a
//! process of its own, in a copy of the site that printed it.

use std::collections::{BTreeMap, BTreeSet};

use super::printed::{known, printed, words};
use super::scenes::{self, PASS, Scene};
use crate::readme::type_in;

/// Options of every command, each with a value, which say where and not what.
const EVERYWHERE: [&str; 5] = ["--config", "--database", "--server", "--format", "--color"];

/// Commands that have commands of their own.
const GROUPS: [&str; 5] = ["secret", "server", "plugin", "policy", "audit"];

/// What a reader puts in place of what a command leaves to him.
const FILLED: [(&str, &str); 13] = [
    ("EVIDENCE", "e.tar"),
    ("FILE", "new.file"),
    ("STATEMENT", "new.statement"),
    ("BACKUP", "secret.bak"),
    ("NEW-BACKUP", "new.bak"),
    ("UPDATE-FILE", "update.xml"),
    ("PLAN-FILE", "plan.json"),
    ("KEY", "anna"),
    ("COMPONENT", "plugins/judge.wasm"),
    ("NAME", "sso09"),
    ("TEXT", "'a text'"),
    ("LANGUAGE", "rust"),
    ("REASON", "'a reason'"),
];

/// A command's verb and its options, by which two that do alike are alike.
fn kind(command: &str) -> String {
    let words = words(command);
    let (mut verbs, mut options) = (Vec::new(), BTreeSet::new());
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let option = word.split('=').next().unwrap_or_default();
        if EVERYWHERE.contains(&option) {
            if option == word {
                let _value = rest.next();
            }
        } else if word.starts_with('-') {
            options.insert(option.to_lowercase());
        } else if verbs.is_empty() || (verbs.len() == 1 && GROUPS.contains(&verbs[0])) {
            verbs.push(word.as_str());
        }
    }
    let options = options.iter().map(String::as_str);
    verbs
        .into_iter()
        .chain(options)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A command as somebody types it who knows what is left to him, the password too, and means it.
fn filled(command: &str) -> String {
    let mut before = "";
    let fill = |word| {
        let by = match (std::mem::replace(&mut before, word), word) {
            ("--out", "PLAN-FILE") => Some("new.file"),
            ("load", "FILE") => Some("plugins.tar"),
            _ => FILLED
                .iter()
                .find(|(name, _)| *name == word)
                .map(|(_, by)| *by),
        };
        by.unwrap_or(word).to_owned()
    };
    let mut line = command.split(' ').map(fill).collect::<Vec<_>>().join(" ");
    for more in [PASS, "--yes"] {
        let longer = format!("{line} {more}");
        let option = more.split(' ').next().unwrap_or_default();
        let vendors = line.contains(" ssomanage ") || line.contains(" ssoconfig ");
        if !vendors && !line.contains(option) && regent::cli::knows(&words(&longer)).is_ok() {
            line = longer;
        }
    }
    line
}

/// Whether a command ended as it is to; not all end with 0.
fn ends_well(kind: &str, exit: Option<i32>) -> bool {
    match exit {
        Some(0) => true,
        // What cannot be mended is shown still.
        Some(1) => kind.starts_with("check") || kind == "doctor" || kind == "policy diff",
        // A plan is written also where a rule denies it now.
        Some(3) => kind.starts_with("plan --out"),
        Some(4) => kind.starts_with("abort"),
        _ => false,
    }
}

/// Kinds that are not run here: the file of the tests that run them, or why nobody types them.
const ELSEWHERE: [(&str, &str); 17] = [
    ("abort --yes", "it stands on a page that a test has made up"),
    (
        "promote",
        "it is named in a sentence about cases, not to be typed",
    ),
    (
        "candidates --password-file --restore-file",
        "tests/it/names.rs",
    ),
    ("doctor", "tests/it/surface.rs"),
    ("journal", "tests/it/promotion.rs"),
    ("plugin build", "tests/it/rules/build.rs"),
    ("plugin contract", "tests/it/contract.rs"),
    ("plugin sign --key", "tests/it/trust.rs"),
    ("plugin test", "tests/it/rules/cases.rs"),
    ("plugin test --accept", "tests/it/rules/cases.rs"),
    ("plugin verify", "tests/it/trust.rs"),
    ("policy diff", "tests/it/published.rs"),
    ("secret backup --password-file", "tests/it/names.rs"),
    ("server remove", "tests/it/outcomes.rs"),
    (
        "ssoconfig --password-file --reminder -backupsecret",
        "it tells what was done",
    ),
    (
        "ssoconfig --password-file -backupsecret",
        "it tells what was done",
    ),
    ("ssoconfig -restoresecret", "tests/it/legacy.rs"),
];

#[test]
fn one_of_each_kind_works_where_it_was_printed() {
    needs!(SshKeygen);
    let mut run: BTreeMap<String, String> = BTreeMap::new();
    let mut failed = Vec::new();
    for Scene(name, site, lines) in scenes::all() {
        let mut commands = BTreeSet::new();
        for line in &lines {
            let said = printed(&type_in(&site, line).transcript());
            commands.extend(said.into_iter().filter(|line| line.starts_with("regent ")));
        }
        for command in commands {
            let kind = kind(&command);
            if run.contains_key(&kind) {
                continue;
            }
            let line = filled(&command);
            let done = type_in(&site.copied(), &line);
            if !ends_well(&kind, done.exit) {
                failed.push(format!(
                    "{name}: {command}\n$ {line}\n{}",
                    done.transcript()
                ));
            }
            run.insert(kind, line);
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let known = known().typed;
    let kinds = known
        .keys()
        .filter(|command| command.starts_with("regent "));
    let kinds: BTreeSet<String> = kinds.map(|command| kind(command)).collect();
    let elsewhere: BTreeMap<_, _> = ELSEWHERE.into_iter().collect();
    let is_run = |kind: &&String| run.contains_key(*kind);
    let is_elsewhere = |kind: &&String| elsewhere.contains_key(kind.as_str());
    let nowhere: Vec<_> = kinds
        .iter()
        .filter(|kind| !is_run(kind) && !is_elsewhere(kind))
        .collect();
    assert!(nowhere.is_empty(), "run nowhere: {nowhere:#?}");
    let twice: Vec<_> = elsewhere
        .keys()
        .filter(|kind| run.contains_key(**kind))
        .collect();
    assert!(twice.is_empty(), "run here too: {twice:?}");
    for (kind, why) in ELSEWHERE {
        // A file that is named runs it.
        if why.starts_with("tests/") {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(why);
            let text = std::fs::read_to_string(&path).expect(why);
            for verb in kind.split(' ').filter(|word| !word.starts_with('-')) {
                assert!(
                    text.contains(&format!("\"{verb}\"")),
                    "{why} runs no {kind}"
                );
            }
        }
    }
    println!("{} kinds of {} were run", run.len(), kinds.len());
}
