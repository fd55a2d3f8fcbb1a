//! `regent plugin contract`: the contract between regent and plugins.

use crate::exit::Status;
use crate::policy::VERSIONS;
use crate::report::plugin::contract::ContractReport;
use crate::toolchain::CONTRACT;

use super::super::{Context, Failure};

pub(in crate::cli) fn run(context: &Context) -> Result<Status, Failure> {
    let [(_, version), _] = VERSIONS;
    context.say(&ContractReport {
        version,
        wit: CONTRACT,
    })?;
    Ok(Status::Done)
}
