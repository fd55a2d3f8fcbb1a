//! The password of a backup, and its reminder.

use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::source::encoding;

use super::prepared::prepared;
use super::{Error, file};

/// The fewest characters of a password (event 10836).
pub const MIN_PASSWORD: usize = 7;
/// The most characters of a password (event 10839).
pub const MAX_PASSWORD: usize = 256;
/// The most characters of a reminder (event 10840).
pub const MAX_REMINDER: usize = 512;

/// The largest password file, in bytes: room for 256 letters of a few characters each, in any
/// spelling, with a mark and a line end.
const MAX_FILE: u64 = 16 * MAX_PASSWORD as u64;

/// What a backup is sealed and opened with.
///
/// ```compile_fail
/// fn show<T: std::fmt::Debug>() {}
/// show::<regent::secret::Password>();
/// ```
/// ```compile_fail
/// fn copy<T: Clone>() {}
/// copy::<regent::secret::Password>();
/// ```
pub struct Password {
    typed: SecretString,
    /// As RFC 8265 prepares it, where that is another text.
    prepared: Option<SecretString>,
}

/// What is seldom meant in a password, and lost when it is typed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// White space at its beginning.
    BlankBefore,
    /// White space at its end.
    BlankBehind,
    /// A control character, such as a tabulator.
    Control,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BlankBefore => "begins with a blank",
            Self::BlankBehind => "ends with a blank",
            Self::Control => "holds a control character",
        })
    }
}

impl Password {
    /// A password that is to seal a backup: 7–256 characters.
    pub fn new(text: SecretString) -> Result<Self, Error> {
        Self::existing(text).for_sealing()
    }

    /// A password that is to open a backup; whether it has the right length is the backup's to say.
    pub fn existing(text: SecretString) -> Self {
        let prepared = prepared(text.expose_secret());
        let other = prepared.as_str() != text.expose_secret();
        let prepared = other.then(|| SecretString::from(prepared.as_str()));
        Self {
            typed: text,
            prepared,
        }
    }

    /// Holds an existing password to the rules of a new one.
    pub fn for_sealing(self) -> Result<Self, Error> {
        self.hold_to_rules().map(|()| self)
    }

    pub(super) fn hold_to_rules(&self) -> Result<(), Error> {
        match self.text().chars().count() {
            found if found < MIN_PASSWORD => Err(Error::PasswordTooShort { found }),
            found if found > MAX_PASSWORD => Err(Error::PasswordTooLong { found }),
            _ => Ok(()),
        }
    }

    /// Reads a file that only its owner may read. The password is the text in it, be that UTF-8 or
    /// UTF-16; one line end at its end does not count, nor does a byte order mark.
    pub fn read_file(path: &Path) -> Result<Self, Error> {
        Self::from_bytes(&file::read(path, MAX_FILE)?.private(path)?)
    }

    /// Opens what a file descriptor stands for and reads it to its end, as [`Password::read_file`]
    /// reads a file. The commands that regent runs later do not inherit the descriptor.
    pub fn read_fd(descriptor: u32) -> Result<Self, Error> {
        use std::io::Read as _;
        let path = Path::new("/dev/fd").join(descriptor.to_string());
        // Room for all of it at once: a buffer that grew would leave a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 * MAX_PASSWORD + 1));
        let read = std::fs::File::open(&path)
            .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) if bytes.len() as u64 > MAX_FILE => Err(Error::TooLarge {
                path,
                limit: MAX_FILE,
            }),
            Ok(_) => {
                keep_from_commands(descriptor);
                Self::from_bytes(&bytes)
            }
            Err(cause) => Err(Error::Unreadable { path, cause }),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        // Where it is no text is not told: that would say something of the password.
        let (_, text) = encoding::decode(bytes).map_err(|_| Error::PasswordNotUnicode)?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(Error::PasswordEmpty);
        }
        if text.contains(['\n', '\r']) {
            return Err(Error::PasswordNotText);
        }
        Ok(Self::existing(SecretString::from(text)))
    }

    /// What is seldom meant in it; worth asking about before a backup is sealed with it.
    pub fn oddity(&self) -> Option<Oddity> {
        let text = self.text();
        if text.contains(char::is_control) {
            Some(Oddity::Control)
        } else if text.starts_with(char::is_whitespace) {
            Some(Oddity::BlankBefore)
        } else {
            let ends = text.ends_with(char::is_whitespace);
            ends.then_some(Oddity::BlankBehind)
        }
    }

    fn text(&self) -> &str {
        self.prepared
            .as_ref()
            .unwrap_or(&self.typed)
            .expose_secret()
    }

    /// What a key is derived from.
    pub(super) fn bytes(&self) -> &[u8] {
        self.text().as_bytes()
    }

    /// What a key was derived from before passwords were prepared, where that is something else.
    pub(super) fn as_typed(&self) -> Option<&[u8]> {
        let typed = self.typed.expose_secret().as_bytes();
        self.prepared.is_some().then_some(typed)
    }

    fn is_in(&self, text: &str) -> bool {
        folded(&prepared(text)).contains(folded(self.text()).as_str())
    }
}

