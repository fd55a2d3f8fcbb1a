//! What `regent plugin sign` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::identity::Digest;
use crate::report::Report;
use crate::report::human::{Page, quote};

/// A component that was signed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SignReport {
    /// The component.
    pub component: String,
    /// Its own name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// SHA-256 of what was signed.
    pub digest: Digest,
    /// The public half of the key.
    pub key: String,
    /// The file of signatures.
    pub file: String,
    /// How many are in it now.
    pub signatures: usize,
}

impl Report for SignReport {
    const NAME: &'static str = "plugin-sign";

    fn human(&self, page: &mut Page) {
        page.ok(&format!("signed {} {}", self.name, self.version));
        page.field("component", &self.component);
        page.field("sha-256", self.digest);
        page.field("key", &self.key);
        let all = match self.signatures {
            1 => "1 signature".to_owned(),
            many => format!("{many} signatures"),
        };
        page.field("signatures", format!("{} ({all})", self.file));
        page.hint("see who has signed it:");
        page.command(&format!("regent plugin verify {}", quote(&self.component)));
    }
}
