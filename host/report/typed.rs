//! What is printed to be typed: the invocation that was checked, completed here and nowhere else.
//!
//! Rooms write a command in back-quotes in its plain form, `` `regent secret restore BACKUP` ``,
//! and one for another server as `` `regent --on SSO02 resume` ``. Printed it has the program as it
//! was called, the global options as they were given, and for a placeholder what the command line
//! named. Paths stay as they were typed, for they are typed again in the same folder.

use std::borrow::Cow;
use std::path::Path;

use crate::visible::quote;

/// Commands that are about no site.
const SITELESS: [&str; 6] = [
    "explain",
    "schema",
    "quickstart",
    "completions",
    "man",
    "help",
];

/// What was typed, as far as it belongs to what is typed next.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// How the program was called, where that is not by its name.
    program: Option<String>,
    /// The options that say which system, in their order.
    site: Vec<(&'static str, String)>,
    /// The server that was named.
    server: Option<String>,
    /// What stands for a placeholder.
    operands: Vec<(&'static str, String)>,
    /// The options that go with the backup.
    with_backup: Vec<(&'static str, String)>,
}

/// A path as an argument: one that begins with a dash would be an option.
pub fn path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with('-') {
        quote(&format!("./{text}"))
    } else {
        quote(&text)
    }
}

impl Typed {
    /// Another name or path than `regent`.
    #[must_use]
    pub fn called(mut self, program: Option<String>) -> Self {
        self.program = program.map(|program| quote(&program));
        self
    }

    /// An option that says which system.
    #[must_use]
    pub fn of_site(mut self, option: &'static str, value: Option<String>) -> Self {
        self.site.extend(value.map(|value| (option, value)));
        self
    }

    /// The server that was named.
    #[must_use]
    pub fn on(mut self, server: Option<&str>) -> Self {
        self.server = server.map(quote);
        self
    }

    /// What the command line named for a placeholder.
    pub fn name(&mut self, placeholder: &'static str, named: &Path) {
        self.operands.push((placeholder, path(named)));
    }

    /// The whole command line but for its global options, which are completed as ever.
    #[must_use]
    pub fn repeated(mut self, line: String) -> Self {
        self.operands.push(("THIS-COMMAND", line));
        self
    }

    /// The backup that the command line named, and what opens it.
    pub fn backup(&mut self, named: &Path, password_file: Option<&Path>) {
        self.name("BACKUP", named);
        let option = password_file.map(|file| ("--password-file", path(file)));
        self.with_backup = option.into_iter().collect();
    }

    /// A text with every command in back-quotes completed.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !text.contains("`regent ") {
            return Cow::Borrowed(text);
        }
        let mut parts = text.split('`');
        let mut whole = parts.next().unwrap_or_default().to_owned();
        let mut quoted = false;
        for part in parts {
            quoted = !quoted;
            whole.push('`');
            if quoted && part.starts_with("regent ") {
                whole.push_str(&self.command(part));
            } else {
                whole.push_str(part);
            }
        }
        Cow::Owned(whole)
    }

    /// One command, completed.
    pub fn command(&self, plain: &str) -> String {
        let mut words = words(plain);
        if words.first() != Some(&"regent") {
            return plain.to_owned();
        }
        words.remove(0);
        let mut server = self.server.as_deref();
        if words.first() == Some(&"--on") && words.len() > 1 {
            // By its own name the other computer knows itself; here a name has to be said, and only
            // where one was said before, so that nobody acts for another server unawares.
            server = server.map(|_| words[1]);
            words.drain(..2);
        } else if words.contains(&"--server") {
            server = None;
        }
        let program = self.program.as_deref().unwrap_or("regent");
        let mut whole = vec![program];
        let verb = words.iter().find(|word| !word.starts_with('-'));
        if !verb.is_some_and(|verb| SITELESS.contains(verb)) {
            for (option, value) in &self.site {
                if !words.contains(option) {
                    whole.extend([option, value.as_str()]);
                }
            }
            whole.extend(server.iter().flat_map(|server| ["--server", server]));
        }
        let mut of_backup = false;
        for word in &words {
            let named = self.operands.iter().find(|(name, _)| name == word);
            of_backup |= named.is_some_and(|(name, _)| *name == "BACKUP");
            whole.push(named.map_or(word, |(_, named)| named));
        }
        let opens = words.iter().any(|word| OPENING.contains(word));
        if of_backup && opens && !words.contains(&"--password-file") {
            for (option, value) in &self.with_backup {
                whole.extend([option, value.as_str()]);
            }
        }
        whole.join(" ")
    }
}

/// Commands that open a backup.
const OPENING: [&str; 3] = ["restore", "verify", "promote"];

/// Splits at blanks outside single quotes, which stay.
fn words(command: &str) -> Vec<&str> {
    let mut quoted = false;
    command
        .split(move |c: char| {
            quoted ^= c == '\'';
            c == ' ' && !quoted
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prod() -> Typed {
        Typed::default()
            .of_site("--config", Some(path(Path::new("../prod x/regent.toml"))))
            .on(Some("SSO01"))
    }

    #[test]
    fn every_command_of_a_text_is_completed_and_nothing_else() {
        assert_eq!(
            prod().text("run `regent status`, or `chmod 600 x`; regent status"),
            "run `regent --config '../prod x/regent.toml' --server SSO01 status`, or `chmod 600 x`; \
             regent status"
        );
        assert_eq!(
            prod().text("`regent explain stale-term`"),
            "`regent explain stale-term`"
        );
        assert_eq!(
            Typed::default().text("`regent status` `"),
            "`regent status` `"
        );
    }

    #[test]
    fn a_command_for_another_server_names_it_where_one_was_named() {
        let there = "on SSO02: `regent --on SSO02 resume`";
        assert_eq!(Typed::default().text(there), "on SSO02: `regent resume`");
        assert_eq!(
            Typed::default().on(Some("SSO01")).text(there),
            "on SSO02: `regent --server SSO02 resume`"
        );
        assert_eq!(
            prod().command("regent --server SSO03 abort"),
            "regent --config '../prod x/regent.toml' --server SSO03 abort"
        );
    }

    #[test]
    fn what_was_named_takes_the_place_of_its_placeholder() {
        let mut typed = Typed::default().called(Some("./bin/regent".to_owned()));
        typed.backup(Path::new("it's $1.bak"), Some(Path::new("-pw")));
        assert_eq!(
            typed.command("regent secret restore BACKUP"),
            r"./bin/regent secret restore 'it'\''s $1.bak' --password-file ./-pw"
        );
        assert_eq!(
            typed.command("regent secret inspect BACKUP"),
            r"./bin/regent secret inspect 'it'\''s $1.bak'"
        );
        assert_eq!(
            typed.command("regent secret backup NEW-BACKUP"),
            "./bin/regent secret backup NEW-BACKUP"
        );
    }
}
