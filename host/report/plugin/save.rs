//! What `regent plugin save` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::identity::Digest;
use crate::report::Report;
use crate::report::human::{Page, quote};

/// One plugin that was saved.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SavedPlugin {
    /// Its configured name.
    pub name: String,
    /// SHA-256 of its component.
    pub digest: Digest,
    /// The version of the contract that it was built for.
    pub contract: String,
    /// Who had signed it when it was pinned.
    pub signers: Vec<String>,
}

/// Plugins that were saved.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SaveReport {
    /// The bundle.
    pub file: String,
    /// Its SHA-256, to be told by another way than the bundle takes.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// What is in it, by name.
    pub plugins: Vec<SavedPlugin>,
}

impl Report for SaveReport {
    const NAME: &'static str = "plugin-save";

    fn human(&self, page: &mut Page) {
        for plugin in &self.plugins {
            page.heading(&plugin.name);
            page.field("sha-256", plugin.digest);
            page.field("contract", &plugin.contract);
            if !plugin.signers.is_empty() {
                page.field("signed by", plugin.signers.join(", "));
            }
        }
        page.gap();
        let plugins = match self.plugins.len() {
            1 => "1 plugin".to_owned(),
            many => format!("{many} plugins"),
        };
        page.ok(&format!(
            "saved {plugins} to {} ({} bytes)",
            self.file, self.bytes
        ));
        page.field("sha-256", self.digest);
        page.hint("on the other machine, in the folder of its regent.toml:");
        page.command(&format!("regent plugin load {}", quote(&self.file)));
    }
}
