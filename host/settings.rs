//! `regent.toml` and the environment: everything regent is told besides its arguments.
//!
//! **Invariant:** no other file reads the environment, and a build without debug assertions
//! honours none of the `REGENT_TEST_…` variables.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::global_info::ServerName;
use crate::identity::SystemId;
use crate::plan::{Group, Suppression};
use crate::policy;
use crate::secret::Approver;
use crate::service;
use crate::source::{self, SourceFile};
use crate::system::{Accounts, Operator};

pub mod bundled;
mod composition;
mod governing;
pub mod environment;
pub mod error;
pub mod lock;
#[cfg(unix)]
mod person;
pub mod trust;

pub use bundled::{BundledError, PluginBundle};
pub use environment::Environment;
pub use error::Error;
pub use governing::{Unread, approvers};
pub use lock::Lock;
pub use trust::{Admitted, Trust};

/// The settings file that is looked for in the current folder.
pub const FILE: &str = "regent.toml";

/// What a site's `regent.toml` says. Relative paths start at its folder. Unknown keys are errors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The system that they are of; with another one's database they are refused.
    pub system: Option<SystemId>,
    /// The credential database, as `sqlite:PATH`.
    pub database: Option<String>,
    /// This server's name; by default the host's.
    pub server: Option<ServerName>,
    /// The folder of the servers' vaults; each server has a folder of its own inside.
    #[serde(default = "default_vault")]
    pub vault: PathBuf,
    /// A file with the machine key (for example a systemd credential); by default the vault makes its own.
    pub machine_key: Option<PathBuf>,
    /// How the SSO service is restarted.
    #[serde(default)]
    pub service: service::Settings,
    /// The organisation's rules.
    #[serde(default, rename = "plugin")]
    pub plugins: Vec<policy::PluginSettings>,
    /// Which of them have one vote together.
    #[serde(default, rename = "group")]
    pub groups: Vec<Group>,
    /// Which findings are passed over, and until when.
    #[serde(
        default,
        rename = "suppress",
        deserialize_with = "composition::suppressions"
    )]
    pub suppressions: Vec<Suppression>,
    /// Who may approve plans.
    #[serde(default, rename = "approver")]
    pub approvers: Vec<Approver>,
    /// Who must have signed the plugins; nothing where nobody need have.
    pub trust: Option<Trust>,
    /// Where the file lies.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The file itself; nothing where there is none.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// Whether they are of a site that is made for a case and thrown away.
    #[serde(skip)]
    rehearsal: bool,
}

fn default_vault() -> PathBuf {
    PathBuf::from("vaults")
}

impl Settings {
    /// Reads the named file, or `regent.toml` in the current folder, or takes the defaults.
    pub fn read(named: Option<&Path>) -> Result<Self, Error> {
        let path = named.unwrap_or(Path::new(FILE));
        let file = match SourceFile::read_text(path) {
            Ok(file) => file,
            Err(cause) if named.is_none() && cause.is_missing() => return Self::parse("", path),
            Err(cause) => {
                return Err(Error::Unreadable {
                    path: path.to_owned(),
                    cause,
                });
            }
        };
        Ok(Self {
            file: Some(path.to_owned()),
            ..Self::parse(file.text(), path)?
        })
    }

    /// As [`Settings::read`], for who must go on whatever the file is: the settings without those
    /// that are not understood, and what is wrong with them.
    pub fn salvage(named: Option<&Path>) -> (Self, Option<Error>) {
        let error = match Self::read(named) {
            Ok(settings) => return (settings, None),
            Err(error) => error,
        };
        let path = named.unwrap_or(Path::new(FILE));
        // A byte that is wrong in a comment says nothing about the rest; in a value it fits nothing.
        let text = SourceFile::read_anyhow(path).unwrap_or_default();
        let mut table: toml::Table = text.parse().unwrap_or_default();
        let distrusted = table.contains_key("trust");
        table.retain(|key, value| {
            let alone = toml::Table::from_iter([(key.to_owned(), value.clone())]);
            Self::parse(&alone.to_string(), path).is_ok()
        });
        let mut settings = Self::parse(&table.to_string(), path)
            .expect("settings that are understood one by one are understood together");
        if distrusted && settings.trust.is_none() {
            // Whoever meant to trust some must not be taken to trust all.
            settings.trust = Some(Trust::nobody());
        }
        let file = Some(path.to_owned());
        (Self { file, ..settings }, Some(error))
    }

