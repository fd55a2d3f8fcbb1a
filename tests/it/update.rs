//! Update files: what is accepted, what is refused and how, what is mended.

mod hostile;
mod properties;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use regent::finding::{Code, Finding, Severity};
use regent::global_info::{AccountList, GlobalInfo, ServerName};
use regent::identity::{Revision, SystemId, Term};
use regent::source::{Error, SourceFile};
use regent::system::{Role, Secrets, SsoServer, SystemState};
use regent::update::codes::{Rule, page};
use regent::update::{self, Checked, Context, check};

/// The fixtures of a folder, sorted.
pub(crate) fn fixtures(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<_> = std::fs::read_dir(root.join(folder))
        .expect("fixtures")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    files.sort();
    assert!(files.len() > 10, "{folder}");
    files
}

pub(crate) fn stem(path: &Path) -> String {
    let stem = path.file_stem().expect("name").to_string_lossy();
    stem.into_owned()
}

pub(crate) fn read(path: &Path) -> SourceFile {
    SourceFile::read(path).expect("readable fixture")
}

fn text(text: &str) -> SourceFile {
    SourceFile::decode("update.xml", text.as_bytes()).expect("text")
}

fn named(rule: Rule) -> impl Fn(&Finding) -> bool {
    move |finding| finding.code == rule.code()
}

/// Findings in a compact form: places, severity, code, message, then labels, help and mend.
pub(crate) fn compact(file: &SourceFile, checked: &Checked, context: &Context<'_>) -> String {
    let mut out = String::new();
    let place = |span: regent::source::Span| {
        format!("{}-{}", file.position(span.start), file.position(span.end))
    };
    for finding in &checked.findings {
        let Finding {
            code,
            severity,
            message,
            labels,
            help,
            fix,
        } = finding;
        let main = place(finding.span());
        writeln!(out, "{main} {severity} {code} {message}").expect("string");
        for (index, label) in labels.iter().enumerate() {
            if index > 0 || !label.message.is_empty() {
                writeln!(out, "    {}: {}", place(label.span), label.message).expect("string");
            }
        }
        if let Some(help) = help {
            writeln!(out, "    help: {help}").expect("string");
        }
        if let Some(fix) = fix {
            writeln!(out, "    fix: {}", fix.title).expect("string");
        }
    }
    writeln!(out, "{:?}:", checked.kind).expect("string");
    for (element, value) in checked.update.elements() {
        let place = place(value.span);
        writeln!(out, "    {element} = {} ({place})", value.value).expect("string");
    }
    if let Some((fixed, fixes)) = update::fix(file, context) {
        writeln!(out, "mends: {fixes}\n{}", fixed.trim_end()).expect("string");
    }
    out
}

/// The system of the pages' examples.
fn system() -> SystemState {
    let server = |name: &str, roles: &[Role]| SsoServer {
        name: ServerName::parse(name).expect("name"),
        roles: roles.to_vec(),
        added: jiff::Timestamp::UNIX_EPOCH,
        last_seen: None,
    };
    let list = |text: &str| AccountList::parse(text).expect("accounts");
    SystemState {
        id: SystemId::from_bytes([7; 16]),
        revision: Revision(1),
        term: Term(1),
        highest_term: Term(1),
        info: GlobalInfo::fresh(
            list("CONTOSO\\SSO Admins"),
            list("CONTOSO\\SSO Affiliate Admins"),
            ServerName::parse("MSS01").expect("name"),
        ),
        enabled: true,
        tickets_allowed: false,
        tickets_validated: true,
        secrets: Secrets::default(),
        servers: vec![
            server("HOST1", &[Role::Processing]),
            server("MSS01", &[]),
            server("NODE1", &[Role::ClusterNode]),
            server("SSO02", &[]),
            server("SSONET", &[Role::NetworkName]),
        ],
    }
}

/// What is known around an example or fixture: the word in a page's fence.
struct Surroundings {
    system: SystemState,
    away: ServerName,
}

impl Surroundings {
    fn new() -> Self {
        Self {
            system: system(),
            away: ServerName::parse("SSO02").expect("name"),
        }
    }

    fn named(&self, name: &str) -> Context<'_> {
        Context {
            system: matches!(name, "system" | "away").then_some(&self.system),
            this_server: (name == "away").then_some(&self.away),
            mode: (name == "readable").then_some(0o100_644),
        }
    }

    /// What the page of the rule that a fixture is named after needs.
    fn of(&self, fixture: &str) -> Context<'_> {
        let rule = Rule::ALL.iter().find(|rule| rule.name() == fixture);
        let needs = rule.and_then(|rule| examples(page(*rule)).next());
        self.named(&needs.map_or(String::new(), |example| example.needs))
    }
}

struct Example {
    bad: bool,
    needs: String,
    text: String,
}

/// The examples of a page that can be checked.
fn examples(page: &str) -> impl Iterator<Item = Example> {
    page.split("```xml ").skip(1).map(|block| {
        let (info, rest) = block.split_once('\n').expect("fence");
        let (text, _) = rest.split_once("\n```").expect("closed fence");
        let mut words = info.split(' ');
        Example {
            bad: words.next() == Some("bad"),
            needs: words.next().unwrap_or_default().to_owned(),
            text: text.to_owned(),
        }
    })
}

#[test]
fn every_page_shows_what_its_rule_finds_and_what_it_does_not() {
    let surroundings = Surroundings::new();
    for rule in Rule::ALL {
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
    for rule in Rule::ALL {
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
            insta::with_settings!({
                snapshot_path => "../snapshots/update",
                prepend_module_to_snapshot => false,
                omit_expression => true,
            }, {
                insta::assert_snapshot!(format!("{folder}-{name}"), compact(&file, &checked, &context));
            });
        }
    }
}

#[test]
fn the_vendors_misspelling_is_one_finding_with_both_ends() {
    let file = text(
        "<sso>\n<globalnfo>\n<auditDeletedApps>1000</auditDeletedApps>\n</globalInfo>\n</sso>\n",
    );
    let checked = check(&file, &Context::default());
    insta::assert_snapshot!(compact(&file, &checked, &Context::default()), @r"
    2:2-2:11 error update/globalinfo-misspelled `globalnfo` is a misspelling of `globalInfo`
        2:2-2:11: misspelled
        4:3-4:13: spelled right
        help: published samples have this error too
        fix: write globalInfo
    Update:
        auditDeletedApps = 1000 (3:19-3:23)
    mends: 1
    <sso>
    <globalInfo>
    <auditDeletedApps>1000</auditDeletedApps>
    </globalInfo>
    </sso>
    ");
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
