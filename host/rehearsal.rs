//! A site that is made for a case of its policy, in a folder that is thrown away: a real credential
//! database, a real vault, a real backup.
//!
//! **Invariant:** what is made here is the same on every machine, secrets included. Nobody may rely
//! on such a secret: everybody can draw it again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::database::{self, NewSystem};
use crate::entropy::{self, Entropy};
use crate::exit::coded;
use crate::global_info::ServerName;
use crate::plan::{Approval, PlanFile};
use crate::policy::Circumstances;
use crate::secret::signing::APPROVAL;
use crate::secret::{
    self, Backup, BackupFacts, Generations, Held, KdfCost, MasterSecret, Password, SigningKey,
    Unopened, Vault,
};
use crate::source;
use crate::system::Actor;

/// The password of every backup that is made here.
const PASSWORD: &str = "a password that everybody knows";

/// Why a site could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its database could not.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// Its secret, vault or backup could not.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// Nothing could be drawn.
    #[error(transparent)]
    Entropy(#[from] entropy::Error),
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
}

coded! {
    Error {
        File "rehearsal-unwritable" Environment "a file of a rehearsal's site cannot be written";
    }
    passing { Database.0, Secret.0, Entropy.0 }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.help(),
            Self::Secret(error) => error.help(),
            Self::Entropy(_) => None,
            Self::File { .. } => Some("check the space for temporary files".to_owned()),
        }
    }
}

/// Where the parts of a site are to be.
#[derive(Debug)]
pub struct Places<'a> {
    /// The credential database, as settings name it.
    pub database: &'a str,
    /// The incumbent's vault.
    pub vault: &'a Vault,
    /// The update file.
    pub update: &'a Path,
    /// The backup.
    pub backup: &'a Path,
    /// Its password.
    pub password: &'a Path,
}

/// Makes a site that is as a case says.
pub fn build(
    told: &Circumstances,
    places: &Places<'_>,
    entropy: &mut Entropy,
) -> Result<(), Error> {
    let state = &told.state;
    let incumbent = state.master();
    let backed_up = told
        .backup
        .as_ref()
        .map_or(told.intent.at, |backup| backup.created);
    let began = last_seen(told).min().unwrap_or(backed_up).min(backed_up);
    let by = |server: &ServerName, at: Timestamp| Actor {
        operator: told.intent.operator.clone(),
        server: server.clone(),
        at,
    };
    let new = NewSystem {
        id: state.id,
        info: state.info.clone(),
    };
    let mut database = database::create(places.database, &new, &by(incumbent, began))?;
    let mut others: Vec<_> = state.servers.iter().collect();
    others.retain(|server| !server.name.is(incumbent));
    others.sort_by_key(|server| server.last_seen);
    for server in others {
        // A server is seen where it joins by itself.
        let actor = match server.last_seen {
            Some(at) => by(&server.name, at),
            None => by(incumbent, began),
        };
        let term = database.state()?.term;
        database.add_server(term, &server.name, &server.roles, &actor)?;
    }
    let actor = by(incumbent, backed_up);
    let current = MasterSecret::generate(entropy)?;
    let (fingerprint, proof) = (current.fingerprint(), current.prove(state.id, entropy)?);
    let generations = Generations {
        current,
        previous: None,
    };
    let password = Password::new(PASSWORD.into())?;
    let facts = BackupFacts {
        system: state.id,
        server: told
            .backup
            .as_ref()
            .map_or(incumbent, |backup| &backup.server)
            .clone(),
        created: backed_up,
        reminder: None,
    };
    // The cost keeps a stolen backup from being opened, and this password is known.
    let backup = Backup::seal(&generations, facts, &password, KdfCost::MINIMUM, entropy)?;
    backup.write(places.backup, &password)?;
    let state = database.state()?;
    let held = Held {
        system: state.id,
        server: incumbent.clone(),
        term: state.term,
        generations,
    };
    places.vault.store(held, Unopened::Refuse, entropy)?;
    database.install_secret(state.term, fingerprint, &proof, &actor)?;
    if told.state.enabled {
        database.set_enabled(database.state()?.seen(), true, &actor)?;
    }
    write(places.password, PASSWORD.as_bytes())?;
    write(places.update, &told.file.encode(told.file.text()))
}

fn last_seen(told: &Circumstances) -> impl Iterator<Item = Timestamp> {
    told.state
        .servers
        .iter()
        .filter_map(|server| server.last_seen)
}

/// Adds a case's approvals to a plan file, each signed with the approver's key.
pub fn approve(
    path: &Path,
    mut file: PlanFile,
    told: &Circumstances,
    keys: &BTreeMap<String, SigningKey>,
) -> Result<(), Error> {
    for by in &told.approvals {
        let Some(key) = keys.get(&by.approver) else {
            continue;
        };
        let statement = Approval::statement(file.plan.digest(), by.at);
        file.approvals.push(Approval {
            approver: by.approver.clone(),
            at: by.at,
            signature: key.sign(APPROVAL, statement.as_bytes())?,
        });
    }
    write(path, file.text().as_bytes())
}

/// Writes a file for its owner's eyes.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = source::replace(path, bytes).and_then(|()| source::protect(path));
    written.map_err(|cause| Error::File {
        path: path.to_owned(),
        cause,
    })
}