/// Closes a descriptor that the commands regent runs would inherit: a file that it stands for could
/// be read again from there. The standard streams are given to no command, and what regent has
/// opened itself is closed there by the system.
fn keep_from_commands(descriptor: u32) {
    #[cfg(target_os = "linux")]
    if let (3.., Ok(raw)) = (descriptor, i32::try_from(descriptor)) {
        use nix::fcntl::OFlag;
        // proc(5): `flags:` and what fcntl would say, in octal.
        let told = std::fs::read_to_string(format!("/proc/self/fdinfo/{raw}")).unwrap_or_default();
        let mut flags = told.lines().filter_map(|line| line.strip_prefix("flags:"));
        let flags = flags.find_map(|flags| i32::from_str_radix(flags.trim(), 8).ok());
        let inherited = flags.is_some_and(|flags| flags & OFlag::O_CLOEXEC.bits() == 0);
        if inherited {
            let _closed = nix::unistd::close(raw);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = descriptor;
}

/// A text without case, letter by letter, so that what is within a text is within its folded text.
fn folded(text: &str) -> Zeroizing<String> {
    // No letter's small form has more than three bytes for its two: the text never grows in place.
    let mut folded = Zeroizing::new(String::with_capacity(2 * text.len()));
    folded.extend(text.chars().flat_map(char::to_lowercase));
    folded
}

/// What reminds an administrator of a password; whoever can read the backup can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder(String);

impl Reminder {
    /// A reminder of at most 512 characters that does not tell the password.
    pub fn new(text: &str, password: &Password) -> Result<Self, Error> {
        let reminder = Self::read(text)?;
        reminder.hold_to_rules(password).map(|()| reminder)
    }

    pub(super) fn hold_to_rules(&self, password: &Password) -> Result<(), Error> {
        if password.is_in(&self.0) {
            Err(Error::ReminderTellsPassword)
        } else {
            Ok(())
        }
    }

    /// A reminder as it stands in a backup.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        match text.chars().count() {
            found if found > MAX_REMINDER => Err(Error::ReminderTooLong { found }),
            _ if text.trim() != text || text.is_empty() || text.contains(char::is_control) => {
                Err(Error::ReminderNotText)
            }
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::existing(SecretString::from(text))
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(matches!(
            password("sixsix").for_sealing(),
            Err(Error::PasswordTooShort { found: 6 })
        ));
        assert!(password("sieben7").for_sealing().is_ok());
        assert!(password(&"é".repeat(256)).for_sealing().is_ok());
        assert!(matches!(
            password(&"é".repeat(257)).for_sealing(),
            Err(Error::PasswordTooLong { found: 257 })
        ));
    }

    #[test]
    fn a_reminder_never_tells_the_password() {
        let secret = password("Tangerine");
        assert!(matches!(
            Reminder::new("it is TANGERINE", &secret),
            Err(Error::ReminderTellsPassword)
        ));
        let secret_within = password("ΟΔΟΣΟΔΟΣ");
        assert!(
            Reminder::new("ΟΔΟΣΟΔΟΣΑ", &secret_within).is_err(),
            "a final sigma is a sigma"
        );
        assert!(Reminder::new("the fruit", &secret).is_ok());
        assert!(matches!(
            Reminder::new("", &secret),
            Err(Error::ReminderNotText)
        ));
        assert!(matches!(
            Reminder::new("a\nb", &secret),
            Err(Error::ReminderNotText)
        ));
        assert!(Reminder::new(&"x".repeat(512), &secret).is_ok());
        assert!(matches!(
            Reminder::new(&"x".repeat(513), &secret),
            Err(Error::ReminderTooLong { found: 513 })
        ));
    }

    #[test]
    fn one_line_end_does_not_count() {
        for bytes in [
            &b"secret7"[..],
            b"secret7\n",
            b"secret7\r\n",
            b"\xEF\xBB\xBFsecret7\r\n",
        ] {
            assert_eq!(
                Password::from_bytes(bytes).map(|p| p.bytes().to_vec()).ok(),
                Some(b"secret7".to_vec())
            );
        }
        assert!(matches!(
            Password::from_bytes(b"\n"),
            Err(Error::PasswordEmpty)
        ));
        assert!(matches!(
            Password::from_bytes(b"a\n\n"),
            Err(Error::PasswordNotText)
        ));
        assert!(matches!(
            Password::from_bytes(b"\xFF"),
            Err(Error::PasswordNotUnicode)
        ));
    }
}
