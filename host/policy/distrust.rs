//! Why a component is not loaded although it may be sound: nobody who should vouches for it.
//!
//! Who vouches is found out elsewhere; here are the words for it, and the one check that belongs
//! to loading: that the bytes are those that were vouched for.

use std::path::PathBuf;

use super::error::Refusal;
use crate::exit::coded;
use crate::identity::Digest;
use crate::source;

/// Why nobody vouches for a component.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// There is a lock file, and the plugin is not in it.
    #[error("{} does not pin it", lock.display())]
    Unlocked {
        /// The lock file.
        lock: PathBuf,
    },
    /// The lock file pins another component.
    #[error(
        "it is not the component that {} pins:\nSHA-256 found {found}\nSHA-256 pinned {pinned}",
        lock.display()
    )]
    NotAsLocked {
        /// The lock file.
        lock: PathBuf,
        /// What it pins.
        pinned: Digest,
        /// What was found.
        found: Digest,
    },
    /// The lock file pins another version of the contract.
    #[error(
        "it is built for contract {found}, and {} pins contract {pinned}",
        lock.display()
    )]
    OtherContract {
        /// The lock file.
        lock: PathBuf,
        /// What it pins.
        pinned: String,
        /// What was found.
        found: String,
    },
    /// Somebody who had signed it when it was locked has not signed it now, or is not trusted now.
    #[error(
        "{} pins it as signed by {signer}, and no signature of that key counts now",
        lock.display()
    )]
    SignerGone {
        /// The lock file.
        lock: PathBuf,
        /// The signer's name.
        signer: String,
    },
    /// Fewer than necessary have signed it.
    #[error("it has {counted} of the {needed} signatures that it needs{}", told(.refused))]
    TooFew {
        /// How many signatures count.
        counted: usize,
        /// How many must.
        needed: usize,
        /// Why others do not count, a line each.
        refused: Vec<String>,
    },
    /// It may be unsigned, but only beside the settings.
    #[error("it may be unsigned only in the folder of the settings, and does not lie there")]
    NotLocal,
    /// Its signatures cannot be read.
    #[error("its signatures in {} cannot be read", path.display())]
    Unreadable {
        /// The file of signatures.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: source::Error,
    },
    /// It has more signatures than are looked at.
    #[error("{} holds more than {most} signatures", path.display())]
    TooMany {
        /// The file of signatures.
        path: PathBuf,
        /// How many are looked at.
        most: usize,
    },
    /// Other bytes were about to be loaded than were vouched for.
    #[error("it changed after it was checked:\nSHA-256 checked {verified}\nSHA-256 found {found}")]
    Swapped {
        /// What was vouched for.
        verified: Digest,
        /// What lay there when it was to be loaded.
        found: Digest,
    },
}

/// Each on a line of its own.
fn told(refused: &[String]) -> String {
    let lines = refused.iter().flat_map(|line| ["\n", line]);
    lines.collect()
}

impl From<Distrust> for Refusal {
    fn from(distrust: Distrust) -> Self {
        Self::Distrusted(Box::new(distrust))
    }
}

coded! {
    Distrust {
        Unlocked "plugin-unlocked" Environment "regent.lock does not pin the plugin";
        NotAsLocked "plugin-not-as-locked" Environment "the component is not the one that regent.lock pins";
        OtherContract "plugin-contract-not-as-locked" Environment "the component is built for another contract than regent.lock pins";
        SignerGone "plugin-signer-gone" Environment "a signature that regent.lock pins counts no longer";
        TooFew "plugin-too-few-signatures" Environment "fewer have signed the component than must have";
        NotLocal "plugin-unsigned-elsewhere" Environment "an unsigned component does not lie in the folder of the settings";
        Unreadable "signatures-unreadable" Environment "a component's signatures cannot be read";
        TooMany "too-many-signatures" Environment "a component has more signatures than are looked at";
        Swapped "component-swapped" Environment "a component changed after it was checked";
    }
}

impl Distrust {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unlocked { .. } => "if it is meant to be used, pin it: `regent plugin lock`",
            Self::NotAsLocked { .. } | Self::OtherContract { .. } => {
                "if the change is meant, pin it: `regent plugin lock`; otherwise bring the pinned component back"
            }
            Self::SignerGone { .. } => {
                "find out why; if it is meant, pin it anew: `regent plugin lock`"
            }
            Self::TooFew { .. } => {
                "have it signed by those in [trust]: `regent plugin sign COMPONENT --key KEY`; `regent plugin verify COMPONENT` shows who has"
            }
            Self::NotLocal => "have it signed, or copy it below the folder of regent.toml",
            Self::Unreadable { .. } | Self::TooMany { .. } => {
                "mend or remove that file; `regent plugin sign COMPONENT --key KEY` writes it"
            }
            Self::Swapped { .. } => {
                "nothing was loaded; find out who changes it while regent runs, then try again"
            }
        }
    }
}
