//! What comes along when a command is pasted from a document, a mail or Windows: quotes and blanks that
//! are characters here, and paths of another computer.

use std::ffi::OsString;
use std::path::Path;

use crate::exit::Status;
use crate::visible::{is_hidden, quote};

use super::Failure;

/// Quotes of every kind, which only a shell takes away, and only its own.
const QUOTES: [char; 16] = [
    '"', '\'', '“', '”', '„', '‟', '«', '»', '‹', '›', '″', '‘', '’', '‚', '`', '´',
];

/// What the documentation and office programs use as a hyphen: en dash, em dash and minus sign among them.
pub(super) const DASHES: [char; 11] = [
    '-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}',
    '\u{fe58}', '\u{fe63}', '\u{ff0d}',
];

/// Options of every command, which whoever prints a command adds himself, each with a value.
pub(super) const EVERYWHERE: [&str; 5] =
    ["--config", "--database", "--server", "--format", "--color"];

/// What came along with a word, each as a clause about it.
const QUOTED: &str = "has quotes that came along as characters";
const INVISIBLE: &str = "has blanks or invisible characters that came along";
const OF_WINDOWS: &str = "is a path on a Windows computer, and this is none";
/// The separators of the other system.
pub(super) const SEPARATORS: &str =
    "has the separators of Windows; here folders are separated by `/`";

/// A word as it was most likely meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// What to type.
    pub(super) word: String,
    /// What came along, as a clause.
    pub(super) why: &'static str,
    /// Whether it was a place on another computer, so that the file has to be brought here first.
    pub(super) elsewhere: bool,
}

/// How a word was meant that names nothing as it stands; nothing where it is as it should be.
pub(super) fn meant(word: &str) -> Option<Meant> {
    let here = |word: &str, why| {
        let word = word.to_owned();
        Some(Meant {
            word,
            why,
            elsewhere: false,
        })
    };
    let plain: String = word
        .chars()
        .filter(|c| !is_hidden(*c))
        .map(plain_blank)
        .collect();
    let trimmed = plain.trim();
    let bare = trimmed.trim_matches(QUOTES).trim();
    if bare.is_empty() {
        return None;
    }
    if let Some(name) = of_windows(bare) {
        let (word, why) = (name, OF_WINDOWS);
        return Some(Meant {
            word,
            why,
            elsewhere: true,
        });
    }
    if bare.len() < trimmed.len() {
        return here(bare, QUOTED);
    }
    if trimmed != word {
        return here(trimmed, INVISIBLE);
    }
    let turned = bare.replace('\\', "/");
    if turned != bare && exists(&turned) {
        return here(&turned, SEPARATORS);
    }
    None
}

/// The words with those joined again that one pair of quotes holds together.
pub(super) fn rejoined(words: &[String]) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let opens =
            word.starts_with(QUOTES) && !(word.chars().count() > 1 && word.ends_with(QUOTES));
        let closes = rest
            .as_slice()
            .iter()
            .position(|word| word.ends_with(QUOTES));
        match closes.filter(|_| opens) {
            Some(last) => {
                let inner = rest.by_ref().take(last + 1);
                let all: Vec<_> = std::iter::once(word).chain(inner).cloned().collect();
                joined.push(all.join(" "));
            }
            None => joined.push(word.clone()),
        }
    }
    joined
}

/// What to do about a file that a failed command did not find because of what came along with its
/// name; `words` are the command line without the program's name.
pub(super) fn advice(words: &[String], failure: &Failure) -> Option<String> {
    if failure.status() != Status::Environment {
        return None;
    }
    let said = failure.to_string();
    let words_as_meant = rejoined(words);
    let named = |word: &&String| {
        let typed = word.split(' ').next().unwrap_or_default();
        !word.starts_with('-') && said.contains(typed) && !exists(word)
    };
    let mut missing = words_as_meant.iter().filter(named);
    let (word, meant) = missing.find_map(|word| Some((word, meant(word)?)))?;
    let line = command(
        words_as_meant
            .iter()
            .map(|other| if other == word { &meant.word } else { other }),
    );
    let (why, first) = (
        meant.why,
        if meant.elsewhere {
            "copy the file here, and "
        } else {
            ""
        },
    );
    Some(format!("{word} {why}: {first}type `regent {line}`"))
}

