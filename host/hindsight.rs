//! Whether a database is older than what was seen of its system: the one place that judges it, for
//! whoever looks and for whoever acts.
//!
//! A database that is brought back from a copy knows nothing of the terms it gave after that copy
//! was made, and would give them again. What was seen of them lies beside it: the vaults of this
//! computer, what promotions keep in them, how far this computer has seen the system, a plan that
//! somebody names. **Invariant:** whoever gives a term, or makes a vault or a backup current, has
//! asked [`leave`] first.

use std::path::Path;

use crate::database::{self, CredentialDatabase};
use crate::exit::coded;
use crate::plan::Plan;
use crate::secret::sighting::Form;
use crate::secret::{self, MachineKey, Sighting, Vault, file};
use crate::system::RestoredCopy;

mod judge;
mod sign;

pub use sign::Sign;

use judge::{Known, Reach, signs_of};

/// Why nobody may act on a database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is older than what was seen, as far as that can be told.
    #[error("the credential database {}: {}", sign::certainty(signs), sign::lines(signs).join("; "))]
    Older {
        /// What tells.
        signs: Vec<Sign>,
        /// What follows where the operator says so.
        copy: RestoredCopy,
    },
    /// The database does not say.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// What was seen cannot be read.
    #[error(transparent)]
    Secret(#[from] secret::Error),
}

coded! {
    Error {
        Older "older-copy" Conflict "the credential database is, or may be, older than what was seen of its system";
    }
    passing { Database.0, Secret.0 }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Older { copy, .. } => Some(format!(
                "nothing was changed; bring back the newest copy of the database. Where there is no \
                 newer one, the option --restored-copy says so: terms then go on above {}, so that \
                 whoever was master meanwhile holds none of them",
                copy.highest_term
            )),
            Self::Database(cause) => cause.help(),
            Self::Secret(cause) => cause.help(),
        }
    }
}

/// What an act goes by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The operator says that the database is a restored copy.
    pub restored_copy: bool,
    /// Nothing comes of it: it is asked for by who only looks, who may not read what another account
    /// has taken down.
    pub looks: bool,
    /// The plan that is to be run, and the file it came from.
    pub plan: Option<(&'a Path, &'a Plan)>,
}

/// What tells that the database is older than what was seen below `vaults`, the surest first.
pub fn signs(
    vaults: &Path,
    database: &dyn CredentialDatabase,
    plan: Option<(&Path, &Plan)>,
) -> Result<Vec<Sign>, Error> {
    let system = database.state()?.id;
    // What was seen is read first: the database only goes on meanwhile, so that nothing can have
    // been seen which it does not know unless it is older.
    let mut reach = Reach {
        plan,
        ..Reach::default()
    };
    // Where there is no such folder nothing was seen; whoever needs it says what is there instead.
    if vaults.is_dir() {
        reach.sighting = within_reach(Sighting::read(vaults, system))?.flatten();
        for name in within_reach(file::folders(vaults))?.unwrap_or_default() {
            // Labels are read without a key, and a folder that cannot be looked into tells nothing.
            let vault = Vault::new(vaults.join(name), MachineKey::OwnFile);
            reach.vaults.push(vault.labels().unwrap_or_default());
        }
    }
    let state = database.state()?;
    Ok(signs_of(
        &reach,
        &Known {
            state: &state,
            promotions: &legible(database.promotions())?.unwrap_or_default(),
            unfinished: legible(database.unfinished())?.flatten().as_ref(),
            audit: legible(database.audit())?.as_ref(),
        },
    ))
}

/// Leave to act: refused on a database that is older, unless the operator says that it is a restored
/// copy; then what is to be passed over.
pub fn leave(
    vaults: &Path,
    database: &dyn CredentialDatabase,
    asked: Asked<'_>,
) -> Result<Option<RestoredCopy>, Error> {
    if !asked.looks && vaults.is_dir() {
        // Whoever acts must be able to read what was seen.
        let _readable = Sighting::read(vaults, database.state()?.id)?;
    }
    let signs = signs(vaults, database, asked.plan)?;
    if signs.is_empty() && !asked.restored_copy {
        return Ok(None);
    }
    let given = database.state()?.highest_term;
    let seen = signs.iter().filter_map(Sign::term).fold(given, Ord::max);
    let copy = RestoredCopy::beyond(seen, sign::lines(&signs));
    if asked.restored_copy {
        Ok(Some(copy))
    } else {
        Err(Error::Older { signs, copy })
    }
}

/// Takes down beside the vaults how far the system was seen, after every act that changed it and
/// before a term that was given is written into the global info. In a database that is older than
/// what was seen, that stays.
pub fn remember(vaults: &Path, database: &dyn CredentialDatabase) -> Result<(), Error> {
    let seen = Sighting::read(vaults, database.state()?.id)?;
    let state = database.state()?;
    let Some(audit) = legible(database.audit())? else {
        return Ok(());
    };
    let known = Known {
        state: &state,
        promotions: &[],
        unfinished: None,
        audit: Some(&audit),
    };
    if seen.is_some_and(|seen| judge::of_sighting(&seen, &known).is_some()) {
        return Ok(());
    }
    let sighting = Sighting {
        schema: Form::default(),
        system: state.id,
        term: state.highest_term,
        revision: state.revision,
        restored: judge::restored(&audit),
        rows: audit.rows.last().map_or(0, |row| row.number),
        end: audit.rows.last().map(|row| row.hash),
    };
    Ok(sighting.keep(vaults)?)
}

/// What is to be known where [`remember`] failed: what it was to tell of is done all the same.
pub fn forgotten(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| (*cause).source());
    let said = causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"));
    format!(
        "how far the system has come could not be taken down beside the vaults, so that an older \
         copy of the database may not be recognised here ({said})"
    )
}

/// What another account keeps to itself is out of reach, as it is on another computer.
fn within_reach<T>(read: Result<T, secret::Error>) -> Result<Option<T>, Error> {
    match read {
        Err(secret::Error::Unreadable { cause, .. })
            if cause.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            Ok(None)
        }
        read => Ok(Some(read?)),
    }
}

/// What is damaged tells nothing; that it is damaged is for the doctor to say.
fn legible<T>(read: Result<T, database::Error>) -> Result<Option<T>, database::Error> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(database::Error::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
