//! Whether a plugin's settings are what its schema says, and the form in which they go over.
//!
//! A number has one spelling, however it was written: a plugin whose language tells whole numbers
//! from others is never told `24.0` where its schema says integer.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Keyword, PatternOptions, ValidationError};
use serde_json::{Map, Number, Value};

use super::description::Description;
use super::error::{Refusal, SettingsProblem};
use super::told::{KEYWORD, PEOPLE, PERIODS, ZONE};
use super::zones;

/// The most problems that are told of one plugin's settings.
const MAX_PROBLEMS: usize = 50;

/// The longest line about a problem, in characters.
const MAX_LINE: usize = 1_000;

/// The most slips of the finger between a name and the one that was meant.
const MAX_SLIPS: usize = 3;

/// Up to here, 2⁵³ − 1, a floating-point number is the whole number that was written (RFC 8259).
const EXACT: f64 = 9_007_199_254_740_991.0;

/// The last floating-point number before 2⁶³, where the whole numbers of plugins' languages end.
const WIDEST: f64 = 9_223_372_036_854_774_784.0;

impl Description {
    /// The settings in the form in which they are handed over; refused where they do not fit the
    /// schema, with everything that is wrong at once.
    pub fn fit(&self, written: &Value) -> Result<Value, Refusal> {
        let settings = whole(written, EXACT);
        self.hold_against(&dialect(), &settings)?;
        // What is whole beyond that stands where the schema takes any number.
        Ok(spelled(&settings))
    }

    /// Checks settings that were handed over as they are, maybe by an earlier regent.
    pub(super) fn check_kept(&self, settings: &Value) -> Result<(), Refusal> {
        self.hold_against(&options(), settings)
    }

    fn hold_against(
        &self,
        options: &jsonschema::ValidationOptions<'_>,
        settings: &Value,
    ) -> Result<(), Refusal> {
        let schema = options.build(&self.settings_schema);
        let schema = schema.map_err(|error| Refusal::Description {
            problem: format!("its settings schema is no JSON Schema: {error}"),
        })?;
        let problems: Vec<_> = schema
            .iter_errors(settings)
            .flat_map(|error| self.problems(&error))
            .take(MAX_PROBLEMS)
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Settings { problems })
        }
    }

    /// What one error of the schema comes to, in words for whoever wrote regent.toml.
    fn problems(&self, error: &ValidationError<'_>) -> Vec<SettingsProblem> {
        let path = error.instance_path().to_string();
        let below = |name: &str, message: String| SettingsProblem {
            path: format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")),
            message,
        };
        let at = error.schema_path().to_string();
        let part = at.rsplit_once('/').map_or("", |(part, _)| part);
        let part = self.settings_schema.pointer(part);
        let message = match error.kind() {
            ValidationErrorKind::Required { property } => {
                return vec![below(
                    property.as_str().unwrap_or_default(),
                    "is missing".to_owned(),
                )];
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = part.and_then(|part| part.get("properties")?.as_object());
                let known = || known.iter().flat_map(|known| known.keys());
                let unknown = |name: &String| {
                    let meant = nearest(name, known());
                    let meant = meant.map(|name| format!("; did you mean `{name}`?"));
                    below(
                        name,
                        format!("there is no such setting{}", meant.unwrap_or_default()),
                    )
                };
                return unexpected.iter().map(unknown).collect();
            }
            // The schema takes no settings at all, or none but those it names.
            ValidationErrorKind::FalseSchema => {
                format!("the plugin takes no such setting ({})", error.instance())
            }
            ValidationErrorKind::Enum { options } => {
                format!("{} is none of {options}", error.instance())
            }
            _ => error.to_string(),
        };
        let meaning = part.and_then(|part| part.get("description")?.as_str());
        let meaning = meaning.map(|meaning| format!(" – {meaning}"));
        // One line, whatever the plugin's author put into the schema.
        let message = format!("{message}{}", meaning.unwrap_or_default());
        let message = message.replace(['\n', '\r'], " ");
        let message = message.chars().take(MAX_LINE).collect();
        vec![SettingsProblem { path, message }]
    }
}

/// The name that was probably meant.
fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    known
        .map(|name| (strsim::osa_distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= MAX_SLIPS)
        .min()
        .map(|(_, name)| name)
}

/// JSON Schema as it is.
pub(super) fn options() -> jsonschema::ValidationOptions<'static> {
    jsonschema::options()
        .offline()
        // The engine that takes linear time: the pattern is the plugin's.
        .with_pattern_options(PatternOptions::regex())
}