/// A command line with the hyphens of its options that an office program made dashes of; nothing where
/// it has none.
pub(super) fn hyphenated(words: &[OsString]) -> Option<Vec<OsString>> {
    let meant = words.iter().map(|word| {
        let option = word.to_str().and_then(option);
        option.map_or_else(|| word.clone(), OsString::from)
    });
    let meant: Vec<OsString> = meant.collect();
    (meant != words).then_some(meant)
}

/// A word that begins with dashes of any kind, as an option of regent's own; nothing where it begins
/// with none.
pub(super) fn option(word: &str) -> Option<String> {
    let name = word.trim_start_matches(DASHES);
    let hyphens = if name.chars().count() > 1 { "--" } else { "-" };
    (!name.is_empty() && name.len() < word.len()).then(|| format!("{hyphens}{name}"))
}

/// Words as a shell reads them, without the options that every command takes.
pub(super) fn command<'w>(words: impl Iterator<Item = &'w String>) -> String {
    let mut typed = Vec::new();
    let mut words = words;
    while let Some(word) = words.next() {
        if EVERYWHERE.contains(&word.as_str()) {
            words.next();
        } else if !EVERYWHERE
            .iter()
            .any(|option| word.starts_with(&format!("{option}=")))
        {
            typed.push(quote(word));
        }
    }
    typed.join(" ")
}

/// Whether anything is there under a name.
pub(super) fn exists(name: &str) -> bool {
    Path::new(name).symlink_metadata().is_ok()
}

/// The name of the file that a path of Windows leads to; nothing where it is no such path.
fn of_windows(word: &str) -> Option<String> {
    let mut characters = word.chars();
    let drive = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters.next() == Some(':');
    // A shell takes single backslashes away: `\\server\share` is left as `\servershare`.
    let network = word.starts_with('\\');
    if !(drive || network) || exists(word) {
        return None;
    }
    let path = if drive { &word[2..] } else { word };
    let name = path.rsplit(['\\', '/']).next().unwrap_or_default();
    let name = if name.is_empty() { "FILE" } else { name };
    Some(name.to_owned())
}

/// A blank that can be typed in place of one that cannot.
fn plain_blank(c: char) -> char {
    if c.is_whitespace() { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Option<String> {
        meant(text).map(|meant| meant.word)
    }

    #[test]
    fn what_came_along_is_told_from_the_name() {
        for (text, name) in [
            ("“up.xml”", "up.xml"),
            ("\"up.xml\"", "up.xml"),
            ("„up.xml“", "up.xml"),
            ("«up.xml»", "up.xml"),
            ("“my file.xml”", "my file.xml"),
            ("\u{a0}up.xml", "up.xml"),
            ("\u{202a}up.xml", "up.xml"),
            ("C:\\SSO\\update.xml", "update.xml"),
            ("c:/SSO/update.xml", "update.xml"),
            ("\u{202a}C:\\SSO\\update.xml", "update.xml"),
            ("“C:\\SSO\\update.xml”", "update.xml"),
            ("\\\\server\\share\\update.xml", "update.xml"),
        ] {
            assert_eq!(word(text).as_deref(), Some(name), "{text}");
        }
        for text in [
            "up.xml",
            "a/b.xml",
            "up date.xml",
            "it's.xml",
            "sqlite:credential.db",
            "“”",
        ] {
            assert_eq!(word(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_that_the_shell_took_apart_is_put_together() {
        let words = |text: &[&str]| text.iter().map(ToString::to_string).collect::<Vec<_>>();
        let joined = rejoined(&words(&["check", "“my", "update", "file.xml”", "b.xml"]));
        assert_eq!(joined, ["check", "“my update file.xml”", "b.xml"]);
        let whole = words(&["check", "“a.xml”", "“b.xml"]);
        assert_eq!(rejoined(&whole), whole);
        let line = words(&[
            "--config",
            "x.toml",
            "check",
            "my file.xml",
            "--format=json",
        ]);
        assert_eq!(command(line.iter()), "check 'my file.xml'");
    }
}
