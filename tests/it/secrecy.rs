//! No secret is ever said: a canary password and the vault's bytes are looked for in everything.

use crate::support::{PASSWORD, Site};

#[test]
fn the_password_is_in_no_output_and_no_file() {
    let site = Site::ready();
    let with = ["--password-file", "password"];
    let mut said = String::new();
    let mut listen = |words: &[&str]| {
        let run = site.run(words);
        said.push_str(&run.transcript());
    };
    listen(&["secret", "inspect", "secret.bak"]);
    listen(&[&["secret", "verify", "secret.bak"], &with[..]].concat());
    listen(
        &[
            &["plan", "update.xml", "--restore-file", "secret.bak"],
            &with[..],
        ]
        .concat(),
    );
    listen(&Site::promotion());
    listen(&[&["secret", "backup", "two.bak"], &with[..]].concat());
    listen(&[
        "secret",
        "backup",
        "three.bak",
        "--password-file",
        "password",
        "--reminder",
        PASSWORD,
    ]);
    for words in [
        &["status"][..],
        &["journal"],
        &["dump"],
        &["export"],
        &["server", "list"],
    ] {
        listen(words);
        listen(&[words, &["--format", "json"]].concat());
    }
    assert!(said.contains("SSO02"), "something was said");
    assert!(!said.contains(PASSWORD), "{said}");
    let mut files = Vec::new();
    collect(&site.path(""), &mut files);
    assert!(files.len() > 5, "{files:?}");
    for path in files {
        let bytes = std::fs::read(&path).expect("a file");
        let holds = bytes
            .windows(PASSWORD.len())
            .any(|window| window == PASSWORD.as_bytes());
        assert_eq!(holds, path.ends_with("password"), "{}", path.display());
    }
}

fn collect(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn a_reminder_that_tells_the_password_is_refused() {
    let site = Site::ready();
    let words = [
        "--server",
        "SSO01",
        "secret",
        "backup",
        "x.bak",
        "--password-file",
        "password",
        "--reminder",
        "it is Correct Horse Battery Staple!",
    ];
    let run = site.run(&words);
    assert_ne!(run.exit, Some(0), "{}", run.transcript());
    assert!(!site.path("x.bak").exists());
}

#[test]
fn what_holds_secrets_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::ready();
    site.run(&Site::promotion()).exits(0);
    let mut files = Vec::new();
    collect(&site.path("vaults"), &mut files);
    files.push(site.path("credential.db"));
    files.push(site.path("secret.bak"));
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let mode = std::fs::metadata(&path)
            .expect("metadata")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", path.display());
    }
}
