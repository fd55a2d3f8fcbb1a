//! Shell completions and the man page, made from the command line itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::exit::Status;

use super::failure::Misuse;
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
pub struct ManArguments {
    /// The command whose page is wanted, such as `secret backup` [default: regent itself]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "regent", &mut text);
    context.ui.out(&String::from_utf8_lossy(&text))?;
    Ok(Status::Done)
}

pub(super) fn man(arguments: &ManArguments, context: &mut Context) -> Result<Status, Failure> {
    let mut command = Cli::command();
    command.build();
    for name in &arguments.command {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| Failure::Usage {
            code: Misuse::UnknownCommand,
            message: format!("there is no command `{}`", arguments.command.join(" ")),
            help: "`regent --help` lists the commands".to_owned(),
        })?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut text)
        .map_err(|cause| Failure::File {
            act: "write",
            path: "the man page".into(),
            cause,
        })?;
    context.ui.out(&String::from_utf8_lossy(&text))?;
    Ok(Status::Done)
}
