//! What `regent journal` has to say.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::database::{Judgement, Promotion};
use crate::identity::PromotionId;
use crate::journal::{Entry, State};
use crate::plan::{Asked, Kind};
use crate::report::Report;
use crate::report::human::Page;
use crate::system::{Operator, RestoredCopy};

/// Past promotions, step by step.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct JournalReport {
    /// Oldest first.
    pub promotions: Vec<JournalPromotion>,
    /// Moves of the master by name alone, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<JournalMove>,
}

/// A move of the master by name alone, as `regent update` makes it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct JournalMove {
    /// The master to be.
    pub candidate: String,
    /// The master until then.
    pub incumbent: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Who.
    #[serde(flatten)]
    pub operator: Operator,
    /// Where.
    pub server: String,
    /// Which rules were asked, and what each said.
    pub rules: Asked,
}

impl JournalReport {
    /// The promotions, and what the rules said of them and of moves by name alone.
    pub fn new(promotions: Vec<Promotion>, judgements: Vec<Judgement>) -> Self {
        let mut report = Self {
            promotions: promotions.into_iter().map(Into::into).collect(),
            moves: Vec::new(),
        };
        for judgement in judgements {
            let id = judgement.promotion;
            let mut promotions = report.promotions.iter_mut();
            if let Some(promotion) = promotions.find(|promotion| Some(promotion.id) == id) {
                promotion.rules = Some(judgement.asked);
            } else {
                report.moves.push(JournalMove {
                    candidate: judgement.candidate.to_string(),
                    incumbent: judgement.incumbent.to_string(),
                    at: judgement.at,
                    operator: judgement.operator,
                    server: judgement.server,
                    rules: judgement.asked,
                });
            }
        }
        report
    }
}

/// The rules that were asked, a line each behind one label.
fn rules(asked: Option<&Asked>, page: &mut Page) {
    let unknown = || vec!["not recorded: it was begun by an earlier regent".to_owned()];
    let lines = asked.map_or_else(unknown, Asked::brief);
    for (index, line) in lines.iter().enumerate() {
        page.field(if index == 0 { "rules" } else { "" }, line);
    }
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
    /// The operator's word that the database was a restored copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_copy: Option<RestoredCopy>,
    /// Which rules were asked, and what each said; nothing where an earlier regent began it.
    pub rules: Option<Asked>,
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
            restored_copy: plan.restored_copy,
            rules: None,
            entries: promotion.entries,
        }
    }
}

impl Report for JournalReport {
    const NAME: &'static str = "journal";

    fn human(&self, page: &mut Page) {
        if self.promotions.is_empty() && self.moves.is_empty() {
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
            if let Some(copy) = &promotion.restored_copy {
                page.warn(&copy.line());
            }
            rules(promotion.rules.as_ref(), page);
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
        for moved in &self.moves {
            let (incumbent, candidate) = (&moved.incumbent, &moved.candidate);
            page.heading(&format!("{incumbent} → {candidate}: moved by name alone"));
            let (at, operator) = (moved.at, &moved.operator);
            page.field("moved", format!("{at} by {operator} on {}", moved.server));
            rules(Some(&moved.rules), page);
        }
    }
}
