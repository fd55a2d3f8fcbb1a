//! A command that runs within a deadline.

use std::fmt;
use std::fs::File;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Error;

/// How much of the end of what a command prints is kept, in bytes.
const KEPT: u64 = 2048;

/// How many lines of it are shown.
const SHOWN: usize = 3;

/// How often a running command is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A program and its arguments, which no shell reads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<String>")]
#[schemars(with = "Vec<String>")]
pub struct CommandLine(pub(super) Vec<String>);

/// Nothing to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a command names its program first: [\"PROGRAM\", \"ARGUMENT\", …]")]
pub struct NoProgram;

impl TryFrom<Vec<String>> for CommandLine {
    type Error = NoProgram;
    fn try_from(words: Vec<String>) -> Result<Self, NoProgram> {
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Self(words)),
            _ => Err(NoProgram),
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Runs a command to its end, or stops it and everything it started that has not left its group.
pub fn run(line: &CommandLine, timeout: Duration) -> Result<(), Error> {
    let not_started = |cause| Error::NotStarted {
        command: line.to_string(),
        cause,
    };
    // A file, not a pipe: a daemon that the command leaves behind is not killed by its next word.
    let printed = tempfile::tempfile().map_err(not_started)?;
    let mut command = Command::new(&line.0[0]);
    command
        .args(&line.0[1..])
        .stdin(Stdio::null())
        .stdout(printed.try_clone().map_err(not_started)?)
        .stderr(printed.try_clone().map_err(not_started)?);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(not_started)?;
    let deadline = Instant::now() + timeout;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(not_started)? {
            break status;
        }
        if Instant::now() >= deadline {
            stop(&mut child);
            let (command, output) = (line.to_string(), end_of(&printed));
            return Err(Error::TimedOut {
                command,
                // What is left of a second counts as one: nobody is told of 0 s.
                seconds: timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0),
                output,
            });
        }
        forget_the_start(&printed);
        std::thread::sleep(GLANCE);
    };
    if status.success() {
        Ok(())
    } else {
        Err(failed(line, status, end_of(&printed)))
    }
}

fn failed(line: &CommandLine, status: ExitStatus, output: String) -> Error {
    let command = line.to_string();
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Error::Killed {
            command,
            signal,
            output,
        };
    }
    Error::Failed {
        command,
        status: status.code().unwrap_or(-1),
        output,
    }
}

/// Kills the command and what it started.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(id) = i32::try_from(child.id()) {
        use nix::sys::signal::{Signal, killpg};
        // A group that is gone already is what is wanted.
        let _gone = killpg(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
    }
    let _gone = child.kill();
    let _reaped = child.wait();
}

/// Gives the disk back all but the end of what was printed so far.
fn forget_the_start(printed: &File) {
    #[cfg(target_os = "linux")]
    {
        use nix::fcntl::{FallocateFlags, fallocate};
        let length = printed.metadata().map_or(0, |metadata| metadata.len());
        if let Ok(start @ 1..) = i64::try_from(length.saturating_sub(KEPT)) {
            let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
            // Where the file system makes no holes, the deadline is the bound.
            let _unpunched = fallocate(printed, hole, 0, start);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = printed;
}

/// The end of what was printed, in one line.
fn end_of(printed: &File) -> String {
    let length = printed.metadata().map_or(0, |metadata| metadata.len());
    let start = length.saturating_sub(KEPT);
    let bytes = read_at(printed, start);
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(SHOWN)..].join(" / ")
}

/// Reads without moving the place at which the command, or what it left behind, goes on writing.
#[cfg(unix)]
fn read_at(printed: &File, start: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(KEPT).unwrap_or_default()];
    let read = std::os::unix::fs::FileExt::read_at(printed, &mut bytes, start).unwrap_or(0);
    bytes.truncate(read);
    bytes
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn only_the_end_of_a_flood_stays_on_the_disk() {
        let mut printed = tempfile::tempfile().expect("a file");
        let mut written = 0;
        for _ in 0..64 {
            printed.write_all(&vec![b'x'; 64 * 1024]).expect("written");
            printed.write_all(b"\nthe last word\n").expect("written");
            forget_the_start(&printed);
            written += 64 * 1024 + 15;
        }
        let metadata = printed.metadata().expect("metadata");
        assert_eq!(metadata.len(), written);
        assert!(
            metadata.blocks() * 512 < 64 * 1024,
            "{} blocks",
            metadata.blocks()
        );
        assert!(end_of(&printed).ends_with("x / the last word"));
    }
}
