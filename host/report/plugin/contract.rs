//! What `regent plugin contract` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::Report;
use crate::report::human::Page;

/// The contract between regent and plugins.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ContractReport {
    /// Its version.
    pub version: &'static str,
    /// Its text, as WIT.
    pub wit: &'static str,
}

impl Report for ContractReport {
    const NAME: &'static str = "plugin-contract";

    fn human(&self, page: &mut Page) {
        page.verbatim(self.wit);
    }
}
