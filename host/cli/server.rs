//! `regent server`: the system's SSO servers.

use clap::{Args, Subcommand, ValueEnum};

use crate::exit::Status;
use crate::global_info::ServerName;
use crate::report::system::ServersReport;
use crate::system::Role;

use super::failure::Clash;
use super::{Context, Failure};

/// What to do with the list of servers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a server that has joined the system
    Add(AddArguments),
    /// List the servers
    List,
    /// Take a server off the list
    Remove(RemoveArguments),
}

/// A server to add.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// Its name
    #[arg(value_name = "NAME")]
    name: ServerName,
    /// What else it is; may be given several times
    #[arg(long, value_enum, value_name = "ROLE")]
    role: Vec<RoleName>,
    /// Add it although a listed name may be the same computer's
    #[arg(long)]
    another_computer: bool,
}

/// A server to remove.
#[derive(Debug, Args)]
pub struct RemoveArguments {
    /// Its name
    #[arg(value_name = "NAME")]
    name: ServerName,
}

/// A role as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleName {
    /// Also runs processing hosts
    Processing,
    /// A node of a cluster, which cannot be the master itself
    ClusterNode,
    /// The network name of a clustered SSO service
    NetworkName,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Processing => Self::Processing,
            RoleName::ClusterNode => Self::ClusterNode,
            RoleName::NetworkName => Self::NetworkName,
        }
    }
}

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Status, Failure> {
    let mut database = match command {
        Command::List => context.records()?,
        Command::Add(_) | Command::Remove(_) => context.database()?,
    };
    // The list belongs to no master: a server joins where it is set up.
    let before = database.state()?;
    let term = before.term;
    let (done, changed) = match command {
        Command::List => (None, false),
        Command::Add(arguments) => {
            let mut roles: Vec<Role> = arguments.role.iter().copied().map(Role::from).collect();
            roles.sort_unstable();
            roles.dedup();
            let name = &arguments.name;
            if before.lists(name, &roles) {
                let said = format!("{name} is listed already; nothing was changed");
                (Some(said), false)
            } else {
                if let (Some(listed), false) = (before.other_name(name), arguments.another_computer)
                {
                    return Err(twice(name, listed));
                }
                database.add_server(term, name, &roles, &context.actor()?)?;
                (Some(format!("added {name}")), true)
            }
        }
        Command::Remove(arguments) => {
            let name = &arguments.name;
            if before.server(name).is_none() {
                let said = format!("{name} is not listed; nothing was changed");
                (Some(said), false)
            } else {
                database.remove_server(term, name, &context.actor()?)?;
                (Some(format!("removed {name}")), true)
            }
        }
    };
    if done.is_some() {
        context.remember(&*database)?;
    }
    context.say(&ServersReport {
        done,
        changed,
        state: database.state()?,
    })?;
    Ok(Status::Done)
}

/// A second name for one computer would let it be promoted from itself to itself.
fn twice(name: &ServerName, listed: &ServerName) -> Failure {
    Failure::Conflict {
        code: Clash::OtherName,
        message: format!("{listed} is listed already, and {name} may be the same computer's name"),
        help: format!(
            "nothing was changed; if {name} is another computer than {listed}, insist: \
             `regent THIS-COMMAND --another-computer`"
        ),
    }
}
