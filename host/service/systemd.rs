//! A service that systemd runs.

use std::path::Path;
use std::time::{Duration, Instant};

use super::Error;
use super::command::{self, CommandLine};

/// systemd's control program, found on the path.
pub const PROGRAM: &str = "systemctl";

/// What systemd says of a unit that is on its way up, or waits to be tried again.
const STARTING: &str = "activating";

/// How long to wait before asking about such a unit again.
const INTERVAL: Duration = Duration::from_millis(200);

/// `systemctl restart UNIT`, then `systemctl is-active UNIT` until the unit is up or down: one that
/// starts and falls over at once has not been restarted.
pub fn restart(systemctl: &Path, unit: &str, timeout: Duration) -> Result<(), Error> {
    let deadline = Instant::now() + timeout;
    let run = |act: &str| {
        let program = systemctl.display().to_string();
        let words = vec![program, act.to_owned(), "--".to_owned(), unit.to_owned()];
        let left = deadline.saturating_duration_since(Instant::now());
        command::run(&CommandLine(words), left)
    };
    run("restart")?;
    loop {
        match run("is-active") {
            Err(Error::Failed { output, .. })
                if output == STARTING && Instant::now() + INTERVAL < deadline =>
            {
                std::thread::sleep(INTERVAL);
            }
            answer => return answer,
        }
    }
}
