//! `[service]` of `regent.toml`.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::CommandLine;

/// How the service of this server is restarted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// `"none"`, `{ systemd = "UNIT" }` or `{ command = ["PROGRAM", "ARGUMENT", …] }`.
    #[serde(default)]
    pub restart: Restart,
    /// A command that succeeds once the service is ready.
    #[serde(default, deserialize_with = "ready")]
    pub ready: Option<Ready>,
    /// How long a restart may take, in seconds. ENTSSO was seen to take up to three minutes to start.
    #[serde(default = "default_timeout", deserialize_with = "number")]
    pub timeout_seconds: NonZeroU32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            restart: Restart::None,
            ready: None,
            timeout_seconds: default_timeout(),
        }
    }
}

/// What restarts the service.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Restart {
    /// Nothing: restarting is left to the operator, and reports say so.
    #[default]
    None,
    /// `systemctl restart UNIT`.
    Systemd(String),
    /// A command of the organisation's own, found on the path or below the folder regent runs in.
    Command(CommandLine),
}

/// What tells that the service is ready.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ready {
    /// Run again and again until it succeeds.
    pub command: CommandLine,
    /// How long to wait in all, in seconds.
    #[serde(default = "default_ready_timeout", deserialize_with = "number")]
    pub timeout_seconds: NonZeroU32,
    /// How long to wait between two tries, in milliseconds.
    #[serde(default = "default_interval", deserialize_with = "number")]
    pub interval_milliseconds: NonZeroU32,
}

const fn not_zero(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).expect("no default is zero")
}

fn default_timeout() -> NonZeroU32 {
    const { not_zero(180) }
}

fn default_ready_timeout() -> NonZeroU32 {
    const { not_zero(60) }
}

fn default_interval() -> NonZeroU32 {
    const { not_zero(500) }
}

// What serde derives for the shapes below answers a mistake in Rust's words, not an administrator's.

impl<'de> Deserialize<'de> for Restart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RestartForms)
    }
}

struct RestartForms;

impl<'de> Visitor<'de> for RestartForms {
    type Value = Restart;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#""none", { systemd = "UNIT" } or { command = ["PROGRAM", "ARGUMENT", …] }"#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Restart, E> {
        match text {
            "none" => Ok(Restart::None),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Restart, A::Error> {
        let restart = match map.next_key::<String>()?.as_deref() {
            Some("systemd") => Restart::Systemd(map.next_value()?),
            Some("command") => Restart::Command(map.next_value()?),
            Some(other) => return Err(A::Error::unknown_field(other, &["systemd", "command"])),
            None => return Err(A::Error::invalid_length(0, &self)),
        };
        match map.next_key::<String>()? {
            None => Ok(restart),
            Some(_) => Err(A::Error::custom("`systemd` or `command`, not both")),
        }
    }
}

fn ready<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ready>, D::Error> {
    deserializer.deserialize_any(ReadyForm).map(Some)
}

struct ReadyForm;

impl<'de> Visitor<'de> for ReadyForm {
    type Value = Ready;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"{ command = ["PROGRAM", "ARGUMENT", …] }"#)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Ready, A::Error> {
        Ready::deserialize(MapAccessDeserializer::new(map))
    }
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU32, D::Error> {
    deserializer.deserialize_any(Number)
}

struct Number;

impl Visitor<'_> for Number {
    type Value = NonZeroU32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 1 to {}", u32::MAX)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<NonZeroU32, E> {
        u32::try_from(value)
            .ok()
            .and_then(NonZeroU32::new)
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(value), &self))
    }
}
