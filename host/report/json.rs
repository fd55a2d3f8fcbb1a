//! The JSON form: the schema's name first, the report's fields beside it.

use std::fmt::Write as _;

use serde::Serialize;

use super::typed::Typed;
use super::{ErrorReport, Report};

#[derive(Serialize)]
struct Named<'a, R> {
    schema: String,
    #[serde(flatten)]
    report: &'a R,
}

/// The name under which a report's form is documented and never changed.
pub fn schema_name<R: Report>() -> String {
    format!("regent/{}/1", R::NAME)
}

/// Renders a report, ending with a line end.
pub fn render<R: Report>(report: &R) -> String {
    text(&Named {
        schema: schema_name::<R>(),
        report,
    })
}

/// The same with every command that is said completed from what was typed. What was read from
/// outside – reasons, names, texts of files – stays as it is.
pub fn render_typed<R: Report>(report: &R, typed: &Typed) -> String {
    let text = render(report);
    let mut whole = String::with_capacity(text.len());
    let mut key = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('"') {
        let length = end_of_string(&rest[start..]);
        let (before, tail) = rest.split_at(start);
        let (token, after) = tail.split_at(length);
        whole.push_str(before);
        rest = after;
        let said = serde_json::from_str::<String>(token).unwrap_or_default();
        if after.starts_with(':') {
            key = said;
            whole.push_str(token);
            continue;
        }
        let completed = match key.as_str() {
            "command" | "commands" | "accept" if said.starts_with("regent ") => {
                typed.command(&said)
            }
            key if SAYING.contains(&key) => typed.text(&said).into_owned(),
            _ => said.clone(),
        };
        if completed == said {
            whole.push_str(token);
        } else {
            whole.push_str(self::text(&completed).trim_end());
        }
    }
    whole.push_str(rest);
    whole
}

/// The fields in which regent says what to do.
const SAYING: [&str; 13] = [
    "help",
    "message",
    "causes",
    "cause",
    "notes",
    "problem",
    "problems",
    "unfinished",
    "unchecked",
    "summary",
    "evidence",
    "unusable",
    "refused",
];

/// How long the string is with which `json` begins, quotes and all.
fn end_of_string(json: &str) -> usize {
    let mut escaped = false;
    for (at, character) in json.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    json.len()
}

/// Renders the failure of `command`.
pub fn error(command: &str, report: &ErrorReport) -> String {
    render(&ErrorReport {
        command: command.to_owned(),
        ..report.clone()
    })
}

/// Pretty JSON, in which characters that a terminal obeys or hides are spelled `\u…`.
///
/// JSON itself spells only the controls below U+0020.
pub(super) fn text(value: &impl Serialize) -> String {
    let pretty = serde_json::to_string_pretty(value).expect("reports are plain data");
    let mut safe = String::with_capacity(pretty.len() + 1);
    for character in pretty.chars() {
        if character != '\n' && crate::visible::is_hidden(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(safe, "\\u{unit:04x}").expect("a string takes every write");
            }
        } else {
            safe.push(character);
        }
    }
    safe.push('\n');
    safe
}
