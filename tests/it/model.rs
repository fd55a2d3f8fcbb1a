//! The promotion against a model of it: {promote, crash, resume, abort, revive, update, move,
//! restore, back up} over three servers, on the real binary.
//!
//! Always run: every operation from every state that two operations can reach, and some longer
//! walks. The long form goes a level deeper, and walks farther and elsewhere each time:
//! `REGENT_TEST_LONG=1 cargo test --test it -- --nocapture model::`
//!
//! After every operation everything is held against the model: exit status and message, the one
//! master, term and highest term, the unfinished promotion, every file of every vault, whether the
//! master's vault opens the database's proof in the present term, that no term was given twice,
//! that a used plan is refused, and both chains of hashes.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

mod ideal;
mod points;
mod real;
mod shape;

use ideal::*;
use points::*;
use real::Real;

use crate::support::long;

/// How many processes work at once: most of their time they wait for the disk.
const WORKERS: usize = 4;

/// A state, and how it was reached.
struct Node {
    model: Model,
    real: Real,
    sequence: Vec<Op>,
}

impl Node {
    fn root() -> Self {
        Self {
            model: Model::new(),
            real: Real::new(),
            sequence: Vec::new(),
        }
    }

    /// The state after one more operation; how it went wrong where it did.
    fn after(&self, op: Op) -> Result<Self, String> {
        let mut next = Self {
            model: self.model.clone(),
            real: self.real.twin(),
            sequence: [&self.sequence[..], &[op]].concat(),
        };
        let end = next.model.apply(op);
        next.real
            .follows(&self.model, op, end, &next.model)
            .map_err(|wrong| told(&next.sequence, &wrong))?;
        Ok(next)
    }
}

/// What went wrong, with the sequence as [`STORIES`] takes it, points by their names.
fn told(sequence: &[Op], wrong: &str) -> String {
    format!("&{sequence:?}: {wrong}")
}

/// Whether an operation is worth the try: a kill at a point that is not passed is the operation
/// without it, and what brings nothing back is nothing.
fn differs(model: &Model, op: Op) -> bool {
    match op {
        Op::Promote(_, Some(_)) | Op::Resume(_, Some(_)) | Op::Abort(_, Some(_)) => {
            matches!(model.clone().apply(op), End::Killed(_))
        }
        Op::Revive(server) => model.older[server].is_some(),
        // From anywhere but the named server and the master it is the same as from the named one.
        Op::Move { on, to } => on == to || on == model.master,
        _ => true,
    }
}

/// Every operation from every state that `depth - 1` operations can reach.
#[expect(clippy::print_stdout, reason = "how much was tried is shown")]
fn explore(depth: usize) {
    let mut known = BTreeSet::from([Model::new().shape()]);
    let mut level = vec![Node::root()];
    let mut sequences = 0;
    for at in 1..=depth {
        let states = level.len();
        let found = Mutex::new(Vec::new());
        let wrong = Mutex::new(Vec::new());
        let tried = Mutex::new(0);
        let work = Mutex::new(level);
        let expand = || {
            while let Some(node) = { work.lock().expect("a lock").pop() } {
                for op in Op::all() {
                    if !differs(&node.model, op) {
                        continue;
                    }
                    *tried.lock().expect("a lock") += 1;
                    match node.after(op) {
                        Ok(next) if at < depth => found.lock().expect("a lock").push(next),
                        Ok(_) => {}
                        Err(words) => wrong.lock().expect("a lock").push(words),
                    }
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(expand);
            }
        });
        let (tried, wrong) = (
            tried.into_inner().expect("a lock"),
            wrong.into_inner().expect("a lock"),
        );
        sequences += tried;
        println!("depth {at}: {tried} operations from {states} states");
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        level = found.into_inner().expect("a lock");
        level.retain(|node| known.insert(node.model.shape()));
    }
    println!(
        "{sequences} sequences of up to {depth} operations, {} states",
        known.len()
    );
}

/// Walks of one operation after another; a failing one is made as short as it can be.
#[expect(clippy::print_stdout, reason = "how much was tried is shown")]
fn walk(runner: &mut TestRunner, length: usize) {
    let operations = std::cell::Cell::new(0);
    let walks = std::cell::Cell::new(0);
    let root = Node::root();
    let steps = proptest::collection::vec(any::<prop::sample::Selector>(), length / 2..=length);
    let outcome = runner.run(&steps, |steps| {
        let (mut model, real, mut sequence) = (Model::new(), root.real.twin(), Vec::new());
        walks.set(walks.get() + 1);
        for step in steps {
            let possible = Op::all().into_iter().filter(|op| differs(&model, *op));
            // What is refused leads nowhere, so it is not walked; what the master is told of its
            // vault is asked at every step.
            let moving =
                possible.filter(|op| !matches!(model.clone().apply(*op), End::Exit(1 | 7, _)));
            let op = step.select(moving);
            for probe in [false, true] {
                let op = if probe { Op::Backup(model.master) } else { op };
                let before = model.clone();
                let end = model.apply(op);
                sequence.push(op);
                operations.set(operations.get() + 1);
                real.follows(&before, op, end, &model)
                    .map_err(|wrong| TestCaseError::fail(told(&sequence, &wrong)))?;
            }
        }
        Ok(())
    });
    println!("{} walks, {} operations", walks.get(), operations.get());
    if let Err(wrong) = outcome {
        panic!("{wrong}");
    }
}

