//! What does happen: the real binary, a real database and real vaults.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use regent::database::{CredentialDatabase, Error, open};
use regent::journal::{Entry, Event, State};
use regent::plan::{Leave, Step};
use regent::secret::{MachineKey, Vault as Folder};
use regent::system::Actor;

use super::ideal::{End, Fate, Model, Op, SERVERS, Vault};
use crate::support::{NOW, Run, Site, copy_folder, update_file};

const NAMES: [&str; SERVERS] = ["SSO01", "SSO02", "SSO03"];

/// A check that did not hold, in words.
pub(crate) type Held = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($word:tt)+) => {
        if !$holds {
            return Err(format!($($word)+));
        }
    };
}

/// A site that does what the model does.
pub(crate) struct Real {
    site: Site,
}

impl Real {
    /// Three servers; the first is the master and holds the secret.
    pub(crate) fn new() -> Self {
        let site = Site::ready();
        site.run(&["server", "add", "SSO03"]).exits(0);
        for name in NAMES {
            site.write(&format!("{name}.xml"), &update_file(name));
        }
        Self { site }
    }

    /// Another one that stands where this one stands.
    pub(crate) fn twin(&self) -> Self {
        Self {
            site: self.site.copied(),
        }
    }

    fn vault(&self, server: usize) -> PathBuf {
        let name = NAMES[server].to_ascii_lowercase();
        self.site.path("vaults").join(name)
    }

    fn kept(&self, kind: &str, server: usize) -> PathBuf {
        self.site.path(kind).join(NAMES[server])
    }

    /// Does one thing, and holds everything against a model that has done it too.
    pub(crate) fn follows(&self, before: &Model, op: Op, end: End, after: &Model) -> Held {
        if let Op::Revive(server) = op {
            if before.older[server].is_some() {
                self.keep();
                replace(&self.kept("older", server), &self.vault(server));
            }
        } else {
            self.keep();
            self.ends_so(op, end)?;
        }
        for server in 0..SERVERS {
            if before.vaults[server] != after.vaults[server] {
                replace(&self.kept("present", server), &self.kept("older", server));
            }
        }
        self.is(after)
    }

    /// Every vault as it is before the next thing is done.
    fn keep(&self) {
        for server in 0..SERVERS {
            replace(&self.vault(server), &self.kept("present", server));
        }
    }

    fn ends_so(&self, op: Op, end: End) -> Held {
        let pass = match end {
            End::Killed(Some(pass)) => format!("#{pass}"),
            _ => String::new(),
        };
        let run = self.run(op, &pass);
        let said = run.transcript();
        match end {
            End::Killed(_) => ensure!(run.exit.is_none(), "it is killed, but\n{said}"),
            End::Exit(exit, words) => {
                ensure!(run.exit == Some(exit), "it exits with {exit}, but\n{said}");
                // Lines are folded where a terminal ends.
                let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
                ensure!(flat.contains(words), "it says “{words}”, but\n{said}");
            }
        }
        Ok(())
    }

    /// The point it is killed at, if any, is meant at this pass.
    fn run(&self, op: Op, at: &str) -> Run {
        let pass = ["--password-file", "password"];
        let (server, words, kill) = match op {
            Op::Promote(candidate, kill) => {
                let mut words: Vec<&str> = Site::promotion().to_vec();
                let file = ["SSO01.xml", "SSO02.xml", "SSO03.xml"][candidate];
                words[1] = file;
                (candidate, words, kill)
            }
            Op::Resume(server, kill) => (server, vec!["resume"], kill),
            Op::Abort(server, kill) => (server, vec!["abort", "--yes"], kill),
            Op::Update(server) => {
                let number = self.site.commands();
                let text = format!(
                    "<sso><globalInfo><ticketTimeout>{number}</ticketTimeout></globalInfo></sso>"
                );
                self.site.write("number.xml", &text);
                (server, vec!["update", "number.xml", "--yes"], None)
            }
            Op::Move { on, to } => {
                let file = ["SSO01.xml", "SSO02.xml", "SSO03.xml"][to];
                (on, vec!["update", file, "--yes"], None)
            }
            Op::Restore(server) => {
                let words = vec!["secret", "restore", "secret.bak", pass[0], pass[1]];
                (server, words, None)
            }
            Op::Backup(server) | Op::Revive(server) => {
                let words = vec!["secret", "backup", "new.bak", pass[0], pass[1]];
                (server, words, None)
            }
        };
        let words = [&["--server", NAMES[server]], &words[..]].concat();
        let fault = kill.map(|point| format!("{point}{at}=kill"));
        let fault: Vec<_> = fault
            .iter()
            .map(|fault| ("REGENT_TEST_FAULT", fault.as_str()))
            .collect();
        let run = self.site.run_with(&fault, &words);
        // A backup must not exist; the next one has the same name.
        if let Err(cause) = std::fs::remove_file(self.site.path("new.bak")) {
            assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
        }
        run
    }

