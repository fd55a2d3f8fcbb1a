//! What `regent plugin inspect` has to say of one component.

use schemars::JsonSchema;
use serde::Serialize;

use super::PluginReport;
use super::verify::SignatureReport;
use crate::policy::{Inspection, Usage};
use crate::report::Report;
use crate::report::human::Page;

/// What one call of a plugin took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct UsageReport {
    /// Fuel, of which it may use `limits.fuel`: the same on every machine.
    pub fuel: u64,
    /// Bytes of memory, of which it may use `limits.memory-mib`.
    pub memory_bytes: u64,
}

impl From<Usage> for UsageReport {
    fn from(used: Usage) -> Self {
        Self {
            fuel: used.fuel,
            memory_bytes: used.memory_bytes,
        }
    }
}

/// One component, whole.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct InspectReport {
    /// The component.
    pub plugin: PluginReport,
    /// The languages of its sources, as its parts say.
    pub languages: Vec<String>,
    /// The tools that made it, as its parts say.
    pub tools: Vec<String>,
    /// What describing itself takes, from a fresh instance on. `regent plugin bench` measures
    /// what it is for.
    pub describing: UsageReport,
    /// Every signature beside it.
    pub signatures: Vec<SignatureReport>,
}

impl InspectReport {
    /// A component and who has signed it.
    pub fn new(inspection: &Inspection, signatures: Vec<SignatureReport>) -> Self {
        Self {
            plugin: inspection.into(),
            languages: inspection.producers.languages.clone(),
            tools: inspection.producers.tools.clone(),
            describing: inspection.describing.into(),
            signatures,
        }
    }
}

impl Report for InspectReport {
    const NAME: &'static str = "plugin-inspect";

    fn human(&self, page: &mut Page) {
        let plugin = &self.plugin;
        page.heading(&format!(
            "{} {}: {}",
            plugin.name, plugin.version, plugin.summary
        ));
        page.field("asked about", plugin.asked());
        page.field("component", &plugin.component);
        page.field("size", format!("{} bytes", plugin.bytes));
        page.field("sha-256", plugin.digest);
        page.field("contract", &plugin.contract);
        page.field("exports", list(&plugin.exports));
        page.field("imports", list(&plugin.imports));
        page.field("languages", named(&self.languages));
        page.field("made with", named(&self.tools));
        let UsageReport { fuel, memory_bytes } = self.describing;
        let kib = memory_bytes.div_ceil(1 << 10);
        page.field("describing", format!("{fuel} fuel, {kib} KiB of memory"));
        let rows: Vec<Vec<String>> = plugin
            .rules
            .iter()
            .map(|rule| {
                vec![
                    rule.id.clone(),
                    rule.severity.to_string(),
                    rule.summary.clone(),
                ]
            })
            .collect();
        if !rows.is_empty() {
            page.gap();
            page.table(&["rule", "severity", "checks"], &rows);
        }
        page.heading("Signatures");
        for signature in &self.signatures {
            signature.human(page);
        }
        if self.signatures.is_empty() {
            page.line("nobody has signed it");
        }
        page.heading("Settings (JSON Schema)");
        let schema = serde_json::to_string_pretty(&plugin.settings_schema).unwrap_or_default();
        page.block(&schema);
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// What the component itself names, or does not.
fn named(names: &[String]) -> String {
    if names.is_empty() {
        "not named in it".to_owned()
    } else {
        names.join(", ")
    }
}