/// Sequences with a story, deeper than every operation is tried; one that ever goes wrong belongs here.
const STORIES: [(&str, &[Op]); 13] = [
    (
        "the term of an undone promotion is not given again",
        &[
            Op::Promote(1, Some(ACTIVE)),
            Op::Abort(1, None),
            Op::Promote(2, None),
            Op::Move { on: 0, to: 0 },
            Op::Promote(1, None),
        ],
    ),
    (
        "what a kill at the very end left is cleared up by the next promotion",
        &[
            Op::Promote(1, None),
            Op::Promote(0, Some(SETTLING)),
            Op::Backup(0),
            Op::Promote(1, None),
            Op::Promote(0, None),
            Op::Backup(0),
        ],
    ),
    (
        "a master named again has the vault of its first term until it restores",
        &[
            Op::Move { on: 1, to: 1 },
            Op::Backup(1),
            Op::Restore(1),
            Op::Backup(1),
            Op::Move { on: 0, to: 0 },
            Op::Backup(0),
            Op::Update(0),
            Op::Move { on: 0, to: 2 },
            Op::Restore(0),
            Op::Backup(0),
            Op::Update(0),
        ],
    ),
    (
        "the vault is brought back while its promotion is verified: the promotion is undone",
        &[
            Op::Promote(1, None),
            Op::Promote(0, Some(BEGUN)),
            Op::Resume(0, Some(ACTIVE)),
            Op::Revive(0),
            Op::Resume(0, None),
            Op::Backup(1),
        ],
    ),
    (
        "the vault is brought back from before its promotion: only the way back is left",
        &[
            Op::Promote(1, None),
            Op::Promote(0, Some(ASIDE)),
            Op::Revive(0),
            Op::Resume(0, None),
            Op::Abort(0, Some(DEACTIVATED)),
            Op::Resume(0, None),
            Op::Backup(1),
            Op::Promote(0, None),
        ],
    ),
    (
        "a vault of an undone promotion comes back and is nobody's",
        &[
            Op::Promote(1, Some(ACTIVE)),
            Op::Abort(1, None),
            Op::Revive(1),
            Op::Backup(1),
            Op::Restore(1),
            Op::Update(1),
            Op::Promote(2, None),
            Op::Update(1),
            Op::Promote(1, None),
            Op::Backup(1),
        ],
    ),
    (
        "a vault with a secret aside comes back from an undone promotion, and the next one clears up",
        &[
            Op::Promote(1, None),
            Op::Promote(0, Some(ACTIVE)),
            Op::Abort(0, None),
            Op::Revive(0),
            Op::Promote(0, Some(STAGED)),
            Op::Update(0),
            Op::Promote(0, None),
            Op::Backup(0),
        ],
    ),
    (
        "what a later term has stored is not removed with what an undone promotion has left",
        &[
            Op::Promote(1, Some(ACTIVE)),
            Op::Abort(1, None),
            Op::Revive(1),
            Op::Move { on: 0, to: 1 },
            Op::Restore(1),
            Op::Backup(1),
            Op::Promote(0, None),
            Op::Promote(1, Some(STAGED)),
            Op::Promote(1, None),
            Op::Backup(1),
        ],
    ),
    (
        "whoever was told to restart the service is told again on the way back",
        &[
            Op::Promote(1, Some(RESTARTED)),
            Op::Abort(1, Some(TAKEN_BACK)),
            Op::Abort(1, None),
            Op::Promote(1, Some(WRITTEN)),
            Op::Abort(1, None),
        ],
    ),
    (
        "what was activated is half gone when the way back is killed, and gone when it goes on",
        &[
            Op::Promote(1, Some(ACTIVE)),
            Op::Abort(1, Some(EMPTIED)),
            Op::Backup(0),
            Op::Abort(1, Some(EMPTIED)),
            Op::Revive(1),
            Op::Resume(1, None),
            Op::Revive(1),
            Op::Promote(1, Some(EMPTIED)),
            Op::Promote(1, None),
            Op::Backup(1),
        ],
    ),
    (
        "the database is as before, and yet nothing else may begin until the way back has ended",
        &[
            Op::Promote(1, Some(ACTIVE)),
            Op::Abort(1, Some(TAKEN_BACK)),
            Op::Update(0),
            Op::Restore(0),
            Op::Move { on: 0, to: 2 },
            Op::Promote(2, None),
            Op::Resume(1, Some(ENDING)),
            Op::Promote(1, None),
            Op::Abort(1, None),
            Op::Backup(0),
            Op::Promote(2, None),
            Op::Backup(2),
        ],
    ),
    (
        "a term that was never written is not given again, and what it had staged comes to nothing",
        &[
            Op::Promote(1, Some(STARTED)),
            Op::Abort(1, Some(ENDING)),
            Op::Resume(1, None),
            Op::Revive(1),
            Op::Promote(2, None),
            Op::Promote(1, Some(ASIDE)),
            Op::Abort(1, None),
            Op::Backup(2),
        ],
    ),
    (
        "the old master comes back in the middle of the promotion that replaces it",
        &[
            Op::Promote(1, None),
            Op::Promote(0, None),
            Op::Promote(2, Some(WRITTEN)),
            Op::Revive(0),
            Op::Backup(0),
            Op::Restore(0),
            Op::Abort(0, None),
            Op::Abort(2, None),
            Op::Backup(0),
            Op::Restore(0),
            Op::Backup(0),
        ],
    ),
];

#[test]
fn the_stories_follow_the_model() {
    for (story, sequence) in STORIES {
        let mut node = Node::root();
        for op in sequence {
            node = node
                .after(*op)
                .unwrap_or_else(|wrong| panic!("{story}: {wrong}"));
        }
    }
}

#[test]
fn every_operation_follows_the_model() {
    explore(if long() { 3 } else { 2 });
}

#[test]
fn walks_follow_the_model() {
    let (cases, length) = if long() { (100, 40) } else { (12, 16) };
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = if long() {
        TestRunner::new(config)
    } else {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(config, rng)
    };
    walk(&mut runner, length);
}
