#![no_main]
//! See `../plugin_description.rs`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| regent_fuzz::plugin_description(bytes));
