//! Restarts the SSO service and waits until it is ready.
//!
//! **Invariant:** no shell is involved, no command runs without a deadline, and what a command
//! prints is bounded and shown only when it fails. What it prints goes to a file without a name: a
//! command that leaves a daemon behind should give the daemon a log of its own.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::fault::around;

pub mod command;
pub mod error;
pub mod settings;
pub mod systemd;

pub use command::CommandLine;
pub use error::Error;
pub use settings::{Ready, Restart, Settings};

/// What came of a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restarted {
    /// It was restarted.
    Done,
    /// The settings leave it to the operator.
    LeftToOperator,
}

/// This server's SSO service.
#[derive(Debug)]
pub struct Service {
    settings: Settings,
    systemctl: PathBuf,
}

impl Service {
    /// The service as settings describe it.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            systemctl: PathBuf::from(systemd::PROGRAM),
        }
    }

    /// The same with another `systemctl`.
    #[must_use]
    pub fn with_systemctl(self, systemctl: PathBuf) -> Self {
        Self { systemctl, ..self }
    }

    /// Whether the settings leave restarting to the operator.
    pub fn leaves_restart_to_operator(&self) -> bool {
        self.settings.restart == Restart::None
    }

    /// What is done, in words for a plan.
    pub fn describe(&self) -> String {
        let restart = match &self.settings.restart {
            Restart::None => "restart left to the operator".to_owned(),
            Restart::Systemd(unit) => format!("systemctl restart {unit}"),
            Restart::Command(line) => format!("run `{line}`"),
        };
        match &self.settings.ready {
            None => restart,
            Some(ready) => format!(
                "{restart}, then wait at most {} s until `{}` succeeds",
                ready.timeout_seconds, ready.command
            ),
        }
    }

    /// Restarts the service.
    pub fn restart(&self) -> Result<Restarted, Error> {
        if self.leaves_restart_to_operator() {
            return Ok(Restarted::LeftToOperator);
        }
        let timeout = seconds(self.settings.timeout_seconds);
        around("service/restart", || match &self.settings.restart {
            Restart::None => Ok(()),
            Restart::Systemd(unit) => systemd::restart(&self.systemctl, unit, timeout),
            Restart::Command(line) => command::run(line, timeout),
        })?;
        Ok(Restarted::Done)
    }

    /// Waits until the service is ready. A service whose restart is left to the operator has
    /// nothing to wait for yet.
    pub fn wait_ready(&self) -> Result<(), Error> {
        let Some(ready) = &self.settings.ready else {
            return Ok(());
        };
        if self.leaves_restart_to_operator() {
            return Ok(());
        }
        let deadline = Instant::now() + seconds(ready.timeout_seconds);
        let mut before = None;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let asked = around("service/ready", || command::run(&ready.command, left));
            let failed = match asked {
                Ok(()) => return Ok(()),
                Err(failed) if failed.is_permanent() => return Err(failed),
                Err(failed) => failed,
            };
            // A try that only the deadline cut short tells less than what an earlier one answered.
            let answer = match (before.take(), failed) {
                (Some(before), Error::TimedOut { .. }) => before,
                (_, failed) => failed,
            };
            let interval = Duration::from_millis(u64::from(ready.interval_milliseconds.get()));
            if Instant::now() + interval >= deadline {
                return Err(Error::NotReady {
                    command: ready.command.to_string(),
                    seconds: u64::from(ready.timeout_seconds.get()),
                    last: answer.to_string(),
                });
            }
            before = Some(answer);
            std::thread::sleep(interval);
        }
    }
}

fn seconds(count: NonZeroU32) -> Duration {
    Duration::from_secs(u64::from(count.get()))
}
