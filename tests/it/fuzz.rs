//! What `tests/fuzz` states of any bytes is true of its seeds, of bytes near them, and of what was found.

use std::path::{Path, PathBuf};

use crate::policy::probe;

#[path = "../fuzz/backup.rs"]
mod backup;
#[path = "../fuzz/bundle.rs"]
mod bundle;
#[path = "../fuzz/pieces.rs"]
mod pieces;
#[path = "../fuzz/plan_file.rs"]
mod plan_file;
#[path = "../fuzz/plugin_answer.rs"]
mod plugin_answer;
#[path = "../fuzz/plugin_description.rs"]
mod plugin_description;
#[path = "../fuzz/settings.rs"]
mod settings;
#[path = "../fuzz/shown.rs"]
pub(crate) mod shown;
#[path = "../fuzz/update_file.rs"]
mod update_file;

/// The fixtures of a folder whose names begin and end so.
fn seeds(folder: &str, begin: &str, end: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<_> = std::fs::read_dir(root.join(folder))
        .expect("a folder of fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(begin) && name.ends_with(end)
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}

/// Seeds of the fuzz targets alone: what no other test has, and what was found once.
fn found(target: &str) -> Vec<PathBuf> {
    seeds("fuzz", target, "")
}

/// States a property of every seed, and of `near` inputs near each: some bytes taken out, doubled,
/// or replaced by those of another place.
fn holds(property: fn(&[u8]), seeds: &[PathBuf], near: usize) {
    let mut state = 1_u64;
    // Knuth's generator: the same inputs in every run, so that what fails can be repeated.
    let mut below = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("it fits") % limit.max(1)
    };
    for path in seeds {
        let seed = std::fs::read(path).expect("a seed");
        property(&seed);
        for _ in 0..near {
            let mut bytes = seed.clone();
            for _ in 0..=below(3) {
                let start = below(bytes.len());
                let end = (start + below(12)).min(bytes.len());
                let from = below(bytes.len());
                let piece = bytes[from..(from + below(12)).min(bytes.len())].to_vec();
                bytes.splice(start..end, piece);
            }
            let held = std::panic::catch_unwind(|| property(&bytes));
            let shown = String::from_utf8_lossy(&bytes);
            assert!(held.is_ok(), "{}, altered: {shown:?}", path.display());
        }
    }
}

#[test]
fn of_update_files() {
    for folder in ["updates/accepted", "updates/rejected", "samples"] {
        holds(update_file::holds, &seeds(folder, "", ".xml"), 4);
    }
    holds(update_file::holds, &found("update-file-"), 4);
}

#[test]
fn of_backups() {
    holds(backup::holds, &seeds("backups", "", ".bak"), 40);
}

#[test]
fn of_bundles() {
    holds(bundle::holds, &found("bundle-"), 300);
}

#[test]
fn of_plan_files() {
    holds(plan_file::holds, &found("plan-file-"), 200);
}

#[test]
fn of_settings() {
    holds(settings::holds, &seeds("settings", "", ".toml"), 200);
}

#[test]
fn of_what_plugins_answer() {
    holds(plugin_answer::holds, &found("plugin-answer-"), 100);
}

#[test]
fn of_what_plugins_say_of_themselves() {
    holds(plugin_description::holds, &found("plugin-description-"), 10);
}
