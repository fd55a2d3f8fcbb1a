#![no_main]
//! See `../backup.rs`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| regent_fuzz::backup(bytes));
