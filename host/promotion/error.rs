//! What stops a promotion.

use crate::exit::coded;
use crate::global_info::ServerName;
use crate::identity::PromotionId;
use crate::system::offer;
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
        /// Whether a promotion waits there to be finished or undone.
        begun: bool,
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
    /// The database refused.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The vault refused.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// The service did not come up.
    #[error(transparent)]
    Service(#[from] service::Error),
}

coded! {
    Error {
        OtherServer "not-the-candidate" Conflict "this is another server than the one to be promoted";
        NothingUnfinished "nothing-unfinished" Conflict "the promotion that was to be gone on with ended meanwhile";
        SecretNotStaged "secret-not-staged" Conflict "the master secret staged for the promotion is gone";
        PastReturn "promotion-past-return" Conflict "the promotion is done and cannot be undone";
        JournalEnds "journal-ends-early" Environment "the journal has no step left, yet the promotion is not done";
        VaultEmpty "vault-lost-secret" Environment "the vault holds nothing where the promotion put a master secret";
        NotAsPlanned "not-as-planned" Environment "what was read back is not what the plan says";
    }
    passing { Database.0, Secret.0, Service.0 }
}

/// Refuses what only the candidate's own computer can do, for vault and service are there; `begun`
/// where its promotion waits already.
pub fn stand_on(candidate: &ServerName, here: &ServerName, begun: bool) -> Result<(), Error> {
    if here.is(candidate) {
        return Ok(());
    }
    Err(Error::OtherServer {
        candidate: candidate.clone(),
        here: here.clone(),
        begun,
    })
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::OtherServer {
                candidate,
                begun,
                here,
            } => {
                let mut help = if here.may_be(candidate) {
                    offer(candidate)
                } else {
                    format!(
                        "run the command on {candidate}; where one computer serves several names, say --server {candidate}"
                    )
                };
                if *begun {
                    help.push_str(&format!(
                        ". If {candidate} is lost for good, `regent --server {candidate} abort` undoes its promotion from here"
                    ));
                }
                Some(help)
            }
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
            Self::Database(cause) => cause.help(),
            Self::Secret(cause) => cause.help(),
            Self::Service(cause) => cause.help(),
        }
    }
}

impl Error {
    /// What mends the cause, where a promotion waits for it: other than in [`Error::help`], something
    /// was changed.
    pub(super) fn mend(&self) -> Option<String> {
        match self {
            Self::Database(database::Error::Busy { .. }) => {
                Some("wait until that process is done, or end it".to_owned())
            }
            other => other.help(),
        }
    }
}

/// An error with its causes, in one line for the journal.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        // Some causes say what their effect has said already.
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    text
}
