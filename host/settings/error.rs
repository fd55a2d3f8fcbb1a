//! What is wrong with settings.

use std::path::PathBuf;

use crate::exit::coded;
use crate::global_info::server::Problem;
use crate::source::{self, Position};

/// Why regent does not know what it works on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings file, or the lock file beside it, cannot be read.
    #[error("cannot read the settings in {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: source::Error,
    },
    /// The settings file is not what it should be.
    #[error("{}:{position}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where.
        position: Position,
        /// What is wrong there.
        message: String,
    },
    /// Two plugins have one name.
    #[error("{} configures the plugin {name} twice", path.display())]
    PluginTwice {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A group or a suppression that no policy could be made of.
    #[error("{} has a {kind} “{name}” that cannot be used: {what}", path.display())]
    Composition {
        /// The file.
        path: PathBuf,
        /// A group, or a suppression.
        kind: &'static str,
        /// The group's name, or the code that is suppressed.
        name: String,
        /// Why not.
        what: String,
        /// What to do about it.
        help: String,
    },
    /// An approver that cannot be told from another.
    #[error("{} has an approver “{name}” that cannot be used: {what}", path.display())]
    Approver {
        /// The file.
        path: PathBuf,
        /// The approver.
        name: String,
        /// Why not.
        what: &'static str,
    },
    /// Trust that no plugin could ever earn, or that says nothing.
    #[error("{} has a [trust] that cannot be used: {what}", path.display())]
    Trust {
        /// The file.
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// A lock file that this regent did not write.
    #[error("{} cannot be used: {what}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// No database is named anywhere.
    #[error("no credential database is named")]
    NoDatabase,
    /// The host's name cannot be a server's.
    #[error("the host's name “{host}” cannot be an SSO server's name")]
    NoServerName {
        /// The host's name.
        host: String,
        /// Why not.
        #[source]
        cause: Problem,
    },
}

coded! {
    Error {
        Unreadable "settings-unreadable" Environment "the settings file cannot be read";
        Invalid "settings-invalid" Environment "the settings file says what regent does not know";
        PluginTwice "plugin-configured-twice" Environment "two plugins are configured under one name";
        Composition "composition-unfit" Environment "a group or suppression in the settings cannot be used";
        Approver "approver-unfit" Environment "an approver in the settings cannot be used";
        Trust "trust-unfit" Environment "the settings' [trust] cannot be used";
        Lock "lock-unfit" Environment "regent.lock cannot be used";
        NoDatabase "database-not-named" Environment "no credential database is named";
        NoServerName "server-name-unfit" Environment "the host's name cannot be an SSO server's, and no other is named";
    }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { cause, .. } if cause.is_missing() => {
                "check the path given with --config".to_owned()
            }
            Self::Unreadable { cause, .. } => return cause.help(),
            Self::Invalid { .. } => {
                "mend that place; README.md has a whole regent.toml".to_owned()
            }
            Self::PluginTwice { .. } => "give one of them another `name`".to_owned(),
            Self::Composition { help, .. } => help.clone(),
            Self::Approver { .. } => {
                "give each approver one [[approver]] with the account's name and a key of its own"
                    .to_owned()
            }
            Self::Trust { .. } => {
                "give each key one [[trust.key]] with a name and a key of its own, and ask for no \
                 more `signatures` than there are keys"
                    .to_owned()
            }
            Self::Lock { .. } => {
                "bring it back from version control, or write it anew: `regent plugin lock`"
                    .to_owned()
            }
            Self::NoDatabase => {
                "go to the folder that holds regent.toml, or name it with --config FILE; a new system \
                 begins with `regent init`"
                    .to_owned()
            }
            Self::NoServerName { .. } => {
                "set `server = \"NAME\"` in regent.toml, or say --server NAME".to_owned()
            }
        })
    }
}
