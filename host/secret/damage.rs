//! What is wrong with a backup that is damaged, by its line, and what it still says of itself.

use std::fmt;
use std::path::PathBuf;

use super::Error;
use super::backup::{FIELDS, misfit};
use super::travelled::Travelled;

/// The fields that a backup may lack.
const OPTIONAL: [&str; 2] = ["previous", "reminder"];

/// What is worth knowing of a backup that cannot be opened, in the words of its fields.
const TOLD: [&str; 5] = ["system", "current", "created", "server", "reminder"];

/// What a damaged backup still says of itself; nobody vouches for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remains {
    format: Option<String>,
    fields: Vec<(&'static str, String)>,
}

impl Remains {
    fn of(found: &Travelled<'_>) -> Self {
        let value = |name: &'static str| {
            let mut fields = found
                .fields
                .iter()
                .filter_map(|line| line.text.split_once(": "));
            let is_it =
                |(known, value): &(&str, &str)| *known == name && misfit(name, value).is_none();
            fields
                .find(is_it)
                .map(|(_, value)| (name, value.to_owned()))
        };
        Self {
            format: found.title.text.rsplit(' ').next().map(str::to_owned),
            fields: TOLD.into_iter().filter_map(value).collect(),
        }
    }

    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.format.is_none()
    }
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "format {}", self.format.as_deref().unwrap_or_default())?;
        for (name, value) in &self.fields {
            match *name {
                "system" => write!(f, ", of system {value}")?,
                "current" => write!(f, ", with master secret {value}")?,
                "created" => write!(f, ", written at {value}")?,
                "server" => write!(f, ", on {value}")?,
                _ => write!(f, ", password reminder “{value}”")?,
            }
        }
        Ok(())
    }
}

/// The error that says what is wrong.
pub fn of(path: PathBuf, found: &Travelled<'_>) -> Error {
    let remains = Box::new(Remains::of(found));
    if found.ended {
        let (line, what) = first(found);
        Error::Damaged {
            path,
            line,
            what,
            remains,
        }
    } else {
        let lines = found.fields.iter().chain(&found.body);
        let line = lines.last().map_or(found.title.number, |line| line.number);
        Error::Truncated {
            path,
            line,
            remains,
        }
    }
}

/// The first line that is not as it is written, and what is wrong with it.
fn first(found: &Travelled<'_>) -> (usize, String) {
    let needed = |from: usize, to: usize| {
        let mut between = FIELDS[from..to].iter();
        between.find(|name| !OPTIONAL.contains(name))
    };
    let mut next = 0;
    for line in &found.fields {
        let wrong = |what: String| (line.number, what);
        let (name, value) = line.text.split_once(": ").unwrap_or((line.text, ""));
        let Some(at) = FIELDS.iter().position(|known| *known == name) else {
            return wrong("it is none of a backup's fields".to_owned());
        };
        if at < next {
            return wrong(format!(
                "`{name}` stands there twice, or in the wrong place"
            ));
        }
        if let Some(missing) = needed(next, at) {
            return wrong(format!("`{missing}` is missing before it"));
        }
        if let Some(what) = misfit(name, value) {
            return wrong(format!("`{name}` is not {what}"));
        }
        next = at + 1;
    }
    let last = found.fields.last().unwrap_or(&found.title).number;
    if let Some(missing) = needed(next, FIELDS.len()) {
        return (last, format!("`{missing}` is missing after it"));
    }
    for line in &found.body {
        let digit = |c: &char| matches!(c, '0'..='9' | 'a'..='f');
        if let Some(at) = line.text.chars().position(|c| !digit(&c)) {
            return (
                line.number,
                format!("character {} is no digit of the body", at + 1),
            );
        }
    }
    let digits: usize = found.body.iter().map(|line| line.text.len()).sum();
    match found.body.first() {
        Some(line) if !digits.is_multiple_of(2) => {
            let what =
                format!("the body begins here and has {digits} digits, one too few or too many");
            (line.number, what)
        }
        Some(line) => (
            line.number,
            "the body begins here and is too short".to_owned(),
        ),
        None => (last, "there is no body after it".to_owned()),
    }
}
