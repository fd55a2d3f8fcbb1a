//! Which language a plugin's project is in, told from the file every such project has.

use std::fmt;
use std::path::Path;

use super::{Error, node};

/// A language that plugins are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Built with Cargo.
    Rust,
    /// Built with esbuild and componentize-qjs, which npm installs.
    JavaScript,
    /// As JavaScript; its types are checked where the project has a compiler for that.
    TypeScript,
    /// Built with componentize-py, which pip installs.
    Python,
    /// Built with clang and lld.
    C,
}

/// The file that makes a folder a project.
const MANIFESTS: [(&str, Language); 4] = [
    ("Cargo.toml", Language::Rust),
    ("package.json", Language::JavaScript),
    ("pyproject.toml", Language::Python),
    (super::c::MANIFEST, Language::C),
];

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] = [
        Self::Rust,
        Self::JavaScript,
        Self::TypeScript,
        Self::Python,
        Self::C,
    ];

    /// The language of the project in a folder.
    pub fn of(folder: &Path) -> Result<Self, Error> {
        if !folder.is_dir() {
            return Err(Error::NoFolder {
                folder: folder.to_owned(),
            });
        }
        let mut found = MANIFESTS
            .into_iter()
            .filter(|(manifest, _)| folder.join(manifest).is_file());
        let Some((first, language)) = found.next() else {
            return Err(Error::NoProject {
                folder: folder.to_owned(),
            });
        };
        if let Some((second, _)) = found.next() {
            return Err(Error::TwoLanguages {
                folder: folder.to_owned(),
                manifests: [first, second],
            });
        }
        match language {
            Self::JavaScript if node::Manifest::read(folder)?.is_typed() => Ok(Self::TypeScript),
            language => Ok(language),
        }
    }

    /// How to get what its plugins are built with.
    pub fn tools(self) -> &'static str {
        match self {
            Self::Rust => "install Rust with rustup (https://rustup.rs)",
            Self::JavaScript | Self::TypeScript => {
                "install Node.js 20 or newer with npm (https://nodejs.org; Debian 13: nodejs npm)"
            }
            Self::Python => {
                "install Python 3.10 or newer with pip and venv (https://www.python.org; Debian: \
                 python3 python3-venv)"
            }
            Self::C => "install clang and lld, version 14 or newer (Debian: clang lld)",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Python => "Python",
            Self::C => "C",
        })
    }
}
