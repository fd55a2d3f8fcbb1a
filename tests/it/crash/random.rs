//! Without fail points: `kill -9` at any moment.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::attack::{Way, go_on};
use super::matrix::on_two_threads;
use super::scene::{End, Scene};
use crate::support::Site;

/// How many promotions are killed.
const RUNS: u32 = 200;

/// A whole promotion, from the first process to the last byte.
fn length(site: &Site) -> Duration {
    let site = site.copied();
    let start = Instant::now();
    site.run(&Site::promotion()).exits(0);
    start.elapsed()
}

/// When a run is killed: somewhere in its own part of a run's length, the same at every test.
fn delay(run: u32, length: Duration) -> Duration {
    // A linear congruential step scatters the runs within their parts.
    let scattered = run.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    let within = f64::from(scattered) / f64::from(u32::MAX);
    length.mul_f64((f64::from(run) + within) / f64::from(RUNS))
}

#[test]
fn killed_at_any_moment_it_ends_promoted_or_as_before() {
    needs!(Flock);
    let Scene { site, before } = Scene::fresh();
    let length = length(&site);
    let ways = [Way::Resume, Way::Abort];
    let ends = on_two_threads(&site, RUNS as usize, |site, number| {
        let run = u32::try_from(number).expect("a small number");
        let site = site.copied();
        let mut command = site.command(&Site::promotion());
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().expect("regent starts");
        // Where in the run it is killed is left to chance; the end is not.
        std::thread::sleep(delay(run, length));
        child.kill().expect("a signal");
        child.wait().expect("an end");
        let unfinished = super::scene::unfinished(&site).is_some();
        (unfinished, go_on(&site, ways[number % ways.len()], &before))
    });
    let count = |wanted| ends.iter().filter(|ended| **ended == wanted).count();
    println!(
        "{RUNS} runs of {length:?} killed: {} between begin and end ({} promoted, {} as before), \
         else {} promoted, {} as before",
        ends.iter().filter(|(unfinished, _)| *unfinished).count(),
        count((true, End::Promoted)),
        count((true, End::AsBefore)),
        count((false, End::Promoted)),
        count((false, End::AsBefore)),
    );
    assert_eq!(ends.len(), RUNS as usize);
}
