//! `regent explain`: the page of a finding's or an error's code.

use clap::Args;

use crate::doctor;
use crate::exit::Status;
use crate::report::explain::ExplainReport;
use crate::update::codes::{self, Rule};

use super::failure::{self, Misuse};
use super::{Context, Failure};

/// Explain the code of a finding or an error
#[derive(Debug, Args)]
pub struct Arguments {
    /// The code, with or without `update/` or `doctor/`; every code is listed without one
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let Some(code) = &arguments.code else {
        context.say(&ExplainReport::list(failure::every()))?;
        return Ok(Status::Done);
    };
    if let Some((plugin, _)) = code
        .strip_prefix("policy/")
        .and_then(|rest| rest.split_once('/'))
    {
        return Err(Failure::Usage {
            code: Misuse::CodeOfPlugin,
            message: format!("{code} is a rule of your organisation's plugin {plugin}"),
            help: "`regent plugin list` shows its component, `regent plugin inspect COMPONENT` its rules".to_owned(),
        });
    }
    if let Ok(code) = code.parse::<doctor::Code>() {
        context.say(&ExplainReport::doctor(code))?;
        return Ok(Status::Done);
    }
    if let Some(error) = failure::every()
        .into_iter()
        .find(|known| known.name == code)
    {
        context.say(&ExplainReport::error(error))?;
        return Ok(Status::Done);
    }
    let rule: Rule = code
        .parse()
        .map_err(|unknown: codes::UnknownRule| Failure::Usage {
            code: Misuse::UnknownCode,
            message: unknown.to_string(),
            help: unknown
                .help()
                .unwrap_or_else(|| "`regent explain` lists every code".to_owned()),
        })?;
    context.say(&ExplainReport::page(rule))?;
    Ok(Status::Done)
}
