//! `regent status`: how the system stands.

use clap::Args;

use crate::doctor::{Finding, records, vaults};
use crate::exit::Status;
use crate::hindsight;
use crate::report::system::{StatusReport, VaultReport};
use crate::secret;

use super::{Context, Failure};

/// Show how the system stands
#[derive(Debug, Args)]
pub struct Arguments {}

pub(super) fn run(_: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let (database, exposed) = context.look()?;
    let state = database.state()?;
    let server = context.server()?;
    let is_master = server.is(state.master());
    let mut problems: Vec<Finding> = exposed.iter().map(records::unreadable).collect();
    let of_server = context.vault()?;
    problems.extend(vaults::of_another_system(
        server.as_str(),
        &of_server,
        &state,
    ));
    let (vault, vault_closed) = match of_server.facts_for(state.id) {
        Ok(facts) => (facts, None),
        Err(error) => {
            if !matches!(error, secret::Error::AnotherSystemsVault { .. }) {
                problems.push(vaults::unreadable(server.as_str(), &error));
            }
            (None, Some(vaults::closed(&error)))
        }
    };
    let (audit, broken) = records::audit(&*database);
    let audit_intact = broken.is_empty();
    problems.extend(broken);
    problems.extend(records::unlisted(&state, &server));
    // Of a vault that cannot be read nobody knows what it holds.
    if is_master && vault_closed.is_none() {
        problems.extend(vaults::of_master(&state, vault.as_ref()));
    }
    problems.extend(vaults::seen(hindsight::signs(
        &context.vaults()?,
        &*database,
        None,
    )));
    let promotion = database.unfinished()?;
    let commands = promotion.iter().flat_map(|promotion| {
        ["resume", "abort"].map(|verb| format!("regent --on {} {verb}", promotion.plan.candidate))
    });
    let commands = commands.collect();
    let unfinished = promotion.map(|promotion| {
        format!(
            "the promotion of {} is unfinished: {}; finish or undo it on {}",
            promotion.plan.candidate, promotion.state, promotion.plan.candidate
        )
    });
    context.say(&StatusReport {
        database: database.url().to_owned(),
        server: server.to_string(),
        is_master,
        was_replaced: !is_master
            && vault
                .as_ref()
                .is_some_and(|vault| vault.believes_in_an_earlier_term(&state)),
        vault: vault.map(|facts| VaultReport {
            current: facts.current,
            previous: facts.previous,
            term: facts.term,
        }),
        vault_closed,
        audit_rows: audit.map_or(0, |audit| audit.rows.len()),
        audit_intact,
        rules: (&context.policy_report(&*database)?).into(),
        unfinished,
        commands,
        problems: problems.iter().map(Finding::line).collect(),
        state,
    })?;
    Ok(Status::Done)
}
