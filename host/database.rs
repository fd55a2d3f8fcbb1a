//! The credential database: what every engine must do, in the words of the domain.
//!
//! **Invariant:** each method is one transaction. A writer hands in what it believes, and the
//! writing statement compares it and changes nothing where it is out of date. Secrets are never
//! stored, only their names and proofs.
//!
//! | what is written | who may, from where | what the statement compares |
//! | --- | --- | --- |
//! | the global info | the master; the master's name alone any server | revision and term |
//! | SSO enabled or not | an administrator, on any server | revision and term |
//! | the first secret; notes of backups and restores | the master | term |
//! | that the database is a restored copy | an administrator, on any server | term |
//! | the list of servers | an administrator, on any server: a server joins where it is set up | term |
//! | the rules that govern | an administrator, on any server, by their own leave | term, and the rules that governed |
//! | that the rules are overruled, or are back | who does an act that goes by rules | term |
//! | a promotion: begun | the candidate | revision, term and system of its plan |
//! | a promotion: going forward | the candidate | the term its journal implies |
//! | a promotion: going back | the candidate | nothing but its journal, so that there is always a way back |
//!
//! The revision counts changes of the global info and fences only who writes that: a backup need
//! not fail because a time-out was changed meanwhile. Whoever may write only as the master hands
//! in the term of its vault.

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::global_info::{GlobalInfo, ServerName};
use crate::identity::{Digest, Fingerprint, PromotionId, SystemId, Term};
use crate::journal::{Entry, State};
use crate::plan::{Leave, Plan};
use crate::system::{Actor, Operator, Proof, RestoredCopy, Role, Seen, SystemState};

mod chain;
mod dump;
mod error;
mod governing;
mod rules;
mod sqlite;

pub use chain::{Audit, BadRow};
pub use error::{EngineFailure, Error};
pub use governing::{Governing, Judgement, Overruled, Publication, Standing, standing};

/// What the audit calls an operator's word that the database is a restored copy.
pub const RESTORED_COPY: &str = "restored-copy";

/// How long a writer waits for another one before it gives up with [`Error::Busy`].
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the credential database that `url` names, `sqlite:PATH`, and brings its schema up to
/// date. Never creates one.
pub fn open(url: &str) -> Result<Box<dyn CredentialDatabase>, Error> {
    Ok(Box::new(sqlite::open(url)?))
}

/// Refuses files that others than their owner may open, as [`open`] does.
pub fn guarded(url: &str) -> Result<(), Error> {
    sqlite::guarded(url)
}

/// The folder in which the engine keeps its files, where it does.
pub fn folder(url: &str) -> Option<PathBuf> {
    sqlite::folder(url)
}

/// Opens the credential database that `url` names to read only: that takes no leave to write, an
/// older schema stays as it is, and so do the modes of its files.
pub fn look(url: &str) -> Result<Box<dyn CredentialDatabase>, Error> {
    Ok(Box::new(sqlite::look(url)?))
}

/// Creates the credential database of a new system where `url` names nothing yet. It is there
/// whole or not at all.
pub fn create(
    url: &str,
    new: &NewSystem,
    actor: &Actor,
) -> Result<Box<dyn CredentialDatabase>, Error> {
    Ok(Box::new(sqlite::create(url, new, actor)?))
}

/// What a new credential database starts with. SSO starts disabled, tickets not allowed but validated.
#[derive(Debug)]
pub struct NewSystem {
    /// The system's name for ever.
    pub id: SystemId,
    /// The first global info; its master secret server becomes the first listed server.
    pub info: GlobalInfo,
}

/// A promotion as the database remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// What was to be done.
    pub plan: Plan,
    /// Where it stands: the replay of its entries.
    pub state: State,
    /// What was done.
    pub entries: Vec<Entry>,
}

