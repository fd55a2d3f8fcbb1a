//! How far this computer has seen a system: kept beside its vaults, so that a database that was
//! brought back from an older copy is recognised where no vault of a later term lies.
//!
//! **Invariant:** what is kept is never of an earlier state than what was kept before, unless the
//! operator has said that the database is a restored copy.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::identity::{Digest, Revision, SystemId, Term};
use crate::system::BELIEVABLE;

use super::{Error, file};

/// Names the form of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// The first one.
    #[default]
    #[serde(rename = "regent/sighting/1")]
    First,
}

/// The largest file that is read, in bytes; what is written has a quarter of it.
const MAX_BYTES: u64 = 2048;

/// The farthest state of a system that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sighting {
    /// The form of the file.
    pub schema: Form,
    /// The system.
    pub system: SystemId,
    /// The highest term that was given.
    pub term: Term,
    /// The revision of the global info.
    pub revision: Revision,
    /// The row of the audit that says that the database is a restored copy, the last of them.
    pub restored: Option<Digest>,
    /// How many rows the audit had.
    pub rows: u64,
    /// The hash of the last one.
    pub end: Option<Digest>,
}

impl Sighting {
    /// What was seen of a system by whoever keeps vaults below `folder`; nothing where nobody has
    /// written it down.
    pub fn read(folder: &Path, system: SystemId) -> Result<Option<Self>, Error> {
        let path = path(folder, system);
        let Some(bytes) = file::read_private(&path, MAX_BYTES)? else {
            return Ok(None);
        };
        let read: Option<Self> = serde_json::from_slice(&bytes).ok();
        let fits = |read: &Self| read.system == system && read.term <= BELIEVABLE;
        match read.filter(fits) {
            Some(read) => Ok(Some(read)),
            None => Err(Error::NoSighting { path }),
        }
    }

    /// Writes it down, unless what is there is of the same history and at least as late.
    pub fn keep(&self, folder: &Path) -> Result<(), Error> {
        if !folder.exists() {
            file::make_private_folder(folder)?;
        }
        let _alone = file::write_alone(folder)?;
        let later = |known: Self| known.restored == self.restored && known.rows >= self.rows;
        if Self::read(folder, self.system)?.is_some_and(later) {
            return Ok(());
        }
        let path = path(folder, self.system);
        let text = serde_json::to_string_pretty(self).expect("it is plain data") + "\n";
        file::put(file::prepare(&path, text.as_bytes())?, &path)
    }
}

fn path(folder: &Path, system: SystemId) -> PathBuf {
    folder.join(format!("{system}.seen"))
}
