//! The `regent` program: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    regent::cli::run(std::env::args_os().collect()).into()
}
