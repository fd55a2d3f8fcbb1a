//! The update file: what an administrator writes to change the global info.
//!
//! In comes a decoded text and what is known around it, out come what the file says and every
//! finding about it, in one pass. Nothing here reads a file or a database.

use std::fmt;

use crate::fault;
use crate::finding::{Finding, Severity};
use crate::global_info::{AccountList, Element, GlobalInfo, ServerName};
use crate::identity::Digest;
use crate::mishap::{self, Mishap};
use crate::source::{SourceFile, Span, Spanned};
use crate::system::SystemState;
use crate::visible::is_hidden;

pub mod codes;
mod findings;
mod fix;
mod foreign;
mod marks;
mod names;
mod outline;
pub mod parse;
pub mod rules;
pub mod schema;
pub mod write;

pub use findings::MAX_FINDINGS;
pub use fix::{fix, fixed};
pub use outline::{Outlined, outline};

use codes::Rule;
use findings::Findings;

/// What a file of SSO's administration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Changes the global info (`ssomanage -updatedb`).
    Update,
    /// Describes affiliate applications (`ssomanage -createapps`).
    Applications,
    /// Describes mappings (`ssomanage -createmappings`).
    Mappings,
    /// Configures the password synchronisation's management agent (`ENTSSO.xml`).
    ManagementAgent,
    /// Nothing that is known.
    Unknown,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Update => "update",
            Self::Applications => "applications",
            Self::Mappings => "mappings",
            Self::ManagementAgent => "management-agent",
            Self::Unknown => "unknown",
        })
    }
}

/// What is known around a file; nothing by default, and what is not known is not checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The system the file is meant for, as its credential database describes it.
    pub system: Option<&'a SystemState>,
    /// The server this runs on.
    pub this_server: Option<&'a ServerName>,
    /// The file's Unix permission bits.
    pub mode: Option<u32>,
}

impl Context<'_> {
    /// Whether this is known to run elsewhere than on the master secret server.
    fn off_master(&self) -> bool {
        let master = self.system.map(SystemState::master);
        let known = master.zip(self.this_server);
        known.is_some_and(|(master, this)| !master.is(this))
    }
}

/// A file that was checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What was understood; to be used only where there is no error.
    pub update: UpdateFile,
    /// What the file is for.
    pub kind: FileKind,
    /// Everything that was found, in the order of the text.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// How many errors were found.
    pub fn errors(&self) -> usize {
        let error = |finding: &&Finding| finding.severity == Severity::Error;
        self.findings.iter().filter(error).count()
    }

    /// Whether any error was found; such a file must not be applied.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }
}

/// Reads a file and checks it against every rule, in one pass.
///
/// **Invariant:** time and memory are bounded by constants, whatever the text is.
pub fn check(file: &SourceFile, context: &Context<'_>) -> Checked {
    fault::mistake(format_args!("check/{}", file.name()));
    let (update, kind, findings) = read(file, context);
    let text = file.text();
    let end = Span::new(text.trim_end().len(), text.trim_end().len());
    Checked {
        update,
        kind,
        findings: meant(kind, findings.finish(end)),
    }
}

/// What is to be said of a file on which regent itself made a mistake.
pub fn internal(mishap: &Mishap) -> Finding {
    let whole = Span::new(0, 0);
    let message = format!("this file was not checked: {mishap}");
    Rule::Internal.at(whole, message).help(mishap::HELP)
}

/// What a file says and is for, and everything that was found.
fn read(file: &SourceFile, context: &Context<'_>) -> (UpdateFile, FileKind, Findings) {
    let Some(unmarked) = marks::without(file) else {
        return read_unmarked(file, context);
    };
    let (mut update, kind, mut findings) = read_unmarked(&unmarked.file, context);
    update.relocate(|span| unmarked.place(span));
    findings.relocate(|span| unmarked.place(span));
    if let Some(finding) = unmarked.finding() {
        findings.push(finding);
    }
    (update, kind, findings)
}

