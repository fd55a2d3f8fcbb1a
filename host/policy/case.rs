//! Cases of a plugin: what it is asked, as files, and the asking.
//!
//! A case is a folder. `update.xml` is put to a validator, `promotion.toml` to a promoter; where
//! both lie there, the update file is what is to be promoted by, and the validator is told the
//! system. `settings.toml` holds the plugin's settings; a case without one takes that of the folder
//! around it.
//!
//! **Invariant:** a case is asked as `regent check` and `regent promote` ask: the same loading,
//! limits and answers. Nothing in it depends on the machine or the time.

use std::path::{Path, PathBuf};

use super::{
    BROKEN_RULE, Cache, Decision, Error, Inspection, Limits, PluginDecision, PluginName,
    PluginSettings, Policy, Purpose, Refusal, SettingsProblem, Validation, plugin_settings,
};
use crate::exit::coded;
use crate::finding::Code;
use crate::plan::{self, Enforcement};
use crate::source::{self, SourceFile};
use crate::system::SystemState;
use crate::update::{self, UpdateFile};

mod measure;
mod moment;
mod promotion;
mod trial;

pub use measure::{Measured, Question};
pub use promotion::{Circumstances, ToldOfBackup};

use promotion::Promotion;

/// What is put to a validator.
const UPDATE: &str = "update.xml";
/// What is put to a promoter.
const PROMOTION: &str = "promotion.toml";
/// What the plugin is told.
const SETTINGS: &str = "settings.toml";
/// What it is to say.
const EXPECTED: &str = "expected.snap";

/// Why cases cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There are none.
    #[error("{} holds no cases", folder.display())]
    NoCases {
        /// Where they should be.
        folder: PathBuf,
    },
    /// The folder of cases cannot be read.
    #[error("{} cannot be read", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// A file is no text.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A file says what cannot be understood.
    #[error("{file} cannot be understood: {reason}")]
    Content {
        /// The file, and the place in it where that is known.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A case of a policy says nothing of what is done.
    #[error("its folder holds no {PROMOTION}")]
    NoPromotion,
    /// The case asks nothing of this plugin.
    #[error("the plugin is not asked about this: {0}")]
    NothingAsked(&'static str),
    /// The update file is no promotion of the system.
    #[error("the promotion cannot be planned: {0}")]
    Unplanned(plan::Refusal),
    /// The plugin cannot be loaded.
    #[error(transparent)]
    Policy(Error),
}

coded! {
    CaseError {
        NoCases "no-cases" Environment "the folder holds no cases";
        Folder "cases-unreadable" Environment "the folder of cases cannot be read";
        Content "case-unfit" Environment "a case says what cannot be understood";
        NoPromotion "case-without-promotion" Environment "a case of a policy says nothing of what is done";
        NothingAsked "case-asks-nothing" Environment "a case asks nothing of its plugin";
        Unplanned "case-unplanned" Environment "the promotion in a case cannot be planned";
    }
    passing { Source.0, Policy.0 }
}

impl CaseError {
    /// The case holds nothing for a plugin that decides, or does not.
    fn nothing_asked(decides: bool) -> Self {
        Self::NothingAsked(if decides {
            "it only decides promotions, and the case has no promotion.toml"
        } else {
            "it only checks update files, and the case has no update.xml"
        })
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoCases { folder } => Some(format!(
                "make a folder for each case, as in {0}/first/{UPDATE} for what is to be checked and \
                 {0}/first/{PROMOTION} for what is to be decided",
                folder.display()
            )),
            Self::NoPromotion => Some(format!(
                "write {PROMOTION}; one line is enough: now = 2026-03-04T22:30:00+01:00"
            )),
            Self::Folder { .. } | Self::NothingAsked(_) => None,
            Self::Source(error) => error.help(),
            Self::Content { .. } => {
                Some("`regent plugin test --help` says what may stand in a case".to_owned())
            }
            Self::Unplanned(_) => Some(format!(
                "name in {UPDATE} a server that {PROMOTION} lists, and not the incumbent"
            )),
            Self::Policy(error) => error.help(),
        }
    }
}

/// One case, read.
#[derive(Debug)]
pub struct Case {
    settings: serde_json::Value,
    file: Option<(SourceFile, UpdateFile)>,
    promotion: Option<Promotion>,
}

/// What a plugin said of a case.
#[derive(Debug)]
pub enum Said {
    /// Its settings do not fit, so that it was never asked.
    Refused(Vec<SettingsProblem>),
    /// What it found, what it decided.
    Answered {
        /// The findings, and the file that they speak of.
        validation: Option<(SourceFile, Validation)>,
        /// The decision.
        decision: Option<PluginDecision>,
    },
}

impl Said {
    /// The plugin's rules that it named, each as often as it did.
    pub fn rules(&self) -> Vec<&str> {
        let Self::Answered {
            validation,
            decision,
        } = self
        else {
            return Vec::new();
        };
        let findings = validation.iter().flat_map(|(_, said)| &said.findings);
        let found = findings.filter_map(|finding| match &finding.code {
            Code::Policy { rule, .. } if rule != BROKEN_RULE => Some(rule.as_str()),
            _ => None,
        });
        let reasons = match decision.as_ref().map(|said| &said.decision) {
            Some(Decision::Deny(reasons)) => reasons.as_slice(),
            _ => &[],
        };
        found
            .chain(reasons.iter().map(|reason| reason.rule.as_str()))
            .collect()
    }
}

