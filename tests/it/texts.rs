//! What people write is read whichever editor wrote it, and what is no text is told by its place.

use regent::policy::Circumstances;
use regent::source::SourceFile;

use crate::approvals::{list, make_key};
use crate::snapshot;
use crate::support::{Site, mode};

/// A text in every spelling that Windows' programs write, by their names for it.
fn spellings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let units = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let (little, big) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
    vec![
        (
            "UTF-8 with a mark",
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        ),
        ("UTF-16", [b"\xFF\xFE", &little[..]].concat()),
        ("UTF-16, big endian", [b"\xFE\xFF", &big[..]].concat()),
        ("UTF-16 without a mark", little),
        ("UTF-16, big endian, without a mark", big),
        (
            "lines that end as on Windows",
            text.replace('\n', "\r\n").into(),
        ),
    ]
}

fn put(site: &Site, name: &str, bytes: &[u8]) {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(site.path(name), bytes).expect("a file");
    mode(&site.path(name), 0o600);
}

fn text(site: &Site, name: &str) -> String {
    std::fs::read_to_string(site.path(name)).expect("a text")
}

#[test]
fn settings_keys_plans_and_passwords_are_read_in_every_spelling() {
    needs!(SshKeygen);
    let site = Site::ready();
    let key = make_key(&site, "anna", "");
    list(&site, "operator", &key);
    site.configure("# Büro");
    let plan = ["plan", "update.xml", "--restore-file", "secret.bak"];
    site.run(&[&plan[..], &["--out", "plan.json"]].concat())
        .exits(0);
    let verify = [
        "secret",
        "verify",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let commands: [(&str, &[&str]); 5] = [
        ("regent.toml", &["status"]),
        ("password", &verify),
        ("plan.json", &["approve", "plan.json"]),
        ("anna", &["approve", "plan.json", "--key", "anna", "--yes"]),
        ("update.xml", &["check", "update.xml"]),
    ];
    for (name, command) in commands {
        let original = text(&site, name);
        for (spelling, bytes) in spellings(&original) {
            put(&site, name, &bytes);
            let run = site.run(command);
            assert_eq!(
                run.exit,
                Some(0),
                "{name} as {spelling}\n{}",
                run.transcript()
            );
        }
        site.write(name, &original);
    }
}

#[test]
fn cases_of_a_policy_are_read_in_every_spelling() {
    let site = Site::empty();
    site.write("update.xml", &crate::support::update_file("SSO02"));
    let told = "now = 2026-03-04T22:30:00+01:00 # März\n";
    for (spelling, bytes) in spellings(told) {
        put(&site, "promotion.toml", &bytes);
        let read = Circumstances::read(&site.path(""));
        assert!(read.is_ok(), "{spelling}: {:?}", read.err());
    }
    put(
        &site,
        "promotion.toml",
        b"now = 2026-03-04T22:30:00+01:00 # M\xE4rz\n",
    );
    let error = Circumstances::read(&site.path("")).expect_err("no text");
    let told = error.to_string();
    assert!(
        told.ends_with("promotion.toml:1:36: byte 0xE4 is not UTF-8 (in windows-1252 it is “ä”)"),
        "{told}"
    );
}

/// `regent.toml` as Notepad's “ANSI” writes it: the path is fine, and nobody is sent to check it.
#[test]
fn a_text_that_is_not_unicode_is_told_by_its_place() {
    let site = Site::ready();
    let settings = [text(&site, "regent.toml").as_bytes(), b"# B\xFCro\n"].concat();
    put(&site, "regent.toml", &settings);
    let status = site.run(&["status"]).exits(6);
    snapshot!("texts", "settings-not-unicode", status.transcript());
    // The doctor goes on with the rest, and tells the place too.
    let doctor = site.run(&["doctor"]);
    assert!(
        doctor.out.contains("regent.toml:3:4: byte 0xFC is"),
        "{}",
        doctor.transcript()
    );
    assert!(
        doctor.out.contains("vaults: sso01"),
        "{}",
        doctor.transcript()
    );
    site.write("regent.toml", &text_without_last_line(&settings));
    put(&site, "plan.json", b"{\"a\": \"\xE9\"}");
    let plan = site.run(&["approve", "plan.json"]).exits(6);
    snapshot!("texts", "plan-not-unicode", plan.transcript());
    put(&site, "password", b"Gr\xFC\xDFe");
    let verify = [
        "secret",
        "verify",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let password = site.run(&verify).exits(6);
    snapshot!("texts", "password-not-unicode", password.transcript());
}

fn text_without_last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[..lines.len() - 1].join("\n")
}

#[test]
fn an_update_file_in_an_unknown_encoding_is_a_finding_of_that_file() {
    let site = Site::ready();
    let fixture = |name: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::read(root.join("tests/fixtures/updates").join(name)).expect("a fixture")
    };
    put(
        &site,
        "ansi.xml",
        &fixture("rejected/encoding-mismatch-undeclared.xml"),
    );
    let before = site.dump();
    let batch = ["check", "--offline", "ansi.xml", "update.xml"];
    let checked = site.run(&batch).exits(1);
    snapshot!("texts", "check-not-unicode", checked.transcript());
    let fixed = site
        .run(&["check", "--offline", "--fix", "ansi.xml"])
        .exits(1);
    assert!(!fixed.out.contains("fixed"), "{}", fixed.transcript());
    let bytes = std::fs::read(site.path("ansi.xml")).expect("a file");
    assert_eq!(
        bytes,
        fixture("rejected/encoding-mismatch-undeclared.xml"),
        "a guess mends nothing"
    );
    site.run(&["update", "ansi.xml", "--yes"]).exits(1);
    assert_eq!(site.dump(), before);
}

#[test]
fn an_update_file_is_read_as_it_declares_and_mended_to_utf_8() {
    let site = Site::empty();
    for (label, bytes, wanted) in [
        (
            "windows-1252",
            &b"Geb\xE4ude\x96Admins"[..],
            "Gebäude–Admins",
        ),
        ("iso-8859-1", b"Geb\xE4ude", "Gebäude"),
        ("ISO-8859-2", b"Spr\xE1vci \xB9", "Správci š"),
        ("windows-1251", b"\xC0\xE4\xEC\xE8\xED\xFB", "Админы"),
        ("shift_jis", b"\x8A\xC7\x97\x9D\x8E\xD2", "管理者"),
        ("euc-kr", b"\xB0\xFC\xB8\xAE\xC0\xDA", "관리자"),
        ("big5", b"\xBA\xDE\xB2z", "管理"),
    ] {
        let head = format!(
            "<?xml version=\"1.0\" encoding=\"{label}\"?>\n<sso>\n  <globalInfo>\n    <ssoAdminAccount>CONTOSO\\"
        );
        let tail = b"</ssoAdminAccount>\n  </globalInfo>\n</sso>\n";
        put(&site, "up.xml", &[head.as_bytes(), bytes, tail].concat());
        let checked = site.run(&["check", "up.xml"]).exits(0);
        assert!(
            checked.out.contains("update/encoding-legacy"),
            "{}",
            checked.transcript()
        );
        site.run(&["check", "--fix", "up.xml"]).exits(0);
        let mended = SourceFile::read(&site.path("up.xml")).expect("a text");
        assert!(
            mended.text().contains(&format!("CONTOSO\\{wanted}</sso")),
            "{}",
            mended.text()
        );
        assert!(
            mended
                .text()
                .starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        );
        let clean = site.run(&["check", "up.xml"]).exits(0);
        assert!(!clean.out.contains("encoding"), "{}", clean.transcript());
    }
}
