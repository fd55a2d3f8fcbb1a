//! Storage fails: disks that are full, backups that are torn, folders that cannot be written to,
//! and something else where a file is expected.
//!
//! The short forms always run. `REGENT_TEST_LONG=1 cargo test --test it storage:: -- --nocapture`
//! runs the long ones and shows what they came to.

mod access;
mod auditor;
mod full;
mod instead;
mod torn;

/// Holds what was said against a snapshot.
fn snapshot(name: &str, said: &str) {
    crate::snapshot!("storage", name, said);
}
