//! What the plugin commands have to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::Severity;
use crate::identity::Digest;
use crate::plan::{Enforcement, Group, Suppression};
use crate::policy::{Description, Inspection, Loaded, Rule};

pub mod bench;
pub mod difference;
pub mod inspect;
pub mod load;
pub mod lock;
pub mod new;
pub mod save;
pub mod settings;
pub mod sign;
pub mod test;
pub mod verify;

use super::Report;
use super::human::{Page, quote};

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
        page.command(&format!("regent plugin inspect {}", quote(&self.component)));
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

impl From<Rule> for RuleReport {
    fn from(rule: Rule) -> Self {
        Self {
            id: rule.id,
            severity: rule.severity,
            summary: rule.summary,
            help: rule.help,
        }
    }
}

/// What a component is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginReport {
    /// The configured name; nothing where a file was inspected.
    pub configured: Option<String>,
    /// What a denial does; nothing where a file was inspected.
    pub enforcement: Option<Enforcement>,
    /// The group through which it votes; nothing where it votes alone, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Where the component lies.
    pub component: String,
    /// The version of the plugin contract that it was built for.
    pub contract: String,
    /// Its own name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it is for.
    pub summary: String,
    /// Whether it checks update files.
    pub validates: bool,
    /// Whether it decides promotions.
    pub decides: bool,
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

fn rules(description: &Description) -> Vec<RuleReport> {
    let rules = description.rules.iter().cloned();
    rules.map(RuleReport::from).collect()
}

impl From<&Inspection> for PluginReport {
    fn from(inspection: &Inspection) -> Self {
        Self {
            configured: None,
            enforcement: None,
            group: None,
            component: inspection.component.display().to_string(),
            contract: inspection.contract().to_owned(),
            name: inspection.description.name.clone(),
            version: inspection.description.version.clone(),
            summary: inspection.description.summary.clone(),
            validates: inspection.validates,
            decides: inspection.decides,
            exports: inspection.exports.clone(),
            imports: inspection.imports.clone(),
            digest: inspection.digest,
            bytes: inspection.bytes,
            rules: rules(&inspection.description),
            settings_schema: inspection.description.settings_schema.clone(),
        }
    }
}

impl PluginReport {
    /// What it is asked about.
    fn asked(&self) -> &'static str {
        match (self.validates, self.decides) {
            (true, true) => "update files and promotions",
            (true, false) => "update files",
            (false, _) => "promotions",
        }
    }
}

impl From<&Loaded> for PluginReport {
    fn from(loaded: &Loaded) -> Self {
        Self {
            configured: Some(loaded.name.to_string()),
            enforcement: Some(loaded.enforcement),
            group: None,
            component: loaded.component.display().to_string(),
            contract: loaded.contract().to_owned(),
            name: loaded.description.name.clone(),
            version: loaded.description.version.clone(),
            summary: loaded.description.summary.clone(),
            validates: loaded.validates,
            decides: loaded.decides,
            exports: loaded.exports.clone(),
            imports: loaded.imports.clone(),
            digest: loaded.digest,
            bytes: loaded.bytes,
            rules: rules(&loaded.description),
            settings_schema: loaded.description.settings_schema.clone(),
        }
    }
}

/// The configured plugins.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PluginsReport {
    /// In the order in which they are asked.
    pub plugins: Vec<PluginReport>,
    /// The lock file that pins their components; nothing where there is none.
    pub lock: Option<String>,
    /// The groups of plugins that have one vote together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Which findings are passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppressed>,
}

/// A suppression of the settings.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Suppressed {
    /// It.
    #[serde(flatten)]
    pub suppression: Suppression,
    /// Whether its last day is over.
    pub expired: bool,
}

impl Suppressed {
    fn row(&self) -> Vec<String> {
        let by = &self.suppression;
        let until = if self.expired {
            format!("{} (expired)", by.until)
        } else {
            by.until.to_string()
        };
        vec![by.code.clone(), until, by.reason.clone()]
    }
}

impl Report for PluginsReport {
    const NAME: &'static str = "plugin-list";

    fn human(&self, page: &mut Page) {
        if self.plugins.is_empty() {
            page.line("no plugin is configured; README.md shows a [[plugin]] block");
        }
        for plugin in &self.plugins {
            page.heading(plugin.configured.as_deref().unwrap_or(&plugin.name));
            page.field("does", &plugin.summary);
            page.field("asked about", plugin.asked());
            page.field(
                "enforcement",
                match plugin.enforcement {
                    Some(Enforcement::Warn) => "warn: on trial, what it denies is a warning",
                    Some(Enforcement::Off) => "off: verified and loaded, and not asked",
                    _ => "deny",
                },
            );
            if let Some(group) = &plugin.group {
                page.field("votes in", format!("group {group}"));
            }
            page.field("plugin", format!("{} {}", plugin.name, plugin.version));
            page.field("component", &plugin.component);
            page.field("sha-256", plugin.digest);
        }
        if !self.groups.is_empty() {
            page.heading("Groups");
            for group in &self.groups {
                page.field(&group.name, group.terms());
            }
        }
        if !self.suppressions.is_empty() {
            page.heading("Suppressed findings");
            let rows: Vec<Vec<String>> = self.suppressions.iter().map(Suppressed::row).collect();
            page.table(&["code", "until", "reason"], &rows);
        }
        if self.plugins.is_empty() {
            return;
        }
        page.gap();
        if let Some(lock) = &self.lock {
            page.ok(&format!("{lock} pins each of them"));
        } else {
            page.hint(
                "no component is pinned, and any that changes is taken as it is; to pin them:",
            );
            page.command("regent plugin lock");
        }
    }
}
