//! The vaults of this computer, and what they believe.

use super::{Code, Finding};
use crate::database::{CredentialDatabase, Promotion};
use crate::finding::Severity;
use crate::global_info::ServerName;
use crate::hindsight::{self, Sign};
use crate::journal::State;
use crate::secret::vault::{Aside, Pending};
use crate::secret::{self, Held, Vault, VaultFacts};
use crate::system::SystemState;
use crate::visible::quote;

/// What is known of the system a vault is for.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The system.
    pub state: &'a SystemState,
    /// The database, for its proofs.
    pub database: &'a dyn CredentialDatabase,
    /// The promotion that is neither promoted nor undone.
    pub unfinished: Option<&'a Promotion>,
    /// Every promotion, oldest first; nothing where they cannot be read.
    pub promotions: Option<&'a [Promotion]>,
}

impl Known<'_> {
    /// The two servers of a promotion that is under way: they are between two terms.
    fn moving(&self) -> Option<[&ServerName; 2]> {
        let plan = &self.unfinished?.plan;
        Some([&plan.candidate, &plan.incumbent])
    }
}

/// Everything about one vault; `name` is what its folder is called. Where nothing is known of the
/// system, the files alone are looked at.
pub fn vault(name: &str, vault: &Vault, known: Option<Known<'_>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match vault.contents() {
        Ok(contents) => {
            findings.extend(contents.exposed.iter().map(|error| unreadable(name, error)));
            findings.extend(contents.temporary.iter().map(|path| leftover(path)));
            findings.extend(contents.unopened.iter().map(|path| unopened(name, path)));
            if let Some(promotions) = known.and_then(|known| known.promotions) {
                let stale = |pending: &Pending| stale(name, pending, promotions);
                findings.extend(contents.pending.iter().filter_map(stale));
            }
        }
        Err(error) => findings.push(unreadable(name, &error)),
    }
    let held = match known {
        Some(known) => {
            findings.extend(of_another_system(name, vault, known.state));
            vault.read_for(known.state.id)
        }
        None => vault.read(),
    };
    match (held, known) {
        (Ok(held), Some(known)) => findings.extend(beliefs(name, held.as_ref(), known)),
        (Ok(_), None) | (Err(secret::Error::AnotherSystemsVault { .. }), Some(_)) => {}
        // Told above, with every other file of the vault that is exposed.
        (Err(secret::Error::TooOpen { .. }), _) if !findings.is_empty() => {}
        (Err(error), _) => findings.push(unreadable(name, &error)),
    }
    findings
}

/// Every file of a vault that says that it is of another system: an error where the master secret
/// server is to find its secret there.
pub fn of_another_system(name: &str, vault: &Vault, state: &SystemState) -> Vec<Finding> {
    let others = vault.others(state.id).unwrap_or_default();
    let finding = |error: &secret::Error| {
        let mut finding = unreadable(name, error);
        if state.master().as_str().eq_ignore_ascii_case(name) {
            finding.severity = Severity::Error;
        }
        finding
    };
    others.iter().map(finding).collect()
}

/// In a word why nothing is told of a vault that is not empty.
pub fn closed(error: &secret::Error) -> &'static str {
    match error {
        secret::Error::AnotherSystemsVault { .. } => "of another system",
        _ => "cannot be opened",
    }
}

/// What did not open when another vault took its place.
fn unopened(name: &str, path: &std::path::Path) -> Finding {
    let path = path.display().to_string();
    let message = format!("the vault of {name} keeps {path}, which did not open and was replaced");
    Finding::new(Code::VaultKept, message).help(format!(
        "keep it until you know that nobody needs what is in it; then: `rm {}`",
        quote(&path)
    ))
}

