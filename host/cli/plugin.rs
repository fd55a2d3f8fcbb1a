//! `regent plugin`: build and inspect the organisation's rules.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::exit::Status;
use crate::policy::{self, Inspection};
use crate::report::plugin::{BuildReport, InspectReport, PluginReport, PluginsReport, RuleReport};
use crate::toolchain;

use super::{Context, Failure};

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build a plugin's sources to a component
    Build(BuildArguments),
    /// Show what a component is: rules, settings, imports, exports
    Inspect(InspectArguments),
    /// List the configured plugins
    List,
}

/// Sources to build.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// Folder with the plugin's Cargo.toml
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Component to write [default: NAME.wasm in the current folder]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A component to look at.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// The component
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
}

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Status, Failure> {
    match command {
        Command::Build(arguments) => build(arguments, context)?,
        Command::Inspect(arguments) => {
            let inspection = policy::inspect(&arguments.component)?;
            context.say(&InspectReport { plugin: report(inspection) });
        }
        Command::List => {
            let policy = context.policy()?;
            let plugins = policy
                .plugins()
                .into_iter()
                .map(|plugin| PluginReport {
                    configured: Some(plugin.name),
                    enforcement: Some(plugin.enforcement),
                    ..report(plugin.inspection)
                })
                .collect();
            context.say(&PluginsReport { plugins });
        }
    }
    Ok(Status::Done)
}

fn build(arguments: &BuildArguments, context: &Context) -> Result<(), Failure> {
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => PathBuf::from(format!("{}.wasm", toolchain::package_name(&arguments.folder)?)),
    };
    let say = |message: &str| context.ui.err(&format!("{message}\n"));
    let built = toolchain::build(&arguments.folder, &out, None, &say)?;
    context.say(&BuildReport {
        component: built.component.display().to_string(),
        bytes: built.bytes,
        digest: built.digest,
    });
    Ok(())
}

fn report(inspection: Inspection) -> PluginReport {
    todo!()
}
