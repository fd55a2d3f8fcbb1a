//! What changes a system outside a promotion.

use rusqlite::{Connection, named_params, params};

use super::failure::{Result, corrupt};
use super::{audit, governing, journal, read};
use crate::database::chain::Deed;
use crate::database::{Error, NewSystem, RESTORED_COPY, rules};
use crate::global_info::{GlobalInfo, ServerName};
use crate::identity::{Fingerprint, Term};
use crate::plan::Leave;
use crate::system::{Actor, Proof, RestoredCopy, Role, Seen, SystemState};

/// Fills an empty schema.
pub(super) fn init(tx: &Connection, new: &NewSystem, actor: &Actor) -> Result<()> {
    let NewSystem { id, info } = new;
    tx.execute(
        "INSERT INTO sso_server (name, roles, added) VALUES (?1, '', ?2)",
        params![info.secret_server.as_str(), actor.at.to_string()],
    )?;
    tx.execute(
        "INSERT INTO system (id, system_id, highest_term) VALUES (1, ?1, 1)",
        [id.to_string()],
    )?;
    tx.execute(
        "INSERT INTO global_info VALUES (1, :admins, :affiliate_admins, :master,
           :apps, :mappings, :lookups, :ticket, :cache, 0, 0, 1, NULL, NULL, 1, 1)",
        named_params! {
            ":admins": info.sso_admin_account.to_string(),
            ":affiliate_admins": info.sso_affiliate_admin_account.to_string(),
            ":master": info.secret_server.as_str(),
            ":apps": info.audit_deleted_apps,
            ":mappings": info.audit_deleted_mappings,
            ":lookups": info.audit_credential_lookups,
            ":ticket": info.ticket_timeout,
            ":cache": info.cred_cache_timeout,
        },
    )?;
    let detail = format!("system {id}, master secret server {}", info.secret_server);
    did(tx, actor, "init", &detail)
}

/// Lists a server.
pub(super) fn add_server(
    tx: &Connection,
    term: Term,
    name: &ServerName,
    roles: &[Role],
    actor: &Actor,
) -> Result<()> {
    let present = read::state(tx)?;
    rules::fence_term(term, &present)?;
    if let Some(listed) = present.server(name) {
        let name = listed.name.clone();
        return Err(Error::ServerListed { name }.into());
    }
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    let roles: Vec<_> = roles.iter().map(Role::to_string).collect();
    let roles = roles.join(" ");
    let rows = tx.execute(
        "INSERT INTO sso_server (name, roles, added)
         SELECT ?1, ?2, ?3 FROM global_info WHERE term = ?4",
        params![name.as_str(), roles, actor.at.to_string(), term.0],
    )?;
    if rows == 0 {
        return Err(lost(tx, term)?.into());
    }
    let detail = if roles.is_empty() {
        name.to_string()
    } else {
        format!("{name} ({roles})")
    };
    did(tx, actor, "server-add", &detail)
}

/// Takes a server off the list.
pub(super) fn remove_server(
    tx: &Connection,
    term: Term,
    name: &ServerName,
    actor: &Actor,
) -> Result<()> {
    let present = read::state(tx)?;
    rules::fence_term(term, &present)?;
    let Some(listed) = present.server(name) else {
        return Err(Error::UnknownServer {
            name: name.clone(),
            known: rules::known(&present),
        }
        .into());
    };
    if present.master().is(name) {
        let name = listed.name.clone();
        return Err(Error::MasterStays { name }.into());
    }
    finished(tx)?;
    let rows = tx.execute(
        "DELETE FROM sso_server
         WHERE name = ?1 AND EXISTS (SELECT 1 FROM global_info WHERE term = ?2)",
        params![listed.name.as_str(), term.0],
    )?;
    if rows == 0 {
        return Err(lost(tx, term)?.into());
    }
    did(tx, actor, "server-remove", listed.name.as_str())
}

