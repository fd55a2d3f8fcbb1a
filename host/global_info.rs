//! The settings that hold for a whole SSO system: the one row of the credential database.
//!
//! Names, ranges and defaults: Host Integration Server documentation, "How to Update the
//! Credential Database" and "How to Display the Credential Database Information".

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod account;
pub mod server;
pub(crate) mod builtin;
pub(crate) mod placeholder;
pub(crate) mod template;

pub use account::{AccountList, AccountName};
pub use server::ServerName;

/// A child of `globalInfo`, in the order every published sample keeps.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Element {
    /// The SSO Administrators accounts.
    SsoAdminAccount,
    /// The SSO Affiliate Administrators accounts.
    SsoAffiliateAdminAccount,
    /// The master secret server.
    SecretServer,
    /// Rows of the audit table for deleted applications.
    AuditDeletedApps,
    /// Rows of the audit table for deleted mappings.
    AuditDeletedMappings,
    /// Rows of the audit table for external credential lookups.
    AuditCredentialLookups,
    /// Ticket time-out, in minutes.
    TicketTimeout,
    /// Credential cache time-out, in minutes.
    CredCacheTimeout,
}

impl Element {
    /// Every element.
    pub const ALL: [Self; 8] = [
        Self::SsoAdminAccount,
        Self::SsoAffiliateAdminAccount,
        Self::SecretServer,
        Self::AuditDeletedApps,
        Self::AuditDeletedMappings,
        Self::AuditCredentialLookups,
        Self::TicketTimeout,
        Self::CredCacheTimeout,
    ];

    /// The documented XML spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::SsoAdminAccount => "ssoAdminAccount",
            Self::SsoAffiliateAdminAccount => "ssoAffiliateAdminAccount",
            Self::SecretServer => "secretServer",
            Self::AuditDeletedApps => "auditDeletedApps",
            Self::AuditDeletedMappings => "auditDeletedMappings",
            Self::AuditCredentialLookups => "auditCredentialLookups",
            Self::TicketTimeout => "ticketTimeout",
            Self::CredCacheTimeout => "credCacheTimeout",
        }
    }

    /// The numbers it takes, inclusive; nothing for an element that holds text.
    ///
    /// Ticket time-out: 1–525600 minutes (event 10614). The other upper bounds are unpublished;
    /// ours is what 32 bits hold.
    pub fn range(self) -> Option<(u32, u32)> {
        match self {
            Self::SsoAdminAccount | Self::SsoAffiliateAdminAccount | Self::SecretServer => None,
            Self::AuditDeletedApps | Self::AuditDeletedMappings | Self::AuditCredentialLookups => {
                Some((0, MAX_NUMBER))
            }
            Self::TicketTimeout => Some((1, MAX_TICKET_TIMEOUT)),
            Self::CredCacheTimeout => Some((1, MAX_NUMBER)),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The largest ticket time-out, in minutes (event 10614).
pub const MAX_TICKET_TIMEOUT: u32 = 525_600;

/// The largest number of any element: numbers are stored as signed 32-bit integers.
pub const MAX_NUMBER: u32 = i32::MAX as u32;

/// The settings that hold for the whole SSO system: the one row of the credential database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct GlobalInfo {
    /// SSO Administrators.
    pub sso_admin_account: AccountList,
    /// SSO Affiliate Administrators.
    pub sso_affiliate_admin_account: AccountList,
    /// The master secret server.
    pub secret_server: ServerName,
    /// Rows kept of deleted applications.
    pub audit_deleted_apps: u32,
    /// Rows kept of deleted mappings.
    pub audit_deleted_mappings: u32,
    /// Rows kept of external credential lookups.
    pub audit_credential_lookups: u32,
    /// Ticket time-out, minutes.
    pub ticket_timeout: u32,
    /// Credential cache time-out, minutes.
    pub cred_cache_timeout: u32,
}

impl GlobalInfo {
    /// What a fresh database documents (1000 rows of each audit, 2 and 60 minutes).
    pub fn fresh(admins: AccountList, affiliate_admins: AccountList, master: ServerName) -> Self {
        Self {
            sso_admin_account: admins,
            sso_affiliate_admin_account: affiliate_admins,
            secret_server: master,
            audit_deleted_apps: 1000,
            audit_deleted_mappings: 1000,
            audit_credential_lookups: 1000,
            ticket_timeout: 2,
            cred_cache_timeout: 60,
        }
    }

    /// The value of an element, as an update file spells it (before XML escaping).
    pub fn text(&self, element: Element) -> String {
        match element {
            Element::SsoAdminAccount => self.sso_admin_account.to_string(),
            Element::SsoAffiliateAdminAccount => self.sso_affiliate_admin_account.to_string(),
            Element::SecretServer => self.secret_server.to_string(),
            Element::AuditDeletedApps => self.audit_deleted_apps.to_string(),
            Element::AuditDeletedMappings => self.audit_deleted_mappings.to_string(),
            Element::AuditCredentialLookups => self.audit_credential_lookups.to_string(),
            Element::TicketTimeout => self.ticket_timeout.to_string(),
            Element::CredCacheTimeout => self.cred_cache_timeout.to_string(),
        }
    }

    /// The elements in which two global infos differ.
    pub fn differences(&self, other: &Self) -> Vec<Change> {
        Element::ALL
            .into_iter()
            .map(|element| Change {
                element,
                before: self.text(element),
                after: other.text(element),
            })
            .filter(|change| change.before != change.after)
            .collect()
    }
}

/// One element before and after an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Which.
    pub element: Element,
    /// What the database holds.
    pub before: String,
    /// What it is to hold.
    pub after: String,
}
