//! Files that hold secrets: read bounded, written whole or not at all, for their owner only.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::source;

use super::Error;
use crate::fault::around;

/// How the names of temporary files begin.
const TEMPORARY: &str = ".regent-";

/// What was read, and the permission bits of the file where others than its owner have some.
pub struct Content {
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Nothing where only its owner may use it.
    pub open_mode: Option<u32>,
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Error {
    |cause| Error::Unreadable {
        path: path.to_owned(),
        cause,
    }
}

fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> Error {
    |cause| Error::Unwritable {
        path: path.to_owned(),
        cause,
    }
}

/// Reads a regular file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> Result<Content, Error> {
    match open(path, true) {
        Ok(file) => content(path, file, limit),
        // A socket, or a link that leads nowhere, cannot even be opened.
        Err(cause) => Err(match source::no_file(path) {
            Some(what) => not_a_file(path, what),
            None => unreadable(path)(cause),
        }),
    }
}

fn not_a_file(path: &Path, what: &'static str) -> Error {
    Error::NotAFile {
        path: path.to_owned(),
        what,
    }
}

/// Reads a file of the vault, which only its owner may use; nothing where there is none, and no link.
pub fn read_private(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let file = match open(path, false) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        // A link or a socket cannot even be opened.
        Err(cause) => {
            refuse_unfit(path)?;
            return Err(unreadable(path)(cause));
        }
    };
    let metadata = file.metadata().map_err(unreadable(path))?;
    fit(path, &metadata)?;
    content(path, file, limit).map(|content| Some(content.bytes))
}

/// Refuses what is no file of its owner's alone; what is not there is fit.
pub fn refuse_unfit(path: &Path) -> Result<(), Error> {
    match path.symlink_metadata() {
        Ok(found) => fit(path, &found),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(unreadable(path)(cause)),
    }
}

fn fit(path: &Path, found: &Metadata) -> Result<(), Error> {
    match source::kind(found.file_type()) {
        Some(what) => Err(not_the_vaults(path, what)),
        None => refuse(path, open_mode(found)),
    }
}

fn not_the_vaults(path: &Path, what: &'static str) -> Error {
    Error::NotTheVaults {
        path: path.to_owned(),
        what,
    }
}

impl Content {
    /// The bytes of a file that only its owner may use.
    pub fn private(self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
        refuse(path, self.open_mode)?;
        Ok(self.bytes)
    }
}

fn open(path: &Path, follow_links: bool) -> std::io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use nix::fcntl::OFlag;
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe is opened without waiting for its writer; it is refused before it is read.
        let mut flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        flags.set(OFlag::O_NOFOLLOW, !follow_links);
        options.custom_flags(flags.bits());
    }
    options.open(path)
}

/// What a file is and who may use it is asked of the open file: its name may mean another by now.
fn content(path: &Path, file: File, limit: u64) -> Result<Content, Error> {
    let metadata = file.metadata().map_err(unreadable(path))?;
    if let Some(what) = source::kind(metadata.file_type()) {
        return Err(not_a_file(path, what));
    }
    // Room for all of it at once: a buffer that grew would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(limit).unwrap_or(0) + 1));
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable(path))?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(Content {
        bytes,
        open_mode: open_mode(&metadata),
    })
}

/// The permission bits where others than the owner have some.
fn open_mode(metadata: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = metadata.mode() & 0o777;
        // So a systemd credential looks that an access control list opens to its service only.
        let credential = mode == 0o440 && metadata.uid() == 0 && metadata.gid() == 0;
        (mode & 0o077 != 0 && !credential).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

fn refuse(path: &Path, open_mode: Option<u32>) -> Result<(), Error> {
    match open_mode {
        Some(mode) => Err(Error::TooOpen {
            path: path.to_owned(),
            mode,
        }),
        None => Ok(()),
    }
}

/// The refusal of a file or folder that others than its owner may use, where it is one.
pub fn exposed(path: &Path) -> Option<Error> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    let kept = metadata.is_file() || metadata.is_dir();
    refuse(path, open_mode(&metadata).filter(|_| kept)).err()
}

/// Whether a name is one that a file has only while it is written.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// What writers that were killed have left in a folder; nothing where it cannot be read.
pub fn temporaries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let left = entries.filter(|entry| is_temporary(&entry.file_name().to_string_lossy()));
    let mut paths: Vec<PathBuf> = left.map(|entry| entry.path()).collect();
    paths.sort_unstable();
    paths
}

