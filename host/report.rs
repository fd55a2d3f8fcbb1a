//! What a command has to say, as data; `human`, `json`, `sarif`, `junit` and `github` say it.
//!
//! In come values of the rooms below, out comes text; nothing here prints.

use std::error::Error;

use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::Code;

pub mod approve;
pub mod audit;
pub mod candidates;
pub mod cases;
pub mod check;
mod difference;
pub mod doctor;
pub mod explain;
pub mod plugin;
pub mod policy;
pub mod promotion;
pub mod relaxations;
pub mod replay;
pub mod secret;
pub mod system;
pub mod test;
pub mod typed;
pub mod human;
pub mod json;
pub mod schema;
pub mod sarif;
pub mod junit;
pub mod github;

pub use check::{
    CheckReport, CheckedFile, EditReport, FindingReport, FixReport, LabelReport, SuppressedReport,
    UnreadReport,
};

/// What one command has to say.
pub trait Report: Serialize + JsonSchema {
    /// The command's name; the JSON form's schema is `regent/<NAME>/1`.
    const NAME: &'static str;

    /// Says it to a person.
    fn human(&self, page: &mut human::Page);
}

/// Why a command could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ErrorReport {
    /// The command that failed.
    pub command: String,
    /// The exit status.
    pub exit: u8,
    /// By what a script tells this error from others; `regent explain CODE` says what it means.
    pub code: String,
    /// What happened.
    pub message: String,
    /// Why, from the nearest cause to the farthest.
    pub causes: Vec<String>,
    /// What to do now.
    pub help: Option<String>,
}

impl ErrorReport {
    /// Describes an error with its chain of causes.
    pub fn new(command: &str, code: Code, error: &dyn Error, help: Option<String>) -> Self {
        let causes = std::iter::successors(error.source(), |cause| (**cause).source());
        Self {
            command: command.to_owned(),
            exit: code.status.number(),
            code: code.name.to_owned(),
            message: error.to_string(),
            causes: causes.map(ToString::to_string).collect(),
            help,
        }
    }

    /// The same with every command in it completed from what was typed.
    #[must_use]
    pub fn said(&self, typed: &typed::Typed) -> Self {
        let said = |text: &String| typed.text(text).into_owned();
        Self {
            message: said(&self.message),
            causes: self.causes.iter().map(said).collect(),
            help: self.help.as_ref().map(said),
            ..self.clone()
        }
    }
}

impl Report for ErrorReport {
    const NAME: &'static str = "error";

    fn human(&self, page: &mut human::Page) {
        page.error(&self.message, &self.causes, self.help.as_deref());
    }
}
