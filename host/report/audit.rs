//! What `regent audit` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::database::AuditRow;
use crate::doctor::Finding;

use super::Report;
use super::human::Page;

/// Who did what.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AuditReport {
    /// How many rows there are.
    pub total: usize,
    /// Those that were asked for, oldest first.
    pub rows: Vec<AuditRow>,
}

impl Report for AuditReport {
    const NAME: &'static str = "audit";

    fn human(&self, page: &mut Page) {
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                vec![
                    row.number.to_string(),
                    row.at.to_string(),
                    row.operator.to_string(),
                    row.server.clone(),
                    row.action.clone(),
                    row.detail.clone(),
                ]
            })
            .collect();
        page.table(&["row", "when", "who", "where", "what", "to what"], &rows);
        if self.rows.len() < self.total {
            let earlier = self.total - self.rows.len();
            page.hint(&format!("{earlier} earlier rows are not shown"));
        }
    }
}

/// One promotion's journal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct JournalReport {
    /// The promotion.
    pub promotion: String,
    /// How many entries its journal has.
    pub entries: u64,
    /// Whether plan and journal are what was written.
    pub intact: bool,
}

/// Whether audit and journals are what was written.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AuditVerifyReport {
    /// How many audit rows there are; nothing where they cannot be read.
    pub rows: Option<usize>,
    /// Whether each follows the one before, up to the last that was written.
    pub intact: bool,
    /// Every promotion's journal, oldest first.
    pub journals: Vec<JournalReport>,
    /// What is wrong: of each chain the first bad row.
    pub findings: Vec<Finding>,
}

impl Report for AuditVerifyReport {
    const NAME: &'static str = "audit-verify";

    fn human(&self, page: &mut Page) {
        let rows = self
            .rows
            .map_or_else(|| "?".to_owned(), |rows| rows.to_string());
        if self.intact {
            page.ok(&format!("audit: intact (rows: {rows})"));
        } else {
            page.fail(&format!("audit: broken (rows: {rows})"));
        }
        for journal in &self.journals {
            let (id, entries) = (&journal.promotion, journal.entries);
            if journal.intact {
                page.ok(&format!("promotion {id}: intact (entries: {entries})"));
            } else {
                page.fail(&format!("promotion {id}: broken (entries: {entries})"));
            }
        }
        super::doctor::told(&self.findings, page);
    }
}
