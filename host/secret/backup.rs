//! The backup file; `FORMAT.md`, section "Backup".

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::entropy::Entropy;
use crate::global_info::ServerName;
use crate::identity::{Digest, Fingerprint, SystemId};

use super::armor::{self, Armored, Problem};
use super::crypto::{KEY_LEN, Key, NONCE_LEN, SALT_LEN, TAG_LEN};
use super::travelled::{Absent, Change, Travelled, decoded};
use super::{Error, Generations, Password, Reminder, damage, file};

/// The format this program writes, and the newest it reads.
pub const VERSION: u32 = 1;

/// The largest backup, in bytes; the longest possible one has under 4 KiB.
const MAX_BYTES: u64 = 16 * 1024;

/// The fields, in order.
pub(super) const FIELDS: [&str; 9] = [
    "system", "current", "previous", "created", "server", "reminder", "kdf", "salt", "nonce",
];

/// How much work it is to derive a key from a password with Argon2id (RFC 9106).
///
/// **Invariant:** outside this file there is none below the minimum or beyond the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl KdfCost {
    /// What backups are written with: RFC 9106's second recommended choice.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 4,
    };

    /// The least that is accepted. Regent writes it in tests only.
    pub const MINIMUM: Self = Self {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    /// The most that is accepted; a hostile header must not exhaust memory or patience.
    pub const CAP: Self = Self {
        memory_kib: 1024 * 1024,
        passes: 16,
        lanes: 16,
    };

    /// The most memory × passes, in KiB: about ten times the default's work.
    const CAP_WORK: u64 = 2 * 1024 * 1024;

    fn is_acceptable(self) -> bool {
        let within = |value: u32, least: u32, most: u32| (least..=most).contains(&value);
        within(
            self.memory_kib,
            Self::MINIMUM.memory_kib,
            Self::CAP.memory_kib,
        ) && within(self.passes, Self::MINIMUM.passes, Self::CAP.passes)
            && within(self.lanes, Self::MINIMUM.lanes, Self::CAP.lanes)
            && self.memory_kib >= 8 * self.lanes
            && u64::from(self.memory_kib) * u64::from(self.passes) <= Self::CAP_WORK
    }

    /// What the `argon2` crate is told.
    pub(super) fn params(self) -> argon2::Params {
        argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_LEN))
            .expect("what minimum and cap allow, Argon2 allows")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("argon2id ")?.split(' ');
        let mut number = |prefix: &str| words.next()?.strip_prefix(prefix)?.parse().ok();
        let cost = Self {
            memory_kib: number("m=")?,
            passes: number("t=")?,
            lanes: number("p=")?,
        };
        (cost.to_string() == text).then_some(cost)
    }
}

impl fmt::Display for KdfCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "argon2id m={} t={} p={}",
            self.memory_kib, self.passes, self.lanes
        )
    }
}

/// What a backup says of itself, readable without its password and authenticated with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The system it is of.
    pub system: SystemId,
    /// The master secret in it.
    pub current: Fingerprint,
    /// The generation before.
    pub previous: Option<Fingerprint>,
    /// When it was written.
    pub created: Timestamp,
    /// The server it was written on.
    pub server: ServerName,
    /// The password reminder.
    pub reminder: Option<Reminder>,
    /// How its key is derived.
    pub kdf: KdfCost,
    salt: [u8; SALT_LEN],
    nonce: [u8; NONCE_LEN],
}

/// What is told of a new backup.
#[derive(Debug, Clone)]
pub struct BackupFacts {
    /// The system it is of.
    pub system: SystemId,
    /// The server it is written on.
    pub server: ServerName,
    /// When.
    pub created: Timestamp,
    /// The password reminder.
    pub reminder: Option<Reminder>,
}

/// A backup, sealed.
#[derive(Debug)]
pub struct Backup {
    path: PathBuf,
    header: Header,
    armored: Armored,
    mode_too_open: bool,
    changes: Vec<Change>,
}

