//! Something else where a file is expected: nothing waits, and everything is called by its name.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::snapshot;
use crate::policy::probe::Probe;
use crate::support::Site;

/// What stands where a file is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Link,
    DeadLink,
    Pipe,
    Folder,
    Socket,
    Device,
}

impl Thing {
    const ALL: [Self; 6] = [
        Self::Link,
        Self::DeadLink,
        Self::Pipe,
        Self::Folder,
        Self::Socket,
        Self::Device,
    ];

    /// Puts it in the place of what is there; the link leads to what was there.
    fn put(self, path: &Path) {
        let aside = path.with_extension("aside");
        if path.exists() {
            std::fs::rename(path, &aside).expect("a rename");
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        match self {
            Self::Link => symlink(&aside, path).expect("a link"),
            Self::DeadLink => symlink("nowhere", path).expect("a link"),
            Self::Pipe => mkfifo(path, Mode::from_bits_truncate(0o600)).expect("a pipe"),
            Self::Folder => std::fs::create_dir(path).expect("a folder"),
            // The name stays when the listener is gone, as it does when a program dies.
            Self::Socket => drop(UnixListener::bind(path).expect("a socket")),
            // Making one takes a privilege; a link to one leads to the same.
            Self::Device => symlink("/dev/full", path).expect("a link"),
        }
    }

    /// What it may be called.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Link => &["a symbolic link"],
            Self::DeadLink => &["a symbolic link that leads nowhere", "a symbolic link"],
            Self::Pipe => &["a named pipe"],
            Self::Folder => &["a folder"],
            Self::Socket => &["a socket"],
            Self::Device => &["a device", "a symbolic link"],
        }
    }
}

/// Puts each thing in the place of a file and runs commands that need the file. A link that is
/// followed is as good as the file; everything else is refused.
fn each(site: &Site, path: &str, follows_links: bool, commands: &[&[&str]]) -> String {
    let mut text = String::new();
    let name = path.rsplit('/').next().unwrap_or(path);
    for thing in Thing::ALL {
        text.push_str(&format!("{path} is {thing:?}\n"));
        let mut last = String::new();
        for words in commands {
            let site = site.copied();
            let aside = site.path(path).with_extension("aside");
            thing.put(&site.path(path));
            let kept = std::fs::read(&aside).ok();
            let run = site.run_bounded(&mut site.command(words));
            let exit = run.exit.expect("it is not killed");
            text.push_str(&format!("  {exit}  {}\n", words.join(" ")));
            if thing == Thing::Link && follows_links {
                let _as_good = run.exits(0);
                continue;
            }
            let told = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
            let called = thing.names().iter().any(|name| told.contains(name));
            assert!(
                exit == 6
                    && told.contains(name)
                    && (called || told.to_lowercase().contains("exists"))
                    && told.contains(" help: "),
                "{path} {thing:?}\n{}",
                run.transcript()
            );
            // What a link leads to is not written to.
            assert_eq!(std::fs::read(&aside).ok(), kept, "{path} {thing:?}");
            if last != run.err {
                run.err.clone_into(&mut last);
                text.push_str(&last);
            }
        }
    }
    text
}

const PROMOTE: [&str; 7] = [
    "promote",
    "update.xml",
    "--restore-file",
    "secret.bak",
    "--password-file",
    "password",
    "--yes",
];
const RESTORE: [&str; 7] = [
    "--server",
    "SSO01",
    "secret",
    "restore",
    "secret.bak",
    "--password-file",
    "password",
];
const BACK_UP: [&str; 7] = [
    "--server",
    "SSO01",
    "secret",
    "backup",
    "new.bak",
    "--password-file",
    "password",
];

