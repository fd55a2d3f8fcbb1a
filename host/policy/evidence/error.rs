//! Why evidence cannot be written, read or evaluated.

use super::super::{Error, PluginName};
use crate::exit::coded;
use crate::{bundle, plan, source};

/// Why evidence cannot be written, read or evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// It is no bundle, or not the one that was written.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// A part of it says what regent does not write.
    #[error("{name} in it cannot be understood: {what}")]
    Content {
        /// The part.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// An update file in it is no text.
    #[error("an update file in it cannot be read")]
    Source(#[from] source::Error),
    /// A plugin may use up more than a stranger's may when it is evaluated again.
    #[error("it has plugin {plugin} run with `limits.{limit}` above {most}")]
    Limit {
        /// The plugin.
        plugin: PluginName,
        /// The limit.
        limit: &'static str,
        /// The highest that is evaluated again.
        most: u64,
    },
    /// A plugin that cannot be used.
    #[error(transparent)]
    Policy(Error),
    /// The update file is no promotion of the system.
    #[error("the promotion in it cannot be planned: {0}")]
    Unplanned(plan::Refusal),
    /// The components cannot be laid out.
    #[error("there is no room for its components in the folder for temporary files")]
    Folder(#[source] std::io::Error),
}

coded! {
    EvidenceError {
        Content "evidence-unfit" Environment "evidence says what regent does not write";
        Limit "evidence-limit" Environment "a plugin in evidence may use up more than a stranger's may";
        Unplanned "evidence-unplanned" Environment "the promotion in evidence cannot be planned";
        Folder "evidence-no-room" Environment "there is no room to lay out the components in evidence";
    }
    passing { Bundle.0, Source.0, Policy.0 }
}

impl EvidenceError {
    /// What is wrong with plugins, where that is it.
    pub fn of_plugins(&self) -> Option<&Error> {
        match self {
            Self::Policy(error) => Some(error),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Bundle(error) => error.help(),
            Self::Content { .. } | Self::Source(_) | Self::Unplanned(_) => Some(
                "evaluate it with the regent that wrote it; if that refuses it too, somebody else wrote it"
                    .to_owned(),
            ),
            Self::Limit { limit, .. } => Some(format!(
                "evidence is evaluated by people who do not know the plugin; lower its `limits.{limit}` in regent.toml"
            )),
            Self::Policy(error) => error.help(),
            Self::Folder(_) => Some("make room there, or set TMPDIR to another folder".to_owned()),
        }
    }
}
