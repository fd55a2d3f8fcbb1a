//! Rust: Cargo, the compiler and rustup, and what they say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::process::Work;
use super::{Error, TARGET, Toolchain};

/// What a failed build is told with.
const FAILED: &str = "Cargo could not build";

/// A module, and what Cargo made it of.
pub(super) struct Module {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// Whether [`TARGET`] was missing and is installed now.
    pub(super) added_target: bool,
}

/// What Cargo knows of a project before it builds it.
struct Facts {
    name: String,
    /// How Cargo names the package in what it prints.
    id: String,
    /// Folders of other people's crates; they differ between machines.
    elsewhere: BTreeSet<PathBuf>,
}

impl Toolchain {
    /// Builds a Cargo project to a module with its contract in it.
    pub(super) fn cargo_module(&self, work: &Work) -> Result<Module, Error> {
        let added_target = self.require_target(work)?;
        let facts = self.metadata(work)?;
        work.begin(&facts.name);
        Ok(Module {
            path: self.compile(work, &facts)?,
            name: facts.name,
            added_target,
        })
    }

    /// Sees to it that the compiler has [`TARGET`]; true when it had to be added.
    fn require_target(&self, work: &Work) -> Result<bool, Error> {
        if self.has_target(work)? {
            return Ok(false);
        }
        (work.say)(&format!(
            "the Rust target {TARGET} is missing: adding it with `rustup target add {TARGET}`"
        ));
        self.add_target(work)?;
        if self.has_target(work)? {
            (work.say)(&format!("added the Rust target {TARGET}"));
            Ok(true)
        } else {
            Err(Error::NoTarget {
                said: "rustup added it to another compiler than the one on the path".to_owned(),
            })
        }
    }

    /// Whether the compiler that the project is built with has [`TARGET`].
    fn has_target(&self, work: &Work) -> Result<bool, Error> {
        let mut rustc = work.command(&self.rustc);
        rustc.args(["--print", "target-libdir", "--target", TARGET]);
        let run = work.succeed(&mut rustc, FAILED)?;
        Ok(Path::new(run.stdout.trim()).is_dir())
    }

    /// Adds [`TARGET`] through rustup.
    fn add_target(&self, work: &Work) -> Result<(), Error> {
        let mut rustup = work.command(&self.rustup);
        rustup.args(["target", "add", TARGET]);
        match work.run(&mut rustup) {
            Ok(run) if run.status.success() => Ok(()),
            Ok(run) => Err(Error::NoTarget {
                said: run.failure().trim_start_matches("error: ").to_owned(),
            }),
            Err(Error::NoProgram { program, cause, .. }) => Err(Error::NoTarget {
                said: format!("`{}` cannot be run ({cause})", program.display()),
            }),
            Err(error) => Err(error),
        }
    }

    /// Asks Cargo what the project is.
    fn metadata(&self, work: &Work) -> Result<Facts, Error> {
        let source = work.project;
        let mut cargo = self.cargo("metadata", work);
        cargo.args(["--format-version", "1", "--filter-platform", TARGET]);
        let run = work.succeed(&mut cargo, FAILED)?;
        let no_artifact = || Error::NoArtifact {
            project: source.to_owned(),
        };
        // A virtual workspace has no root package.
        let metadata: Metadata = serde_json::from_str(&run.stdout).map_err(|_| no_artifact())?;
        let (root, others): (Vec<_>, Vec<_>) = metadata
            .packages
            .into_iter()
            .partition(|package| package.id == metadata.resolve.root);
        let [root] = &root[..] else {
            return Err(no_artifact());
        };
        if !root.targets.iter().any(CargoTarget::is_module) {
            return Err(no_artifact());
        }
        let folders = others
            .iter()
            .filter_map(|package| package.manifest_path.ancestors().nth(2));
        Ok(Facts {
            name: root.name.clone(),
            id: root.id.clone(),
            elsewhere: folders
                .filter(|folder| !folder.starts_with(source))
                .map(Path::to_owned)
                .collect(),
        })
    }

    /// Compiles the project and returns where its module lies.
    fn compile(&self, work: &Work, facts: &Facts) -> Result<PathBuf, Error> {
        let mut cargo = self.cargo("build", work);
        cargo.args(["--release", "--target", TARGET]);
        cargo.args(["--message-format", "json-render-diagnostics"]);
        // Panic messages name source files: without the folders the bytes are the same everywhere.
        let flags: toml::value::Array = facts
            .elsewhere
            .iter()
            .map(|folder| format!("--remap-path-prefix={}=crates", folder.display()).into())
            .collect();
        let flags = toml::Value::Array(flags);
        cargo.args(["--config", &format!("target.{TARGET}.rustflags = {flags}")]);
        if let Some(folder) = &self.target_dir {
            cargo.arg("--target-dir").arg(folder);
        }
        let run = work.succeed(&mut cargo, FAILED)?;
        let mut modules = run.stdout.lines().filter_map(|line| {
            let message: Message = serde_json::from_str(line).ok()?;
            let ours = message.reason == "compiler-artifact" && message.package_id? == facts.id;
            let module = ours && message.target?.is_module();
            let mut files = message.filenames.into_iter();
            files.find(|file| module && file.extension().is_some_and(|it| it == "wasm"))
        });
        modules.next_back().ok_or_else(|| Error::NoArtifact {
            project: work.project.to_owned(),
        })
    }

    /// `cargo COMMAND` for the project in `source` and no other.
    fn cargo(&self, subcommand: &str, work: &Work) -> Command {
        let source = work.project;
        let mut cargo = work.command(&self.cargo);
        cargo.args([subcommand, "--color", "never", "--manifest-path"]);
        cargo.arg(source.join("Cargo.toml"));
        // A new project has no lock file until it is first built.
        if source.join("Cargo.lock").is_file() {
            cargo.arg("--locked");
        }
        cargo
    }
}

/// The part of `cargo metadata` that is read.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    root: String,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    id: String,
    manifest_path: PathBuf,
    targets: Vec<CargoTarget>,
}

/// The part of Cargo's messages that is read.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    target: Option<CargoTarget>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct CargoTarget {
    crate_types: Vec<String>,
}

impl CargoTarget {
    fn is_module(&self) -> bool {
        self.crate_types.iter().any(|kind| kind == "cdylib")
    }
}
