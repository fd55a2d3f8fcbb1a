//! The contract in a project's folder, and its manifest, which names a world of it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::Error;
use crate::source::SourceFile;

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

/// Reads the manifest of that name in a project, which is TOML; with it goes its path.
pub(super) fn manifest<T: DeserializeOwned>(
    project: &Path,
    name: &str,
) -> Result<(T, PathBuf), Error> {
    let path = project.join(name);
    let file = SourceFile::read_text(&path)?;
    match toml::from_str(file.text()) {
        Ok(manifest) => Ok((manifest, path)),
        Err(error) => Err(Error::Manifest {
            path,
            problem: error.message().to_owned(),
        }),
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
