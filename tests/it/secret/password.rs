//! Passwords and reminders: from files, from pipes, and within their rules.

use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::Path;

use regent::entropy::Entropy;
use regent::secret::{Backup, BackupFacts, Error, KdfCost, Password, Reminder};
use secrecy::SecretString;
use tempfile::TempDir;

use super::file::write;
use super::{PASSWORD, facts, generations, password, sealed};
use crate::support::{Site, mode};

fn is_the_password(read: &Password) -> bool {
    sealed("password", 1, KdfCost::MINIMUM).open(read).is_ok()
}

fn read(folder: &TempDir, bytes: &[u8]) -> Result<Password, Error> {
    let path = folder.path().join("password");
    write(&path, bytes);
    mode(&path, 0o600);
    Password::read_file(&path)
}

#[test]
fn a_file_holds_the_password_alone() {
    let folder = TempDir::new().expect("a folder");
    for text in ["", "\n", "\r\n"].map(|end| format!("{PASSWORD}{end}")) {
        assert!(
            is_the_password(&read(&folder, text.as_bytes()).expect("read")),
            "{text:?}"
        );
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert!(
            is_the_password(&read(&folder, &marked).expect("read")),
            "marked {text:?}"
        );
    }
    for text in [" ", "\t"].map(|more| format!("{PASSWORD}{more}")) {
        // A space at the end counts, a tabulator is a control character.
        assert!(
            !read(&folder, text.as_bytes()).is_ok_and(|read| is_the_password(&read)),
            "{text:?}"
        );
    }
    for bytes in [&b""[..], b"\n", b"\r\n", b"\xef\xbb\xbf\n"] {
        assert!(
            matches!(read(&folder, bytes), Err(Error::PasswordEmpty)),
            "{bytes:?}"
        );
    }
    for bytes in [&b"two\nlines"[..], b"one\n\n"] {
        assert!(
            matches!(read(&folder, bytes), Err(Error::PasswordNotText)),
            "{bytes:?}"
        );
    }
    assert!(
        read(&folder, "🔑".repeat(256).as_bytes()).is_ok_and(|read| read.for_sealing().is_ok())
    );
    assert!(matches!(
        read(&folder, &[b'x'; 4097]),
        Err(Error::TooLarge { limit: 4096, .. })
    ));
    // Neither UTF-8 nor UTF-16, and nothing that would say where.
    for bytes in [
        &b"caf\xe9 caf\xe9"[..],
        b"\x00",
        b"\xff\xfea",
        b"\xff\xfe\x00\xd8",
    ] {
        let error = read(&folder, bytes).map(drop).expect_err("no text");
        assert!(matches!(error, Error::PasswordNotUnicode), "{bytes:?}");
    }
    // What PowerShell's `>` and Notepad's “Unicode” write.
    for (mark, unit) in [
        (&b"\xff\xfe"[..], u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (b"\xfe\xff", u16::to_be_bytes),
        (b"", u16::to_le_bytes),
        (b"", u16::to_be_bytes),
    ] {
        let text = format!("{PASSWORD}\r\n");
        let units: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        let read = read(&folder, &[mark, &units].concat()).expect("read");
        assert!(is_the_password(&read), "{mark:?}");
    }
}

#[test]
fn a_file_that_others_may_use_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("password");
    write(&path, PASSWORD.as_bytes());
    for permissions in [0o644, 0o640, 0o604, 0o660, 0o620, 0o601] {
        mode(&path, permissions);
        let refused = Password::read_file(&path).map(|_| ()).expect_err("refused");
        assert!(
            matches!(refused, Error::TooOpen { mode, .. } if mode == permissions),
            "{refused}"
        );
        assert_eq!(
            refused.help(),
            Some(format!("run `chmod 600 {}`", path.display()))
        );
    }
    for permissions in [0o600, 0o400] {
        mode(&path, permissions);
        assert!(is_the_password(&Password::read_file(&path).expect("read")));
    }
}

/// systemd opens a credential to its service by an access control list, which shows as mode 0440.
#[test]
fn a_credential_of_root_is_read() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("password");
    write(&path, PASSWORD.as_bytes());
    mode(&path, 0o440);
    let metadata = std::fs::metadata(&path).expect("metadata");
    let of_root = (metadata.uid(), metadata.gid()) == (0, 0);
    assert_eq!(Password::read_file(&path).is_ok(), of_root);
}

