//! Failures on demand, and queries of the logs.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubihook_fuzz::fuzz::run("faults", data));
