#![no_main]
//! See `../plan_file.rs`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| regent_fuzz::plan_file(bytes));
