//! Backups as files: written once, whole, for their owner; read only where they are files.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use regent::secret::{Backup, Error, KdfCost};
use tempfile::TempDir;

use super::{PASSWORD, password, sealed};
use crate::support::mode;

pub(super) fn write(path: &Path, text: &[u8]) {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(path, text).expect("a file");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn it_is_written_for_its_owner_and_read_back() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("secret.bak");
    let backup = sealed("written", 2, KdfCost::MINIMUM);
    backup.write(&path, &password(PASSWORD)).expect("written");
    assert_eq!(
        std::fs::read_to_string(&path).expect("a file"),
        backup.text()
    );
    let metadata = std::fs::metadata(&path).expect("metadata");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()), ["secret.bak"]);
    let read = Backup::read(&path).expect("reads");
    assert_eq!(read.header(), backup.header());
    assert_eq!(read.digest(), backup.digest());
    assert!(!read.mode_too_open());
}

#[test]
fn one_that_others_may_read_opens_and_says_so() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("secret.bak");
    sealed("open", 1, KdfCost::MINIMUM)
        .write(&path, &password(PASSWORD))
        .expect("written");
    for (permissions, too_open) in [
        (0o644, true),
        (0o640, true),
        (0o602, true),
        (0o600, false),
        (0o400, false),
    ] {
        mode(&path, permissions);
        let read = Backup::read(&path).expect("reads");
        assert_eq!(read.mode_too_open(), too_open, "{permissions:o}");
        assert!(read.open(&password(PASSWORD)).is_ok());
    }
}

#[test]
fn nothing_is_ever_overwritten() {
    let folder = TempDir::new().expect("a folder");
    let backup = sealed("overwritten", 1, KdfCost::MINIMUM);
    let (file, link, inner) = (
        folder.path().join("file"),
        folder.path().join("link"),
        folder.path().join("folder"),
    );
    write(&file, b"what was here before");
    symlink("nowhere", &link).expect("a link");
    std::fs::create_dir(&inner).expect("a folder");
    for path in [&file, &link, &inner] {
        let refused = backup
            .write(path, &password(PASSWORD))
            .expect_err("refused");
        assert!(matches!(refused, Error::Exists { .. }), "{refused}");
    }
    assert_eq!(
        std::fs::read(&file).expect("a file"),
        b"what was here before"
    );
    assert_eq!(names(folder.path()), ["file", "folder", "link"]);
}

#[test]
fn what_fails_leaves_nothing() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("secret.bak");
    let backup = sealed("fails", 1, KdfCost::MINIMUM);
    // Read back with another password it does not open, so it never gets its name.
    let refused = backup
        .write(&path, &password("another password"))
        .expect_err("refused");
    assert!(matches!(refused, Error::ReadBack { .. }), "{refused}");
    assert!(
        names(folder.path()).is_empty(),
        "{:?}",
        names(folder.path())
    );
    let refused = backup.write(&folder.path().join("no/secret.bak"), &password(PASSWORD));
    assert!(matches!(refused, Err(Error::Unwritable { .. })));
}

#[test]
fn a_link_to_a_backup_is_followed() {
    let folder = TempDir::new().expect("a folder");
    sealed("link", 1, KdfCost::MINIMUM)
        .write(&folder.path().join("secret.bak"), &password(PASSWORD))
        .expect("written");
    let link = folder.path().join("newest.bak");
    symlink("secret.bak", &link).expect("a link");
    assert!(Backup::read(&link).is_ok());
}

#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    let folder = TempDir::new().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo");
    assert!(made.success());
    let refused = Backup::read(&pipe).expect_err("refused");
    assert!(
        matches!(
            refused,
            Error::NotAFile {
                what: "a named pipe",
                ..
            }
        ),
        "{refused}"
    );
}

/// Killed at any moment, the backup is whole or not there.
#[test]
fn a_writer_that_is_killed_leaves_all_or_nothing() {
    let backup = [
        "--server",
        "SSO01",
        "secret",
        "backup",
        "two.bak",
        "--password-file",
        "password",
    ];
    for (point, there) in [
        ("backup/write/before", false),
        ("backup/write/before-rename", false),
        ("backup/write/after-rename", true),
    ] {
        let site = crate::support::Site::ready();
        let run = site.run_with(&[("REGENT_TEST_FAULT", &format!("{point}=kill"))], &backup);
        assert_eq!(run.exit, None, "{point}\n{}", run.transcript());
        assert_eq!(site.path("two.bak").exists(), there, "{point}");
        if there {
            let verify = ["secret", "verify", "two.bak", "--password-file", "password"];
            assert_eq!(site.run(&verify).exit, Some(0), "{point}");
        } else {
            assert_eq!(site.run(&backup).exit, Some(0), "{point}");
        }
    }
}
