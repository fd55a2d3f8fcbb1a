//! The canonical text of a whole database, the same for every engine.
//!
//! **Invariant:** the same content gives the same text; a secret shows as its name and lengths,
//! and a plan as its digest, for it names files of the computer it was made on.

use std::fmt::{self, Write as _};

use super::AuditRow;
use super::chain::{known_by, person};
use super::governing::{Governing, Judgement};
use super::rules::{self, Begun};
use crate::global_info::Element;
use crate::identity::Fingerprint;
use crate::system::{Operator, Proof, SsoServer, SystemState};

/// Everything a database holds, read in one snapshot.
#[derive(Debug)]
pub(super) struct Content {
    /// The schema's number.
    pub(super) schema: u32,
    /// System, global info and servers.
    pub(super) state: SystemState,
    /// The proofs, by name of their secret.
    pub(super) proofs: Vec<(Fingerprint, Proof)>,
    /// The rules that govern.
    pub(super) governing: Option<Governing>,
    /// The promotions, oldest first.
    pub(super) promotions: Vec<Begun>,
    /// What the rules said, oldest first.
    pub(super) judgements: Vec<Judgement>,
    /// The audit, oldest first.
    pub(super) audit: Vec<AuditRow>,
}

/// Writes a dump: each table by name, then its rows in their order, a value a line or a row a line.
pub(super) fn text(content: &Content) -> String {
    let mut text = String::new();
    write(&mut text, content).expect("writing to a string cannot fail");
    text
}

fn write(out: &mut String, content: &Content) -> fmt::Result {
    let state = &content.state;
    writeln!(out, "system")?;
    writeln!(out, "  id: {}", state.id)?;
    writeln!(out, "  schema: {}", content.schema)?;
    writeln!(out, "  highest term: {}", state.highest_term)?;
    global_info(out, state)?;
    writeln!(out, "\nsso_server")?;
    state.servers.iter().try_for_each(|row| server(out, row))?;
    writeln!(out, "\nsecret_proof")?;
    for (fingerprint, Proof { nonce, sealed }) in &content.proofs {
        let (nonce, sealed) = (nonce.len(), sealed.len());
        writeln!(
            out,
            "  fingerprint {fingerprint}, nonce {nonce} bytes, sealed {sealed} bytes"
        )?;
    }
    writeln!(out, "\ngoverning")?;
    content
        .governing
        .iter()
        .try_for_each(|row| governing(out, row))?;
    writeln!(out, "\npromotion")?;
    content
        .promotions
        .iter()
        .try_for_each(|row| promotion(out, row))?;
    writeln!(out, "\njournal")?;
    content
        .promotions
        .iter()
        .try_for_each(|row| journal(out, row))?;
    writeln!(out, "\njudgement")?;
    content
        .judgements
        .iter()
        .try_for_each(|row| judgement(out, row))?;
    writeln!(out, "\naudit")?;
    content.audit.iter().try_for_each(|row| audit(out, row))
}

fn global_info(out: &mut String, state: &SystemState) -> fmt::Result {
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    let secret = |name: Option<Fingerprint>| name.map_or("none".to_owned(), |n| n.to_string());
    writeln!(out, "\nglobal_info")?;
    for element in Element::ALL {
        writeln!(out, "  {element}: {}", Line(&state.info.text(element)))?;
    }
    writeln!(out, "  enabled: {}", yes(state.enabled))?;
    writeln!(out, "  tickets allowed: {}", yes(state.tickets_allowed))?;
    writeln!(out, "  tickets validated: {}", yes(state.tickets_validated))?;
    writeln!(out, "  current secret: {}", secret(state.secrets.current))?;
    writeln!(out, "  previous secret: {}", secret(state.secrets.previous))?;
    writeln!(out, "  revision: {}", state.revision)?;
    writeln!(out, "  term: {}", state.term)
}

fn server(out: &mut String, row: &SsoServer) -> fmt::Result {
    write!(out, "  {}, added {}", row.name, row.added)?;
    match row.last_seen {
        Some(seen) => write!(out, ", last seen {seen}")?,
        None => write!(out, ", never seen")?,
    }
    for (index, role) in row.roles.iter().enumerate() {
        write!(out, "{} {role}", if index == 0 { ", roles" } else { "" })?;
    }
    writeln!(out)
}

fn promotion(out: &mut String, row: &Begun) -> fmt::Result {
    let plan = &row.promotion.plan;
    writeln!(
        out,
        "  {}: {} → {}, term {} → {}, {}, begun {} by {} on {}, plan {}",
        plan.id,
        plan.incumbent,
        plan.candidate,
        plan.term,
        plan.next_term,
        rules::word(row.promotion.state),
        row.at,
        By(&row.operator),
        row.server,
        row.plan_digest,
    )
}

fn journal(out: &mut String, row: &Begun) -> fmt::Result {
    let id = row.promotion.plan.id;
    for (number, entry) in (1..).zip(&row.promotion.entries) {
        let (step, event, at) = (entry.step, entry.event, entry.at);
        let operator = By(&entry.operator);
        write!(out, "  {id} {number}: {step} {event}, {at} by {operator}")?;
        if let Some(detail) = &entry.detail {
            write!(out, ": {}", Line(detail))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn governing(out: &mut String, row: &Governing) -> fmt::Result {
    let (version, at, operator) = (row.version, row.at, By(&row.operator));
    write!(
        out,
        "  version {version}, {at} by {operator} on {}",
        Line(&row.server)
    )?;
    for (name, text) in [("reason", &row.reason), ("change", &row.change)] {
        if let Some(text) = text {
            write!(out, ", {name}: {}", Line(text))?;
        }
    }
    writeln!(out, "\n  digest {}", row.digest)?;
    for line in row.rules.text().lines() {
        writeln!(out, "    {}", Line(line))?;
    }
    if let Some(by) = &row.overruled {
        let (act, at, operator) = (Line(&by.act), by.at, By(&by.operator));
        let (server, reason, rules) = (Line(&by.server), Line(&by.reason), by.rules);
        writeln!(
            out,
            "  overruled by {act}, {at} by {operator} on {server}: {reason}; rules {rules}"
        )?;
    }
    Ok(())
}

fn judgement(out: &mut String, row: &Judgement) -> fmt::Result {
    let (incumbent, candidate) = (&row.incumbent, &row.candidate);
    write!(out, "  {incumbent} → {candidate}, {} by ", row.at)?;
    write!(out, "{} on {}", By(&row.operator), Line(&row.server))?;
    match row.promotion {
        Some(id) => writeln!(out, ", promotion {id}")?,
        None => writeln!(out, ", by name alone")?,
    }
    let lines = row.asked.lines();
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "    {}", Line(line)))
}

fn audit(out: &mut String, row: &AuditRow) -> fmt::Result {
    write!(
        out,
        "  {}: {}, {} by {} on {}",
        row.number,
        Line(&row.action),
        row.at,
        By(&row.operator),
        Line(&row.server),
    )?;
    if !row.detail.is_empty() {
        write!(out, ": {}", Line(&row.detail))?;
    }
    writeln!(out, "\n     {}", row.hash)
}

/// Who did something: the account, and in fields of their own the person and by what that is known.
struct By<'a>(&'a Operator);

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Line(&self.0.account))?;
        match (person(self.0), known_by(self.0)) {
            (None, None) => Ok(()),
            (Some(person), None) => write!(f, " (person {})", Line(person)),
            (None, Some(by)) => write!(f, " (known by {by})"),
            (Some(person), Some(by)) => write!(f, " (person {}, known by {by})", Line(person)),
        }
    }
}

/// Text that stays on its line, whatever is in it.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}
