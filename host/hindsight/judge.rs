//! What was seen, held against what the database knows. Pure.

use std::path::Path;

use crate::database::{Audit, Promotion, RESTORED_COPY};
use crate::global_info::ServerName;
use crate::identity::{Digest, Term};
use crate::journal::Event;
use crate::plan::{Plan, Step};
use crate::secret::Sighting;
use crate::secret::vault::{Label, Labels};
use crate::system::{BELIEVABLE, SystemState};

use super::sign::Sign;

/// Everything within reach that names a term of the system.
#[derive(Debug, Default)]
pub(super) struct Reach<'a> {
    /// What each vault says.
    pub(super) vaults: Vec<Labels>,
    /// How far this computer has seen the system.
    pub(super) sighting: Option<Sighting>,
    /// A plan that somebody names.
    pub(super) plan: Option<(&'a Path, &'a Plan)>,
}

/// What the database knows.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// The system.
    pub(super) state: &'a SystemState,
    /// Every promotion.
    pub(super) promotions: &'a [Promotion],
    /// The one that is neither promoted nor undone.
    pub(super) unfinished: Option<&'a Promotion>,
    /// The audit, where it can be read.
    pub(super) audit: Option<&'a Audit>,
}

/// The row that says last that the database is a restored copy.
pub(super) fn restored(audit: &Audit) -> Option<Digest> {
    let mut rows = audit.rows.iter().rev();
    let said = rows.find(|row| row.action == RESTORED_COPY)?;
    Some(said.hash)
}

/// Everything that does not fit, each vault's once, the surest first.
pub(super) fn signs_of(reach: &Reach<'_>, known: &Known<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for vault in &reach.vaults {
        let ours = |label: &&Label| label.system == known.state.id && label.term <= BELIEVABLE;
        let ours: Vec<&Label> = vault.labels.iter().filter(ours).collect();
        let mut told: Vec<(&ServerName, Term)> = Vec::new();
        for label in &ours {
            if told.contains(&(&label.server, label.term)) {
                continue;
            }
            if let Some(sign) = of_label(label, known) {
                told.push((&label.server, label.term));
                signs.push(sign);
            }
        }
        signs.extend(settled(vault, known));
    }
    signs.extend(
        reach
            .sighting
            .as_ref()
            .and_then(|seen| of_sighting(seen, known)),
    );
    signs.extend(
        reach
            .plan
            .and_then(|(path, plan)| of_plan(path, plan, known)),
    );
    let rank = |sign: &Sign| match sign {
        Sign::NotGiven { .. } => 0,
        Sign::SeenFarther { .. } => 1,
        Sign::Settled { .. } => 2,
        Sign::PlannedLater { .. } => 3,
        Sign::SeenOtherwise { .. } => 4,
        Sign::GivenToAnother { .. } => 5,
    };
    signs.sort_by_key(|sign| (rank(sign), std::cmp::Reverse(sign.term())));
    signs
}

fn of_label(label: &Label, known: &Known<'_>) -> Option<Sign> {
    let state = known.state;
    let highest = state.highest_term;
    let (server, path, term) = (label.server.clone(), label.path.clone(), label.term);
    if let Some(id) = label.staged {
        // What a promotion has staged and never made its own holds no term. One that the database
        // does not know was killed before it began, and then is of the term that comes next.
        let begun = known.promotions.iter().any(|one| one.plan.id == id);
        if begun || term <= highest.next() {
            return None;
        }
    }
    if term > highest {
        return Some(Sign::NotGiven {
            server,
            path,
            term,
            highest,
        });
    }
    let holder = holder(term, &server, known)?;
    Some(Sign::GivenToAnother {
        server,
        path,
        term,
        holder,
    })
}

/// Who was given a term, where it is known to be another than `server`.
fn holder(term: Term, server: &ServerName, known: &Known<'_>) -> Option<ServerName> {
    let given = known.promotions.iter().filter(|one| {
        let written = |entry: &&crate::journal::Entry| {
            (entry.step, entry.event) == (Step::UpdateDatabase, Event::Succeeded)
        };
        one.plan.next_term == term && one.entries.iter().any(|entry| written(&entry))
    });
    let mut holders: Vec<&ServerName> = given.map(|one| &one.plan.candidate).collect();
    if known.unfinished.is_none() && term == known.state.term {
        holders.push(known.state.master());
    }
    let other = holders.iter().all(|holder| !holder.is(server));
    holders
        .first()
        .filter(|_| other)
        .map(|holder| (*holder).clone())
}

/// A promotion under way keeps something in its candidate's vault until it is over.
fn settled(vault: &Labels, known: &Known<'_>) -> Option<Sign> {
    let plan = &known.unfinished?.plan;
    let active = vault.labels.iter().any(|label| {
        label.in_use
            && (label.system, label.term) == (plan.system, plan.next_term)
            && label.server.is(&plan.candidate)
    });
    (active && !vault.promotions.contains(&plan.id)).then(|| Sign::Settled {
        server: plan.candidate.clone(),
        id: plan.id,
    })
}

/// What this computer has seen, where the database is not what came of it.
pub(super) fn of_sighting(seen: &Sighting, known: &Known<'_>) -> Option<Sign> {
    let state = known.state;
    let rows = known.audit.map(|audit| &audit.rows);
    let last = rows.map_or(seen.rows, |rows| rows.last().map_or(0, |row| row.number));
    let restored = known.audit.and_then(restored);
    let farther = || Sign::SeenFarther {
        term: seen.term,
        revision: seen.revision,
        rows: seen.rows,
        now: (state.highest_term, state.revision, last),
    };
    if seen.term > state.highest_term {
        return Some(farther());
    }
    // Said to be a restored copy since, which passed over every term that was seen.
    if restored.is_some() && restored != seen.restored {
        return None;
    }
    if seen.revision > state.revision || seen.rows > last {
        return Some(farther());
    }
    let stands = rows?.iter().find(|row| row.number == seen.rows);
    let otherwise = stands.map(|row| row.hash) != seen.end;
    otherwise.then_some(Sign::SeenOtherwise {
        term: seen.term,
        row: seen.rows,
    })
}

fn of_plan(path: &Path, plan: &Plan, known: &Known<'_>) -> Option<Sign> {
    let state = known.state;
    let next = state.next_term(plan.restored_copy.as_ref());
    let believable = plan.system == state.id && plan.next_term <= BELIEVABLE;
    let later =
        plan.term > state.highest_term || plan.revision > state.revision || plan.next_term > next;
    (believable && later).then(|| Sign::PlannedLater {
        path: path.to_owned(),
        planned: (plan.term, plan.revision, plan.next_term),
        now: (state.term, state.revision, state.highest_term),
    })
}