/// The names of the folders in a folder, sorted; none where it is not there.
pub fn folders(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable(folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable(folder))?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Refuses a folder that others than its owner may use; one that is not there is not refused.
pub fn refuse_open_folder(path: &Path) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => refuse(path, open_mode(&metadata)),
        Ok(_) => Err(not_the_vaults(
            path,
            source::no_file(path).unwrap_or("a file"),
        )),
        // Whatever else is there by now was made meanwhile.
        Err(cause) if cause.kind() == ErrorKind::NotFound && !path.is_symlink() => Ok(()),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Err(not_the_vaults(
            path,
            source::no_file(path).unwrap_or("a symbolic link"),
        )),
        Err(cause) => Err(unreadable(path)(cause)),
    }
}

/// The folder a file lies in.
pub fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Writes a temporary file (mode 0600) beside `path`, synced and read back.
pub fn prepare(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, Error> {
    // Asked first, for `tempfile` would name its own file where there is no folder.
    std::fs::metadata(folder(path)).map_err(unwritable(path))?;
    let write = || {
        let temporary = around("file/create", || {
            let mut builder = tempfile::Builder::new();
            builder.prefix(TEMPORARY).tempfile_in(folder(path))
        })?;
        around("file/write", || temporary.as_file().write_all(bytes))?;
        around("file/sync", || temporary.as_file().sync_all())?;
        Ok(temporary)
    };
    let temporary = write().map_err(unwritable(path))?;
    let back = read(temporary.path(), bytes.len() as u64);
    if back.is_ok_and(|back| back.bytes.as_slice() == bytes) {
        Ok(temporary)
    } else {
        Err(Error::ReadBack {
            path: path.to_owned(),
        })
    }
}

/// Gives a prepared file its name, in the place of whatever has it.
pub fn put(temporary: NamedTempFile, path: &Path) -> Result<(), Error> {
    around("file/rename", || Ok(temporary.persist(path)?)).map_err(unwritable(path))?;
    sync_folder(path)
}

/// Gives a prepared file a name that nothing has.
pub fn put_new(temporary: NamedTempFile, path: &Path) -> Result<(), Error> {
    around("file/rename", || Ok(temporary.persist_noclobber(path)?)).map_err(
        |cause: std::io::Error| match cause.kind() {
            ErrorKind::AlreadyExists => Error::Exists {
                path: path.to_owned(),
            },
            _ => unwritable(path)(cause),
        },
    )?;
    sync_folder(path)
}

/// Renames within a folder, durably.
pub fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    around("file/rename", || std::fs::rename(from, to)).map_err(unwritable(to))?;
    sync_folder(to)
}

/// Removes a file, durably; one that is not there is removed already.
pub fn remove(path: &Path) -> Result<(), Error> {
    match around("file/remove", || std::fs::remove_file(path)) {
        Ok(()) => sync_folder(path),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(unwritable(path)(cause)),
    }
}

/// Makes the names in a file's folder last.
fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = folder(path);
    let sync = || File::open(folder)?.sync_all();
    match around("file/sync-folder", sync) {
        // Some network file systems have no such thing; what has its name already is not taken back.
        Err(cause)
            if matches!(
                cause.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced.map_err(unwritable(folder)),
    }
}

/// Makes a folder for its owner only, durably; one that is there must be.
pub fn make_private_folder(path: &Path) -> Result<(), Error> {
    refuse_open_folder(path)?;
    let missing = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    let missing: Vec<&Path> = missing.collect();
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    around("file/make-folder", || builder.create(path)).map_err(unwritable(path))?;
    missing.into_iter().rev().try_for_each(sync_folder)?;
    refuse_open_folder(path)
}

/// Keeps other processes from writing to a folder for as long as what is handed out lives, and
/// removes what one that was killed while writing has left.
pub fn write_alone(folder: &Path) -> Result<File, Error> {
    let lock = File::open(folder).map_err(unwritable(folder))?;
    // Where a file system has no locks, two that write at once make one of them fail, no more.
    let _lockless = lock.lock();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        if is_temporary(&entry.file_name().to_string_lossy()) {
            remove(&entry.path())?;
        }
    }
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two commands at once make the folder of one vault.
    #[test]
    fn a_folder_that_another_makes_meanwhile_is_taken() {
        let place = tempfile::tempdir().expect("a folder");
        for round in 0..300 {
            let folder = place.path().join(round.to_string()).join("sso01");
            std::thread::scope(|scope| {
                let make = || make_private_folder(&folder);
                let makers: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
                for maker in makers {
                    maker.join().expect("an end").expect("the folder");
                }
            });
        }
    }
}
