//! Rows into words. Nothing here trusts the file: what breaks a type's rules is
//! [`Error::Corrupt`](crate::database::Error::Corrupt), naming table and column.

use std::fmt::Display;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::failure::{Result, corrupt};
use crate::database::rules;
use crate::global_info::{AccountList, GlobalInfo, ServerName};
use crate::identity::{Fingerprint, Revision, SystemId, Term};
use crate::system::{Operator, Person, Proof, Role, Secrets, SsoServer, SystemState};

/// How much of a broken value is shown, in characters.
const MAX_SHOWN: usize = 80;

/// Everything a plan depends on.
pub(super) fn state(tx: &Connection) -> Result<SystemState> {
    let (id, highest_term): (String, u64) = only(tx, "system", "system_id, highest_term", |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let row = only(tx, "global_info", "*", GlobalInfoRow::read)?;
    let fingerprint = |column: &str, text: Option<String>| -> Result<Option<Fingerprint>> {
        text.map(|text| parsed(column, &text)).transpose()
    };
    Ok(SystemState {
        id: parsed::<SystemId>("system.system_id", &id)?,
        revision: Revision(row.revision),
        term: Term(row.term),
        highest_term: Term(highest_term),
        enabled: row.enabled,
        tickets_allowed: row.tickets_allowed,
        tickets_validated: row.tickets_validated,
        secrets: Secrets {
            current: fingerprint("global_info.current_secret", row.current_secret.clone())?,
            previous: fingerprint("global_info.previous_secret", row.previous_secret.clone())?,
        },
        info: row.info()?,
        servers: servers(tx)?,
    })
}

/// The proofs, by name of their secret.
pub(super) fn proofs(tx: &Connection) -> Result<Vec<(Fingerprint, Proof)>> {
    let mut statement =
        tx.prepare("SELECT fingerprint, nonce, sealed FROM secret_proof ORDER BY fingerprint")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
    })?;
    rows.map(|row| {
        let (fingerprint, nonce, sealed) = row?;
        let fingerprint = parsed("secret_proof.fingerprint", &fingerprint)?;
        Ok((fingerprint, Proof { nonce, sealed }))
    })
    .collect()
}

/// The proof made under one secret.
pub(super) fn proof(tx: &Connection, secret: Fingerprint) -> Result<Option<Proof>> {
    let found = tx.query_row(
        "SELECT nonce, sealed FROM secret_proof WHERE fingerprint = ?1",
        [secret.to_string()],
        |row| {
            Ok(Proof {
                nonce: row.get(0)?,
                sealed: row.get(1)?,
            })
        },
    );
    Ok(found.optional()?)
}

/// Reads a text column into its type.
pub(super) fn parsed<T: FromStr<Err: Display>>(column: &str, text: &str) -> Result<T> {
    text.parse().map_err(|reason| broken(column, text, &reason))
}

/// Who a row says did something; `column` holds by what the person is known.
pub(super) fn operator(
    column: &str,
    account: String,
    person: Option<String>,
    known_by: Option<String>,
) -> Result<Operator> {
    let known_by = known_by.map(|word| parsed(column, &word));
    Ok(Operator {
        account,
        person: person.map(Person::from),
        known_by: known_by.transpose()?,
    })
}

/// Reads the name of a server. A rule about names that came later makes no record unreadable.
pub(super) fn server(column: &str, text: &str) -> Result<ServerName> {
    ServerName::recorded(text).map_err(|reason| broken(column, text, &reason))
}

/// Reads a list of accounts, by the same leave.
fn accounts(column: &str, text: &str) -> Result<AccountList> {
    AccountList::recorded(text).map_err(|reason| broken(column, text, &reason))
}

/// A text column whose value is none of its type.
pub(super) fn broken(column: &str, text: &str, reason: &dyn Display) -> super::Failure {
    let shown: String = text
        .chars()
        .flat_map(char::escape_debug)
        .take(MAX_SHOWN)
        .collect();
    corrupt(format!("{column} holds “{shown}”: {reason}")).into()
}

/// The one row of a table that has one.
fn only<T>(
    tx: &Connection,
    table: &str,
    columns: &str,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T> {
    let found = tx.query_row(&format!("SELECT {columns} FROM {table}"), [], read);
    let missing = || corrupt(format!("the row of table {table} is missing")).into();
    found.optional()?.ok_or_else(missing)
}

/// The columns of `global_info` as SQLite gives them.
struct GlobalInfoRow {
    sso_admin_account: String,
    sso_affiliate_admin_account: String,
    secret_server: String,
    audit_deleted_apps: u32,
    audit_deleted_mappings: u32,
    audit_credential_lookups: u32,
    ticket_timeout: u32,
    cred_cache_timeout: u32,
    enabled: bool,
    tickets_allowed: bool,
    tickets_validated: bool,
    current_secret: Option<String>,
    previous_secret: Option<String>,
    revision: u64,
    term: u64,
}

impl GlobalInfoRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sso_admin_account: row.get("sso_admin_account")?,
            sso_affiliate_admin_account: row.get("sso_affiliate_admin_account")?,
            secret_server: row.get("secret_server")?,
            audit_deleted_apps: row.get("audit_deleted_apps")?,
            audit_deleted_mappings: row.get("audit_deleted_mappings")?,
            audit_credential_lookups: row.get("audit_credential_lookups")?,
            ticket_timeout: row.get("ticket_timeout")?,
            cred_cache_timeout: row.get("cred_cache_timeout")?,
            enabled: row.get("enabled")?,
            tickets_allowed: row.get("tickets_allowed")?,
            tickets_validated: row.get("tickets_validated")?,
            current_secret: row.get("current_secret")?,
            previous_secret: row.get("previous_secret")?,
            revision: row.get("revision")?,
            term: row.get("term")?,
        })
    }

    fn info(&self) -> Result<GlobalInfo> {
        let info = GlobalInfo {
            sso_admin_account: accounts("global_info.sso_admin_account", &self.sso_admin_account)?,
            sso_affiliate_admin_account: accounts(
                "global_info.sso_affiliate_admin_account",
                &self.sso_affiliate_admin_account,
            )?,
            secret_server: server("global_info.secret_server", &self.secret_server)?,
            audit_deleted_apps: self.audit_deleted_apps,
            audit_deleted_mappings: self.audit_deleted_mappings,
            audit_credential_lookups: self.audit_credential_lookups,
            ticket_timeout: self.ticket_timeout,
            cred_cache_timeout: self.cred_cache_timeout,
        };
        rules::in_range(&info).map_err(|error| corrupt(format!("global_info: {error}")))?;
        Ok(info)
    }
}

fn servers(tx: &Connection) -> Result<Vec<SsoServer>> {
    let mut statement =
        tx.prepare("SELECT name, roles, added, last_seen FROM sso_server ORDER BY name")?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (name, roles, added, last_seen) = row?;
        Ok(SsoServer {
            name: server("sso_server.name", &name)?,
            roles: roles.split_whitespace().map(role).collect::<Result<_>>()?,
            added: parsed("sso_server.added", &added)?,
            last_seen: last_seen
                .map(|seen| parsed("sso_server.last_seen", &seen))
                .transpose()?,
        })
    })
    .collect()
}

fn role(name: &str) -> Result<Role> {
    [Role::Processing, Role::ClusterNode, Role::NetworkName]
        .into_iter()
        .find(|role| role.to_string() == name)
        .ok_or_else(|| broken("sso_server.roles", name, &"no such role"))
}
