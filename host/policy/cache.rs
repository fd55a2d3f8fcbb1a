//! Compiled components on disk, so that a plugin is compiled once.
//!
//! Compiled code is native code: whoever can put an entry here runs code as us. So the folder
//! belongs to the caller alone, and every entry carries a MAC under a key that was drawn for this
//! installation: keyed BLAKE3 over the entry's name and content, checked before anything is loaded.
//!
//! There are three kinds of entry, each MAC (32 bytes) ‖ content:
//! - the code of a component: length of the description (4, little endian) ‖ description (JSON) ‖
//!   code. It is written only for a component that passed [`super::component::Fitted::look`], so a
//!   warm start need not start the plugin to know what it says of itself;
//! - what is known of a component without its code (JSON), for those that only want to know;
//! - that a plugin's settings fit its schema, without content. Compiling a JSON Schema costs more
//!   than all the rest of a warm start.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use fs_err as fs;
use wasmtime::Engine;
use wasmtime::component::Component;
use zeroize::Zeroizing;

use super::code::Code;
use super::description::{Description, Known};
use super::error::Error;
use crate::entropy::Entropy;
use crate::identity::Digest;

const KEY_LEN: usize = 32;
const MAC_LEN: usize = 32;
const LENGTH_LEN: usize = 4;

/// How much of an entry is read at once, in bytes.
const PIECE: usize = 16 << 10;

/// What the MAC begins with; raised whenever the format or the meaning of an entry changes.
const LABEL: &[u8] = b"regent/compiled-plugin/3\0";

/// What the names of entries end with.
const COMPILED: &str = "compiled";
const SETTINGS: &str = "settings";
const KNOWN: &str = "known";

/// The most entries of a kind that are kept; the oldest go first.
const MAX_ENTRIES: usize = 64;

/// The largest entry that is read. The largest interpreter compiles to 32 MiB.
const MAX_ENTRY: u64 = 256 << 20;

