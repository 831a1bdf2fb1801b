//! `mock reset -f`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubihook_fuzz::fuzz::run("world_files", data));
