//! How fast regent is, each figure with the limit it has to keep. `cargo bench` runs it.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod decision;
#[expect(dead_code, reason = "the tests make more of it")]
#[path = "../it/policy/probe.rs"]
mod probe;
mod process;

fn main() {
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    if asked(process::PEAK) {
        process::print_peak();
    // `cargo test --all-targets` runs benchmarks too, without the flag: nothing is measured then.
    } else if asked("--bench") {
        process::run();
        decision::run();
    }
}
