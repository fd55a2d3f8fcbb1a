#![no_main]
//! See `../bundle.rs`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| regent_fuzz::bundle(bytes));
