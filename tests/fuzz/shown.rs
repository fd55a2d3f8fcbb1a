//! What is shown never obeys what was read.

use regent::report::human::{Page, Style};
use regent::report::typed::Typed;
use regent::report::{CheckReport, ErrorReport, Report, github, json, junit, sarif};
use regent::visible::is_hidden;

/// A file, and a terminal with colours that is narrow and old.
const STYLES: [Style; 2] = [
    Style::PLAIN,
    Style {
        color: true,
        width: 40,
        unicode: false,
    },
];

/// What regent's own colours are made of: reset, bold, dim, underlined, and the eight colours.
fn is_own_ink(parameters: &str) -> bool {
    let own = |number: &str| {
        matches!(number, "0" | "1" | "2" | "4" | "22" | "24" | "39")
            || number
                .parse::<u8>()
                .is_ok_and(|number| (30..38).contains(&number))
    };
    parameters.split(';').all(own)
}

/// A text without regent's own colours.
pub(crate) fn without_ink(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        match after.split_once('m') {
            Some((parameters, after)) if is_own_ink(parameters) => rest = after,
            _ => {
                plain.push_str("\u{1b}[");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Nothing in a text moves the cursor, changes a colour, turns the reading direction or hides.
#[track_caller]
pub(crate) fn harmless(text: &str) {
    let obeyed = text.chars().find(|c| *c != '\n' && is_hidden(*c));
    assert_eq!(obeyed, None, "{}", text.escape_debug());
}

/// A report is harmless in every form, and its JSON is JSON.
#[track_caller]
pub(crate) fn report<R: Report>(report: &R) -> serde_json::Value {
    for style in STYLES {
        let mut page = Page::new(style);
        report.human(&mut page);
        let text = page.finish();
        harmless(&if style.color {
            without_ink(&text)
        } else {
            text
        });
    }
    let text = json::render(report);
    harmless(&text);
    serde_json::from_str(&text).expect("the JSON form is JSON")
}

/// So is a check, in the forms of CI systems too.
#[track_caller]
pub(crate) fn check(checked: &CheckReport) -> serde_json::Value {
    let text = sarif::render(checked, &Typed::default());
    harmless(&text);
    serde_json::from_str::<serde_json::Value>(&text).expect("SARIF is JSON");
    harmless(&junit::render(checked, &Typed::default()));
    let text = github::render(checked, &Typed::default());
    harmless(&text);
    // Each line is a command of regent's own: none was begun by what was read.
    let findings: usize = checked.files.iter().map(|file| file.findings.len()).sum();
    let said = findings + checked.unread.len();
    assert_eq!(text.lines().count(), said, "{text}");
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
    report(checked)
}

/// So is why something was refused.
#[track_caller]
pub(crate) fn error(error: &dyn std::error::Error, help: Option<String>) {
    let code = regent::exit::Code {
        name: "fuzz",
        status: regent::exit::Status::Environment,
        meaning: "what was read was refused",
    };
    report(&ErrorReport::new("fuzz", code, error, help));
}