/// The compile cache of one installation.
pub struct Cache {
    folder: PathBuf,
    key: Zeroizing<[u8; KEY_LEN]>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// What became of a look into the cache.
pub(super) enum Found {
    /// The code and what the plugin says of itself.
    Entry(Component, Description),
    /// Nothing.
    Nothing,
    /// An entry that this installation did not write, or not for this engine. It was removed.
    Refused,
}

impl Cache {
    /// Opens the cache in `folder`, and makes folder (mode 0700) and key (mode 0600) where they are
    /// missing. A folder or key that somebody else could have written is refused.
    pub fn open(folder: &Path, entropy: &mut Entropy) -> Result<Self, Error> {
        let failed = |cause| Error::Cache {
            folder: folder.to_owned(),
            cause,
        };
        private::create_folder(folder).map_err(failed)?;
        private::check(folder, &fs::metadata(folder).map_err(failed)?)?;
        let path = folder.join("key");
        if !path.exists() {
            let mut key = Zeroizing::new([0; KEY_LEN]);
            entropy.fill(&mut *key).map_err(Error::Entropy)?;
            // Of two processes that draw a key at once, one wins and both read it.
            match write(folder, &path, &*key, true) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(failed(error));
                }
                _ => {}
            }
        }
        let mut file = fs::File::open(&path).map_err(failed)?;
        private::check(&path, &file.metadata().map_err(failed)?)?;
        let mut key = Zeroizing::new([0; KEY_LEN]);
        file.read_exact(&mut *key).map_err(failed)?;
        Ok(Self {
            folder: folder.to_owned(),
            key,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks for the code of a component compiled by `engine`.
    pub(super) fn read(&self, engine: &Engine, component: Key) -> Found {
        let name = compiled(engine, component);
        let Ok(entry) = fs::File::open(self.folder.join(&name)) else {
            return Found::Nothing;
        };
        if let Some((component, description)) = self.load(engine, &name, entry.take(MAX_ENTRY)) {
            return Found::Entry(component, description);
        }
        // Removed or not, it is never loaded; a new entry takes its place.
        let _gone = fs::remove_file(self.folder.join(name));
        Found::Refused
    }

    /// Reads an entry in pieces, each of which goes under the MAC and into memory of ours.
    #[expect(unsafe_code, reason = "the MAC says that the code is wasmtime's own")]
    fn load(
        &self,
        engine: &Engine,
        name: &str,
        mut entry: impl io::Read,
    ) -> Option<(Component, Description)> {
        let mut mac = [0; MAC_LEN];
        entry.read_exact(&mut mac).ok()?;
        let mut length = [0; LENGTH_LEN];
        entry.read_exact(&mut length).ok()?;
        let mut description = Vec::new();
        let told = u64::from(u32::from_le_bytes(length));
        entry
            .by_ref()
            .take(told)
            .read_to_end(&mut description)
            .ok()?;
        let mut expected = self.mac(name);
        expected.update(&length).update(&description);
        let mut code = Code::new();
        let mut piece = [0; PIECE];
        loop {
            let read = entry.read(&mut piece).ok()?;
            if read == 0 {
                break;
            }
            expected.update(&piece[..read]);
            code.write_all(&piece[..read]).ok()?;
        }
        // BLAKE3's hashes compare in the same time wherever they differ.
        if expected.finalize() != mac {
            return None;
        }
        let description = serde_json::from_slice(&description).ok()?;
        // SAFETY: the MAC was verified over the very bytes that `code` took in. Its key is drawn by
        // `Cache::open` into a file that only our own account can read. A MAC under a name of this
        // kind is made in `Cache::keep` alone, over what `serialize` returned; the other kinds of
        // entry have other names, and the name is under the MAC. Code of another wasmtime version or
        // of other engine settings is refused by wasmtime.
        let component = unsafe { code.component(engine) }?;
        Some((component, description))
    }

    /// Keeps a compiled component.
    pub(super) fn keep(
        &self,
        key: Key,
        component: &Component,
        description: &Description,
    ) -> io::Result<()> {
        let name = compiled(component.engine(), key);
        let content = content(component, description)?;
        write(
            &self.folder,
            &self.folder.join(&name),
            &self.seal(&name, &content),
            false,
        )?;
        self.trim(COMPILED)
    }

    /// What is known of a component without its code.
    pub(super) fn known(&self, component: Key) -> Option<Known> {
        let name = known(component);
        let entry = self.entry(&name)?;
        serde_json::from_slice(self.open_seal(&name, &entry)?).ok()
    }

    /// Keeps what is known of a component, so that its code need not be loaded to tell.
    pub(super) fn keep_known(&self, component: Key, known_of_it: &Known) -> io::Result<()> {
        let name = known(component);
        let content = serde_json::to_vec(known_of_it)?;
        write(
            &self.folder,
            &self.folder.join(&name),
            &self.seal(&name, &content),
            false,
        )?;
        self.trim(KNOWN)
    }

    /// Whether these settings are known to fit the component's schema.
    pub(super) fn knows(&self, component: Key, settings: Digest) -> bool {
        let name = fitting(component, settings);
        let entry = self.entry(&name);
        entry.is_some_and(|entry| self.open_seal(&name, &entry).is_some())
    }

    /// Remembers that these settings fit the component's schema.
    pub(super) fn remember(&self, component: Key, settings: Digest) -> io::Result<()> {
        let name = fitting(component, settings);
        write(
            &self.folder,
            &self.folder.join(&name),
            &self.seal(&name, &[]),
            false,
        )?;
        self.trim(SETTINGS)
    }

    fn entry(&self, name: &str) -> Option<Vec<u8>> {
        let file = fs::File::open(self.folder.join(name)).ok()?;
        let mut entry = Vec::with_capacity(room(file.metadata().ok()?.len()));
        file.take(MAX_ENTRY).read_to_end(&mut entry).ok()?;
        Some(entry)
    }

    fn seal(&self, name: &str, content: &[u8]) -> Vec<u8> {
        let mac = self.mac(name).update(content).finalize();
        [&mac.as_bytes()[..], content].concat()
    }

    /// The content of an entry that this installation wrote under this name.
    fn open_seal<'a>(&self, name: &str, entry: &'a [u8]) -> Option<&'a [u8]> {
        let (mac, content) = entry.split_first_chunk::<MAC_LEN>()?;
        let expected = self.mac(name).update(content).finalize();
        (expected == *mac).then_some(content)
    }

    /// A MAC that has taken in everything but the content. The name stands in it, so that no entry
    /// can be passed off as another.
    fn mac(&self, name: &str) -> blake3::Hasher {
        let mut mac = blake3::Hasher::new_keyed(&self.key);
        mac.update(LABEL).update(name.as_bytes()).update(&[0]);
        mac
    }

