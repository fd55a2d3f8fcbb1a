//! What keeps a service from running.

use crate::exit::coded;
use crate::fault::Fault;

/// Why the service was not restarted, or is not ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be started at all.
    #[error("cannot start `{command}`")]
    NotStarted {
        /// The command.
        command: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It said no.
    #[error("`{command}` failed with exit status {status}{}", said(output))]
    Failed {
        /// The command.
        command: String,
        /// Its exit status.
        status: i32,
        /// The end of what it printed.
        output: String,
    },
    /// It was killed by somebody else.
    #[error("`{command}` was killed by signal {signal}{}", said(output))]
    Killed {
        /// The command.
        command: String,
        /// The signal's number.
        signal: i32,
        /// The end of what it printed.
        output: String,
    },
    /// It took too long and was killed.
    #[error(
        "`{command}` did not end within {seconds} s and was stopped{}",
        said(output)
    )]
    TimedOut {
        /// The command.
        command: String,
        /// How long it was given.
        seconds: u64,
        /// The end of what it printed.
        output: String,
    },
    /// The service runs but never said that it is ready.
    #[error("the service was not ready within {seconds} s: {last}")]
    NotReady {
        /// The command that asks.
        command: String,
        /// How long it was given.
        seconds: u64,
        /// What the last try said.
        last: String,
    },
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::NotStarted {
            command: "the service's command".to_owned(),
            cause: fault.into(),
        }
    }
}

fn said(output: &str) -> String {
    if output.is_empty() {
        String::new()
    } else {
        format!(": {output}")
    }
}

coded! {
    Error {
        NotStarted "service-command-not-started" Environment "a command of the service could not be started";
        Failed "service-command-failed" Environment "a command of the service failed";
        Killed "service-command-killed" Environment "a command of the service was killed by a signal";
        TimedOut "service-command-timed-out" Environment "a command of the service took too long and was stopped";
        NotReady "service-not-ready" Environment "the service was not ready in time";
    }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotStarted { .. } => {
                "check that the program exists and may be run; [service] in regent.toml names it"
                    .to_owned()
            }
            Self::Failed { command, .. } | Self::Killed { command, .. } => {
                format!("run `{command}` by hand, and look into the service's log")
            }
            Self::TimedOut { .. } => {
                "look into the service's log; [service] timeout-seconds gives it longer".to_owned()
            }
            Self::NotReady { command, .. } => {
                format!("run `{command}` by hand; [service] ready.timeout-seconds gives it longer")
            }
        })
    }

    /// Whether trying again cannot help.
    pub(super) fn is_permanent(&self) -> bool {
        matches!(self, Self::NotStarted { .. })
    }
}
