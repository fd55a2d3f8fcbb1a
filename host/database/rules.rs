//! What every engine decides alike: fencing, ranges, and whether a plan still fits. Pure.

use jiff::Timestamp;

use super::{Error, Promotion};
use crate::global_info::{Change, Element, GlobalInfo, ServerName};
use crate::identity::{Digest, Fingerprint, Term};
use crate::journal::{Entry, Event, State};
use crate::plan::{Plan, Step};
use crate::system::{Operator, Seen, SystemState};

/// A promotion and what else its row says.
#[derive(Debug)]
pub(super) struct Begun {
    /// Plan, state and entries.
    pub(super) promotion: Promotion,
    /// Who began it.
    pub(super) operator: Operator,
    /// Where.
    pub(super) server: ServerName,
    /// When.
    pub(super) at: Timestamp,
    /// The plan's digest as stored.
    pub(super) plan_digest: Digest,
    /// The hash of its last entry, or the plan's digest.
    pub(super) last_hash: Digest,
}

impl Begun {
    /// Refuses what must wait until this promotion is finished.
    pub(super) fn unfinished(self) -> Error {
        let Promotion { plan, state, .. } = self.promotion;
        Error::PromotionUnfinished {
            id: plan.id,
            candidate: plan.candidate,
            state,
            since: self.at,
            operator: self.operator.to_string(),
        }
    }
}

/// Refuses a writer of another term.
pub(super) fn fence_term(believed: Term, present: &SystemState) -> Result<(), Error> {
    if believed == present.term {
        return Ok(());
    }
    Err(Error::StaleTerm {
        believed,
        present: present.term,
        master: present.master().clone(),
    })
}

/// Refuses a writer that has not seen what is stored; the term first, because a server that is no
/// longer master must know that before anything else.
pub(super) fn fence(seen: Seen, present: &SystemState) -> Result<(), Error> {
    fence_term(seen.term, present)?;
    if seen.revision != present.revision {
        return Err(Error::StaleRevision {
            seen: seen.revision,
            present: present.revision,
        });
    }
    Ok(())
}

/// Checks that `wanted` can be stored; its master is given the spelling that is listed, so that
/// case never makes two names of one server.
pub(super) fn storable(wanted: &GlobalInfo, present: &SystemState) -> Result<GlobalInfo, Error> {
    in_range(wanted)?;
    let Some(listed) = present.server(&wanted.secret_server) else {
        return Err(Error::UnknownServer {
            name: wanted.secret_server.clone(),
            known: known(present),
        });
    };
    Ok(GlobalInfo {
        secret_server: listed.name.clone(),
        ..wanted.clone()
    })
}

/// The term in which a promotion that goes forward acts: its own from the moment the update is
/// written. What goes back acts in none.
pub(super) fn forward_term(promotion: &Promotion, entry: &Entry) -> Option<Term> {
    let Promotion { plan, entries, .. } = promotion;
    if !matches!(entry.event, Event::Started | Event::Succeeded) {
        return None;
    }
    let written = entries
        .iter()
        .chain([entry])
        .any(|entry| entry.step == Step::UpdateDatabase && entry.event == Event::Succeeded);
    Some(if written { plan.next_term } else { plan.term })
}

/// The listed servers' names.
pub(super) fn known(present: &SystemState) -> Vec<ServerName> {
    let servers = present.servers.iter();
    servers.map(|server| server.name.clone()).collect()
}

/// Checks every number against the range of its element.
pub(super) fn in_range(info: &GlobalInfo) -> Result<(), Error> {
    for (element, value) in [
        (Element::AuditDeletedApps, info.audit_deleted_apps),
        (Element::AuditDeletedMappings, info.audit_deleted_mappings),
        (
            Element::AuditCredentialLookups,
            info.audit_credential_lookups,
        ),
        (Element::TicketTimeout, info.ticket_timeout),
        (Element::CredCacheTimeout, info.cred_cache_timeout),
    ] {
        if let Some((min, max)) = element.range()
            && !(min..=max).contains(&value)
        {
            return Err(Error::OutOfRange {
                element,
                value,
                min,
                max,
            });
        }
    }
    Ok(())
}

/// What differs between the system a plan was made from and the present one, a line each.
pub(super) fn changed_since(plan: &Plan, present: &SystemState) -> Vec<String> {
    if plan.system != present.id {
        return vec![format!("system: {} → {}", plan.system, present.id)];
    }
    let mut changed = Vec::new();
    let mut compare = |what: &str, planned: String, present: String| {
        if planned != present {
            changed.push(format!("{what}: {planned} → {present}"));
        }
    };
    compare(
        "revision",
        plan.revision.to_string(),
        present.revision.to_string(),
    );
    compare("term", plan.term.to_string(), present.term.to_string());
    compare(
        "next term",
        plan.next_term.to_string(),
        present.next_term(plan.restored_copy.as_ref()).to_string(),
    );
    for Change {
        element,
        before,
        after,
    } in plan.before.differences(&present.info)
    {
        compare(element.name(), before, after);
    }
    let name =
        |secret: Option<Fingerprint>| secret.map_or("none".to_owned(), |name| name.to_string());
    if let Some(backup) = &plan.backup {
        compare(
            "master secret",
            name(Some(backup.current)),
            name(present.secrets.current),
        );
    } else if present.secrets.current.is_none() {
        changed.push("master secret: none has been generated".to_owned());
    }
    let candidate = &plan.after.secret_server;
    match present.server(candidate) {
        None => changed.push(format!(
            "{candidate} is no longer an SSO server of this system"
        )),
        Some(listed) if listed.name != *candidate => {
            changed.push(format!("server name: {candidate} → {}", listed.name));
        }
        Some(_) => {}
    }
    changed
}

/// Changes as the audit tells them.
pub(super) fn spelled(changes: &[Change]) -> String {
    let changes: Vec<_> = changes
        .iter()
        .map(|change| format!("{}: {} → {}", change.element, change.before, change.after))
        .collect();
    changes.join("; ")
}

/// A state in one word, without the step.
pub(super) fn word(state: State) -> &'static str {
    match state {
        State::Planned => "planned",
        State::Applying(_) | State::Applied(_) => "running",
        State::Undoing(_) => "undoing",
        State::Stuck(_) => "stuck",
        State::Promoted => "promoted",
        State::Undone => "undone",
    }
}
