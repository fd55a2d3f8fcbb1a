//! The house is tidy: arrows, budgets, and words that stay in their room.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rooms in reading order, and which rooms each may use. Words may use the words before them, and so
/// may the parts of the story.
const WORDS: [&str; 15] = [
    "fault",
    "exit",
    "mishap",
    "entropy",
    "clock",
    "visible",
    "identity",
    "source",
    "bundle",
    "finding",
    "global_info",
    "system",
    "update",
    "plan",
    "journal",
];
const DOORS: [&str; 5] = ["policy", "secret", "database", "service", "toolchain"];
const STORY: [&str; 4] = ["hindsight", "promotion", "doctor", "rehearsal"];
const SURFACE: [&str; 4] = ["settings", "report", "ui", "cli"];

/// The most lines of a file.
const CEILING: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                files(&path, ending, found);
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            found.push(path);
        }
    }
}

/// Every source file of the host, by its path below `host/`.
fn host() -> BTreeMap<String, String> {
    let folder = root().join("host");
    let mut found = Vec::new();
    files(&folder, "rs", &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&folder)
                .expect("below host")
                .display()
                .to_string();
            (name, std::fs::read_to_string(&path).expect("source"))
        })
        .collect()
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().expect("a name")
}

/// What a source file names of the crate, its tests left out.
fn uses(text: &str) -> Vec<String> {
    let text = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .expect("a first part");
    let mut found = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for (at, _) in line.match_indices("crate::") {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = &line[at + "crate::".len()..];
            let names = match rest.strip_prefix('{') {
                Some(list) => list
                    .split('}')
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .collect(),
                None => vec![rest],
            };
            found.extend(names.into_iter().map(|name| {
                name.trim()
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect()
            }));
        }
    }
    // A list that spans lines: `use crate::{` alone, names on the lines that follow.
    if let Some((_, rest)) = text.split_once("use crate::{\n") {
        let list = rest.split("};").next().unwrap_or_default();
        found.extend(list.split(',').map(|name| {
            name.trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        }));
    }
    found.retain(|name: &String| !name.is_empty());
    found
}

fn may_use(from: &str, to: &str) -> bool {
    let word = |name| WORDS.iter().position(|known| *known == name);
    if from == to || matches!(from, "lib" | "main") {
        return true;
    }
    if let Some(from) = word(from) {
        return word(to).is_some_and(|to| to < from);
    }
    if word(to).is_some() {
        return true;
    }
    if DOORS.contains(&from) {
        return false;
    }
    let part = |name| STORY.iter().position(|known| *known == name);
    if let Some(from) = part(from) {
        return DOORS.contains(&to) || part(to).is_some_and(|to| to < from);
    }
    match from {
        // Settings are made of what the doors want to be told.
        "settings" => DOORS.contains(&to),
        "report" => DOORS.contains(&to) || STORY.contains(&to),
        "ui" => to == "report",
        "cli" => to != "main",
        _ => false,
    }
}

