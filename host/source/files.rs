//! Files as such: what stands at a path, and writing whole or not at all.

use std::fs::{FileType, Permissions};
use std::path::Path;

use fs_err as fs;

/// The last part of a path's text: what a file is called, wherever it lies.
pub fn base_name(path: &str) -> &str {
    let name = Path::new(path).file_name();
    name.and_then(|name| name.to_str()).unwrap_or(path)
}

/// What a path leads to where that is no file; nothing where it is one, or where nothing is there.
pub fn no_file(path: &Path) -> Option<&'static str> {
    match std::fs::metadata(path) {
        Ok(found) => kind(found.file_type()),
        Err(_) => path
            .is_symlink()
            .then_some("a symbolic link that leads nowhere"),
    }
}

/// What is not a file; nothing where it is one.
pub fn kind(found: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if found.is_fifo() {
            return Some("a named pipe");
        }
        if found.is_socket() {
            return Some("a socket");
        }
    }
    if found.is_file() {
        None
    } else if found.is_dir() {
        Some("a folder")
    } else if found.is_symlink() {
        Some("a symbolic link")
    } else {
        Some("a device")
    }
}

/// Writes a file so that a crash leaves the old or the new content, never a part of either.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mode = fs::metadata(path).map(|found| found.permissions()).ok();
    written(path, bytes, mode)?.persist(path)?;
    sync_names(path)
}

/// Leaves a file to its owner's eyes, as update files and passwords are.
pub fn protect(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, owner_only())?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// That nobody but the owner reads or writes.
#[cfg(unix)]
fn owner_only() -> Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    Permissions::from_mode(0o600)
}

/// A file that must not exist yet, written under another name: it gets its own whole or not at all.
#[derive(Debug)]
pub struct NewFile<'a> {
    path: &'a Path,
    written: tempfile::NamedTempFile,
}

impl<'a> NewFile<'a> {
    /// Writes the content; whatever keeps it from being written says no here.
    pub fn write(path: &'a Path, bytes: &[u8]) -> std::io::Result<Self> {
        let written = written(path, bytes, None)?;
        Ok(Self { path, written })
    }

    /// The same for what nobody but the owner is to read.
    pub fn write_private(path: &'a Path, bytes: &[u8]) -> std::io::Result<Self> {
        #[cfg(unix)]
        let mode = Some(owner_only());
        #[cfg(not(unix))]
        let mode = None;
        let written = written(path, bytes, mode)?;
        Ok(Self { path, written })
    }

    /// Gives the file its name.
    pub fn keep(self) -> std::io::Result<()> {
        self.written.persist_noclobber(self.path)?;
        sync_names(self.path)
    }
}

/// The content of a file under another name beside it, on the disk; without a mode of its own it
/// gets that of any new file.
pub(super) fn written(
    path: &Path,
    bytes: &[u8],
    mode: Option<Permissions>,
) -> std::io::Result<tempfile::NamedTempFile> {
    use std::io::Write as _;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder(path))?;
    temporary.write_all(bytes)?;
    if let Some(mode) = mode {
        temporary.as_file().set_permissions(mode)?;
    }
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

pub(super) fn folder(path: &Path) -> &Path {
    let folder = path.parent();
    folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes a new name outlive a loss of power.
pub(super) fn sync_names(path: &Path) -> std::io::Result<()> {
    fs::File::open(folder(path))?.sync_all()
}
