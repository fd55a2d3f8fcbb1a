//! The `regent` program: arguments in, exit status out.

use std::process::ExitCode;

/// More than plugins and parsers use. Where a native stack ends, a process is killed without a word.
const STACK: usize = 4 << 20;

fn main() -> ExitCode {
    let run = || regent::cli::run(std::env::args_os().collect());
    if main_stack_suffices() {
        return run().into();
    }
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    let ran = thread.map_or_else(|_| Ok(run()), std::thread::JoinHandle::join);
    ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        .into()
}

/// Whether the stack that the process was started with is as large as `ulimit -s` usually makes it.
#[cfg(unix)]
fn main_stack_suffices() -> bool {
    use nix::sys::resource::{Resource, getrlimit};
    getrlimit(Resource::RLIMIT_STACK).is_ok_and(|(soft, _)| soft >= STACK as u64)
}

#[cfg(not(unix))]
fn main_stack_suffices() -> bool {
    false
}
