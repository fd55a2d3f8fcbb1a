//! What `regent plugin check-settings` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::policy::Misfit;
use crate::report::Report;
use crate::report::human::{Page, quote};
use crate::source::Position;

/// One thing wrong with a settings file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MisfitReport {
    /// The setting, as a path: `/days/0`; empty for the file as a whole.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// Where it stands, or should stand; nothing where that is not known.
    pub at: Option<Position>,
}

impl From<Misfit> for MisfitReport {
    fn from(misfit: Misfit) -> Self {
        Self {
            path: misfit.problem.path,
            message: misfit.problem.message,
            at: misfit.at,
        }
    }
}

/// Whether settings fit a plugin.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SettingsReport {
    /// The settings file.
    pub file: String,
    /// The component.
    pub component: String,
    /// The plugin's own name.
    pub plugin: String,
    /// Its own version.
    pub version: String,
    /// Everything that does not fit, in the order of the file.
    pub problems: Vec<MisfitReport>,
}

impl Report for SettingsReport {
    const NAME: &'static str = "plugin-check-settings";

    fn human(&self, page: &mut Page) {
        let (file, plugin) = (&self.file, format!("{} {}", self.plugin, self.version));
        if self.problems.is_empty() {
            page.ok(&format!("{file} fits {plugin}"));
            return;
        }
        for problem in &self.problems {
            let at = problem.at.map_or(String::new(), |at| format!(":{at}"));
            let path = Some(problem.path.as_str()).filter(|path| !path.is_empty());
            let path = path.map_or(String::new(), |path| format!(" {path}:"));
            page.line(&format!("{file}{at}:{path} {}", problem.message));
        }
        page.gap();
        match self.problems.len() {
            1 => page.fail(&format!("{file} does not fit {plugin}: 1 problem")),
            more => page.fail(&format!("{file} does not fit {plugin}: {more} problems")),
        }
        page.hint("what the settings may be:");
        page.command(&format!("regent plugin inspect {}", quote(&self.component)));
    }
}
