//! `config.toml`, and the sign-in of the official CLI.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ubihook_fuzz::fuzz::run("settings_files", data));
