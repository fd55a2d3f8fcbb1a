//! Regent promotes an SSO server to master secret server as one safe, journaled act.
//!
//! The modules stand in reading order, and data flows one way: *words* (values and pure functions)
//! ← *doors* (each owns one piece of the outside world) ← *story* (what was seen of a system, the promotion, what is wrong
//! with a site, and sites for tests of a policy) ← *surface* (settings, reports, command line). `host/README.md` is the
//! architecture; `tests/it/tidy.rs` holds the arrows.

// words
pub mod fault;
pub mod exit;
pub mod mishap;
pub mod entropy;
pub mod clock;
pub mod visible;
pub mod identity;
pub mod source;
pub mod bundle;
pub mod finding;
pub mod global_info;
pub mod system;
pub mod update;
pub mod plan;
pub mod journal;

// doors
pub mod policy;
pub mod secret;
pub mod database;
pub mod service;
pub mod toolchain;

// story
pub mod hindsight;
pub mod promotion;
pub mod doctor;
pub mod rehearsal;

// surface
pub mod settings;
pub mod report;
pub mod ui;
pub mod cli;
