//! One hand-made set of findings in every form that regent speaks.

use proptest::collection::vec;
use proptest::prelude::*;
use regent::finding::{Code, Edit, Finding, Fix, Label, Severity};
use regent::report::human::{Page, Style};
use regent::report::typed::Typed;
use regent::report::{
    CheckReport, CheckedFile, ErrorReport, Report, github, json, junit, sarif, schema,
};
use regent::source::{SourceFile, Span};
use serde_json::Value;

mod findings;

use findings::{TEXT, findings, not_closed, plugin_rule, root_in_capitals, whole_file};

/// What must never reach a terminal as it is, in one text.
const NASTY: &str =
    "evil\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}gpj\u{2066}\u{200b}\r\n::error::\t\u{8}";

const COLOURS: Style = Style {
    color: true,
    ..Style::PLAIN
};

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile::decode(name, text.as_bytes()).expect("is text")
}

fn report() -> CheckReport {
    let source = file("updates/new master.xml", TEXT);
    let clean = file("standby.xml", "<sso/>\n");
    let files = vec![
        CheckedFile::new(&source, "update", &findings()),
        CheckedFile::new(&clean, "update", &[]),
    ];
    let skipped = "whether the server is known, because no database was named";
    CheckReport::new(files, 0, vec![skipped.to_owned()])
}

fn human(report: &impl Report, style: Style) -> String {
    let mut page = Page::new(style);
    report.human(&mut page);
    page.finish()
}

macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({
            snapshot_path => "../snapshots/render",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $text) })
    };
}

#[test]
fn human_form() {
    snapshot!("check.human", human(&report(), Style::PLAIN));
}

#[test]
fn human_form_in_colours() {
    let text = human(&report(), COLOURS);
    snapshot!("check.colours", text.replace('\u{1b}', "␛"));
}

#[test]
fn human_form_on_a_narrow_terminal_without_unicode() {
    let style = Style {
        color: false,
        width: 50,
        unicode: false,
    };
    snapshot!("check.narrow", human(&report(), style));
}

#[test]
fn json_form() {
    snapshot!("check.json", json::render(&report()));
}

#[test]
fn sarif_form() {
    snapshot!("check.sarif", sarif::render(&report(), &Typed::default()));
}

#[test]
fn junit_form() {
    snapshot!("check.junit", junit::render(&report(), &Typed::default()));
}

#[test]
fn github_form() {
    snapshot!("check.github", github::render(&report(), &Typed::default()));
}

