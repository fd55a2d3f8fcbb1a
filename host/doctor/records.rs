//! What the credential database records: storage, audit, journals, servers, times.

use jiff::{SignedDuration, Timestamp};

use super::{Code, Finding};
use crate::database::{Audit, CredentialDatabase, Error, JournalCheck, Promotion};
use crate::finding::Severity;
use crate::global_info::ServerName;
use crate::journal::State;
use crate::system::{SystemState, offer};

/// How far clocks of servers may lie apart.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Why the database, or a part of it, could not be read.
pub fn unreadable(error: &Error) -> Finding {
    let code = match error {
        Error::Exposed { .. } => Code::DatabaseExposed,
        Error::Corrupt { .. } => Code::DatabaseDamaged,
        _ => Code::DatabaseUnusable,
    };
    Finding::of_error(code, error, error.help())
}

/// What the engine finds, and whether its schema is the present one.
pub fn storage(database: &dyn CredentialDatabase) -> Vec<Finding> {
    let mut findings = Vec::new();
    match database.engine() {
        Ok(engine) if engine.schema < engine.newest => findings.push(
            Finding::new(
                Code::SchemaOlder,
                format!(
                    "the credential database has schema {}, and the newest is {}",
                    engine.schema, engine.newest
                ),
            )
            .help(
                "the next command that writes to it, such as `regent enable`, brings it up to date",
            ),
        ),
        Ok(_) => {}
        Err(error) => findings.push(unreadable(&error)),
    }
    match database.integrity() {
        Ok(problems) => findings.extend(problems.into_iter().map(|problem| {
            let message = format!("the credential database is damaged: {problem}");
            Finding::new(Code::DatabaseDamaged, message)
                .help("keep the file aside, and bring the database back from a copy made before")
        })),
        Err(error) => findings.push(unreadable(&error)),
    }
    findings
}

/// The audit, and whether it is what was written.
pub fn audit(database: &dyn CredentialDatabase) -> (Option<Audit>, Vec<Finding>) {
    let broken = |bad: &dyn std::fmt::Display| {
        let message = format!("the audit was tampered with: {bad}");
        Finding::new(Code::AuditBroken, message).help(
            "compare with a copy of the database made before, and find out who could write to it",
        )
    };
    match database.audit() {
        Ok(audit) => {
            let bad = audit.verify().err().map(|bad| broken(&bad));
            (Some(audit), bad.into_iter().collect())
        }
        Err(Error::Corrupt { what }) => (None, vec![broken(&what)]),
        Err(error) => (None, vec![unreadable(&error)]),
    }
}

/// Every promotion's journal, and whether it is what was written.
pub fn journals(database: &dyn CredentialDatabase) -> (Vec<JournalCheck>, Vec<Finding>) {
    let journals = match database.journals() {
        Ok(journals) => journals,
        Err(error) => return (Vec::new(), vec![unreadable(&error)]),
    };
    let broken = journals
        .iter()
        .filter_map(|journal| journal.broken.as_ref());
    let finding = |what: &String| {
        Finding::new(
            Code::JournalBroken,
            format!("a promotion was tampered with: {what}"),
        )
        .help("bring the database back from a copy made before, and find out who could write to it")
    };
    let findings = broken.map(finding).collect();
    (journals, findings)
}

/// A promotion that is neither promoted nor undone.
pub fn unfinished(promotion: &Promotion) -> Finding {
    let candidate = &promotion.plan.candidate;
    let message = format!(
        "the promotion of {candidate} is unfinished: {}",
        promotion.state
    );
    let mut finding = Finding::new(Code::UnfinishedPromotion, message).help(format!(
        "on {candidate}, run `regent --on {candidate} resume` to finish it or `regent --on {candidate} \
         abort` to undo it"
    ));
    if matches!(promotion.state, State::Stuck(_)) {
        finding.severity = Severity::Error;
    }
    finding
}

/// Nothing can be encrypted, and nobody promoted.
pub fn no_secret(state: &SystemState) -> Option<Finding> {
    state.secrets.current.is_none().then(|| {
        Finding::new(Code::NoSecret, "no master secret has been generated").help(format!(
            "on {0}: `regent --on {0} secret generate NEW-BACKUP`",
            state.master()
        ))
    })
}

/// This server, where the system does not list it.
pub fn unlisted(state: &SystemState, server: &ServerName) -> Option<Finding> {
    if state.server(server).is_some() {
        return None;
    }
    let message = format!("{server} is not on the list of SSO servers");
    let finding = Finding::new(Code::ServerUnlisted, message);
    Some(match state.other_name(server) {
        Some(listed) => finding.help(offer(listed)),
        None => finding.help(format!("`regent server add {server}`")),
    })
}

/// The farthest time in the database that this clock has not reached yet.
pub fn clock(
    now: Timestamp,
    state: Option<&SystemState>,
    audit: Option<&Audit>,
    promotions: &[Promotion],
) -> Option<Finding> {
    let servers = state.map_or(&[][..], |state| &state.servers);
    let seen = servers.iter().filter_map(|server| {
        let at = server.last_seen?;
        Some((at, format!("{} was last seen", server.name)))
    });
    let rows = audit.map_or(&[][..], |audit| &audit.rows);
    let rows = rows.iter().map(|row| {
        (
            row.at,
            format!(
                "row {} of the audit was written on {}",
                row.number, row.server
            ),
        )
    });
    let entries = promotions.iter().flat_map(|promotion| {
        let of = promotion.plan.id;
        let entry = move |(number, entry): (usize, &crate::journal::Entry)| {
            (
                entry.at,
                format!("entry {} of promotion {of} was written", number + 1),
            )
        };
        promotion.entries.iter().enumerate().map(entry)
    });
    let farthest = rows.chain(entries).chain(seen).max_by_key(|(at, _)| *at);
    let (at, what) = farthest?;
    behind(now, at, &what)
}

/// A time that this clock has not reached yet; `what` says in a clause what happened then.
pub fn behind(now: Timestamp, at: Timestamp, what: &str) -> Option<Finding> {
    let ahead = at.duration_since(now);
    (ahead > TOLERANCE).then(|| {
        Finding::new(
            Code::ClockBehind,
            format!("{what} at {at}, and this clock says {now}: {ahead:#} earlier"),
        )
        .help("let both servers take the time from one source")
    })
}
