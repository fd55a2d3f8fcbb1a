//! `promotion.toml`: a promotion and the system it is one of.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Deserialize;
use toml::value::{Datetime, Offset as TomlOffset};

use super::super::{Approved, Facts};
use super::{CaseError, PROMOTION, UPDATE, checked, content};
use crate::global_info::{AccountList, GlobalInfo, ServerName};
use crate::identity::{Fingerprint, PromotionId, Revision, SystemId, Term};
use crate::plan::{self, BackupPin, Intent, Kind, Plan, UpdatePin};
use crate::source::SourceFile;
use crate::system::{Role, Secrets, SsoServer, SystemState};
use crate::update::write::promotion_file;

/// What a promoter is asked, and the system that a validator is told.
#[derive(Debug)]
pub(super) struct Promotion {
    pub(super) state: SystemState,
    /// Nothing to ask where the update file is no promotion of the system.
    planned: Result<(Plan, Facts), plan::Refusal>,
}

impl Promotion {
    /// What a promoter is asked.
    pub(super) fn planned(&self) -> Result<&(Plan, Facts), CaseError> {
        let planned = self.planned.as_ref();
        planned.map_err(|refusal| CaseError::Unplanned(refusal.clone()))
    }
}

/// `promotion.toml`: everything but the moment has a default, so that a case says what it is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Told {
    now: Datetime,
    #[serde(default = "planned")]
    kind: Kind,
    #[serde(default = "operator")]
    operator: String,
    reason: Option<String>,
    change: Option<String>,
    candidate: Option<ServerName>,
    #[serde(default = "incumbent")]
    incumbent: ServerName,
    backup: Option<ToldBackup>,
    #[serde(default, rename = "approval")]
    approvals: Vec<ToldApproval>,
    #[serde(default, rename = "server")]
    servers: Vec<ToldServer>,
    #[serde(default)]
    sso_enabled: bool,
    #[serde(default)]
    info: toml::Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ToldBackup {
    #[serde(default)]
    proven: bool,
    created: Datetime,
    server: Option<ServerName>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ToldApproval {
    approver: String,
    at: Datetime,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ToldServer {
    name: ServerName,
    #[serde(default)]
    roles: Vec<Role>,
    last_seen: Option<Datetime>,
}

fn planned() -> Kind {
    Kind::Planned
}

fn operator() -> String {
    "operator".to_owned()
}

fn incumbent() -> ServerName {
    ServerName::parse("SSO01").expect("it is a name")
}

/// The master secret of every case's system.
const SECRET: Fingerprint = Fingerprint::from_bytes([0x5e; 16]);

impl Promotion {
    /// Reads `promotion.toml`; without an update file, one is made that names the candidate alone.
    pub(super) fn read(told: &SourceFile, file: Option<&SourceFile>) -> Result<Self, CaseError> {
        let understood = toml::from_str(told.text());
        let told: Told = understood.map_err(|error| content(told, &error))?;
        let wrong = |reason: String| CaseError::Content {
            file: PROMOTION.to_owned(),
            reason,
        };
        let state = told.state().map_err(wrong)?;
        let facts = told.facts(&state).map_err(wrong)?;
        let backup = told.backup().map_err(wrong)?;
        let file = match (file, &told.candidate) {
            (Some(_), Some(_)) => {
                return Err(wrong(format!(
                    "`candidate` is in the way of {UPDATE}, which names the server to be promoted"
                )));
            }
            (Some(file), None) => file.clone(),
            (None, _) => {
                let text = promotion_file(facts.candidate.name.as_str());
                SourceFile::decode(UPDATE, text.as_bytes())?
            }
        };
        let update = checked(&file, Some(&state));
        let pin = UpdatePin {
            name: UPDATE.to_owned(),
            bytes: file.byte_digest(),
            meaning: update.semantic_digest(),
        };
        let intent = Intent {
            kind: told.kind,
            reason: told.reason,
            change: told.change,
            operator: told.operator,
            at: facts.now,
        };
        let id = PromotionId::from_bytes([0; 8]);
        let plan = Plan::between(&state, &update, pin, id, intent);
        let planned = plan.map(|plan| {
            let facts = Facts {
                candidate: state.listed(&plan.candidate),
                ..facts
            };
            (Plan { backup, ..plan }, facts)
        });
        Ok(Self { state, planned })
    }
}

impl Told {
    /// The system, with both servers of the promotion listed whatever else is.
    fn state(&self) -> Result<SystemState, String> {
        let mut servers = Vec::new();
        for told in &self.servers {
            let last_seen = told.last_seen.as_ref().map(moment).transpose()?;
            let mut roles = told.roles.clone();
            roles.sort();
            servers.push(SsoServer {
                roles,
                last_seen: last_seen.map(|(at, _)| at),
                ..SsoServer::unseen(&told.name)
            });
        }
        for name in [&self.incumbent, &self.candidate()] {
            if !servers.iter().any(|server| server.name.is(name)) {
                servers.push(SsoServer::unseen(name));
            }
        }
        servers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(SystemState {
            id: SystemId::from_bytes([0x51; 16]),
            revision: Revision(1),
            term: Term(1),
            highest_term: Term(1),
            info: self.info()?,
            enabled: self.sso_enabled,
            tickets_allowed: false,
            tickets_validated: true,
            secrets: Secrets {
                current: Some(SECRET),
                previous: None,
            },
            servers,
        })
    }

    fn candidate(&self) -> ServerName {
        let second = || ServerName::parse("SSO02").expect("it is a name");
        self.candidate.clone().unwrap_or_else(second)
    }

    fn facts(&self, state: &SystemState) -> Result<Facts, String> {
        let (now, utc_offset) = moment(&self.now)?;
        let approval = |told: &ToldApproval| {
            let (at, _) = moment(&told.at)?;
            let approver = told.approver.clone();
            Ok::<_, String>(Approved { approver, at })
        };
        Ok(Facts {
            operator: self.operator.clone(),
            proven: self.backup.as_ref().is_some_and(|backup| backup.proven),
            candidate: state.listed(&self.candidate()),
            incumbent: state.listed(&self.incumbent),
            now,
            utc_offset,
            approvals: self
                .approvals
                .iter()
                .map(approval)
                .collect::<Result<_, _>>()?,
        })
    }

    fn backup(&self) -> Result<Option<BackupPin>, String> {
        let Some(told) = &self.backup else {
            return Ok(None);
        };
        let (created, _) = moment(&told.created)?;
        Ok(Some(BackupPin {
            path: "secret.bak".into(),
            current: SECRET,
            previous: None,
            created,
            server: told
                .server
                .clone()
                .unwrap_or_else(|| self.incumbent.clone()),
        }))
    }

    /// The global info of a fresh database, changed by what the case says of it.
    fn info(&self) -> Result<GlobalInfo, String> {
        let accounts = |text| AccountList::parse(text).expect("it is a list of accounts");
        let fresh = GlobalInfo::fresh(
            accounts("CONTOSO\\SSO Admins"),
            accounts("CONTOSO\\SSO Affiliate Admins"),
            self.incumbent.clone(),
        );
        let mut table = toml::Table::try_from(&fresh).map_err(|error| error.to_string())?;
        for (key, value) in &self.info {
            if key == "secret-server" {
                return Err("`info.secret-server` is the incumbent; write `incumbent`".to_owned());
            }
            if !table.contains_key(key) {
                let known: Vec<&str> = table.keys().map(String::as_str).collect();
                return Err(format!("`info.{key}` is none of {}", known.join(", ")));
            }
            table.insert(key.clone(), value.clone());
        }
        table
            .try_into()
            .map_err(|error: toml::de::Error| format!("info: {}", error.message()))
    }
}

/// A moment and how far the clocks of its place are ahead of UTC.
fn moment(told: &Datetime) -> Result<(Timestamp, Offset), String> {
    let wrong = || {
        format!(
            "“{told}” is no moment: write date, time and offset, as in 2026-03-04T22:30:00+01:00"
        )
    };
    let minutes = match told.offset {
        Some(TomlOffset::Z) => 0,
        Some(TomlOffset::Custom { minutes }) => i32::from(minutes),
        None => return Err(wrong()),
    };
    let at = told.to_string().parse().map_err(|_| wrong())?;
    let offset = Offset::from_seconds(minutes * 60).map_err(|_| wrong())?;
    Ok((at, offset))
}
