//! `regent status`: how the system stands.

use clap::Args;

use crate::exit::Status;
use crate::report::system::{StatusReport, VaultReport};
use crate::secret;

use super::{Context, Failure};

/// Show how the system stands
#[derive(Debug, Args)]
pub struct Arguments {}

pub(super) fn run(_: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let database = context.database()?;
    let state = database.state()?;
    let server = context.server()?;
    let is_master = server.is(state.master());
    let audit = database.audit()?;
    let mut problems = Vec::new();
    let vault = match context.vault()?.facts() {
        Ok(facts) => facts,
        Err(unreadable) => {
            let help = unreadable.help().map(|help| format!("; {help}"));
            problems.push(format!(
                "the vault of {server} cannot be read: {unreadable}{}",
                help.unwrap_or_default()
            ));
            None
        }
    };
    let chain = audit.verify();
    if let Err(bad) = &chain {
        problems.push(format!("the audit was tampered with: {bad}"));
    }
    if state.server(&server).is_none() {
        problems.push(format!(
            "{server} is not on the list: `regent server add {server}`"
        ));
    }
    if is_master {
        problems.extend(master_problems(&state, vault.as_ref()));
    }
    let unfinished = database.unfinished()?.map(|promotion| {
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
        audit_rows: audit.rows.len(),
        audit_intact: chain.is_ok(),
        unfinished,
        problems,
        state,
    })?;
    Ok(Status::Done)
}

fn master_problems(
    state: &crate::system::SystemState,
    vault: Option<&secret::VaultFacts>,
) -> Option<String> {
    let current = state.secrets.current;
    match (current, vault) {
        (None, _) => {
            Some("no master secret has been generated: `regent secret generate BACKUP`".to_owned())
        }
        (Some(secret), None) => Some(format!(
            "this is the master secret server, but its vault is empty: `regent secret restore \
             BACKUP` with a backup of master secret {secret}"
        )),
        (Some(secret), Some(vault)) if vault.current != secret => Some(format!(
            "the vault holds master secret {}, the database needs {secret}: `regent secret restore BACKUP`",
            vault.current
        )),
        (Some(_), Some(vault)) if vault.term != state.term => Some(format!(
            "the vault is of term {}, the database of term {}: another server was master in \
             between; `regent secret restore BACKUP` makes this one current",
            vault.term, state.term
        )),
        _ => None,
    }
}
