//! Why a command failed, and what it exits with.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::exit::{Code, Status};
use crate::report::ErrorReport;
use crate::{
    database, entropy, hindsight, mishap, plan, policy, promotion, rehearsal, secret, service,
    settings, source, toolchain, ui,
};

mod codes;

pub use codes::{Clash, Ending, Misuse, every};

/// The sum of the rooms' errors.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for what there is not.
    #[error("{message}")]
    Usage {
        /// By what it is told from others.
        code: Misuse,
        /// What is wrong with it.
        message: String,
        /// What to type instead.
        help: String,
    },
    /// The state forbids it.
    #[error("{message}")]
    Conflict {
        /// By what it is told from others.
        code: Clash,
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
    /// Files that a plan was made from lie elsewhere by now, and nobody says where.
    #[error("{} was made from {files}, and there is no such file here", plan.display())]
    Moved {
        /// The plan file.
        plan: std::path::PathBuf,
        /// The files, each with what it is.
        files: String,
        /// The run that names them again.
        command: String,
    },
    /// What was signed as an approval.
    #[error("{} is no approval of this plan", path.display())]
    Statement {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        cause: secret::approval::NotApproved,
    },
    /// A signature.
    #[error("{} does not count", path.display())]
    Signature {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        cause: secret::NotSigned,
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
    /// Regent itself.
    #[error(transparent)]
    Internal(#[from] mishap::Mishap),
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
        self.code().status
    }

    /// By what a script tells it from others.
    pub fn code(&self) -> Code {
        match self {
            Self::Usage { code, .. } => code.code(),
            Self::Conflict { code, .. } => code.code(),
            Self::Unrecorded { cause, .. } => {
                let stale = cause.code().status == Status::Conflict;
                let ending = if stale {
                    Ending::UnrecordedAsStale
                } else {
                    Ending::Unrecorded
                };
                ending.code()
            }
            Self::File { cause, .. } => {
                let exists = cause.kind() == std::io::ErrorKind::AlreadyExists;
                let ending = if exists {
                    Ending::FileExists
                } else {
                    Ending::FileFailed
                };
                ending.code()
            }
            Self::PlanFile { cause, .. } => cause.code(),
            Self::Moved { .. } => Ending::Moved.code(),
            Self::Statement { cause, .. } => cause.code(),
            Self::Signature { cause, .. } => cause.code(),
            Self::Evidence { cause, .. } => cause.code(),
            Self::Bundled { cause, .. } => cause.code(),
            Self::Settings(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Policy(error) => error.code(),
            Self::Case(error) => error.code(),
            Self::Rehearsal(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::Service(error) => error.code(),
            Self::Toolchain(error) => error.code(),
            Self::Hindsight(error) => error.code(),
            Self::Promotion(error) => error.code(),
            Self::Ui(error) => error.code(),
            Self::Entropy(error) => error.code(),
            Self::Internal(mishap) => mishap.code(),
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
            Self::Internal(_) => Some(format!(
                "`regent status` tells what was done; {}",
                mishap::HELP
            )),
            Self::PlanFile { cause, .. } => Some(cause.help().to_owned()),
            Self::Moved { command, .. } => Some(format!(
                "nothing was changed; a plan's files are looked for from the folder you are in. \
                 Where they lie now is named beside the plan: `{command}`"
            )),
            Self::Statement { .. } | Self::Signature { .. } => Some(
                "the plan file is as it was; write what is to be signed anew with `regent approve \
                 PLAN-FILE --statement FILE`, and sign it with `ssh-keygen -Y sign -n \
                 regent-approval -f KEY FILE`"
                    .to_owned(),
            ),
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

    /// Whether a file that was to be read is not there.
    pub(super) fn is_of_missing_file(&self) -> bool {
        if let Self::Source(error) = self {
            error.is_missing()
        } else if let Self::Secret(secret::Error::Unreadable { cause, .. }) = self {
            cause.kind() == std::io::ErrorKind::NotFound
        } else {
            false
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
    pub fn report(&self, command: &str) -> ErrorReport {
        let mut report = ErrorReport::new(command, self.code(), self, self.help());
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
