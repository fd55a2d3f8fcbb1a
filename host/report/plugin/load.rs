//! What `regent plugin load` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::identity::Digest;
use crate::report::Report;
use crate::report::human::Page;
use crate::source::Change;

/// One plugin that was loaded.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LoadedPlugin {
    /// Its name.
    pub name: String,
    /// SHA-256 of its component.
    pub digest: Digest,
    /// The version of the contract that it was built for.
    pub contract: String,
    /// Whose signatures count here.
    pub signers: Vec<String>,
    /// Whether `regent.toml` names it.
    pub configured: bool,
}

/// A file of a bundle, and what became of what lay in its place.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WrittenFile {
    /// The file.
    pub path: String,
    /// What became of it.
    pub change: Change,
}

/// Plugins that were loaded.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LoadReport {
    /// The bundle.
    pub file: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// The plugins, by name.
    pub plugins: Vec<LoadedPlugin>,
    /// The files.
    pub files: Vec<WrittenFile>,
    /// What `regent.toml` lacks before they are used; nothing where it names them all.
    pub add: Option<String>,
}

impl Report for LoadReport {
    const NAME: &'static str = "plugin-load";

    fn human(&self, page: &mut Page) {
        page.heading(&self.file);
        page.field("sha-256", self.digest);
        for plugin in &self.plugins {
            page.heading(&plugin.name);
            page.field("sha-256", plugin.digest);
            page.field("contract", &plugin.contract);
            page.field(
                "signed by",
                match plugin.signers.join(", ") {
                    nobody if nobody.is_empty() => "nobody who is trusted here".to_owned(),
                    signers => signers,
                },
            );
        }
        if self.plugins.iter().any(|plugin| plugin.signers.is_empty()) {
            page.gap();
            page.warn(
                "for what is not signed, only the lock in the file vouches: compare the file's \
                 SHA-256 with the one that whoever saved it tells you",
            );
        }
        page.gap();
        for file in &self.files {
            page.ok(&match file.change {
                Change::New => format!("wrote {}", file.path),
                Change::Unchanged => format!("{} is there already", file.path),
                Change::Extended => format!("added to {}", file.path),
                Change::Replaced => format!("replaced {}", file.path),
            });
        }
        if let Some(add) = &self.add {
            page.hint("add to regent.toml, with the plugins' settings, which are not in the file:");
            page.block(add);
        }
        page.hint("then see what is loaded:");
        page.command("regent plugin list");
    }
}
