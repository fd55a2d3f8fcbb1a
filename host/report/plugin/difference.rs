//! What `regent plugin inspect --diff` has to say: in what two components differ.

use schemars::JsonSchema;
use serde::Serialize;

use crate::policy::Change;
use crate::report::Report;
use crate::report::human::Page;

/// One thing in which two components differ.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ChangeReport {
    /// What: `version`, `rule too-old: severity`, `settings /properties/hours/minimum`.
    pub what: String,
    /// How it was; nothing where it was not there.
    pub before: Option<String>,
    /// How it is now; nothing where it is gone.
    pub after: Option<String>,
}

impl From<Change> for ChangeReport {
    fn from(change: Change) -> Self {
        Self {
            what: change.what,
            before: change.before,
            after: change.after,
        }
    }
}

/// Two components, side by side.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DifferenceReport {
    /// Where the older lies.
    pub old: String,
    /// Where the newer lies.
    pub new: String,
    /// Everything in which the newer differs; nothing where both are the same to the byte.
    pub changes: Vec<ChangeReport>,
}

impl Report for DifferenceReport {
    const NAME: &'static str = "plugin-diff";

    fn human(&self, page: &mut Page) {
        let (old, new) = (&self.old, &self.new);
        if self.changes.is_empty() {
            page.ok(&format!("{old} and {new} are the same component"));
            return;
        }
        page.heading(&format!("{old} → {new}"));
        for ChangeReport {
            what,
            before,
            after,
        } in &self.changes
        {
            match (before, after) {
                (Some(before), Some(after)) => {
                    page.item("~", &format!("{what}: {} → {}", told(before), told(after)));
                }
                (Some(gone), None) => page.item("-", &format!("{what}: {gone}")),
                (None, come) => {
                    page.item("+", &format!("{what}: {}", come.as_deref().unwrap_or("")));
                }
            }
        }
    }
}

/// A text that may be empty.
fn told(side: &str) -> &str {
    if side.is_empty() { "none" } else { side }
}
