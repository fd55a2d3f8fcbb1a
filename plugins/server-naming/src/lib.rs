//! Holds the master secret server's name to the organisation's naming convention.

use std::collections::BTreeMap;

use regex_lite::{Regex, RegexBuilder};

// Reads `wit/plugin.wit` and writes the Rust types and traits of the contract.
wit_bindgen::generate!({
    path: "wit",
    world: "validator-plugin",
    additional_derives: [PartialEq],
});

use exports::regent::plugin::{about, validator};
use regent::plugin::types::{
    Description, Element, Finding, Label, Rule, Severity, System, UpdateFile,
};

struct ServerNaming;

export!(ServerNaming);

impl about::Guest for ServerNaming {
    fn describe() -> Result<Description, String> {
        Ok(description())
    }
}

impl validator::Guest for ServerNaming {
    fn validate(
        file: UpdateFile,
        _system: System,
        settings: String,
    ) -> Result<Vec<Finding>, String> {
        let convention = Convention::parse(&settings)?;
        Ok(findings(&file.elements, &convention))
    }
}

const PATTERN: &str = "pattern";
const FQDN: &str = "fqdn";
const TOO_LONG: &str = "too-long";
const RESERVED: &str = "reserved";

fn description() -> Description {
    let rule = |id: &str, summary: &str, help: &str| Rule {
        id: id.to_owned(),
        severity: Severity::Error,
        summary: summary.to_owned(),
        help: help.to_owned(),
    };
    Description {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        summary: env!("CARGO_PKG_DESCRIPTION").to_owned(),
        rules: vec![
            rule(
                PATTERN,
                "The name matches none of the allowed patterns.",
                "Name a server that follows the convention.",
            ),
            rule(
                FQDN,
                "The name has a domain.",
                "Write the part before the first dot.",
            ),
            rule(
                TOO_LONG,
                "The name has too many characters.",
                "Write the server's NetBIOS name.",
            ),
            rule(
                RESERVED,
                "The name is reserved for something else.",
                "Name another server.",
            ),
        ],
        settings_schema: include_str!("../settings.schema.json").to_owned(),
    }
}

/// The `[plugin.settings]` of `regent.toml`, as they are written.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    patterns: Option<Vec<String>>,
    environments: Option<BTreeMap<String, Environment>>,
    environment: Option<String>,
    #[serde(default)]
    allow_fqdn: bool,
    #[serde(default = "netbios")]
    max_length: usize,
    #[serde(default)]
    reserved: Vec<String>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Environment {
    patterns: Vec<String>,
}

/// The most characters of a NetBIOS name.
fn netbios() -> usize {
    15
}

/// The settings, understood.
#[derive(Debug)]
struct Convention {
    /// As written and as compiled; nothing where any name will do.
    patterns: Option<Vec<(String, Regex)>>,
    /// The environment that the patterns belong to.
    environment: Option<String>,
    allow_fqdn: bool,
    max_length: usize,
    reserved: Vec<String>,
}

impl Convention {
    fn parse(json: &str) -> Result<Self, String> {
        let wrong = |error: String| format!("the settings are wrong: {error}");
        let settings: Settings =
            serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        Self::understand(settings).map_err(wrong)
    }

    fn understand(settings: Settings) -> Result<Self, String> {
        let patterns = match (
            settings.patterns,
            settings.environments,
            &settings.environment,
        ) {
            (patterns, None, None) => patterns,
            (None, Some(mut environments), Some(name)) => {
                let Some(environment) = environments.remove(name) else {
                    let known: Vec<&str> = environments.keys().map(String::as_str).collect();
                    return Err(format!(
                        "there is no environment “{name}”, only {}",
                        known.join(", ")
                    ));
                };
                Some(environment.patterns)
            }
            (Some(_), Some(_), _) => {
                return Err("`patterns` and `environments` exclude each other".to_owned());
            }
            (_, Some(_), None) => {
                return Err("`environments` needs `environment` to say which counts".to_owned());
            }
            (_, None, Some(_)) => {
                return Err("`environment` needs `environments` with its patterns".to_owned());
            }
        };
        let compiled = patterns.map(|patterns| {
            if patterns.is_empty() {
                return Err("an empty list of patterns would allow no name".to_owned());
            }
            patterns.into_iter().map(compile).collect()
        });
        Ok(Self {
            patterns: compiled.transpose()?,
            environment: settings.environment,
            allow_fqdn: settings.allow_fqdn,
            max_length: settings.max_length,
            reserved: settings.reserved,
        })
    }
}

