//! What `regent.toml` says of a plugin, and the limits a plugin runs under.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::identity::Digest;
use crate::plan::Enforcement;

/// The name an organisation gives a plugin; it stands in the code of everything the plugin finds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginName(String);

/// The text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no name: write small letters, digits and single dashes, as in `change-window`")]
pub struct NotAName(String);

impl PluginName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        if is_kebab(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAName(text.to_owned()))
        }
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PluginName {
    type Error = NotAName;
    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::parse(&text)
    }
}

impl From<PluginName> for String {
    fn from(name: PluginName) -> String {
        name.0
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The longest name of a plugin or a rule, in characters.
const MAX_NAME: usize = 64;

/// Whether `text` is words of small letters and digits, each after the first behind one dash.
pub(super) fn is_kebab(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= MAX_NAME && text.split('-').all(word)
}

/// One `[[plugin]]` of `regent.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PluginSettings {
    /// What the organisation calls it.
    pub name: PluginName,
    /// The component; a relative path starts where `regent.toml` lies.
    pub component: PathBuf,
    /// What its denial does.
    #[serde(default)]
    pub enforcement: Enforcement,
    /// What it is told, checked against its schema before anything runs. A date is told as text.
    #[serde(default = "no_settings", deserialize_with = "table")]
    pub settings: serde_json::Value,
    /// What it may use up in one call.
    #[serde(default)]
    pub limits: Limits,
    /// SHA-256 of the only bytes that are loaded, where somebody has vouched for them.
    #[serde(skip)]
    pub admitted: Option<Digest>,
    /// Whether the settings are those that it was told before, as evidence keeps them, and not as
    /// somebody wrote them: they go over to the letter.
    #[serde(skip)]
    pub kept: bool,
}

fn no_settings() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// Reads a plugin's settings alone: what stands under `[plugin.settings]`.
pub fn plugin_settings(text: &str) -> Result<serde_json::Value, toml::de::Error> {
    table(toml::Deserializer::parse(text)?)
}

/// How deep settings may be nested: well within what readers of JSON follow, which is 128.
const MAX_DEPTH: u8 = 64;

fn table<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<serde_json::Value, D::Error> {
    let table = toml::Table::deserialize(deserializer)?;
    json(toml::Value::Table(table), 0).map_err(serde::de::Error::custom)
}

/// The same as JSON, in which evidence keeps it; `depth` is how many tables and lists lie around it.
fn json(value: toml::Value, depth: u8) -> Result<serde_json::Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!(
            "a plugin's settings have at most {MAX_DEPTH} tables and lists within one another"
        ));
    }
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => serde_json::Number::from_f64(number)
            .ok_or("a plugin's settings are JSON, which has neither inf nor nan")?
            .into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(values) => values
            .into_iter()
            .map(|value| json(value, depth + 1))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        toml::Value::Table(entries) => entries
            .into_iter()
            .map(|(key, value)| json(value, depth + 1).map(|value| (key, value)))
            .collect::<Result<serde_json::Map<_, _>, _>>()?
            .into(),
    })
}

/// What a plugin may use up in one call. Whatever is used up denies.
///
/// Fuel makes the verdict the same on every machine; the deadline is the backstop for what fuel
/// does not see. The defaults hold on an author's laptop as in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// WebAssembly instructions, roughly; a Rust plugin uses about 20 thousand, Python 500 thousand.
    pub fuel: u64,
    /// Time on the clock.
    pub deadline_milliseconds: u64,
    /// All linear memories together: an interpreter has several.
    pub memory_mib: u64,
    /// All tables together.
    pub table_elements: u64,
    /// Live handles to the plugin's own resources.
    pub handles: u64,
    /// Data the plugin hands over in one call, answer or log line.
    pub returned_kib: u64,
    /// Log lines.
    pub log_lines: u64,
    /// Text of all log lines together.
    pub log_kib: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 50_000_000,
            deadline_milliseconds: 2_000,
            memory_mib: 64,
            table_elements: 20_000,
            handles: 1_000,
            returned_kib: 1_024,
            log_lines: 200,
            log_kib: 64,
        }
    }
}

impl Limits {
    /// What a plugin may use up at most where nobody there knows it. Fuel is bounded by time.
    const STRANGERS: Self = Self {
        fuel: u64::MAX,
        deadline_milliseconds: 60_000,
        memory_mib: 1_024,
        table_elements: 10_000_000,
        handles: 1_000_000,
        returned_kib: 65_536,
        log_lines: 100_000,
        log_kib: 65_536,
    };

