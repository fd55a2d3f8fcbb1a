//! What holds for everything that regent reads, whoever wrote it.
//!
//! Each module states for one kind of input what must be true of any bytes at all. `targets` lets
//! libFuzzer look for bytes of which it is not; `tests/it/fuzz.rs` states it of every seed, and of
//! what was found once.

mod backup;
mod bundle;
mod pieces;
mod plan_file;
mod plugin_answer;
mod plugin_description;
#[expect(dead_code, reason = "the tests that it belongs to use all of it")]
#[path = "../it/policy/probe.rs"]
mod probe;
mod settings;
mod shown;
mod update_file;

/// Update files.
pub fn update_file(bytes: &[u8]) {
    update_file::holds(bytes);
}

/// Backups.
pub fn backup(bytes: &[u8]) {
    backup::holds(bytes);
}

/// Bundles.
pub fn bundle(bytes: &[u8]) {
    bundle::holds(bytes);
}

/// Plan files.
pub fn plan_file(bytes: &[u8]) {
    plan_file::holds(bytes);
}

/// `regent.toml`.
pub fn settings(bytes: &[u8]) {
    settings::holds(bytes);
}

/// What plugins find and decide.
pub fn plugin_answer(bytes: &[u8]) {
    plugin_answer::holds(bytes);
}

/// What plugins say of themselves.
pub fn plugin_description(bytes: &[u8]) {
    plugin_description::holds(bytes);
}
