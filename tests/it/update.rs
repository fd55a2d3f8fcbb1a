//! Update files: what is accepted, what is refused and how, what is mended.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use regent::finding::{Code, Finding, Severity};
use regent::global_info::{AccountList, AccountName, GlobalInfo, ServerName};
use regent::identity::{Revision, SystemId, Term};
use regent::source::{Error, SourceFile};
use regent::system::{Role, Secrets, SsoServer, SystemState};
use regent::update::codes::{Rule, page};
use regent::update::{self, Checked, Context, FileKind, check, write};

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
        writeln!(out, "after {fixes} mends:\n{}", fixed.trim_end()).expect("string");
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
    let accepted: Vec<_> = fixtures("updates/accepted").iter().map(|p| stem(p)).collect();
    let rejected: Vec<_> = fixtures("updates/rejected").iter().map(|p| stem(p)).collect();
    for rule in Rule::ALL {
        let folder = if rule.severity() == Severity::Error {
            &rejected
        } else {
            &accepted
        };
        assert!(folder.contains(&rule.name().to_owned()), "{rule} has no fixture");
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
    after 1 mends:
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
    let unknown = "update/unknown-elment".parse::<Rule>().expect_err("unknown");
    assert_eq!(unknown.nearest(), Some(Rule::UnknownElement));
    insta::assert_snapshot!(unknown, @"there is no rule update/unknown-elment");
    assert!("\u{1b}[2J".parse::<Rule>().is_err());
}

#[test]
fn files_that_are_none_are_refused_before_anything_is_parsed() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    assert!(matches!(SourceFile::read(folder.path()), Err(Error::NotAFile { .. })));
    assert!(matches!(SourceFile::read(&path("none")), Err(Error::Unreadable { .. })));
    let empty = std::fs::File::create(path("empty")).expect("file");
    assert!(matches!(SourceFile::read(&path("empty")), Err(Error::Empty { .. })));
    empty.set_len(100 * 1024 * 1024).expect("100 MB of zeros");
    assert!(matches!(SourceFile::read(&path("empty")), Err(Error::TooLarge { .. })));
}

/// Texts of nearly the largest size that a naive reader takes quadratic time or space for.
#[test]
fn hostile_texts_are_bounded_in_time_and_findings() {
    let size = 1_000_000;
    let fill = |unit: &str| unit.repeat(size / unit.len());
    for (name, text) in [
        ("nesting", fill("<a>")),
        ("nested elements with ends", format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000))),
        ("unclosed tags", fill("<a ")),
        ("unclosed comments", fill("<!--")),
        ("word processor's comments", fill("<!—")),
        ("unclosed sections", fill("<![CDATA[")),
        ("declarations", fill("<!DOCTYPE x [")),
        ("declarations without an end", fill("<!x")),
        ("instructions", fill("<?x ")),
        ("ampersands", fill("&")),
        ("references", format!("<sso>{}</sso>", fill("&x;"))),
        ("end tags", fill("</a>")),
        ("brackets", fill("<")),
        ("spaced brackets", fill("< ")),
        ("quotes", format!("<a {}", fill("b=\" "))),
        ("typographic quotes", format!("<a {}>", fill("b=”x” "))),
        ("attributes", format!("<sso {}/>", (0..60_000).fold(String::new(), |all, n| format!("{all} a{n}=\"\"")))),
        ("markers", fill("\n- <a>")),
        ("a long name", format!("<{}/>", fill("x"))),
        ("commas", format!("<sso><globalInfo><ssoAdminAccount>{}</ssoAdminAccount></globalInfo></sso>", fill("a,"))),
        ("accounts", format!("<sso><globalInfo><ssoAdminAccount>{}</ssoAdminAccount></globalInfo></sso>", fill("a;"))),
        ("no-break spaces", format!("<sso>{}</sso>", fill("\u{A0}x\n"))),
        ("control characters", fill("\u{1}")),
        ("digits", format!("<sso><globalInfo><ticketTimeout>{}</ticketTimeout></globalInfo></sso>", fill("9"))),
        ("groups", format!("<sso><globalInfo><ticketTimeout>1{}</ticketTimeout></globalInfo></sso>", fill(",000"))),
    ] {
        let file = SourceFile::decode("hostile.xml", text.as_bytes()).expect(name);
        let start = std::time::Instant::now();
        let checked = check(&file, &Context::default());
        // Unoptimised and on a busy machine; quadratic readers need minutes.
        assert!(start.elapsed().as_secs() < 20, "{name}: {:?}", start.elapsed());
        assert!(checked.has_errors(), "{name}");
        assert!(checked.findings.len() <= update::MAX_FINDINGS + 1, "{name}");
        well_placed(&file, &checked);
    }
}

