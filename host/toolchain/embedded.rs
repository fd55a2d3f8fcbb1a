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

/// The contract between regent and plugins; each project's `wit/plugin.wit` is the same text.
pub const CONTRACT: &str = include_str!("../../wit/plugin.wit");

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
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs"
        "cases/settings.toml"
        "cases/day-old/expected.snap" "cases/day-old/promotion.toml"
        "cases/emergency/expected.snap" "cases/emergency/promotion.toml"
        "cases/fresh/expected.snap" "cases/fresh/promotion.toml"
        "cases/from-the-future/expected.snap" "cases/from-the-future/promotion.toml"
        "cases/no-limit-set/expected.snap" "cases/no-limit-set/promotion.toml"
        "cases/no-limit-set/settings.toml"
        "cases/none/expected.snap" "cases/none/promotion.toml"
        "cases/too-old/expected.snap" "cases/too-old/promotion.toml"
        "cases/unproven/expected.snap" "cases/unproven/promotion.toml"),
    project!("change-window":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs" "src/tests.rs" "src/time.rs"
        "cases/settings.toml"
        "cases/closed/expected.snap" "cases/closed/promotion.toml"
        "cases/emergency/expected.snap" "cases/emergency/promotion.toml"
        "cases/emergency-without-reason/expected.snap"
        "cases/emergency-without-reason/promotion.toml"
        "cases/frozen/expected.snap" "cases/frozen/promotion.toml"
        "cases/never-open/expected.snap" "cases/never-open/promotion.toml"
        "cases/never-open/settings.toml"
        "cases/open/expected.snap" "cases/open/promotion.toml"
        "cases/past-midnight/expected.snap" "cases/past-midnight/promotion.toml"),
    project!("four-eyes":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs" "src/tests.rs"
        "cases/settings.toml"
        "cases/alone/expected.snap" "cases/alone/promotion.toml"
        "cases/approved/expected.snap" "cases/approved/promotion.toml"
        "cases/emergency/expected.snap" "cases/emergency/promotion.toml"
        "cases/own-approval/expected.snap" "cases/own-approval/promotion.toml"
        "cases/stale/expected.snap" "cases/stale/promotion.toml"
        "cases/two-needed/expected.snap" "cases/two-needed/promotion.toml"
        "cases/two-needed/settings.toml"),
    project!("server-naming":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs" "src/tests.rs"
        "cases/settings.toml"
        "cases/contradiction/expected.snap" "cases/contradiction/settings.toml"
        "cases/contradiction/update.xml"
        "cases/domain/expected.snap" "cases/domain/update.xml"
        "cases/follows/expected.snap" "cases/follows/update.xml"
        "cases/no-server/expected.snap" "cases/no-server/update.xml"
        "cases/other-environment/expected.snap" "cases/other-environment/update.xml"
        "cases/reserved/expected.snap" "cases/reserved/update.xml"
        "cases/too-long/expected.snap" "cases/too-long/update.xml"),
];

/// The plugins that come with regent, by name.
pub fn embedded() -> &'static [Project] {
    &EMBEDDED
}

impl Project {
    /// Writes the project into `folder`, which is made if need be. No file is overwritten.
    pub fn unpack(&self, folder: &Path) -> Result<(), Error> {
        write(folder, self.files.iter().copied())
    }
}

/// Writes files that are not there yet, each with its path in `folder`.
pub(super) fn write<'a>(
    folder: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Error> {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(Error::unwritable(parent))?;
        std::fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(Error::unwritable(&path))?;
    }
    Ok(())
}
