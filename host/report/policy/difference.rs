//! What `regent policy diff` has to say, and how every report tells what rules differ in.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::database::Governing;
use crate::identity::Digest;
use crate::plan::{Difference, Rules};
use crate::report::Report;
use crate::report::human::Page;

/// What rules differ in, a line each; what came and what went in full.
pub(in crate::report) fn differences(differences: &[Difference], page: &mut Page) {
    if differences.is_empty() {
        page.line("nothing that decides");
    }
    for difference in differences {
        let sign = match (&difference.before, &difference.after) {
            (Value::Null, _) => "+",
            (_, Value::Null) => "-",
            _ => "~",
        };
        page.item(sign, &difference.brief());
        for part in difference.parts() {
            page.item(" ", &part);
        }
    }
}

/// What changes from the rules that govern to others.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyDiffReport {
    /// The version of those that govern; nothing before the first act under rules.
    pub version: Option<u64>,
    /// SHA-256 of those that govern.
    pub governing: Option<Digest>,
    /// The plan file that the others are from; nothing where they are those here.
    pub plan: Option<String>,
    /// SHA-256 of the others.
    pub other: Digest,
    /// Whether they differ.
    pub changed: bool,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Why no rule is asked here, where those here are compared.
    pub unruled: Option<String>,
}

impl PolicyDiffReport {
    /// Compares those that govern with others.
    pub fn new(
        governing: Option<&Governing>,
        others: &Rules,
        plan: Option<String>,
        unruled: Option<String>,
    ) -> Self {
        let nothing = Rules::default();
        let differences = governing
            .map_or(&nothing, |by| &by.rules)
            .differences(others);
        Self {
            version: governing.map(|by| by.version),
            governing: governing.map(|by| by.digest),
            plan,
            other: others.digest(),
            changed: !differences.is_empty(),
            differences,
            unruled,
        }
    }
}

impl Report for PolicyDiffReport {
    const NAME: &'static str = "policy-diff";

    fn human(&self, page: &mut Page) {
        let others = match &self.plan {
            None => "those here".to_owned(),
            Some(file) => format!("those of {file}"),
        };
        match self.version {
            Some(version) => page.heading(&format!(
                "From the rules that govern, version {version}, to {others}"
            )),
            None => page.heading(&format!("From no rules, for none govern yet, to {others}")),
        }
        if self.changed {
            differences(&self.differences, page);
            page.gap();
        }
        if let Some(why) = &self.unruled {
            page.warn(&super::unruled_line(why));
        }
        if !self.changed {
            page.ok("nothing differs");
        } else if self.plan.is_none() {
            page.hint("bring the files here to what governs, or let these govern:");
            page.command("regent policy publish --reason TEXT");
        }
    }
}
