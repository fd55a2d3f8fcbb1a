//! The file and its neighbours: what the operating system says and guards.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::database::{BUSY_TIMEOUT, Error};
use crate::fault::around;
use crate::source;
use crate::system::Actor;

/// Files that SQLite keeps beside a database.
const NEIGHBOURS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The first byte of the lock that a writer holds on the index of the write-ahead log; SQLite's
/// file format fixes it.
#[cfg(target_os = "linux")]
const WRITE_LOCK: &str = "120";

/// How often the list of locks is read for one that is held: with four processes that did nothing but
/// lock, one reading in 145 missed it.
#[cfg(target_os = "linux")]
const READINGS: usize = 8;

/// How much of a lock file is shown.
const MAX_HOLDER_BYTES: u64 = 512;

/// How long who is refused waits until who holds the lock has written down who it is.
const INTRODUCTION: Duration = Duration::from_secs(1);

/// How often it looks.
const GLANCE: Duration = Duration::from_millis(5);

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
    let found = find(path)?;
    private(path, &found)?;
    one_name(path, &found)?;
    for neighbour in neighbours(path) {
        // SQLite opens no link there, and waits for no pipe; it only cannot say so.
        match std::fs::symlink_metadata(&neighbour) {
            Ok(found) => {
                if let Some(kind) = source::kind(found.file_type()) {
                    return Err(not_a_neighbour(&neighbour, kind));
                }
                private(&neighbour, &found)?;
            }
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
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
            return Err(Error::Missing {
                path: path.to_owned(),
            });
        }
        Err(error) => {
            return Err(match source::no_file(path) {
                Some(kind) => not_a_file(path, kind),
                None => failed("look at", path)(error),
            });
        }
    };
    if let Some(kind) = source::kind(found.file_type()) {
        return Err(not_a_file(path, kind));
    }
    Ok(found)
}

fn not_a_file(path: &Path, kind: &'static str) -> Error {
    Error::NotAFile {
        path: path.to_owned(),
        kind,
    }
}

fn not_a_neighbour(path: &Path, kind: &'static str) -> Error {
    Error::NotANeighbour {
        path: path.to_owned(),
        kind,
    }
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
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether this account may write to the database and make the files beside it that reading it
/// takes. Opens nothing, as [`check`].
#[cfg(unix)]
pub(super) fn may_write(path: &Path) -> bool {
    use nix::fcntl::{AT_FDCWD, AtFlags};
    use nix::unistd::{AccessFlags, faccessat};
    let may =
        |path: &Path| faccessat(AT_FDCWD, path, AccessFlags::W_OK, AtFlags::AT_EACCESS).is_ok();
    let mut there = neighbours(path).filter(|neighbour| neighbour.symlink_metadata().is_ok());
    may(path) && path.parent().is_none_or(may) && there.all(|neighbour| may(&neighbour))
}

#[cfg(not(unix))]
pub(super) fn may_write(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.permissions().readonly())
}

/// Creates an empty file that only its owner may open. SQLite gives its own files beside it the
/// same mode.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    around("database/create/file", || options.open(path)).map(drop)
}

/// Makes a new name in `folder` outlive a loss of power.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        around("database/create/sync-folder", || {
            File::open(folder)?.sync_all()
        })?;
    }
    Ok(())
}

/// A lock file that is held. What it says is for the reader only, and gone when it is let go in
/// peace.
pub(super) struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Who reads a former holder's words is told the same by the lock, which is free then.
        let _words_stay = self.0.set_len(0);
    }
}

/// Takes the lock that one process at a time can hold: the operating system's lock on a file
/// beside the database, which is let go when the process ends.
pub(super) fn lock(database: &Path, actor: &Actor) -> Result<Held, Error> {
    let path = beside(database, ".lock");
    let file = open_lock(&path)?;
    let begun = Instant::now();
    let mut heard = None;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
        }
        // What is read twice is neither half written nor of one who was killed just before.
        let said = holder(&file);
        // Killed while it started a command, a process lives on for a moment in the child that has
        // not become the command yet, and its lock with it.
        let gone = said.as_deref().is_some_and(is_gone);
        let patience = if gone { BUSY_TIMEOUT } else { INTRODUCTION };
        let known = said.is_some() && said == heard && !gone;
        if known || begun.elapsed() >= patience {
            let holder = said.unwrap_or_else(|| "another process".to_owned());
            return Err(Error::Locked { holder });
        }
        heard = said;
        std::thread::sleep(GLANCE);
    }
    let mut held = Held(file);
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
    let written = around("database/lock/write", || write(&mut held.0));
    written.map_err(failed("write", &path))?;
    Ok(held)
}

