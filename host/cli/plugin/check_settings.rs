//! `regent plugin check-settings`: whether settings fit a plugin, before anybody configures it.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::policy::{self, Error};
use crate::report::plugin::settings::{MisfitReport, SettingsReport};
use crate::source::SourceFile;

use super::super::{Context, Failure};

/// Check a plugin's settings against its schema
///
/// The file holds what would stand under [plugin.settings] in regent.toml, as TOML, or as JSON
/// where its name ends with .json. It is checked as regent checks it before a plugin is asked;
/// everything that is wrong is told at once, and the command exits with 1 where anything is. What
/// fits is tried: the plugin is asked about promotions that regent makes up, where any decision will
/// do, so that it says what it alone knows to be wrong.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The component
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    /// Its settings
    #[arg(value_name = "SETTINGS")]
    settings: PathBuf,
}

pub(in crate::cli) fn run(arguments: &Arguments, context: &Context) -> Result<Status, Failure> {
    let Arguments {
        component,
        settings,
    } = arguments;
    let plugin = policy::inspect(component, None)?;
    let file = SourceFile::read_text(settings)?;
    let now = context.ambience.clock.now();
    let misfits = plugin.check_settings_file(&file, now);
    let misfits = misfits.map_err(|cause| Error::Component {
        component: component.clone(),
        cause,
    })?;
    let description = plugin.description;
    let status = if misfits.is_empty() {
        Status::Done
    } else {
        Status::Findings
    };
    context.say(&SettingsReport {
        file: file.name().to_owned(),
        component: component.display().to_string(),
        plugin: description.name,
        version: description.version,
        problems: misfits.into_iter().map(MisfitReport::from).collect(),
    })?;
    Ok(status)
}
