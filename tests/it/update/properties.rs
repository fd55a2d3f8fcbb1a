//! What holds for every update file.

use proptest::prelude::*;
use regent::finding::{Finding, Severity};
use regent::global_info::{AccountList, AccountName, GlobalInfo, ServerName};
use regent::source::SourceFile;
use regent::update::codes::Rule;
use regent::update::{self, Checked, Context, FileKind, check, write};

use super::{Surroundings, well_placed};
use crate::fixtures::{fixtures, read};
use crate::schema::well_formed;

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
    assert_eq!(
        update::fix(&mended, context),
        None,
        "of\n{}\nto\n{text}",
        file.text()
    );
}

/// Pieces that update files, and broken ones, are made of.
pub(super) const PIECES: [&str; 44] = [
    "<sso>",
    "</sso>",
    "<SSO>",
    "<globalInfo>",
    "</globalInfo>",
    "<globalnfo>",
    "<secretServer>",
    "</secretServer>",
    "</secretserver>",
    "<ssoAdminAccount>",
    "</ssoAdminAccount>",
    "<ticketTimeout>",
    "</ticketTimeout>",
    "<auditDeleteApps>",
    "</auditDeleteApps>",
    "MSS01",
    "SSO02",
    "C\\A;C\\B",
    "C/A",
    "C\\A,",
    "1,000",
    "–5",
    " ",
    "\n",
    "\n- ",
    "&",
    "&amp;",
    "&x;",
    "<!--",
    "-->",
    "<!—-",
    "- >",
    "<",
    ">",
    "\"",
    " a=”b”",
    " a=\"b\"",
    "<?xml version=\"1.0\"?>",
    "<![CDATA[",
    "]]>",
    "\u{A0}",
    "<!DOCTYPE sso>",
    "<application>",
    "ComputerA",
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
    let plain = || AccountName::parse("C\\G").expect("an account");
    name.prop_map(move |text| AccountName::parse(&text).unwrap_or_else(|_| plain()))
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
        if !crate::tools::has(crate::tools::Tool::Xmllint) {
            return Ok(());
        }
        let Ok(file) = SourceFile::decode("mutated", text.as_bytes()) else { return Ok(()) };
        let checked = check(&file, &Context::default());
        // A reader that believes a wrong declaration may refuse the file; the rule says so.
        let mismatch = |finding: &Finding| finding.code == Rule::EncodingMismatch.code();
        if checked.has_errors() || checked.findings.iter().any(mismatch) {
            return Ok(());
        }
        prop_assert_eq!(well_formed(&file), Ok(()), "{}", file.text());
    }
}
