//! The API's host, the callback's URL, and how any of them may be shown.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubihook_fuzz::fuzz::run("addresses", data));
