//! What should happen: a small model of three servers, one database and their vaults.
//!
//! It is written from the documents (`host/README.md`, the tables of `promotion/step.rs` and
//! `FORMAT.md`), shares no code with regent but its words, and knows of files only which are there and how often
//! one is renamed or removed.

use std::collections::{BTreeMap, BTreeSet};

use regent::journal::State;
use regent::plan::Step;

use super::points::*;

/// How many servers there are.
pub(crate) const SERVERS: usize = 3;

/// One thing that is done; servers are numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// `promote` on the candidate, killed at a point or not.
    Promote(usize, Option<Point>),
    /// `resume` on a server.
    Resume(usize, Option<Point>),
    /// `abort` on a server.
    Abort(usize, Option<Point>),
    /// A server's vault is as it was before it last changed.
    Revive(usize),
    /// `update` of a number on a server.
    Update(usize),
    /// `update` that names another master and nothing else.
    Move { on: usize, to: usize },
    /// `secret restore` on a server.
    Restore(usize),
    /// `secret backup` on a server.
    Backup(usize),
}

impl Op {
    /// Everything that can be done.
    pub(crate) fn all() -> Vec<Self> {
        let servers = 0..SERVERS;
        let kills = || [None].into_iter().chain(POINTS.map(Some));
        let mut all = Vec::new();
        for server in servers.clone() {
            for kill in kills() {
                all.push(Self::Promote(server, kill));
                all.push(Self::Resume(server, kill));
                all.push(Self::Abort(server, kill));
            }
            all.push(Self::Revive(server));
            all.push(Self::Update(server));
            all.push(Self::Restore(server));
            all.push(Self::Backup(server));
            all.extend(servers.clone().map(|to| Self::Move { on: server, to }));
        }
        all
    }

    fn kill(self) -> Option<Point> {
        match self {
            Self::Promote(_, kill) | Self::Resume(_, kill) | Self::Abort(_, kill) => kill,
            _ => None,
        }
    }
}

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At the fail point; a point of files names the pass, counted from 1 in the process.
    Killed(Option<u32>),
    /// With an exit status, having said this.
    Exit(i32, &'static str),
}

/// What becomes of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The process died before it was begun.
    NeverBegun,
    Unfinished,
    Promoted,
    Undone,
}

/// The term in every file of a vault; promotions are numbered in the order they were tried.
/// What was set aside has none where there was nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Vault {
    pub(crate) current: Option<u64>,
    pub(crate) previous: Option<u64>,
    pub(crate) staged: BTreeMap<usize, u64>,
    pub(crate) before: BTreeMap<usize, Option<u64>>,
    /// Drawn when a secret is first stored.
    pub(crate) key: bool,
}

/// The promotion that is neither promoted nor undone.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) plan: usize,
    pub(crate) candidate: usize,
    pub(crate) incumbent: usize,
    pub(crate) old_term: u64,
    pub(crate) new_term: u64,
    pub(crate) written: bool,
    /// The computer has taken down that its term was given.
    pub(crate) remembered: bool,
    /// The operator was told to restart the service, and is told again on the way back.
    pub(crate) restarted: bool,
    pub(crate) state: State,
}

/// The whole system.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) master: usize,
    pub(crate) term: u64,
    pub(crate) highest: u64,
    pub(crate) open: Option<Open>,
    pub(crate) plans: Vec<Fate>,
    /// The term that each plan is to begin.
    pub(crate) terms: Vec<u64>,
    pub(crate) vaults: [Vault; SERVERS],
    /// Each vault before it last changed.
    pub(crate) older: [Option<Vault>; SERVERS],
}

type Flow<T = ()> = Result<T, End>;

const UNFINISHED: End = End::Exit(7, "is unfinished");
const UNDONE: End = End::Exit(4, "everything is as before");
const UNDONE_RESTART: End = End::Exit(4, "restart it again");
const STALE: End = End::Exit(7, "in the belief of term");
const NOT_MASTER: End = End::Exit(7, "is not the master secret server");
const OTHER: End = End::Exit(7, "is to be promoted, but this is");
const NOTHING: End = End::Exit(0, "no promotion is unfinished");

