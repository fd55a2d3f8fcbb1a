//! What promoters are told beyond the plan.

use jiff::Timestamp;
use jiff::tz::Offset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::system::SsoServer;

/// What promoters are told beyond the plan. The plan itself says who wants what and why, and which
/// backup was proven.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The server to be promoted, as the system lists it.
    pub candidate: SsoServer,
    /// The master secret server until now, as the system lists it.
    pub incumbent: SsoServer,
    /// When the decision is made.
    pub now: Timestamp,
    /// How far the host's local time is ahead of UTC at that moment.
    pub utc_offset: Offset,
    /// Who else approved the plan.
    pub approvals: Vec<Approval>,
}

/// A second person's approval of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Approval {
    /// The operating system's account.
    pub approver: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
}
