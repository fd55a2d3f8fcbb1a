//! What the questions of a case take: each is asked over and over, every time as in production.

use std::time::{Duration, Instant};

use super::{Case, CaseError};
use crate::policy::{Cache, Inspection, Usage};

/// What a plugin is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// About an update file.
    Validate,
    /// About a promotion.
    Decide,
}

/// One question, asked over and over, each time of a fresh instance.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What was asked.
    pub question: Question,
    /// What the costliest call used up; the others used up the same.
    pub used: Usage,
    /// How long each call took, from the host's words to the host's words, shortest first.
    pub times: Vec<Duration>,
}

impl Case {
    /// Asks the case's questions `calls` times each, after one call that does not count. Nothing is
    /// asked where the case's settings do not fit.
    pub fn measure(
        &self,
        plugin: &Inspection,
        cache: Option<&Cache>,
        calls: usize,
    ) -> Result<Vec<Measured>, CaseError> {
        let Ok(policy) = self.load(plugin, cache)? else {
            return Ok(Vec::new());
        };
        let mut measured = Vec::new();
        if let (Some((file, update)), true) = (&self.file, plugin.validates) {
            let state = self.state();
            let ask = || policy.validations(file, update, state).pop();
            measured.extend(over(Question::Validate, calls, || {
                ask().map(|(_, used)| used)
            }));
        }
        if let (Some(promotion), true) = (&self.promotion, plugin.decides) {
            let (plan, facts) = promotion.planned(&policy)?;
            let ask = || policy.decisions(plan, &facts).pop();
            measured.extend(over(Question::Decide, calls, || {
                ask().map(|(_, used)| used)
            }));
        }
        if measured.is_empty() {
            return Err(CaseError::nothing_asked(plugin.decides));
        }
        Ok(measured)
    }
}

fn over(question: Question, calls: usize, ask: impl Fn() -> Option<Usage>) -> Option<Measured> {
    // The first call brings code and data near; whoever asks once a month waits no longer for it
    // than for the disk.
    let mut used = ask()?;
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let begun = Instant::now();
        let took = ask()?;
        times.push(begun.elapsed());
        used.fuel = used.fuel.max(took.fuel);
        used.memory_bytes = used.memory_bytes.max(took.memory_bytes);
    }
    times.sort_unstable();
    Some(Measured {
        question,
        used,
        times,
    })
}