/// Errors beyond what is kept are errors still.
#[test]
fn a_flood_of_warnings_hides_no_error() {
    let accounts = "A;".repeat(30_000);
    let file = text(&format!(
        "<sso><globalInfo><ssoAdminAccount>{accounts}A</ssoAdminAccount>\
         <ticketTimeout>0</ticketTimeout></globalInfo></sso>"
    ));
    let checked = check(&file, &Context::default());
    assert!(checked.has_errors());
    assert_eq!(checked.findings.len(), update::MAX_FINDINGS + 1);
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
        assert!(spans.windows(2).all(|two| two[0].end <= two[1].start), "{finding:?}");
    }
    assert!(checked.update.elements().iter().all(|(_, v)| inside(v.span)));
    let starts: Vec<_> = checked.findings.iter().map(|f| f.span().start).collect();
    let ordered = starts.len().saturating_sub(1);
    assert!(starts[..ordered].is_sorted(), "{starts:?}");
}

/// Mending adds no error, and mending what was mended changes nothing.
fn mends_well(file: &SourceFile, context: &Context<'_>) {
    let before = check(file, context);
    let Some((text, fixes)) = update::fix(file, context) else {
        return;
    };
    assert!(fixes > 0);
    let mended = SourceFile::decode(file.name(), &file.encode(&text)).expect("text");
    let after = check(&mended, context);
    let errors = |checked: &Checked| -> Vec<String> {
        let findings = checked.findings.iter();
        findings
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.code.to_string())
            .collect()
    };
    let (old, new) = (errors(&before), errors(&after));
    assert!(new.len() <= old.len(), "{old:?} became {new:?} in\n{text}");
    assert_eq!(update::fix(&mended, context), None, "of\n{}\nto\n{text}", file.text());
}

/// Pieces that update files, and broken ones, are made of.
const PIECES: [&str; 44] = [
    "<sso>", "</sso>", "<SSO>", "<globalInfo>", "</globalInfo>", "<globalnfo>", "<secretServer>",
    "</secretServer>", "</secretserver>", "<ssoAdminAccount>", "</ssoAdminAccount>",
    "<ticketTimeout>", "</ticketTimeout>", "<auditDeleteApps>", "</auditDeleteApps>", "MSS01",
    "SSO02", "C\\A;C\\B", "C/A", "C\\A,", "1,000", "–5", " ", "\n", "\n- ", "&", "&amp;", "&x;",
    "<!--", "-->", "<!—-", "- >", "<", ">", "\"", " a=”b”", " a=\"b\"", "<?xml version=\"1.0\"?>",
    "<![CDATA[", "]]>", "\u{A0}", "<!DOCTYPE sso>", "<application>", "ComputerA",
];

fn broken_update() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(PIECES.as_slice());
    proptest::collection::vec(piece, 1..40).prop_map(|pieces| pieces.concat())
}

/// A sample or fixture with a few characters deleted, doubled or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let texts: Vec<String> = ["samples", "updates/accepted", "updates/rejected"]
        .into_iter()
        .flat_map(fixtures)
        .map(|path| read(&path).text().to_owned())
        .collect();
    let piece = proptest::sample::select(PIECES.as_slice());
    let change = (any::<proptest::sample::Index>(), 0..12_usize, piece);
    let changes = proptest::collection::vec(change, 1..5);
    (proptest::sample::select(texts), changes).prop_map(|(mut text, changes)| {
        for (at, length, piece) in changes {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, piece);
        }
        text
    })
}

