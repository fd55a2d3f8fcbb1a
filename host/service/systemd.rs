//! A service that systemd runs.

use std::path::Path;
use std::time::Duration;

use super::Error;
use super::command::{self, CommandLine};

/// systemd's control program, found on the path.
pub const PROGRAM: &str = "systemctl";

/// `systemctl restart UNIT`, then `systemctl is-active UNIT`: a unit that starts and falls over at
/// once has not been restarted.
pub fn restart(systemctl: &Path, unit: &str, timeout: Duration) -> Result<(), Error> {
    for act in ["restart", "is-active"] {
        let program = systemctl.display().to_string();
        let words = vec![program, act.to_owned(), "--".to_owned(), unit.to_owned()];
        command::run(&CommandLine(words), timeout)?;
    }
    Ok(())
}
