//! `regent plugin inspect`: what a component is, and in what two differ.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Status;
use crate::policy::{self, Inspection};
use crate::report::plugin::difference::{ChangeReport, DifferenceReport};
use crate::report::plugin::inspect::InspectReport;
use crate::report::plugin::verify::SignatureReport;
use crate::settings::trust;

use super::super::{Context, Failure};
use super::verify;

/// Show what a component is: contract, rules, settings, imports, tools
///
/// The component is started once, under the limits of production, to describe itself; fuel and
/// memory are what that took. `--diff OLD NEW` says in what NEW differs: contract, imports, exports,
/// rules, settings schema, languages, tools, bytes. It exits with 1 where there is anything.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The component
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    /// Show in what it differs from an older one instead, as in --diff OLD NEW
    #[arg(long, value_name = "OLD")]
    diff: Option<PathBuf>,
}

pub(in crate::cli) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let path = &arguments.component;
    let bytes = policy::read(path).map_err(refused(path))?;
    let inspection = policy::inspect_bytes(path, &bytes, None)?;
    if let Some(old) = &arguments.diff {
        return compare(&policy::inspect(old, None)?, &inspection, context);
    }
    let signatures = signatures(path, &bytes, context)?;
    context.say(&InspectReport::new(&inspection, signatures))?;
    Ok(Status::Done)
}

fn compare(old: &Inspection, new: &Inspection, context: &Context) -> Result<Status, Failure> {
    let changes = old.changes_to(new);
    let status = if changes.is_empty() {
        Status::Done
    } else {
        Status::Findings
    };
    context.say(&DifferenceReport {
        old: old.component.display().to_string(),
        new: new.component.display().to_string(),
        changes: changes.into_iter().map(ChangeReport::from).collect(),
    })?;
    Ok(status)
}

/// Who has signed the very bytes that were inspected.
fn signatures(
    path: &Path,
    bytes: &[u8],
    context: &mut Context,
) -> Result<Vec<SignatureReport>, Failure> {
    // A component can be looked at whatever the settings are.
    let _unsound = context.salvage_settings();
    let keys = match &context.settings()?.trust {
        Some(trust) => trust.keys.as_slice(),
        None => &[],
    };
    let found = trust::signatures(path, bytes, keys);
    let found = found.map_err(|cause| refused(path)(cause.into()))?;
    Ok(found.iter().map(verify::told).collect())
}

fn refused(path: &Path) -> impl FnOnce(policy::Refusal) -> policy::Error {
    |cause| policy::Error::Component {
        component: path.to_owned(),
        cause,
    }
}
