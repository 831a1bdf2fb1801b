//! The binary: a shell that asks what could be typed next is answered first, before anything else
//! is looked at; all else is one call into the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ubihook::complete().unwrap_or_else(ubihook::main))
}
