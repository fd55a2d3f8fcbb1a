//! What stops a promotion.

use crate::fault::Fault;
use crate::global_info::ServerName;
use crate::identity::PromotionId;
use crate::{database, secret, service};

/// Why a promotion did not start, or where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The vault and the service belong to another server.
    #[error("{candidate} is to be promoted, but this is {here}")]
    OtherServer {
        /// The server to be promoted.
        candidate: ServerName,
        /// This server.
        here: ServerName,
    },
    /// There is nothing to resume or abort.
    #[error("no promotion is unfinished")]
    NothingUnfinished,
    /// The staged secret is gone, so the promotion can only go back.
    #[error("the master secret staged for promotion {id} is not in the vault")]
    SecretNotStaged {
        /// Which promotion.
        id: PromotionId,
    },
    /// Undo was asked for after the point of no return.
    #[error("promotion {id} is done and cannot be undone")]
    PastReturn {
        /// Which promotion.
        id: PromotionId,
    },
    /// The journal holds every step but no end.
    #[error("the journal has no step left, yet the promotion is not done")]
    JournalEnds,
    /// The vault holds nothing where it must hold a secret.
    #[error("the vault holds no master secret")]
    VaultEmpty,
    /// Something read back is not what the plan says.
    #[error("read back, {what} is not as planned")]
    NotAsPlanned {
        /// What differs.
        what: &'static str,
    },
    /// It has begun, and could be neither finished nor undone for now.
    #[error("promotion {id} has begun and is not finished")]
    Unfinished {
        /// Which promotion.
        id: PromotionId,
        /// What keeps it from going either way.
        #[source]
        cause: Box<Error>,
    },
    /// The database refused.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The vault refused.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// The service did not come up.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// A test's fail point.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::OtherServer { candidate, .. } => Some(format!(
                "run the command on {candidate}; where one computer serves several names, say --server {candidate}"
            )),
            Self::NothingUnfinished => {
                Some("`regent status` shows how the system stands".to_owned())
            }
            Self::SecretNotStaged { .. } => {
                Some("run `regent abort`, then promote again".to_owned())
            }
            Self::PastReturn { .. } => {
                Some("to go back, promote the former master secret server".to_owned())
            }
            Self::JournalEnds | Self::VaultEmpty | Self::NotAsPlanned { .. } => {
                Some("run `regent abort`; the system is then as before".to_owned())
            }
            Self::Unfinished { cause, .. } => {
                let first = match (&**cause, cause.help()) {
                    (Self::Database(database::Error::Busy { .. }), _) => {
                        "wait until that process is done, or end it".to_owned()
                    }
                    (_, Some(help)) => help,
                    (_, None) => "mend the cause".to_owned(),
                };
                Some(format!(
                    "{first}; then run `regent resume` to finish the promotion, or `regent abort` \
                     to undo it"
                ))
            }
            Self::Database(cause) => cause.help(),
            Self::Secret(cause) => cause.help(),
            Self::Service(cause) => cause.help(),
            Self::Fault(_) => None,
        }
    }
}

/// An error with its causes, in one line for the journal.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
