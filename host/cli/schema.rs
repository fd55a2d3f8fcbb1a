//! `regent schema`: schemas of what regent reads and prints.

use clap::{Args, ValueEnum};

use crate::exit::Status;
use crate::report::ErrorReport;
use crate::report::approve::ApproveReport;
use crate::report::audit::{AuditReport, AuditVerifyReport};
use crate::report::candidates::CandidatesReport;
use crate::report::check::CheckReport;
use crate::report::doctor::DoctorReport;
use crate::report::explain::ExplainReport;
use crate::report::plugin::bench::BenchReport;
use crate::report::plugin::contract::ContractReport;
use crate::report::plugin::difference::DifferenceReport;
use crate::report::plugin::inspect::InspectReport;
use crate::report::plugin::load::LoadReport;
use crate::report::plugin::lock::LockReport;
use crate::report::plugin::new::NewReport;
use crate::report::plugin::save::SaveReport;
use crate::report::plugin::settings::SettingsReport;
use crate::report::plugin::sign::SignReport;
use crate::report::plugin::test::TestReport;
use crate::report::plugin::verify::VerifyReport;
use crate::report::plugin::{BuildReport, PluginsReport};
use crate::report::policy::{PolicyDiffReport, PolicyReport, PublishReport};
use crate::report::promotion::{JournalReport, PlanReport, PromotionReport};
use crate::report::replay::ReplayReport;
use crate::report::schema::json_schema;
use crate::report::secret::SecretReport;
use crate::report::system::{
    DisplayReport, DumpReport, EnableReport, ExportReport, InitReport, ServersReport, StatusReport,
    UpdateReport,
};
use crate::report::test::PolicyTestReport;
use crate::update::schema::XSD;

use super::quickstart::QuickstartReport;
use super::{Context, Failure};

/// Print the XML Schema of update files, or the JSON schema of a command's output
#[derive(Debug, Args)]
pub struct Arguments {
    /// `update` for the XML Schema of update files, or the output whose JSON schema is wanted
    #[arg(value_enum, default_value_t = Name::Update)]
    name: Name,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Update files (XML Schema)
    Update,
    /// `regent check`
    Check,
    /// `regent explain`
    Explain,
    /// `regent candidates`
    Candidates,
    /// `regent plan`, and `regent promote --dry-run` or denied
    Plan,
    /// `regent approve`
    Approve,
    /// `regent promote`, `resume` and `abort`
    Promotion,
    /// `regent replay`
    Replay,
    /// `regent journal`
    Journal,
    /// `regent audit`
    Audit,
    /// `regent audit verify`
    AuditVerify,
    /// `regent doctor`
    Doctor,
    /// `regent init`
    Init,
    /// `regent status`
    Status,
    /// `regent server`
    Server,
    /// `regent update`
    UpdateResult,
    /// `regent enable` and `disable`
    Enable,
    /// `regent secret`
    Secret,
    /// `regent export`
    Export,
    /// `regent dump`
    Dump,
    /// `regent ssomanage -displaydb`
    Displaydb,
    /// `regent test`
    Test,
    /// `regent policy show`
    Policy,
    /// `regent policy diff`
    PolicyDiff,
    /// `regent policy publish`
    PolicyPublish,
    /// `regent plugin new`
    PluginNew,
    /// `regent plugin build`
    PluginBuild,
    /// `regent plugin bench`
    PluginBench,
    /// `regent plugin inspect`
    PluginInspect,
    /// `regent plugin inspect --diff OLD`
    PluginDiff,
    /// `regent plugin test`
    PluginTest,
    /// `regent plugin check-settings`
    PluginCheckSettings,
    /// `regent plugin contract`
    PluginContract,
    /// `regent plugin list`
    PluginList,
    /// `regent plugin lock`
    PluginLock,
    /// `regent plugin sign`
    PluginSign,
    /// `regent plugin verify`
    PluginVerify,
    /// `regent plugin save`
    PluginSave,
    /// `regent plugin load`
    PluginLoad,
    /// `regent quickstart`
    Quickstart,
    /// Any command that fails
    Error,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let text = match arguments.name {
        Name::Update => XSD.to_owned(),
        Name::Check => json_schema::<CheckReport>(),
        Name::Explain => json_schema::<ExplainReport>(),
        Name::Candidates => json_schema::<CandidatesReport>(),
        Name::Plan => json_schema::<PlanReport>(),
        Name::Approve => json_schema::<ApproveReport>(),
        Name::Promotion => json_schema::<PromotionReport>(),
        Name::Replay => json_schema::<ReplayReport>(),
        Name::Audit => json_schema::<AuditReport>(),
        Name::AuditVerify => json_schema::<AuditVerifyReport>(),
        Name::Doctor => json_schema::<DoctorReport>(),
        Name::Journal => json_schema::<JournalReport>(),
        Name::Init => json_schema::<InitReport>(),
        Name::Status => json_schema::<StatusReport>(),
        Name::Server => json_schema::<ServersReport>(),
        Name::UpdateResult => json_schema::<UpdateReport>(),
        Name::Enable => json_schema::<EnableReport>(),
        Name::Secret => json_schema::<SecretReport>(),
        Name::Export => json_schema::<ExportReport>(),
        Name::Dump => json_schema::<DumpReport>(),
        Name::Displaydb => json_schema::<DisplayReport>(),
        Name::Test => json_schema::<PolicyTestReport>(),
        Name::Policy => json_schema::<PolicyReport>(),
        Name::PolicyDiff => json_schema::<PolicyDiffReport>(),
        Name::PolicyPublish => json_schema::<PublishReport>(),
        Name::PluginNew => json_schema::<NewReport>(),
        Name::PluginBuild => json_schema::<BuildReport>(),
        Name::PluginBench => json_schema::<BenchReport>(),
        Name::PluginInspect => json_schema::<InspectReport>(),
        Name::PluginDiff => json_schema::<DifferenceReport>(),
        Name::PluginTest => json_schema::<TestReport>(),
        Name::PluginCheckSettings => json_schema::<SettingsReport>(),
        Name::PluginContract => json_schema::<ContractReport>(),
        Name::PluginList => json_schema::<PluginsReport>(),
        Name::PluginLock => json_schema::<LockReport>(),
        Name::PluginSign => json_schema::<SignReport>(),
        Name::PluginVerify => json_schema::<VerifyReport>(),
        Name::PluginSave => json_schema::<SaveReport>(),
        Name::PluginLoad => json_schema::<LoadReport>(),
        Name::Quickstart => json_schema::<QuickstartReport>(),
        Name::Error => json_schema::<ErrorReport>(),
    };
    context.ui.out(&text)?;
    Ok(Status::Done)
}
