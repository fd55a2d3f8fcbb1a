//! What is wrong with an update file, as plain data: ours and plugins' alike.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::source::Span;

mod codes;

pub(crate) use codes::codes;

/// How bad a finding is. Only errors refuse the file.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Would fail or do damage.
    Error,
    /// Probably not meant, or unwise.
    Warning,
    /// Worth knowing.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// The stable name of a check: `update/unknown-element`, or `policy/change-window/too-late`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// One of regent's own rules; `regent explain` has its page.
    Update(&'static str),
    /// A plugin's rule.
    Policy {
        /// The plugin's configured name.
        plugin: String,
        /// The plugin's name for the check.
        rule: String,
    },
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Update(rule) => write!(f, "update/{rule}"),
            Self::Policy { plugin, rule } => write!(f, "policy/{plugin}/{rule}"),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(update/[a-z0-9-]+|policy/[^/]+/[^/]+)$",
            "description": "stable name of the check"
        })
    }
}

/// A place in the file and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty on the first label, whose place says it all.
    pub message: String,
}

/// Replaces `span` by `replacement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Edit {
    /// What is cut out; empty to insert.
    pub span: Span,
    /// What takes its place.
    pub replacement: String,
}

/// A mend that is certain: `check --fix` applies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fix {
    /// What the mend does, as an imperative.
    pub title: String,
    /// The edits, in span order, not overlapping.
    pub edits: Vec<Edit>,
}

/// One thing to know about an update file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Which check found it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a line without a full stop.
    pub message: String,
    /// Where; never empty, and the first is the main place.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// The mend, where it is certain.
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding about one place.
    pub fn new(code: Code, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            labels: vec![Label {
                span,
                message: String::new(),
            }],
            help: None,
            fix: None,
        }
    }

    /// Says something at the main place.
    #[must_use]
    pub fn here(mut self, message: impl Into<String>) -> Self {
        self.labels[0].message = message.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            message: message.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a mend of one edit.
    #[must_use]
    pub fn fix(
        mut self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        let edit = Edit {
            span,
            replacement: replacement.into(),
        };
        self.fix = Some(Fix {
            title: title.into(),
            edits: vec![edit],
        });
        self
    }

    /// The main place.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}
