//! The plugins that come with regent, as projects to build or to copy.

use std::io::Write as _;
use std::path::Path;

use super::Error;

/// A plugin's project: a folder that stands alone.
#[derive(Debug)]
pub struct Project {
    /// Its name, which is also its folder's.
    pub name: &'static str,
    /// Every file: its path in the folder, with `/`, and its text.
    pub files: &'static [(&'static str, &'static str)],
}

/// The one contract; each project's `wit/plugin.wit` is the same text.
const CONTRACT: &str = include_str!("../../wit/plugin.wit");

macro_rules! project {
    ($name:literal: $($file:literal)*) => {
        Project {
            name: $name,
            files: &[
                $(($file, include_str!(concat!("../../plugins/", $name, "/", $file))),)*
                ("wit/plugin.wit", CONTRACT),
            ],
        }
    };
}

static EMBEDDED: [Project; 4] = [
    project!("backup-age":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json" "src/lib.rs"),
    project!("change-window":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs" "src/tests.rs" "src/time.rs"),
    project!("four-eyes":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs" "src/tests.rs"),
    project!("server-naming":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs" "src/tests.rs"),
];

/// The plugins that come with regent, by name.
pub fn embedded() -> &'static [Project] {
    &EMBEDDED
}

impl Project {
    /// Writes the project into `folder`, which is made if need be. No file is overwritten.
    pub fn unpack(&self, folder: &Path) -> Result<(), Error> {
        for (path, text) in self.files {
            let path = folder.join(path);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).map_err(Error::unwritable(parent))?;
            std::fs::File::create_new(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(Error::unwritable(&path))?;
        }
        Ok(())
    }
}
