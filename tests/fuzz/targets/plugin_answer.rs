#![no_main]
//! See `../plugin_answer.rs`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| regent_fuzz::plugin_answer(bytes));
