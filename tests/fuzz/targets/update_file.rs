#![no_main]
//! See `../update_file.rs`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| regent_fuzz::update_file(bytes));
