//! The file and its neighbours: what the operating system says and guards.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::database::Error;
use crate::system::Actor;

/// Files that SQLite keeps beside a database.
const NEIGHBOURS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// How much of a lock file is shown.
const MAX_HOLDER_BYTES: u64 = 512;

/// The error of a failed file operation.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File {
        action,
        path,
        source,
    }
}

/// Refuses what is no file, or one that others than its owner may open. Opens nothing: a named
/// pipe would wait for ever, and closing the file would let go of SQLite's locks on it.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    private(path, &find(path)?)?;
    for neighbour in neighbours(path) {
        match std::fs::metadata(&neighbour) {
            Ok(found) => private(&neighbour, &found)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("look at", &neighbour)(error)),
        }
    }
    Ok(())
}

/// Refuses what is no file.
pub(super) fn find(path: &Path) -> Result<Metadata, Error> {
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Missing {
                path: path.to_owned(),
            });
        }
        Err(error) => return Err(failed("look at", path)(error)),
    };
    if !found.is_file() {
        return Err(Error::NotAFile {
            path: path.to_owned(),
            kind: kind(&found),
        });
    }
    Ok(found)
}

/// Refuses to create where anything is.
pub(super) fn vacant(path: &Path) -> Result<(), Error> {
    if path.symlink_metadata().is_ok() {
        return Err(Error::Exists {
            path: path.to_owned(),
        });
    }
    let leftover = neighbours(path).find(|neighbour| neighbour.symlink_metadata().is_ok());
    leftover.map_or(Ok(()), |path| Err(Error::Leftover { path }))
}

fn neighbours(path: &Path) -> impl Iterator<Item = PathBuf> {
    NEIGHBOURS
        .into_iter()
        .map(move |suffix| beside(path, suffix))
}

/// The file of the same name with something after it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Creates an empty file that only its owner may open. SQLite gives its own files beside it the
/// same mode.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    options.open(path).map(drop)
}

/// Makes a new name in `folder` outlive a loss of power.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Takes the lock that one process at a time can hold: the operating system's lock on a file
/// beside the database, which is let go when the process ends. What the file says is for the
/// reader only.
pub(super) fn lock(database: &Path, actor: &Actor) -> Result<File, Error> {
    let path = beside(database, ".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    let mut file = options.open(&path).map_err(failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Locked {
                holder: holder(&file),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
    }
    let Actor {
        operator,
        server,
        at,
    } = actor;
    let words = format!(
        "process {} of {operator} on {server}, since {at}\n",
        std::process::id()
    );
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(words.as_bytes())
    };
    write(&mut file).map_err(failed("write", &path))?;
    Ok(file)
}

/// Who holds the lock; nothing here is worth failing for.
fn holder(file: &File) -> String {
    let mut words = Vec::new();
    let _read = file.take(MAX_HOLDER_BYTES).read_to_end(&mut words);
    let words = String::from_utf8_lossy(&words);
    let line: String = words
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    if line.is_empty() {
        "another process".to_owned()
    } else {
        line
    }
}

/// A folder of one's own in `folder`, removed when dropped.
pub(super) fn private_folder(folder: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".regent-init-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir_in(folder)
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(unix)]
fn private(path: &Path, found: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = found.permissions().mode() & 0o7777;
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    Err(Error::Exposed {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(unix)]
fn kind(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = found.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

// Elsewhere the folder's access list decides; it is not read here.
#[cfg(not(unix))]
fn owner_only(_options: &mut OpenOptions) {}

#[cfg(not(unix))]
fn private(_path: &Path, _found: &Metadata) -> Result<(), Error> {
    Ok(())
}

#[cfg(not(unix))]
fn kind(found: &Metadata) -> &'static str {
    if found.is_dir() {
        "a folder"
    } else {
        "no ordinary file"
    }
}
