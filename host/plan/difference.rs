//! What two plans of the same act, or two states of the rules, differ in, field by field.
//!
//! They are compared as data, so that a field that is added to them later cannot be forgotten.

use serde::Serialize;
use serde_json::Value;

/// What may differ without making it another plan: where files lie, and the update file's spelling.
const FREE: [&str; 3] = ["update.name", "update.bytes", "backup.path"];

/// A line for each field that differs, in their own order.
pub(super) fn between<T: Serialize>(planned: &T, now: &T) -> Vec<String> {
    let data = |it: &T| serde_json::to_value(it).expect("it is plain data");
    let mut lines = Vec::new();
    compare("", &data(planned), &data(now), &mut lines);
    lines
}

fn compare(path: &str, planned: &Value, now: &Value, lines: &mut Vec<String>) {
    if planned == now || FREE.contains(&path) {
        return;
    }
    match (parts(planned, now), parts(now, planned)) {
        (Some(planned), Some(now)) => {
            for (name, value) in &planned {
                let other = find(&now, name).unwrap_or(&Value::Null);
                compare(&below(path, name), value, other, lines);
            }
            for (name, value) in &now {
                if find(&planned, name).is_none() {
                    compare(&below(path, name), &Value::Null, value, lines);
                }
            }
        }
        _ => lines.push(format!("{path}: {} → {}", spelled(planned), spelled(now))),
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
