//! `regent plugin build`: a plugin's sources to a component.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Status;
use crate::report::human::escape_block;
use crate::report::plugin::BuildReport;
use crate::toolchain::{Built, Toolchain};

use super::super::{Context, Failure};

/// Sources to build.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of the plugin's project
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Component to write [default: NAME.wasm in the current folder]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(in crate::cli) fn run(arguments: &Arguments, context: &Context) -> Result<Status, Failure> {
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => component(&arguments.folder),
    };
    let built = make(&arguments.folder, &out, context)?;
    context.say(&BuildReport {
        component: built.component.display().to_string(),
        bytes: built.bytes,
        digest: built.digest,
    })?;
    Ok(Status::Done)
}

/// Builds a project; a person reads along.
pub(super) fn make(folder: &Path, out: &Path, context: &Context) -> Result<Built, Failure> {
    let human = context.is_human();
    let say = |line: &str| {
        if human {
            context.ui.err(&format!("{}\n", escape_block(line)));
        }
    };
    let built = Toolchain::default().build(folder, out, &say);
    // A person has just read what the tools said; a program finds it in the error.
    Ok(built.map_err(|error| if human { error.seen() } else { error })?)
}

/// The component of a folder's sources: named after the folder, in the current one.
fn component(folder: &Path) -> PathBuf {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut name = folder.file_name().unwrap_or("plugin".as_ref()).to_owned();
    name.push(".wasm");
    name.into()
}
