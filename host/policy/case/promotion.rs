//! `promotion.toml`: a promotion and the system it is one of.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Deserialize;

use super::super::{Approved, Facts, People, Policy, Zones};
use super::moment::{Told as Moment, moment};
use super::{CaseError, PROMOTION, UPDATE, checked, content, text, update};
use crate::global_info::{AccountList, GlobalInfo, ServerName};
use crate::identity::{Fingerprint, PromotionId, Revision, SystemId, Term};
use crate::plan::{self, BackupPin, Intent, Kind, Plan, UpdatePin};
use crate::source::SourceFile;
use crate::system::{Accounts, KnownBy, Operator, Person, Role, Secrets, SsoServer, SystemState};
use crate::update::write::promotion_file;

/// What a promoter is asked, and the system that a validator is told.
#[derive(Debug)]
pub(super) struct Promotion {
    pub(super) state: SystemState,
    /// Nothing to ask where the update file is no promotion of the system.
    planned: Result<(Plan, Facts), plan::Refusal>,
}

impl Promotion {
    /// What the promoters of a policy are asked.
    pub(super) fn planned(&self, policy: &Policy) -> Result<(&Plan, Facts), CaseError> {
        let (plan, facts) = self.told()?;
        let zones = policy.zones(facts.now);
        let facts = facts.clone();
        Ok((plan, Facts { zones, ..facts }))
    }

    /// What the case says of it.
    pub(super) fn told(&self) -> Result<&(Plan, Facts), CaseError> {
        let planned = self.planned.as_ref();
        planned.map_err(|refusal| CaseError::Unplanned(refusal.clone()))
    }
}

/// Everything that a case says of a promotion.
#[derive(Debug)]
pub struct Circumstances {
    /// The system. Its master secret is one that nobody has.
    pub state: SystemState,
    /// Why, by whom, and when.
    pub intent: Intent,
    /// Who made the plan, where somebody did beforehand.
    pub author: Option<Operator>,
    /// How far the clocks are ahead of UTC then.
    pub utc_offset: Offset,
    /// The backup.
    pub backup: Option<ToldOfBackup>,
    /// Who else approved, and when.
    pub approvals: Vec<Approved>,
    /// The update file.
    pub file: SourceFile,
}

/// What a case says of a backup.
#[derive(Debug, Clone)]
pub struct ToldOfBackup {
    /// Whether it was proven; nothing where the case does not say.
    pub proven: Option<bool>,
    /// When it was written.
    pub created: Timestamp,
    /// Where.
    pub server: ServerName,
}