impl Model {
    /// The first server is the master and holds the secret; the others have never held one.
    pub(crate) fn new() -> Self {
        let mut vaults = [(); SERVERS].map(|()| Vault::default());
        vaults[0].current = Some(1);
        vaults[0].key = true;
        Self {
            master: 0,
            term: 1,
            highest: 1,
            open: None,
            plans: Vec::new(),
            terms: Vec::new(),
            vaults,
            older: [(); SERVERS].map(|()| None),
        }
    }

    /// Does one thing and says how it ends.
    pub(crate) fn apply(&mut self, op: Op) -> End {
        let vaults = self.vaults.clone();
        let mut run = Run {
            model: self,
            kill: op.kill(),
            changes: BTreeMap::new(),
        };
        let end = match op {
            Op::Promote(candidate, _) => run.promote(candidate),
            Op::Resume(server, _) => run.resume(server),
            Op::Abort(server, _) => run.abort(server),
            Op::Revive(server) => {
                if let Some(older) = self.older[server].clone() {
                    self.vaults[server] = older;
                }
                Ok(())
            }
            Op::Update(server) => self.update(server),
            Op::Move { on, to } => self.move_name(on, to),
            Op::Restore(server) => self.restore(server),
            Op::Backup(server) => self.back_up(server),
        };
        for (server, vault) in vaults.into_iter().enumerate() {
            if self.vaults[server] != vault {
                self.older[server] = Some(vault);
            }
        }
        end.err().unwrap_or(End::Exit(0, ""))
    }

    /// Whether the master's vault opens the database in the present term.
    pub(crate) fn holds(&self, server: usize) -> bool {
        server == self.master && self.vaults[server].current == Some(self.term)
    }

    fn finished(&self) -> Flow {
        self.open.as_ref().map_or(Ok(()), |_| Err(UNFINISHED))
    }

    fn was_replaced(&self, server: usize) -> bool {
        let believed = self.vaults[server].current;
        server != self.master && believed.is_some_and(|believed| believed < self.term)
    }

    fn is_master(&self, server: usize) -> Flow {
        if self.was_replaced(server) {
            return Err(STALE);
        }
        if server == self.master {
            Ok(())
        } else {
            Err(NOT_MASTER)
        }
    }

    /// The master believes its vault, where that holds anything.
    fn in_term(&self, server: usize) -> Flow {
        let believed = self.vaults[server].current;
        if server == self.master && believed.is_some_and(|believed| believed != self.term) {
            return Err(STALE);
        }
        Ok(())
    }

    fn update(&self, server: usize) -> Flow {
        self.finished()?;
        if self.was_replaced(server) {
            return Err(STALE);
        }
        if server != self.master {
            return Err(End::Exit(1, "update/off-mss-extra-elements"));
        }
        self.in_term(server)
    }

    fn move_name(&mut self, on: usize, to: usize) -> Flow {
        self.finished()?;
        if to == self.master {
            return Ok(());
        }
        self.in_term(on)?;
        self.highest += 1;
        self.term = self.highest;
        self.master = to;
        Ok(())
    }

    fn restore(&mut self, server: usize) -> Flow {
        self.is_master(server)?;
        self.finished()?;
        let vault = &mut self.vaults[server];
        if vault.current == Some(self.term) {
            return Ok(());
        }
        if vault.current.is_some() {
            vault.previous = vault.current;
        }
        vault.current = Some(self.term);
        vault.key = true;
        Ok(())
    }

    fn back_up(&self, server: usize) -> Flow {
        self.is_master(server)?;
        self.finished()?;
        if self.vaults[server].current.is_none() {
            return Err(End::Exit(7, "holds no master secret"));
        }
        self.in_term(server)
    }
}

