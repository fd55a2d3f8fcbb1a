//! What `regent test` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use super::cases::CasesReport;
use super::human::Page;

/// What came of a policy's cases.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyTestReport {
    /// The settings that hold the policy.
    pub settings: String,
    /// What came of the cases.
    #[serde(flatten)]
    pub cases: CasesReport,
}

impl Report for PolicyTestReport {
    const NAME: &'static str = "test";

    fn human(&self, page: &mut Page) {
        self.cases.each(page);
        self.cases.sum(&self.settings, page);
    }
}
