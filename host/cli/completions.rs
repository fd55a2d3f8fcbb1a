//! Shell completions and the man page, made from the command line itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::exit::Status;

use super::{Cli, Context, Failure};

/// Print shell completions
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the man page
#[derive(Debug, Args)]
pub struct ManArguments {}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "regent", &mut text);
    context.ui.out(&String::from_utf8_lossy(&text))?;
    Ok(Status::Done)
}

pub(super) fn man(_: &ManArguments, context: &mut Context) -> Result<Status, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut text)
        .map_err(|cause| Failure::File {
            act: "write",
            path: "the man page".into(),
            cause,
        })?;
    context.ui.out(&String::from_utf8_lossy(&text))?;
    Ok(Status::Done)
}
