//! Several files that are written together.

use std::path::{Path, PathBuf};

use fs_err as fs;

use super::files::{folder, no_file, replace, sync_names, written};

/// A file that could not be written, and why; no other was, then.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct Unwritten {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub cause: std::io::Error,
}

/// What becomes of what lies in a file's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Nothing lay there.
    New,
    /// The same lies there.
    Unchanged,
    /// What lay there stays, and more is added.
    Extended,
    /// Something else lay there.
    Replaced,
}

impl Change {
    /// What becomes of what lies there now.
    pub fn of(path: &Path, bytes: &[u8]) -> std::io::Result<Self> {
        Ok(match read(path)? {
            None => Self::New,
            Some(before) if before == bytes => Self::Unchanged,
            Some(_) => Self::Replaced,
        })
    }
}

/// A file that got its name, and what had it before.
struct Named<'a> {
    path: &'a Path,
    before: Option<Vec<u8>>,
}

/// Writes all of these files or none; folders that are missing are made.
///
/// Every content lies on the disk before the first file gets its name, so what commonly fails has
/// failed by then. A crash between two names leaves some files as they were, each whole.
pub fn replace_together(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Unwritten> {
    let mut made = Vec::new();
    let done = write(files, &mut made);
    if done.is_err() {
        // Only what is empty goes, which is what was made for nothing.
        for folder in made.iter().rev() {
            let _in_use = fs::remove_dir(folder);
        }
    }
    done
}

fn write(files: &[(PathBuf, Vec<u8>)], made: &mut Vec<PathBuf>) -> Result<(), Unwritten> {
    let mut ready = Vec::new();
    for (path, bytes) in files {
        let unwritten = |cause| Unwritten {
            path: path.clone(),
            cause,
        };
        let mut prepare = || {
            make(folder(path), made)?;
            let before = read(path)?;
            let permissions = fs::metadata(path).map(|found| found.permissions()).ok();
            Ok((before, written(path, bytes, permissions)?))
        };
        let (before, temporary) = prepare().map_err(unwritten)?;
        ready.push((path, before, temporary));
    }
    let mut named: Vec<Named<'_>> = Vec::new();
    for (path, before, temporary) in ready {
        let kept = match before {
            Some(_) => temporary.persist(path),
            None => temporary.persist_noclobber(path),
        };
        let kept = kept.map_err(std::io::Error::from);
        if kept.is_ok() {
            named.push(Named { path, before });
        }
        if let Err(cause) = kept.and_then(|_| sync_names(path)) {
            named.iter().rev().for_each(Named::take_back);
            let path = path.clone();
            return Err(Unwritten { path, cause });
        }
    }
    Ok(())
}

impl Named<'_> {
    /// Puts back what was there. Where that fails too, the first failure is what is told.
    fn take_back(&self) {
        let _done = match &self.before {
            Some(before) => replace(self.path, before),
            None => fs::remove_file(self.path),
        };
    }
}

/// A file's content; nothing where there is no file.
fn read(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    if let Some(what) = no_file(path) {
        return Err(std::io::Error::other(format!("it is {what}, not a file")));
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// Makes a folder and those above it, and says which were made.
fn make(folder: &Path, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder
        .parent()
        .filter(|above| !above.as_os_str().is_empty())
    {
        make(above, made)?;
    }
    fs::create_dir(folder)?;
    made.push(folder.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_written_or_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let text = |name: &str| {
            let bytes = read(&path(name)).expect("it can be read");
            bytes.map(|bytes| String::from_utf8(bytes).expect("a text"))
        };
        let files = |last: &str| {
            [("old", "new"), ("made/deep/one", "1"), (last, "2")]
                .map(|(name, text)| (path(name), text.as_bytes().to_vec()))
        };
        replace(&path("old"), b"old").expect("a file");
        replace(&path("file"), b"no folder").expect("a file");
        // Below a file nothing can be, which shows before anything has its name; that a name was
        // given in between shows only when the others have theirs.
        for last in ["file/two", "made/deep/one"] {
            let error = replace_together(&files(last)).expect_err("it cannot be written");
            assert_eq!(error.path, path(last));
            assert_eq!(text("old").as_deref(), Some("old"));
            assert!(!path("made").exists(), "{last}");
        }
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 2, "no temporary file is left");
        replace_together(&files("two")).expect("they can be written");
        for (name, expected) in [("old", "new"), ("made/deep/one", "1"), ("two", "2")] {
            assert_eq!(text(name).as_deref(), Some(expected));
        }
    }
}
