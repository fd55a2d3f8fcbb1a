//! The matrix: every pass of every fail point × what happens there × what is done next.
//!
//! It is generated from what a whole run passes, so that no point can be forgotten. The short form
//! takes one way on from a hang, in turn, for it leaves what a kill at the same place leaves:
//! `REGENT_TEST_LONG=1 cargo test --test it crash::` takes every way.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::attack::{Action, Pass, Way, attack, go_on, traced};
use super::scene::{Before, Scene};
use super::table::Table;
use crate::support::{Site, long};

/// Runs tasks on two threads, each with a copy of the site, and returns what they return in order.
pub(super) fn on_two_threads<T: Send>(
    site: &Site,
    tasks: usize,
    task: impl Fn(&Site, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = |site: Site| {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let numbers = numbers.take_while(|number| *number < tasks);
        numbers
            .map(|number| (number, task(&site, number)))
            .collect()
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads = [site.copied(), site.copied()].map(|site| scope.spawn(|| work(site)));
        let done = threads.map(|thread| -> Vec<(usize, T)> {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        done.into_iter().flatten().collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, value)| value).collect()
}

#[expect(clippy::print_stdout, reason = "a matrix is there to be read")]
fn print(table: &str) {
    println!("{table}");
}

/// Runs the matrix of a command that passes these points, and returns its table.
fn matrix(site: &Site, before: &Before, words: &[&str], passes: &[Pass], title: &str) -> String {
    let long = long();
    let outcomes = on_two_threads(site, passes.len(), |site, number| {
        let pass = &passes[number];
        let mut outcomes = Vec::new();
        for action in Action::ALL {
            let crashed = site.copied();
            attack(&crashed, pass, action, words);
            for (turn, way) in Way::ALL.into_iter().enumerate() {
                if action == Action::Hang && !long && number % Way::ALL.len() != turn {
                    continue;
                }
                outcomes.push((action, way, go_on(&crashed.copied(), way, before)));
            }
        }
        outcomes
    });
    let mut table = Table::default();
    for (pass, outcomes) in passes.iter().zip(outcomes) {
        for (action, way, end) in outcomes {
            table.count(&pass.point, action, way, end);
        }
    }
    let text = table.text(title);
    print(&text);
    text
}

/// The matrix of a promotion.
fn of_promotion(scene: &Scene, title: &str) -> String {
    let words = Site::promotion();
    let (run, passes) = traced(&scene.site.copied(), &words);
    assert_eq!(run.exit, Some(0), "{}", run.transcript());
    matrix(&scene.site, &scene.before, &words, &passes, title)
}

/// The matrix of a command that takes up a promotion which was killed at a point.
fn of_recovery(scene: &Scene, at: &str, words: &[&str], exit: i32, title: &str) -> String {
    let crashed = scene.site.copied();
    let killed = Pass {
        point: at.to_owned(),
        number: 1,
    };
    attack(&crashed, &killed, Action::Kill, &Site::promotion());
    let (run, passes) = traced(&crashed.copied(), words);
    assert_eq!(run.exit, Some(exit), "{}", run.transcript());
    matrix(&crashed, &scene.before, words, &passes, title)
}

/// The short form is held against its snapshot; the long form is to be read.
fn reviewed(name: &str, table: &str) {
    if !long() {
        super::reviewed(name, table);
    }
}

#[test]
fn a_promotion_survives_every_crash() {
    needs!(Flock);
    reviewed("promote", &of_promotion(&Scene::fresh(), "promote"));
    let title = "promote a former master";
    reviewed(
        "promote-a-former-master",
        &of_promotion(&Scene::returning(), title),
    );
}

#[test]
fn resuming_survives_every_crash() {
    needs!(Flock);
    let scene = Scene::returning();
    let table = of_recovery(&scene, "database/begin/after", &["resume"], 0, "resume");
    reviewed("resume", &table);
}

#[test]
fn aborting_survives_every_crash() {
    needs!(Flock);
    let scene = Scene::returning();
    let words = ["abort", "--yes"];
    let table = of_recovery(&scene, "journal/verify/started/after", &words, 4, "abort");
    reviewed("abort", &table);
}
