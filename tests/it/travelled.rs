//! A backup that travelled as text, at every command that opens one.

use crate::snapshot;
use crate::support::{Site, mode};

fn put(site: &Site, name: &str, bytes: &[u8]) {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(site.path(name), bytes).expect("a file");
    mode(&site.path(name), 0o600);
}

fn written(site: &Site) -> String {
    std::fs::read_to_string(site.path("secret.bak")).expect("a backup")
}

const VERIFY: [&str; 5] = [
    "secret",
    "verify",
    "travelled.bak",
    "--password-file",
    "password",
];

#[test]
fn every_command_reads_it_says_what_was_undone_and_writes_it_back() {
    let site = Site::ready();
    let text = written(&site);
    let mail = format!("From: a colleague\r\n\r\n{}", text.replace('\n', "\r\n"));
    put(&site, "travelled.bak", mail.as_bytes());
    let said = "carriage returns at the ends of its lines, 1 line above it";
    let inspect = ["secret", "inspect", "travelled.bak"];
    let inspected = site.run(&inspect).exits(0);
    snapshot!("secret", "travelled-inspected", inspected.transcript());
    let plan = ["plan", "update.xml", "--restore-file", "travelled.bak"];
    let candidates = [
        "candidates",
        "--restore-file",
        "travelled.bak",
        "--password-file",
        "password",
    ];
    let restore = [
        "--server",
        "SSO01",
        "secret",
        "restore",
        "travelled.bak",
        "--password-file",
        "password",
    ];
    let doctor = [
        "doctor",
        "--backup",
        "travelled.bak",
        "--password-file",
        "password",
    ];
    let promote = [
        "promote",
        "update.xml",
        "--restore-file",
        "travelled.bak",
        "--password-file",
        "password",
    ];
    let dry = [&promote[..], &["--dry-run"]].concat();
    for command in [&VERIFY[..], &restore, &plan, &candidates, &doctor, &dry] {
        let run = site.run(command).exits(0);
        let told = run
            .transcript()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(told.contains(said), "{command:?}\n{}", run.transcript());
        assert!(
            told.contains("--clean-copy NEW-BACKUP"),
            "{}",
            run.transcript()
        );
    }
    for (command, copy) in [(&inspect[..], "inspected.bak"), (&VERIFY, "verified.bak")] {
        site.run(&[command, &["--clean-copy", copy]].concat())
            .exits(0);
        assert_eq!(
            std::fs::read(site.path(copy)).expect("a copy"),
            text.as_bytes()
        );
        let again = site
            .run(&[command, &["--clean-copy", copy]].concat())
            .exits(6);
        assert!(
            again.err.contains("exists already"),
            "{}",
            again.transcript()
        );
    }
    let clean = site.run(&["secret", "inspect", "inspected.bak"]).exits(0);
    assert!(!clean.out.contains("undone"), "{}", clean.transcript());
    site.run(&[&promote[..], &["--yes"]].concat()).exits(0);
}

#[test]
fn what_is_damaged_is_told_by_its_line_with_what_is_left() {
    let site = Site::without_secret();
    let generate = ["--server", "SSO01", "secret", "generate", "secret.bak"];
    let rest = ["--password-file", "password", "--reminder", "the café"];
    site.run(&[&generate[..], &rest].concat()).exits(0);
    let text = written(&site);
    let lines: Vec<&str> = text.lines().collect();
    let body = lines
        .iter()
        .position(|line| line.is_empty())
        .expect("a header")
        + 1;
    let mut transcript = String::new();
    let mut holed = lines.clone();
    let hole = lines[body].replacen(|c: char| c.is_ascii_digit(), "?", 1);
    holed[body] = &hole;
    let short = &lines[body][1..];
    let mut missing = lines.clone();
    missing[body] = short;
    let no_salt: Vec<&str> = lines
        .iter()
        .filter(|line| !line.starts_with("salt"))
        .copied()
        .collect();
    let other = text.replace("server: SSO01", "server: 10.0.0.1");
    for (what, altered) in [
        ("a digit that is none", holed.join("\r\n")),
        ("a digit that is missing", missing.join("\n")),
        ("a field that is missing", no_salt.join("\n")),
        ("a field that is another", other),
        ("cut off", lines[..=body].join("\r\n")),
        ("twice", format!("{text}{text}")),
    ] {
        put(&site, "travelled.bak", altered.as_bytes());
        let run = site.run(&VERIFY).exits(6);
        transcript.push_str(&format!("# {what}\n{}\n", run.transcript()));
    }
    put(
        &site,
        "travelled.bak",
        &[7, 0, 0, 0, 0xA4, 0, 1, 0, 0x80, 3, 2],
    );
    transcript.push_str(&format!(
        "# binary\n{}",
        site.run(&VERIFY).exits(6).transcript()
    ));
    snapshot!("secret", "travelled-damaged", transcript);
}

#[test]
fn a_new_password_that_is_seldom_meant_has_to_be_confirmed() {
    let site = Site::without_secret();
    let generate = [
        "--server",
        "SSO01",
        "secret",
        "generate",
        "new.bak",
        "--password-file",
        "odd",
    ];
    let mut transcript = String::new();
    for odd in [
        " a blank before",
        "a blank behind \n",
        "a no-break space\u{a0}",
        "a\ttabulator",
    ] {
        site.write("odd", odd);
        let run = site.run(&generate).exits(2);
        transcript.push_str(&format!("# {odd:?}\n{}\n", run.transcript()));
        assert!(!site.path("new.bak").exists());
    }
    snapshot!("secret", "odd-passwords", transcript);
    site.run(&[&generate[..], &["--password-as-is"]].concat())
        .exits(0);
    let verify = ["secret", "verify", "new.bak", "--password-file", "odd"];
    site.run(&verify).exits(0);
}

#[test]
fn a_backup_that_others_may_read_is_told_with_the_command_that_mends_it() {
    let site = Site::ready();
    put(&site, "travelled.bak", written(&site).as_bytes());
    mode(&site.path("travelled.bak"), 0o644);
    let told = site.run(&VERIFY).exits(0).transcript();
    let said = "other users may read travelled.bak: run `chmod 600 travelled.bak`";
    assert!(told.contains(said), "{told}");
    mode(&site.path("travelled.bak"), 0o600);
    let mended = site.run(&VERIFY).exits(0).transcript();
    assert!(!mended.contains("other users"), "{mended}");
}
