//! What promote, resume and abort have to say where everything is as it was to be.

use crate::database::Promotion;
use crate::identity::PromotionId;
use crate::system::SystemState;

use super::PromotionReport;

impl PromotionReport {
    /// Reports that the system is as it was to be made; `last` is the promotion that made it so.
    pub fn already(state: &SystemState, last: Option<PromotionId>) -> Self {
        Self {
            master: Some(state.master().to_string()),
            term: Some(state.term),
            secret: state.secrets.current,
            ..Self::blank("already", false, last)
        }
    }

    /// Reports that there was nothing to resume or abort, and how the last promotion ended.
    pub fn nothing(state: &SystemState, last: Option<&Promotion>) -> Self {
        let ended = |last: &Promotion| {
            format!(
                "the last promotion, of {}, is {}",
                last.plan.candidate, last.state
            )
        };
        Self {
            master: Some(state.master().to_string()),
            notes: last.map(ended).into_iter().collect(),
            ..Self::blank("nothing", false, last.map(|last| last.plan.id))
        }
    }
}
