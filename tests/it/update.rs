//! Update files: what is accepted, what is refused and how, what is mended.

mod hostile;
mod places;
mod properties;
mod surroundings;

use regent::finding::{Code, Finding, Severity};
use regent::source::{Error, SourceFile};
use regent::update::codes::{Rule, page};
use regent::update::{Checked, Context, check};

use crate::fixtures::{fixtures, holds, read, stem};
use surroundings::{Surroundings, examples, system};

fn text(text: &str) -> SourceFile {
    SourceFile::decode("update.xml", text.as_bytes()).expect("text")
}

fn named(rule: Rule) -> impl Fn(&Finding) -> bool {
    move |finding| finding.code == rule.code()
}

/// Every rule but the one about regent itself: a file that broke regent would be mended, not kept.
fn mendable() -> impl Iterator<Item = &'static Rule> {
    Rule::ALL.iter().filter(|rule| **rule != Rule::Internal)
}

#[test]
fn every_page_shows_what_its_rule_finds_and_what_it_does_not() {
    let surroundings = Surroundings::new();
    for rule in mendable() {
        let mut count = 0;
        for example in examples(page(*rule)) {
            count += 1;
            let mut context = surroundings.named(&example.needs);
            if !example.bad && context.mode.is_some() {
                context.mode = Some(0o100_640);
            }
            let found = check(&text(&example.text), &context).findings;
            let codes: Vec<_> = found.iter().map(|f| f.code.to_string()).collect();
            let any = found.iter().any(named(*rule));
            assert_eq!(any, example.bad, "{rule}\n{}\n{codes:?}", example.text);
            if example.bad {
                let same = |f: &&Finding| f.code == rule.code();
                let severity = found.iter().find(same).map(|f| f.severity);
                assert_eq!(severity, Some(rule.severity()), "{rule}");
            } else {
                let errors = found.iter().filter(|f| f.severity == Severity::Error);
                assert_eq!(errors.count(), 0, "{rule}: the good example: {codes:?}");
            }
        }
        assert!(count > 0, "{rule} has no example");
    }
}

#[test]
fn every_rule_has_a_fixture_named_after_it() {
    let accepted: Vec<_> = fixtures("updates/accepted")
        .iter()
        .map(|p| stem(p))
        .collect();
    let rejected: Vec<_> = fixtures("updates/rejected")
        .iter()
        .map(|p| stem(p))
        .collect();
    for rule in mendable() {
        let folder = if rule.severity() == Severity::Error {
            &rejected
        } else {
            &accepted
        };
        assert!(
            folder.contains(&rule.name().to_owned()),
            "{rule} has no fixture"
        );
    }
}

#[test]
fn accepted_fixtures_have_no_error_and_rejected_ones_have() {
    let surroundings = Surroundings::new();
    for (folder, refused) in [("accepted", false), ("rejected", true)] {
        for path in fixtures(&format!("updates/{folder}")) {
            let name = stem(&path);
            let file = read(&path);
            let context = surroundings.of(&name);
            let checked = check(&file, &context);
            assert_eq!(checked.has_errors(), refused, "{name}");
            if let Some(rule) = Rule::ALL.iter().rev().find(|rule| {
                let variant = format!("{}-", rule.name());
                name == rule.name() || name.starts_with(&variant)
            }) {
                let found = checked.findings.iter().any(named(*rule));
                assert!(found, "{name} does not show {rule}");
            }
            holds(&format!("updates/{folder}"), &file, &checked, &context);
        }
    }
}

#[test]
fn the_vendors_misspelling_is_one_finding_with_both_ends() {
    let file = text(
        "<sso>\n<globalnfo>\n<auditDeletedApps>1000</auditDeletedApps>\n</globalInfo>\n</sso>\n",
    );
    let found = check(&file, &Context::default()).findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(named(Rule::GlobalinfoMisspelled)(&found[0]));
    let ends = found[0].labels.iter().map(|label| file.slice(label.span));
    assert_eq!(ends.collect::<Vec<_>>(), ["globalnfo", "globalInfo"]);
}

#[test]
fn spans_point_into_the_text_as_it_was_written() {
    let file = text(
        "<!—- mended - ><sso><globalInfo><ssoAdminAccount>C\\R&D A;C\\X&amp;Y</ssoAdminAccount>\
         <secretServer>MSS02</secretServer></globalInfo></sso>",
    );
    let update = check(&file, &Context::default()).update;
    let server = update.secret_server.expect("understood");
    assert_eq!(file.slice(server.span), "MSS02");
    let accounts = update.sso_admin_account.expect("understood");
    assert_eq!(accounts.value.to_string(), "C\\R&D A;C\\X&Y");
    assert_eq!(file.slice(accounts.span), "C\\R&D A;C\\X&amp;Y");
}

