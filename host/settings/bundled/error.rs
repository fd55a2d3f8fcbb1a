//! Why plugins cannot be saved to a bundle or loaded from one.

use std::path::PathBuf;

use crate::exit::coded;
use crate::policy::{self, PluginName};
use crate::{bundle, settings, source};

/// Why plugins cannot be saved to a bundle or loaded from one.
#[derive(Debug, thiserror::Error)]
pub enum BundledError {
    /// It is no bundle, or not the one that was written.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// Its lock cannot be used.
    #[error(transparent)]
    Lock(#[from] settings::Error),
    /// Its lock pins another component than it holds.
    #[error("its regent.lock pins another component than it holds for plugin {name}")]
    Pinned {
        /// The plugin.
        name: PluginName,
    },
    /// Nobody vouches for one of its plugins, or it is none.
    #[error(transparent)]
    Policy(#[from] policy::Error),
    /// Its plugins are signed, and here nobody is trusted.
    #[error("its plugins are signed by {}, and no [trust] is configured here", .signers.join(", "))]
    NoTrust {
        /// The names its lock gives them.
        signers: Vec<String>,
    },
    /// A plugin is configured where nothing is written.
    #[error("the place of plugin {name}, {}, is not in the folder of the settings", component.display())]
    Outside {
        /// The plugin.
        name: PluginName,
        /// Its component's place.
        component: PathBuf,
    },
    /// Two plugins are configured to lie in one place, or one where the lock lies.
    #[error("two different files belong to {}", .0.display())]
    OnePlace(PathBuf),
    /// Plugins that the bundle does not hold would not be loaded any longer.
    #[error("plugin {} would be refused once there is a lock that does not pin it", .names.join(", plugin "))]
    OthersUnlocked {
        /// The plugins.
        names: Vec<String>,
    },
    /// Other files lie there already.
    #[error("{} would be replaced by {another}", .places.join(", "),
        another = if places.len() == 1 { "another file" } else { "other files" })]
    Occupied {
        /// Where.
        places: Vec<String>,
    },
    /// The files cannot be written; none was.
    #[error(transparent)]
    Unwritten(#[from] source::Unwritten),
}

coded! {
    BundledError {
        Pinned "bundle-pins-another" Environment "the bundle's lock pins another component than it holds";
        NoTrust "bundle-signers-untrusted" Environment "the bundle's plugins are signed, and here nobody is trusted";
        Outside "plugin-outside" Environment "a plugin is configured to lie outside the folder of the settings";
        OnePlace "plugins-in-one-place" Environment "two plugins are configured to lie in one place";
        OthersUnlocked "plugins-unlocked" Environment "plugins that the bundle does not hold would be refused afterwards";
        Occupied "plugins-occupied" Environment "other files lie where the bundle's would be written";
        Unwritten "plugins-unwritten" Environment "the bundle's files cannot be written";
    }
    passing { Bundle.0, Lock.0, Policy.0 }
}

impl BundledError {
    /// What is wrong with plugins, where that is it.
    pub fn of_plugins(&self) -> Option<&policy::Error> {
        match self {
            Self::Policy(error) => Some(error),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Bundle(error) => return error.help(),
            Self::Policy(error) => return error.help(),
            Self::Lock(_) | Self::Pinned { .. } => {
                "nothing was written; get it again from whoever saved it with `regent plugin save FILE`, and compare its SHA-256 with theirs"
            }
            Self::NoTrust { .. } => {
                "nothing was written; copy the [trust] section of the site that saved it to regent.toml, once you know by another way than this file that the keys in it are theirs"
            }
            Self::Outside { .. } => {
                "nothing was written; give its `component` in regent.toml a relative path without `..` or links that lead elsewhere"
            }
            Self::OnePlace(_) => {
                "nothing was written; give each plugin's `component` in regent.toml a place of its own"
            }
            Self::OthersUnlocked { .. } => {
                "nothing was written; pin what is configured here first: `regent plugin lock`"
            }
            Self::Occupied { .. } => "nothing was written; if that is meant, say --replace",
            Self::Unwritten(_) => {
                "nothing was changed; check that the folder may be written to and has room"
            }
        };
        Some(help.to_owned())
    }
}