impl Case {
    /// The folders of all cases in a folder, by name.
    pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, CaseError> {
        let unreadable = |cause: std::io::Error| match cause.kind() {
            std::io::ErrorKind::NotFound => CaseError::NoCases {
                folder: folder.to_owned(),
            },
            _ => CaseError::Folder {
                folder: folder.to_owned(),
                cause,
            },
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                found.push(path);
            }
        }
        if found.is_empty() {
            let folder = folder.to_owned();
            return Err(CaseError::NoCases { folder });
        }
        found.sort();
        Ok(found)
    }

    /// The name of a case.
    pub fn name_of(folder: &Path) -> String {
        folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// Reads a case.
    pub fn read(folder: &Path) -> Result<Self, CaseError> {
        let around = folder.parent().unwrap_or(folder);
        let settings = match settings_in(folder)? {
            Some(own) => own,
            None => settings_in(around)?.unwrap_or_else(|| serde_json::json!({})),
        };
        let file = update(folder)?;
        let promotion = match text(folder, PROMOTION)? {
            Some(told) => Some(Promotion::read(&told, file.as_ref())?),
            None => None,
        };
        if file.is_none() && promotion.is_none() {
            return Err(CaseError::NothingAsked(
                "its folder holds neither update.xml nor promotion.toml",
            ));
        }
        let state = promotion.as_ref().map(|promotion| &promotion.state);
        let file = file.map(|file| {
            let update = checked(&file, state);
            (file, update)
        });
        Ok(Self {
            settings,
            file,
            promotion,
        })
    }

    /// Where what the plugin is to say of a case is kept.
    pub fn expected(folder: &Path) -> PathBuf {
        folder.join(EXPECTED)
    }

    /// What the plugin is to say of a case, whatever ends its lines; nothing before somebody has
    /// written it down.
    pub fn read_expected(folder: &Path) -> Result<Option<String>, CaseError> {
        let file = text(folder, EXPECTED)?;
        Ok(file.map(|file| file.text().replace("\r\n", "\n")))
    }

    /// The plugin, loaded with this case's settings; its settings' problems where they do not fit.
    fn load(
        &self,
        plugin: &Inspection,
        cache: Option<&Cache>,
    ) -> Result<Result<Policy, Vec<SettingsProblem>>, CaseError> {
        let name =
            PluginName::parse(&plugin.description.name).map_err(|error| CaseError::Content {
                file: "the plugin's description".to_owned(),
                reason: error.to_string(),
            })?;
        let configured = PluginSettings {
            name,
            component: plugin.component.clone(),
            enforcement: Enforcement::Deny,
            settings: self.settings.clone(),
            limits: Limits::default(),
            admitted: None,
            kept: false,
        };
        let loaded = Policy::load(
            &[configured],
            Path::new(""),
            cache,
            Purpose::Decide,
            &|_| (),
        );
        match loaded {
            Ok(policy) => Ok(Ok(policy)),
            Err(Error::Plugin {
                cause: Refusal::Settings { problems },
                ..
            }) => Ok(Err(problems)),
            Err(error) => Err(CaseError::Policy(error)),
        }
    }

    /// Asks the plugin.
    pub fn ask(&self, plugin: &Inspection, cache: Option<&Cache>) -> Result<Said, CaseError> {
        match self.load(plugin, cache)? {
            Ok(policy) => self.put(&policy),
            Err(problems) => Ok(Said::Refused(problems)),
        }
    }

    /// The system that a validator is told.
    fn state(&self) -> Option<&SystemState> {
        self.promotion.as_ref().map(|promotion| &promotion.state)
    }

    fn put(&self, policy: &Policy) -> Result<Said, CaseError> {
        let state = self.state();
        let validation = self.file.as_ref().and_then(|(file, update)| {
            let mut said = policy.validations(file, update, state);
            said.pop().map(|(said, _)| (file.clone(), said))
        });
        let decides = policy.plugins().iter().any(|plugin| plugin.decides);
        let decision = match &self.promotion {
            Some(promotion) if decides => {
                let (plan, facts) = promotion.planned(policy)?;
                policy.decide(plan, &facts).decisions().first().cloned()
            }
            _ => None,
        };
        if validation.is_none() && decision.is_none() {
            return Err(CaseError::nothing_asked(decides));
        }
        Ok(Said::Answered {
            validation,
            decision,
        })
    }
}

/// The update file of a case; nothing where there is none.
fn update(folder: &Path) -> Result<Option<SourceFile>, CaseError> {
    read(folder, UPDATE, SourceFile::read)
}

/// Another file of a case; nothing where it is not there.
fn text(folder: &Path, name: &str) -> Result<Option<SourceFile>, CaseError> {
    read(folder, name, SourceFile::read_text)
}

fn read(
    folder: &Path,
    name: &str,
    how: impl FnOnce(&Path) -> Result<SourceFile, source::Error>,
) -> Result<Option<SourceFile>, CaseError> {
    let path = folder.join(name);
    if std::fs::symlink_metadata(&path).is_err() {
        return Ok(None);
    }
    // Its path would differ from machine to machine.
    Ok(Some(how(&path)?.named(name)))
}

/// The settings in a folder; nothing where there is no file.
fn settings_in(folder: &Path) -> Result<Option<serde_json::Value>, CaseError> {
    let Some(file) = text(folder, SETTINGS)? else {
        return Ok(None);
    };
    let settings = plugin_settings(file.text()).map_err(|error| content(&file, &error))?;
    Ok(Some(settings))
}

/// Says where a file cannot be understood without quoting it.
fn content(file: &SourceFile, error: &toml::de::Error) -> CaseError {
    let at = error.span().map_or(0, |span| span.start);
    let at = file.position(u32::try_from(at).unwrap_or(u32::MAX));
    CaseError::Content {
        file: format!("{}:{at}", file.name()),
        reason: error.message().to_owned(),
    }
}

fn checked(file: &SourceFile, state: Option<&SystemState>) -> UpdateFile {
    let known = update::Context {
        system: state,
        ..update::Context::default()
    };
    update::check(file, &known).update
}
