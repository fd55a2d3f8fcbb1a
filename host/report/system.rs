//! What init, status, update, server, export and dump have to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::global_info::{Change, GlobalInfo, ServerName};
use crate::identity::{Fingerprint, Revision, Term};
use crate::system::{SsoServer, SystemState};

use super::Report;
use super::human::Page;
use super::policy::RulesReport;
use super::promotion::VerdictReport;
use super::relaxations::Relaxations;

/// A fresh site.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct InitReport {
    /// The database made.
    pub database: String,
    /// The settings file made; nothing where there was one.
    pub settings: Option<String>,
    /// Whether there were settings that do not say of which system they are.
    pub unbound: bool,
    /// This server's name, where there were settings that do not say it and the host has another.
    pub unnamed: Option<ServerName>,
    /// True: a system that is there already is an error.
    pub changed: bool,
    /// What the system is.
    pub state: SystemState,
}

impl Report for InitReport {
    const NAME: &'static str = "init";

    fn human(&self, page: &mut Page) {
        page.ok(&format!(
            "created the credential database {}",
            self.database
        ));
        if let Some(settings) = &self.settings {
            page.ok(&format!("wrote the settings {settings}"));
        }
        page.field("system", self.state.id);
        page.field("master secret server", self.state.master());
        if self.unbound {
            let id = self.state.id;
            page.hint(&format!(
                "say in the settings whose they are: `system = \"{id}\"` at their top"
            ));
        }
        if let Some(server) = &self.unnamed {
            page.hint(&format!(
                "say in the settings which server this is: `server = \"{server}\"` at their top"
            ));
        }
        page.hint(
            "next: generate the master secret and its first backup, and list the other servers",
        );
        page.command("regent secret generate FIRST-BACKUP.bak");
        page.command("regent server add NAME");
    }
}

/// What this server's vault holds.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VaultReport {
    /// The secret in it.
    pub current: Fingerprint,
    /// The generation before.
    pub previous: Option<Fingerprint>,
    /// The term it was stored in.
    pub term: Term,
}

/// How the system stands, seen from this server.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StatusReport {
    /// The database.
    pub database: String,
    /// This server.
    pub server: String,
    /// Whether this server is the master secret server.
    pub is_master: bool,
    /// Whether its vault is of a term that another server has ended.
    pub was_replaced: bool,
    /// What the database says.
    pub state: SystemState,
    /// What this server's vault holds; nothing where it is empty or closed.
    pub vault: Option<VaultReport>,
    /// Why nothing is told of a vault that is not empty.
    pub vault_closed: Option<&'static str>,
    /// How many audit rows there are, each holding the hash of the one before.
    pub audit_rows: usize,
    /// Whether the hashes fit.
    pub audit_intact: bool,
    /// The rules that govern, and those here.
    pub rules: RulesReport,
    /// The unfinished promotion, in a line.
    pub unfinished: Option<String>,
    /// What finishes or undoes it.
    pub commands: Vec<String>,
    /// What is wrong and what to do, in a line each.
    pub problems: Vec<String>,
}

impl Report for StatusReport {
    const NAME: &'static str = "status";

    fn human(&self, page: &mut Page) {
        let state = &self.state;
        page.heading(&format!("Master secret server: {}", state.master()));
        page.field("system", state.id);
        page.field("database", &self.database);
        let here = if self.is_master {
            "the master secret server"
        } else if self.was_replaced {
            "not the master any more"
        } else {
            "not the master"
        };
        page.field("this server", format!("{} ({here})", self.server));
        page.field("SSO", if state.enabled { "enabled" } else { "disabled" });
        page.field("term", state.term);
        page.field("revision", state.revision);
        page.field("master secret", named(state.secrets.current));
        let vault = self.vault.as_ref().map_or_else(
            || self.vault_closed.unwrap_or("empty").to_owned(),
            |vault| format!("{} (term {})", vault.current, vault.term),
        );
        page.field("vault here", &vault);
        let chain = if self.audit_intact {
            "intact"
        } else {
            "broken"
        };
        page.field("audit", format!("{chain} (rows: {})", self.audit_rows));
        page.field("rules", self.rules.summary());
        servers(&state.servers, state, page);
        for warning in self.rules.unruled.iter().chain(&self.rules.warnings) {
            page.warn(warning);
        }
        if let Some(unfinished) = &self.unfinished {
            page.warn(unfinished);
        }
        for command in &self.commands {
            page.command(command);
        }
        for problem in &self.problems {
            page.warn(problem);
        }
        let ruled = self.rules.warnings.is_empty();
        if self.unfinished.is_none() && self.problems.is_empty() && ruled {
            page.ok("nothing is to be done");
        }
    }
}

fn named(secret: Option<Fingerprint>) -> String {
    secret.map_or_else(|| "none generated".to_owned(), |secret| secret.to_string())
}

fn servers(servers: &[SsoServer], state: &SystemState, page: &mut Page) {
    let rows: Vec<Vec<String>> = servers
        .iter()
        .map(|server| {
            let master = if server.name.is(state.master()) {
                "master"
            } else {
                ""
            };
            let roles: Vec<String> = server.roles.iter().map(ToString::to_string).collect();
            let seen = server
                .last_seen
                .map_or_else(|| "never".to_owned(), |at| at.to_string());
            vec![
                server.name.to_string(),
                master.to_owned(),
                roles.join(", "),
                seen,
            ]
        })
        .collect();
    page.table(&["SSO server", "", "roles", "last seen"], &rows);
}

/// The system's servers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ServersReport {
    /// What was done, in a line; nothing for a list.
    pub done: Option<String>,
    /// Whether the list was changed.
    pub changed: bool,
    /// What the system is now.
    pub state: SystemState,
}

