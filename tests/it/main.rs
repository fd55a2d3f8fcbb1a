//! Everything that touches a file, a process or a database.

mod cache;
mod crash;
mod database;
mod fixtures;
mod legacy;
mod limits;
mod plugins;
mod policy;
mod promotion;
mod quickstart;
mod readme;
mod render;
mod rules;
mod samples;
mod schema;
mod secrecy;
mod secret;
mod service;
mod site;
mod support;
mod surface;
mod terminal;
mod tidy;
mod toolchain;
mod update;
mod vault;
