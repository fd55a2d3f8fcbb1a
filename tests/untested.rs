//! Tells, when the tests have run, what they left out and what to install for it.

// The tests ask for the rest of it.
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "it/tools.rs"]
mod tools;

use std::process::ExitCode;

use tools::Tool;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is what it is for"
)]
fn main() -> ExitCode {
    // Whoever lists tests finds none here.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    // A test that is run by its name alone asks for that one itself.
    let missing: Vec<_> = tools::TOOLS
        .into_iter()
        .filter(|tool| *tool != Tool::Unshare && !tool.is_here())
        .collect();
    for tool in &missing {
        println!("not tested: {}; it needs {}", of(*tool), tool.install());
    }
    if missing.is_empty() || !tools::all_wanted() {
        return ExitCode::SUCCESS;
    }
    eprintln!("CI is set, where everything is tested");
    ExitCode::FAILURE
}

/// What is not tested without it.
fn of(tool: Tool) -> &'static str {
    match tool {
        Tool::Xmllint => "the schema of update files against the reader",
        Tool::SshKeygen => "keys and signatures of OpenSSH, and the documents that use them",
        Tool::SshAgent => "approvals by a key that is not a file",
        Tool::Script => "prompts and questions in a terminal",
        Tool::Setsid => "a prompt that is interrupted",
        Tool::Setpriv => "files of another account, and folders that modes close",
        Tool::Unshare => "a disk that is full",
        Tool::Flock => "crashes of a promotion, whose service is started once at a time",
        Tool::Tar => "evidence that is looked into",
        Tool::Sanitizers => "the library of plugins in C, under sanitizers",
        Tool::Clang => "building plugins in C",
        Tool::Node => "building plugins in JavaScript and TypeScript",
        Tool::Python => "building plugins in Python",
    }
}