impl Report for ServersReport {
    const NAME: &'static str = "server";

    fn human(&self, page: &mut Page) {
        if let Some(done) = &self.done {
            page.ok(done);
        }
        servers(&self.state.servers, &self.state, page);
    }
}

/// An update that was, or would be, applied.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct UpdateReport {
    /// Whether it was applied, or only checked.
    pub applied: bool,
    /// Whether the database was changed. A dry run changes nothing; `changes` says what would be.
    pub changed: bool,
    /// What changes.
    pub changes: Vec<Change>,
    /// The revision after.
    pub revision: Revision,
    /// The term after.
    pub term: Term,
    /// What to do now.
    pub notes: Vec<String>,
    /// What the organisation's rules say, where it moves the master and they were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictReport>,
    /// What the settings take from the rules.
    #[serde(default, skip_serializing_if = "Relaxations::is_empty")]
    pub relaxations: Relaxations,
}

impl UpdateReport {
    /// The update as somebody reads it who is to confirm it.
    pub fn proposal(&self, page: &mut Page) {
        for change in &self.changes {
            page.field(
                change.element.name(),
                format!("{} → {}", change.before, change.after),
            );
        }
        if let Some(verdict) = &self.verdict {
            verdict.human(page);
        }
        self.relaxations.human(page);
        if self.verdict.is_some() {
            page.gap();
        }
    }
}

impl Report for UpdateReport {
    const NAME: &'static str = "update";

    fn human(&self, page: &mut Page) {
        self.proposal(page);
        match (self.changes.is_empty(), self.applied) {
            (true, _) => page.ok("the database holds these values already; nothing was changed"),
            (false, true) => page.ok(&format!(
                "updated; the database is at revision {}",
                self.revision
            )),
            (false, false) => page.ok("dry run: every check was made, nothing was changed"),
        }
        for note in &self.notes {
            page.warn(note);
        }
    }
}

/// Enabling or disabling SSO.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EnableReport {
    /// Whether SSO is enabled now.
    pub enabled: bool,
    /// Whether that is a change.
    pub changed: bool,
}

impl Report for EnableReport {
    const NAME: &'static str = "enable";

    fn human(&self, page: &mut Page) {
        let now = if self.enabled { "enabled" } else { "disabled" };
        let was = if self.changed { "" } else { " already" };
        page.ok(&format!(
            "SSO is {now}{was}; servers follow at their next poll"
        ));
    }
}

/// The global info as an update file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ExportReport {
    /// Where it was written; nothing for standard output.
    pub path: Option<String>,
    /// The update file.
    pub xml: String,
}

impl Report for ExportReport {
    const NAME: &'static str = "export";

    fn human(&self, page: &mut Page) {
        match &self.path {
            Some(path) => page.ok(&format!("wrote {path}")),
            None => page.verbatim(&self.xml),
        }
    }
}

/// Every table as text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DumpReport {
    /// The canonical text.
    pub text: String,
}

impl Report for DumpReport {
    const NAME: &'static str = "dump";

    fn human(&self, page: &mut Page) {
        page.verbatim(&self.text);
    }
}

/// What the vendor's `ssomanage -displaydb` shows, under its documented labels (Host Integration
/// Server documentation, "How to Display the Credential Database Information").
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DisplayReport {
    /// The database.
    pub database: String,
    /// The global info.
    pub info: GlobalInfo,
    /// Whether SSO is enabled.
    pub enabled: bool,
    /// Whether tickets are allowed.
    pub tickets_allowed: bool,
    /// Whether tickets are validated.
    pub tickets_validated: bool,
}

impl DisplayReport {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let info = &self.info;
        let yes = |yes: bool| if yes { "Yes" } else { "No" }.to_owned();
        let (engine, place) = self
            .database
            .split_once(':')
            .unwrap_or(("", &self.database));
        vec![
            ("SQL Server", format!("(embedded {engine})")),
            ("SQL Server database", place.to_owned()),
            (
                "Single Sign-On Secret Server name",
                info.secret_server.to_string(),
            ),
            (
                "Single Sign-On Administrators account",
                info.sso_admin_account.to_string(),
            ),
            (
                "Single Sign-On Affiliate Administrators account",
                info.sso_affiliate_admin_account.to_string(),
            ),
            (
                "Size of audit table for deleted applications (number of audit entries)",
                info.audit_deleted_apps.to_string(),
            ),
            (
                "Size of audit table for deleted user mappings (number of audit entries)",
                info.audit_deleted_mappings.to_string(),
            ),
            (
                "Size of audit table for external credential lookups (number of audit entries)",
                info.audit_credential_lookups.to_string(),
            ),
            (
                "Ticket timeout (in minutes)",
                info.ticket_timeout.to_string(),
            ),
            (
                "Credential cache timeout (in minutes)",
                info.cred_cache_timeout.to_string(),
            ),
            (
                "Single Sign-On Status",
                if self.enabled { "Enabled" } else { "Disabled" }.to_owned(),
            ),
            ("Tickets allowed", yes(self.tickets_allowed)),
            ("Validate tickets", yes(self.tickets_validated)),
        ]
    }
}

impl Report for DisplayReport {
    const NAME: &'static str = "displaydb";

    fn human(&self, page: &mut Page) {
        let rows = self.rows();
        let width = rows
            .iter()
            .map(|(label, _)| label.len())
            .max()
            .unwrap_or_default();
        let line = |(label, value)| format!("{label:<width$} : {value}");
        page.verbatim(&rows.into_iter().map(line).collect::<Vec<_>>().join("\n"));
    }
}