/// One run of promote, resume or abort.
struct Run<'a> {
    model: &'a mut Model,
    kill: Option<Point>,
    /// How often a file was renamed, and how often removed or found to be removed already, by the
    /// points before both.
    changes: BTreeMap<Point, u32>,
}

impl Run<'_> {
    fn pass(&self, point: Point) -> Flow {
        if self.kill == Some(point) {
            Err(End::Killed(None))
        } else {
            Ok(())
        }
    }

    /// Changes files so many times where the point is not meant.
    fn change(&mut self, point: Point, times: u32) {
        *self.changes.entry(point).or_default() += times;
    }

    /// Changes a file once, or is killed before.
    fn pass_and_change(&mut self, point: Point) -> Flow {
        self.change(point, 1);
        if self.kill == Some(point) {
            return Err(End::Killed(self.changes.get(&point).copied()));
        }
        Ok(())
    }

    fn open(&mut self) -> Flow<&mut Open> {
        self.model.open.as_mut().ok_or(NOTHING)
    }

    fn promote(&mut self, candidate: usize) -> Flow {
        self.model.finished()?;
        if self.model.holds(candidate) {
            return Err(End::Exit(0, "is the master secret server already"));
        }
        if candidate == self.model.master {
            return Err(End::Exit(7, "is the master secret server"));
        }
        // What an earlier promotion has left in this vault.
        let left = &self.model.vaults[candidate];
        let left = left.staged.keys().chain(left.before.keys());
        for plan in left.copied().collect::<BTreeSet<usize>>() {
            match self.model.plans[plan] {
                Fate::Promoted => self.settle(candidate, plan),
                Fate::NeverBegun => self.discard(candidate, plan),
                Fate::Undone => {
                    self.deactivate(candidate, plan)?;
                    self.discard(candidate, plan);
                }
                Fate::Unfinished => {}
            }
        }
        let plan = self.model.plans.len();
        let new_term = self.model.highest + 1;
        self.model.plans.push(Fate::NeverBegun);
        self.model.terms.push(new_term);
        self.stage(candidate, plan);
        self.pass(STAGED)?;
        self.model.plans[plan] = Fate::Unfinished;
        self.model.highest = new_term;
        self.model.open = Some(Open {
            plan,
            candidate,
            incumbent: self.model.master,
            old_term: self.model.term,
            new_term,
            written: false,
            remembered: false,
            restarted: false,
            state: State::Planned,
        });
        self.pass(BEGUN)?;
        self.forward()
    }

    fn resume(&mut self, server: usize) -> Flow {
        let Open {
            plan,
            candidate,
            new_term,
            state,
            ..
        } = self.open()?.clone();
        if server != candidate {
            return Err(OTHER);
        }
        if matches!(state, State::Undoing(_)) {
            return self.back();
        }
        let vault = &self.model.vaults[candidate];
        if !vault.staged.contains_key(&plan) && vault.current != Some(new_term) {
            return Err(End::Exit(7, "is not in the vault"));
        }
        self.forward()
    }

    fn abort(&mut self, server: usize) -> Flow {
        if server != self.open()?.candidate {
            return Err(OTHER);
        }
        self.back()
    }

    fn forward(&mut self) -> Flow {
        let early = [State::Planned, State::Applying(Step::UpdateDatabase)];
        let open = self.open()?;
        if early.contains(&open.state) && !std::mem::replace(&mut open.remembered, true) {
            self.change(ASIDE, 1);
        }
        loop {
            let open = self.open()?.clone();
            let step = match open.state {
                State::Planned => Step::UpdateDatabase,
                State::Applied(Step::UpdateDatabase) => Step::RestartService,
                State::Applied(Step::RestartService) => Step::RestoreSecret,
                State::Applied(_) => Step::Verify,
                State::Applying(step) => step,
                _ => return self.back(),
            };
            self.open()?.state = State::Applying(step);
            match step {
                Step::UpdateDatabase => {
                    self.pass(STARTED)?;
                    self.open()?.written = true;
                    self.model.term = open.new_term;
                    self.model.master = open.candidate;
                    self.open()?.state = State::Applied(step);
                    self.pass(WRITTEN)?;
                }
                Step::RestartService => {
                    self.open()?.restarted = true;
                    self.pass(RESTARTED)?;
                }
                Step::RestoreSecret => self.activate(open.candidate, open.plan)?,
                Step::Verify => {
                    self.pass(ACTIVE)?;
                    if self.model.vaults[open.candidate].current != Some(open.new_term) {
                        self.open()?.state = State::Undoing(step);
                        return self.back();
                    }
                    self.model.open = None;
                    self.model.plans[open.plan] = Fate::Promoted;
                    self.pass(SETTLING)?;
                    self.settle(open.candidate, open.plan);
                    return Ok(());
                }
            }
            self.open()?.state = State::Applied(step);
        }
    }

    fn stage(&mut self, server: usize, plan: usize) {
        let vault = &mut self.model.vaults[server];
        vault.staged.insert(plan, self.model.terms[plan]);
        let drawn = !std::mem::replace(&mut vault.key, true);
        self.change(ASIDE, 1 + u32::from(drawn));
    }

    fn activate(&mut self, server: usize, plan: usize) -> Flow {
        let vault = &mut self.model.vaults[server];
        if !vault.staged.contains_key(&plan) {
            return Ok(());
        }
        if !vault.before.contains_key(&plan) {
            let current = vault.current.take();
            vault.before.insert(plan, current);
            self.change(ASIDE, 1);
        }
        self.pass_and_change(ASIDE)?;
        let vault = &mut self.model.vaults[server];
        vault.current = vault.staged.remove(&plan);
        Ok(())
    }

    fn deactivate(&mut self, server: usize, plan: usize) -> Flow {
        let given = Some(self.model.terms[plan]);
        let vault = &mut self.model.vaults[server];
        match vault.before.get(&plan) {
            None => {}
            Some(None) => {
                if vault.current == given {
                    vault.current = None;
                    self.change(EMPTIED, 1);
                }
                self.pass_and_change(EMPTIED)?;
                self.model.vaults[server].before.remove(&plan);
            }
            Some(before) => {
                vault.current = *before;
                vault.before.remove(&plan);
                self.change(ASIDE, 1);
            }
        }
        Ok(())
    }

    fn settle(&mut self, server: usize, plan: usize) {
        let vault = &mut self.model.vaults[server];
        match vault.before.remove(&plan) {
            None => {}
            Some(None) => self.change(EMPTIED, 1),
            Some(before) => {
                vault.previous = before;
                self.change(ASIDE, 1);
            }
        }
        self.discard(server, plan);
    }

    fn discard(&mut self, server: usize, plan: usize) {
        self.model.vaults[server].staged.remove(&plan);
        self.change(EMPTIED, 1);
    }

    fn back(&mut self) -> Flow {
        loop {
            let open = self.open()?.clone();
            let step = match open.state {
                State::Applying(step) | State::Applied(step) | State::Undoing(step) => step,
                _ => Step::UpdateDatabase,
            };
            self.open()?.state = State::Undoing(step);
            let earlier = match step {
                Step::Verify => Step::RestoreSecret,
                Step::RestoreSecret => {
                    self.deactivate(open.candidate, open.plan)?;
                    self.pass(DEACTIVATED)?;
                    Step::RestartService
                }
                Step::RestartService => Step::UpdateDatabase,
                Step::UpdateDatabase => {
                    self.pass(TAKING_BACK)?;
                    if open.written {
                        self.model.term = open.old_term;
                        self.model.master = open.incumbent;
                        self.open()?.written = false;
                    }
                    self.pass(TAKEN_BACK)?;
                    self.discard(open.candidate, open.plan);
                    self.pass(ENDING)?;
                    self.model.open = None;
                    self.model.plans[open.plan] = Fate::Undone;
                    return Err(if open.restarted {
                        UNDONE_RESTART
                    } else {
                        UNDONE
                    });
                }
            };
            self.open()?.state = State::Undoing(earlier);
        }
    }
}
