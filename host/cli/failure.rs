//! Why a command failed, and what it exits with.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::exit::Status;
use crate::report::ErrorReport;
use crate::{
    database, entropy, hindsight, plan, policy, promotion, rehearsal, secret, service, settings,
    source, toolchain, ui,
};

/// The sum of the rooms' errors.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for what there is not.
    #[error("{message}")]
    Usage {
        /// What is wrong with it.
        message: String,
        /// What to type instead.
        help: String,
    },
    /// The state forbids it.
    #[error("{message}")]
    Conflict {
        /// What forbids it.
        message: String,
        /// What to do now.
        help: String,
    },
    /// It was done, and then could not be written into the database.
    #[error("{message}")]
    Unrecorded {
        /// What was done and what was not.
        message: String,
        /// What to do now.
        help: String,
        /// Why not.
        #[source]
        cause: Box<database::Error>,
    },
    /// A file cannot be read or written.
    #[error("cannot {act} {}", path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// `regent.toml` or the environment.
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// A text file.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A plan file.
    #[error("{} cannot be used", path.display())]
    PlanFile {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        cause: plan::Unusable,
    },
    /// Evidence.
    #[error("cannot {act} the evidence {}", path.display())]
    Evidence {
        /// What was tried.
        act: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        cause: Box<policy::EvidenceError>,
    },
    /// Plugins in a bundle.
    #[error("cannot {act} {}", path.display())]
    Bundled {
        /// What was tried.
        act: &'static str,
        /// The bundle.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        cause: Box<settings::BundledError>,
    },
    /// The plan is not possible.
    #[error(transparent)]
    Refused(#[from] plan::Refusal),
    /// The plugins.
    #[error(transparent)]
    Policy(#[from] policy::Error),
    /// The cases of a plugin.
    #[error(transparent)]
    Case(#[from] policy::CaseError),
    /// Backup or vault.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// The credential database.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The database is older than what was seen of its system.
    #[error(transparent)]
    Hindsight(#[from] hindsight::Error),
    /// The service.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// Building a plugin.
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    /// The promotion.
    #[error(transparent)]
    Promotion(#[from] promotion::Error),
    /// The site that was made for a case.
    #[error(transparent)]
    Rehearsal(#[from] rehearsal::Error),
    /// The terminal.
    #[error(transparent)]
    Ui(#[from] ui::Error),
    /// Random bytes.
    #[error(transparent)]
    Entropy(#[from] entropy::Error),
}

fn of_database(error: &database::Error) -> Status {
    use database::Error;
    match error {
        Error::Locked { .. }
        | Error::StaleTerm { .. }
        | Error::StaleRevision { .. }
        | Error::PromotionUnfinished { .. }
        | Error::PlanUsed { .. }
        | Error::StalePlan { .. }
        | Error::PlanDiffers { .. }
        | Error::UnknownPromotion { .. }
        | Error::Misplaced { .. }
        | Error::IllegalEvent(_)
        | Error::ServerListed { .. }
        | Error::UnknownServer { .. }
        | Error::MasterStays { .. }
        | Error::SecretExists { .. } => Status::Conflict,
        Error::UnknownEngine { .. }
        | Error::NoFile { .. }
        | Error::Missing { .. }
        | Error::Exists { .. }
        | Error::Leftover { .. }
        | Error::NotAFile { .. }
        | Error::NotANeighbour { .. }
        | Error::Exposed { .. }
        | Error::NotADatabase { .. }
        | Error::Foreign { .. }
        | Error::Newer { .. }
        | Error::NoSharedLog { .. }
        | Error::Busy { .. }
        | Error::File { .. }
        | Error::Engine { .. }
        | Error::Corrupt { .. }
        | Error::PlanUnwritable { .. }
        | Error::OutOfRange { .. } => Status::Environment,
    }
}

fn of_secret(error: &secret::Error) -> Status {
    if error.is_conflict() {
        Status::Conflict
    } else {
        Status::Environment
    }
}

fn of_hindsight(error: &hindsight::Error) -> Status {
    match error {
        hindsight::Error::Older { .. } => Status::Conflict,
        hindsight::Error::Database(error) => of_database(error),
        hindsight::Error::Secret(error) => of_secret(error),
    }
}

fn of_promotion(error: &promotion::Error) -> Status {
    use promotion::Error;
    match error {
        Error::OtherServer { .. }
        | Error::NothingUnfinished
        | Error::SecretNotStaged { .. }
        | Error::PastReturn { .. } => Status::Conflict,
        Error::Database(error) => of_database(error),
        Error::Secret(error) => of_secret(error),
        Error::JournalEnds | Error::VaultEmpty | Error::NotAsPlanned { .. } | Error::Service(_) => {
            Status::Environment
        }
    }
}

/// What to do about a file that cannot be written or read.
fn of_file(cause: &std::io::Error) -> &'static str {
    if cause.kind() == std::io::ErrorKind::AlreadyExists {
        "nothing was written; name a file that does not exist yet"
    } else {
        "check that the folder exists, may be written to, and has room"
    }
}

impl Failure {
    /// What was done although the database then refused to take it down.
    pub(super) fn unrecorded(
        message: String,
        help: String,
    ) -> impl FnOnce(database::Error) -> Self {
        move |cause| Self::Unrecorded {
            message,
            help,
            cause: Box::new(cause),
        }
    }

    /// What the command exits with.
    pub fn status(&self) -> Status {
        match self {
            Self::Usage { .. } | Self::Ui(ui::Error::NotATerminal | ui::Error::NoPassword) => {
                Status::Usage
            }
            Self::Refused(_) | Self::Conflict { .. } => Status::Conflict,
            Self::Database(error) => of_database(error),
            Self::Unrecorded { cause, .. } => of_database(cause),
            Self::Secret(error) => of_secret(error),
            Self::Hindsight(error) => of_hindsight(error),
            Self::Promotion(error) => of_promotion(error),
            Self::File { .. }
            | Self::PlanFile { .. }
            | Self::Evidence { .. }
            | Self::Bundled { .. }
            | Self::Settings(_)
            | Self::Source(_)
            | Self::Policy(_)
            | Self::Case(_)
            | Self::Rehearsal(_)
            | Self::Service(_)
            | Self::Toolchain(_)
            | Self::Ui(_)
            | Self::Entropy(_) => Status::Environment,
        }
    }

    /// What to do now.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Usage { help, .. }
            | Self::Conflict { help, .. }
            | Self::Unrecorded { help, .. } => Some(help.clone()),
            Self::File { cause, .. } => Some(of_file(cause).to_owned()),
            Self::Entropy(_) => None,
            Self::PlanFile { cause, .. } => Some(cause.help().to_owned()),
            Self::Evidence { cause, .. } => cause.help(),
            Self::Bundled { cause, .. } => cause.help(),
            Self::Settings(error) => error.help(),
            Self::Source(error) => error.help(),
            Self::Refused(error) => Some(error.help()),
            Self::Policy(error) => error.help(),
            Self::Case(error) => error.help(),
            Self::Rehearsal(error) => error.help(),
            Self::Secret(error) => error.help(),
            Self::Database(error) => error.help(),
            Self::Hindsight(error) => error.help(),
            Self::Service(error) => error.help(),
            Self::Toolchain(error) => error.help(),
            Self::Promotion(error) => error.help(),
            Self::Ui(error) => error.help(),
        }
    }

    /// What is wrong with the plugins in a bundle, where that is it.
    fn of_plugins(&self) -> Option<&policy::Error> {
        if let Self::Evidence { cause, .. } = self {
            cause.of_plugins()
        } else if let Self::Bundled { cause, .. } = self {
            cause.of_plugins()
        } else {
            None
        }
    }

    /// The failure as data.
    pub fn report(&self, command: &str, status: Status) -> ErrorReport {
        let mut report = ErrorReport::new(command, status, self, self.help());
        // Several plugins, and several settings of one, are wrong at once.
        if let Self::Policy(error) = self {
            report.causes = error.details();
        } else if let Some(error) = self.of_plugins() {
            report.causes = error.details();
            report.causes.insert(0, error.to_string());
        }
        report
    }
}
