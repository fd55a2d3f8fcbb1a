//! A plan as a file: one JSON document with the plan, its digest, and who approved it.
//!
//! **Invariant:** a plan file that is read holds the very plan that was written. White space, the
//! order of keys and the spelling of characters are free; every other change is refused.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::coded;
use crate::identity::Digest;

use super::Plan;

/// Names the form of the file.
const FORM: &str = "regent/plan-file/1";

/// The most approvals of one file; each is verified, which costs time.
const MAX_APPROVALS: usize = 100;

/// What somebody signed: that they approve a plan, and when they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approval {
    /// The approver's name in the settings.
    pub approver: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The armored SSH signature over [`Approval::statement`].
    pub signature: String,
}

impl Approval {
    /// What is signed: the plan's digest in hexadecimal, a space, the time, a line feed.
    pub fn statement(plan: Digest, at: Timestamp) -> String {
        format!("{plan} {at}\n")
    }
}

/// A plan and its approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// What is to be done.
    pub plan: Plan,
    /// Who approved it, unverified, in the order in which they did.
    pub approvals: Vec<Approval>,
}

/// Why a file is no plan that can be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// Not JSON, or not of this form.
    #[error("it is not a plan file")]
    NotAPlan(#[source] serde_json::Error),
    /// Written by a newer regent, or something else.
    #[error("its form is “{0}”, which this regent does not know")]
    OtherForm(String),
    /// Something in it is not as it was written.
    #[error("its plan was altered after it was written")]
    Altered,
    /// More approvals than anybody needs.
    #[error("it holds {0} approvals; at most {MAX_APPROVALS} are read")]
    TooManyApprovals(usize),
}

coded! {
    Unusable {
        Empty "plan-file-empty" Environment "the plan file is empty";
        NotAPlan "not-a-plan" Environment "the file is no plan file";
        OtherForm "plan-file-of-other-form" Environment "the plan file is of a form that this regent does not know";
        Altered "plan-file-altered" Environment "the plan in the file was altered after it was written";
        TooManyApprovals "plan-file-overfull" Environment "the plan file holds more approvals than are read";
    }
}

impl Unusable {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotAPlan(_) => {
                "name a file that `regent plan UPDATE-FILE --out FILE` wrote"
            }
            Self::OtherForm(_) => "use the regent that wrote it, or make a new plan with this one",
            Self::Altered | Self::TooManyApprovals(_) => {
                "nothing was changed; write the plan anew, as it was written: `regent plan UPDATE-FILE \
                 --out FILE`, or of rules `regent policy publish --reason TEXT --out FILE`"
            }
        }
    }
}

/// The document's fields, in the order in which they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<P> {
    schema: String,
    digest: Digest,
    plan: P,
    approvals: Vec<Approval>,
}

impl PlanFile {
    /// Reads the text of a plan file.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        if text.trim().is_empty() {
            return Err(Unusable::Empty);
        }
        // First as what it should be: a key that is given twice is refused here.
        let document: Document<Plan> = match serde_json::from_str(text) {
            Ok(document) => document,
            Err(cause) => return Err(other_form(text).unwrap_or(Unusable::NotAPlan(cause))),
        };
        if document.schema != FORM {
            return Err(Unusable::OtherForm(document.schema));
        }
        // Then as it stands: whatever the plan's types pass over or spell otherwise was not written.
        let stands: Document<serde_json::Value> =
            serde_json::from_str(text).map_err(Unusable::NotAPlan)?;
        let written = serde_json::to_value(&document.plan).map_err(Unusable::NotAPlan)?;
        if stands.plan != written || document.plan.digest() != document.digest {
            return Err(Unusable::Altered);
        }
        let count = document.approvals.len();
        if count > MAX_APPROVALS {
            return Err(Unusable::TooManyApprovals(count));
        }
        Ok(Self {
            plan: document.plan,
            approvals: document.approvals,
        })
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let document = Document {
            schema: FORM.to_owned(),
            digest: self.plan.digest(),
            plan: &self.plan,
            approvals: self.approvals.clone(),
        };
        let text = serde_json::to_string_pretty(&document);
        text.expect("a plan is plain data with string keys") + "\n"
    }
}

/// Whether the text is JSON that names another form.
fn other_form(text: &str) -> Option<Unusable> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    match value.get("schema")?.as_str()? {
        FORM => None,
        form => Some(Unusable::OtherForm(form.to_owned())),
    }
}
