//! Everything that touches a file, a process or a database.

/// Leaves a test that needs a program which is not here; `untested` tells of it.
macro_rules! needs {
    ($tool:ident) => {
        if !$crate::tools::has($crate::tools::Tool::$tool) {
            return;
        }
    };
}

mod approvals;
mod audit;
mod cache;
mod candidates;
mod contract;
mod crash;
mod database;
mod doctor;
mod escapes;
mod fencing;
mod fixtures;
mod fresh;
mod fuzz;
mod governed;
mod guide;
mod internal;
mod legacy;
mod limits;
mod model;
mod names;
mod outcomes;
mod people;
mod pipelines;
mod plugins;
mod policy;
mod promotion;
mod published;
mod quickstart;
mod race;
mod readme;
mod rehearsal;
mod render;
mod rules;
mod samples;
mod schema;
mod secrecy;
mod secret;
mod service;
mod signatures;
mod site;
mod storage;
mod support;
mod surface;
mod terminal;
mod terms;
mod texts;
mod tidy;
mod toolchain;
mod tools;
mod travelled;
mod trust;
mod typed;
mod update;
mod vault;
