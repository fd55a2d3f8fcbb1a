//! What the plugin commands have to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::Severity;
use crate::identity::Digest;
use crate::plan::Enforcement;

use super::Report;
use super::human::Page;

/// A component that was built.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BuildReport {
    /// Where it lies.
    pub component: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub digest: Digest,
}

impl Report for BuildReport {
    const NAME: &'static str = "plugin-build";

    fn human(&self, page: &mut Page) {
        page.ok(&format!("built {} ({} bytes)", self.component, self.bytes));
        page.field("sha-256", self.digest);
        page.hint("see what is in it:");
        page.command(&format!("regent plugin inspect {}", self.component));
    }
}

/// One check of a plugin.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RuleReport {
    /// Its name.
    pub id: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// What it checks.
    pub summary: String,
    /// What to do about a violation.
    pub help: String,
}

/// What a component is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginReport {
    /// The configured name; nothing where a file was inspected.
    pub configured: Option<String>,
    /// What a denial does; nothing where a file was inspected.
    pub enforcement: Option<Enforcement>,
    /// Where the component lies.
    pub component: String,
    /// Its own name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it is for.
    pub summary: String,
    /// What it exports of the contract.
    pub exports: Vec<String>,
    /// What it imports.
    pub imports: Vec<String>,
    /// Its SHA-256.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its checks.
    pub rules: Vec<RuleReport>,
    /// The JSON Schema of its settings.
    pub settings_schema: serde_json::Value,
}

/// One component, whole.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct InspectReport {
    /// The component.
    pub plugin: PluginReport,
}

impl Report for InspectReport {
    const NAME: &'static str = "plugin-inspect";

    fn human(&self, page: &mut Page) {
        let plugin = &self.plugin;
        page.heading(&format!(
            "{} {}: {}",
            plugin.name, plugin.version, plugin.summary
        ));
        page.field("component", &plugin.component);
        page.field("size", format!("{} bytes", plugin.bytes));
        page.field("sha-256", plugin.digest);
        page.field("exports", plugin.exports.join(", "));
        page.field(
            "imports",
            &if plugin.imports.is_empty() {
                "nothing".to_owned()
            } else {
                plugin.imports.join(", ")
            },
        );
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
        page.table(&["rule", "severity", "checks"], &rows);
        page.heading("Settings (JSON Schema)");
        let schema = serde_json::to_string_pretty(&plugin.settings_schema).unwrap_or_default();
        page.block(&schema);
    }
}

/// The configured plugins.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginsReport {
    /// In the order in which they are asked.
    pub plugins: Vec<PluginReport>,
}

impl Report for PluginsReport {
    const NAME: &'static str = "plugin-list";

    fn human(&self, page: &mut Page) {
        if self.plugins.is_empty() {
            page.line("no plugin is configured; README.md shows a [[plugin]] block");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .plugins
            .iter()
            .map(|plugin| {
                let enforcement = match plugin.enforcement {
                    Some(Enforcement::Warn) => "warn",
                    _ => "deny",
                };
                vec![
                    plugin.configured.clone().unwrap_or_default(),
                    format!("{} {}", plugin.name, plugin.version),
                    plugin.exports.join(", "),
                    enforcement.to_owned(),
                    plugin.digest.to_string()[..12].to_owned(),
                    plugin.summary.clone(),
                ]
            })
            .collect();
        page.table(
            &[
                "name",
                "plugin",
                "exports",
                "enforcement",
                "sha-256",
                "summary",
            ],
            &rows,
        );
    }
}