    /// Takes the text of a settings file; `path` is where it would lie, and need not.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let mut settings: Self = toml::from_str(text).map_err(|cause| Error::Invalid {
            path: path.to_owned(),
            position: source::position(text, cause.span().map_or(0, |span| span.start)),
            message: cause.message().to_owned(),
        })?;
        path.parent()
            .unwrap_or(Path::new(""))
            .clone_into(&mut settings.folder);
        let mut names: Vec<&str> = settings
            .plugins
            .iter()
            .map(|plugin| plugin.name.as_str())
            .collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::PluginTwice {
                path: path.to_owned(),
                name: twice[0].to_owned(),
            });
        }
        if let Some(problem) = settings.impossible_group() {
            return Err(problem.of("group", path));
        }
        if let Some(problem) = settings.impossible_suppression() {
            return Err(problem.of("suppression", path));
        }
        if let Some((name, what)) = Approver::indistinct(&settings.approvers) {
            return Err(Error::Approver {
                path: path.to_owned(),
                name: name.to_owned(),
                what,
            });
        }
        if let Some(what) = settings.trust.as_ref().and_then(Trust::impossible) {
            return Err(Error::Trust {
                path: path.to_owned(),
                what,
            });
        }
        Ok(settings)
    }

    /// The same policy for a site in another folder, as which `server` it is: whatever a command
    /// could write to, read a secret from or start is in that folder, or nothing.
    #[must_use]
    pub fn rehearsed(self, folder: &Path, server: ServerName) -> Self {
        Self {
            database: Some(format!("sqlite:{}", folder.join("credential.db").display())),
            server: Some(server),
            vault: folder.join("vaults"),
            machine_key: None,
            service: service::Settings::default(),
            system: None,
            rehearsal: true,
            ..self
        }
    }

    /// A path of the settings, seen from the current folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The credential database's address: what the command line says, or else the settings.
    pub fn database(&self, named: Option<&str>) -> Result<String, Error> {
        if let Some(named) = named {
            return Ok(named.to_owned());
        }
        let configured = self.database.as_ref().ok_or(Error::NoDatabase)?;
        Ok(match configured.strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{}", self.resolve(Path::new(path)).display()),
            None => configured.clone(),
        })
    }

    /// The folder of one server's vault.
    pub fn vault_of(&self, server: &ServerName) -> PathBuf {
        self.resolve(&self.vault)
            .join(server.as_str().to_ascii_lowercase())
    }

    /// This server: what the command line says, or else the settings, or else the host's name.
    ///
    /// A host's name with a domain is taken whole: which listed server its first label would be is
    /// for a person to say, for computers of two domains may share it.
    pub fn server(
        &self,
        named: Option<&ServerName>,
        environment: &Environment,
    ) -> Result<ServerName, Error> {
        if let Some(named) = named.or(self.server.as_ref()) {
            return Ok(named.clone());
        }
        let host = environment.host.as_deref().unwrap_or_default();
        // SSO servers are listed by their NetBIOS names, which are in capitals.
        let name = if host.contains('.') {
            host.to_owned()
        } else {
            host.to_ascii_uppercase()
        };
        ServerName::parse(&name).map_err(|cause| Error::NoServerName {
            host: host.to_owned(),
            cause,
        })
    }
}

/// The day that it is where regent runs.
pub fn today(clock: Clock) -> Date {
    let now = clock.now();
    clock.utc_offset(now).to_datetime(now).date()
}

/// The clock, the random bytes and the account the process was given, and who is behind it.
#[derive(Debug)]
pub struct Ambience {
    /// What time it is.
    pub clock: Clock,
    /// Random bytes.
    pub entropy: Entropy,
    /// Who acts.
    pub operator: Operator,
    /// Which names are of one account.
    pub accounts: Accounts,
}