    /// A limit that is above what a stranger's plugin may use up, and that highest value.
    pub(super) fn excessive(&self) -> Option<(&'static str, u64)> {
        let most = Self::STRANGERS;
        [
            ("fuel", self.fuel, most.fuel),
            (
                "deadline-milliseconds",
                self.deadline_milliseconds,
                most.deadline_milliseconds,
            ),
            ("memory-mib", self.memory_mib, most.memory_mib),
            ("table-elements", self.table_elements, most.table_elements),
            ("handles", self.handles, most.handles),
            ("returned-kib", self.returned_kib, most.returned_kib),
            ("log-lines", self.log_lines, most.log_lines),
            ("log-kib", self.log_kib, most.log_kib),
        ]
        .into_iter()
        .find_map(|(name, is, most)| (is > most).then_some((name, most)))
    }
}

/// [`Limits`] in the units wasmtime counts in; the only place that converts them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Units {
    pub(super) deadline: Duration,
    pub(super) memory_bytes: usize,
    pub(super) table_elements: usize,
    pub(super) handles: usize,
    pub(super) returned_bytes: usize,
    pub(super) log_lines: usize,
    pub(super) log_bytes: usize,
}

impl From<Limits> for Units {
    fn from(limits: Limits) -> Self {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            deadline: Duration::from_millis(limits.deadline_milliseconds),
            memory_bytes: count(limits.memory_mib.saturating_mul(1 << 20)),
            table_elements: count(limits.table_elements),
            handles: count(limits.handles),
            returned_bytes: count(limits.returned_kib.saturating_mul(1 << 10)),
            log_lines: count(limits.log_lines),
            log_bytes: count(limits.log_kib.saturating_mul(1 << 10)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PluginSettings, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let plugin = parse("name = 'change-window'\ncomponent = 'a.wasm'").expect("reads");
        assert_eq!(plugin.enforcement, Enforcement::Deny);
        assert_eq!(plugin.settings, serde_json::json!({}));
        assert_eq!(plugin.limits, Limits::default());
    }

    #[test]
    fn settings_become_json() {
        let text = "name = 'a'\ncomponent = 'a.wasm'\nlimits.fuel = 7\n[settings]\ndays = ['monday']\nfrom = 22:00:00\nhours = 4\n";
        let plugin = parse(text).expect("reads");
        let expected = serde_json::json!({ "days": ["monday"], "from": "22:00:00", "hours": 4 });
        assert_eq!(plugin.settings, expected);
        assert_eq!((plugin.limits.fuel, plugin.limits.memory_mib), (7, 64));
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for (text, said) in [
            ("name = 'Change Window'\ncomponent = 'a'", "is no name"),
            (
                "name = 'a'\ncomponent = 'a'\nlimit = 1",
                "unknown field `limit`",
            ),
            (
                "name = 'a'\ncomponent = 'a'\nlimits.feul = 1",
                "unknown field `feul`",
            ),
            (
                "name = 'a'\ncomponent = 'a'\nsettings.x = nan",
                "neither inf nor nan",
            ),
            (
                "name = 'a'\ncomponent = 'a'\nenforcement = 'never'",
                "unknown variant `never`, expected one of `deny`, `warn`, `off`",
            ),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(said), "{error}");
        }
    }

    /// Tables and lists that are nested in several ways, each of which the reader of TOML allows.
    #[test]
    fn settings_are_not_nested_without_end() {
        let nested = |tables: usize, lists: usize| {
            let (table, list) = ("a.".repeat(tables), ("[".repeat(lists), "]".repeat(lists)));
            plugin_settings(&format!("{table}b = {}{}", list.0, list.1))
        };
        let deepest = nested(32, 32).expect("settings");
        let kept = serde_json::to_string(&deepest).expect("text");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&kept).expect("JSON"),
            deepest
        );
        for (tables, lists) in [(33, 32), (32, 33), (70, 60)] {
            let error = nested(tables, lists).expect_err("too deep").to_string();
            assert!(error.contains("at most 64 tables and lists"), "{error}");
        }
    }

    #[test]
    fn names_are_words_with_single_dashes() {
        for name in ["a", "change-window", "four-eyes-2"] {
            assert!(is_kebab(name), "{name}");
        }
        for name in [
            "",
            "-a",
            "a-",
            "a--b",
            "A",
            "a_b",
            "a/b",
            "é",
            &"a".repeat(65),
        ] {
            assert!(!is_kebab(name), "{name}");
        }
    }
}
