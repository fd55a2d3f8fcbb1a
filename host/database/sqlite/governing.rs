//! The rules that govern, and what was asked of them.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::failure::{Result, corrupt};
use super::read::{broken, parsed};
use super::{migrate, read, write};
use crate::database::Error;
use crate::database::chain::{known_by, person};
use crate::database::governing::{
    Governing, Judgement, Overruled, Publication, Standing, standing,
};
use crate::global_info::ServerName;
use crate::identity::{Digest, PromotionId, Term};
use crate::plan::{Asked, Leave, Overruling, Rules};
use crate::system::Actor;

/// The schema that knows of them.
const SINCE: u32 = 3;

/// The rules that govern; nothing before the first act under rules.
pub(super) fn governing(tx: &Connection) -> Result<Option<Governing>> {
    // A database that is only looked at may have an older schema.
    if migrate::version(tx)? < SINCE {
        return Ok(None);
    }
    let found = tx.query_row(
        "SELECT version, rules, digest, at, operator, server, reason, change, overruled, person,
           known_by
         FROM governing",
        [],
        |row| {
            let text = |index: usize| row.get::<_, String>(index);
            let maybe = |index: usize| row.get::<_, Option<String>>(index);
            Ok((
                row.get::<_, u64>(0)?,
                [text(1)?, text(2)?, text(3)?, text(4)?, text(5)?],
                [maybe(6)?, maybe(7)?, maybe(8)?],
                (maybe(9)?, maybe(10)?),
            ))
        },
    );
    let Some((version, texts, [reason, change, overruled], (person, known_by))) =
        found.optional()?
    else {
        return Ok(None);
    };
    let [text, digest, at, operator, server] = texts;
    let digest: Digest = parsed("governing.digest", &digest)?;
    if Digest::of(text.as_bytes()) != digest {
        return Err(corrupt("the rules that govern were altered").into());
    }
    let unreadable = |why: serde_json::Error| broken("governing.rules", &text, &why);
    Ok(Some(Governing {
        version,
        rules: Rules::parse(&text).map_err(unreadable)?,
        digest,
        at: parsed("governing.at", &at)?,
        operator: read::operator("governing.known_by", operator, person, known_by)?,
        server,
        reason,
        change,
        overruled: overruled
            .map(|text| from_json("governing.overruled", &text))
            .transpose()?,
    }))
}

/// Every judgement, oldest first.
pub(super) fn judgements(tx: &Connection) -> Result<Vec<Judgement>> {
    if migrate::version(tx)? < SINCE {
        return Ok(Vec::new());
    }
    let mut statement = tx.prepare(
        "SELECT promotion, incumbent, candidate, at, operator, server, asked, person, known_by
         FROM judgement ORDER BY number",
    )?;
    let mut rows = statement.query([])?;
    let mut judgements = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |index: usize| row.get::<_, String>(index);
        let promotion: Option<String> = row.get(0)?;
        let id = promotion.map(|id| parsed::<PromotionId>("judgement.promotion", &id));
        judgements.push(Judgement {
            promotion: id.transpose()?,
            incumbent: read::server("judgement.incumbent", &text(1)?)?,
            candidate: read::server("judgement.candidate", &text(2)?)?,
            at: parsed("judgement.at", &text(3)?)?,
            operator: read::operator("judgement.known_by", text(4)?, row.get(7)?, row.get(8)?)?,
            server: text(5)?,
            asked: from_json("judgement.asked", &text(6)?)?,
        });
    }
    Ok(judgements)
}

/// Makes sure that an act goes by the rules that govern, makes those govern that are the first, and
/// writes down who overrules them. Hands back what the act is to say of it.
pub(super) fn stand(tx: &Connection, act: &str, leave: &Leave, actor: &Actor) -> Result<Asked> {
    let present = governing(tx)?;
    let mut asked = leave.asked.clone();
    match (standing(leave, present.as_ref())?, present) {
        (Standing::First, _) => {
            set(tx, 1, &leave.rules, (None, None), None, actor)?;
            let detail = format!(
                "rules {}, by the first act under them",
                leave.rules.digest()
            );
            write::did(tx, actor, "rules-govern", &detail)?;
        }
        (Standing::Theirs, Some(present)) if present.overruled.is_some() => {
            tx.execute("UPDATE governing SET overruled = NULL", [])?;
            let detail = format!("rules {}", present.digest);
            write::did(tx, actor, "rules-back", &detail)?;
        }
        (Standing::Overruling, Some(present)) => {
            let reason = leave.overrules.clone().unwrap_or_default();
            let detail = format!(
                "{act} by rules {} and not by {}; reason: {reason}",
                leave.rules.digest(),
                present.digest
            );
            let overruled = overruled(act, leave, &reason, actor);
            tx.execute("UPDATE governing SET overruled = ?1", [json(&overruled)?])?;
            write::did(tx, actor, "rules-overruled", &detail)?;
            asked.overruled = Some(Overruling {
                reason,
                governing: present.digest,
            });
        }
        _ => {}
    }
    if asked.rules.is_none() && leave.rules != Rules::default() {
        asked.rules = Some(leave.rules.digest());
    }
    Ok(asked)
}

