//! A clean copy of a backup that travelled as text.

use std::path::PathBuf;

use clap::Args;

use crate::secret::Backup;

use super::super::backup;
use super::Failure;

/// A copy of a backup that travelled as text.
#[derive(Debug, Args)]
pub(super) struct CopyArguments {
    /// Write the backup to this new file as it was written first, without what mail or an editor
    /// did to it
    #[arg(long, value_name = "NEW-BACKUP")]
    clean_copy: Option<PathBuf>,
}

impl CopyArguments {
    /// Refuses a file that is there.
    pub(super) fn refuse_existing(&self) -> Result<(), Failure> {
        self.clean_copy
            .as_deref()
            .map_or(Ok(()), backup::refuse_existing)
    }

    /// Writes the copy, where one is asked for; returns the words for it.
    pub(super) fn write(&self, read: &Backup) -> Result<String, Failure> {
        let Some(path) = &self.clean_copy else {
            return Ok(String::new());
        };
        read.write_clean(path)?;
        Ok(format!(
            "; wrote it to {} as it was written first",
            path.display()
        ))
    }
}