/// Writes another global info.
pub(super) fn update(
    tx: &Connection,
    seen: Seen,
    wanted: &GlobalInfo,
    leave: &Leave,
    actor: &Actor,
) -> Result<Seen> {
    let present = read::state(tx)?;
    writable(tx, seen, &present)?;
    let wanted = rules::storable(wanted, &present)?;
    let changes = present.info.differences(&wanted);
    if changes.is_empty() {
        return Ok(seen);
    }
    let asked = governing::stand(tx, "update", leave, actor)?;
    let mut detail = rules::spelled(&changes);
    let mut term = present.term;
    if !wanted.secret_server.is(present.master()) {
        let servers = (present.master(), &wanted.secret_server);
        governing::judged(tx, None, servers, &asked, actor)?;
        term = present.highest_term.next();
        raise_highest_term(tx, term)?;
        detail = format!("{detail}; {asked}; term: {} → {term}", present.term);
    }
    if !set_info(tx, seen, &wanted, term)? {
        return Err(differs(tx, seen)?.into());
    }
    did(tx, actor, "update", &detail)?;
    let revision = seen.revision.next();
    Ok(Seen { revision, term })
}

/// Enables or disables SSO.
pub(super) fn set_enabled(
    tx: &Connection,
    seen: Seen,
    enabled: bool,
    actor: &Actor,
) -> Result<Seen> {
    let present = read::state(tx)?;
    writable(tx, seen, &present)?;
    if present.enabled == enabled {
        return Ok(seen);
    }
    let rows = tx.execute(
        "UPDATE global_info SET enabled = ?1, revision = revision + 1
         WHERE revision = ?2 AND term = ?3",
        params![enabled, seen.revision.0, seen.term.0],
    )?;
    if rows == 0 {
        return Err(differs(tx, seen)?.into());
    }
    let action = if enabled { "enable" } else { "disable" };
    did(tx, actor, action, "")?;
    Ok(Seen {
        revision: seen.revision.next(),
        ..seen
    })
}

/// Stores the first master secret's name and proof.
pub(super) fn install_secret(
    tx: &Connection,
    term: Term,
    secret: Fingerprint,
    proof: &Proof,
    actor: &Actor,
) -> Result<()> {
    let present = read::state(tx)?;
    rules::fence_term(term, &present)?;
    finished(tx)?;
    if let Some(present) = present.secrets.current {
        return Err(Error::SecretExists { present }.into());
    }
    tx.execute(
        "INSERT INTO secret_proof (fingerprint, nonce, sealed) VALUES (?1, ?2, ?3)",
        params![secret.to_string(), proof.nonce, proof.sealed],
    )?;
    let rows = tx.execute(
        "UPDATE global_info SET current_secret = ?1 WHERE term = ?2 AND current_secret IS NULL",
        params![secret.to_string(), term.0],
    )?;
    if rows == 0 {
        return Err(lost(tx, term)?.into());
    }
    did(tx, actor, "secret-generate", &secret.to_string())
}

/// Writes an audit row and nothing else.
pub(super) fn note(
    tx: &Connection,
    term: Term,
    action: &str,
    detail: &str,
    actor: &Actor,
) -> Result<()> {
    in_term(tx, term)?;
    did(tx, actor, action, detail)
}

/// Refuses a writer of another term, by a writing statement.
pub(super) fn in_term(tx: &Connection, term: Term) -> Result<()> {
    let rows = tx.execute("UPDATE global_info SET id = id WHERE term = ?1", [term.0])?;
    if rows == 0 {
        return Err(lost(tx, term)?.into());
    }
    Ok(())
}

/// Takes the operator's word that the database is a restored copy.
pub(super) fn restored_copy(
    tx: &Connection,
    term: Term,
    copy: &RestoredCopy,
    actor: &Actor,
) -> Result<()> {
    rules::fence_term(term, &read::state(tx)?)?;
    pass_over(tx, copy, actor)
}

