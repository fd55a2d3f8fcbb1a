//! Evidence: what the rules were asked, what they are and what they said, as one file that can be
//! evaluated again for ever.
//!
//! **Invariant:** evidence is the same bytes for the same question, rules and answer, on every
//! machine. It holds no secret, no path and no figure that depends on a machine, and needs neither
//! database, settings nor clock to be evaluated.

use std::fmt;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Error, PluginSettings, Policy, Purpose, VERSIONS};
use crate::bundle::Bundle;
use crate::global_info::ServerName;
use crate::identity::Digest;
use crate::plan::{Group, Suppression};
use crate::source::{self, SourceFile};
use crate::system::SystemState;

mod error;
mod question;

pub use error::EvidenceError;
pub use question::{Answer, FileAnswer, Proposal, Question, Subject};

/// Names the form of the bundle.
pub const FORM: &str = "regent/evidence/1";

/// What was asked, and of whom.
const QUESTION: &str = "question.json";
/// What was found in the update files.
const FINDINGS: &str = "findings.json";
/// What was decided.
const VERDICT: &str = "verdict.json";

/// Who evaluates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Host {
    /// The version of regent.
    pub regent: String,
    /// The version of the plugin contract.
    pub contract: String,
    /// The version of wasmtime.
    pub wasmtime: String,
}

impl Host {
    /// This program.
    pub fn this() -> Self {
        let [(_, contract), (_, wasmtime)] = VERSIONS.map(|(name, of)| (name, of.to_owned()));
        let regent = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            regent,
            contract,
            wasmtime,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            regent,
            contract,
            wasmtime,
        } = self;
        write!(
            f,
            "regent {regent} (plugin contract {contract}, wasmtime {wasmtime})"
        )
    }
}

/// An answer as it is kept: texts, which are compared to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// What was found in the update files.
    pub findings: String,
    /// What was decided; nothing where nobody was asked.
    pub verdict: Option<String>,
}

impl Transcript {
    fn of(answer: &Answer) -> Self {
        Self {
            findings: written(&answer.files),
            verdict: answer.verdict.as_ref().map(written),
        }
    }
}

/// A question, the rules that were asked, and their answer.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Who evaluated it.
    pub host: Host,
    /// What was asked.
    pub question: Question,
    /// What came of it.
    pub said: Transcript,
    plugins: Vec<(PluginSettings, Vec<u8>)>,
    groups: Vec<Group>,
    suppressions: Vec<Suppression>,
}

/// `question.json`, in the order in which it is written.
///
/// What is added to it, or to the types in it, is left out where it has its default; otherwise what
/// was written before is not spelled as it is now, and is refused.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Document {
    host: Host,
    server: Option<ServerName>,
    today: Date,
    files: Vec<Listed>,
    promotion: Option<Proposal>,
    plugins: Vec<PluginSettings>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    system: Option<SystemState>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Listed {
    name: String,
    mode: Option<u32>,
}

impl Evidence {
    /// Takes down what `policy` was asked and what came of it.
    pub fn new(
        policy: &Policy,
        question: Question,
        answer: &Answer,
    ) -> Result<Self, EvidenceError> {
        let mut plugins = Vec::new();
        for (plugin, loaded) in policy.plugins.iter().zip(&policy.loaded) {
            let bytes = loaded.bytes().map_err(EvidenceError::Policy)?;
            let settings = PluginSettings {
                name: loaded.name.clone(),
                component: component_name(loaded.name.as_str()).into(),
                enforcement: loaded.enforcement,
                settings: serde_json::from_str(plugin.settings.text()).expect("it is JSON"),
                limits: plugin.limits,
                admitted: None,
                kept: true,
            };
            plugins.push((settings, bytes));
        }
        let evidence = Self {
            host: Host::this(),
            question,
            said: Transcript::of(answer),
            plugins,
            groups: policy.groups().to_vec(),
            suppressions: policy.suppressions().to_vec(),
        };
        evidence.check()?;
        Ok(evidence)
    }

    /// The plugins that were asked, and their components.
    pub fn plugins(&self) -> impl Iterator<Item = (&PluginSettings, Digest)> {
        let digests = self.plugins.iter();
        digests.map(|(settings, bytes)| (settings, Digest::of(bytes)))
    }

    /// Evaluates it again. `progress` hears in a line what takes long.
    pub fn replay(&self, progress: &dyn Fn(&str)) -> Result<(Answer, Transcript), EvidenceError> {
        let folder = tempfile::tempdir().map_err(EvidenceError::Folder)?;
        let mut plugins = Vec::new();
        for (settings, bytes) in &self.plugins {
            let path = folder.path().join(&settings.component);
            let above = path.parent().unwrap_or(folder.path());
            std::fs::create_dir_all(above)
                .and_then(|()| source::replace(&path, bytes))
                .map_err(EvidenceError::Folder)?;
            plugins.push(PluginSettings {
                admitted: Some(Digest::of(bytes)),
                kept: true,
                ..settings.clone()
            });
        }
        // No cache: what a stranger wrote is to leave nothing behind.
        let policy = Policy::load(&plugins, folder.path(), None, Purpose::Decide, progress)
            .and_then(|policy| policy.compose(&self.groups, &self.suppressions))
            .map_err(|error| EvidenceError::Policy(inside(error, folder.path())))?;
        let answer = self.question.put(&policy);
        let answer = answer.map_err(EvidenceError::Unplanned)?;
        let said = Transcript::of(&answer);
        Ok((answer, said))
    }

