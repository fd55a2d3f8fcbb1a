//! Runs the programs of a language's toolchain, and keeps what they say.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use super::{Error, Language};

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

/// A program in the project's folder, where its `rust-toolchain.toml` counts.
fn command(program: &Path, source: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(source).stdin(Stdio::null());
    for name in SCRUBBED {
        command.env_remove(name);
    }
    // What a tool written in Rust says of a failure would be buried in frames of its own.
    command.env("RUST_BACKTRACE", "0");
    command
}

/// The build of one project.
pub(super) struct Work<'a> {
    pub(super) language: Language,
    pub(super) project: &'a Path,
    /// Is given each thing worth knowing while it happens, in one line.
    pub(super) say: &'a dyn Fn(&str),
}

impl Work<'_> {
    /// Says that the build of the plugin of that name begins.
    pub(super) fn begin(&self, name: &str) {
        (self.say)(&format!("building {name} in {}", self.project.display()));
    }

    /// A program in the project's folder.
    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        command(program.as_ref(), self.project)
    }

    /// Runs a program to its end, whatever that is.
    pub(super) fn run(&self, command: &mut Command) -> Result<Run, Error> {
        run(command, self.say).map_err(|cause| Error::NoProgram {
            program: command.get_program().into(),
            language: self.language,
            cause,
        })
    }

    /// Runs a program that has to succeed; `failed` says what it failed at, before the project.
    pub(super) fn succeed(
        &self,
        command: &mut Command,
        failed: &'static str,
    ) -> Result<Run, Error> {
        let run = self.run(command)?;
        if run.status.success() {
            Ok(run)
        } else {
            Err(Error::build_failed(failed, self.project, run.failure()))
        }
    }
}

/// What a program that ended has said.
pub(super) struct Run {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    /// What it said to people; where it failed without a word there, its standard output.
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
    let mut run = Run {
        status: child.wait()?,
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr,
    };
    // The TypeScript compiler says there what is wrong.
    if !run.status.success() && run.stderr.iter().all(|line| line.trim().is_empty()) {
        run.stderr = run.stdout.lines().map(printable).collect();
        run.stderr.iter().for_each(|line| say(line));
    }
    Ok(run)
}

impl Run {
    /// What went wrong: from the first error on, or else the end.
    pub(super) fn failure(&self) -> String {
        let is_error = |line: &String| {
            [
                "error",
                "Error",
                "AssertionError: ",
                "✘ [ERROR]",
                "npm error",
            ]
            .iter()
            .any(|start| line.starts_with(start))
        };
        let stdout: Vec<String>;
        let lines = if self.stderr.is_empty() {
            // Some say there what went wrong.
            stdout = self.stdout.lines().map(printable).collect();
            &stdout
        } else {
            &self.stderr
        };
        let first = lines.iter().position(is_error);
        let first = first.unwrap_or_else(|| lines.len().saturating_sub(MAX_LINES));
        let shown = &lines[first..];
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
