//! Why and how somebody is promoted, as it is typed.

use clap::Args;

use crate::plan::Kind;

/// Why and how somebody is promoted.
#[derive(Debug, Clone, Default, Args)]
pub struct IntentArguments {
    /// The master secret server is dead
    #[arg(long, requires = "reason")]
    pub emergency: bool,
    /// Why, for the journal and the organisation's rules
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub reason: Option<String>,
    /// Change reference, for the journal and the organisation's rules
    #[arg(long, value_name = "REF", value_parser = words)]
    pub change: Option<String>,
}

/// Blank text would pass for an answer where there is none.
pub(crate) fn words(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        Err("it is blank")
    } else {
        Ok(text.to_owned())
    }
}

impl IntentArguments {
    /// Whether anything was said.
    pub fn is_given(&self) -> bool {
        self.emergency || self.reason.is_some() || self.change.is_some()
    }

    /// Planned or emergency.
    pub fn kind(&self) -> Kind {
        if self.emergency {
            Kind::Emergency
        } else {
            Kind::Planned
        }
    }
}