impl Header {
    fn key(&self, password: &[u8]) -> Result<Key, Error> {
        Key::stretched(password, &self.salt, self.kdf).map_err(|cause| Error::NoMemory {
            kib: self.kdf.memory_kib,
            cause,
        })
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("system", self.system.to_string()),
            ("current", self.current.to_string()),
        ];
        if let Some(previous) = self.previous {
            fields.push(("previous", previous.to_string()));
        }
        fields.push(("created", self.created.to_string()));
        fields.push(("server", self.server.to_string()));
        if let Some(reminder) = &self.reminder {
            fields.push(("reminder", reminder.as_str().to_owned()));
        }
        fields.push(("kdf", self.kdf.to_string()));
        fields.push(("salt", armor::hex(&self.salt)));
        fields.push(("nonce", armor::hex(&self.nonce)));
        fields
    }

    /// Reads the fields; nothing where one is missing or not as it is written.
    fn read(armored: &Armored) -> Option<Self> {
        let bytes = |name| armored.field(name).and_then(armor::unhex);
        let header = Self {
            system: armored.field("system")?.parse().ok()?,
            current: armored.field("current")?.parse().ok()?,
            previous: match armored.field("previous") {
                Some(previous) => Some(previous.parse().ok()?),
                None => None,
            },
            created: armored.field("created")?.parse().ok()?,
            server: armored.field("server")?.parse().ok()?,
            reminder: match armored.field("reminder") {
                Some(reminder) => Some(Reminder::read(reminder).ok()?),
                None => None,
            },
            kdf: KdfCost::parse(armored.field("kdf")?)?,
            salt: bytes("salt")?.try_into().ok()?,
            nonce: bytes("nonce")?.try_into().ok()?,
        };
        (header.fields() == armored.fields).then_some(header)
    }
}

impl Backup {
    /// Reads a backup, still sealed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let content = file::read(path, MAX_BYTES)?;
        let mut backup = Self::parse(path, &content.bytes)?;
        backup.mode_too_open = content.open_mode.is_some();
        Ok(backup)
    }

    /// Takes a backup's bytes apart; `path` is for messages. What happens to a text on its way is
    /// undone; [`Backup::changes`] says what it was.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let (armored, changes) = match Armored::parse(bytes, "backup", VERSION, &FIELDS) {
            Ok(armored) => (armored, Vec::new()),
            Err(problem) => undone(path, bytes, problem)?,
        };
        let path = path.to_owned();
        let Some(header) = Header::read(&armored).filter(|_| armored.body.len() > TAG_LEN) else {
            let text = decoded(bytes).map_or_else(|_| armored.text(), |(_, text)| text);
            let found = Travelled::find(&text, "backup", None);
            let damaged = |found| damage::of(path.clone(), &found);
            return Err(found.map_or_else(|_| Error::NotABackup { path: path.clone() }, damaged));
        };
        // Refused before anybody is asked for a password, let alone a key derived.
        if !header.kdf.is_acceptable() {
            let asked = header.kdf.to_string();
            return Err(Error::CostRefused { path, asked });
        }
        Ok(Self {
            path,
            header,
            armored,
            mode_too_open: false,
            changes,
        })
    }

    /// Seals the master secret under a password that fits a new backup, with a fresh salt and nonce.
    pub fn seal(
        generations: &Generations,
        facts: BackupFacts,
        password: &Password,
        kdf: KdfCost,
        entropy: &mut Entropy,
    ) -> Result<Self, Error> {
        password.hold_to_rules()?;
        if let Some(reminder) = &facts.reminder {
            reminder.hold_to_rules(password)?;
        }
        let (current, previous) = generations.fingerprints();
        let header = Header {
            system: facts.system,
            current,
            previous,
            created: facts.created,
            server: facts.server,
            reminder: facts.reminder,
            kdf,
            salt: entropy.draw()?,
            nonce: entropy.draw()?,
        };
        let key = header.key(password.bytes())?;
        let mut armored = Armored {
            kind: "backup",
            version: VERSION,
            fields: header.fields(),
            body: Vec::new(),
        };
        armored.body = key.seal(
            &header.nonce,
            armored.header().as_bytes(),
            &generations.plaintext(),
        );
        Ok(Self {
            path: PathBuf::new(),
            header,
            armored,
            mode_too_open: false,
            changes: Vec::new(),
        })
    }

    /// Opens it. A wrong password, an altered header and an altered body are one error.
    pub fn open(&self, password: &Password) -> Result<Generations, Error> {
        let refused = || Error::WrongPasswordOrAltered {
            path: self.path.clone(),
        };
        let header = self.armored.header();
        let opened = |password: &[u8]| {
            let key = self.header.key(password)?;
            key.open(&self.header.nonce, header.as_bytes(), &self.armored.body)
                .map_err(|_| refused())
        };
        let plaintext = match (opened(password.bytes()), password.as_typed()) {
            // Once, backups were sealed with the very bytes that were typed.
            (Err(Error::WrongPasswordOrAltered { .. }), Some(typed)) => opened(typed)?,
            (opened, _) => opened?,
        };
        let generations = Generations::from_plaintext(&plaintext).ok_or_else(refused)?;
        // AES-GCM does not commit to its key, so the secret must have the name it came under.
        if generations.fingerprints() == (self.header.current, self.header.previous) {
            Ok(generations)
        } else {
            Err(refused())
        }
    }

    /// Writes it to a new file: whole or not at all, read back and opened before it gets its name.
    pub fn write(&self, path: &Path, password: &Password) -> Result<(), Error> {
        let text = self.armored.text();
        let temporary = file::prepare(path, text.as_bytes())?;
        let back = Self::read(temporary.path())
            .ok()
            .filter(|back| back.header == self.header);
        if back.is_none_or(|back| back.open(password).is_err()) {
            return Err(Error::ReadBack {
                path: path.to_owned(),
            });
        }
        file::put_new(temporary, path)
    }

    /// Writes it to a new file as it was written first, whatever was done to it since.
    pub fn write_clean(&self, path: &Path) -> Result<(), Error> {
        let temporary = file::prepare(path, self.armored.text().as_bytes())?;
        file::put_new(temporary, path)
    }

    /// What was done to it on its way here, which was undone to read it.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What it says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether others than its owner may read it.
    pub fn mode_too_open(&self) -> bool {
        self.mode_too_open
    }

    /// SHA-256 of the file as it was written.
    pub fn digest(&self) -> Digest {
        Digest::of(self.armored.text().as_bytes())
    }

    /// The file's text as it was written.
    pub fn text(&self) -> String {
        self.armored.text()
    }
}

