//! `project.h`: what a project in C says of itself, as its sources see it.

use std::fmt::Write as _;
use std::path::Path;

use super::Manifest;
use crate::source::SourceFile;
use crate::toolchain::Error;

/// The schema of the settings, which `describe` hands to regent; whoever writes it into the sources
/// need not have the file.
const SCHEMA: &str = "settings.schema.json";

/// The header of a project; a world's bindings are named after it.
pub(super) fn header(project: &Path, manifest: &Manifest) -> Result<String, Error> {
    let path = project.join(SCHEMA);
    let schema = match SourceFile::read_text(&path) {
        Ok(schema) => format!("#define PROJECT_SETTINGS {}", literal(schema.text())),
        Err(cause) if cause.is_missing() => String::new(),
        Err(cause) => return Err(cause.into()),
    };
    let world = manifest.world.as_str();
    let holds = |condition: bool| if condition { "1" } else { "0" };
    Ok(include_str!("project.h")
        .replace("@header@", &world.replace('-', "_"))
        .replace("@name@", &literal(&manifest.name))
        .replace("@version@", &literal(&manifest.version))
        .replace("@description@", &literal(&manifest.description))
        .replace("@validates@", holds(world != "promoter-plugin"))
        .replace("@decides@", holds(world != "validator-plugin"))
        .replace("@schema@", &schema))
}

/// A text as a string in C: every byte that means more than itself there is written in octal.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b' ' | b'!' | b'#'..=b'>' | b'@'..=b'[' | b']'..=b'~' => literal.push(byte.into()),
            _ => {
                let _ = write!(literal, "\\{byte:03o}");
            }
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_means_its_text() {
        assert_eq!(
            literal("a \"b\\\n??/ ü7"),
            r#""a \042b\134\012\077\077/ \303\2747""#
        );
    }
}
