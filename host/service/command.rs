//! A command that runs within a deadline.

use std::io::{Read, Seek as _, SeekFrom};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Error;

/// How much of the end of what a command prints is kept, in bytes.
const KEPT: u64 = 2048;

/// How often a running command is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// Runs a command to its end, without a shell, or stops it and everything it started.
pub fn run(words: &[String], timeout: Duration) -> Result<(), Error> {
    let (program, arguments) = words.split_first().ok_or(Error::NoCommand)?;
    let name = words.join(" ");
    let not_started = |cause| Error::NotStarted {
        command: name.clone(),
        cause,
    };
    // A file, not a pipe: a command that prints much is never blocked, nor one whose children live on.
    let mut printed = tempfile::tempfile().map_err(not_started)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
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
        match child.try_wait().map_err(not_started)? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                stop(&mut child);
                let output = end_of(&mut printed);
                return Err(Error::TimedOut {
                    command: name,
                    seconds: timeout.as_secs(),
                    output,
                });
            }
            None => std::thread::sleep(GLANCE),
        }
    };
    match status.code() {
        Some(0) => Ok(()),
        Some(status) => Err(Error::Failed {
            command: name,
            status,
            output: end_of(&mut printed),
        }),
        None => Err(Error::Killed {
            command: name,
            output: end_of(&mut printed),
        }),
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

/// The end of what was printed, in one line.
fn end_of(printed: &mut std::fs::File) -> String {
    let mut bytes = Vec::new();
    let length = printed.metadata().map_or(0, |metadata| metadata.len());
    let read = printed
        .seek(SeekFrom::Start(length.saturating_sub(KEPT)))
        .and_then(|_| printed.by_ref().take(KEPT).read_to_end(&mut bytes));
    if read.is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(3)..].join(" / ")
}