/// JSON Schema with an `integer` that every language reads as one, and with what a plugin asks of
/// the host.
pub(super) fn dialect() -> jsonschema::ValidationOptions<'static> {
    options()
        .with_keyword("type", |_, value, _| Ok(Box::new(Type::of(value))))
        .with_keyword(KEYWORD, |_, value, _| match value.as_str() {
            Some(ZONE) => Ok(Box::new(Asked::Zone)),
            Some(PERIODS | PEOPLE) => Ok(Box::new(Asked::Filled)),
            _ => Err(ValidationError::schema(format!(
                "this regent knows no {KEYWORD} of {value}"
            ))),
        })
}

/// The keyword `x-regent`.
enum Asked {
    /// A text names a time zone.
    Zone,
    /// The host fills it in.
    Filled,
}

impl<'i> Keyword<'i> for Asked {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        match (self, value.as_str()) {
            (Self::Zone, Some(name)) if zones::zone(name).is_none() => {
                Err(ValidationError::custom(zones::unknown(name)))
            }
            (Self::Zone, _) => Ok(()),
            (Self::Filled, _) => Err(ValidationError::custom(
                "is no setting: regent fills it in when it asks the plugin",
            )),
        }
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        self.validate(value).is_ok()
    }
}

/// The keyword `type`.
struct Type(Vec<String>);

impl Type {
    fn of(value: &Value) -> Self {
        let names = match value {
            Value::Array(names) => names.as_slice(),
            name => std::slice::from_ref(name),
        };
        let names = names.iter().filter_map(Value::as_str);
        Self(names.map(str::to_owned).collect())
    }

    fn holds(&self, value: &Value) -> bool {
        self.0.iter().any(|name| match name.as_str() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            _ => false,
        })
    }
}

impl<'i> Keyword<'i> for Type {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.holds(value) {
            return Ok(());
        }
        let types = if self.0.len() == 1 { "type" } else { "types" };
        let names = self.0.join("\", \"");
        let inexact = value.is_f64() && value.as_f64().is_some_and(|it| it.abs() > EXACT);
        let why = if inexact && self.0.iter().any(|name| name == "integer") {
            ": that large, a number with a point or an exponent may be another than was written; \
             write its digits alone"
        } else {
            ""
        };
        let message = format!("{value} is not of {types} \"{names}\"{why}");
        Err(ValidationError::custom(message))
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        self.holds(value)
    }
}

/// Settings that fit, in the form in which they are handed over.
pub fn spelled(settings: &Value) -> Value {
    whole(settings, WIDEST)
}

