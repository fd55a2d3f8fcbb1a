//! What two plans of the same act differ in, field by field.
//!
//! The plans are compared as data, so that a field that is added to them later cannot be forgotten.

use serde_json::Value;

use super::Plan;

/// What may differ without making it another plan: where files lie, and the update file's spelling.
const FREE: [&str; 3] = ["update.name", "update.bytes", "backup.path"];

/// A line for each field that differs, in the plan's own order.
pub(super) fn between(planned: &Plan, now: &Plan) -> Vec<String> {
    let data = |plan: &Plan| serde_json::to_value(plan).expect("a plan is plain data");
    let mut lines = Vec::new();
    compare("", &data(planned), &data(now), &mut lines);
    lines
}

fn compare(path: &str, planned: &Value, now: &Value, lines: &mut Vec<String>) {
    if planned == now || FREE.contains(&path) {
        return;
    }
    match (named(planned), named(now)) {
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

fn find<'a>(fields: &[(String, &'a Value)], name: &str) -> Option<&'a Value> {
    let mut found = fields.iter().filter(|(known, _)| known == name);
    found.next().map(|(_, value)| *value)
}

/// The parts of an object, and those of a list whose items have names.
fn named(value: &Value) -> Option<Vec<(String, &Value)>> {
    match value {
        Value::Object(fields) => Some(fields.iter().map(|(key, v)| (key.clone(), v)).collect()),
        Value::Array(items) => items
            .iter()
            .map(|item| Some((item.get("name")?.as_str()?.to_owned(), item)))
            .collect(),
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
        // A plugin that came or went is told by what it is called and which version it is.
        Value::Object(fields) => fields
            .get("version")
            .and_then(Value::as_str)
            .map_or_else(|| value.to_string(), |version| format!("version {version}")),
        _ => value.to_string(),
    }
}
