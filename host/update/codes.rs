//! The rules that update files are checked against, and the page of each.

use std::fmt;
use std::str::FromStr;

use crate::finding::{Code, Finding, Severity, codes};
use crate::source::Span;

use super::names;

/// The pages, one section a rule.
const PAGES: &str = include_str!("codes.md");

codes! {
    /// One check of update files, with a stable name.
    Rule;
    XmlNotWellFormed "xml-not-well-formed" Error "the text is not XML";
    GlobalinfoMisspelled "globalinfo-misspelled" Error "globalInfo is misspelled";
    MismatchedCloseTag "mismatched-close-tag" Error "a tag and its end tag do not fit together";
    TreeViewMarkers "tree-view-markers" Error "markers of a browser's tree view were copied along";
    BrokenComment "broken-comment" Error "a comment does not begin with <!-- or does not end with -->";
    UnicodeDashInMarkup "unicode-dash-in-markup" Warning "a dash was pasted where a hyphen is typed";
    UnicodeSpaceInMarkup "unicode-space-in-markup" Warning "white space that XML does not know stands between elements";
    SmartQuotesInAttributes "smart-quotes-in-attributes" Error "an attribute has typographic quotes";
    StrayText "stray-text" Error "text stands where only elements may";
    UnknownRoot "unknown-root" Error "the outermost element is not sso";
    RootCaseStyle "root-case-style" Info "the outermost element is not written sso";
    WrongFileKind "wrong-file-kind" Error "this is a file for another command";
    MixedFileKinds "mixed-file-kinds" Error "global info and something else share a file";
    MissingGlobalinfo "missing-globalinfo" Error "there is no globalInfo";
    MultipleGlobalinfo "multiple-globalinfo" Error "there is more than one globalInfo";
    EmptyGlobalinfo "empty-globalinfo" Warning "globalInfo holds nothing";
    UnknownElement "unknown-element" Error "globalInfo has no such element";
    UnknownAttribute "unknown-attribute" Error "the elements of an update file take no attributes";
    ElementCase "element-case" Warning "an element is not written as documented";
    DuplicateElement "duplicate-element" Error "an element is given twice";
    EmptyElement "empty-element" Error "an element has no value";
    SurroundingWhitespace "surrounding-whitespace" Warning "white space stands around a value";
    MarkupInValue "markup-in-value" Warning "a comment or an instruction stands in a value";
    PlaceholderValue "placeholder-value" Error "a sample's placeholder was not replaced";
    UnexpandedTemplate "unexpanded-template" Error "a template's variable was not filled in";
    ByteOrderMarkInside "byte-order-mark-inside" Error "a byte order mark stands inside the text";
    DoctypeOrEntity "doctype-or-entity" Error "the file declares or uses entities";
    NamespacePresent "namespace-present" Warning "the file declares a namespace";
    EncodingMismatch "encoding-mismatch" Warning "the declared encoding is not the file's";
    EncodingLegacy "encoding-legacy" Warning "the file is in an encoding that not every reader knows";
    FileWorldReadable "file-world-readable" Warning "everybody may read the file";
    LimitExceeded "limit-exceeded" Error "the file is larger inside than any update file";
    TooManyFindings "too-many-findings" Info "there is more to find than is shown";
    OffMssExtraElements "off-mss-extra-elements" Error "only secretServer may be changed away from the master secret server";
    PromotionNotMinimal "promotion-not-minimal" Warning "a promotion is mixed with other changes";
    SecretServerIsIp "secret-server-is-ip" Error "secretServer is an IP address";
    SecretServerIsUrlOrPath "secret-server-is-url-or-path" Error "secretServer is a URL or path";
    SecretServerIllegalChars "secret-server-illegal-chars" Error "secretServer has a character that no server name has";
    SecretServerTooLong "secret-server-too-long" Warning "secretServer is too long for a NetBIOS name";
    SecretServerFqdn "secret-server-fqdn" Warning "secretServer is a fully qualified name";
    SecretServerIsLocalhost "secret-server-is-localhost" Error "secretServer means whatever computer reads it";
    SecretServerHasSqlInstance "secret-server-has-sql-instance" Error "secretServer names a SQL Server instance";
    SecretServerUnchanged "secret-server-unchanged" Info "secretServer already is the master secret server";
    SecretServerCaseOnlyChange "secret-server-case-only-change" Warning "secretServer changes in its case only";
    SecretServerUnknownHost "secret-server-unknown-host" Error "secretServer is no SSO server of this system";
    SecretServerIsClusterNode "secret-server-is-cluster-node" Error "secretServer is a node of a cluster";
    SecretServerAlsoProcessing "secret-server-also-processing" Warning "secretServer also runs processing hosts";
    AccountMissingDomain "account-missing-domain" Warning "an account has no domain";
    AccountLocalWithMachinePrefix "account-local-with-machine-prefix" Error "a local account has its computer's name before it";
    AccountUpnFormat "account-upn-format" Error "an account is written name@domain";
    AccountForwardSlash "account-forward-slash" Error "an account is written with a slash";
    AccountBuiltin "account-builtin" Error "an account is built in";
    AccountSid "account-sid" Error "an account is written as a SID";
    AccountIllegalChars "account-illegal-chars" Error "an account has a character that no account name has";
    AccountListSeparator "account-list-separator" Error "accounts are separated by a comma";
    AccountListDuplicate "account-list-duplicate" Warning "an account is listed twice";
    AccountListEmptyEntry "account-list-empty-entry" Error "a list has an empty entry";
    AccountListTooLong "account-list-too-long" Warning "a list of accounts is very long";
    AdminChangeNeedsDisable "admin-change-needs-disable" Error "SSO must be disabled before its administrators change";
    SameAdminAndAffiliateGroup "same-admin-and-affiliate-group" Warning "one account has both administrator roles";
    NotAnInteger "not-an-integer" Error "a number is not written in digits";
    TicketTimeoutRange "ticket-timeout-range" Error "ticketTimeout is out of range";
    TicketTimeoutLong "ticket-timeout-long" Warning "tickets are valid for long";
    CredCacheZeroOrNegative "cred-cache-zero-or-negative" Error "credCacheTimeout is not positive";
    CredCacheLong "cred-cache-long" Warning "credentials are cached for long";
    AuditSizeNegative "audit-size-negative" Error "an audit size is negative";
    AuditSizeZero "audit-size-zero" Warning "an audit size of zero keeps no evidence";
    AuditSizeHuge "audit-size-huge" Warning "an audit table may grow very large";
    ThousandsSeparator "thousands-separator" Error "a number has thousands separators";
    NumberOverflowInt32 "number-overflow-int32" Error "a number does not fit 32 bits";
    AuditDefaultNoop "audit-default-noop" Info "an audit size is what it already is";
    Internal "internal" Error "regent itself made a mistake";
}

