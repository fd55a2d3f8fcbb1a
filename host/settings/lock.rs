//! `regent.lock`: which components the settings' plugins are, so that none changes unseen.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::identity::{Digest, SystemId};
use crate::policy::{self, Distrust, Loaded, PluginName};
use crate::secret::Signer;
use crate::source::{self, SourceFile};

use super::{Error, Settings};

/// The form of the file that this regent reads and writes.
const VERSION: u32 = 1;

/// What a reader should know who opens it.
const TITLE: &str = "\
# Written by `regent plugin lock`: the components that may be loaded. Keep it under version control.
";

/// The lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lock {
    version: u32,
    /// The system whose rules they are; with another one's database the lock is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemId>,
    /// What is pinned, by name.
    #[serde(default, rename = "plugin")]
    pub plugins: Vec<Pin>,
    #[serde(skip)]
    path: PathBuf,
}

/// One plugin as it was when it was locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pin {
    /// Its configured name.
    pub name: PluginName,
    /// SHA-256 of its component.
    pub digest: Digest,
    /// The version of the contract that it was built for.
    pub contract: String,
    /// Whose signatures counted.
    #[serde(default, rename = "signer", skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<Signer>,
}

impl Pin {
    /// Pins a plugin as it was loaded.
    pub fn of(loaded: &Loaded, signers: Vec<Signer>) -> Self {
        Self {
            name: loaded.name.clone(),
            digest: loaded.digest,
            contract: loaded.contract().to_owned(),
            signers,
        }
    }
}

impl Lock {
    /// A lock file of these pins.
    pub fn new(path: PathBuf, mut plugins: Vec<Pin>) -> Self {
        plugins.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            version: VERSION,
            system: None,
            plugins,
            path,
        }
    }

    /// The same lock of a system.
    #[must_use]
    pub fn of(self, system: Option<SystemId>) -> Self {
        Self { system, ..self }
    }

    /// Reads a lock file; nothing where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        match SourceFile::read_text(path) {
            Ok(file) => Self::parse(file.text(), path).map(Some),
            Err(cause) if cause.is_missing() => Ok(None),
            Err(cause) => Err(Error::Unreadable {
                path: path.to_owned(),
                cause,
            }),
        }
    }

    /// Takes the text of a lock file; `path` is where it lies.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let unusable = |what: String| Error::Lock {
            path: path.to_owned(),
            what,
        };
        let lock: Self = toml::from_str(text).map_err(|cause| {
            let at = source::position(text, cause.span().map_or(0, |span| span.start));
            unusable(format!("{at}: {}", cause.message()))
        })?;
        if lock.version != VERSION {
            let version = lock.version;
            return Err(unusable(format!("its version is {version}, not {VERSION}")));
        }
        for (index, pin) in lock.plugins.iter().enumerate() {
            if lock.plugins[..index]
                .iter()
                .any(|other| other.name == pin.name)
            {
                return Err(unusable(format!("it pins {} twice", pin.name)));
            }
        }
        let path = path.to_owned();
        Ok(Self { path, ..lock })
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let text = toml::to_string(self).expect("a lock is plain data with string keys");
        format!("{TITLE}{text}")
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is pinned under a name.
    pub fn pin(&self, name: &PluginName) -> Option<&Pin> {
        self.plugins.iter().find(|pin| pin.name == *name)
    }

    fn pinned(&self, name: &PluginName) -> Result<&Pin, Distrust> {
        self.pin(name).ok_or_else(|| Distrust::Unlocked {
            lock: self.path.clone(),
        })
    }

    /// Refuses another component than the one that is pinned.
    pub(super) fn pins(&self, name: &PluginName, found: Digest) -> Result<(), Distrust> {
        let pinned = self.pinned(name)?.digest;
        if pinned == found {
            return Ok(());
        }
        Err(Distrust::NotAsLocked {
            lock: self.path.clone(),
            pinned,
            found,
        })
    }

    /// Refuses where a signature that counted does not count any more.
    pub(super) fn was_signed_by(
        &self,
        name: &PluginName,
        signers: &[Signer],
    ) -> Result<(), Distrust> {
        let mut pinned = self.pinned(name)?.signers.iter();
        let counts = |pinned: &Signer| signers.iter().any(|signer| signer.key.is(&pinned.key));
        match pinned.find(|pinned| !counts(pinned)) {
            None => Ok(()),
            Some(gone) => Err(Distrust::SignerGone {
                lock: self.path.clone(),
                signer: gone.name.clone(),
            }),
        }
    }

    /// Refuses a plugin that was loaded and speaks another version of the contract than is pinned.
    pub fn check_contracts(&self, plugins: &[Loaded]) -> Result<(), policy::Error> {
        for loaded in plugins {
            self.speaks(&loaded.name, loaded.contract())
                .map_err(|cause| policy::Error::Plugin {
                    plugin: loaded.name.clone(),
                    component: loaded.component.clone(),
                    cause: cause.into(),
                })?;
        }
        Ok(())
    }

    /// Refuses another version of the contract than is pinned, where any is.
    pub(super) fn speaks(&self, name: &PluginName, found: &str) -> Result<(), Distrust> {
        match self.pin(name) {
            Some(pin) if pin.contract != found => Err(Distrust::OtherContract {
                lock: self.path.clone(),
                pinned: pin.contract.clone(),
                found: found.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl Settings {
    /// Where the lock file lies or would lie: beside the settings file and named after it,
    /// `regent.lock` beside `regent.toml`.
    pub fn lock_file(&self) -> Option<PathBuf> {
        let mut path = self.file.clone()?;
        // Of any other name, the settings could be taken for their own lock.
        if path.extension().is_some_and(|is| is == "toml") {
            path.set_extension("");
        }
        path.as_mut_os_string().push(".lock");
        Some(path)
    }

    /// The lock file; nothing where there is none.
    pub fn lock(&self) -> Result<Option<Lock>, Error> {
        self.lock_file().map_or(Ok(None), |path| Lock::read(&path))
    }
}
