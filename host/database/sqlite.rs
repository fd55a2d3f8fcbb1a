//! The SQLite engine: one file, written by any process of this computer, one at a time.
//!
//! **Invariant:** a writer takes SQLite's write lock before it reads anything, and commits once;
//! a reader sees one snapshot.

use std::fmt::{self, Display};
use std::path::PathBuf;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    Audit, CredentialDatabase, Engine, Error, Governing, JournalCheck, Judgement, Promotion,
    PromotionLock, Publication, dump as text,
};
use crate::fault::around;
use crate::global_info::{GlobalInfo, ServerName};
use crate::identity::{Fingerprint, PromotionId, Term};
use crate::journal::{Entry, State};
use crate::plan::{Leave, Plan};
use crate::system::{Actor, Proof, RestoredCopy, Role, Seen, SystemState};

mod open;
mod copy;
mod file;
mod migrate;
mod read;
mod write;
mod promotion;
mod governing;
mod journal;
mod audit;
mod integrity;
mod dump;
mod failure;

pub(super) use open::{create, folder, guarded, look, open};

use failure::Failure;

/// An open SQLite credential database.
pub(super) struct Sqlite {
    url: String,
    path: PathBuf,
    connection: Connection,
    /// Where a copy is read: the schema that the file itself has, and the copy.
    copied: Option<(u32, copy::Copy)>,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sqlite").field(&self.url).finish()
    }
}

impl Sqlite {
    /// Reads one snapshot.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Error> {
        let transaction = self.connection.unchecked_transaction();
        transaction
            .map_err(Failure::from)
            .and_then(|transaction| work(&transaction))
            .map_err(|failure| failure.at(&self.path))
    }

    /// Writes in one transaction: everything `work` does, or nothing. `what` names the commit.
    fn write<T>(
        &mut self,
        what: impl Display,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let path = &self.path;
        let connection = &mut self.connection;
        let run = || {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            around(what, || transaction.commit())?;
            Ok(value)
        };
        run().map_err(|failure: Failure| failure.at(path))
    }
}

/// A commit that holds a journal entry is named after the entry.
fn named(entry: &Entry) -> String {
    format!("journal/{}/{}", entry.step, entry.event)
}

impl CredentialDatabase for Sqlite {
    fn url(&self) -> &str {
        &self.url
    }

    fn state(&self) -> Result<SystemState, Error> {
        self.read(read::state)
    }

    fn add_server(
        &mut self,
        term: Term,
        name: &ServerName,
        roles: &[Role],
        actor: &Actor,
    ) -> Result<(), Error> {
        self.write("database/add-server", |tx| {
            write::add_server(tx, term, name, roles, actor)
        })
    }

    fn remove_server(&mut self, term: Term, name: &ServerName, actor: &Actor) -> Result<(), Error> {
        self.write("database/remove-server", |tx| {
            write::remove_server(tx, term, name, actor)
        })
    }

    fn update(
        &mut self,
        seen: Seen,
        after: &GlobalInfo,
        leave: &Leave,
        actor: &Actor,
    ) -> Result<Seen, Error> {
        self.write("database/update", |tx| {
            write::update(tx, seen, after, leave, actor)
        })
    }

    fn set_enabled(&mut self, seen: Seen, enabled: bool, actor: &Actor) -> Result<Seen, Error> {
        self.write("database/set-enabled", |tx| {
            write::set_enabled(tx, seen, enabled, actor)
        })
    }

    fn install_secret(
        &mut self,
        term: Term,
        secret: Fingerprint,
        proof: &Proof,
        actor: &Actor,
    ) -> Result<(), Error> {
        self.write("database/install-secret", |tx| {
            write::install_secret(tx, term, secret, proof, actor)
        })
    }

    fn proof(&self, secret: Fingerprint) -> Result<Option<Proof>, Error> {
        self.read(|tx| read::proof(tx, secret))
    }