impl Rule {
    /// The code of its findings.
    pub fn code(self) -> Code {
        Code::Update(self.name())
    }

    /// A finding of this rule.
    pub(super) fn at(self, span: Span, message: impl Into<String>) -> Finding {
        Finding::new(self.code(), self.severity(), span, message)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "update/{}", self.name())
    }
}

/// No rule has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule {text}")]
pub struct UnknownRule {
    text: String,
    nearest: Option<Rule>,
}

impl UnknownRule {
    /// The rule that may have been meant.
    pub fn nearest(&self) -> Option<Rule> {
        self.nearest
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        self.nearest
            .map(|rule| format!("did you mean {}?", rule.name()))
    }
}

impl FromStr for Rule {
    type Err = UnknownRule;
    /// Reads `unknown-element` and `update/unknown-element`.
    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        let name = text.strip_prefix("update/").unwrap_or(text);
        if let Some(rule) = Self::ALL.iter().find(|rule| rule.name() == name) {
            return Ok(*rule);
        }
        let nearest = names::nearest(name, Self::ALL.iter().map(|rule| rule.name()));
        Err(UnknownRule {
            text: super::shown(text),
            nearest: nearest.and_then(|name| {
                let known = Self::ALL.iter().find(|rule| rule.name() == name);
                known.copied()
            }),
        })
    }
}

/// The page of a rule: what it means, why it matters, a bad and a good example, what to do.
///
/// # Panics
/// Never: a test holds pages and rules in step.
pub fn page(rule: Rule) -> &'static str {
    sections()
        .find(|(name, _)| *name == rule.name())
        .map(|(_, section)| section)
        .expect("a test holds pages and rules in step")
}

/// Every page with the name in its heading.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    let starts: Vec<usize> = PAGES.match_indices("\n## ").map(|(at, _)| at + 1).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().collect();
    starts
        .into_iter()
        .zip(ends.into_iter().chain([PAGES.len()]))
        .map(|(start, end)| {
            let section = PAGES[start..end].trim_end();
            let heading = section.lines().next().unwrap_or_default();
            (heading.trim_start_matches("## ").trim(), section)
        })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_in_step_with_the_pages() {
        let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        let pages: Vec<_> = sections().map(|(name, _)| name).collect();
        assert_eq!(pages, names);
    }

    #[test]
    fn a_page_says_how_bad_what_and_what_to_do() {
        for rule in Rule::ALL {
            let page = page(*rule);
            let severity = match rule.severity() {
                Severity::Error => "Error. ",
                Severity::Warning => "Warning. ",
                Severity::Info => "Information. ",
            };
            let second = page.lines().nth(2).unwrap_or_default();
            assert!(second.starts_with(severity), "{rule}");
            for part in ["\nBad:\n", "\nGood:\n", "\nWhat to do: "] {
                assert_eq!(page.matches(part).count(), 1, "{rule}: {part}");
            }
        }
    }
}