#[test]
fn a_pipe_is_read_to_its_end() {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    // Two writes, as by a program that is slow to think of it.
    writer
        .write_all(&PASSWORD.as_bytes()[..5])
        .expect("written");
    writer
        .write_all(&PASSWORD.as_bytes()[5..])
        .expect("written");
    writer.write_all(b"\n").expect("written");
    drop(writer);
    let descriptor = u32::try_from(reader.as_raw_fd()).expect("a descriptor");
    assert!(is_the_password(
        &Password::read_fd(descriptor).expect("read")
    ));

    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(&[b'x'; 5000]).expect("written");
    drop(writer);
    let descriptor = u32::try_from(reader.as_raw_fd()).expect("a descriptor");
    assert!(matches!(
        Password::read_fd(descriptor),
        Err(Error::TooLarge { limit: 4096, .. })
    ));
    assert!(matches!(
        Password::read_fd(u32::MAX),
        Err(Error::Unreadable { .. })
    ));
}

#[test]
fn the_program_reads_a_pipe() {
    let site = Site::ready();
    let arguments = ["secret", "verify", "secret.bak", "--password-fd", "0"];
    for (text, exit) in [(crate::support::PASSWORD, 0), ("not the password", 6)] {
        let mut command = site.command(&arguments);
        command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::piped());
        let mut child = command.spawn().expect("regent starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(text.as_bytes()).expect("written");
        drop(pipe);
        let output = child.wait_with_output().expect("regent ends");
        assert_eq!(
            output.status.code(),
            Some(exit),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A file that a shell opened for regent could be opened again by whoever inherits it.
#[test]
fn the_services_command_inherits_no_password() {
    let site = Site::ready();
    site.write(
        "restart.sh",
        "ls -l /proc/self/fd > inherited\ncat /dev/fd/7 >> inherited 2>&1\nexit 0\n",
    );
    site.configure("[service]\nrestart = { command = [\"sh\", \"restart.sh\"] }");
    let inherited = |command: &str| {
        let mut shell = site.command_named(std::path::Path::new("sh"), &["-c", command]);
        crate::support::Run::of(shell.output().expect("a shell"))
    };
    // The shell's own children do inherit it.
    inherited("sh restart.sh 7< password").exits(0);
    let held = || fs_err::read_to_string(site.path("inherited")).expect("it ran");
    assert!(held().contains(crate::support::PASSWORD), "{}", held());
    let promotion = format!(
        "exec '{}' promote update.xml --restore-file secret.bak --password-fd 7 --yes 7< password",
        env!("CARGO_BIN_EXE_regent")
    );
    inherited(&promotion).exits(0);
    assert!(held().contains("-> /dev/null"), "{}", held());
    assert!(!held().contains("password"), "{}", held());
    assert!(!held().contains(crate::support::PASSWORD), "{}", held());
}

#[test]
fn a_new_password_has_7_to_256_characters() {
    let new = |text: String| Password::new(SecretString::from(text)).map(|_| ());
    assert!(matches!(
        new("x".repeat(6)),
        Err(Error::PasswordTooShort { found: 6 })
    ));
    assert!(new("x".repeat(7)).is_ok());
    assert!(new("é".repeat(256)).is_ok());
    assert!(matches!(
        new("é".repeat(257)),
        Err(Error::PasswordTooLong { found: 257 })
    ));
}

#[test]
fn a_reminder_is_kept_as_it_was_written() {
    let sealing = password(PASSWORD);
    for text in [
        "the usual",
        "x",
        &"é".repeat(512),
        "kdf: argon2id",
        "end",
        "a: b: c",
    ] {
        let reminder = Reminder::new(text, &sealing).expect("a reminder");
        let facts = BackupFacts {
            reminder: Some(reminder),
            ..facts(None)
        };
        let mut entropy = Entropy::seeded("reminder");
        let secrets = generations("reminder", 1);
        let backup = Backup::seal(&secrets, facts, &sealing, KdfCost::MINIMUM, &mut entropy)
            .expect("sealed");
        let read = Backup::parse(Path::new("x.bak"), backup.text().as_bytes()).expect("parses");
        assert_eq!(
            read.header().reminder.as_ref().map(Reminder::as_str),
            Some(text)
        );
        assert!(read.open(&sealing).is_ok());
    }
    for text in [
        "",
        " ",
        "x ",
        " x",
        "a\nb",
        "a\rb",
        "a\0b",
        "\u{1b}[2J",
        "\u{85}",
    ] {
        assert!(
            matches!(Reminder::new(text, &sealing), Err(Error::ReminderNotText)),
            "{text:?}"
        );
    }
    for text in [
        PASSWORD,
        "An Invented PASSWORD",
        "it is »an invented password«",
    ] {
        assert!(
            matches!(
                Reminder::new(text, &sealing),
                Err(Error::ReminderTellsPassword)
            ),
            "{text}"
        );
    }
}
