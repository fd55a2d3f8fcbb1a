//! Promotions: begun, recorded, applied and undone.
//!
//! **Invariant:** the journal says that the update is there in the transaction that writes it, and
//! that it is undone only where it is; `promotion.state` is always the replay of its entries.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::failure::Result;
use super::journal::{chained, find};
use super::{audit, governing, read, write};
use crate::database::chain::{Deed, known_by, person};
use crate::database::rules::{self, Begun};
use crate::database::{Error, Promotion};
use crate::global_info::GlobalInfo;
use crate::identity::{Digest, PromotionId, Term};
use crate::journal::{Entry, Event, State};
use crate::plan::{Asked, Leave, Plan, Step};
use crate::system::{Actor, Operator, Seen};

/// The entry that commits with the update.
const APPLIED: (Step, Event) = (Step::UpdateDatabase, Event::Succeeded);

/// The entry that follows the update's undoing.
const UNDONE: (Step, Event) = (Step::UpdateDatabase, Event::Undone);

/// Stores a plan.
pub(super) fn begin(tx: &Connection, plan: &Plan, leave: &Leave, actor: &Actor) -> Result<()> {
    if let Some(begun) = find(tx, plan.id)? {
        return Err(Error::PlanUsed {
            id: plan.id,
            state: begun.promotion.state,
        }
        .into());
    }
    write::finished(tx)?;
    rules::in_range(&plan.after)?;
    let changed = rules::changed_since(plan, &read::state(tx)?);
    if !changed.is_empty() {
        return Err(Error::StalePlan { changed }.into());
    }
    let asked = governing::stand(tx, "promote", leave, actor)?;
    let text = serde_json::to_string(plan).map_err(|source| Error::PlanUnwritable { source })?;
    let digest = Digest::of(text.as_bytes());
    let rows = tx.execute(
        "INSERT INTO promotion
           (id, plan, plan_digest, operator, server, begun, state, finished, last_hash, person,
            known_by)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, 'planned', 0, ?3, ?10, ?11 FROM global_info, system
         WHERE revision = ?7 AND term = ?8 AND system_id = ?9",
        params![
            plan.id.to_string(),
            text,
            digest.to_string(),
            actor.operator.account,
            actor.server.as_str(),
            actor.at.to_string(),
            plan.revision.0,
            plan.term.0,
            plan.system.to_string(),
            person(&actor.operator),
            known_by(&actor.operator),
        ],
    )?;
    if rows == 0 {
        return Err(write::differs(tx, made_from(plan))?.into());
    }
    if let Some(copy) = &plan.restored_copy {
        write::pass_over(tx, copy, actor)?;
    }
    write::raise_highest_term(tx, plan.next_term)?;
    let servers = (&plan.incumbent, &plan.candidate);
    governing::judged(tx, Some(plan.id), servers, &asked, actor)?;
    let detail = beginning(plan, &leave.approvers, &asked, digest);
    write::did(tx, actor, "promote-begin", &detail)
}

/// Appends an entry that tells of nothing in the database.
pub(super) fn record(tx: &Connection, id: PromotionId, entry: &Entry) -> Result<State> {
    let begun = find(tx, id)?.ok_or(Error::UnknownPromotion { id })?;
    let plan = &begun.promotion.plan;
    let told = match (entry.step, entry.event) {
        APPLIED => false,
        UNDONE => stands(tx, &plan.before, plan.term)?,
        _ => true,
    };
    if !told {
        return Err(misplaced(entry).into());
    }
    append(tx, &begun, entry)
}

/// Writes the plan's `after` and its entry.
pub(super) fn apply_update(tx: &Connection, plan: &Plan, entry: &Entry) -> Result<State> {
    if (entry.step, entry.event) != APPLIED {
        return Err(misplaced(entry).into());
    }
    let begun = begun_with(tx, plan)?;
    if ends_with_applied(&begun) {
        return Ok(begun.promotion.state);
    }
    begun.promotion.state.next(entry.step, entry.event)?;
    let seen = made_from(plan);
    if write::set_info(tx, seen, &plan.after, plan.next_term)? {
        let changes = rules::spelled(&plan.changes());
        let terms = format!("{} → {}", plan.term, plan.next_term);
        let detail = format!("promotion {}: {changes}; term: {terms}", plan.id);
        tell(
            tx,
            &begun,
            (entry.at, &entry.operator),
            "promote-update",
            &detail,
        )?;
    } else if !stands(tx, &plan.after, plan.next_term)? {
        return Err(write::differs(tx, seen)?.into());
    }
    append(tx, &begun, entry)
}