/// One row of the audit: each holds the hash of the one before, so that none can be taken out unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AuditRow {
    /// Counts from 1.
    pub number: u64,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Who.
    #[serde(flatten)]
    pub operator: Operator,
    /// Where.
    pub server: String,
    /// What, in one word: `init`, `update`, `enable`, `server-add`, `secret-generate`, `promote-begin` …
    pub action: String,
    /// To what.
    pub detail: String,
    /// The hash of the row before.
    pub previous: Digest,
    /// SHA-256 over this row and the hash before.
    pub hash: Digest,
}

/// What keeps a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Its name and version.
    pub name: String,
    /// The schema the database has.
    pub schema: u32,
    /// The newest schema that this program knows.
    pub newest: u32,
}

/// One promotion's journal, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalCheck {
    /// The promotion, as it is stored.
    pub promotion: String,
    /// How many entries there are.
    pub entries: u64,
    /// The first thing in it that is not what was written, by number of its entry.
    pub broken: Option<String>,
}

/// Held by the one process that promotes, resumes or aborts; the operating system lets go of it
/// when the process ends, however it ends.
pub struct PromotionLock(#[expect(dead_code, reason = "dropping it is its use")] Box<dyn Any>);

impl fmt::Debug for PromotionLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PromotionLock")
    }
}

/// Writes into the audit which vaults did not open, were replaced and are kept aside.
pub fn note_kept(
    database: &mut dyn CredentialDatabase,
    term: Term,
    kept: &[PathBuf],
    actor: &Actor,
) -> Result<(), Error> {
    for path in kept {
        let file = path.file_name().unwrap_or(path.as_os_str());
        let file = file.to_string_lossy();
        let detail = format!("{file}, which could not be opened, on {}", actor.server);
        database.note(term, "vault-kept", &detail, actor)?;
    }
    Ok(())
}

/// A credential database, whatever engine keeps it.
pub trait CredentialDatabase: fmt::Debug {
    /// Where it is, as settings name it.
    fn url(&self) -> &str;

    /// Reads everything a plan depends on, in one snapshot.
    fn state(&self) -> Result<SystemState, Error>;

    /// Lists another server. Refused where the name is listed already, whatever its case.
    /// Neither this nor a removal changes the revision, which counts changes of the global info.
    fn add_server(
        &mut self,
        term: Term,
        name: &ServerName,
        roles: &[Role],
        actor: &Actor,
    ) -> Result<(), Error>;

    /// Takes a server off the list. Refused for the master secret server and a promotion's candidate.
    fn remove_server(&mut self, term: Term, name: &ServerName, actor: &Actor) -> Result<(), Error>;

    /// Writes the global info. A change of the master secret server raises the term.
    /// Refused while a promotion is unfinished, and for a master that is not listed. An update
    /// that changes nothing writes nothing. It goes by the rules that govern, or overrules them, and
    /// of a move of the master it keeps what they said.
    fn update(
        &mut self,
        seen: Seen,
        after: &GlobalInfo,
        leave: &Leave,
        actor: &Actor,
    ) -> Result<Seen, Error>;

    /// Enables or disables SSO for the whole system. Refused while a promotion is unfinished.
    fn set_enabled(&mut self, seen: Seen, enabled: bool, actor: &Actor) -> Result<Seen, Error>;

    /// Makes `secret` the system's first master secret. Refused where one exists. The revision
    /// stays, for the global info does.
    fn install_secret(
        &mut self,
        term: Term,
        secret: Fingerprint,
        proof: &Proof,
        actor: &Actor,
    ) -> Result<(), Error>;

    /// The proof made under a master secret of this system.
    fn proof(&self, secret: Fingerprint) -> Result<Option<Proof>, Error>;

    /// Writes one audit row for an act that changes no other table (a backup, a restore).
    fn note(&mut self, term: Term, action: &str, detail: &str, actor: &Actor) -> Result<(), Error>;

    /// Takes the operator's word that the database is a restored copy: every term up to the highest
    /// that is to be passed over counts as given from now on.
    fn restored_copy(
        &mut self,
        term: Term,
        copy: &RestoredCopy,
        actor: &Actor,
    ) -> Result<(), Error>;

