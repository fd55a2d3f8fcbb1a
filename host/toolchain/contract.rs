//! The contract in a project's folder, which its manifest names a world of.

use std::path::{Path, PathBuf};

use super::Error;

/// The worlds a plugin may be of.
const WORLDS: [&str; 3] = ["validator-plugin", "promoter-plugin", "plugin"];

/// The folder with the project's copy of the contract.
pub(super) fn folder(project: &Path) -> Result<PathBuf, Error> {
    let folder = project.join("wit");
    if folder.join("plugin.wit").is_file() {
        Ok(folder)
    } else {
        Err(Error::NoContract { folder })
    }
}

/// Refuses a world that the contract does not have.
pub(super) fn known(world: &str, manifest: &Path) -> Result<(), Error> {
    if WORLDS.contains(&world) {
        Ok(())
    } else {
        Err(Error::Manifest {
            path: manifest.to_owned(),
            problem: format!("`{world}` is none of the worlds {}", WORLDS.join(", ")),
        })
    }
}