/// [`stand`] of an act that writes nothing else in this transaction. It asks no rule for a verdict,
/// so that it makes none govern.
pub(super) fn stand_alone(
    tx: &Connection,
    term: Term,
    act: &str,
    leave: &Leave,
    actor: &Actor,
) -> Result<()> {
    write::in_term(tx, term)?;
    if governing(tx)?.is_some() {
        stand(tx, act, leave, actor)?;
    }
    Ok(())
}

/// Makes the rules govern that forbade an act, where none do yet. Whoever was refused by rules would
/// else go on without them, and nothing would know that there were any.
pub(super) fn forbidden(
    tx: &Connection,
    term: Term,
    act: &str,
    leave: &Leave,
    actor: &Actor,
) -> Result<bool> {
    write::in_term(tx, term)?;
    if governing(tx)?.is_some() || !leave.rules.ask() {
        return Ok(false);
    }
    set(tx, 1, &leave.rules, (None, None), None, actor)?;
    let mut detail = format!(
        "rules {}, by the first act under them, {act}, which they forbade",
        leave.rules.digest()
    );
    if leave.asked.is_answered() {
        detail.push_str(&format!("; {}", leave.asked));
    }
    write::did(tx, actor, "rules-govern", &detail)?;
    Ok(true)
}

/// Keeps what was asked about a promotion, or about a move by name alone.
pub(super) fn judged(
    tx: &Connection,
    promotion: Option<PromotionId>,
    (incumbent, candidate): (&ServerName, &ServerName),
    asked: &Asked,
    actor: &Actor,
) -> Result<()> {
    tx.execute(
        "INSERT INTO judgement
           (promotion, incumbent, candidate, at, operator, server, asked, person, known_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            promotion.map(|id| id.to_string()),
            incumbent.as_str(),
            candidate.as_str(),
            actor.at.to_string(),
            actor.operator.account,
            actor.server.as_str(),
            json(asked)?,
            person(&actor.operator),
            known_by(&actor.operator),
        ],
    )?;
    Ok(())
}

/// Makes other rules govern.
pub(super) fn publish(
    tx: &Connection,
    term: Term,
    publication: &Publication,
    actor: &Actor,
) -> Result<Governing> {
    write::in_term(tx, term)?;
    write::finished(tx)?;
    let present = governing(tx)?;
    if present.as_ref().map(|present| present.digest) != publication.seen {
        return Err(Error::RulesChanged.into());
    }
    let Publication {
        leave,
        reason,
        change,
        ..
    } = publication;
    let version = present.as_ref().map_or(0, |present| present.version) + 1;
    let overruled = leave
        .overrules
        .as_ref()
        .map(|why| overruled("policy-publish", leave, why, actor));
    let why = (Some(reason.as_str()), change.as_deref());
    set(tx, version, &leave.rules, why, overruled.as_ref(), actor)?;
    let before = present.map_or_else(|| "none".to_owned(), |before| before.digest.to_string());
    let mut detail = format!(
        "rules {before} → {}; reason: {reason}",
        leave.rules.digest()
    );
    if let Some(change) = change {
        detail.push_str(&format!("; change: {change}"));
    }
    if !leave.approvers.is_empty() {
        detail.push_str(&format!("; approved by {}", leave.approvers.join(", ")));
    }
    if let Some((digest, author)) = &publication.planned {
        detail.push_str(&format!("; plan: {digest} by {author}"));
    }
    if let Some(why) = &leave.overrules {
        detail.push_str(&format!("; overruled: {why}"));
    }
    detail.push_str(&format!("; {}", leave.asked));
    write::did(tx, actor, "policy-publish", &detail)?;
    governing(tx)?.ok_or_else(|| corrupt("the row of table governing is missing").into())
}

fn set(
    tx: &Connection,
    version: u64,
    rules: &Rules,
    (reason, change): (Option<&str>, Option<&str>),
    overruled: Option<&Overruled>,
    actor: &Actor,
) -> Result<()> {
    let overruled = overruled.map(json).transpose()?;
    let rows = tx.execute(
        "INSERT INTO governing
           (id, version, rules, digest, at, operator, server, reason, change, overruled, person,
            known_by)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET
           version = excluded.version, rules = excluded.rules, digest = excluded.digest,
           at = excluded.at, operator = excluded.operator, server = excluded.server,
           person = excluded.person, known_by = excluded.known_by, reason = excluded.reason,
           change = excluded.change, overruled = excluded.overruled
         WHERE governing.version = excluded.version - 1",
        params![
            version,
            rules.text(),
            rules.digest().to_string(),
            actor.at.to_string(),
            actor.operator.account,
            actor.server.as_str(),
            reason,
            change,
            overruled,
            person(&actor.operator),
            known_by(&actor.operator),
        ],
    )?;
    if rows == 0 {
        return Err(Error::RulesChanged.into());
    }
    Ok(())
}

fn overruled(act: &str, leave: &Leave, reason: &str, actor: &Actor) -> Overruled {
    Overruled {
        act: act.to_owned(),
        at: actor.at,
        operator: actor.operator.clone(),
        server: actor.server.to_string(),
        reason: reason.to_owned(),
        rules: leave.rules.digest(),
    }
}

fn json<T: Serialize>(it: &T) -> Result<String> {
    serde_json::to_string(it).map_err(|source| Error::PlanUnwritable { source }.into())
}

fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|why| broken(column, text, &why))
}
