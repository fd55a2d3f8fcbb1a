<<<<<<< HEAD
//! Prints how fast regent is, beside the limits it is held to. `cargo bench` runs it.

mod decision;
mod process;

fn main() {
    if std::env::args().any(|argument| argument == "--peak") {
        return process::print_peak();
    }
    // `cargo test` builds benchmarks and runs them with --test: nothing is measured then.
    if std::env::args().any(|argument| argument == "--bench") {
        process::print();
        decision::print();
    }
=======
//! How fast regent is, each figure with the limit it has to keep. Run by `cargo bench`.

mod decision;
#[expect(dead_code, reason = "the tests make more of it")]
#[path = "../it/policy/probe.rs"]
mod probe;

fn main() {
    decision::run();
>>>>>>> policy
}