fn account() -> impl Strategy<Value = AccountName> {
    let any_text = proptest::collection::vec(any::<char>(), 1..12);
    let any_text = any_text.prop_map(|chars| chars.into_iter().collect::<String>());
    let name = prop_oneof![
        any_text,
        "[A-Za-z&'() .é管–-]{1,20}",
        "[A-Z]{1,15}\\\\[A-Za-z&'#!ß ]{1,20}",
    ];
    name.prop_filter_map("an account", |text| AccountName::parse(&text).ok())
}

fn list() -> impl Strategy<Value = AccountList> {
    let length = prop_oneof![4 => 1..4_usize, 1 => 50..200_usize];
    length
        .prop_flat_map(|length| proptest::collection::vec(account(), length))
        .prop_filter_map("a list", AccountList::new)
}

prop_compose! {
    fn info()(
        sso_admin_account in list(),
        sso_affiliate_admin_account in list(),
        server in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}[A-Za-z0-9_]",
        numbers in any::<[u32; 5]>(),
    ) -> Option<GlobalInfo> {
        Some(GlobalInfo {
            sso_admin_account,
            sso_affiliate_admin_account,
            secret_server: ServerName::parse(&server).ok()?,
            audit_deleted_apps: numbers[0],
            audit_deleted_mappings: numbers[1],
            audit_credential_lookups: numbers[2],
            ticket_timeout: numbers[3],
            cred_cache_timeout: numbers[4],
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(file) = SourceFile::decode("any", &bytes) {
            well_placed(&file, &check(&file, &Context::default()));
        }
    }

    #[test]
    fn any_text_is_read_without_harm(text in "[<>/!?&;= \"'a-z\\-\u{2014}\u{201D}\\[\\]\n\u{A0}]{1,200}") {
        if let Ok(file) = SourceFile::decode("any", text.as_bytes()) {
            well_placed(&file, &check(&file, &Context::default()));
            mends_well(&file, &Context::default());
        }
    }

    #[test]
    fn broken_updates_are_read_and_mended_well(text in broken_update(), known in any::<bool>()) {
        let Ok(file) = SourceFile::decode("broken", text.as_bytes()) else { return Ok(()) };
        let surroundings = Surroundings::new();
        let context = surroundings.named(if known { "away" } else { "" });
        well_placed(&file, &check(&file, &context));
        mends_well(&file, &context);
    }

    #[test]
    fn mutated_fixtures_are_read_and_mended_well(text in mutated(), known in any::<bool>()) {
        let Ok(file) = SourceFile::decode("mutated", text.as_bytes()) else { return Ok(()) };
        let surroundings = Surroundings::new();
        let context = surroundings.named(if known { "system" } else { "" });
        well_placed(&file, &check(&file, &context));
        mends_well(&file, &context);
    }

    #[test]
    fn exported_global_info_is_accepted_and_changes_nothing(info in info(), away in any::<bool>()) {
        let Some(info) = info else { return Ok(()) };
        let mut surroundings = Surroundings::new();
        surroundings.system.info = info.clone();
        let exported = write::update_file(&info);
        let file = SourceFile::decode("export.xml", exported.as_bytes()).expect("text");
        let context = surroundings.named(if away { "away" } else { "system" });
        let checked = check(&file, &context);
        let errors: Vec<_> = checked.findings.iter().filter(|f| f.severity == Severity::Error).collect();
        prop_assert!(errors.is_empty(), "{errors:?}");
        prop_assert_eq!(checked.kind, FileKind::Update);
        prop_assert_eq!(checked.update.apply_to(&info), info);
        prop_assert_eq!(checked.update.elements().len(), 8);
    }

    /// What is accepted without a finding is XML to an independent reader too.
    #[test]
    fn what_is_accepted_is_well_formed(text in mutated()) {
        let Ok(file) = SourceFile::decode("mutated", text.as_bytes()) else { return Ok(()) };
        if check(&file, &Context::default()).has_errors() {
            return Ok(());
        }
        prop_assert_eq!(super::schema::well_formed(&file), Ok(()), "{}", file.text());
    }
}
