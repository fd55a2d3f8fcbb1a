//! `regent plugin`: build and inspect the organisation's rules.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::exit::Status;
use crate::policy::{self, Inspection};
use crate::report::plugin::{BuildReport, InspectReport, PluginReport, PluginsReport, RuleReport};
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
                plugin: report(inspection),
            })?;
        }
        Command::List => {
            let policy = context.policy()?;
            let plugins = policy
                .plugins()
                .iter()
                .map(|plugin| {
                    Ok(PluginReport {
                        configured: Some(plugin.name.to_string()),
                        enforcement: Some(plugin.enforcement),
                        ..report(policy::inspect(&plugin.component)?)
                    })
                })
                .collect::<Result<_, Failure>>()?;
            context.say(&PluginsReport { plugins })?;
        }
    }
    Ok(Status::Done)
}

fn build(arguments: &BuildArguments, context: &Context) -> Result<(), Failure> {
    let out = if let Some(out) = &arguments.out { out.clone() } else {
        let folder = arguments
            .folder
            .canonicalize()
            .unwrap_or_else(|_| arguments.folder.clone());
        PathBuf::from(folder.file_name().unwrap_or("plugin".as_ref())).with_extension("wasm")
    };
    let say = |message: &str| context.ui.err(&format!("{message}\n"));
    let built = Toolchain::default().build(&arguments.folder, &out, &say)?;
    context.say(&BuildReport {
        component: built.component.display().to_string(),
        bytes: built.bytes,
        digest: built.digest,
    })?;
    Ok(())
}

fn report(inspection: Inspection) -> PluginReport {
    PluginReport {
        configured: None,
        enforcement: None,
        component: inspection.component.display().to_string(),
        name: inspection.description.name,
        version: inspection.description.version,
        summary: inspection.description.summary,
        exports: inspection.exports,
        imports: inspection.imports,
        digest: inspection.digest,
        bytes: inspection.bytes,
        rules: inspection
            .description
            .rules
            .into_iter()
            .map(|rule| RuleReport {
                id: rule.id,
                severity: rule.severity,
                summary: rule.summary,
                help: rule.help,
            })
            .collect(),
        settings_schema: inspection.description.settings_schema,
    }
}
