//! The JSON form: the schema's name first, the report's fields beside it.

use std::fmt::Write as _;

use serde::Serialize;

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