/// The same with every whole number up to `limit` spelled as one: without point and exponent.
fn whole(value: &Value, limit: f64) -> Value {
    match value {
        Value::Number(number) => Value::Number(whole_number(number, limit)),
        Value::Array(values) => values.iter().map(|value| whole(value, limit)).collect(),
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(name, value)| (name.clone(), whole(value, limit)));
            entries.collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it has no fraction and lies within the limit"
)]
fn whole_number(number: &Number, limit: f64) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= limit => {
            (float as i64).into()
        }
        _ => number.clone(),
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
            rules: Vec::new(),
            settings_schema,
        }
    }

    /// What is handed over of TOML, as text; what is wrong where it is refused.
    fn over(schema: &Value, toml: &str) -> String {
        let settings = crate::policy::plugin_settings(toml).expect("settings");
        match description(schema.clone()).fit(&settings) {
            Ok(told) => told.to_string(),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn a_whole_number_goes_over_as_one_however_it_was_written() {
        let schema = json!({
            "type": "object",
            "properties": {
                "hours": { "type": "integer", "minimum": 1 },
                "days": { "type": "array", "items": { "type": "integer" } },
                "limits": { "additionalProperties": { "properties": { "most": { "type": "integer" } } } },
                "either": { "anyOf": [{ "type": "integer" }, { "type": "string" }] },
                "share": { "type": ["number", "null"] },
                "named": { "enum": [1, 2.5] },
            },
        });
        for (written, told) in [
            ("hours = 24.0", r#"{"hours":24}"#),
            ("hours = 2.4e1", r#"{"hours":24}"#),
            (
                "hours = 9007199254740991.0",
                r#"{"hours":9007199254740991}"#,
            ),
            (
                "hours = 9223372036854775807",
                r#"{"hours":9223372036854775807}"#,
            ),
            ("days = [1.0, -2e0, 3, -0.0]", r#"{"days":[1,-2,3,0]}"#),
            (
                "days = [-9007199254740991.0]",
                r#"{"days":[-9007199254740991]}"#,
            ),
            ("limits.a.most = 1e3", r#"{"limits":{"a":{"most":1000}}}"#),
            ("either = 7.0", r#"{"either":7}"#),
            ("share = 1.0", r#"{"share":1}"#),
            ("share = 0.50", r#"{"share":0.5}"#),
            ("share = 1e18", r#"{"share":1000000000000000000}"#),
            (
                "share = -9007199254740994.0",
                r#"{"share":-9007199254740994}"#,
            ),
            ("share = 1e300", r#"{"share":1e+300}"#),
            ("named = 1.0", r#"{"named":1}"#),
            // The schema says nothing of it.
            ("other = [{ a = 2.0 }]", r#"{"other":[{"a":2}]}"#),
            ("other = '24.0'", r#"{"other":"24.0"}"#),
        ] {
            assert_eq!(over(&schema, written), told, "{written}");
        }
    }

    #[test]
    fn what_is_no_whole_number_is_refused_where_the_schema_says_integer() {
        let schema = json!({
            "type": "object",
            "properties": {
                "hours": { "type": "integer" },
                "days": { "type": "array", "items": { "type": ["integer", "null"] } },
                "either": { "anyOf": [{ "type": "integer" }, { "type": "string" }] },
            },
        });
        let mut told = String::new();
        for written in [
            "hours = 24.5",
            "hours = 9007199254740993.0",
            "hours = -9007199254740992.0",
            "hours = 1e300",
            "days = [1.0, 0.1, 1e20]",
            "either = 1.5",
            "either = 1e20",
        ] {
            told += &format!("{written}\n{}\n", over(&schema, written));
        }
        insta::assert_snapshot!(told, @r#"
        hours = 24.5
        its settings do not fit
          /hours: 24.5 is not of type "integer"
        hours = 9007199254740993.0
        its settings do not fit
          /hours: 9007199254740992.0 is not of type "integer": that large, a number with a point or an exponent may be another than was written; write its digits alone
        hours = -9007199254740992.0
        its settings do not fit
          /hours: -9007199254740992.0 is not of type "integer": that large, a number with a point or an exponent may be another than was written; write its digits alone
        hours = 1e300
        its settings do not fit
          /hours: 1e+300 is not of type "integer": that large, a number with a point or an exponent may be another than was written; write its digits alone
        days = [1.0, 0.1, 1e20]
        its settings do not fit
          /days/1: 0.1 is not of types "integer", "null"
          /days/2: 1e+20 is not of types "integer", "null": that large, a number with a point or an exponent may be another than was written; write its digits alone
        either = 1.5
        its settings do not fit
          /either: 1.5 is not valid under any of the schemas listed in the 'anyOf' keyword
        either = 1e20
        its settings do not fit
          /either: 1e+20 is not valid under any of the schemas listed in the 'anyOf' keyword
        "#);
    }

    /// What was handed over before is neither spelled anew nor refused for what was once allowed.
    #[test]
    fn what_was_handed_over_is_checked_as_it_was() {
        let description = description(json!({ "properties": { "hours": { "type": "integer" } } }));
        for kept in [json!({ "hours": 24.0 }), json!({ "hours": 1e300 })] {
            assert!(description.check_kept(&kept).is_ok(), "{kept}");
        }
        assert!(description.check_kept(&json!({ "hours": 0.5 })).is_err());
    }

    #[test]
    fn every_wrong_setting_is_told_with_its_path() {
        let schema = json!({
            "type": "object",
            "properties": {
                "hours": { "description": "How long, in hours.", "type": "integer", "minimum": 1 },
                "days": { "type": "array", "items": { "enum": ["monday"] } },
            },
            "required": ["zone"],
            "additionalProperties": false,
        });
        let settings = json!({ "hours": 0, "days": ["monday", "x"], "day": 1 });
        let refusal = description(schema).fit(&settings).expect_err("wrong");
        insta::assert_snapshot!(refusal, @r#"
        its settings do not fit
          /days/1: "x" is none of ["monday"]
          /hours: 0 is less than the minimum of 1 – How long, in hours.
          /day: there is no such setting; did you mean `days`?
          /zone: is missing
        "#);
    }
}
