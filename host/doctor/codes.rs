//! What `regent doctor` can find, and the page of each.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::finding::{Severity, codes};

/// The pages, one section a code.
const PAGES: &str = include_str!("codes.md");

codes! {
    /// One thing that can be wrong with a site, with a stable name.
    Code;
    SettingsUnusable "settings-unusable" Error "the settings cannot be read or say what regent does not know";
    PluginUnusable "plugin-unusable" Error "a plugin does not load, its settings do not fit, or it breaks when it is tried";
    SystemUnbound "system-unbound" Info "the settings do not say of which system they are";
    OtherSystem "other-system" Error "the settings or the lock are of another system than the database";
    PluginsUnpinned "plugins-unpinned" Info "no lock file pins the plugins' components";
    SuppressionExpired "suppression-expired" Warning "the last day of a suppression is over";
    SuppressionUnknown "suppression-unknown" Warning "a suppression names a rule that its plugin does not have";
    RulesUnasked "rules-unasked" Warning "no rule of the organisation is asked";
    RulesDiffer "rules-differ" Error "the rules here are not the ones that govern the system";
    RulesOverruled "rules-overruled" Warning "an act went by other rules than those that govern";
    DatabaseUnusable "database-unusable" Error "the credential database cannot be opened or read";
    DatabaseExposed "database-exposed" Error "other accounts may open the credential database";
    DatabaseDamaged "database-damaged" Error "the credential database does not hold what was written";
    SchemaOlder "schema-older" Info "the credential database has an older schema";
    AuditBroken "audit-broken" Error "the audit was tampered with";
    JournalBroken "journal-broken" Error "a promotion or its journal was tampered with";
    DatabaseOlder "database-older" Error "the credential database is older than what was seen of its system";
    UnfinishedPromotion "unfinished-promotion" Warning "a promotion is neither promoted nor undone";
    ServerUnlisted "server-unlisted" Warning "this server is not an SSO server of the system";
    ClockBehind "clock-behind" Warning "something was written later than this clock says it is";
    NoSecret "no-secret" Warning "no master secret has been generated";
    VaultUnusable "vault-unusable" Error "a vault cannot be read";
    VaultExposed "vault-exposed" Error "other accounts may use a vault, a machine key, or a file of theirs";
    VaultEmpty "vault-empty" Error "the master secret server's vault is empty";
    VaultOtherSecret "vault-other-secret" Error "the master secret server's vault holds another secret than the database needs";
    VaultOtherSystem "vault-other-system" Warning "a vault is of another system";
    VaultKept "vault-kept" Info "a vault keeps one that did not open and was replaced";
    VaultMisplaced "vault-misplaced" Warning "a vault lies in another server's folder";
    MixedTerms "mixed-terms" Error "a vault and the database disagree about the term";
    TwoMasters "two-masters" Error "a server that is not the master holds the present term";
    OrphanSecret "orphan-secret" Warning "a vault holds a secret that the database does not know";
    StagedSecret "staged-secret" Warning "a vault keeps something for a promotion that is not under way";
    Leftover "leftover" Warning "a command that was killed left a file behind";
    BackupMissing "backup-missing" Error "no backup of the present master secret is recorded";
    BackupOld "backup-old" Warning "the newest backup is old";
    BackupUnusable "backup-unusable" Error "a backup cannot be read, or is not of this system's secret";
    BackupExposed "backup-exposed" Warning "other accounts may read a backup";
    BackupTravelled "backup-travelled" Warning "a backup is not as it was written, and can be read";
    BackupUnproven "backup-unproven" Info "a backup was not opened";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "doctor/{}", self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DoctorCode".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^doctor/[a-z-]+$",
            "description": "stable name of the check"
        })
    }
}

impl FromStr for Code {
    type Err = ();
    /// Reads `two-masters` and `doctor/two-masters`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let name = text.strip_prefix("doctor/").unwrap_or(text);
        let found = Self::ALL.iter().find(|code| code.name() == name);
        found.copied().ok_or(())
    }
}

/// The page of a code: what it means, why it matters, what to do.
///
/// # Panics
/// Never: a test holds pages and codes in step.
pub fn page(code: Code) -> &'static str {
    sections()
        .find(|(name, _)| *name == code.name())
        .map(|(_, section)| section)
        .expect("a test holds pages and codes in step")
}

/// Every page with the name in its heading.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.split("\n## ").skip(1).map(|section| {
        let (heading, body) = section.split_once('\n').unwrap_or((section, ""));
        (heading.trim(), body.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_step_with_the_pages() {
        let names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        let pages: Vec<_> = sections().map(|(name, _)| name).collect();
        assert_eq!(pages, names);
        for code in Code::ALL {
            assert_eq!(code.to_string().parse(), Ok(*code));
            let severity = match code.severity() {
                Severity::Error => "Error. ",
                Severity::Warning => "Warning. ",
                Severity::Info => "Information. ",
            };
            assert!(page(*code).starts_with(severity), "{code}");
            assert_eq!(page(*code).matches("\nWhat to do: ").count(), 1, "{code}");
        }
    }
}
