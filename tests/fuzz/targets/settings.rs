#![no_main]
//! See `../settings.rs`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| regent_fuzz::settings(bytes));
