//! Promotions and their journals as they are stored, checked while they are read.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::failure::{Result, corrupt};
use super::read::{self, broken, operator, parsed};
use crate::database::chain::{later, link_with};
use crate::database::rules::{self, Begun};
use crate::database::{Error, JournalCheck, Promotion};
use crate::identity::{Digest, PromotionId};
use crate::journal::{Entry, Event, State};
use crate::plan::{Plan, Step};

/// The promotion that is neither promoted nor undone.
pub(super) fn unfinished(tx: &Connection) -> Result<Option<Begun>> {
    let id = tx.query_row("SELECT id FROM promotion WHERE finished = 0", [], |row| {
        row.get::<_, String>(0)
    });
    match id.optional()? {
        Some(id) => find(tx, parsed("promotion.id", &id)?),
        None => Ok(None),
    }
}

/// Every promotion, oldest first.
pub(super) fn all(tx: &Connection) -> Result<Vec<Begun>> {
    let mut statement = tx.prepare("SELECT id FROM promotion ORDER BY number")?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
    ids.map(|id| {
        let id: PromotionId = parsed("promotion.id", &id?)?;
        Ok(find(tx, id)?.ok_or(Error::UnknownPromotion { id })?)
    })
    .collect()
}

/// Looks at every promotion, oldest first, and goes on after a broken one.
pub(super) fn checks(tx: &Connection, path: &Path) -> Result<Vec<JournalCheck>> {
    let mut statement = tx.prepare(
        "SELECT id, (SELECT count(*) FROM journal WHERE promotion = promotion.id)
         FROM promotion ORDER BY number",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (promotion, entries): (String, u64) = row?;
        let found = parsed("promotion.id", &promotion).and_then(|id| find(tx, id));
        let broken = match found.map_err(|failure| failure.at(path)) {
            Ok(_) => None,
            Err(Error::Corrupt { what }) => Some(what),
            Err(error) => return Err(error.into()),
        };
        Ok(JournalCheck {
            promotion,
            entries,
            broken,
        })
    })
    .collect()
}

/// Reads one promotion and checks that plan and journal are what was written.
pub(super) fn find(tx: &Connection, id: PromotionId) -> Result<Option<Begun>> {
    let found = tx.query_row(
        "SELECT plan, plan_digest, server, begun, state, last_hash, operator, person, known_by
         FROM promotion WHERE id = ?1",
        [id.to_string()],
        |row| {
            let text = |index: usize| row.get::<_, String>(index);
            let texts = [text(0)?, text(1)?, text(2)?, text(3)?, text(4)?, text(5)?];
            Ok((texts, (text(6)?, row.get(7)?, row.get(8)?)))
        },
    );
    let Some((texts, (account, person, known_by))) = found.optional()? else {
        return Ok(None);
    };
    let [plan, digest, server, at, word, last] = texts;
    let plan_digest: Digest = parsed("promotion.plan_digest", &digest)?;
    if Digest::of(plan.as_bytes()) != plan_digest {
        return Err(corrupt(format!("the plan of promotion {id} was altered")).into());
    }
    let plan: Plan =
        serde_json::from_str(&plan).map_err(|reason| broken("promotion.plan", &plan, &reason))?;
    let (entries, last_hash) = entries(tx, id, plan_digest)?;
    if parsed::<Digest>("promotion.last_hash", &last)? != last_hash {
        return Err(corrupt(format!(
            "the journal of promotion {id} was cut off after entry {}",
            entries.len()
        ))
        .into());
    }
    let state = State::replay(&entries)
        .map_err(|illegal| corrupt(format!("journal of promotion {id}: {illegal}")))?;
    if plan.id != id || rules::word(state) != word {
        return Err(corrupt(format!(
            "promotion {id} is “{word}”, but its journal says {state}"
        ))
        .into());
    }
    Ok(Some(Begun {
        promotion: Promotion {
            plan,
            state,
            entries,
        },
        operator: operator("promotion.known_by", account, person, known_by)?,
        server: read::server("promotion.server", &server)?,
        at: parsed("promotion.begun", &at)?,
        plan_digest,
        last_hash,
    }))
}

/// The journal of a promotion and the hash it ends with.
fn entries(tx: &Connection, id: PromotionId, plan: Digest) -> Result<(Vec<Entry>, Digest)> {
    let mut statement = tx.prepare(
        "SELECT step, event, at, operator, detail, hash, person, known_by FROM journal
         WHERE promotion = ?1 ORDER BY number",
    )?;
    let mut rows = statement.query([id.to_string()])?;
    let (mut entries, mut last) = (Vec::new(), plan);
    while let Some(row) = rows.next()? {
        let text = |index: usize| row.get::<_, String>(index);
        let entry = Entry {
            step: step(&text(0)?)?,
            event: event(&text(1)?)?,
            at: parsed("journal.at", &text(2)?)?,
            operator: operator("journal.known_by", text(3)?, row.get(6)?, row.get(7)?)?,
            detail: row.get(4)?,
        };
        entries.push(entry);
        last = chained(last, entries.len(), &entries[entries.len() - 1]);
        if parsed::<Digest>("journal.hash", &text(5)?)? != last {
            let number = entries.len();
            return Err(corrupt(format!(
                "entry {number} of promotion {id} was altered, or one before it taken out"
            ))
            .into());
        }
    }
    Ok((entries, last))
}

/// The hash of an entry: the chain starts from the plan's digest.
pub(super) fn chained(previous: Digest, number: usize, entry: &Entry) -> Digest {
    let detail = entry.detail.as_deref();
    link_with(
        "regent/journal",
        previous,
        &[
            &number.to_string(),
            entry.step.name(),
            entry.event.name(),
            &entry.at.to_string(),
            &entry.operator.account,
            // No detail and an empty one are two things.
            if detail.is_some() { "detail" } else { "" },
            detail.unwrap_or_default(),
        ],
        &later(&entry.operator),
    )
}

fn step(name: &str) -> Result<Step> {
    Step::ALL
        .into_iter()
        .find(|step| step.name() == name)
        .ok_or_else(|| broken("journal.step", name, &"no such step"))
}

fn event(name: &str) -> Result<Event> {
    [
        Event::Started,
        Event::Succeeded,
        Event::Failed,
        Event::UndoStarted,
        Event::Undone,
        Event::UndoFailed,
    ]
    .into_iter()
    .find(|event| event.name() == name)
    .ok_or_else(|| broken("journal.event", name, &"no such event"))
}