#[test]
fn summaries_say_what_to_do_next() {
    let source = file("my update.xml", TEXT);
    let one = |findings: &[Finding]| vec![CheckedFile::new(&source, "update", findings)];
    let last = |report: &CheckReport| {
        let text = human(report, Style::PLAIN);
        text.lines().last().unwrap_or_default().to_owned()
    };
    let clean = CheckReport::new(one(&[]), 0, vec![]);
    insta::assert_snapshot!(human(&clean, Style::PLAIN), @"✓ my update.xml: ok");
    let mended = CheckReport::new(one(&[]), 2, vec![]);
    insta::assert_snapshot!(human(&mended, Style::PLAIN), @r"
    ✓ my update.xml: ok
    ✓ fixed 2 findings
    ");
    let info = CheckReport::new(one(&[root_in_capitals()]), 0, vec![]);
    insta::assert_snapshot!(last(&info), @"1 info in my update.xml");
    let warning = CheckReport::new(one(&[plugin_rule()]), 0, vec![]);
    insta::assert_snapshot!(last(&warning), @"⚠ 1 warning in my update.xml");
    let error = CheckReport::new(one(&[not_closed(), plugin_rule()]), 0, vec![]);
    insta::assert_snapshot!(last(&error), @"✗ 1 error, 1 warning in my update.xml; 1 can be fixed with `regent check --fix 'my update.xml'`");
    let many: Vec<_> = (0..5).flat_map(|_| one(&[not_closed()])).collect();
    insta::assert_snapshot!(last(&CheckReport::new(many, 0, vec![])), @"✗ 5 errors in 5 of 5 files; 5 can be fixed with `regent check --fix FILE...`");
}

#[test]
fn a_line_of_a_whole_file_is_shown_in_part() {
    let text = format!("<sso>{}<x/>{}</sso>", "<a/>".repeat(60), "<b/>".repeat(60));
    let at = text.find("<x/>").expect("is in the text");
    let place = Span::new(at, at + 4);
    let finding = Finding::new(
        Code::Update("unknown-element"),
        Severity::Error,
        place,
        "no <x>",
    );
    let mut page = Page::new(Style::PLAIN);
    page.findings(&file("long.xml", &text), &[finding.here("this one")]);
    insta::assert_snapshot!(page.finish(), @r"
    error: update/unknown-element

      × no <x>
       ╭─[long.xml:1:246]
     1 │ …<a/><a/><a/><a/><a/><a/><x/><b/><b/><b/><b/><b/><b/>…
       ·                          ──┬─
       ·                            ╰── this one
       ╰────
    ");
}

/// Every method of a page, with `text` wherever a text goes.
fn everything(page: &mut Page, text: &str) {
    let said = |lead: &str| format!("{lead}{text}");
    page.heading(&said("The plan"));
    page.line(&said("One sentence that explains, and that goes on for long enough to be broken at the margin, not inside `regent abort --yes`."));
    page.field(&said("server"), said("NGO-SSO-02"));
    page.field("system id", "7f2d");
    page.item(
        "1.",
        &said("update-database: write the new global info and raise the term"),
    );
    page.item(&said("2."), "restart-service");
    page.gap();
    page.table(
        &["server", "last seen", &said("roles")],
        &[
            vec![
                said("NGO-SSO-01"),
                "2026-11-02 03:11Z".to_owned(),
                said("processing"),
            ],
            vec!["名古屋".to_owned(), "never".to_owned(), String::new()],
        ],
    );
    page.gap();
    page.ok(&said("the backup opens this database's proof"));
    page.warn(&said("the master was seen 2 minutes ago"));
    page.fail(&said("the service does not answer"));
    page.line("Go on with:");
    page.command(&said("regent resume --config regent.toml"));
    page.hint(&said("nothing was changed"));
    page.block(&said("line one\n\tline two\n"));
    let causes = [said("unable to open database file"), said("no such folder")];
    page.error(
        &said("cannot open the database"),
        &causes,
        Some(&said("check the path")),
    );
}

#[test]
fn a_page_in_plain_text() {
    let mut page = Page::new(Style {
        width: 60,
        ..Style::PLAIN
    });
    everything(&mut page, "");
    snapshot!("page.human", page.finish());
}

#[test]
fn a_page_in_colours() {
    let mut page = Page::new(Style {
        width: 60,
        ..COLOURS
    });
    everything(&mut page, "");
    snapshot!("page.colours", page.finish().replace('\u{1b}', "␛"));
}

/// A finding with hostile text in every field, about a hostile file with a hostile name.
fn hostile() -> CheckReport {
    let text = format!("<sso>{NASTY}</sso>\n{NASTY}\n");
    let source = file(NASTY, &text);
    let label = |start, end| Label {
        span: Span::new(start, end),
        message: NASTY.to_owned(),
    };
    let finding = |severity| Finding {
        code: Code::Policy {
            plugin: NASTY.to_owned(),
            rule: NASTY.to_owned(),
        },
        severity,
        message: NASTY.to_owned(),
        labels: vec![label(5, 40), label(0, 5), label(text.len(), text.len())],
        help: Some(NASTY.to_owned()),
        fix: Some(Fix {
            title: NASTY.to_owned(),
            edits: vec![Edit {
                span: Span::new(0, 1),
                replacement: NASTY.to_owned(),
            }],
        }),
    };
    let found = [finding(Severity::Error), finding(Severity::Info)];
    let files = vec![CheckedFile::new(&source, NASTY, &found)];
    CheckReport::new(files, 1, vec![NASTY.to_owned()])
}

/// Fails where a text holds a control or a character that hides or reorders, line ends apart.
fn assert_harmless(form: &str, text: &str) {
    let hidden = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(
        text.chars().find(hidden),
        None,
        "in the {form} form:\n{text}"
    );
}

#[test]
fn nothing_from_outside_reaches_the_terminal_raw() {
    for unicode in [true, false] {
        let style = Style {
            unicode,
            ..Style::PLAIN
        };
        assert_harmless("human", &human(&hostile(), style));
        let mut page = Page::new(style);
        everything(&mut page, NASTY);
        assert_harmless("page", &page.finish());
    }
    assert_harmless("json", &json::render(&hostile()));
    assert_harmless("sarif", &sarif::render(&hostile(), &Typed::default()));
    assert_harmless("junit", &junit::render(&hostile(), &Typed::default()));
    assert_harmless("github", &github::render(&hostile(), &Typed::default()));
}

#[test]
fn colours_are_the_only_escapes_on_a_coloured_page() {
    let mut page = Page::new(COLOURS);
    everything(&mut page, NASTY);
    let text = human(&hostile(), COLOURS) + &page.finish();
    let mut rest = String::new();
    for (index, part) in text.split("\u{1b}[").enumerate() {
        // What stands before the first escape is text; then a colour ends with its `m`.
        let colour = part
            .split_once('m')
            .filter(|(codes, _)| codes.chars().all(|c| c.is_ascii_digit() || c == ';'));
        rest.push_str(match colour {
            Some((_, text)) if index > 0 => text,
            _ => part,
        });
        assert!(index == 0 || colour.is_some(), "not a colour: {part:?}");
    }
    assert_harmless("coloured", &rest);
}

#[test]
fn a_hostile_finding_is_one_workflow_command() {
    let text = github::render(&hostile(), &Typed::default());
    assert_eq!(text.lines().count(), 2);
    assert!(
        text.lines()
            .all(|line| line.starts_with("::error file=") || line.starts_with("::notice file="))
    );
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("is JSON")
}

/// Fails where a report's JSON form does not fulfil its own schema.
fn assert_documented<R: Report>(report: &R) {
    let schema = parse(&schema::json_schema::<R>());
    let validator = jsonschema::validator_for(&schema).expect("is a schema");
    let instance = parse(&json::render(report));
    let errors: Vec<_> = validator
        .iter_errors(&instance)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(errors, [""; 0], "{instance:#}");
}

fn failure() -> ErrorReport {
    let error = regent::source::Error::Unreadable {
        name: "update.xml".to_owned(),
        cause: std::io::Error::from_raw_os_error(2),
    };
    ErrorReport::new("check", error.code(), &error, error.help())
}

#[test]
fn every_json_form_fulfils_its_schema() {
    assert_documented(&report());
    assert_documented(&hostile());
    assert_documented(&failure());
}

#[test]
fn a_schema_refuses_what_is_not_its_report() {
    let schema = parse(&schema::json_schema::<CheckReport>());
    let validator = jsonschema::validator_for(&schema).expect("is a schema");
    let good = parse(&json::render(&report()));
    for (pointer, wrong) in [
        ("/schema", Value::from("regent/check/2")),
        ("/errors", Value::from("none")),
        ("/files/0/findings/0/severity", Value::from("fatal")),
        ("/files/0/findings/0/code", Value::from("Unknown Element")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("is there") = wrong;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
    let mut nameless = good;
    nameless
        .as_object_mut()
        .and_then(|report| report.remove("schema"));
    assert!(!validator.is_valid(&nameless));
}

#[test]
fn a_failure_in_both_forms() {
    insta::assert_snapshot!(json::error("check", &failure()), @r#"
    {
      "schema": "regent/error/1",
      "command": "check",
      "exit": 6,
      "code": "text-unreadable",
      "message": "cannot read update.xml",
      "causes": [
        "No such file or directory (os error 2)"
      ],
      "help": "check the path; it is taken from the folder you are in"
    }
    "#);
    insta::assert_snapshot!(human(&failure(), Style::PLAIN), @r"
    error: cannot read update.xml
    cause: No such file or directory (os error 2)
     help: check the path; it is taken from the folder you are in
    ");
}

/// The rules of SARIF 2.1.0 that code scanning services insist on.
#[test]
fn sarif_is_what_services_accept() {
    for report in [report(), hostile(), CheckReport::new(vec![], 0, vec![])] {
        let log = parse(&sarif::render(&report, &Typed::default()));
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(
            log["$schema"],
            "https://json.schemastore.org/sarif-2.1.0.json"
        );
        let run = &log["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        assert_eq!(run["tool"]["driver"]["name"], "regent");
        let rules = run["tool"]["driver"]["rules"]
            .as_array()
            .expect("is a list");
        let results = run["results"]
            .as_array()
            .expect("is a list, even an empty one");
        let found: usize = report.files.iter().map(|file| file.findings.len()).sum();
        assert_eq!(results.len(), found);
        for result in results {
            let index = result["ruleIndex"].as_u64().expect("is a number");
            let rule = usize::try_from(index)
                .ok()
                .and_then(|index| rules.get(index));
            assert_eq!(rule.map(|rule| &rule["id"]), Some(&result["ruleId"]));
            assert!(result["message"]["text"].is_string());
            let level = result["level"].as_str().unwrap_or_default();
            assert!(["error", "warning", "note"].contains(&level), "{level}");
            let related = result["relatedLocations"].as_array();
            let locations = result["locations"].as_array().expect("has a place");
            assert_eq!(locations.len(), 1);
            for location in locations.iter().chain(related.into_iter().flatten()) {
                let place = &location["physicalLocation"];
                let uri = place["artifactLocation"]["uri"]
                    .as_str()
                    .expect("is a text");
                assert!(uri.bytes().all(|b| b.is_ascii_graphic()), "{uri}");
                let number = |key: &str| place["region"][key].as_u64().expect("is a number");
                let start = (number("startLine"), number("startColumn"));
                let end = (number("endLine"), number("endColumn"));
                assert!(start >= (1, 1) && end >= start, "{place}");
            }
        }
    }
}

#[test]
fn a_finding_without_a_place_gets_the_first_line() {
    let mut finding = whole_file();
    finding.labels.clear();
    let files = vec![CheckedFile::new(&file("f", TEXT), "update", &[finding])];
    let log = parse(&sarif::render(
        &CheckReport::new(files, 0, vec![]),
        &Typed::default(),
    ));
    let region = "/runs/0/results/0/locations/0/physicalLocation/region/startLine";
    assert_eq!(log.pointer(region), Some(&Value::from(1)));
}

proptest! {
    /// Plugins name places as they like, and the excerpt's drawer asserts what it is given.
    #[test]
    fn any_place_in_any_text_can_be_shown(
        text in "[a<>\\r\\n\\n\\t\u{1b}é名\u{202e}\u{301}]{1,200}",
        places in vec((0..250usize, 0..80usize), 1..4),
        width in 1..120usize,
    ) {
        let labels = places.iter().map(|(start, len)| Label {
            span: Span::new(*start, start + len),
            message: "here".to_owned(),
        });
        let mut finding = whole_file();
        finding.labels = labels.collect();
        let source = file("any.xml", &format!("<{text}"));
        let mut page = Page::new(Style { width, ..Style::PLAIN });
        page.findings(&source, &[finding]);
        let shown = page.finish();
        assert_harmless("human", &shown);
        prop_assert!(!shown.contains("Failed to read"), "{}", shown);
    }
}
