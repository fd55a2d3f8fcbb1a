//! Runs Cargo, the compiler and rustup, and reads what they say.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde::Deserialize;

use super::{Error, TARGET, Toolchain};

/// The most lines of a failed program's output that are shown.
const MAX_LINES: usize = 40;

/// What an outer Cargo, or the author's shell, would change the build with. `CARGO_HOME`,
/// `RUSTUP_HOME` and `RUSTUP_TOOLCHAIN` stay: they say where Rust is.
const SCRUBBED: [&str; 30] = [
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS",
    "CARGO_PROFILE_RELEASE_DEBUG",
    "CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS",
    "CARGO_PROFILE_RELEASE_LTO",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL",
    "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS",
    "CARGO_PROFILE_RELEASE_PANIC",
    "CARGO_PROFILE_RELEASE_STRIP",
    "CARGO_TARGET_DIR",
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

/// What Cargo knows of a project before it builds it.
pub(super) struct Facts {
    pub(super) name: String,
    /// How Cargo names the package in what it prints.
    id: String,
    /// Folders of other people's crates; they differ between machines.
    elsewhere: BTreeSet<PathBuf>,
}

impl Toolchain {
    /// Whether the compiler that `source` is built with has [`TARGET`].
    pub(super) fn has_target(&self, source: &Path, say: &dyn Fn(&str)) -> Result<bool, Error> {
        let mut rustc = command(&self.rustc, source);
        rustc.args(["--print", "target-libdir", "--target", TARGET]);
        let run = run(&mut rustc, say).map_err(no_cargo(&self.rustc))?;
        if run.status.success() {
            Ok(Path::new(run.stdout.trim()).is_dir())
        } else {
            Err(Error::build_failed(source, run.failure()))
        }
    }

    /// Adds [`TARGET`] through rustup.
    pub(super) fn add_target(&self, source: &Path, say: &dyn Fn(&str)) -> Result<(), Error> {
        let mut rustup = command(&self.rustup, source);
        rustup.args(["target", "add", TARGET]);
        match run(&mut rustup, say) {
            Ok(run) if run.status.success() => Ok(()),
            Ok(run) => Err(Error::NoTarget {
                said: run.failure().trim_start_matches("error: ").to_owned(),
            }),
            Err(cause) => Err(Error::NoTarget {
                said: format!("`{}` cannot be run ({cause})", self.rustup.display()),
            }),
        }
    }

    /// Asks Cargo what the project is.
    pub(super) fn metadata(&self, source: &Path, say: &dyn Fn(&str)) -> Result<Facts, Error> {
        let mut cargo = self.cargo("metadata", source);
        cargo.args(["--format-version", "1", "--filter-platform", TARGET]);
        let run = self.succeed(&mut cargo, source, say)?;
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
    pub(super) fn compile(
        &self,
        source: &Path,
        facts: &Facts,
        say: &dyn Fn(&str),
    ) -> Result<PathBuf, Error> {
        let mut cargo = self.cargo("build", source);
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
        let run = self.succeed(&mut cargo, source, say)?;
        let mut modules = run.stdout.lines().filter_map(|line| {
            let message: Message = serde_json::from_str(line).ok()?;
            let ours = message.reason == "compiler-artifact" && message.package_id? == facts.id;
            let module = ours && message.target?.is_module();
            let mut files = message.filenames.into_iter();
            files.find(|file| module && file.extension().is_some_and(|it| it == "wasm"))
        });
        modules.next_back().ok_or_else(|| Error::NoArtifact {
            project: source.to_owned(),
        })
    }

    /// `cargo COMMAND` for the project in `source` and no other.
    fn cargo(&self, subcommand: &str, source: &Path) -> Command {
        let mut cargo = command(&self.cargo, source);
        cargo.args([subcommand, "--color", "never", "--manifest-path"]);
        cargo.arg(source.join("Cargo.toml"));
        // A new project has no lock file until it is first built.
        if source.join("Cargo.lock").is_file() {
            cargo.arg("--locked");
        }
        cargo
    }

    fn succeed(
        &self,
        cargo: &mut Command,
        source: &Path,
        say: &dyn Fn(&str),
    ) -> Result<Run, Error> {
        let run = run(cargo, say).map_err(no_cargo(&self.cargo))?;
        if run.status.success() {
            Ok(run)
        } else {
            Err(Error::build_failed(source, run.failure()))
        }
    }
}

fn no_cargo(program: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let program = program.to_owned();
    |cause| Error::NoCargo { program, cause }
}

/// A program in the project's folder, where its `rust-toolchain.toml` counts.
fn command(program: &Path, source: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(source).stdin(Stdio::null());
    for name in SCRUBBED {
        command.env_remove(name);
    }
    command
}

/// What a program that ended has said.
struct Run {
    status: ExitStatus,
    stdout: String,
    stderr: Vec<String>,
}

/// Runs a program to its end and passes on each line of its standard error.
fn run(command: &mut Command, say: &dyn Fn(&str)) -> std::io::Result<Run> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdout = child.stdout.take().expect("standard output is a pipe");
    let stderr = child.stderr.take().expect("standard error is a pipe");
    // Both pipes at once: a program that fills one would wait for ever.
    let (stdout, stderr) = std::thread::scope(|threads| {
        let reader = threads.spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).map(|_| bytes)
        });
        let mut lines = Vec::new();
        for line in BufReader::new(stderr).split(b'\n') {
            let line = printable(String::from_utf8_lossy(&line?).trim_end());
            say(&line);
            lines.push(line);
        }
        let bytes = reader.join().expect("the reader does not panic")?;
        std::io::Result::Ok((bytes, lines))
    })?;
    Ok(Run {
        status: child.wait()?,
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr,
    })
}

impl Run {
    /// What went wrong: from the first error on, or else the end.
    fn failure(&self) -> String {
        let is_error = |line: &String| line.starts_with("error");
        let first = self.stderr.iter().position(is_error);
        let first = first.unwrap_or_else(|| self.stderr.len().saturating_sub(MAX_LINES));
        let shown = &self.stderr[first..];
        let text = shown[..shown.len().min(MAX_LINES)].join("\n");
        match shown.len().checked_sub(MAX_LINES) {
            _ if text.trim().is_empty() => format!("it ended with {}", self.status),
            Some(more @ 1..) => format!("{text}\n… {more} more lines"),
            _ => text,
        }
    }
}

/// Escapes what would change the terminal: a compiler quotes the source code it refuses.
fn printable(line: &str) -> String {
    let changes = |c: char| {
        (c.is_control() && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        if changes(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_terminal_is_escaped() {
        assert_eq!(
            printable("a\tü \u{1b}[2J \u{202e}x\r"),
            "a\tü \\u{1b}[2J \\u{202e}x\\r"
        );
    }

    #[test]
    fn a_failure_starts_at_the_first_error_and_is_bounded() {
        let run = |lines: Vec<String>| Run {
            status: ExitStatus::default(),
            stdout: String::new(),
            stderr: lines,
        };
        let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(
            run(lines(&["   Compiling x", "error[E0425]: no", "  --> src"])).failure(),
            "error[E0425]: no\n  --> src"
        );
        assert_eq!(run(lines(&["killed"])).failure(), "killed");
        let many = run((0..100).map(|count| format!("error {count}")).collect());
        assert!(many.failure().ends_with("error 39\n… 60 more lines"));
        let noise = run((0..100).map(|count| format!("line {count}")).collect());
        assert!(noise.failure().starts_with("line 60\n") && noise.failure().ends_with("line 99"));
        assert!(
            run(Vec::new())
                .failure()
                .starts_with("it ended with exit status")
        );
    }
}
