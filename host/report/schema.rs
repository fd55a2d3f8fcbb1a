//! The JSON Schema of each report's JSON form.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{Report, json};

/// The JSON Schema (draft 2020-12) that every `--format json` of this report fulfils.
///
/// Fields may be added later, so a reader should pass over those it does not know.
pub fn json_schema<R: Report>() -> String {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<R>();
    let name = json::schema_name::<R>();
    schema.insert("title".to_owned(), name.clone().into());
    let properties = schema.ensure_object().entry("properties");
    if let Some(properties) = properties.or_insert_with(|| json!({})).as_object_mut() {
        let constant = json!({ "const": name, "description": "names this form" });
        properties.insert("schema".to_owned(), constant);
    }
    let required = schema.ensure_object().entry("required");
    if let Value::Array(required) = required.or_insert_with(|| json!([])) {
        required.insert(0, "schema".into());
    }
    json::text(&schema)
}