/// Why a vault, or a part of it, could not be read.
pub fn unreadable(name: &str, error: &secret::Error) -> Finding {
    let code = match error {
        secret::Error::TooOpen { .. } => Code::VaultExposed,
        secret::Error::AnotherSystemsVault { .. } => Code::VaultOtherSystem,
        _ => Code::VaultUnusable,
    };
    let mut finding = Finding::of_error(code, error, error.help());
    finding.message = format!("the vault of {name} cannot be used: {}", finding.message);
    finding
}

/// A file that a killed command has left.
pub fn leftover(path: &std::path::Path) -> Finding {
    let message = format!("{} was left by a command that was killed", path.display());
    let remove = if path.is_dir() { "rm -r" } else { "rm" };
    Finding::new(Code::Leftover, message).help(format!(
        "if no regent runs: `{remove} {}`",
        quote(&path.display().to_string())
    ))
}

/// What a vault believes, held against the database.
fn beliefs(name: &str, held: Option<&Held>, known: Known<'_>) -> Vec<Finding> {
    let state = known.state;
    let facts = held.map(Held::facts);
    let is = |server: &ServerName| match &facts {
        Some(facts) => facts.server.is(server),
        None => server.as_str().eq_ignore_ascii_case(name),
    };
    let moving = known.moving().into_iter().flatten().any(is);
    let mut findings = Vec::new();
    if !moving && is(state.master()) {
        findings.extend(of_master(state, facts.as_ref()));
    } else if !moving {
        findings.extend(facts.as_ref().and_then(|facts| of_other(known, facts)));
    }
    if let (Some(held), Some(facts)) = (held, &facts) {
        if !facts.server.as_str().eq_ignore_ascii_case(name) {
            let message = format!("the vault in the folder {name} is {}'s", facts.server);
            findings.push(Finding::new(Code::VaultMisplaced, message).help(format!(
                "a copy of a vault is a second master secret: if {} has its own, delete this one",
                facts.server
            )));
        }
        findings.extend(secrets(held, facts, known));
    }
    findings
}

/// Whether the database knows what a vault holds, and opens with it.
fn secrets(held: &Held, facts: &VaultFacts, known: Known<'_>) -> Vec<Finding> {
    let Known {
        state, database, ..
    } = known;
    let secrets = [Some(facts.current), facts.previous];
    let check = |secret| match database.proof(secret) {
        Ok(Some(proof)) if secret == facts.current && state.secrets.current == Some(secret) => {
            let compared = secret::compare(&held.generations, state, Some(&proof));
            let error = compared.err()?;
            let mend = error.help();
            Some(Finding::of_error(Code::VaultOtherSecret, &error, mend))
        }
        Ok(Some(_)) => None,
        Ok(None) => {
            let message = format!(
                "the vault of {} holds master secret {secret}, which the database does not know",
                facts.server
            );
            Some(Finding::new(Code::OrphanSecret, message).help(
                "keep it until you know whether the database is an older copy; then move it aside",
            ))
        }
        Err(error) => Some(super::records::unreadable(&error)),
    };
    secrets.into_iter().flatten().filter_map(check).collect()
}

/// The vault of the master secret server; nothing where it is empty.
pub fn of_master(state: &SystemState, vault: Option<&VaultFacts>) -> Option<Finding> {
    let master = state.master();
    let (code, message, help) = match (state.secrets.current, vault) {
        (None, _) => return super::records::no_secret(state),
        (Some(secret), None) => (
            Code::VaultEmpty,
            format!("{master} is the master secret server, but its vault is empty"),
            format!(
                "`regent --on {master} secret restore BACKUP` with a backup of master secret {secret}"
            ),
        ),
        (Some(secret), Some(vault)) if vault.current != secret => (
            Code::VaultOtherSecret,
            format!(
                "the vault of {master} holds master secret {}, the database needs {secret}",
                vault.current
            ),
            format!("`regent --on {master} secret restore BACKUP`"),
        ),
        // A term that the database has not given is for hindsight to tell.
        (Some(_), Some(vault)) if vault.term > state.highest_term => return None,
        (Some(_), Some(vault)) if vault.term != state.term => (
            Code::MixedTerms,
            format!(
                "the vault of {master} is of term {}, the database of term {}: another server was \
                 master in between",
                vault.term, state.term
            ),
            format!("`regent --on {master} secret restore BACKUP` makes this one current"),
        ),
        _ => return None,
    };
    Some(Finding::new(code, message).help(help))
}

