//! Turns a plugin's Rust sources into a component.
//!
//! In: a Cargo project. Out: one `.wasm` file that the policy can load. Cargo compiles the project
//! to a WebAssembly module, and the module's own contract, which `wit-bindgen` put into it, is
//! wrapped around it.
//!
//! **Invariant:** the same sources, lock file and compiler give the same bytes, whatever folder,
//! account and environment they are built in.

use std::path::{Path, PathBuf};

use crate::identity::Digest;

mod cargo;
mod component;
mod embedded;
mod error;

pub use embedded::{Project, embedded};
pub use error::{Error, Said};

/// What plugins are compiled to: no operating system, hence no WASI imports.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The programs that build plugins, and where they leave what they may need again.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// Cargo.
    pub cargo: PathBuf,
    /// The compiler, asked only whether it has [`TARGET`].
    pub rustc: PathBuf,
    /// Adds [`TARGET`] where it is missing.
    pub rustup: PathBuf,
    /// Cargo's target folder; without one, the project's own.
    pub target_dir: Option<PathBuf>,
}

impl Default for Toolchain {
    /// `cargo`, `rustc` and `rustup` as the `PATH` finds them.
    fn default() -> Self {
        Self {
            cargo: "cargo".into(),
            rustc: "rustc".into(),
            rustup: "rustup".into(),
            target_dir: None,
        }
    }
}

/// A component that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The project's name.
    pub name: String,
    /// Where the component lies.
    pub component: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Names its content; the policy can pin it.
    pub digest: Digest,
    /// Whether [`TARGET`] was missing and is installed now.
    pub added_target: bool,
}

impl Toolchain {
    /// Builds the project in the folder `source` into the component `out`.
    ///
    /// `say` is given each thing worth knowing while it happens, in one line: what regent does,
    /// and what Cargo prints. The first build of a project fetches its crates from the registry.
    pub fn build(&self, source: &Path, out: &Path, say: &dyn Fn(&str)) -> Result<Built, Error> {
        if !source.is_dir() {
            return Err(Error::NoFolder {
                folder: source.to_owned(),
            });
        }
        if !source.join("Cargo.toml").is_file() {
            return Err(Error::NoProject {
                folder: source.to_owned(),
            });
        }
        let source = std::fs::canonicalize(source).map_err(Error::unreadable(source))?;
        let added_target = self.require_target(&source, say)?;
        let project = self.metadata(&source, say)?;
        say(&format!(
            "building {} in {}",
            project.name,
            source.display()
        ));
        let module = self.compile(&source, &project, say)?;
        let component = component::encode(&module)?;
        component::write(out, &component)?;
        Ok(Built {
            name: project.name,
            component: out.to_owned(),
            bytes: component.len() as u64,
            digest: Digest::of(&component),
            added_target,
        })
    }

    /// Sees to it that the compiler has [`TARGET`]; true when it had to be added.
    fn require_target(&self, source: &Path, say: &dyn Fn(&str)) -> Result<bool, Error> {
        if self.has_target(source, say)? {
            return Ok(false);
        }
        say(&format!(
            "the Rust target {TARGET} is missing: adding it with `rustup target add {TARGET}`"
        ));
        self.add_target(source, say)?;
        if self.has_target(source, say)? {
            say(&format!("added the Rust target {TARGET}"));
            Ok(true)
        } else {
            Err(Error::NoTarget {
                said: "rustup added it to another compiler than the one on the path".to_owned(),
            })
        }
    }
}