    /// The bundle, written.
    pub fn bytes(&self) -> Result<Vec<u8>, EvidenceError> {
        let Question {
            system,
            server,
            today,
            files,
            promotion,
        } = &self.question;
        let listed = files.iter().map(|subject| Listed {
            name: source::base_name(subject.file.name()).to_owned(),
            mode: subject.mode,
        });
        let document = Document {
            host: self.host.clone(),
            server: server.clone(),
            today: *today,
            files: listed.collect(),
            promotion: promotion.clone(),
            plugins: self.plugins.iter().map(|(one, _)| one.clone()).collect(),
            groups: self.groups.clone(),
            suppressions: self.suppressions.clone(),
            system: system.clone(),
        };
        let mut bundle = Bundle::default();
        bundle.add(QUESTION, written(&document));
        bundle.add(FINDINGS, self.said.findings.clone());
        if let Some(verdict) = &self.said.verdict {
            bundle.add(VERDICT, verdict.clone());
        }
        for (index, Subject { file, .. }) in files.iter().enumerate() {
            bundle.add(file_name(index), file.bytes().to_vec());
        }
        for (settings, bytes) in &self.plugins {
            bundle.add(component_name(settings.name.as_str()), bytes.clone());
        }
        Ok(bundle.bytes(FORM)?)
    }

    /// Reads a bundle, whoever wrote it.
    pub fn read(mut bundle: Bundle) -> Result<Self, EvidenceError> {
        let text = bundle.take_text(QUESTION)?;
        let unusable = |what: String| EvidenceError::Content {
            name: QUESTION.to_owned(),
            what,
        };
        let document: Document =
            serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        // Whatever the types pass over or spell otherwise was not written.
        if written(&document) != text {
            return Err(unusable("it is not spelled as regent spells it".to_owned()));
        }
        let findings = bundle.take_text(FINDINGS)?;
        let verdict = match &document.promotion {
            Some(_) => Some(bundle.take_text(VERDICT)?),
            None => None,
        };
        let mut files = Vec::new();
        for (index, Listed { name, mode }) in document.files.into_iter().enumerate() {
            if source::base_name(&name) != name {
                return Err(unusable(format!("“{name}” is no file's name")));
            }
            let bytes = bundle.take(&file_name(index))?;
            let file = SourceFile::decode(&name, &bytes)?;
            files.push(Subject { file, mode });
        }
        let mut plugins = Vec::new();
        for settings in document.plugins {
            let name = component_name(settings.name.as_str());
            if settings.component != Path::new(&name) {
                let component = settings.component.display();
                return Err(unusable(format!("it takes {component} for {name}")));
            }
            plugins.push((settings, bundle.take(&name)?));
        }
        bundle.finish()?;
        let evidence = Self {
            host: document.host,
            question: Question {
                system: document.system,
                server: document.server,
                today: document.today,
                files,
                promotion: document.promotion,
            },
            said: Transcript { findings, verdict },
            plugins,
            groups: document.groups,
            suppressions: document.suppressions,
        };
        evidence.check()?;
        Ok(evidence)
    }

    /// Refuses what could not be evaluated again by anybody.
    fn check(&self) -> Result<(), EvidenceError> {
        let unusable = |what: &str| EvidenceError::Content {
            name: QUESTION.to_owned(),
            what: what.to_owned(),
        };
        if let Some(promotion) = &self.question.promotion {
            if self.question.system.is_none() || self.question.files.len() != 1 {
                let what = "a promotion needs a system and one update file";
                return Err(unusable(what));
            }
            if promotion.offset().is_none() {
                return Err(unusable("there is no such `utc-offset`"));
            }
        }
        for (settings, _) in &self.plugins {
            if let Some((limit, most)) = settings.limits.excessive() {
                return Err(EvidenceError::Limit {
                    plugin: settings.name.clone(),
                    limit,
                    most,
                });
            }
        }
        Ok(())
    }
}

fn component_name(plugin: &str) -> String {
    format!("plugins/{plugin}.wasm")
}

fn file_name(index: usize) -> String {
    format!("updates/{:03}.xml", index + 1)
}

fn written(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.expect("it is plain data with string keys") + "\n"
}

/// Names components as the bundle does, and not as the folder they were unpacked to.
fn inside(error: Error, folder: &Path) -> Error {
    match error {
        Error::Plugin {
            plugin,
            component,
            cause,
        } => Error::Plugin {
            plugin,
            component: match component.strip_prefix(folder) {
                Ok(inside) => inside.to_owned(),
                Err(_) => component,
            },
            cause,
        },
        Error::Several(errors) => {
            let errors = errors.into_iter();
            Error::Several(errors.map(|error| inside(error, folder)).collect())
        }
        other => other,
    }
}