/// Writes the plan's `before`.
pub(super) fn undo_update(tx: &Connection, plan: &Plan, actor: &Actor) -> Result<()> {
    let begun = begun_with(tx, plan)?;
    let (step, event) = UNDONE;
    begun.promotion.state.next(step, event)?;
    let applied = Seen {
        revision: plan.revision.next(),
        term: plan.next_term,
    };
    if write::set_info(tx, applied, &plan.before, plan.term)? {
        let changes = rules::spelled(&plan.after.differences(&plan.before));
        let terms = format!("{} → {}", plan.next_term, plan.term);
        let detail = format!("promotion {}: {changes}; term: {terms}", plan.id);
        tell(
            tx,
            &begun,
            (actor.at, &actor.operator),
            "promote-undo",
            &detail,
        )?;
    } else if !stands(tx, &plan.before, plan.term)? {
        return Err(write::differs(tx, applied)?.into());
    }
    Ok(())
}

/// Whether the database holds this global info in this term.
fn stands(tx: &Connection, info: &GlobalInfo, term: Term) -> Result<bool> {
    let present = read::state(tx)?;
    Ok(present.info == *info && present.term == term)
}

/// Appends an entry that may follow, with everything that is always done then.
fn append(tx: &Connection, begun: &Begun, entry: &Entry) -> Result<State> {
    let Promotion {
        plan,
        state,
        entries,
    } = &begun.promotion;
    let state = state.next(entry.step, entry.event)?;
    let number = entries.len() + 1;
    let hash = chained(begun.last_hash, number, entry).to_string();
    let term = rules::forward_term(&begun.promotion, entry);
    let rows = tx.execute(
        "INSERT INTO journal
           (promotion, number, step, event, at, operator, detail, hash, person, known_by)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10, ?11
         FROM global_info WHERE term = ifnull(?9, term)",
        params![
            plan.id.to_string(),
            number,
            entry.step.name(),
            entry.event.name(),
            entry.at.to_string(),
            entry.operator.account,
            entry.detail,
            hash,
            term.map(|term| term.0),
            person(&entry.operator),
            known_by(&entry.operator),
        ],
    )?;
    if let Some(term) = term.filter(|_| rows == 0) {
        return Err(write::lost(tx, term)?.into());
    }
    tx.execute(
        "UPDATE promotion SET state = ?2, finished = ?3, last_hash = ?4 WHERE id = ?1",
        params![
            plan.id.to_string(),
            rules::word(state),
            state.is_final(),
            hash
        ],
    )?;
    let by = (entry.at, &entry.operator);
    match state {
        State::Promoted => {
            let detail = format!(
                "promotion {}: {} is the master secret server",
                plan.id, plan.candidate
            );
            tell(tx, begun, by, "promoted", &detail)?;
        }
        State::Undone => {
            let detail = format!(
                "promotion {}: {} stays the master secret server",
                plan.id, plan.incumbent
            );
            tell(tx, begun, by, "undone", &detail)?;
        }
        _ => {}
    }
    write::touch(tx, &begun.server, entry.at)?;
    Ok(state)
}

/// Audits for a promotion: entries name no server, so it is the one it was begun on.
fn tell(
    tx: &Connection,
    begun: &Begun,
    (at, operator): (Timestamp, &Operator),
    action: &str,
    detail: &str,
) -> Result<()> {
    let deed = Deed {
        at,
        operator,
        server: begun.server.as_str(),
        action,
        detail,
    };
    audit::append(tx, &deed)
}

/// The stored promotion of a plan.
fn begun_with(tx: &Connection, plan: &Plan) -> Result<Begun> {
    let id = plan.id;
    let begun = find(tx, id)?.ok_or(Error::UnknownPromotion { id })?;
    if begun.promotion.plan != *plan {
        return Err(Error::PlanDiffers { id }.into());
    }
    Ok(begun)
}

/// Whether the journal's last entry tells of the update: then it has been committed before.
fn ends_with_applied(begun: &Begun) -> bool {
    let last = begun.promotion.entries.last();
    last.is_some_and(|last| (last.step, last.event) == APPLIED)
}

fn misplaced(entry: &Entry) -> Error {
    Error::Misplaced {
        step: entry.step,
        event: entry.event,
    }
}

/// What the plan's maker had seen.
fn made_from(plan: &Plan) -> Seen {
    Seen {
        revision: plan.revision,
        term: plan.term,
    }
}

/// Who is to be promoted, why, with whose approval, and what the rules said, for the audit.
fn beginning(plan: &Plan, approvers: &[String], asked: &Asked, digest: Digest) -> String {
    let mut detail = format!(
        "promotion {}: {} → {}, {}",
        plan.id, plan.incumbent, plan.candidate, plan.intent.kind
    );
    if let Some(reason) = &plan.intent.reason {
        detail.push_str("; reason: ");
        detail.push_str(reason);
    }
    if let Some(change) = &plan.intent.change {
        detail.push_str("; change: ");
        detail.push_str(change);
    }
    if !approvers.is_empty() {
        detail.push_str("; approved by ");
        detail.push_str(&approvers.join(", "));
    }
    format!("{detail}; plan: {digest}; {asked}")
}
