//! How fast regent is, each figure with the limit it has to keep. Run by `cargo bench`.

mod decision;
#[expect(dead_code, reason = "the tests make more of it")]
#[path = "../it/policy/probe.rs"]
mod probe;

fn main() {
    decision::run();
}
