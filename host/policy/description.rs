//! What a plugin says of itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Refusal;
use super::fit;
use super::settings::is_kebab;
use crate::finding::Severity;
use crate::identity::Digest;

/// The rule name under which the host reports a plugin that broke.
pub const BROKEN_RULE: &str = "broken";

/// The longest line, in characters.
const MAX_LINE: usize = 1_000;

/// The longest text, in characters.
const MAX_TEXT: usize = 20_000;

/// The most rules.
const MAX_RULES: usize = 200;

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Description {
    /// Its author's name for it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is for, in a line.
    pub summary: String,
    /// The checks it makes.
    pub rules: Vec<Rule>,
    /// JSON Schema of its settings.
    pub settings_schema: Value,
}

/// What is known of a component that passed: enough to list it and to check its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Known {
    pub(super) digest: Digest,
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
    pub(super) validates: bool,
    pub(super) decides: bool,
    pub(super) description: Description,
}

/// One check a plugin makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Its name, which stands in the code of its findings.
    pub id: String,
    /// How bad its findings usually are.
    pub severity: Severity,
    /// What it checks, in a line.
    pub summary: String,
    /// What to do about its findings.
    pub help: String,
}

impl Description {
    /// Whether the plugin named this rule.
    pub fn declares(&self, rule: &str) -> bool {
        self.rules.iter().any(|declared| declared.id == rule)
    }

    /// Refuses what cannot be shown or used.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let refuse = |problem: String| Err(Refusal::Description { problem });
        if !is_kebab(&self.name) {
            return refuse("its name is not words of small letters joined by dashes".to_owned());
        }
        for (what, line) in [("version", &self.version), ("summary", &self.summary)] {
            if line.trim().is_empty() || line.chars().count() > MAX_LINE {
                return refuse(format!("its {what} is empty or too long"));
            }
        }
        if self.rules.len() > MAX_RULES {
            return refuse(format!("it names more than {MAX_RULES} rules"));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let id = rule.id.escape_debug();
            if !is_kebab(&rule.id) {
                return refuse(format!(
                    "the rule “{id}” is not words of small letters joined by dashes"
                ));
            }
            if rule.id == BROKEN_RULE {
                return refuse(format!("the rule {BROKEN_RULE} is the host's own"));
            }
            if self.rules[..index].iter().any(|other| other.id == rule.id) {
                return refuse(format!("it names the rule {id} twice"));
            }
            if rule.summary.chars().count() > MAX_LINE || rule.help.chars().count() > MAX_TEXT {
                return refuse(format!("the rule {id} has too long a text"));
            }
        }
        self.check_schema()
    }

    /// References could make a small schema endless work, outside of every limit, so there are none.
    fn check_schema(&self) -> Result<(), Refusal> {
        let refuse = |problem: String| Err(Refusal::Description { problem });
        if let Some(key) = reference(&self.settings_schema) {
            return refuse(format!("its settings schema uses {key}"));
        }
        if self.settings_schema.to_string().chars().count() > MAX_TEXT {
            return refuse("its settings schema is too long".to_owned());
        }
        match fit::dialect().build(&self.settings_schema) {
            Ok(_) => Ok(()),
            Err(error) => refuse(format!("its settings schema is no JSON Schema: {error}")),
        }
    }
}

/// The first keyword that refers to another schema, even where it would be plain data.
fn reference(value: &Value) -> Option<&str> {
    match value {
        Value::Object(entries) => entries.iter().find_map(|(key, value)| {
            if matches!(key.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef") {
                Some(key.as_str())
            } else {
                reference(value)
            }
        }),
        Value::Array(values) => values.iter().find_map(reference),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description(settings_schema: Value) -> Description {
        Description {
            name: "change-window".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Promotes in the window".to_owned(),
            rules: vec![Rule {
                id: "too-late".to_owned(),
                severity: Severity::Error,
                summary: "After the window".to_owned(),
                help: String::new(),
            }],
            settings_schema,
        }
    }

    fn problem(description: &Description) -> String {
        match description.check() {
            Ok(()) => String::new(),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn a_sound_description_passes() {
        assert_eq!(problem(&description(json!({ "type": "object" }))), "");
    }

    #[test]
    fn what_cannot_be_shown_or_used_is_refused() {
        let refused = |change: &dyn Fn(&mut Description), said: &str| {
            let mut description = description(json!({}));
            change(&mut description);
            let problem = problem(&description);
            assert!(problem.contains(said), "{problem:?} does not say {said:?}");
        };
        refused(&|d| d.name = "Change Window".to_owned(), "its name");
        refused(&|d| d.version = String::new(), "its version");
        refused(&|d| d.summary = "x".repeat(1_001), "its summary");
        refused(&|d| d.rules[0].id = "a/b".to_owned(), "the rule “a/b”");
        refused(&|d| d.rules[0].id = "broken".to_owned(), "host's own");
        refused(&|d| d.rules.push(d.rules[0].clone()), "too-late twice");
        refused(&|d| d.rules[0].help = "x".repeat(20_001), "too long a text");
        refused(
            &|d| d.rules = vec![d.rules[0].clone(); 201],
            "more than 200 rules",
        );
    }

    #[test]
    fn a_schema_that_refers_or_is_none_is_refused() {
        for (schema, said) in [
            (json!({ "$ref": "#" }), "uses $ref"),
            (
                json!({ "allOf": [{ "$dynamicRef": "#a" }] }),
                "uses $dynamicRef",
            ),
            (json!({ "$ref": "https://example.com/s.json" }), "uses $ref"),
            (json!({ "type": "nonsense" }), "is no JSON Schema"),
            (json!({ "pattern": "(" }), "is no JSON Schema"),
            (json!({ "pattern": "(?=a)" }), "is no JSON Schema"),
            (
                json!({ "$schema": "https://example.com/s.json" }),
                "is no JSON Schema",
            ),
            (json!({ "title": "x".repeat(20_000) }), "too long"),
        ] {
            let problem = problem(&description(schema.clone()));
            assert!(problem.contains(said), "{schema}: {problem:?}");
        }
    }
}