/// `promotion.toml`: everything but the moment has a default, so that a case says what it is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Told {
    now: Moment,
    #[serde(default = "planned")]
    kind: Kind,
    #[serde(default = "operator")]
    operator: String,
    person: Option<Person>,
    known_by: Option<KnownBy>,
    author: Option<ToldAuthor>,
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
struct ToldAuthor {
    operator: String,
    person: Option<Person>,
    known_by: Option<KnownBy>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ToldBackup {
    proven: Option<bool>,
    created: Moment,
    server: Option<ServerName>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ToldApproval {
    approver: String,
    at: Moment,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ToldServer {
    name: ServerName,
    #[serde(default)]
    roles: Vec<Role>,
    last_seen: Option<Moment>,
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
        Ok(Circumstances::understand(told, file)?.plan())
    }
}

impl Circumstances {
    /// Reads a case of a site: `promotion.toml`, and `update.xml` where there is one.
    pub fn read(folder: &Path) -> Result<Self, CaseError> {
        let told = text(folder, PROMOTION)?;
        let told = told.ok_or(CaseError::NoPromotion)?;
        let circumstances = Self::understand(&told, update(folder)?.as_ref())?;
        circumstances.can_be_real().map_err(wrong)?;
        Ok(circumstances)
    }

    fn understand(told: &SourceFile, file: Option<&SourceFile>) -> Result<Self, CaseError> {
        let understood = toml::from_str(told.text());
        let told: Told = understood.map_err(|error| content(told, &error))?;
        let state = told.state().map_err(wrong)?;
        let (at, utc_offset) = moment(&told.now).map_err(wrong)?;
        let file = match (file, &told.candidate) {
            (Some(_), Some(_)) => {
                return Err(wrong(format!(
                    "`candidate` is in the way of {UPDATE}, which names the server to be promoted"
                )));
            }
            (Some(file), None) => file.clone(),
            (None, _) => {
                let text = promotion_file(told.candidate().as_str());
                SourceFile::decode(UPDATE, text.as_bytes())?
            }
        };
        Ok(Self {
            backup: told.backup().map_err(wrong)?,
            approvals: told.approvals().map_err(wrong)?,
            author: told
                .author
                .map(ToldAuthor::read)
                .transpose()
                .map_err(wrong)?,
            intent: Intent {
                kind: told.kind,
                reason: told.reason,
                change: told.change,
                operator: somebody(told.operator, told.person, told.known_by).map_err(wrong)?,
                at,
            },
            state,
            utc_offset,
            file,
        })
    }

    /// What no real site could be in.
    fn can_be_real(&self) -> Result<(), String> {
        if self
            .backup
            .as_ref()
            .is_some_and(|backup| backup.proven.is_some())
        {
            return Err(
                "`backup.proven` is found out here: a real backup is made and opened".to_owned(),
            );
        }
        if self.author.is_some() {
            return Err(
                "`author` is the `operator` here, who plans it and runs it: leave it out"
                    .to_owned(),
            );
        }
        if self.intent.kind == Kind::Emergency && self.intent.reason.is_none() {
            return Err("an emergency needs a `reason`, as `regent promote` does".to_owned());
        }
        let incumbent = self.state.server(self.state.master());
        if incumbent.is_some_and(|server| !server.roles.is_empty()) {
            return Err("an incumbent with `roles` is none that `regent init` makes".to_owned());
        }
        Ok(())
    }

    /// The server to be promoted; nothing where the update file names no other than the incumbent.
    pub fn promoted(&self) -> Option<ServerName> {
        let named = checked(&self.file, Some(&self.state)).secret_server?.value;
        (!named.is(self.state.master())).then_some(named)
    }

    fn plan(self) -> Promotion {
        let state = self.state;
        let update = checked(&self.file, Some(&state));
        let pin = UpdatePin {
            name: UPDATE.to_owned(),
            bytes: self.file.byte_digest(),
            meaning: update.semantic_digest(),
        };
        let backup = self.backup.as_ref().map(|told| BackupPin {
            path: "secret.bak".into(),
            current: SECRET,
            previous: None,
            created: told.created,
            server: told.server.clone(),
        });
        let facts = |plan: &Plan| Facts {
            operator: self.intent.operator.clone(),
            proven: self
                .backup
                .is_some_and(|backup| backup.proven == Some(true)),
            candidate: state.listed(&plan.candidate),
            incumbent: state.listed(state.master()),
            now: self.intent.at,
            utc_offset: self.utc_offset,
            zones: Zones::default(),
            people: Some(People::new(
                &self.intent.operator,
                self.author.as_ref(),
                &Accounts::default(),
            )),
            approvals: self.approvals,
        };
        let id = PromotionId::from_bytes([0; 8]);
        let plan = Plan::between(&state, &update, pin, id, self.intent.clone());
        let planned = plan.map(|plan| {
            let facts = facts(&plan);
            (Plan { backup, ..plan }, facts)
        });
        Promotion { state, planned }
    }
}

/// Somebody under an account. Where a case does not say by what the person is known, it is what
/// regent asks first: who logged in, and of an account that is the person's own, the account.
fn somebody(
    account: String,
    person: Option<Person>,
    known_by: Option<KnownBy>,
) -> Result<Operator, String> {
    let usual = match &person {
        None => Some(KnownBy::Account),
        Some(Person::Named(_)) => Some(KnownBy::LoginUid),
        Some(Person::Unknown) if known_by.is_some() => {
            return Err("`known-by` is in the way of a `person` who is `unknown`".to_owned());
        }
        Some(Person::Unknown) => None,
    };
    Ok(Operator {
        account,
        person,
        known_by: known_by.or(usual),
    })
}

impl ToldAuthor {
    fn read(self) -> Result<Operator, String> {
        somebody(self.operator, self.person, self.known_by)
    }
}

fn wrong(reason: String) -> CaseError {
    CaseError::Content {
        file: PROMOTION.to_owned(),
        reason,
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

    fn approvals(&self) -> Result<Vec<Approved>, String> {
        let approval = |told: &ToldApproval| {
            let (at, _) = moment(&told.at)?;
            let approver = told.approver.clone();
            Ok(Approved { approver, at })
        };
        self.approvals.iter().map(approval).collect()
    }

    fn backup(&self) -> Result<Option<ToldOfBackup>, String> {
        let Some(told) = &self.backup else {
            return Ok(None);
        };
        let (created, _) = moment(&told.created)?;
        let server = told.server.clone();
        Ok(Some(ToldOfBackup {
            proven: told.proven,
            created,
            server: server.unwrap_or_else(|| self.incumbent.clone()),
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
