//! `regent.toml` and the environment.
