//! The contract in Rust, generated from `wit/plugin.wit`.
//!
//! **Invariant:** these types stop at `convert.rs`; nothing outside the room sees one.

wasmtime::component::bindgen!({
    world: "plugin",
    // A plugin that has used up its log budget is stopped where it stands.
    imports: { default: trappable },
});