#[test]
fn what_is_not_known_is_not_checked() {
    let file = text("<sso><globalInfo><secretServer>SSO20</secretServer></globalInfo></sso>");
    assert_eq!(check(&file, &Context::default()).findings, []);
    let system = system();
    let context = Context {
        system: Some(&system),
        ..Context::default()
    };
    let found = check(&file, &context).findings;
    assert_eq!(found[0].code, Code::Update("secret-server-unknown-host"));
    let help = found[0].help.as_deref().unwrap_or_default();
    assert!(help.starts_with("did you mean SSO02?"), "{help}");
}

/// What is shown as a command must be safe to copy, whatever the file is called.
#[test]
fn a_file_is_named_in_a_command_as_a_shell_reads_it() {
    for (name, command) in [
        ("update.xml", "`chmod o-rwx update.xml`"),
        ("new master; id.xml", "`chmod o-rwx 'new master; id.xml'`"),
        ("evil\n\u{1b}[2J.xml", "`chmod o-rwx FILE`"),
    ] {
        let file = SourceFile::decode(name, b"<sso><globalInfo/></sso>").expect("text");
        let context = Context {
            mode: Some(0o100_644),
            ..Context::default()
        };
        let found = check(&file, &context).findings;
        assert!(named(Rule::FileWorldReadable)(&found[0]), "{found:?}");
        let help = found[0].help.as_deref().unwrap_or_default();
        assert!(help.ends_with(command), "{help}");
    }
}

#[test]
fn rules_are_found_by_name_and_suggested_by_nearness() {
    for rule in Rule::ALL {
        assert_eq!(rule.name().parse(), Ok(*rule));
        assert_eq!(rule.to_string().parse(), Ok(*rule));
    }
    let unknown = "update/unknown-elment"
        .parse::<Rule>()
        .expect_err("unknown");
    assert_eq!(unknown.nearest(), Some(Rule::UnknownElement));
    insta::assert_snapshot!(unknown, @"there is no rule update/unknown-elment");
    assert!("\u{1b}[2J".parse::<Rule>().is_err());
}

#[test]
fn files_that_are_none_are_refused_before_anything_is_parsed() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    assert!(matches!(
        SourceFile::read(folder.path()),
        Err(Error::NotAFile { .. })
    ));
    assert!(matches!(
        SourceFile::read(&path("none")),
        Err(Error::Unreadable { .. })
    ));
    let empty = std::fs::File::create(path("empty")).expect("file");
    assert!(matches!(
        SourceFile::read(&path("empty")),
        Err(Error::Empty { .. })
    ));
    empty.set_len(100 * 1024 * 1024).expect("100 MB of zeros");
    assert!(matches!(
        SourceFile::read(&path("empty")),
        Err(Error::TooLarge { .. })
    ));
}

/// Every span lies in the text, at character boundaries, and every finding says something.
fn well_placed(file: &SourceFile, checked: &Checked) {
    let text = file.text();
    let inside = |span: regent::source::Span| text.get(span.range()).is_some();
    for finding in &checked.findings {
        assert!(!finding.message.is_empty() && !finding.labels.is_empty());
        let acts = finding.help.is_some() || finding.fix.is_some();
        let severe = finding.severity < Severity::Info;
        assert!(acts || !severe, "nothing to do about {finding:?}");
        assert!(!finding.message.contains(char::is_control), "{finding:?}");
        assert!(finding.labels.iter().all(|l| inside(l.span)), "{finding:?}");
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        let spans: Vec<_> = edits.map(|edit| edit.span).collect();
        assert!(spans.iter().all(|span| inside(*span)), "{finding:?}");
        assert!(
            spans.windows(2).all(|two| two[0].end <= two[1].start),
            "{finding:?}"
        );
    }
    assert!(
        checked
            .update
            .elements()
            .iter()
            .all(|(_, v)| inside(v.span))
    );
    let starts: Vec<_> = checked.findings.iter().map(|f| f.span().start).collect();
    let ordered = starts.len().saturating_sub(1);
    assert!(starts[..ordered].is_sorted(), "{starts:?}");
}
