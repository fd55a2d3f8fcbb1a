//! What `regent plugin lock` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::identity::Digest;
use crate::report::Report;
use crate::report::human::Page;

/// One plugin that is pinned.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PinReport {
    /// Its configured name.
    pub name: String,
    /// SHA-256 of its component.
    pub digest: Digest,
    /// What was pinned before; nothing where nothing was.
    pub before: Option<Digest>,
    /// The version of the contract that it was built for.
    pub contract: String,
    /// Whose signatures count.
    pub signers: Vec<String>,
}

/// A lock file that was written.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LockReport {
    /// Where it lies.
    pub lock: String,
    /// What it pins.
    pub plugins: Vec<PinReport>,
    /// What it pinned before and pins no longer.
    pub dropped: Vec<String>,
    /// Why the lock file that lay there could not be read; nothing where it could, or none lay there.
    pub unusable: Option<String>,
}

impl Report for LockReport {
    const NAME: &'static str = "plugin-lock";

    fn human(&self, page: &mut Page) {
        if let Some(unusable) = &self.unusable {
            page.warn(&format!("what was pinned before is not known: {unusable}"));
        }
        for plugin in &self.plugins {
            page.heading(&plugin.name);
            match plugin.before {
                Some(before) if before != plugin.digest => {
                    page.field("sha-256 before", before);
                    page.field("sha-256 now", plugin.digest);
                }
                Some(_) => page.field("sha-256", format!("{} (as before)", plugin.digest)),
                None => page.field("sha-256", plugin.digest),
            }
            page.field("contract", &plugin.contract);
            if !plugin.signers.is_empty() {
                page.field("signed by", plugin.signers.join(", "));
            }
        }
        for name in &self.dropped {
            page.warn(&format!("{name} is not pinned any longer"));
        }
        let lock = &self.lock;
        page.ok(&match self.plugins.len() {
            0 => format!("{lock} pins nothing, for no plugin is configured"),
            1 => format!("{lock} pins 1 plugin"),
            many => format!("{lock} pins {many} plugins"),
        });
    }
}
