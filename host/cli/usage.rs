//! A command line that is not one: said as clap says it, or as an error like every other in JSON.

use std::ffi::OsString;

use clap::error::{ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error};

use crate::exit::Status;
use crate::report::human::escape;

use super::failure::Misuse;
use super::pasted::EVERYWHERE;
use super::{Cli, Failure};

/// Prints what clap has to say: help to standard output, a wrong command line to standard error.
pub(super) fn print(error: Error) -> Status {
    let status = if error.use_stderr() {
        Status::Usage
    } else {
        Status::Done
    };
    // A closed stream is the reader's wish, and the exit status says the rest.
    let _closed = harmless(error).print();
    status
}

/// Whether a program reads what is said of this command line.
pub(super) fn asks_for_json(words: &[OsString]) -> bool {
    let words: Vec<_> = words.iter().take_while(|word| *word != "--").collect();
    let apart = words
        .windows(2)
        .any(|pair| pair[0] == "--format" && pair[1] == "json");
    apart || words.iter().any(|word| *word == "--format=json")
}

/// The commands that were named, from the outermost.
pub(super) fn commands(words: &[OsString]) -> Vec<String> {
    let mut command = Cli::command();
    let mut named = Vec::new();
    let mut rest = words.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = rest.next() {
        if EVERYWHERE.contains(&word.as_ref()) {
            let _value = rest.next();
        } else if let Some(inner) = command.find_subcommand(word.as_ref()).cloned() {
            named.push(word.into_owned());
            command = inner;
        }
    }
    named
}

/// A wrong command line as a failure like every other; `commands` are those that it names.
pub(super) fn failure(error: Error, commands: &[String]) -> Failure {
    let code = code(error.kind());
    let words: Vec<&str> = ["regent"]
        .into_iter()
        .chain(commands.iter().map(String::as_str))
        .collect();
    let words = words.join(" ");
    let more = format!("`{words} --help` says what it takes");
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::Usage {
            code,
            message: format!("{words} stands alone, and needs a command"),
            help: more,
        };
    }
    let text = harmless(error).to_string();
    let mut parts = text.split("\n\n").map(|part| {
        let lines: Vec<&str> = part.trim().lines().map(str::trim).collect();
        lines.join(" ")
    });
    let message = parts.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let mut help: Vec<String> = parts
        .filter_map(|part| {
            let tip = part.strip_prefix("tip: ").map(ToOwned::to_owned);
            let usage = || Some(format!("usage: {}", part.strip_prefix("Usage: ")?));
            tip.or_else(usage)
        })
        .collect();
    help.push(more);
    Failure::Usage {
        code,
        message: message.to_owned(),
        help: help.join("; "),
    }
}

/// By what a script tells wrong command lines apart.
fn code(kind: ErrorKind) -> Misuse {
    match kind {
        ErrorKind::InvalidSubcommand => Misuse::UnknownCommand,
        ErrorKind::UnknownArgument => Misuse::ArgumentUnknown,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Misuse::ArgumentMissing,
        ErrorKind::ArgumentConflict => Misuse::ArgumentConflict,
        ErrorKind::InvalidValue
        | ErrorKind::ValueValidation
        | ErrorKind::NoEquals
        | ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues => Misuse::ValueUnfit,
        ErrorKind::InvalidUtf8 => Misuse::ArgumentNotText,
        _ => Misuse::Otherwise,
    }
}

/// Clap repeats words as they were typed, or as a script has put them together from a file.
fn harmless(mut error: Error) -> Error {
    let escaped = |text: &String| escape(text).into_owned();
    let mut told = Vec::new();
    for (kind, value) in error.context() {
        let safe = match value {
            ContextValue::String(text) => ContextValue::String(escaped(text)),
            ContextValue::Strings(texts) => {
                ContextValue::Strings(texts.iter().map(escaped).collect())
            }
            styled_by_clap => styled_by_clap.clone(),
        };
        told.push((kind, value.to_string() != safe.to_string(), safe));
    }
    // A suggestion is styled already, and repeats the word.
    let repeats = told.iter().any(|(_, changed, _)| *changed);
    for (kind, _, value) in told {
        let value = match value {
            ContextValue::StyledStrs(_) if repeats => ContextValue::StyledStrs(Vec::new()),
            value => value,
        };
        error.insert(kind, value);
    }
    error
}
