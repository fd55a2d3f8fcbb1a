//! The password of a backup, and its reminder.

use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{Error, file};

/// The fewest characters of a password (event 10836).
pub const MIN_PASSWORD: usize = 7;
/// The most characters of a password (event 10839).
pub const MAX_PASSWORD: usize = 256;
/// The most characters of a reminder (event 10840).
pub const MAX_REMINDER: usize = 512;

/// The largest password file, in bytes: 256 characters of four bytes and a line end.
const MAX_FILE: u64 = 4 * MAX_PASSWORD as u64 + 2;

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
pub struct Password(SecretString);

impl Password {
    /// A password that is to seal a backup: 7–256 characters.
    pub fn new(text: SecretString) -> Result<Self, Error> {
        Self(text).for_sealing()
    }

    /// A password that is to open a backup; whether it has the right length is the backup's to say.
    pub fn existing(text: SecretString) -> Self {
        Self(text)
    }

    /// Holds an existing password to the rules of a new one.
    pub fn for_sealing(self) -> Result<Self, Error> {
        match self.0.expose_secret().chars().count() {
            found if found < MIN_PASSWORD => Err(Error::PasswordTooShort { found }),
            found if found > MAX_PASSWORD => Err(Error::PasswordTooLong { found }),
            _ => Ok(self),
        }
    }

    /// Reads a file that only its owner may read; one line end at its end does not count.
    pub fn read_file(path: &Path) -> Result<Self, Error> {
        file::refuse_open_mode(path)?;
        Self::from_bytes(&file::read(path, MAX_FILE)?)
    }

    /// Reads an open file descriptor to its end.
    pub fn read_fd(descriptor: u32) -> Result<Self, Error> {
        use std::io::Read as _;
        let path = Path::new("/dev/fd").join(descriptor.to_string());
        let mut bytes = Zeroizing::new(Vec::new());
        std::fs::File::open(&path)
            .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
            .map_err(|cause| Error::Unreadable { path, cause })?;
        Self::from_bytes(&bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| Error::PasswordNotText)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(Error::PasswordEmpty);
        }
        if text.contains(char::is_control) {
            return Err(Error::PasswordNotText);
        }
        Ok(Self(SecretString::from(text)))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }

    fn is_in(&self, text: &str) -> bool {
        let folded = Zeroizing::new(self.0.expose_secret().to_lowercase());
        text.to_lowercase().contains(folded.as_str())
    }
}

/// What reminds an administrator of a password; whoever can read the backup can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder(String);

impl Reminder {
    /// A reminder of at most 512 characters that does not tell the password.
    pub fn new(text: &str, password: &Password) -> Result<Self, Error> {
        let reminder = Self::read(text)?;
        if password.is_in(text) {
            Err(Error::ReminderTellsPassword)
        } else {
            Ok(reminder)
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
        for bytes in [&b"secret7"[..], b"secret7\n", b"secret7\r\n"] {
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
            Err(Error::PasswordNotText)
        ));
    }
}
