//! What the settings take from the rules: plugins whose word does not count, findings that are passed
//! over. Every report says so that they could have made another.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::human::Page;
use crate::finding::Finding;
use crate::plan::{Enforcement, PluginPin, Suppression};
use crate::policy;

/// A plugin whose denial stops nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RelaxedReport {
    /// Its configured name.
    pub plugin: String,
    /// What its denial does instead.
    pub enforcement: Enforcement,
}

impl RelaxedReport {
    /// Those of the plugins whose denial stops nothing.
    pub fn among<'a>(plugins: impl IntoIterator<Item = &'a PluginPin>) -> Vec<Self> {
        let plugins = plugins.into_iter();
        let relaxed = plugins.filter(|plugin| plugin.enforcement != Enforcement::Deny);
        let report = |plugin: &PluginPin| Self {
            plugin: plugin.name.clone(),
            enforcement: plugin.enforcement,
        };
        relaxed.map(report).collect()
    }

    /// It in a sentence.
    pub fn line(&self) -> String {
        let what = match self.enforcement {
            Enforcement::Off => "is not asked",
            _ => "only warns",
        };
        let Self {
            plugin,
            enforcement,
        } = self;
        format!("{plugin} {what} (`enforcement = \"{enforcement}\"`)")
    }
}

/// What has become of a suppression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressionState {
    /// It passed over something.
    Used,
    /// Its last day is over, and it passes over nothing.
    Expired,
    /// There was nothing to pass over.
    Unused,
}

/// One suppression of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SuppressionReport {
    /// The code of the findings that it passes over.
    pub code: String,
    /// Why.
    pub reason: String,
    /// Its last day.
    #[schemars(with = "String")]
    pub until: Date,
    /// What has become of it.
    pub state: SuppressionState,
    /// How many findings it passed over.
    pub findings: usize,
}

impl SuppressionReport {
    /// Reports a suppression that passed over so many findings on a day.
    pub fn new(suppression: &Suppression, findings: usize, today: Date) -> Self {
        let Suppression {
            code,
            reason,
            until,
        } = suppression;
        let state = match findings {
            _ if policy::has_expired(suppression, today) => SuppressionState::Expired,
            0 => SuppressionState::Unused,
            _ => SuppressionState::Used,
        };
        Self {
            code: code.clone(),
            reason: reason.clone(),
            until: *until,
            state,
            findings,
        }
    }

    /// It in a line: what it did, until when, why.
    pub fn line(&self) -> String {
        let Self { until, reason, .. } = self;
        let done = match (self.state, self.findings) {
            (SuppressionState::Used, 1) => format!("1 finding until {until}"),
            (SuppressionState::Used, many) => format!("{many} findings until {until}"),
            (SuppressionState::Expired, _) => format!("expired, its last day was {until}"),
            (SuppressionState::Unused, _) => format!("nothing to suppress, until {until}"),
        };
        format!("{}: {done} – {reason}", self.code)
    }
}

/// Everything that the settings take from the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Relaxations {
    /// Why no rule is asked at all, where `check` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unruled: Option<String>,
    /// The plugins whose denial stops nothing, of those that could have made another report.
    pub plugins: Vec<RelaxedReport>,
    /// Every suppression, and what has become of it.
    pub suppressions: Vec<SuppressionReport>,
}

impl Relaxations {
    /// What is relaxed where these plugins are asked and these findings were passed over.
    pub fn new<'a>(
        plugins: impl IntoIterator<Item = &'a PluginPin>,
        suppressions: &[Suppression],
        suppressed: &[(Finding, Suppression)],
        today: Date,
    ) -> Self {
        let report = |by: &Suppression| {
            let same = |(_, other): &&(Finding, Suppression)| other.code == by.code;
            SuppressionReport::new(by, suppressed.iter().filter(same).count(), today)
        };
        Self {
            unruled: None,
            plugins: RelaxedReport::among(plugins),
            suppressions: suppressions.iter().map(report).collect(),
        }
    }

    /// The relaxed plugins alone.
    pub fn of_plugins<'a>(plugins: impl IntoIterator<Item = &'a PluginPin>) -> Self {
        Self {
            plugins: RelaxedReport::among(plugins),
            ..Self::default()
        }
    }

    /// Whether the rules are as their authors wrote them.
    pub fn is_empty(&self) -> bool {
        self.unruled.is_none() && self.plugins.is_empty() && self.suppressions.is_empty()
    }

    /// "3 suppressed, 1 expired, 1 unused"; nothing where there are no suppressions.
    pub fn count(&self) -> Option<String> {
        let of = |state| self.suppressions.iter().filter(move |by| by.state == state);
        let counted = [
            (self.suppressed(), "suppressed"),
            (of(SuppressionState::Expired).count(), "expired"),
            (of(SuppressionState::Unused).count(), "unused"),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let counted: Vec<String> = counted
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        (!counted.is_empty()).then(|| counted.join(", "))
    }

    /// How many findings were passed over.
    pub fn suppressed(&self) -> usize {
        self.suppressions.iter().map(|by| by.findings).sum()
    }

    /// What is worth more than a note, a line each: all but what was not needed.
    pub fn lines(&self) -> Vec<String> {
        let unruled = self.unruled_line().into_iter();
        let plugins = self.plugins.iter().map(RelaxedReport::line);
        let matters = |by: &&SuppressionReport| by.state != SuppressionState::Unused;
        let suppressions = self.suppressions.iter().filter(matters);
        unruled
            .chain(plugins)
            .chain(suppressions.map(SuppressionReport::line))
            .collect()
    }

    fn unruled_line(&self) -> Option<String> {
        let why = self.unruled.as_ref()?;
        Some(format!("no rule of the organisation is asked here: {why}"))
    }

    /// Tells a person.
    pub(super) fn human(&self, page: &mut Page) {
        if let Some(line) = self.unruled_line() {
            page.warn(&line);
        }
        for relaxed in &self.plugins {
            page.warn(&relaxed.line());
        }
        let Some(count) = self.count() else {
            return;
        };
        let unused = |by: &SuppressionReport| by.state == SuppressionState::Unused;
        if self.suppressions.iter().all(unused) {
            page.hint(&format!("suppressions: {count}"));
        } else {
            page.warn(&format!("suppressions: {count}"));
        }
        for by in &self.suppressions {
            page.item(" ", &by.line());
        }
    }
}