    fn trim(&self, kind: &str) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|of| of == kind) {
                entries.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        entries.sort();
        let surplus = entries.len().saturating_sub(MAX_ENTRIES);
        for (_, path) in entries.into_iter().take(surplus) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Names a component in the cache: BLAKE3 of its bytes, which takes a fraction of SHA-256's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(blake3::Hash);

impl Key {
    /// The key of these bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes))
    }

    /// How many bytes there are to read, and their key.
    pub(super) fn of_all(mut bytes: impl io::Read) -> io::Result<(u64, Self)> {
        let mut hasher = blake3::Hasher::new();
        let mut piece = [0; PIECE];
        loop {
            match bytes.read(&mut piece)? {
                0 => return Ok((hasher.count(), Self(hasher.finalize()))),
                read => hasher.update(&piece[..read]),
            };
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_hex().fmt(f)
    }
}

/// Names the code of a component after everything that it depends on: the component, the engine's
/// target and settings, and this version of regent, which checked the description. Wasmtime's own
/// version is in the code, and wasmtime refuses another's.
fn compiled(engine: &Engine, component: Key) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    format!("{component}-{:016x}.{COMPILED}", hasher.finish())
}

/// Names what is known of a component.
fn known(component: Key) -> String {
    let regent = env!("CARGO_PKG_VERSION");
    format!("{component}-{regent}.{KNOWN}")
}

/// Room for a file of that length; a longer one than any entry gets none in advance.
fn room(length: u64) -> usize {
    usize::try_from(length.min(MAX_ENTRY)).unwrap_or_default() + 1
}

/// Names settings that fit after what decides it.
fn fitting(component: Key, settings: Digest) -> String {
    let regent = env!("CARGO_PKG_VERSION");
    format!("{component}-{settings}-{regent}.{SETTINGS}")
}

fn content(component: &Component, description: &Description) -> io::Result<Vec<u8>> {
    let code = component
        .serialize()
        .map_err(|error| io::Error::other(format!("{error:#}")))?;
    let description = serde_json::to_vec(description)?;
    let length = u32::try_from(description.len()).map_err(io::Error::other)?;
    Ok([&length.to_le_bytes()[..], &description, &code].concat())
}

/// Writes a file whole or not at all, readable by its owner alone.
fn write(folder: &Path, path: &Path, bytes: &[u8], keep_other: bool) -> io::Result<()> {
    // Made with mode 0600. It is not synced: an entry that a crash tore fails its MAC.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    if keep_other {
        file.persist_noclobber(path)?;
    } else {
        file.persist(path)?;
    }
    Ok(())
}

/// What keeps folder and key to one account.
mod private {
    use std::fs::Metadata;
    use std::io;
    use std::path::Path;

    use super::Error;

    #[cfg(unix)]
    pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
    }

    #[cfg(unix)]
    pub(super) fn check(path: &Path, metadata: &Metadata) -> Result<(), Error> {
        use std::os::unix::fs::MetadataExt as _;
        let own = metadata.uid() == nix::unistd::geteuid().as_raw();
        let open_to_others = metadata.mode() & 0o077;
        if own && open_to_others == 0 {
            Ok(())
        } else {
            Err(Error::CacheExposed {
                path: path.to_owned(),
            })
        }
    }

    #[cfg(not(unix))]
    pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
        fs_err::create_dir_all(folder)
    }

    #[cfg(not(unix))]
    pub(super) fn check(_path: &Path, _metadata: &Metadata) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine like ours in everything but one setting.
    fn engine(fuel: bool) -> Engine {
        let mut config = wasmtime::Config::new();
        config.consume_fuel(fuel);
        Engine::new(&config).expect("starts")
    }

    fn description() -> Description {
        Description {
            name: "probe".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Probes".to_owned(),
            rules: Vec::new(),
            settings_schema: serde_json::json!({}),
        }
    }

    #[test]
    fn an_entry_of_another_engine_is_neither_found_nor_loaded() {
        let cache = Cache {
            folder: PathBuf::new(),
            key: Zeroizing::new([7; KEY_LEN]),
        };
        let (ours, other) = (engine(true), engine(false));
        let digest = Key::of(b"component");
        assert_eq!(compiled(&ours, digest), compiled(&engine(true), digest));
        assert_ne!(compiled(&ours, digest), compiled(&other, digest));
        // Even where the names were to collide, wasmtime refuses the other's code.
        let component = Component::from_binary(&other, b"\0asm\x0d\0\x01\0").expect("compiles");
        let content = content(&component, &description()).expect("serializes");
        let entry = cache.seal("name", &content);
        assert!(cache.load(&other, "name", &entry[..]).is_some());
        assert!(cache.load(&ours, "name", &entry[..]).is_none());
        assert!(cache.load(&other, "another name", &entry[..]).is_none());
    }
}
