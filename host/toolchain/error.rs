//! Why a plugin could not be built.

use std::io;
use std::path::{Path, PathBuf};

use crate::exit::coded;

use super::{Language, TARGET};
use crate::source;

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that the language is built with does not run.
    #[error("`{}` cannot be run, so no plugin in {language} can be built", program.display())]
    NoProgram {
        /// What was to be run.
        program: PathBuf,
        /// The project's language.
        language: Language,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A program that the language is built with is of another time.
    #[error("`{}` is {version}, too old to build plugins in {language}", program.display())]
    OldProgram {
        /// What was run.
        program: PathBuf,
        /// Its version, as it says.
        version: String,
        /// The project's language.
        language: Language,
    },
    /// The compiler lacks [`TARGET`], and it could not be added.
    #[error("the Rust target {TARGET} is missing and could not be added: {said}")]
    NoTarget {
        /// Why not, in rustup's words.
        said: String,
    },
    /// There is no such folder.
    #[error("there is no folder {}", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds no project in any of the languages.
    #[error("the folder {} holds no plugin's project", folder.display())]
    NoProject {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds projects in two languages.
    #[error(
        "the folder {} holds both `{}` and `{}`, so it could be a plugin in either language",
        folder.display(), manifests[0], manifests[1]
    )]
    TwoLanguages {
        /// The folder.
        folder: PathBuf,
        /// The files that say so.
        manifests: [&'static str; 2],
    },
    /// What the project says of itself is not enough to build it.
    #[error("{} does not say how the plugin is built: {problem}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The project has no copy of the contract.
    #[error("{} holds no `plugin.wit`, the contract that the plugin is to keep", folder.display())]
    NoContract {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The project's copy of the contract is not understood.
    #[error("the contract in {} is not understood: {problem}", folder.display())]
    Contract {
        /// Where it lies.
        folder: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The component wants more than the contract offers.
    #[error("{} makes a component that regent would not load: {problem}", project.display())]
    Imports {
        /// The project's folder.
        project: PathBuf,
        /// What it wants.
        problem: String,
    },
    /// The project makes no WebAssembly module.
    #[error("{} makes no WebAssembly module", project.display())]
    NoArtifact {
        /// The project's folder.
        project: PathBuf,
    },
    /// A program refused the project or its code.
    #[error("{failed} {}", project.display())]
    BuildFailed {
        /// Which program failed at what, up to the project.
        failed: &'static str,
        /// The project's folder.
        project: PathBuf,
        /// What to do about it, where the plugin's code is not to blame.
        help: Option<String>,
        /// What the program said; nothing where its reader has seen it.
        #[source]
        said: Option<Said>,
    },
    /// The module has no contract in it, or breaks it.
    #[error("{} is no regent plugin: {reason}", module.display())]
    NotAComponent {
        /// The module.
        module: PathBuf,
        /// What it is written in.
        language: Language,
        /// Why not.
        reason: String,
    },
    /// A file or folder cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A file that says how the plugin is built is no text.
    #[error(transparent)]
    Text(#[from] source::Error),
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
}

/// What a program said before it failed, from its first error on, in several lines.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Said(pub String);

coded! {
    Error {
        NoProgram "toolchain-missing" Environment "a program that builds plugins of this language does not run";
        OldProgram "toolchain-old" Environment "a program that builds plugins of this language is too old";
        NoTarget "toolchain-no-target" Environment "the Rust compiler lacks the target of plugins";
        NoFolder "project-missing" Environment "there is no such folder";
        NoProject "not-a-project" Environment "the folder holds no plugin's project";
        TwoLanguages "project-of-two-languages" Environment "the folder holds projects in two languages";
        Manifest "project-manifest-unfit" Environment "the project does not say how it is built";
        NoContract "project-without-contract" Environment "the project holds no copy of the contract";
        Contract "project-contract-unfit" Environment "the project's copy of the contract is not understood";
        Imports "project-imports" Environment "the project makes a component that wants more than the contract offers";
        NoArtifact "project-makes-nothing" Environment "the project makes no WebAssembly module";
        BuildFailed "build-failed" Environment "a program refused the project or its code";
        NotAComponent "project-no-plugin" Environment "the project's module is no plugin";
        Unreadable "project-unreadable" Environment "a file or folder of the project cannot be read";
        Unwritable "project-unwritable" Environment "a file of the project cannot be written";
    }
    passing { Text.0 }
}

impl Error {
    /// The same, for a reader who has seen what the programs said.
    #[must_use]
    pub fn seen(self) -> Self {
        match self {
            Self::BuildFailed {
                failed,
                project,
                help,
                ..
            } => Self::BuildFailed {
                failed,
                project,
                help,
                said: None,
            },
            other => other,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoProgram { language, .. } | Self::OldProgram { language, .. } => Some(format!(
                "{}, open a new terminal and try again; components that are built already run \
                 without it",
                language.tools()
            )),
            Self::NoTarget { .. } => Some(format!(
                "type `rustup target add {TARGET}`; if your Rust does not come from rustup, install \
                 the distribution's package for that target (Debian: libstd-rust-dev-wasm32)"
            )),
            Self::NoFolder { .. } | Self::NoProject { .. } => Some(
                "name the folder that holds the plugin's `Cargo.toml` (Rust), `package.json` \
                 (JavaScript, TypeScript), `pyproject.toml` (Python) or `regent-plugin.toml` (C)"
                    .to_owned(),
            ),
            Self::TwoLanguages { .. } => {
                Some("keep the plugin's project in a folder of its own".to_owned())
            }
            Self::Manifest { .. } => Some(
                "compare it with the one of a new project, which `regent plugin new NAME --lang LANGUAGE` makes"
                    .to_owned(),
            ),
            Self::NoContract { .. } | Self::Contract { .. } => Some(
                "copy `wit/plugin.wit` from a new project, which `regent plugin new NAME --lang LANGUAGE` makes"
                    .to_owned(),
            ),
            Self::Imports { .. } => Some(
                "a plugin is given everything as arguments: do without the files, clocks, streams \
                 and networks that the code or one of its libraries asks for"
                    .to_owned(),
            ),
            Self::NoArtifact { .. } => {
                Some("add `[lib]` and `crate-type = [\"cdylib\"]` to its `Cargo.toml`".to_owned())
            }
            Self::BuildFailed { help, .. } => help.clone(),
            Self::NotAComponent { language, .. } => Some(match language {
                Language::Rust => "let `wit_bindgen::generate!` read regent's `plugin.wit`, call \
                                   `export!`, and take the wit-bindgen version that the plugins \
                                   shipped with regent take"
                    .to_owned(),
                _ => "write every function that the world in its manifest exports".to_owned(),
            }),
            Self::Text(error) => error.help(),
            Self::Unreadable { cause, .. } | Self::Unwritable { cause, .. } => match cause.kind() {
                io::ErrorKind::AlreadyExists => {
                    Some("nothing is overwritten; name a folder that does not exist yet".to_owned())
                }
                io::ErrorKind::NotFound => Some("check the path".to_owned()),
                io::ErrorKind::PermissionDenied => {
                    Some("check who owns it and who may write there".to_owned())
                }
                _ => None,
            },
        }
    }

    pub(super) fn build_failed(failed: &'static str, project: &Path, said: String) -> Self {
        Self::BuildFailed {
            failed,
            project: project.to_owned(),
            help: build_help(project, &said),
            said: Some(Said(said)),
        }
    }

    pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |cause| Self::Unreadable { path, cause }
    }

    pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |cause| Self::Unwritable { path, cause }
    }
}

/// Explains the failures that are not in the plugin's code.
fn build_help(project: &Path, output: &str) -> Option<String> {
    let says = |texts: &[&str]| texts.iter().any(|text| output.contains(text));
    if says(&["--locked was passed", "because `--locked`"]) {
        Some(format!(
            "`Cargo.lock` does not fit `Cargo.toml`: run `cargo update --workspace` in {} and build again",
            project.display()
        ))
    } else if says(&[
        "failed to download",
        "failed to fetch",
        "Could not resolve host",
        "network failure",
        "npm error network",
        "Failed to establish a new connection",
    ]) {
        Some(
            "the first build fetches tools and libraries from the language's registry: build once \
             where it can be reached"
                .to_owned(),
        )
    } else if says(&["ensurepip is not available"]) {
        Some(Language::Python.tools().to_owned())
    } else if says(&["unable to execute command", "wasm-ld"]) && says(&["linker", "not found"]) {
        Some(Language::C.tools().to_owned())
    } else {
        None
    }
}