/// The vault of another server than the master: it may remember a term, but not a later one.
fn of_other(known: Known<'_>, vault: &VaultFacts) -> Option<Finding> {
    let (server, state) = (&vault.server, known.state);
    // The present term, and what the database has not given, are for hindsight to tell.
    if vault.term <= state.term || vault.term > state.highest_term {
        return None;
    }
    let plans = known.promotions.unwrap_or_default().iter();
    let undone = plans
        .map(|one| &one.plan)
        .any(|plan| plan.next_term == vault.term);
    let given = if undone {
        "which a promotion that was undone was given"
    } else {
        "which was passed over when the database was restored"
    };
    let message = format!(
        "the vault of {server} is of term {}, {given}; {} is the master secret server",
        vault.term,
        state.master()
    );
    Some(Finding::new(Code::TwoMasters, message).help(second_master(server)))
}

/// What to do about a server that believes to be the master and is not.
fn second_master(server: &ServerName) -> String {
    format!(
        "stop the SSO service on {server}, and move its vault aside; if {server} is to be the \
         master, promote it"
    )
}

/// Everything that was seen and does not fit the database, or why it cannot be told.
pub fn seen(signs: Result<Vec<Sign>, hindsight::Error>) -> Vec<Finding> {
    let signs = match signs {
        Ok(signs) => signs,
        Err(error) => {
            let help = error.help();
            return vec![Finding::of_error(Code::VaultUnusable, &error, help)];
        }
    };
    let mut findings = Vec::new();
    let mut older = Vec::new();
    for sign in &signs {
        if let Sign::GivenToAnother { server, .. } = sign {
            findings.push(
                Finding::new(Code::TwoMasters, sign.to_string()).help(format!(
                    "{}; the database may be an older copy",
                    second_master(server)
                )),
            );
        } else {
            older.push(sign.to_string());
        }
    }
    if !older.is_empty() {
        let message = format!("the database is an older copy: {}", older.join("; "));
        findings.push(Finding::new(Code::DatabaseOlder, message).help(
            "bring back the newest copy before anything is promoted; where there is none, the next \
             promotion or restore says so with --restored-copy",
        ));
    }
    findings
}

/// What a vault keeps for a promotion that is not under way.
fn stale(name: &str, pending: &Pending, promotions: &[Promotion]) -> Option<Finding> {
    let Pending { path, id, aside } = pending;
    let promotion = promotions.iter().find(|one| one.plan.id == *id);
    let told = match promotion.map(|promotion| promotion.state) {
        Some(state) if !state.is_final() => return None,
        Some(State::Promoted) => "which is done",
        Some(_) => "which was undone",
        None => "which the database does not know",
    };
    let kept = match aside {
        Aside::Staged => "a secret staged",
        Aside::Before => "an earlier secret aside",
    };
    let message = format!("the vault of {name} keeps {kept} for promotion {id}, {told}");
    let quoted = quote(&path.display().to_string());
    let swept = promotion.is_some() || *aside == Aside::Staged;
    Some(Finding::new(Code::StagedSecret, message).help(if swept {
        format!("the next promotion on {name} clears it away; to do it now: `rm {quoted}`")
    } else {
        format!("keep it until you know that nobody needs it; then: `rm {quoted}`")
    }))
}

/// What is missing where this computer has no folder for the vault of `server`, which it is.
pub fn missing(known: Known<'_>, server: &ServerName) -> Option<Finding> {
    let settled = known.unfinished.is_none() && server.is(known.state.master());
    settled.then(|| of_master(known.state, None)).flatten()
}
