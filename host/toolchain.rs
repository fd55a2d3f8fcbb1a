//! Turns a plugin's sources into a component.
//!
//! In: a project in one of the languages. Out: one `.wasm` file that the policy can load. Rust and C
//! are compiled to a WebAssembly module, and the module's own contract, which the bindings put into
//! it, is wrapped around it; what interprets JavaScript and Python brings tools that do both.
//!
//! **Invariant:** a component that is built imports nothing but what the contract offers. In Rust
//! and C the same sources, lock file and compiler give the same bytes, whatever folder, account and
//! environment they are built in; the interpreters' tools do not promise that.

use std::path::{Path, PathBuf};

use crate::identity::Digest;

mod c;
mod cargo;
mod component;
mod contract;
mod embedded;
mod error;
mod fresh;
mod language;
mod node;
mod process;
mod python;

pub use embedded::{CONTRACT, Project, embedded};
pub use error::{Error, Said};
pub use fresh::{Fresh, Kind};
pub use language::Language;

use process::Work;

/// What compiled languages are compiled to: no operating system, hence no WASI imports.
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
    /// Runs the tools of JavaScript and TypeScript.
    pub node: PathBuf,
    /// Installs them.
    pub npm: PathBuf,
    /// Makes the environment that the tool of Python is installed in.
    pub python: PathBuf,
    /// The C compiler.
    pub clang: PathBuf,
    /// Cargo's target folder; without one, the project's own.
    pub target_dir: Option<PathBuf>,
}

impl Default for Toolchain {
    /// Each program as the `PATH` finds it.
    fn default() -> Self {
        Self {
            cargo: "cargo".into(),
            rustc: "rustc".into(),
            rustup: "rustup".into(),
            node: "node".into(),
            npm: "npm".into(),
            python: "python3".into(),
            clang: "clang".into(),
            target_dir: None,
        }
    }
}

/// A component that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The project's name.
    pub name: String,
    /// What it is written in.
    pub language: Language,
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
    /// and what the language's programs print. The first build of a project fetches its tools and
    /// libraries from the language's registry.
    pub fn build(&self, source: &Path, out: &Path, say: &dyn Fn(&str)) -> Result<Built, Error> {
        let language = Language::of(source)?;
        let source = std::fs::canonicalize(source).map_err(Error::unreadable(source))?;
        let work = Work {
            language,
            project: &source,
            say,
        };
        let folder = tempfile::tempdir().map_err(Error::unwritable(&std::env::temp_dir()))?;
        let made = folder.path().join("component.wasm");
        let mut added_target = false;
        let (name, component) = match language {
            Language::Rust => {
                let module = self.cargo_module(&work)?;
                added_target = module.added_target;
                (module.name, component::encode(&module.path, language)?)
            }
            Language::C => {
                let (name, module) = self.c_module(&work, folder.path())?;
                (name, component::encode(&module, language)?)
            }
            Language::JavaScript | Language::TypeScript => {
                let name = self.node_component(&work, folder.path(), &made)?;
                (name, component::read(&made)?)
            }
            Language::Python => {
                let name = self.python_component(&work, &made)?;
                (name, component::read(&made)?)
            }
        };
        component::refuse_imports(&component, &source)?;
        let component = component::name_language(&component, language, &source)?;
        component::write(out, &component)?;
        Ok(Built {
            name,
            language,
            component: out.to_owned(),
            bytes: component.len() as u64,
            digest: Digest::of(&component),
            added_target,
        })
    }
}
