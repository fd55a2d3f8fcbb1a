//! A plugin's settings in a file of their own, and where in it each of them stands.

use jiff::Timestamp;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::description::Description;
use super::error::{Refusal, SettingsProblem};
use super::inspection::Inspection;
use super::settings::{Limits, plugin_settings};
use crate::source::{Position, SourceFile};

/// What a file of JSON is named like; every other is TOML.
const JSON: &str = ".json";

/// One thing wrong with a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// What is wrong, and with which setting.
    pub problem: SettingsProblem,
    /// Where in the file: the setting, or else what should hold it; unknown in JSON that is
    /// written well.
    pub at: Option<Position>,
}

impl Inspection {
    /// Checks a settings file as loading checks `[plugin.settings]`, everything at once and in the
    /// order of the file; a file that cannot be understood is one thing wrong. What fits is tried on
    /// the plugin.
    pub fn check_settings_file(
        &self,
        file: &SourceFile,
        now: Timestamp,
    ) -> Result<Vec<Misfit>, Refusal> {
        let told = match self.description.fit_file(file)? {
            Ok(told) => told,
            Err(misfits) => return Ok(misfits),
        };
        match self.try_out(&told, Limits::default(), now) {
            Ok(()) => Ok(Vec::new()),
            Err(refusal @ Refusal::Tried { .. }) => Ok(vec![unclear(refusal.line(), None)]),
            Err(other) => Err(other),
        }
    }
}

impl Description {
    fn fit_file(&self, file: &SourceFile) -> Result<Result<Value, Vec<Misfit>>, Refusal> {
        let json = file.name().ends_with(JSON);
        let understood = if json {
            from_json(file)
        } else {
            from_toml(file)
        };
        let settings = match understood {
            Ok(settings) => settings,
            Err(misfit) => return Ok(Err(vec![misfit])),
        };
        let problems = match self.fit(&settings) {
            Ok(told) => return Ok(Ok(told)),
            Err(Refusal::Settings { problems }) => problems,
            Err(other) => return Err(other),
        };
        let placed = |problem: SettingsProblem| {
            let at = if json {
                None
            } else {
                place(file, &problem.path)
            };
            Misfit { problem, at }
        };
        let mut misfits: Vec<Misfit> = problems.into_iter().map(placed).collect();
        misfits.sort_by_key(|misfit| misfit.at.map(|at| (at.line, at.column)));
        Ok(Err(misfits))
    }
}

/// The file as a whole cannot be understood.
fn unclear(message: String, at: Option<Position>) -> Misfit {
    let path = String::new();
    Misfit {
        problem: SettingsProblem { path, message },
        at,
    }
}

fn from_toml(file: &SourceFile) -> Result<Value, Misfit> {
    plugin_settings(file.text()).map_err(|error| {
        let at = error.span().map(|span| position(file, span.start));
        unclear(error.message().to_owned(), at)
    })
}

fn from_json(file: &SourceFile) -> Result<Value, Misfit> {
    let settings: Value = serde_json::from_str(file.text()).map_err(|error| {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (line, column) = (count(error.line()), count(error.column()));
        let said = error.to_string();
        // Where it is stands before it already.
        let said = said
            .rsplit_once(" at line ")
            .map_or(&*said, |(said, _)| said);
        unclear(said.to_owned(), Some(Position { line, column }))
    })?;
    if settings.is_object() {
        Ok(settings)
    } else {
        let message = "it is no object of settings: { \"NAME\": VALUE, … }".to_owned();
        Err(unclear(message, None))
    }
}

fn position(file: &SourceFile, offset: usize) -> Position {
    file.position(u32::try_from(offset).unwrap_or(u32::MAX))
}

/// Where a setting stands, by its path; one that is missing, where it should stand.
fn place(file: &SourceFile, path: &str) -> Option<Position> {
    let table = DeTable::parse(file.text()).ok()?;
    let mut offset = 0;
    let mut value = &DeValue::Table(table.into_inner());
    for step in path.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let next = match value {
            DeValue::Table(table) => table
                .iter()
                .find(|(name, _)| **name.get_ref() == step)
                .map(|(name, value)| (name.span().start, value)),
            DeValue::Array(values) => step
                .parse()
                .ok()
                .and_then(|index: usize| values.get(index))
                .map(|value| (value.span().start, value)),
            _ => None,
        };
        let Some((start, below)) = next else { break };
        (offset, value) = (start, below.get_ref());
    }
    Some(position(file, offset))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(name: &str, text: &str) -> String {
        let file = SourceFile::decode_text(name, text.as_bytes()).expect("a text");
        let description = Description {
            name: "change-window".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "Promotes in the window".to_owned(),
            rules: Vec::new(),
            settings_schema: json!({
                "type": "object",
                "properties": {
                    "hours": { "type": "integer" },
                    "zone": {},
                    "windows": { "type": "array", "items": {
                        "type": "object",
                        "properties": { "days": { "items": { "enum": ["monday"] } }, "a/b": {} },
                        "required": ["days"],
                        "additionalProperties": false,
                    } },
                },
                "required": ["zone"],
                "additionalProperties": false,
            }),
        };
        let misfits = description.fit_file(&file).expect("a schema");
        let misfits = misfits.err().unwrap_or_default();
        let line = |misfit: &Misfit| {
            let at = misfit.at.map_or("–".to_owned(), |at| at.to_string());
            format!("{at} {}: {}", misfit.problem.path, misfit.problem.message)
        };
        misfits.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_misfit_has_its_place() {
        let text = "hours = 'four'\nday = 1\n[[windows]]\ndays = [\n  'monday',\n  'm',\n]\n\n\
                    [[windows]]\n\"a/b\" = 1\n'a/c' = 2\n";
        insta::assert_snapshot!(told("settings.toml", text), @r#"
        1:1 /hours: "four" is not of type "integer"
        1:1 /zone: is missing
        2:1 /day: there is no such setting
        6:3 /windows/0/days/1: "m" is none of ["monday"]
        9:1 /windows/1/days: is missing
        11:1 /windows/1/a~1c: there is no such setting; did you mean `a/b`?
        "#);
        // What is missing has its place where the table begins that should hold it.
        insta::assert_snapshot!(told("settings.toml", "# nothing\n"), @r#"1:1 /zone: is missing"#);
        insta::assert_snapshot!(told("settings.toml", "zone = 1\nwindows = [\n  {},\n]\n"), @r#"
        3:3 /windows/0/days: is missing
        "#);
        assert_eq!(told("settings.toml", "zone = 1\nhours = 4\n"), "");
    }

    #[test]
    fn what_is_no_toml_or_json_is_one_misfit() {
        insta::assert_snapshot!(told("settings.toml", "zone = 1\nhours = \n"), @r#"2:9 : string values must be quoted, expected literal string"#);
        insta::assert_snapshot!(told("settings.toml", "zone = nan\n"), @r#"– : a plugin's settings are JSON, which has neither inf nor nan"#);
        insta::assert_snapshot!(told("settings.json", "{\n  \"zone\": 1,,\n}"), @r#"2:13 : key must be a string"#);
        insta::assert_snapshot!(told("settings.json", "[1]"), @r#"– : it is no object of settings: { "NAME": VALUE, … }"#);
        insta::assert_snapshot!(told("settings.json", "{\"hours\": \"four\"}"), @r#"
        – /hours: "four" is not of type "integer"
        – /zone: is missing
        "#);
        assert_eq!(told("settings.json", "{\"zone\": 1}"), "");
    }
}
