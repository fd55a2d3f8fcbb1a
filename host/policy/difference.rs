//! In what two components differ, for whoever is to put the newer in the older's place. Pure.

use serde::Serialize;
use serde_json::Value;

use super::description::Rule;
use super::inspection::Inspection;

/// One thing in which two components differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What: `version`, `rule too-old: severity`, `settings /properties/hours/minimum`.
    pub what: String,
    /// How it was; nothing where it was not there.
    pub before: Option<String>,
    /// How it is now; nothing where it is gone.
    pub after: Option<String>,
}

impl Inspection {
    /// In what `newer` differs from this: what it is asked, says and wants first, its bytes last.
    /// Empty only where both are the same to the byte.
    pub fn changes_to(&self, newer: &Self) -> Vec<Change> {
        let mut changes = Changes(Vec::new());
        let (old, new) = (&self.description, &newer.description);
        changes.of("name", Some(&old.name), Some(&new.name));
        changes.of("version", Some(&old.version), Some(&new.version));
        changes.of("summary", Some(&old.summary), Some(&new.summary));
        changes.of("contract", Some(self.contract()), Some(newer.contract()));
        let exports = |inspection: &Self| inspection.named(&inspection.exports);
        changes.sets("export", &exports(self), &exports(newer));
        let imports = |inspection: &Self| inspection.named(&inspection.imports);
        changes.sets("import", &imports(self), &imports(newer));
        changes.rules(&old.rules, &new.rules);
        let schemas = (Some(&old.settings_schema), Some(&new.settings_schema));
        changes.json("settings ", schemas.0, schemas.1);
        let (old, new) = (&self.producers, &newer.producers);
        changes.sets("language", &old.languages, &new.languages);
        changes.sets("tool", &old.tools, &new.tools);
        let bytes = |inspection: &Self| format!("{} bytes", inspection.bytes);
        changes.of("size", Some(&bytes(self)), Some(&bytes(newer)));
        let digest = |inspection: &Self| inspection.digest.to_string();
        changes.of("sha-256", Some(&digest(self)), Some(&digest(newer)));
        changes.0
    }

    /// Interfaces without the version of the contract, which is a change of its own.
    fn named(&self, interfaces: &[String]) -> Vec<String> {
        let version = format!("@{}", self.contract());
        let named = |name: &String| name.strip_suffix(&version).unwrap_or(name).to_owned();
        interfaces.iter().map(named).collect()
    }
}

struct Changes(Vec<Change>);

impl Changes {
    fn of(&mut self, what: &str, before: Option<&str>, after: Option<&str>) {
        if before != after {
            self.0.push(Change {
                what: what.to_owned(),
                before: before.map(str::to_owned),
                after: after.map(str::to_owned),
            });
        }
    }

    /// Lists whose order means nothing.
    fn sets(&mut self, what: &str, before: &[String], after: &[String]) {
        for gone in before.iter().filter(|name| !after.contains(name)) {
            self.of(what, Some(gone), None);
        }
        for come in after.iter().filter(|name| !before.contains(name)) {
            self.of(what, None, Some(come));
        }
    }

    fn rules(&mut self, before: &[Rule], after: &[Rule]) {
        let told = |rule: &Rule| format!("{}: {}", rule.severity, rule.summary);
        for old in before {
            let what = format!("rule {}", old.id);
            let Some(new) = after.iter().find(|rule| rule.id == old.id) else {
                self.of(&what, Some(&told(old)), None);
                continue;
            };
            let (was, is) = (old.severity.to_string(), new.severity.to_string());
            self.of(&format!("{what}: severity"), Some(&was), Some(&is));
            let summary = format!("{what}: summary");
            self.of(&summary, Some(&old.summary), Some(&new.summary));
            self.of(&format!("{what}: help"), Some(&old.help), Some(&new.help));
        }
        for new in after {
            if !before.iter().any(|rule| rule.id == new.id) {
                self.of(&format!("rule {}", new.id), None, Some(&told(new)));
            }
        }
    }