fn read_unmarked(file: &SourceFile, context: &Context<'_>) -> (UpdateFile, FileKind, Findings) {
    let mut findings = Findings::default();
    let document = parse::parse(file, &mut findings);
    let (update, kind) = rules::apply(file, &document, context, &mut findings);
    (update, kind, findings)
}

/// Of a file that is for something else, that is all there is to say.
fn meant(kind: FileKind, found: Vec<Finding>) -> Vec<Finding> {
    match kind {
        FileKind::Update | FileKind::Unknown => found,
        _ => foreign::fold(found),
    }
}

/// The most characters of the file that a message repeats.
const SHOWN_CHARACTERS: usize = 64;

/// A text from the file as a message may print it: short, and without characters that a terminal obeys.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    for c in characters.by_ref().take(SHOWN_CHARACTERS) {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    if characters.next().is_some() {
        out.push('…');
    }
    out
}

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
    /// Tells the place of every value anew.
    fn relocate(&mut self, place: impl Fn(Span) -> Span) {
        let accounts = [
            &mut self.sso_admin_account,
            &mut self.sso_affiliate_admin_account,
        ];
        for accounts in accounts.into_iter().flatten() {
            accounts.span = place(accounts.span);
        }
        if let Some(server) = &mut self.secret_server {
            server.span = place(server.span);
        }
        let numbers = [
            &mut self.audit_deleted_apps,
            &mut self.audit_deleted_mappings,
            &mut self.audit_credential_lookups,
            &mut self.ticket_timeout,
            &mut self.cred_cache_timeout,
        ];
        for number in numbers.into_iter().flatten() {
            number.span = place(number.span);
        }
    }

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

    /// Whether `info` holds already what this update says; names are the same in any case.
    pub fn is_so(&self, info: &GlobalInfo) -> bool {
        let mut after = self.apply_to(info);
        if after.secret_server.is(&info.secret_server) {
            after.secret_server = info.secret_server.clone();
        }
        info.differences(&after).is_empty()
    }

    /// SHA-256 over what the file means: comments, white space and spelling of names do not change it.
    pub fn semantic_digest(&self) -> Digest {
        let elements = self.elements().into_iter();
        let lines = elements.map(|(element, value)| format!("{element}={}\n", value.value));
        let canonical: String = std::iter::once("regent/update/1\n".to_owned())
            .chain(lines)
            .collect();
        Digest::of(canonical.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        let file = SourceFile::decode("f", text.as_bytes()).expect("text");
        check(&file, &Context::default()).update.semantic_digest()
    }

    #[test]
    fn the_semantic_digest_follows_the_meaning_only() {
        let plain = digest(
            "<sso><globalInfo><secretServer>MSS02</secretServer><ticketTimeout>2</ticketTimeout></globalInfo></sso>",
        );
        for same in [
            "<?xml version=\"1.0\"?>\r\n<SSO>\r\n<!-- why -->\r\n<globalinfo>\n <ticketTimeout> 2 </ticketTimeout>\n\
             <SecretServer><![CDATA[MSS02]]></SecretServer>\n</globalinfo></SSO>\n",
            "<sso><globalInfo><ticketTimeout>02</ticketTimeout><secretServer>MSS&#48;2</secretServer></globalInfo></sso>",
        ] {
            assert_eq!(digest(same), plain, "{same}");
        }
        for other in [
            "<sso><globalInfo><secretServer>MSS03</secretServer><ticketTimeout>2</ticketTimeout></globalInfo></sso>",
            "<sso><globalInfo><secretServer>MSS02</secretServer><ticketTimeout>3</ticketTimeout></globalInfo></sso>",
            "<sso><globalInfo><secretServer>MSS02</secretServer></globalInfo></sso>",
            "<sso><globalInfo><secretServer>MSS02</secretServer><credCacheTimeout>2</credCacheTimeout></globalInfo></sso>",
        ] {
            assert_ne!(digest(other), plain, "{other}");
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        assert_eq!(shown("a\u{1b}[2J\u{202e}b"), "a\\u{1b}[2J\\u{202e}b");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 65);
    }
}
