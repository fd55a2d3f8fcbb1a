//! What `regent policy publish` has to say.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::difference::differences;
use crate::database::Governing;
use crate::identity::Digest;
use crate::plan::{Difference, RulesChange};
use crate::report::Report;
use crate::report::approve::ApprovalReport;
use crate::report::human::Page;
use crate::report::promotion::VerdictReport;
use crate::report::typed::path;

/// Rules that were, or would be, made to govern.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PublishReport {
    /// SHA-256 of the rules that governed before; nothing where none did.
    pub before: Option<Digest>,
    /// SHA-256 of those that are to govern.
    pub after: Digest,
    /// Whether that is a change.
    pub changed: bool,
    /// What changes.
    pub differences: Vec<Difference>,
    /// Rules that govern and could not be asked.
    pub missing: Vec<String>,
    /// Who approved it, where it comes from a plan file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalReport>,
    /// What those that govern say to it; nothing where none do.
    pub verdict: Option<VerdictReport>,
    /// Why they are overruled.
    pub overruled: Option<String>,
    /// Whether that keeps these from governing.
    pub denied: bool,
    /// Whether only checks were made.
    pub dry_run: bool,
    /// The version that was published; nothing where none was.
    pub published: Option<u64>,
    /// The plan file that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl PublishReport {
    /// Reports a publication that nobody has been asked about yet.
    pub fn new(governing: Option<&Governing>, change: &RulesChange) -> Self {
        let (before, after) = (governing.map(|by| by.digest), change.after.digest());
        Self {
            before,
            after,
            changed: before != Some(after),
            differences: change.differences(),
            missing: Vec::new(),
            approvals: Vec::new(),
            verdict: None,
            overruled: None,
            denied: false,
            dry_run: false,
            published: None,
            file: None,
        }
    }

    /// The publication as somebody reads it who is to confirm it.
    pub fn proposal(&self, page: &mut Page) {
        page.heading("From the rules that govern to those that are to");
        differences(&self.differences, page);
        for approval in &self.approvals {
            approval.human(page);
        }
        if let Some(verdict) = &self.verdict {
            verdict.human(page);
        }
        for missing in &self.missing {
            page.fail(&format!(
                "{missing} governs, and is not within reach to be asked"
            ));
        }
        if let Some(reason) = &self.overruled {
            page.warn(&format!("overruled: {reason}"));
        }
    }
}

impl Report for PublishReport {
    const NAME: &'static str = "policy-publish";

    fn human(&self, page: &mut Page) {
        if !self.changed {
            page.ok("these rules govern already; nothing was changed");
            return;
        }
        self.proposal(page);
        page.gap();
        if let Some(file) = &self.file {
            page.ok(&format!("wrote the plan to {file}; no rules were changed"));
            page.hint("to have it approved by somebody else:");
            let file = path(Path::new(file));
            page.command(&format!("regent approve {file} --key KEY"));
            page.hint("to let these rules govern then:");
            page.command(&format!("regent policy publish --plan {file}"));
        } else if let Some(version) = self.published {
            page.ok(&format!(
                "these rules govern the system now: version {version}"
            ));
            page.field("digest", self.after);
        } else if self.denied {
            page.fail("the rules that govern do not give leave; nothing was changed");
            if !self.missing.is_empty() {
                page.hint("name the components that are missing with --component FILE");
            }
            page.hint(
                "those that want a proven backup take --restore-file BACKUP; for those that want \
                 others' approval, write a plan:",
            );
            page.command("regent policy publish --reason TEXT --out FILE");
            page.hint(
                "those that can give no leave at all are overruled by name, which is audited:",
            );
            page.command("regent policy publish --reason TEXT --overrule REASON");
        } else if self.dry_run {
            page.ok("dry run: every check was made, nothing was changed");
        }
    }
}
