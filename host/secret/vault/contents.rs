//! What lies in a vault's folder.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::identity::PromotionId;

use super::super::{Error, file};
use super::Vault;

/// How the name of a file begins that did not open when another took its place.
pub(super) const UNOPENED: &str = "unopened-";

/// What a promotion keeps in a vault besides the current secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// The secret that is to become the current one.
    Staged,
    /// The secret that was current before.
    Before,
}

/// A file that a promotion keeps in a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Where it lies.
    pub path: PathBuf,
    /// The promotion.
    pub id: PromotionId,
    /// What it is.
    pub aside: Aside,
}

/// What lies in a vault's folder.
#[derive(Debug, Default)]
pub struct Contents {
    /// What the server holds and held: `current.vault` and `previous.vault`, where they are there.
    pub held: Vec<PathBuf>,
    /// What promotions keep there.
    pub pending: Vec<Pending>,
    /// What did not open when another took its place; nothing reads it.
    pub unopened: Vec<PathBuf>,
    /// What commands that were killed have left.
    pub temporary: Vec<PathBuf>,
    /// Folder, files and machine key that others than the owner may use, each an [`Error::TooOpen`].
    pub exposed: Vec<Error>,
}

impl Contents {
    /// The files in which a secret is, or may be, that something still reads or moves.
    pub fn in_use(&self) -> impl Iterator<Item = &Path> {
        let pending = self.pending.iter().map(|pending| &pending.path);
        self.held.iter().chain(pending).map(PathBuf::as_path)
    }
}

impl Vault {
    /// The promotions that have left something staged or kept aside.
    pub fn pending(&self) -> Result<Vec<PromotionId>, Error> {
        let pending = self.contents()?.pending;
        let mut ids: Vec<PromotionId> = pending.into_iter().map(|pending| pending.id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// What lies in its folder; nothing where there is none.
    pub fn contents(&self) -> Result<Contents, Error> {
        let paths = paths(&self.folder)?;
        let mut contents = listed(&paths);
        if !self.folder.exists() {
            return Ok(contents);
        }
        let guarded = [self.folder.clone(), self.key.path(&self.folder)];
        let beside = paths.iter().filter(|path| **path != guarded[1]);
        contents.exposed = guarded
            .iter()
            .chain(beside)
            .filter_map(|path| file::exposed(path))
            .collect();
        Ok(contents)
    }
}

/// The files in a vault's folder by what their names say, none of them looked into.
pub(super) fn named(folder: &Path) -> Result<Contents, Error> {
    Ok(listed(&paths(folder)?))
}

/// Every path in a folder, sorted; none where it is not there.
fn paths(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |cause| Error::Unreadable {
        path: folder.to_owned(),
        cause,
    };
    let entries = match std::fs::read_dir(folder) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort_unstable();
    Ok(paths)
}

fn listed(paths: &[PathBuf]) -> Contents {
    let mut contents = Contents::default();
    for path in paths {
        let Some(name) = path.file_name().map(OsStr::to_string_lossy) else {
            continue;
        };
        if file::is_temporary(&name) {
            contents.temporary.push(path.clone());
            continue;
        }
        let Some(name) = name.strip_suffix(".vault") else {
            continue;
        };
        let kept = [("staged-", Aside::Staged), ("before-", Aside::Before)];
        let kept = kept.into_iter().find_map(|(prefix, aside)| {
            let id = name.strip_prefix(prefix)?.parse().ok()?;
            Some((id, aside))
        });
        if let Some((id, aside)) = kept {
            let path = path.clone();
            contents.pending.push(Pending { path, id, aside });
        } else if matches!(name, "current" | "previous") {
            contents.held.push(path.clone());
        } else if name.starts_with(UNOPENED) {
            contents.unopened.push(path.clone());
        }
    }
    contents
}