    /// Takes the lock that every promotion, resume and abort holds while it runs, and writes down
    /// who holds it for whoever is refused.
    fn lock(&self, actor: &Actor) -> Result<PromotionLock, Error>;

    /// Begins a promotion: stores the plan, and gives its term for ever, whatever becomes of it.
    /// Refused where another is unfinished, where this plan was begun before, or where the system is
    /// no longer what the plan was made from. The audit tells who approved it, and where the plan
    /// says so, that the database is a restored copy. It goes by the rules that govern, or overrules
    /// them, and keeps what they said.
    fn begin(&mut self, plan: &Plan, leave: &Leave, actor: &Actor) -> Result<(), Error>;

    /// Appends one entry and returns the state after it. Refused where it cannot follow the
    /// journal, for the entry that commits together with the update it tells of, and for
    /// `update-database undone` before [`undo_update`](Self::undo_update).
    fn record(&mut self, promotion: PromotionId, entry: &Entry) -> Result<State, Error>;

    /// Writes the plan's `after` and next term, audit row and `entry` (`update-database
    /// succeeded`) together. Harmless to repeat: what is there already is not written again, be it
    /// the update or an entry that the journal ends with.
    fn apply_update(&mut self, plan: &Plan, entry: &Entry) -> Result<State, Error>;

    /// Writes the plan's `before` and old term back, with its audit row, while the promotion is
    /// undoing `update-database`. Its entry follows by [`record`](Self::record), once the service
    /// has been told. The revision rises and the highest term stays, so that no term is given
    /// twice. Harmless to repeat, and where the update was never written.
    fn undo_update(&mut self, plan: &Plan, actor: &Actor) -> Result<(), Error>;

    /// The promotion that is neither promoted nor undone.
    fn unfinished(&self) -> Result<Option<Promotion>, Error>;

    /// One promotion; nothing where none was begun under this id.
    fn promotion(&self, id: PromotionId) -> Result<Option<Promotion>, Error>;

    /// Every promotion, oldest first.
    fn promotions(&self) -> Result<Vec<Promotion>, Error>;

    /// The rules that govern; nothing before the first act under rules.
    fn governing(&self) -> Result<Option<Governing>, Error>;

    /// Which rules were asked about every promotion and move of the master, oldest first.
    fn judgements(&self) -> Result<Vec<Judgement>, Error>;

    /// Makes sure that an act which asks no rule for a verdict goes by the rules that govern, and
    /// writes down who overrules them. Where none govern it writes nothing.
    fn stand(&mut self, term: Term, act: &str, leave: &Leave, actor: &Actor) -> Result<(), Error>;

    /// Makes the rules govern that forbade an act, where none do yet; says whether it did.
    fn forbidden(
        &mut self,
        term: Term,
        act: &str,
        leave: &Leave,
        actor: &Actor,
    ) -> Result<bool, Error>;

    /// Makes other rules govern. Refused where others govern than those that were asked, and while
    /// a promotion is unfinished.
    fn publish(
        &mut self,
        term: Term,
        publication: &Publication,
        actor: &Actor,
    ) -> Result<Governing, Error>;

    /// The audit, as it stands: whether its chain holds is for [`Audit::verify`] to say.
    fn audit(&self) -> Result<Audit, Error>;

    /// Every promotion's journal, oldest first, and whether it still is what was written. Unlike
    /// [`CredentialDatabase::promotions`] it goes on after a broken one.
    fn journals(&self) -> Result<Vec<JournalCheck>, Error>;

    /// Which engine keeps it, and in which schema.
    fn engine(&self) -> Result<Engine, Error>;

    /// What the engine finds wrong with what it has stored, a line each; nothing where it is sound.
    fn integrity(&self) -> Result<Vec<String>, Error>;

    /// Every table as canonical text, secrets as names and lengths only.
    fn dump(&self) -> Result<String, Error>;
}