#[test]
fn data_flows_one_way() {
    let known = WORDS
        .iter()
        .chain(&DOORS)
        .chain(&STORY)
        .chain(&SURFACE)
        .copied();
    let known: Vec<&str> = known.chain(["lib", "main"]).collect();
    let mut wrong = Vec::new();
    for (file, text) in host() {
        let from = room(&file);
        assert!(
            known.contains(&from),
            "host/{file} belongs to no room that this test knows"
        );
        for to in uses(&text) {
            let to = to.as_str();
            if to == "snapshot" || !known.contains(&to) {
                wrong.push(format!("host/{file} uses crate::{to}, which is no room"));
            } else if !may_use(from, to) {
                wrong.push(format!("host/{file} must not use crate::{to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_story_sees_only_approved_plans_of_the_policy() {
    for (file, text) in host() {
        if room(&file) == "promotion" {
            for line in text.lines().filter(|line| line.contains("crate::policy")) {
                assert_eq!(line, "use crate::policy::ApprovedPlan;", "host/{file}");
            }
        }
    }
}

#[test]
fn files_keep_their_budget() {
    let mut long = Vec::new();
    for (file, text) in host() {
        let lines = text.lines().count();
        if lines > CEILING {
            long.push(format!(
                "host/{file} has {lines} lines; the ceiling is {CEILING}"
            ));
        }
        assert!(
            text.starts_with("//!"),
            "host/{file} does not say what it is"
        );
    }
    let contract = std::fs::read_to_string(root().join("wit/plugin.wit")).expect("the contract");
    assert!(
        contract.lines().count() <= 200,
        "wit/plugin.wit is to be one read"
    );
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn each_thing_stays_in_its_room() {
    let only = [
        ("println!", &["ui.rs"][..]),
        ("eprintln!", &["ui.rs"]),
        ("env::var", &["settings/environment.rs"]),
        ("rusqlite", &["database/"]),
        ("miette", &["report/human/"]),
        ("clap::", &["cli.rs", "cli/"]),
        ("expose_secret", &["secret/", "ui.rs"]),
        ("unsafe {", &["policy/cache.rs", "policy/code.rs"]),
        ("wasmtime", &["policy/"]),
    ];
    let mut wrong = Vec::new();
    for (file, text) in host() {
        for (word, rooms) in only {
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let found = code.into_iter().any(|line| line.contains(word));
            if found
                && !rooms
                    .iter()
                    .any(|room| file == *room || file.starts_with(room))
            {
                wrong.push(format!(
                    "host/{file} has `{word}`, which belongs to {}",
                    rooms.join(", ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What tests inject is in no build without debug assertions: each variable is read, and each fail
/// point armed, in an item that such a build leaves out.
#[test]
fn release_builds_can_be_told_nothing() {
    let mut read = 0;
    for (file, text) in host() {
        for (at, _) in text.match_indices("\"REGENT_TEST_") {
            let before = &text[..at];
            let item = before
                .rfind("#[cfg(debug_assertions)]")
                .map(|from| &before[from..]);
            let inside =
                item.is_some_and(|item| !item.contains("\n}\n") && !item.contains("\n    }\n\n"));
            assert!(inside, "host/{file} reads a test's variable in every build");
            read += 1;
        }
    }
    assert!(read > 0, "the variables are read");
    let fault = &host()["fault.rs"];
    let (every, armed) = fault
        .split_once("#[cfg(debug_assertions)]\nmod armed {\n")
        .expect("a module of its own");
    assert!(
        armed.ends_with("\n}\n") && !armed.contains("\n}\n\n"),
        "and nothing after it"
    );
    for word in ["static", "kill(", "raise", "park"] {
        assert!(!every.contains(word), "{word} is in every build");
    }
}

/// Time stands still and random bytes repeat in rehearsals, whose sites are made for them, and where
/// a test says so.
#[test]
fn only_a_rehearsal_is_told_the_time() {
    let mut found = Vec::new();
    for (file, text) in host() {
        let code = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        for word in ["Clock::fixed(", "Entropy::seeded("] {
            if code.contains(word) {
                found.push(format!("{file}: {word}"));
            }
        }
    }
    let expected = ["cli/rehearse.rs", "settings/environment.rs"]
        .map(|file| ["Clock::fixed(", "Entropy::seeded("].map(|word| format!("{file}: {word}")));
    assert_eq!(found, expected.concat());
}

/// What is more than Rust, git, a C compiler and a shell with its utilities is asked for in one place,
/// which tells where it is missing.
#[test]
fn no_test_looks_for_a_program_by_itself() {
    let everywhere = ["sh", "/bin/sh", "cargo", "cc", "mkfifo"];
    let mut paths = Vec::new();
    files(&root().join("tests/it"), "rs", &mut paths);
    let mut found = Vec::new();
    for path in paths
        .iter()
        .filter(|path| !path.ends_with("tools.rs") && !path.ends_with("tidy.rs"))
    {
        let text = std::fs::read_to_string(path).expect("a file");
        for start in ["Command::new(", "command_named("] {
            for (place, _) in text.match_indices(start) {
                let rest = &text[place + start.len()..];
                let named = rest.trim_start().trim_start_matches("std::path::");
                let named = named
                    .strip_prefix("Path::new(")
                    .unwrap_or(named)
                    .trim_start();
                let program = named
                    .strip_prefix('"')
                    .and_then(|named| named.split('"').next());
                // What a test has made itself is named by its path.
                if program.is_some_and(|program| {
                    !everywhere.contains(&program) && !program.starts_with("./")
                }) {
                    found.push(format!("{}: {program:?}", path.display()));
                }
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_test_file_is_forgotten() {
    let main = std::fs::read_to_string(root().join("tests/it/main.rs")).expect("main.rs");
    for entry in std::fs::read_dir(root().join("tests/it")).expect("tests") {
        let path = entry.expect("an entry").path();
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.extension().is_some_and(|extension| extension == "rs") && stem != "main" {
            assert!(
                main.contains(&format!("mod {stem};\n")),
                "tests/it/{stem}.rs is in no list"
            );
        }
    }
}

#[test]
fn nothing_built_or_secret_lies_among_the_sources() {
    let mut found = Vec::new();
    for ending in ["wasm", "cwasm", "db", "so", "a", "o", "key", "vault"] {
        for folder in ["host", "plugins", "wit", "tests"] {
            files(&root().join(folder), ending, &mut found);
        }
    }
    assert!(found.is_empty(), "{found:?}");
}
