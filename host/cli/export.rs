//! `regent export`: the global info as an update file.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::report::system::ExportReport;
use crate::update::write;

use super::{Context, Failure};

/// Write the global info as an update file
///
/// Applied again with `regent update`, the file changes nothing.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write to this file, which must not exist, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let xml = write::update_file(&context.records()?.state()?.info);
    if let Some(path) = &arguments.out {
        super::init::write_new(path, xml.as_bytes())?;
    }
    let path = arguments
        .out
        .as_ref()
        .map(|path| path.display().to_string());
    context.say(&ExportReport { path, xml })?;
    Ok(Status::Done)
}
