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
        "src/clock.rs" "src/lib.rs" "src/tests.rs" "src/tests/zones.rs" "src/time.rs"
        "cases/settings.toml"
        "cases/closed/expected.snap" "cases/closed/promotion.toml"
        "cases/emergency/expected.snap" "cases/emergency/promotion.toml"
        "cases/emergency-without-reason/expected.snap" "cases/emergency-without-reason/promotion.toml"
        "cases/frozen/expected.snap" "cases/frozen/promotion.toml"
        "cases/gap-before/expected.snap" "cases/gap-before/promotion.toml"
        "cases/gap-before/settings.toml"
        "cases/gap-begins/expected.snap" "cases/gap-begins/promotion.toml"
        "cases/gap-begins/settings.toml"
        "cases/half-hour-gap/expected.snap" "cases/half-hour-gap/promotion.toml"
        "cases/half-hour-gap/settings.toml"
        "cases/half-hour-repeat/expected.snap" "cases/half-hour-repeat/promotion.toml"
        "cases/half-hour-repeat/settings.toml"
        "cases/never-open/expected.snap" "cases/never-open/promotion.toml"
        "cases/never-open/settings.toml"
        "cases/no-summer-time/expected.snap" "cases/no-summer-time/promotion.toml"
        "cases/no-summer-time/settings.toml"
        "cases/open/expected.snap" "cases/open/promotion.toml"
        "cases/past-midnight/expected.snap" "cases/past-midnight/promotion.toml"
        "cases/repeat-between/expected.snap" "cases/repeat-between/promotion.toml"
        "cases/repeat-between/settings.toml"
        "cases/repeat-first/expected.snap" "cases/repeat-first/promotion.toml"
        "cases/repeat-first/settings.toml"
        "cases/repeat-second/expected.snap" "cases/repeat-second/promotion.toml"
        "cases/repeat-second/settings.toml"
        "cases/southern-gap/expected.snap" "cases/southern-gap/promotion.toml"
        "cases/southern-gap/settings.toml"
        "cases/southern-repeat/expected.snap" "cases/southern-repeat/promotion.toml"
        "cases/southern-repeat/settings.toml"
        "cases/unknown-zone/expected.snap" "cases/unknown-zone/promotion.toml"
        "cases/unknown-zone/settings.toml"
        "cases/zone-and-offset/expected.snap" "cases/zone-and-offset/promotion.toml"
        "cases/zone-and-offset/settings.toml"
        "cases/zone-closed/expected.snap" "cases/zone-closed/promotion.toml"
        "cases/zone-closed/settings.toml"
        "cases/zone-frozen/expected.snap" "cases/zone-frozen/promotion.toml"
        "cases/zone-frozen/settings.toml"
        "cases/zone-summer/expected.snap" "cases/zone-summer/promotion.toml"
        "cases/zone-summer/settings.toml"
        "cases/zone-winter/expected.snap" "cases/zone-winter/promotion.toml"
        "cases/zone-winter/settings.toml"),
    project!("four-eyes":
        "Cargo.lock" "Cargo.toml" "README.md" "settings.schema.json"
        "src/lib.rs" "src/people.rs" "src/tests.rs"
        "cases/settings.toml"
        "cases/alone/expected.snap" "cases/alone/promotion.toml"
        "cases/approved/expected.snap" "cases/approved/promotion.toml"
        "cases/author-approves/expected.snap" "cases/author-approves/promotion.toml"
        "cases/emergency/expected.snap" "cases/emergency/promotion.toml"
        "cases/known-by-sudo/expected.snap" "cases/known-by-sudo/promotion.toml"
        "cases/known-by-sudo/settings.toml"
        "cases/own-approval/expected.snap" "cases/own-approval/promotion.toml"
        "cases/stale/expected.snap" "cases/stale/promotion.toml"
        "cases/two-needed/expected.snap" "cases/two-needed/promotion.toml"
        "cases/two-needed/settings.toml"
        "cases/unknown-operator/expected.snap" "cases/unknown-operator/promotion.toml"
        "cases/unknown-operator-approved/expected.snap"
        "cases/unknown-operator-approved/promotion.toml"),
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
