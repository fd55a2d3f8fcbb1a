//! What to type next, made from what was asked for: every file as it was named here.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::plan::Plan;
use crate::report::human::quote;
use crate::report::typed::{Typed, path};

use super::governed::OverruleArguments;
use super::planned;
use super::prepare::PromotionArguments;
use super::secret::ReplaceArguments;

/// What only the run of a promotion can be told.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RunArguments {
    /// What becomes of a vault that does not open.
    #[command(flatten)]
    pub(super) replace: ReplaceArguments,
    /// Whether the rules that govern are overruled.
    #[command(flatten)]
    pub(super) overrule: OverruleArguments,
}

/// A plan file that is to be run.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanToRun<'a> {
    /// The file.
    pub(super) file: &'a Path,
    /// The update file, where it is named beside it because it lies elsewhere by now.
    pub(super) update: Option<&'a Path>,
    /// The backup, where it is.
    pub(super) backup: Option<&'a Path>,
}

impl<'a> PlanToRun<'a> {
    /// A plan whose files are where they were.
    pub(super) fn new(file: &'a Path) -> Self {
        Self {
            file,
            update: None,
            backup: None,
        }
    }
}

impl PromotionArguments {
    /// Has what is printed to be typed next name the same files, where they are there.
    pub fn named_in(&self, typed: &mut Typed) {
        let is_there = |file: &Path| file.symlink_metadata().is_ok();
        if is_there(&self.file) {
            typed.name("UPDATE-FILE", &self.file);
        }
        if let Some(backup) = self.restore_file.as_deref().filter(|file| is_there(file)) {
            typed.backup(backup, self.password.password_file.as_deref());
        }
    }

    /// The promotion that a plan is of.
    pub fn planned(plan: &Plan) -> Self {
        let (file, restore_file) = planned::files(plan);
        Self {
            file,
            restore_file,
            ..Self::default()
        }
    }
}

/// The real run of a promotion.
pub(super) fn promote(arguments: &PromotionArguments, run: &RunArguments) -> String {
    let mut line = Line::new(format!("regent promote {}", path(&arguments.file)));
    let backup = arguments.restore_file.as_deref();
    line.file("restore-file", Some(backup.unwrap_or(Path::new("BACKUP"))));
    line.opened(arguments);
    line.flag("restored-copy", arguments.copy.restored_copy);
    let intent = &arguments.intent;
    line.flag("emergency", intent.emergency);
    line.text("reason", intent.reason.as_ref());
    line.text("change", intent.change.as_ref());
    line.run(run)
}

/// The run of a plan file.
pub(super) fn promote_plan(
    plan: PlanToRun<'_>,
    arguments: &PromotionArguments,
    run: &RunArguments,
) -> String {
    let mut line = Line::new(format!("regent promote --plan {}", path(plan.file)));
    if let Some(update) = plan.update {
        line.0.push_str(&format!(" {}", path(update)));
    }
    // A plan without a backup is run with one.
    let missing = arguments.restore_file.is_none();
    let named = plan.backup.or(missing.then_some(Path::new("BACKUP")));
    line.file("restore-file", named);
    line.opened(arguments);
    line.run(run)
}

/// A command in the making.
struct Line(String);

impl Line {
    fn new(begun: String) -> Self {
        Self(begun)
    }

    fn flag(&mut self, option: &str, given: bool) {
        if given {
            self.0.push_str(&format!(" --{option}"));
        }
    }

    fn file(&mut self, option: &str, file: Option<&Path>) {
        if let Some(file) = file {
            self.0.push_str(&format!(" --{option} {}", path(file)));
        }
    }

    /// A text may begin with a dash, so it is tied to its option.
    fn text(&mut self, option: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.0.push_str(&format!(" --{option}={}", quote(text)));
        }
    }

    /// What opens the backup, and where the evidence goes.
    fn opened(&mut self, arguments: &PromotionArguments) {
        self.file("password-file", arguments.password.password_file.as_deref());
        let evidence = arguments.evidence.evidence.as_deref().map(unused);
        self.file("evidence", evidence.as_deref());
    }

    fn run(mut self, run: &RunArguments) -> String {
        self.text("overrule", run.overrule.overrule.as_ref());
        self.flag("replace-vault", run.replace.replace_vault);
        self.0
    }
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