    /// Holds everything against the model.
    pub(crate) fn is(&self, model: &Model) -> Held {
        let url = format!("sqlite:{}", self.site.path("credential.db").display());
        let fail = |error: Error| format!("the database: {error}");
        let mut database = open(&url).map_err(fail)?;
        database_is(model, &*database)?;
        self.vaults_are(model, &*database)?;
        used_plans_stay_used(&mut *database)
    }

    fn vaults_are(&self, model: &Model, database: &dyn CredentialDatabase) -> Held {
        let fail = |error: Error| format!("the database: {error}");
        let state = database.state().map_err(fail)?;
        let secret = state.secrets.current.ok_or("the secret is gone")?;
        let proof = database.proof(secret).map_err(fail)?;
        let proof = proof.ok_or("the proof is gone")?;
        for (server, expected) in model.vaults.iter().enumerate() {
            let name = NAMES[server];
            let folder = self.vault(server);
            let (found, expected) = (files(&folder)?, named(expected));
            ensure!(found == expected, "{name} has {found:?}, not {expected:?}");
            let vault = Folder::new(folder, MachineKey::OwnFile);
            let held = vault.read().map_err(|error| format!("{name}: {error}"))?;
            let opens = held.is_some_and(|held| {
                held.term == state.term
                    && held.server.is(state.master())
                    && held.generations.current.opens(state.id, &proof)
            });
            let holds = model.holds(server);
            ensure!(
                opens == holds,
                "{name} opens the proof in the present term: {opens}, not {holds}"
            );
        }
        Ok(())
    }
}

/// Master, terms, promotions and both chains.
fn database_is(model: &Model, database: &dyn CredentialDatabase) -> Held {
    let fail = |error: Error| format!("the database: {error}");
    let state = database.state().map_err(fail)?;
    let (master, term, highest) = (state.master().as_str(), state.term.0, state.highest_term.0);
    let expected = (NAMES[model.master], model.term, model.highest);
    ensure!(
        (master, term, highest) == expected,
        "master, term and highest term are {:?}, not {expected:?}",
        (master, term, highest)
    );
    let unfinished = database.unfinished().map_err(fail)?;
    let unfinished = unfinished.map(|p| (p.plan.candidate.to_string(), p.state));
    let open = model.open.as_ref();
    let open = open.map(|open| (NAMES[open.candidate].to_owned(), open.state));
    ensure!(
        unfinished == open,
        "{unfinished:?} is unfinished, not {open:?}"
    );
    let promotions = database.promotions().map_err(fail)?;
    let fates: Vec<Fate> = promotions
        .iter()
        .map(|promotion| match promotion.state {
            State::Promoted => Fate::Promoted,
            State::Undone => Fate::Undone,
            _ => Fate::Unfinished,
        })
        .collect();
    let begun = model.plans.iter().copied();
    let begun: Vec<Fate> = begun.filter(|fate| *fate != Fate::NeverBegun).collect();
    ensure!(
        fates == begun,
        "the promotions are {fates:?}, not {begun:?}"
    );
    let audit = database.audit().map_err(fail)?;
    audit.verify().map_err(|bad| format!("the audit: {bad}"))?;
    // Every time a term was written, and never twice; the first came with the system.
    let given: Vec<u64> = audit
        .rows
        .iter()
        .filter(|row| ["update", "promote-update"].contains(&row.action.as_str()))
        .filter_map(|row| row.detail.split_once("; term: "))
        .filter_map(|(_, terms)| terms.rsplit(' ').next()?.parse().ok())
        .collect();
    let rising = given.is_sorted_by(|one, next| one < next);
    ensure!(
        rising && given.iter().all(|term| (2..=highest).contains(term)),
        "the terms given are {given:?}"
    );
    // A promotion was given one whether it came to write it or not.
    let begun = promotions
        .iter()
        .map(|promotion| promotion.plan.next_term.0);
    let begun: Vec<u64> = begun.collect();
    let distinct: BTreeSet<u64> = begun.iter().chain(&given).copied().collect();
    ensure!(
        distinct.len() as u64 == highest - 1 && begun.is_sorted_by(|one, next| one < next),
        "of {highest} terms {given:?} were given, and {begun:?} to promotions"
    );
    database.dump().map(drop).map_err(fail)
}

