//! The update file: what an administrator writes to change the global info.

use std::fmt;

use crate::global_info::{AccountList, Element, GlobalInfo, ServerName};
use crate::identity::Digest;
use crate::source::Spanned;

pub mod codes;
pub mod parse;
pub mod rules;
pub mod schema;
pub mod write;

/// What an update file says: every element is optional, and an absent one leaves the stored value alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateFile {
    /// SSO Administrators.
    pub sso_admin_account: Option<Spanned<AccountList>>,
    /// SSO Affiliate Administrators.
    pub sso_affiliate_admin_account: Option<Spanned<AccountList>>,
    /// The master secret server.
    pub secret_server: Option<Spanned<ServerName>>,
    /// Rows kept of deleted applications.
    pub audit_deleted_apps: Option<Spanned<u32>>,
    /// Rows kept of deleted mappings.
    pub audit_deleted_mappings: Option<Spanned<u32>>,
    /// Rows kept of external credential lookups.
    pub audit_credential_lookups: Option<Spanned<u32>>,
    /// Ticket time-out, minutes.
    pub ticket_timeout: Option<Spanned<u32>>,
    /// Credential cache time-out, minutes.
    pub cred_cache_timeout: Option<Spanned<u32>>,
}

impl UpdateFile {
    /// The elements it holds, each with its value's text and place, in [`Element::ALL`]'s order.
    pub fn elements(&self) -> Vec<(Element, Spanned<String>)> {
        fn text<T: fmt::Display>(value: Option<&Spanned<T>>) -> Option<Spanned<String>> {
            value.map(|v| Spanned {
                value: v.value.to_string(),
                span: v.span,
            })
        }
        Element::ALL
            .into_iter()
            .filter_map(|element| {
                let value = match element {
                    Element::SsoAdminAccount => text(self.sso_admin_account.as_ref()),
                    Element::SsoAffiliateAdminAccount => {
                        text(self.sso_affiliate_admin_account.as_ref())
                    }
                    Element::SecretServer => text(self.secret_server.as_ref()),
                    Element::AuditDeletedApps => text(self.audit_deleted_apps.as_ref()),
                    Element::AuditDeletedMappings => text(self.audit_deleted_mappings.as_ref()),
                    Element::AuditCredentialLookups => text(self.audit_credential_lookups.as_ref()),
                    Element::TicketTimeout => text(self.ticket_timeout.as_ref()),
                    Element::CredCacheTimeout => text(self.cred_cache_timeout.as_ref()),
                };
                value.map(|value| (element, value))
            })
            .collect()
    }

    /// The global info after this update.
    #[must_use]
    pub fn apply_to(&self, before: &GlobalInfo) -> GlobalInfo {
        fn pick<T: Clone>(new: Option<&Spanned<T>>, old: &T) -> T {
            new.map_or_else(|| old.clone(), |new| new.value.clone())
        }
        GlobalInfo {
            sso_admin_account: pick(self.sso_admin_account.as_ref(), &before.sso_admin_account),
            sso_affiliate_admin_account: pick(
                self.sso_affiliate_admin_account.as_ref(),
                &before.sso_affiliate_admin_account,
            ),
            secret_server: pick(self.secret_server.as_ref(), &before.secret_server),
            audit_deleted_apps: pick(self.audit_deleted_apps.as_ref(), &before.audit_deleted_apps),
            audit_deleted_mappings: pick(
                self.audit_deleted_mappings.as_ref(),
                &before.audit_deleted_mappings,
            ),
            audit_credential_lookups: pick(
                self.audit_credential_lookups.as_ref(),
                &before.audit_credential_lookups,
            ),
            ticket_timeout: pick(self.ticket_timeout.as_ref(), &before.ticket_timeout),
            cred_cache_timeout: pick(self.cred_cache_timeout.as_ref(), &before.cred_cache_timeout),
        }
    }

    /// SHA-256 over what the file means: comments, white space and spelling of names do not change it.
    pub fn semantic_digest(&self) -> Digest {
        let mut canonical = String::from("regent/update/1\n");
        for (element, value) in self.elements() {
            canonical.push_str(&format!("{element}={}\n", value.value));
        }
        Digest::of(canonical.as_bytes())
    }
}
