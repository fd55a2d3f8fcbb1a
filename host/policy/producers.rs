//! What a component was made with, as the `producers` sections of its parts say.
//!
//! Nobody vouches for them: they are read to be shown, and nothing else is made of them. Their form
//! is <https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md>.

use std::collections::BTreeSet;

use serde::Serialize;
use wasmparser::{KnownCustom, Parser, Payload, ProducersFieldValue};

/// The most languages, and the most tools, that are told.
const MAX_PRODUCERS: usize = 100;

/// The longest name with its version, in characters.
const MAX_NAME: usize = 200;

/// What a component says that it was made with, each with its version where one is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Producers {
    /// The languages of its sources, by name.
    pub languages: Vec<String>,
    /// Compilers, linkers and generators, by name.
    pub tools: Vec<String>,
}

impl Producers {
    /// Reads every section of the component and of what is nested in it. What cannot be read is
    /// left out: it says nothing about what the component does.
    pub(super) fn of(component: &[u8]) -> Self {
        let (mut languages, mut tools) = (BTreeSet::new(), BTreeSet::new());
        for payload in Parser::new(0).parse_all(component) {
            let Ok(Payload::CustomSection(section)) = payload else {
                continue;
            };
            let KnownCustom::Producers(fields) = section.as_known() else {
                continue;
            };
            for field in fields.into_iter().flatten() {
                let named = match field.name {
                    "language" => &mut languages,
                    _ => &mut tools,
                };
                named.extend(field.values.into_iter().flatten().map(|value| said(&value)));
            }
        }
        let told = |names: BTreeSet<String>| names.into_iter().take(MAX_PRODUCERS).collect();
        Self {
            languages: told(languages),
            tools: told(tools),
        }
    }
}

fn said(value: &ProducersFieldValue<'_>) -> String {
    let whole = format!("{} {}", value.name, value.version);
    whole.trim().chars().take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A custom section as `(@custom …)` spells it.
    fn section(fields: &[(&str, &[(&str, &str)])]) -> String {
        let mut bytes = vec![u8::try_from(fields.len()).expect("few")];
        let text = |text: &str, bytes: &mut Vec<u8>| {
            bytes.push(u8::try_from(text.len()).expect("short"));
            bytes.extend(text.as_bytes());
        };
        for (field, values) in fields {
            text(field, &mut bytes);
            bytes.push(u8::try_from(values.len()).expect("few"));
            for (name, version) in *values {
                text(name, &mut bytes);
                text(version, &mut bytes);
            }
        }
        let escaped: Vec<_> = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let escaped = escaped.concat();
        format!("(@custom \"producers\" \"{escaped}\")")
    }

    #[test]
    fn every_part_is_heard_at_any_depth() {
        let linker = section(&[("processed-by", &[("wit-component", "0.254.2")])]);
        let module = section(&[
            ("language", &[("Rust", ""), ("C11", "")]),
            ("processed-by", &[("rustc", "1.95.0")]),
        ]);
        let nested = section(&[("sdk", &[("jco", "1.2")]), ("language", &[("Rust", "")])]);
        let text = format!(
            "(component {linker} (core module {module}) (component (core module {nested})))"
        );
        let bytes = wat::parse_str(text).expect("component text");
        let found = Producers::of(&bytes);
        assert_eq!(found.languages, ["C11", "Rust"]);
        assert_eq!(
            found.tools,
            ["jco 1.2", "rustc 1.95.0", "wit-component 0.254.2"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for broken in [
            r#"(@custom "producers" "\ff\ff\ff\ff\0f")"#,
            r#"(@custom "producers" "\01\04evil\01\01a\01b")"#,
            r#"(@custom "producers" "")"#,
        ] {
            let sound = section(&[("language", &[("Rust", "")])]);
            let text = format!("(component {broken} (core module {sound}))");
            let bytes = wat::parse_str(text).expect("component text");
            assert_eq!(Producers::of(&bytes).languages, ["Rust"], "{broken}");
        }
        assert_eq!(Producers::of(b"MZ"), Producers::default());
    }

    #[test]
    fn what_is_told_is_bounded() {
        let names: Vec<String> = (0..120).map(|number| format!("tool-{number}")).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "1")).collect();
        let long = "x".repeat(120);
        let text = format!(
            "(component {} {})",
            section(&[("sdk", &many)]),
            section(&[("language", &[(&long, &long)])])
        );
        let found = Producers::of(&wat::parse_str(text).expect("component text"));
        assert_eq!(found.tools.len(), MAX_PRODUCERS);
        assert_eq!(found.languages[0].chars().count(), MAX_NAME);
    }
}