/// Opens the lock file, and nothing else that stands in its place: what it says is overwritten.
fn open_lock(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    itself_at_once(&mut options);
    let opened = around("database/lock/open", || options.open(path));
    let found = match &opened {
        Ok(file) => file.metadata(),
        Err(_) => path.symlink_metadata(),
    };
    match found.ok().and_then(|found| source::kind(found.file_type())) {
        Some(kind) => Err(not_a_neighbour(path, kind)),
        None => opened.map_err(failed("open", path)),
    }
}

/// Who holds the lock, where that is written down whole.
fn holder(mut file: &File) -> Option<String> {
    let mut words = Vec::new();
    file.rewind().ok()?;
    file.take(MAX_HOLDER_BYTES).read_to_end(&mut words).ok()?;
    let words = String::from_utf8_lossy(&words);
    let (line, _) = words.split_once('\n')?;
    Some(line.chars().filter(|c| !c.is_control()).collect())
}

/// Whether the process that a holder named itself is no more.
#[cfg(unix)]
fn is_gone(holder: &str) -> bool {
    use nix::errno::Errno;
    use nix::{sys::signal::kill, unistd::Pid};
    let id = holder
        .strip_prefix("process ")
        .and_then(|rest| rest.split(' ').next());
    let id = id.and_then(|id| id.parse().ok()).filter(|id| *id > 0);
    id.is_some_and(|id| kill(Pid::from_raw(id), None) == Err(Errno::ESRCH))
}

#[cfg(not(unix))]
fn is_gone(_holder: &str) -> bool {
    false
}

/// Which process writes to a database: the one that holds SQLite's lock of its write-ahead log.
#[cfg(target_os = "linux")]
pub(super) fn writer(database: &Path) -> Option<u32> {
    use nix::sys::stat::{major, minor};
    use std::os::unix::fs::MetadataExt as _;
    // Opening the file to ask for its locks would let go of our own when it is closed.
    let found = std::fs::metadata(beside(database, "-shm")).ok()?;
    let (device, inode) = (found.dev(), found.ino());
    let file = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
    // The list is not read at one moment: where others lock and let go meanwhile, a line is missed.
    (0..READINGS).find_map(|_| {
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        locks.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [_, _, _, "WRITE", process, of, WRITE_LOCK, _] if of == file => {
                    process.parse().ok()
                }
                _ => None,
            }
        })
    })
}

#[cfg(not(target_os = "linux"))]
pub(super) fn writer(_database: &Path) -> Option<u32> {
    None
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

/// SQLite's log and every lock lie beside the name that a process uses.
#[cfg(unix)]
fn one_name(path: &Path, found: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    match found.nlink() {
        0 | 1 => Ok(()),
        names => Err(Error::Linked {
            path: path.to_owned(),
            names,
        }),
    }
}

#[cfg(not(unix))]
fn one_name(_path: &Path, _found: &Metadata) -> Result<(), Error> {
    Ok(())
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

/// Follows no link, and waits for nobody at the other end of a pipe.
#[cfg(unix)]
fn itself_at_once(options: &mut OpenOptions) {
    use nix::fcntl::OFlag;
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    options.custom_flags(flags.bits());
}

// Elsewhere the folder's access list decides; it is not read here.
#[cfg(not(unix))]
fn owner_only(_options: &mut OpenOptions) {}

#[cfg(not(unix))]
fn private(_path: &Path, _found: &Metadata) -> Result<(), Error> {
    Ok(())
}

#[cfg(not(unix))]
fn itself_at_once(_options: &mut OpenOptions) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rusqlite::{Connection, TransactionBehavior};

    use super::*;

    #[test]
    fn who_writes_is_found_however_much_others_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credential.db");
        let mut connection = Connection::open(&path).expect("a database");
        let journal = connection.pragma_update(None, "journal_mode", "wal");
        journal.expect("a write-ahead log");
        let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let _writing = writing.expect("nobody else writes");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let files: Vec<File> = (0..60)
                        .map(|_| tempfile::tempfile_in(folder.path()).expect("a file"))
                        .collect();
                    while !done.load(Ordering::Relaxed) {
                        for file in &files {
                            file.lock().expect("nobody else has it");
                        }
                        for file in &files {
                            file.unlock().expect("it is locked");
                        }
                    }
                });
            }
            let missed = (0..1000).filter(|_| writer(&path) != Some(std::process::id()));
            let missed = missed.count();
            done.store(true, Ordering::Relaxed);
            assert_eq!(missed, 0);
        });
    }
}
