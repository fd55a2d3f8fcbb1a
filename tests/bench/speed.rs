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
}
