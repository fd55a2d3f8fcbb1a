//! What a plugin says never reaches a terminal as it is.

use super::{probe, promoter, refused, snapshot, validator};
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

/// Clears the screen, goes back to the line's start, begins a line, turns the reading direction, and
/// rings: ten bytes, as many as the fixtures' message has.
const HOSTILE: &[u8; 10] = b"\x1b[2J\n\xe2\x80\xae\x07X";

/// Neither stream has anything in it that a terminal obeys or hides.
#[track_caller]
fn harmless(run: Run) -> Run {
    for text in [&run.out, &run.err] {
        let raw = text
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(raw, None, "{}", run.transcript().escape_debug());
    }
    run
}

#[test]
fn a_denial_is_shown_harmless() {
    let site = Site::ready();
    probe(&site, "four-eyes", &promoter("denies").saying(HOSTILE), "");
    let run = harmless(refused(&site, &Site::promotion(), 3));
    snapshot("hostile-denial", run.transcript());
    let mut arguments = Site::promotion().to_vec();
    arguments.extend(["--format", "json"]);
    let run = harmless(refused(&site, &arguments, 3));
    // What is harmless is still what was said.
    let said = &run.json()["verdict"]["decisions"][0]["reasons"][0]["message"];
    assert_eq!(said.as_str().map(str::as_bytes), Some(&HOSTILE[..]));
}

#[test]
fn an_error_is_shown_harmless() {
    let site = Site::ready();
    probe(&site, "four-eyes", &promoter("fails").saying(HOSTILE), "");
    let run = harmless(refused(&site, &Site::promotion(), 3));
    assert!(run.out.contains("four-eyes broke"), "{}", run.out);
    assert!(run.out.contains(r"\u{1b}[2J"), "{}", run.out);
}

#[test]
fn a_finding_is_shown_harmless_in_every_format() {
    let site = Site::ready();
    probe(&site, "four-eyes", &validator("denies").saying(HOSTILE), "");
    for format in ["human", "json", "sarif", "junit", "github"] {
        let run = site.run(&["check", "update.xml", "--format", format]);
        let run = harmless(run.exits(1));
        snapshot(&format!("hostile-check-{format}"), run.transcript());
    }
}

#[test]
fn a_rule_it_never_named_breaks_it_and_is_shown_harmless() {
    let site = Site::ready();
    let mut bad = promoter("bad-answers").saying(HOSTILE);
    for (name, value) in [
        ("list", "64"),
        ("findings", "1"),
        // "checked" and what follows it: the hostile bytes.
        ("rule", "17"),
        ("message", "10"),
        ("start", "0"),
        ("end", "5"),
        ("mends", "1"),
        ("edits", "1"),
        ("from", "0"),
        ("reasons", "1"),
    ] {
        bad = bad.with(name, value);
    }
    probe(&site, "four-eyes", &bad, "");
    let run = harmless(refused(&site, &Site::promotion(), 3));
    assert!(
        run.out.contains(r"the rule “checked\u{1b}[2J"),
        "{}",
        run.out
    );
}

#[test]
fn a_description_is_shown_harmless() {
    let site = Site::ready();
    let hostile = "\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}fine";
    let schema = "{\"title\":\"\\u001b[2J\\u202e\"}";
    let described = Probe::of("sound").summary(hostile).schema(schema);
    probe(&site, "four-eyes", &described, "");
    for command in [
        &["plugin", "list"][..],
        &["plugin", "inspect", "plugins/four-eyes.wasm"],
    ] {
        for format in ["human", "json"] {
            let words = [command, &["--format", format]].concat();
            let run = harmless(refused(&site, &words, 0));
            assert!(run.out.contains("fine"), "{}", run.out);
        }
    }
    // So is what its schema says of a setting that does not fit.
    let site = Site::ready();
    let schema =
        "{\"properties\":{\"x\":{\"type\":\"null\",\"description\":\"\\u001b[2J\\nerror: fine\"}}}";
    let schema = Probe::of("sound").schema(schema);
    probe(&site, "four-eyes", &schema, "settings.x = \"\\u001b[2J\"");
    let run = harmless(refused(&site, &["plugin", "list"], 6));
    insta::assert_snapshot!(run.err, @r#"
    error: plugin four-eyes (plugins/four-eyes.wasm) cannot be used
    cause: its settings do not fit
           /x: "\u001b[2J" is not of type "null" – \u{1b}[2J error: fine
     help: mend [plugin.settings] in regent.toml; `regent plugin inspect COMPONENT` shows what they may
           be
    "#);
    // A name is no text: it is refused, and the refusal is harmless too.
    let site = Site::ready();
    probe(
        &site,
        "four-eyes",
        &Probe::of("sound").rules(&["\u{1b}[2J"]),
        "",
    );
    let run = harmless(refused(&site, &["plugin", "list"], 6));
    insta::assert_snapshot!(run.err, @r"
    error: plugin four-eyes (plugins/four-eyes.wasm) cannot be used
    cause: its description cannot be used: the rule “\u{1b}[2J” is not words of small letters joined by
           dashes
     help: tell its author
    ");
}