/// Compiles a pattern so that it must match a name from end to end.
fn compile(pattern: String) -> Result<(String, Regex), String> {
    let build = |text: &str| RegexBuilder::new(text).case_insensitive(true).build();
    // On its own first: wrapped, `a)(b` would be something else than it is.
    match build(&pattern).and_then(|_| build(&format!("^(?:{pattern})$"))) {
        Ok(regex) => Ok((pattern, regex)),
        Err(error) => Err(format!(
            "the pattern `{pattern}` is no regular expression: {error}"
        )),
    }
}

fn findings(elements: &[Element], convention: &Convention) -> Vec<Finding> {
    elements
        .iter()
        .filter(|element| element.name == "secretServer")
        // regent itself refuses an empty name, and an address in place of one.
        .filter(|element| !element.value.trim().is_empty())
        .flat_map(|element| {
            problems(element.value.trim(), convention)
                .into_iter()
                .map(|problem| problem.at(element))
        })
        .collect()
}

/// What is wrong with a name.
#[derive(Debug, PartialEq)]
struct Problem {
    rule: &'static str,
    message: String,
    label: String,
    help: String,
}

impl Problem {
    fn at(self, element: &Element) -> Finding {
        Finding {
            rule: self.rule.to_owned(),
            severity: Severity::Error,
            message: self.message,
            labels: vec![Label {
                span: element.span,
                message: self.label,
            }],
            help: self.help,
            fix: Vec::new(),
        }
    }
}

fn problems(name: &str, convention: &Convention) -> Vec<Problem> {
    let host = name.split('.').next().unwrap_or(name);
    let mut problems = Vec::new();
    if host != name && !convention.allow_fqdn {
        problems.push(Problem {
            rule: FQDN,
            message: format!("“{name}” has a domain, which the convention does not allow"),
            label: "a name with a domain".to_owned(),
            help: format!("write `{host}`"),
        });
    }
    let length = host.chars().count();
    if length > convention.max_length {
        problems.push(Problem {
            rule: TOO_LONG,
            message: format!(
                "“{host}” has {length} characters, and at most {} are allowed",
                convention.max_length
            ),
            label: format!("{length} characters"),
            help: "write the server's NetBIOS name".to_owned(),
        });
    }
    let reserved = |known: &&String| [host, name].iter().any(|it| known.eq_ignore_ascii_case(it));
    if convention.reserved.iter().any(|known| reserved(&known)) {
        problems.push(Problem {
            rule: RESERVED,
            message: format!("“{name}” is reserved and cannot be the master secret server"),
            label: "a reserved name".to_owned(),
            help: "name another server".to_owned(),
        });
    }
    if let Some(help) = allowed(convention) {
        let patterns = convention.patterns.iter().flatten();
        if !patterns
            .map(|(_, regex)| regex)
            .any(|regex| regex.is_match(host))
        {
            problems.push(Problem {
                rule: PATTERN,
                message: match &convention.environment {
                    Some(environment) => {
                        format!("“{host}” does not follow the naming convention of {environment}")
                    }
                    None => format!("“{host}” does not follow the naming convention"),
                },
                label: "matches no pattern".to_owned(),
                help,
            });
        }
    }
    problems
}

/// Says which patterns a name may match; nothing where any name will do.
fn allowed(convention: &Convention) -> Option<String> {
    let patterns = convention.patterns.as_ref()?;
    let written: Vec<String> = patterns
        .iter()
        .map(|(pattern, _)| format!("`{pattern}`"))
        .collect();
    Some(format!(
        "write a name that matches {}",
        written.join(" or ")
    ))
}

// These run on your own machine with `cargo test`; no WebAssembly is involved.
#[cfg(test)]
mod tests;
