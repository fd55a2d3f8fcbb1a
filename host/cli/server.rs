//! `regent server`: the system's SSO servers.

use clap::{Args, Subcommand, ValueEnum};

use crate::exit::Status;
use crate::global_info::ServerName;
use crate::report::system::ServersReport;
use crate::system::Role;

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
