//! `-f`, and the way back from `-o yaml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubihook_fuzz::fuzz::run("webhook_files", data));