/// A plan that came to an end is neither begun nor applied again.
fn used_plans_stay_used(database: &mut dyn CredentialDatabase) -> Held {
    let fail = |error: Error| format!("the database: {error}");
    let at: Timestamp = NOW.parse().map_err(|cause| format!("{cause}"))?;
    let before = database.dump().map_err(fail)?;
    for promotion in database.promotions().map_err(fail)? {
        if !promotion.state.is_final() {
            continue;
        }
        let actor = Actor {
            operator: "operator".into(),
            server: promotion.plan.candidate.clone(),
            at,
        };
        let begun = database.begin(&promotion.plan, &Leave::default(), &actor);
        ensure!(
            matches!(begun, Err(Error::PlanUsed { .. })),
            "a used plan is begun: {begun:?}"
        );
        let entry = Entry {
            step: Step::UpdateDatabase,
            event: Event::Succeeded,
            at,
            operator: "operator".into(),
            detail: None,
        };
        let applied = database.apply_update(&promotion.plan, &entry);
        ensure!(
            matches!(applied, Err(Error::IllegalEvent(_))),
            "a used plan is applied: {applied:?}"
        );
    }
    let after = database.dump().map_err(fail)?;
    ensure!(before == after, "a used plan changed something");
    Ok(())
}

/// Puts a folder in another one's place, or nothing where there is none.
fn replace(from: &std::path::Path, to: &std::path::Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).expect("a folder");
    }
    if from.exists() {
        copy_folder(from, to);
    }
}

/// The files of a vault and the term in each, sorted; promotions by kind alone, and no term where
/// there is nothing in it.
fn files(folder: &std::path::Path) -> Result<Vec<(String, Option<u64>)>, String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if name == "machine.key" {
            files.push((name.into_owned(), None));
            continue;
        }
        let kind = name
            .strip_suffix(".vault")
            .and_then(|name| name.split('-').next())
            .ok_or(format!("{name} is left in a vault"))?;
        let text = std::fs::read(&path).expect("a file");
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines();
        let term = lines.find_map(|line| line.strip_prefix("term:")?.trim().parse().ok());
        ensure!(text.is_empty() || term.is_some(), "{name} names no term");
        files.push((kind.to_owned(), term));
    }
    files.sort();
    Ok(files)
}

/// The model's vault in the same words.
fn named(vault: &Vault) -> Vec<(String, Option<u64>)> {
    let staged = vault.staged.values().map(|term| ("staged", Some(*term)));
    let before = vault.before.values().map(|term| ("before", *term));
    let current = vault.current.map(|term| ("current", Some(term)));
    let previous = vault.previous.map(|term| ("previous", Some(term)));
    let key = vault.key.then_some(("machine.key", None));
    let all = staged.chain(before).chain(current).chain(previous);
    let mut files: Vec<_> = all
        .chain(key)
        .map(|(name, term)| (name.to_owned(), term))
        .collect();
    files.sort();
    files
}