    fn note(&mut self, term: Term, action: &str, detail: &str, actor: &Actor) -> Result<(), Error> {
        self.write("database/note", |tx| {
            write::note(tx, term, action, detail, actor)
        })
    }

    fn restored_copy(
        &mut self,
        term: Term,
        copy: &RestoredCopy,
        actor: &Actor,
    ) -> Result<(), Error> {
        self.write("database/restored-copy", |tx| {
            write::restored_copy(tx, term, copy, actor)
        })
    }

    fn lock(&self, actor: &Actor) -> Result<PromotionLock, Error> {
        let file = file::lock(&self.path, actor)?;
        Ok(PromotionLock(Box::new(file)))
    }

    fn begin(&mut self, plan: &Plan, leave: &Leave, actor: &Actor) -> Result<(), Error> {
        self.write("database/begin", |tx| {
            promotion::begin(tx, plan, leave, actor)
        })
    }

    fn record(&mut self, id: PromotionId, entry: &Entry) -> Result<State, Error> {
        self.write(named(entry), |tx| promotion::record(tx, id, entry))
    }

    fn apply_update(&mut self, plan: &Plan, entry: &Entry) -> Result<State, Error> {
        self.write(named(entry), |tx| promotion::apply_update(tx, plan, entry))
    }

    fn undo_update(&mut self, plan: &Plan, actor: &Actor) -> Result<(), Error> {
        self.write("database/undo-update", |tx| {
            promotion::undo_update(tx, plan, actor)
        })
    }

    fn unfinished(&self) -> Result<Option<Promotion>, Error> {
        let stored = self.read(journal::unfinished)?;
        Ok(stored.map(|stored| stored.promotion))
    }

    fn promotion(&self, id: PromotionId) -> Result<Option<Promotion>, Error> {
        let stored = self.read(|tx| journal::find(tx, id))?;
        Ok(stored.map(|stored| stored.promotion))
    }

    fn promotions(&self) -> Result<Vec<Promotion>, Error> {
        let stored = self.read(journal::all)?;
        Ok(stored.into_iter().map(|stored| stored.promotion).collect())
    }

    fn governing(&self) -> Result<Option<Governing>, Error> {
        self.read(governing::governing)
    }

    fn judgements(&self) -> Result<Vec<Judgement>, Error> {
        self.read(governing::judgements)
    }

    fn stand(&mut self, term: Term, act: &str, leave: &Leave, actor: &Actor) -> Result<(), Error> {
        self.write("database/stand", |tx| {
            governing::stand_alone(tx, term, act, leave, actor)
        })
    }

    fn forbidden(
        &mut self,
        term: Term,
        act: &str,
        leave: &Leave,
        actor: &Actor,
    ) -> Result<bool, Error> {
        self.write("database/forbidden", |tx| {
            governing::forbidden(tx, term, act, leave, actor)
        })
    }

    fn publish(
        &mut self,
        term: Term,
        publication: &Publication,
        actor: &Actor,
    ) -> Result<Governing, Error> {
        self.write("database/publish", |tx| {
            governing::publish(tx, term, publication, actor)
        })
    }

    fn audit(&self) -> Result<Audit, Error> {
        self.read(audit::audit)
    }

    fn journals(&self) -> Result<Vec<JournalCheck>, Error> {
        self.read(|tx| journal::checks(tx, &self.path))
    }

    fn engine(&self) -> Result<Engine, Error> {
        let schema = match &self.copied {
            Some((schema, _)) => *schema,
            None => self.read(migrate::version)?,
        };
        Ok(Engine {
            name: format!("SQLite {}", rusqlite::version()),
            schema,
            newest: migrate::newest(),
        })
    }

    fn integrity(&self) -> Result<Vec<String>, Error> {
        self.read(integrity::problems)
    }

    fn dump(&self) -> Result<String, Error> {
        let content = self.read(dump::content)?;
        Ok(text::text(&content))
    }
}
