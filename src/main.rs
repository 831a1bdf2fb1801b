//! The binary: one call into the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ubihook::cli::main())
}
