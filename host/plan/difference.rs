//! What two plans of the same act, or two states of the rules, differ in, field by field.
//!
//! They are compared as data, so that a field that is added to them later cannot be forgotten.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// Where it stands: the names from the outermost to its own, with dots between.
    pub path: String,
    /// What it was; null where there was nothing.
    pub before: Value,
    /// What it is; null where nothing is left.
    pub after: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (spelled(&self.before), spelled(&self.after));
        write!(f, "{}: {before} → {after}", self.path)
    }
}

impl Difference {
    /// What came or went, where it is one or the other.
    fn alone(&self) -> Option<&Value> {
        match (&self.before, &self.after) {
            (Value::Null, it) | (it, Value::Null) => Some(it),
            _ => None,
        }
    }

    /// It in a line, where what came or went is told in full in the lines of its parts.
    pub fn brief(&self) -> String {
        match self.alone() {
            None => self.to_string(),
            Some(it) if named(it).is_some() => self.path.clone(),
            Some(it) => format!("{}: {}", self.path, spelled(it)),
        }
    }

    /// The parts of what came or went, a line each.
    pub fn parts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(it) = self.alone() {
            leaves("", it, &mut lines);
        }
        lines
    }
}

/// The most differences that a line tells; `regent policy diff` has them all.
const IN_A_LINE: usize = 5;

/// What differs, in a line.
pub fn in_a_line(differences: &[Difference]) -> String {
    let told = differences.iter().take(IN_A_LINE);
    let mut told: Vec<String> = told.map(ToString::to_string).collect();
    let more = differences.len() - told.len();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join("; ")
}

/// Every value in a value of several parts, by its path.
fn leaves(path: &str, value: &Value, lines: &mut Vec<String>) {
    match named(value) {
        Some(parts) => {
            // What the thing is called stands in the path that leads to it.
            let called = |name: &String| path.is_empty() && (name == "name" || name == "code");
            for (name, part) in parts.into_iter().filter(|(name, _)| !called(name)) {
                leaves(&below(path, &name), part, lines);
            }
        }
        None if path.is_empty() => {}
        None => lines.push(format!("{path}: {}", spelled(value))),
    }
}

/// What may differ without making it another plan: where files lie, and the update file's spelling.
const FREE: [&str; 3] = ["update.name", "update.bytes", "backup.path"];

/// Each field that differs, in their own order.
pub(super) fn between<T: Serialize>(planned: &T, now: &T) -> Vec<Difference> {
    let data = |it: &T| serde_json::to_value(it).expect("it is plain data");
    let mut found = Vec::new();
    compare("", &data(planned), &data(now), &mut found);
    found
}

fn compare(path: &str, planned: &Value, now: &Value, found: &mut Vec<Difference>) {
    if planned == now || FREE.contains(&path) {
        return;
    }
    match (parts(planned, now), parts(now, planned)) {
        (Some(planned), Some(now)) => {
            for (name, value) in &planned {
                let other = find(&now, name).unwrap_or(&Value::Null);
                compare(&below(path, name), value, other, found);
            }
            for (name, value) in &now {
                if find(&planned, name).is_none() {
                    compare(&below(path, name), &Value::Null, value, found);
                }
            }
        }
        _ => found.push(Difference {
            path: path.to_owned(),
            before: planned.clone(),
            after: now.clone(),
        }),
    }
}

/// The named parts of a value; a list that has nothing in it may be left out.
fn parts<'a>(value: &'a Value, other: &Value) -> Option<Vec<(String, &'a Value)>> {
    match value {
        Value::Null if other.is_array() => Some(Vec::new()),
        _ => named(value),
    }
}

fn find<'a>(fields: &[(String, &'a Value)], name: &str) -> Option<&'a Value> {
    let mut found = fields.iter().filter(|(known, _)| known == name);
    found.next().map(|(_, value)| *value)
}

/// The parts of an object, and those of a list whose items have names.
fn named(value: &Value) -> Option<Vec<(String, &Value)>> {
    let name = |item: &Value| {
        let name = item.get("name").or_else(|| item.get("code"))?;
        Some(name.as_str()?.to_owned())
    };
    match value {
        Value::Object(fields) => Some(fields.iter().map(|(key, v)| (key.clone(), v)).collect()),
        Value::Array(items) => items.iter().map(|item| Some((name(item)?, item))).collect(),
        _ => None,
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spelled).collect();
            items.join(", ")
        }
        // What came or went is told by its name, and by what there is to know of it in a word.
        Value::Object(fields) => [
            "version",
            "require",
            "until",
            "at-least",
            "component",
            "key",
        ]
        .iter()
        .find_map(|key| Some(format!("{key} {}", spelled(fields.get(*key)?))))
        .unwrap_or_else(|| value.to_string()),
        _ => value.to_string(),
    }
}
