//! What to type next, made from what was asked for: every file as it was named here.

use std::path::{Path, PathBuf};

use crate::report::human::quote;
use crate::report::typed::{Typed, path};

use super::prepare::PromotionArguments;

impl PromotionArguments {
    /// Has what is printed to be typed next name the same files.
    pub fn named_in(&self, typed: &mut Typed) {
        typed.name("UPDATE-FILE", &self.file);
        if let Some(backup) = &self.restore_file {
            typed.backup(backup, self.password.password_file.as_deref());
        }
    }
}

/// The real run of a promotion.
pub(super) fn promote(arguments: &PromotionArguments) -> String {
    let mut command = format!("regent promote {}", path(&arguments.file));
    command.push_str(&files(arguments.restore_file.as_deref(), arguments));
    if arguments.copy.restored_copy {
        command.push_str(" --restored-copy");
    }
    let intent = &arguments.intent;
    if intent.emergency {
        command.push_str(" --emergency");
    }
    for (option, text) in [("reason", &intent.reason), ("change", &intent.change)] {
        if let Some(text) = text {
            command.push_str(&format!(" --{option}={}", quote(text)));
        }
    }
    command
}

/// The run of a plan file; `moved` are the update file and the backup where they were named beside
/// it, for they lie elsewhere by now.
pub(super) fn promote_plan(
    file: &Path,
    moved: (Option<&Path>, Option<&Path>),
    arguments: &PromotionArguments,
) -> String {
    let (update, backup) = moved;
    let mut command = format!("regent promote --plan {}", path(file));
    if let Some(update) = update {
        command.push_str(&format!(" {}", path(update)));
    }
    // A plan without a backup is run with one.
    let named = backup.or_else(|| {
        let missing = arguments.restore_file.is_none();
        missing.then_some(Path::new("BACKUP"))
    });
    if let Some(backup) = named {
        command.push_str(&files(Some(backup), arguments));
    } else {
        command.push_str(&options(arguments));
    }
    command
}

fn files(backup: Option<&Path>, arguments: &PromotionArguments) -> String {
    let backup = backup.unwrap_or(Path::new("BACKUP"));
    format!(" --restore-file {}{}", path(backup), options(arguments))
}

fn options(arguments: &PromotionArguments) -> String {
    let mut options = String::new();
    if let Some(file) = &arguments.password.password_file {
        options.push_str(&format!(" --password-file {}", path(file)));
    }
    if let Some(file) = &arguments.evidence.evidence {
        options.push_str(&format!(" --evidence {}", path(&unused(file))));
    }
    options
}

/// Evidence is never overwritten, so what is decided next goes into a file beside it.
fn unused(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().map_or_else(String::new, |ending| {
        format!(".{}", ending.to_string_lossy())
    });
    let beside = |number: u32| file.with_file_name(format!("{stem}-{number}{ending}"));
    let taken = |file: &Path| file.symlink_metadata().is_ok();
    if taken(file) {
        let mut others = (2..).map(beside);
        others.find(|other| !taken(other)).unwrap_or_default()
    } else {
        file.to_owned()
    }
}
