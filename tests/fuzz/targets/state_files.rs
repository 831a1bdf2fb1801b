//! `index.json` and `secrets.json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubihook_fuzz::fuzz::run("state_files", data));
