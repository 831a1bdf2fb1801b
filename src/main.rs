//! The binary: a shell that asks what could be typed next is answered first, before anything else
//! is looked at; all else is one call into the library.

use std::process::ExitCode;

use ubihook::cli;

fn main() -> ExitCode {
    ExitCode::from(cli::complete::answer().unwrap_or_else(cli::main))
}
