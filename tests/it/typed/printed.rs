//! Every command that any snapshot prints, in a file or in the source, is one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::error::ErrorKind;

/// Programs whose commands regent prints.
const PROGRAMS: [&str; 7] = [
    "regent",
    "chmod",
    "rm",
    "ssh-keygen",
    "rustup",
    "cargo",
    "wasm-tools",
];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|other| other == ending) {
            found.push(path);
        }
    }
}

/// The texts of the snapshots that stand in a source file, `@"…"`, `@r"…"` or `@r#"…"#`.
fn inline(source: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('@') {
        rest = after;
        let raw = after.strip_prefix('r');
        let begun = raw.unwrap_or(after);
        let hashes = begun.len() - begun.trim_start_matches('#').len();
        let Some(text) = begun[hashes..].strip_prefix('"') else {
            continue;
        };
        if !before.ends_with([' ', ',', '(', '\n']) || (raw.is_none() && hashes > 0) {
            continue;
        }
        let end = if raw.is_some() {
            text.find(&format!("\"{}", "#".repeat(hashes)))
        } else {
            end_of_literal(text)
        };
        let end = end.expect("the literal ends");
        let literal = &text[..end];
        texts.push(dedented(&if raw.is_some() {
            literal.to_owned()
        } else {
            literal
                .replace("\\n", "\n")
                .replace("\\\"", "\"")
                .replace("\\\\", "\\")
        }));
        rest = &text[end..];
    }
    texts
}

fn end_of_literal(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// A text without the blanks that all its lines but the first begin with.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let full = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let common = full.map(indent).min().unwrap_or(0);
    let lines = text
        .lines()
        .map(|line| line.get(common.min(indent(line))..));
    lines
        .map(Option::unwrap_or_default)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The lines of a text, with those joined between which a margin broke a command.
fn unbroken(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last) if last.matches('`').count() % 2 == 1 && !line.trim().is_empty() => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// The commands that a text prints: in back-quotes, alone on a line, or as a member of JSON.
pub(super) fn printed(text: &str) -> Vec<String> {
    let is_command = |text: &str| {
        let program = text.split(' ').next().unwrap_or_default();
        PROGRAMS.contains(&program) && text.contains(' ')
    };
    // JSON spells a line end and a quotation mark otherwise.
    let text = text.replace("\\n", "\n").replace("\\\"", "\"");
    let (mut commands, mut listed) = (Vec::new(), false);
    for line in unbroken(&text) {
        let quoted = line.split('`').skip(1).step_by(2);
        commands.extend(quoted.filter(|part| is_command(part)).map(str::to_owned));
        let alone = line
            .strip_prefix("    ")
            .filter(|line| line.starts_with("regent "));
        commands.extend(alone.map(|line| line.trim_end().to_owned()));
        listed = match line.trim() {
            "\"commands\": [" => true,
            "]" | "]," => false,
            _ => listed,
        };
        let member = line.trim().trim_end_matches(',');
        let member = match member.strip_prefix("\"command\": ") {
            None if listed => member,
            member => member.unwrap_or_default(),
        };
        let member = member.trim_matches('"');
        commands.extend(is_command(member).then(|| member.to_owned()));
    }
    commands
}

/// A command's words as a shell makes them, with placeholders filled.
pub(super) fn words(command: &str) -> Vec<String> {
    let command = command.split(" > ").next().unwrap_or_default();
    let shell = Command::new("sh")
        .args(["-c", &format!("set -f; printf '%s\\0' {command}")])
        .output()
        .expect("a shell");
    assert!(shell.status.success(), "{command}");
    let text = String::from_utf8(shell.stdout).expect("text");
    let mut before = "";
    let filled = text.split_terminator('\0').map(|word| {
        let of = std::mem::replace(&mut before, word);
        match word {
            "LANGUAGE" => "rust",
            "N" => "3",
            "NAME" if of == "schema" => "check",
            "NAME" => "sso09",
            word => word,
        }
    });
    filled.map(str::to_owned).collect()
}

/// Every command that a snapshot prints, with a place where it does.
pub(super) struct Known {
    /// Those that are to be typed.
    pub(super) typed: BTreeMap<String, PathBuf>,
    /// Those that the help of a command names.
    pub(super) named: BTreeMap<String, PathBuf>,
    /// How many of all stand in snapshots inside the source.
    inline: usize,
}

/// Reads every snapshot.
pub(super) fn known() -> Known {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = Known {
        typed: BTreeMap::new(),
        named: BTreeMap::new(),
        inline: 0,
    };
    let (mut snapshots, mut sources) = (Vec::new(), Vec::new());
    files(&root.join("tests"), "snap", &mut snapshots);
    for folder in ["tests", "host"] {
        files(&root.join(folder), "rs", &mut sources);
    }
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a text");
    for path in snapshots {
        // The help of a command names others, which is not to tell anybody to type them.
        let commands = if path.ends_with("surface/help.snap") {
            &mut known.named
        } else {
            &mut known.typed
        };
        for command in printed(&read(&path)) {
            commands.entry(command).or_insert_with(|| path.clone());
        }
    }
    for path in sources {
        for command in inline(&read(&path)).iter().flat_map(|text| printed(text)) {
            known.inline += 1;
            known.typed.entry(command).or_insert_with(|| path.clone());
        }
    }
    known
}

/// What is wrong with a command, if anything.
fn wrong(command: &str, named: bool) -> Option<String> {
    let syntax = Command::new("sh").args(["-nc", command]).output();
    if !syntax.expect("a shell").status.success() {
        return Some("is no command of a shell".to_owned());
    }
    if !command.starts_with("regent ") {
        return None;
    }
    let error = regent::cli::knows(&words(command)).err()?;
    let lacks = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    (!(named && lacks)).then(|| error.to_string().lines().take(2).collect())
}

#[test]
fn every_command_that_a_snapshot_prints_is_one() {
    let known = known();
    assert!(known.typed.len() > 200, "{}", known.typed.len());
    assert!(known.named.len() > 40, "{}", known.named.len());
    assert!(known.inline > 20, "{}", known.inline);
    let typed = known.typed.iter().map(|known| (known, false));
    let named = known.named.iter().map(|known| (known, true));
    let mut said = Vec::new();
    for ((command, file), named) in typed.chain(named) {
        if let Some(why) = wrong(command, named) {
            said.push(format!("{}: {command}\n  {why}", file.display()));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
    let (typed, named) = (known.typed.len(), known.named.len());
    println!(
        "{typed} commands and {named} named in help, {} printed inside the source",
        known.inline
    );
}

#[test]
fn commands_are_found_in_snapshots_inside_the_source() {
    let source = "f(x, @\"run `regent a b`\\nor\\n    regent c d\");\n\
                  f(y, @r#\"\n    one \"two\" `regent e\n    f`\n        regent g h\n    \"#);\n\
                  let mail = \"a@b\";";
    let found: Vec<_> = inline(source)
        .iter()
        .flat_map(|text| printed(text))
        .collect();
    assert_eq!(
        found,
        ["regent a b", "regent c d", "regent e f", "regent g h"]
    );
}
