//! An SSO system as its credential database describes it.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::global_info::{GlobalInfo, ServerName};
use crate::identity::{Fingerprint, Revision, SystemId, Term};

mod operator;
mod restored;

pub use operator::{Accounts, KnownBy, Operator, Person, UNKNOWN};
pub use restored::{BELIEVABLE, MARGIN, RestoredCopy};

/// What else a listed name is, where that matters for a promotion.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Also runs processing hosts; the master secret server should be dedicated.
    Processing,
    /// A node of a cluster; only the cluster's network name may become the master.
    ClusterNode,
    /// The network name of a clustered SSO service.
    NetworkName,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Processing => "processing",
            Self::ClusterNode => "cluster-node",
            Self::NetworkName => "network-name",
        })
    }
}

/// A server that has joined the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SsoServer {
    /// Its name.
    pub name: ServerName,
    /// What else it is, sorted.
    pub roles: Vec<Role>,
    /// When it was added.
    #[schemars(with = "String")]
    pub added: Timestamp,
    /// When regent last ran on it and wrote.
    #[schemars(with = "Option<String>")]
    pub last_seen: Option<Timestamp>,
}

impl SsoServer {
    /// A server of which nothing is known but its name.
    pub fn unseen(name: &ServerName) -> Self {
        Self {
            name: name.clone(),
            roles: Vec::new(),
            added: Timestamp::UNIX_EPOCH,
            last_seen: None,
        }
    }
}

/// The master secrets the database is encrypted under, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Secrets {
    /// The one in use; nothing before the first is generated.
    pub current: Option<Fingerprint>,
    /// The one before.
    pub previous: Option<Fingerprint>,
}

/// Everything of a system that a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SystemState {
    /// Which system.
    pub id: SystemId,
    /// Counts every change of the global info.
    pub revision: Revision,
    /// The term of the present master secret server.
    pub term: Term,
    /// The highest term ever given; an undone promotion has used one up.
    pub highest_term: Term,
    /// The global info.
    pub info: GlobalInfo,
    /// Whether SSO is enabled.
    pub enabled: bool,
    /// Whether tickets are allowed.
    pub tickets_allowed: bool,
    /// Whether tickets are validated.
    pub tickets_validated: bool,
    /// The master secrets.
    pub secrets: Secrets,
    /// The servers, by name.
    pub servers: Vec<SsoServer>,
}

/// What to do on a computer that may be a listed server by another name: nobody but a person can say
/// whether it is.
pub fn offer(listed: &ServerName) -> String {
    format!(
        "if this computer is {listed}, say so: `regent --server {listed} THIS-COMMAND`, or for every \
         command `server = \"{listed}\"` at the top of the settings"
    )
}

/// What to do about a name that is on no list: of the servers that are, one may be meant.
pub fn instead_of(unknown: &ServerName, known: &[ServerName]) -> String {
    if let Some(listed) = known.iter().find(|listed| listed.may_be(unknown)) {
        return format!("{listed} is listed, which may be the same computer: name it so");
    }
    let known: Vec<_> = known.iter().map(ServerName::as_str).collect();
    format!(
        "known servers: {}; if the name is right, add it with `regent server add NAME`",
        known.join(", ")
    )
}

impl SystemState {
    /// The master secret server's name.
    pub fn master(&self) -> &ServerName {
        &self.info.secret_server
    }

    /// The listed server of that name.
    pub fn server(&self, name: &ServerName) -> Option<&SsoServer> {
        self.servers.iter().find(|server| server.name.is(name))
    }

    /// The listed server that may be the computer of a name that is not listed.
    pub fn other_name(&self, name: &ServerName) -> Option<&ServerName> {
        let mut listed = self.servers.iter().map(|server| &server.name);
        if listed.clone().any(|listed| listed.is(name)) {
            return None;
        }
        listed.find(|listed| listed.may_be(name))
    }

    /// Whether a server of that name is listed with these very roles.
    pub fn lists(&self, name: &ServerName, roles: &[Role]) -> bool {
        self.server(name)
            .is_some_and(|server| server.roles == roles)
    }

    /// A server as it is listed; of one that is not, nothing is known but its name.
    pub fn listed(&self, name: &ServerName) -> SsoServer {
        let listed = self.server(name).cloned();
        listed.unwrap_or_else(|| SsoServer::unseen(name))
    }

    /// The next term that can be given, where the database may be a restored copy.
    pub fn next_term(&self, copy: Option<&RestoredCopy>) -> Term {
        let passed_over = copy.map(|copy| copy.highest_term);
        passed_over
            .map_or(self.highest_term, |term| term.max(self.highest_term))
            .next()
    }

    /// What a writer must have read, so that it overwrites nothing it has not seen.
    pub fn seen(&self) -> Seen {
        Seen {
            revision: self.revision,
            term: self.term,
        }
    }
}

/// The state a writer has read and believes in; the database compares it in the writing statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The global info's revision.
    pub revision: Revision,
    /// The master's term: what the writer's vault says, where it holds one.
    pub term: Term,
}

/// Who does something, where and when; recorded in audit and journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Actor {
    /// Who.
    #[serde(flatten)]
    pub operator: Operator,
    /// The server it is done on.
    pub server: ServerName,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// A small ciphertext made under a master secret, kept beside the credentials: only that secret opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// 96-bit nonce.
    pub nonce: [u8; 12],
    /// Ciphertext and tag.
    pub sealed: Vec<u8>,
}