#[test]
fn where_a_file_is_read() {
    let site = Site::ready();
    let verify = [
        "secret",
        "verify",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let restore = [
        "--server",
        "SSO01",
        "secret",
        "restore",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let mut text = String::new();
    for (path, commands) in [
        (
            "regent.toml",
            &[&["status"][..], &["--config", "regent.toml", "status"]][..],
        ),
        (
            "update.xml",
            &[
                &["check", "update.xml"],
                &["update", "update.xml", "--dry-run"],
                &PROMOTE,
            ],
        ),
        (
            "secret.bak",
            &[
                &["secret", "inspect", "secret.bak"],
                &verify,
                &restore,
                &PROMOTE,
            ],
        ),
        ("password", &[&verify, &PROMOTE]),
    ] {
        text.push_str(&each(&site, path, true, commands));
    }
    snapshot("instead-of-what-is-read", &text);
}

#[test]
fn where_the_database_is() {
    let site = Site::ready();
    let mut text = each(
        &site,
        "credential.db",
        true,
        &[&["status"], &["enable"], &PROMOTE],
    );
    for neighbour in ["credential.db-wal", "credential.db-shm"] {
        text.push_str(&each(&site, neighbour, false, &[&["status"], &PROMOTE]));
    }
    text.push_str(&each(
        &site,
        "credential.db.lock",
        false,
        &[&BACK_UP, &PROMOTE],
    ));
    snapshot("instead-of-the-database", &text);
}

#[test]
fn where_the_vault_is() {
    let site = Site::ready();
    let mut text = String::new();
    for path in ["vaults/sso01/current.vault", "vaults/sso01/machine.key"] {
        text.push_str(&each(&site, path, false, &[&BACK_UP]));
    }
    // The candidate was master once, and keeps what it held then.
    let _promoted = site.run(&Site::promotion()).exits(0);
    site.write("update.xml", &crate::support::update_file("SSO01"));
    let _back = site
        .run(&[&["--server", "SSO01"], &PROMOTE[..]].concat())
        .exits(0);
    site.write("update.xml", &crate::support::update_file("SSO02"));
    for path in ["current.vault", "previous.vault", "machine.key"] {
        text.push_str(&each(
            &site,
            &format!("vaults/sso02/{path}"),
            false,
            &[&PROMOTE],
        ));
    }
    // Of folders there are no two kinds, and a link to one is followed.
    let folder = "vaults/sso01";
    for thing in [Thing::Pipe, Thing::Socket, Thing::Device, Thing::DeadLink] {
        for words in [&BACK_UP[..], &RESTORE] {
            let site = site.copied();
            thing.put(&site.path(folder));
            let run = site.run_bounded(&mut site.command(words));
            assert!(
                run.exit.is_some_and(|exit| exit >= 6),
                "{}",
                run.transcript()
            );
            text.push_str(&format!(
                "{folder} is {thing:?}: {}\n{}",
                words.join(" "),
                run.err
            ));
        }
    }
    snapshot("instead-of-the-vault", &text);
}

#[test]
fn where_a_machine_key_or_a_plugin_is_named() {
    let site = Site::ready();
    std::fs::copy(site.path("vaults/sso01/machine.key"), site.path("key")).expect("a copy");
    site.configure("machine-key = \"key\"");
    let mut text = each(&site, "key", false, &[&BACK_UP, &PROMOTE]);
    let sound = Probe::of("sound").bytes();
    let site = Site::ready();
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(site.path("rule.wasm"), sound).expect("a component");
    site.configure("[[plugin]]\nname = \"rule\"\ncomponent = \"rule.wasm\"");
    let inspect = ["plugin", "inspect", "rule.wasm"];
    text.push_str(&each(
        &site,
        "rule.wasm",
        true,
        &[&inspect, &["check", "update.xml"], &PROMOTE],
    ));
    snapshot("instead-of-key-and-plugin", &text);
}

#[test]
fn where_a_file_is_to_be_written() {
    let site = Site::ready();
    let mut text = each(&site, "out.xml", false, &[&["export", "--out", "out.xml"]]);
    text.push_str(&each(&site, "new.bak", false, &[&BACK_UP]));
    snapshot("instead-of-what-is-written", &text);
}
