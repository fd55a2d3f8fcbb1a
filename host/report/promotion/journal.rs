//! What `regent journal` has to say.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::database::Promotion;
use crate::identity::PromotionId;
use crate::journal::{Entry, State};
use crate::plan::Kind;
use crate::system::Operator;

use super::super::Report;
use super::super::human::Page;

/// Past promotions, step by step.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct JournalReport {
    /// Oldest first.
    pub promotions: Vec<JournalPromotion>,
}

/// One promotion and its entries.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct JournalPromotion {
    /// Which.
    pub id: PromotionId,
    /// Where it stands.
    pub state: State,
    /// Who was to be promoted.
    pub candidate: String,
    /// In whose place.
    pub incumbent: String,
    /// Planned or emergency.
    pub kind: Kind,
    /// When it was planned.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Who planned it.
    #[serde(flatten)]
    pub operator: Operator,
    /// What was done.
    pub entries: Vec<Entry>,
}

impl From<Promotion> for JournalPromotion {
    fn from(promotion: Promotion) -> Self {
        let plan = promotion.plan;
        Self {
            id: plan.id,
            state: promotion.state,
            candidate: plan.candidate.to_string(),
            incumbent: plan.incumbent.to_string(),
            kind: plan.intent.kind,
            at: plan.intent.at,
            operator: plan.intent.operator,
            entries: promotion.entries,
        }
    }
}

impl Report for JournalReport {
    const NAME: &'static str = "journal";

    fn human(&self, page: &mut Page) {
        if self.promotions.is_empty() {
            page.line("no promotion has been run");
        }
        for promotion in &self.promotions {
            page.heading(&format!(
                "{} → {}: {}",
                promotion.incumbent, promotion.candidate, promotion.state
            ));
            page.field("promotion", promotion.id);
            page.field(
                "planned",
                format!("{} by {}", promotion.at, promotion.operator),
            );
            let rows: Vec<Vec<String>> = promotion
                .entries
                .iter()
                .map(|entry| {
                    vec![
                        entry.at.to_string(),
                        entry.step.to_string(),
                        entry.event.to_string(),
                        entry.operator.to_string(),
                        entry.detail.clone().unwrap_or_default(),
                    ]
                })
                .collect();
            page.table(&["at", "step", "event", "operator", "detail"], &rows);
        }
    }
}