/// The backup in a file that is not as it was written, and what is undone of its way.
fn undone(path: &Path, bytes: &[u8], problem: Problem) -> Result<(Armored, Vec<Change>), Error> {
    let own = || path.to_owned();
    let newer = |version| Error::NewerFormat {
        path: own(),
        version,
    };
    if let Problem::Newer(version) = problem {
        return Err(newer(version));
    }
    let Ok((change, text)) = decoded(bytes) else {
        return Err(Error::Binary { path: own() });
    };
    let found = match Travelled::find(&text, "backup", change) {
        Ok(found) => found,
        Err(Absent::Several(first, second)) => {
            return Err(Error::SeveralBackups {
                path: own(),
                first,
                second,
            });
        }
        Err(_) if problem == Problem::Truncated => {
            return Err(Error::Truncated {
                path: own(),
                line: 1,
                remains: Box::default(),
            });
        }
        Err(_) if std::str::from_utf8(bytes).is_err() && change.is_none() => {
            return Err(Error::Binary { path: own() });
        }
        Err(_) => return Err(Error::NotABackup { path: own() }),
    };
    if !found.ended {
        return Err(damage::of(own(), &found));
    }
    match Armored::parse(found.text().as_bytes(), "backup", VERSION, &FIELDS) {
        Ok(armored) => {
            let mut changes = found.changes;
            if changes.is_empty() {
                changes.push(Change::EmptyLines);
            }
            Ok((armored, changes))
        }
        Err(Problem::Newer(version)) => Err(newer(version)),
        Err(_) => Err(damage::of(own(), &found)),
    }
}

/// What a field's value has to be, where it is not; nothing where it is, or where there is no such
/// field.
pub(super) fn misfit(name: &str, value: &str) -> Option<&'static str> {
    let bytes = |length| armor::unhex(value).is_some_and(|bytes| bytes.len() == length);
    let (fits, what) = match name {
        "system" => (is::<SystemId>(value), "a system id"),
        "current" | "previous" => (is::<Fingerprint>(value), "a fingerprint"),
        "created" => (is::<Timestamp>(value), "a time in UTC"),
        "server" => (is::<ServerName>(value), "a server's name"),
        "reminder" => (Reminder::read(value).is_ok(), "a line of text"),
        "kdf" => (KdfCost::parse(value).is_some(), "a key derivation"),
        "salt" => (bytes(SALT_LEN), "16 bytes in digits"),
        "nonce" => (bytes(NONCE_LEN), "12 bytes in digits"),
        _ => return None,
    };
    (!fits).then_some(what)
}

/// Whether a text is a value, in its one spelling.
fn is<T: std::str::FromStr + ToString>(text: &str) -> bool {
    text.parse::<T>()
        .is_ok_and(|value| value.to_string() == text)
}