/// Counts every term up to a restored copy's highest as given.
pub(super) fn pass_over(tx: &Connection, copy: &RestoredCopy, actor: &Actor) -> Result<()> {
    let before = read::state(tx)?.highest_term;
    let highest = copy.highest_term.max(before);
    raise_highest_term(tx, highest)?;
    let detail = format!("highest term: {before} → {highest}; {}", copy.grounds());
    did(tx, actor, RESTORED_COPY, &detail)
}

/// Audits what was done, and that its server is alive.
pub(super) fn did(tx: &Connection, actor: &Actor, action: &str, detail: &str) -> Result<()> {
    let deed = Deed {
        at: actor.at,
        operator: &actor.operator,
        server: actor.server.as_str(),
        action,
        detail,
    };
    audit::append(tx, &deed)?;
    touch(tx, &actor.server, actor.at)
}

/// Remembers when regent last wrote on a server, where it is listed.
pub(super) fn touch(tx: &Connection, server: &ServerName, at: jiff::Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE sso_server SET last_seen = ?2 WHERE name = ?1",
        params![server.as_str(), at.to_string()],
    )?;
    Ok(())
}

/// Writes global info and term where the writer has seen what is stored; says whether it has.
pub(super) fn set_info(tx: &Connection, seen: Seen, info: &GlobalInfo, term: Term) -> Result<bool> {
    let rows = tx.execute(
        "UPDATE global_info SET
           sso_admin_account = :admins,
           sso_affiliate_admin_account = :affiliate_admins,
           secret_server = :master,
           audit_deleted_apps = :apps,
           audit_deleted_mappings = :mappings,
           audit_credential_lookups = :lookups,
           ticket_timeout = :ticket,
           cred_cache_timeout = :cache,
           term = :term,
           revision = revision + 1
         WHERE revision = :seen_revision AND term = :seen_term",
        named_params! {
            ":admins": info.sso_admin_account.to_string(),
            ":affiliate_admins": info.sso_affiliate_admin_account.to_string(),
            ":master": info.secret_server.as_str(),
            ":apps": info.audit_deleted_apps,
            ":mappings": info.audit_deleted_mappings,
            ":lookups": info.audit_credential_lookups,
            ":ticket": info.ticket_timeout,
            ":cache": info.cred_cache_timeout,
            ":term": term.0,
            ":seen_revision": seen.revision.0,
            ":seen_term": seen.term.0,
        },
    )?;
    Ok(rows == 1)
}

/// Gives a term away. Comes before any term in the global info, which must have been given.
pub(super) fn raise_highest_term(tx: &Connection, term: Term) -> Result<()> {
    tx.execute(
        "UPDATE system SET highest_term = ?1 WHERE highest_term < ?1",
        [term.0],
    )?;
    Ok(())
}

/// What a writing statement that found no row of its revision and term has missed.
pub(super) fn differs(tx: &Connection, seen: Seen) -> Result<Error> {
    Ok(missed(rules::fence(seen, &read::state(tx)?)))
}

/// What a writing statement that found no row of its term has missed.
pub(super) fn lost(tx: &Connection, term: Term) -> Result<Error> {
    Ok(missed(rules::fence_term(term, &read::state(tx)?)))
}

fn missed(fenced: std::result::Result<(), Error>) -> Error {
    let unwritable = || corrupt("the row of global_info cannot be written");
    fenced.err().unwrap_or_else(unwritable)
}

/// Refuses a stale writer, and anybody while a promotion is unfinished: a lost term first, for
/// that writer may not finish the promotion either, and a lost revision last, for reading again
/// would not help.
fn writable(tx: &Connection, seen: Seen, present: &SystemState) -> Result<()> {
    rules::fence_term(seen.term, present)?;
    finished(tx)?;
    Ok(rules::fence(seen, present)?)
}

/// Refuses while a promotion is unfinished.
pub(super) fn finished(tx: &Connection) -> Result<()> {
    match journal::unfinished(tx)? {
        Some(begun) => Err(begun.unfinished().into()),
        None => Ok(()),
    }
}
