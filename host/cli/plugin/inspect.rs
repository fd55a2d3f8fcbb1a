//! `regent plugin inspect`: what a component is, and in what two differ.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::identity::Digest;
use crate::policy::{self, Distrust, Inspection};
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
    let inspection = policy::inspect(&arguments.component, None)?;
    if let Some(old) = &arguments.diff {
        return compare(&policy::inspect(old, None)?, &inspection, context);
    }
    let signatures = signatures(&inspection, context)?;
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
    inspection: &Inspection,
    context: &mut Context,
) -> Result<Vec<SignatureReport>, Failure> {
    let refused = |cause| policy::Error::Component {
        component: inspection.component.clone(),
        cause,
    };
    // A component can be looked at whatever the settings are.
    let _unsound = context.salvage_settings();
    let keys = match &context.settings()?.trust {
        Some(trust) => trust.keys.as_slice(),
        None => &[],
    };
    let path = &inspection.component;
    let bytes = policy::read(path).map_err(refused)?;
    let (verified, found) = (inspection.digest, Digest::of(&bytes));
    if verified != found {
        return Err(refused(Distrust::Swapped { verified, found }.into()).into());
    }
    let found = trust::signatures(path, &bytes, keys).map_err(|cause| refused(cause.into()))?;
    Ok(found.iter().map(verify::told).collect())
}