    /// The smallest parts that differ, each at its place.
    fn json(&mut self, place: &str, before: Option<&Value>, after: Option<&Value>) {
        if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
            let come = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(come) {
                let spelled = key.replace('~', "~0").replace('/', "~1");
                let below = format!("{place}/{spelled}");
                self.json(&below, old.get(key), new.get(key));
            }
            return;
        }
        let text = |value: Option<&Value>| value.map(Value::to_string);
        let place = place.trim_end();
        self.of(place, text(before).as_deref(), text(after).as_deref());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Description, Producers, Usage};
    use super::*;
    use crate::finding::Severity;
    use crate::identity::Digest;

    fn inspection() -> Inspection {
        let rule = |id: &str| Rule {
            id: id.to_owned(),
            severity: Severity::Error,
            summary: format!("Checks {id}"),
            help: String::new(),
        };
        Inspection {
            component: "old.wasm".into(),
            digest: Digest::of(b"old"),
            bytes: 3,
            imports: vec!["regent:plugin/log@1.0.0".to_owned()],
            exports: vec!["regent:plugin/about@1.0.0".to_owned()],
            validates: false,
            decides: true,
            description: Description {
                name: "window".to_owned(),
                version: "1.0.0".to_owned(),
                summary: "Keeps the window".to_owned(),
                rules: vec![rule("too-late"), rule("frozen")],
                settings_schema: json!({ "properties": { "hours": { "minimum": 1 } } }),
            },
            producers: Producers::default(),
            describing: Usage::default(),
            fitted: None,
        }
    }

    fn told(changes: &[Change]) -> String {
        let line = |change: &Change| {
            let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "–".to_owned());
            let (before, after) = (side(&change.before), side(&change.after));
            format!("{}: {before} → {after}", change.what)
        };
        changes.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_component_does_not_differ_from_itself() {
        let mut moved = inspection();
        moved.component = "elsewhere.wasm".into();
        moved.describing.fuel = 7;
        assert_eq!(inspection().changes_to(&moved), []);
    }

    #[test]
    fn everything_that_differs_is_told() {
        let mut newer = inspection();
        newer.bytes = 4;
        newer.digest = Digest::of(b"new");
        newer.imports = Vec::new();
        newer.exports = vec![
            "regent:plugin/about@1.1.0".to_owned(),
            "regent:plugin/validator@1.1.0".to_owned(),
        ];
        newer.producers.languages = vec!["Rust".to_owned()];
        newer.producers.tools = vec!["rustc 1.95.0".to_owned()];
        let description = &mut newer.description;
        description.version = "2.0.0".to_owned();
        description.rules.remove(0);
        description.rules[0].severity = Severity::Warning;
        description.rules[0].help = "wait".to_owned();
        description.rules.push(Rule {
            id: "too-early".to_owned(),
            severity: Severity::Info,
            summary: "Before the window".to_owned(),
            help: String::new(),
        });
        description.settings_schema = json!({
            "properties": { "hours": { "minimum": 2 }, "a/b": {} },
            "required": ["hours"],
        });
        insta::assert_snapshot!(told(&inspection().changes_to(&newer)), @r#"
        version: 1.0.0 → 2.0.0
        contract: 1.0.0 → 1.1.0
        export: – → regent:plugin/validator
        import: regent:plugin/log → –
        rule too-late: error: Checks too-late → –
        rule frozen: severity: error → warning
        rule frozen: help:  → wait
        rule too-early: – → info: Before the window
        settings /properties/hours/minimum: 1 → 2
        settings /properties/a~1b: – → {}
        settings /required: – → ["hours"]
        language: – → Rust
        tool: – → rustc 1.95.0
        size: 3 bytes → 4 bytes
        sha-256: cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4 → 11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437
        "#);
    }

    #[test]
    fn a_schema_of_another_kind_differs_as_a_whole() {
        let mut newer = inspection();
        newer.description.settings_schema = json!(true);
        insta::assert_snapshot!(told(&inspection().changes_to(&newer)), @r#"settings: {"properties":{"hours":{"minimum":1}}} → true"#);
    }
}
