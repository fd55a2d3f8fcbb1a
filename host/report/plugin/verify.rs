//! What `regent plugin verify` has to say, and how signatures are told everywhere.

use schemars::JsonSchema;
use serde::Serialize;

use crate::identity::Digest;
use crate::report::Report;
use crate::report::human::Page;

/// One signature beside a component.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SignatureReport {
    /// Who made it: the name of a trusted key, or else the key that it names itself.
    pub by: String,
    /// Whether it counts.
    pub counts: bool,
    /// Why it does not.
    pub refused: Option<String>,
}

impl SignatureReport {
    /// Says it in a line.
    pub(super) fn human(&self, page: &mut Page) {
        let by = &self.by;
        match &self.refused {
            None => page.ok(&format!("signed by {by}")),
            Some(why) => page.warn(&format!("the signature by {by} does not count: {why}")),
        }
    }
}

/// Who vouches for a component.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VerifyReport {
    /// The component.
    pub component: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// Every signature beside it.
    pub signatures: Vec<SignatureReport>,
    /// How many keys have signed it.
    pub counted: usize,
    /// How many must.
    pub needed: usize,
    /// Whether enough have.
    pub trusted: bool,
}

impl Report for VerifyReport {
    const NAME: &'static str = "plugin-verify";

    fn human(&self, page: &mut Page) {
        page.heading(&self.component);
        page.field("sha-256", self.digest);
        for signature in &self.signatures {
            signature.human(page);
        }
        if self.signatures.is_empty() {
            page.line("nobody has signed it");
        }
        let (counted, needed) = (self.counted, self.needed);
        if self.trusted {
            page.ok(&format!("trusted: {counted} signed, {needed} needed"));
        } else {
            page.fail(&format!("not trusted: {counted} signed, {needed} needed"));
        }
    }
}
