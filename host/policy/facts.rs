//! What promoters are told beyond the plan.

use jiff::Timestamp;
use jiff::tz::Offset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::people::People;
use super::zones::Zones;
use crate::system::{Operator, SsoServer};

/// What promoters are told beyond the plan. The plan itself says who wants what and why.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Who runs the promotion, which need not be who planned it.
    pub operator: Operator,
    /// Whether the backup was opened and its master secret opened this database's proof.
    pub proven: bool,
    /// The server to be promoted, as the system lists it.
    pub candidate: SsoServer,
    /// The master secret server until now, as the system lists it.
    pub incumbent: SsoServer,
    /// When the decision is made.
    pub now: Timestamp,
    /// How far the host's local time is ahead of UTC at that moment.
    pub utc_offset: Offset,
    /// How the clocks of the time zones run then that plugins' settings name.
    pub zones: Zones,
    /// Who acts, where a plugin wants to know more than who runs it.
    pub people: Option<People>,
    /// Who else approved the plan.
    pub approvals: Vec<Approved>,
}

/// An approval whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Approved {
    /// The approver's name in the settings.
    pub approver: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
}
