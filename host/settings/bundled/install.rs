//! Where the files of a bundle go, and what becomes of those that lie there.

use std::path::{Component, Path, PathBuf};

use crate::policy::PluginSettings;
use crate::settings::trust::signature_file;
use crate::settings::{Lock, Settings};
use crate::source::{self, Change, Unwritten};

use super::{BundledError, LOCK, PluginBundle, wanted};

/// A file and its place.
#[derive(Debug)]
pub struct Placed {
    /// Its place, seen from the current folder.
    pub path: PathBuf,
    /// What becomes of what lies there.
    pub change: Change,
    bytes: Vec<u8>,
}

/// Everything that a bundle writes.
#[derive(Debug)]
pub struct Installation {
    /// Components and signatures, and the lock at the end.
    pub files: Vec<Placed>,
}

impl Placed {
    fn new(path: PathBuf, bytes: Vec<u8>) -> Result<Self, BundledError> {
        let change = Change::of(&path, &bytes).map_err(|cause| Unwritten {
            path: path.clone(),
            cause,
        })?;
        Ok(Self {
            path,
            change,
            bytes,
        })
    }
}

/// The place of a plugin's component; refused where that is, or leads, outside the settings' folder.
pub(super) fn place(settings: &Settings, plugin: &PluginSettings) -> Result<PathBuf, BundledError> {
    let component = &plugin.component;
    let outside = || BundledError::Outside {
        name: plugin.name.clone(),
        component: component.clone(),
    };
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !component.components().all(plain) || component.file_name().is_none() {
        return Err(outside());
    }
    let named = component.components();
    let named: PathBuf = named.filter(|part| *part != Component::CurDir).collect();
    let path = settings.resolve(&named);
    // Folders that do not exist yet lead nowhere; a link in place of the file itself is replaced.
    let above = path.ancestors().skip(1);
    let existing = above
        .map(|above| {
            if above == Path::new("") {
                Path::new(".")
            } else {
                above
            }
        })
        .find(|above| above.exists());
    let really = existing.and_then(|above| above.canonicalize().ok());
    let folder = settings.resolve(Path::new(".")).canonicalize().ok();
    let inside = really.zip(folder);
    if inside.is_some_and(|(really, folder)| really.starts_with(folder)) {
        Ok(path)
    } else {
        Err(outside())
    }
}

impl PluginBundle {
    /// Finds every file its place, and says what becomes of what lies there. What is another file
    /// is replaced only where `replace` says so.
    pub fn installation(
        &self,
        settings: &Settings,
        replace: bool,
    ) -> Result<Installation, BundledError> {
        let mut files = Vec::new();
        for plugin in &self.plugins {
            let (configured, _) = wanted(settings, &plugin.name);
            let path = place(settings, &configured)?;
            if !plugin.signatures.is_empty() {
                let signatures = plugin.signatures.clone().into_bytes();
                files.push(Placed::new(signature_file(&path), signatures)?);
            }
            files.push(Placed::new(path, plugin.bytes.clone())?);
        }
        // What pins them comes last: until then a component that was replaced is refused.
        let (lock, before) = self.locked(settings)?;
        let text = lock.text().into_bytes();
        let mut last = Placed::new(lock.path().to_owned(), text)?;
        let kept = before
            .plugins
            .iter()
            .all(|pin| lock.pin(&pin.name) == Some(pin));
        if last.change == Change::Replaced && kept {
            last.change = Change::Extended;
        }
        files.push(last);
        for (index, file) in files.iter().enumerate() {
            if files[..index].iter().any(|other| other.path == file.path) {
                return Err(BundledError::OnePlace(file.path.clone()));
            }
        }
        let replaced = files.iter().filter(|file| file.change == Change::Replaced);
        let places: Vec<_> = replaced
            .map(|file| file.path.display().to_string())
            .collect();
        if !replace && !places.is_empty() {
            return Err(BundledError::Occupied { places });
        }
        Ok(Installation { files })
    }

    /// The lock with what the bundle pins, and as it was before.
    fn locked(&self, settings: &Settings) -> Result<(Lock, Lock), BundledError> {
        let path = settings.lock_file();
        let path = path.unwrap_or_else(|| settings.resolve(Path::new(LOCK)));
        let before = Lock::read(&path)?;
        let brought = |name| self.lock.pin(name).is_some();
        let unlocked = settings.plugins.iter().map(|plugin| &plugin.name);
        let unlocked = unlocked.filter(|name| !brought(name));
        let names: Vec<_> = unlocked.map(ToString::to_string).collect();
        if before.is_none() && !names.is_empty() {
            return Err(BundledError::OthersUnlocked { names });
        }
        let before = before.unwrap_or_else(|| Lock::new(path.clone(), Vec::new()));
        let others = before.plugins.iter().filter(|pin| !brought(&pin.name));
        let pins = others.chain(&self.lock.plugins).cloned().collect();
        Ok((Lock::new(path, pins).of(before.system), before))
    }
}

impl Installation {
    /// Writes what is new and what is replaced: all of it or nothing.
    pub fn write(&self) -> Result<(), BundledError> {
        let changed = self
            .files
            .iter()
            .filter(|file| file.change != Change::Unchanged);
        let files: Vec<_> = changed
            .map(|file| (file.path.clone(), file.bytes.clone()))
            .collect();
        Ok(source::replace_together(&files)?)
    }
}
