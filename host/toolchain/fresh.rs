//! New projects: a rule that works, in the language and of the kind that an author asks for.
//!
//! The templates lie in `new`. A line `%if WORD` keeps the lines up to `%end` where the word holds
//! for the project, `%if !WORD` where it does not; `{{word}}` stands for a text.

use std::path::Path;

use super::embedded::{CONTRACT, write};
use super::{Error, Language};

/// What a plugin is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Update files.
    Validator,
    /// Promotions.
    Promoter,
    /// Both.
    Both,
}

/// A project that nobody has written anything in.
#[derive(Debug, Clone, Copy)]
pub struct Fresh<'a> {
    /// The plugin's name, which the policy takes for one.
    pub name: &'a str,
    /// What it is written in.
    pub language: Language,
    /// What it is asked about.
    pub kind: Kind,
}

/// The crates that a project in Rust is built with, exactly these versions: a shipped plugin's.
const LOCK: &str = include_str!("../../plugins/backup-age/Cargo.lock");

/// A file's path in the project, and its template.
type Template = (&'static str, &'static str);

macro_rules! templates {
    ($($path:literal: $file:literal)*) => {
        &[$(($path, include_str!(concat!("new/", $file))),)*]
    };
}

/// What every project has.
const EVERY: &[Template] = templates! {
    ".gitignore": "gitignore"
    "README.md": "README.md"
    "settings.schema.json": "settings.schema.json"
    "cases/settings.toml": "cases/settings.toml"
    "cases/allowed/expected.snap": "cases/allowed/expected.snap"
    "cases/not-allowed/expected.snap": "cases/not-allowed/expected.snap"
};

/// What a validator is asked.
const UPDATES: &[Template] = templates! {
    "cases/allowed/update.xml": "cases/allowed/update.xml"
    "cases/not-allowed/update.xml": "cases/not-allowed/update.xml"
};

/// What a promoter is asked.
const PROMOTIONS: &[Template] = templates! {
    "cases/allowed/promotion.toml": "cases/allowed/promotion.toml"
    "cases/not-allowed/promotion.toml": "cases/not-allowed/promotion.toml"
};

impl Kind {
    /// The world of the contract.
    fn world(self) -> &'static str {
        match self {
            Self::Validator => "validator-plugin",
            Self::Promoter => "promoter-plugin",
            Self::Both => "plugin",
        }
    }

    fn validates(self) -> bool {
        self != Self::Promoter
    }

    fn decides(self) -> bool {
        self != Self::Validator
    }
}

/// The files of a language's own.
fn own(language: Language) -> &'static [Template] {
    match language {
        Language::Rust => templates! {
            "Cargo.toml": "rust/Cargo.toml"
            "rustfmt.toml": "rust/rustfmt.toml"
            "src/lib.rs": "rust/lib.rs"
        },
        Language::JavaScript => templates! {
            "package.json": "javascript/package.json"
            "plugin.js": "javascript/plugin.js"
        },
        Language::TypeScript => templates! {
            "contract.d.ts": "typescript/contract.d.ts"
            "package.json": "javascript/package.json"
            "plugin.ts": "typescript/plugin.ts"
            "tsconfig.json": "typescript/tsconfig.json"
        },
        Language::Python => templates! {
            "plugin.py": "python/plugin.py"
            "pyproject.toml": "python/pyproject.toml"
            "requirements.txt": "python/requirements.txt"
        },
        Language::C => templates! {
            "plugin.c": "c/plugin.c"
            "regent-plugin.toml": "c/regent-plugin.toml"
        },
    }
}

/// The word for a language in templates, and the name of its page in `plugins/docs`.
fn word(language: Language) -> &'static str {
    match language {
        Language::Rust => "rust",
        Language::JavaScript => "javascript",
        Language::TypeScript => "typescript",
        Language::Python => "python",
        Language::C => "c",
    }
}

impl Fresh<'_> {
    /// Why a name that every plugin may have is none for a project in this language; nothing where
    /// it is one.
    pub fn unfit(&self) -> Option<&'static str> {
        let taken = || LOCK.contains(&format!("name = \"{}\"\n", self.name));
        match self.language {
            Language::Rust if self.name.starts_with(|c: char| c.is_ascii_digit()) => {
                Some("Cargo takes no name that begins with a digit")
            }
            Language::Rust if self.name != "backup-age" && taken() => {
                Some("a crate that the plugin is built with has that name")
            }
            _ => None,
        }
    }

    /// Every file: its path in the project, with `/`, and its text.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut templates = [EVERY, own(self.language)].concat();
        if self.kind.validates() {
            templates.extend(UPDATES);
        }
        if self.kind.decides() {
            templates.extend(PROMOTIONS);
        }
        let rendered = templates
            .into_iter()
            .map(|(path, template)| (path.to_owned(), self.render(template)));
        let mut files: Vec<_> = rendered.collect();
        files.push(("wit/plugin.wit".to_owned(), CONTRACT.to_owned()));
        if self.language == Language::Rust {
            files.push(("Cargo.lock".to_owned(), self.lock()));
        }
        files.sort();
        files
    }

    /// Writes the project into `folder`, which must hold none of its files.
    pub fn unpack(&self, folder: &Path) -> Result<(), Error> {
        let files = self.files();
        let files = files.iter().map(|(path, text)| (&**path, &**text));
        write(folder, files)
    }

    fn holds(&self, word: &str) -> bool {
        match word {
            "validator" => self.kind.validates(),
            "promoter" => self.kind.decides(),
            "both" => self.kind == Kind::Both,
            language => language == self::word(self.language),
        }
    }

    fn render(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len());
        let mut kept = true;
        for line in template.split_inclusive('\n') {
            if let Some(word) = line.strip_prefix("%if ") {
                let word = word.trim_end();
                kept = match word.strip_prefix('!') {
                    Some(word) => !self.holds(word),
                    None => self.holds(word),
                };
            } else if line.trim_end() == "%end" {
                kept = true;
            } else if kept {
                text.push_str(line);
            }
        }
        let world = self.kind.world();
        text.replace("{{name}}", self.name)
            .replace("{{world}}", world)
            .replace("{{prefix}}", &world.replace('-', "_"))
            // No keyword and no crate of Rust's own, whatever the plugin is called.
            .replace(
                "{{crate}}",
                &format!("{}_plugin", self.name.replace('-', "_")),
            )
            .replace("{{page}}", word(self.language))
    }

    /// The shipped plugin's lock file with this package in place of the plugin's, sorted as Cargo
    /// sorts it.
    fn lock(&self) -> String {
        let own = "name = \"backup-age\"\nversion = \"1.0.0\"";
        let ours = format!("name = \"{}\"\nversion = \"0.1.0\"", self.name);
        let text = LOCK.replace(own, &ours);
        let mut packages = text.trim_end().split("\n\n[[package]]\n");
        let head = packages.next().unwrap_or_default();
        let mut packages: Vec<&str> = packages.collect();
        packages.sort_by_key(|package| package.lines().next());
        let packages = packages.iter().map(|it| format!("\n\n[[package]]\n{it}"));
        format!("{head}{}\n", packages.collect::<String>())
    }
}
