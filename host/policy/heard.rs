//! What the database keeps of what the promoters said.

use super::Policy;
use super::verdict::{Decision, Verdict};
use crate::plan::{Asked, AskedPlugin, Word};

impl From<&Decision> for Word {
    fn from(decision: &Decision) -> Self {
        match decision {
            Decision::Approve => Self::Approve,
            Decision::Deny(_) => Self::Deny,
            Decision::Abstain => Self::Abstain,
            Decision::Broken(_) => Self::Broken,
        }
    }
}

impl Policy {
    /// Every plugin, and its word in a verdict.
    pub fn heard(&self, verdict: &Verdict) -> Asked {
        let decisions = verdict.decisions();
        let said = |name: &str| decisions.iter().find(|said| said.plugin == name);
        let asked = self.pins().into_iter().map(|plugin| AskedPlugin {
            word: said(&plugin.name).map(|said| Word::from(&said.decision)),
            plugin,
        });
        Asked {
            plugins: asked.collect(),
            suppressions: self.suppressions().to_vec(),
            ..Asked::default()
        }
    }
}
