//! Why a plugin could not be built.

use std::io;
use std::path::{Path, PathBuf};

use super::TARGET;

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cargo, or the compiler that comes with it, does not run.
    #[error("`{}` cannot be run, so no plugin can be built", program.display())]
    NoCargo {
        /// What was to be run.
        program: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
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
    /// The folder holds no Cargo project.
    #[error("the folder {} holds no `Cargo.toml`, so it is no plugin's project", folder.display())]
    NoProject {
        /// The folder.
        folder: PathBuf,
    },
    /// The project makes no WebAssembly module.
    #[error("{} makes no WebAssembly module", project.display())]
    NoArtifact {
        /// The project's folder.
        project: PathBuf,
    },
    /// Cargo refused the project or its code.
    #[error("Cargo could not build {}", project.display())]
    BuildFailed {
        /// The project's folder.
        project: PathBuf,
        /// What to do about it, where the plugin's code is not to blame.
        help: Option<String>,
        /// What Cargo said; nothing where its reader has seen it.
        #[source]
        said: Option<Said>,
    },
    /// The module has no contract in it, or breaks it.
    #[error("{} is no regent plugin: {reason}", module.display())]
    NotAComponent {
        /// The module.
        module: PathBuf,
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

impl Error {
    /// The same, for a reader who has seen what Cargo said.
    #[must_use]
    pub fn seen(self) -> Self {
        match self {
            Self::BuildFailed { project, help, .. } => Self::BuildFailed {
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
            Self::NoCargo { .. } => Some(
                "install Rust with rustup (https://rustup.rs), open a new terminal and try again; \
                 components that are built already run without it"
                    .to_owned(),
            ),
            Self::NoTarget { .. } => Some(format!(
                "type `rustup target add {TARGET}`; if your Rust does not come from rustup, install \
                 the distribution's package for that target (Debian: libstd-rust-dev-wasm32)"
            )),
            Self::NoFolder { .. } | Self::NoProject { .. } => {
                Some("name the folder that holds the plugin's `Cargo.toml`".to_owned())
            }
            Self::NoArtifact { .. } => {
                Some("add `[lib]` and `crate-type = [\"cdylib\"]` to its `Cargo.toml`".to_owned())
            }
            Self::BuildFailed { help, .. } => help.clone(),
            Self::NotAComponent { .. } => Some(
                "let `wit_bindgen::generate!` read regent's `plugin.wit`, call `export!`, and take \
                 the wit-bindgen version that the plugins shipped with regent take"
                    .to_owned(),
            ),
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

    pub(super) fn build_failed(project: &Path, said: String) -> Self {
        Self::BuildFailed {
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
    ]) {
        Some(
            "the first build fetches crates from the registry: build once where it can be reached"
                .to_owned(),
        )
    } else {
        None
    }
}
