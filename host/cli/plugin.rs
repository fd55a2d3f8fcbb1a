//! `regent plugin`: build and inspect the organisation's rules.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::exit::Status;
use crate::policy::{self, Purpose};
use crate::report::human::escape_block;
use crate::report::plugin::{BuildReport, InspectReport, PluginReport, PluginsReport};
use crate::toolchain::Toolchain;

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
            context.say(&InspectReport {
                plugin: inspection.into(),
            })?;
        }
        Command::List => {
            let policy = context.policy(Purpose::Decide)?;
            let plugins = policy
                .plugins()
                .iter()
                .map(|plugin| PluginReport {
                    configured: Some(plugin.name.to_string()),
                    enforcement: Some(plugin.enforcement),
                    ..plugin.inspection().into()
                })
                .collect();
            context.say(&PluginsReport { plugins })?;
        }
    }
    Ok(Status::Done)
}

fn build(arguments: &BuildArguments, context: &Context) -> Result<(), Failure> {
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => component(&arguments.folder),
    };
    let human = context.is_human();
    let say = |line: &str| {
        if human {
            context.ui.err(&format!("{}\n", escape_block(line)));
        }
    };
    let built = Toolchain::default().build(&arguments.folder, &out, &say);
    // A person has just read what Cargo said; a program finds it in the error.
    let built = built.map_err(|error| if human { error.seen() } else { error })?;
    context.say(&BuildReport {
        component: built.component.display().to_string(),
        bytes: built.bytes,
        digest: built.digest,
    })?;
    Ok(())
}

/// The component of a folder's sources: named after the folder, in the current one.
fn component(folder: &Path) -> PathBuf {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut name = folder.file_name().unwrap_or("plugin".as_ref()).to_owned();
    name.push(".wasm");
    name.into()
}
