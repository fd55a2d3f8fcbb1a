//! Files that hold secrets: read bounded, written whole or not at all, for their owner only.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::Error;

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
pub fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, Error> {
    let metadata = std::fs::metadata(path).map_err(unreadable(path))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() {
            "a folder"
        } else {
            "a pipe or device"
        };
        return Err(Error::NotAFile {
            path: path.to_owned(),
            what,
        });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(unreadable(path))?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable(path))?;
    if bytes.len() as u64 > limit {
        return Err(Error::NotABackup {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

/// Reads a file of the vault: no link, and nobody's but its owner's.
pub fn read_private(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    match std::fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(unreadable(path)(cause)),
        Ok(metadata) if metadata.is_symlink() => {
            return Err(Error::NotAFile {
                path: path.to_owned(),
                what: "a symbolic link",
            });
        }
        Ok(_) => {}
    }
    refuse_open_mode(path)?;
    read(path, limit).map(Some)
}

/// The permission bits that others than the owner have.
pub fn open_mode(path: &Path) -> Result<Option<u32>, Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path)
            .map_err(unreadable(path))?
            .permissions()
            .mode()
            & 0o777;
        Ok((mode & 0o077 != 0).then_some(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(None)
    }
}

/// Refuses what others than the owner may use.
pub fn refuse_open_mode(path: &Path) -> Result<(), Error> {
    match open_mode(path)? {
        Some(mode) => Err(Error::TooOpen {
            path: path.to_owned(),
            mode,
        }),
        None => Ok(()),
    }
}

/// The folder a file lies in.
fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Writes a temporary file (mode 0600) beside `path`, synced and read back.
pub fn prepare(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, Error> {
    let mut temporary = NamedTempFile::new_in(folder(path)).map_err(unwritable(path))?;
    temporary
        .write_all(bytes)
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(unwritable(path))?;
    let back = read(temporary.path(), bytes.len() as u64)?;
    if back.as_slice() != bytes {
        return Err(Error::ReadBack {
            path: path.to_owned(),
        });
    }
    Ok(temporary)
}

/// Gives a prepared file its name, in the place of whatever has it.
pub fn put(temporary: NamedTempFile, path: &Path) -> Result<(), Error> {
    temporary
        .persist(path)
        .map_err(|error| unwritable(path)(error.error))?;
    sync_folder(path)
}

/// Gives a prepared file a name that nothing has.
pub fn put_new(temporary: NamedTempFile, path: &Path) -> Result<(), Error> {
    temporary
        .persist_noclobber(path)
        .map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists {
                path: path.to_owned(),
            },
            _ => unwritable(path)(error.error),
        })?;
    sync_folder(path)
}

/// Renames within a folder, durably.
pub fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    std::fs::rename(from, to).map_err(unwritable(to))?;
    sync_folder(to)
}

/// Removes a file, durably; one that is not there is removed already.
pub fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(unwritable(path)(cause)),
    }
}

fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = folder(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(unwritable(folder))
}

/// Makes a folder for its owner only; one that is there must be.
pub fn make_private_folder(path: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(unwritable(path))?;
    refuse_open_mode(path)
}
