//! Organisation rules: loads plugins, and asks them.
//!
//! In go components that organisations wrote and nobody has to trust; out come findings about an
//! update file and a verdict about a promotion.
//!
//! **Invariant:** a plugin can only add findings and vetoes. Whatever goes wrong with one denies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

mod bindings;
mod cache;
mod case;
mod code;
mod component;
mod composition;
mod convert;
mod description;
mod difference;
mod distrust;
mod engine;
mod error;
pub mod evidence;
mod facts;
mod fit;
mod group;
mod heard;
mod inspection;
mod people;
mod producers;
mod review;
mod settings;
mod settings_file;
mod store;
mod suppression;
mod told;
mod validation;
mod verdict;
mod watchdog;
mod zones;

pub use cache::Cache;
pub use case::{Case, CaseError, Circumstances, Measured, Question, Said, ToldOfBackup};
pub use component::read;
pub use description::{BROKEN_RULE, Description, Rule};
pub use difference::Change;
pub use distrust::Distrust;
pub use engine::VERSIONS;
pub use error::{Broken, Error, Refusal, SettingsProblem};
pub use evidence::{Evidence, EvidenceError};
pub use facts::{Approved, Facts};
pub use fit::spelled;
pub use group::{GroupVote, Quorum};
pub use inspection::{Inspection, inspect, inspect_bytes};
pub use people::People;
pub use producers::Producers;
pub use review::{ApprovedPlan, Denied, Review};
pub use settings::{Limits, NotAName, PluginName, PluginSettings, plugin_settings};
pub use settings_file::Misfit;
pub use store::{LogLevel, LogLine, Usage};
pub use suppression::{Sifted, has_expired};
pub use validation::Validation;
pub use verdict::{Consent, Decision, Denial, Outcome, PluginDecision, Reason, Verdict};
pub use zones::Zones;

use crate::finding::Finding;
use crate::identity::Digest;
use crate::plan::{Enforcement, Group, Leave, Plan, PluginPin, Suppression};
use crate::source::SourceFile;
use crate::system::{Accounts, Operator, SystemState};
use crate::update::UpdateFile;

use cache::{Found, Key};
use component::{Answer, Fitted};
use engine::Sandbox;
use told::Told;
use validation::validation;

/// The configured plugins, ready to be asked.
#[derive(Default)]
pub struct Policy {
    plugins: Vec<Plugin>,
    loaded: Vec<Loaded>,
    groups: Vec<Group>,
    suppressions: Vec<Suppression>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Policy").field(&self.loaded).finish()
    }
}

struct Plugin {
    /// Its code; left out where nothing will be asked of it.
    fitted: Option<Fitted>,
    limits: Limits,
    settings: Told,
}

/// What is known of a loaded plugin.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Loaded {
    /// Its configured name.
    pub name: PluginName,
    /// The component.
    pub component: PathBuf,
    /// SHA-256 of the component.
    pub digest: Digest,
    /// The component's size.
    pub bytes: u64,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// What its denial does.
    pub enforcement: Enforcement,
    /// Whether it checks update files.
    pub validates: bool,
    /// Whether it decides promotions.
    pub decides: bool,
    /// What it says of itself.
    pub description: Description,
    /// SHA-256 of its settings as given to it.
    pub settings: Digest,
}

impl Loaded {
    /// The version of the contract that it was built for.
    pub fn contract(&self) -> &str {
        inspection::contract(&self.exports)
    }

    /// Its component, read again; another than was loaded is refused.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let read = || {
            let bytes = component::read(&self.component)?;
            let (verified, found) = (self.digest, Digest::of(&bytes));
            if verified == found {
                Ok(bytes)
            } else {
                Err(Distrust::Swapped { verified, found }.into())
            }
        };
        read().map_err(|cause| self.unusable(cause))
    }

    /// Why it cannot be used.
    pub fn unusable(&self, cause: Refusal) -> Error {
        Error::Plugin {
            plugin: self.name.clone(),
            component: self.component.clone(),
            cause,
        }
    }
}

/// What the plugins are loaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Checking update files. The code of a plugin that only decides promotions is left alone
    /// where the cache knows the plugin.
    Validate,
    /// Everything.
    Decide,
}

impl Policy {
    /// Loads every configured plugin; a relative path starts at `base`. A plugin that cannot be
    /// used, or whose settings do not fit, refuses all; every such plugin is told.
    ///
    /// A plugin that was left alone for its `purpose` and is asked all the same denies.
    /// `progress` hears in a line what takes long, and what a reader should know of the cache.
    pub fn load(
        plugins: &[PluginSettings],
        base: &Path,
        cache: Option<&Cache>,
        purpose: Purpose,
        progress: &dyn Fn(&str),
    ) -> Result<Self, Error> {
        let mut policy = Self::default();
        if plugins.is_empty() {
            return Ok(policy);
        }
        let sandbox = Arc::new(Sandbox::new()?);
        let mut errors = Vec::new();
        for (index, settings) in plugins.iter().enumerate() {
            let component = base.join(&settings.component);
            let loaded = if plugins[..index]
                .iter()
                .any(|other| other.name == settings.name)
            {
                Err(Refusal::Duplicate)
            } else {
                policy.add(
                    &sandbox,
                    settings,
                    component.clone(),
                    cache,
                    purpose,
                    progress,
                )
            };
            if let Err(cause) = loaded {
                errors.push(Error::Plugin {
                    plugin: settings.name.clone(),
                    component,
                    cause,
                });
            }
        }
        Error::all(errors)?;
        Ok(policy)
    }

    fn add(
        &mut self,
        sandbox: &Arc<Sandbox>,
        settings: &PluginSettings,
        path: PathBuf,
        cache: Option<&Cache>,
        purpose: Purpose,
        progress: &dyn Fn(&str),
    ) -> Result<(), Refusal> {
        let (bytes, key) = component::key(&path)?;
        let known = cache.and_then(|cache| cache.known(key));
        let digest = match &known {
            Some(known) => known.digest,
            None => Digest::of(&component::read_again(&path, key)?),
        };
        // Before it is compiled or started; from here on its key stands for these bytes.
        if let Some(verified) = settings.admitted.filter(|admitted| *admitted != digest) {
            let found = digest;
            return Err(Distrust::Swapped { verified, found }.into());
        }
        let (fitted, known) = match known {
            Some(known) if purpose == Purpose::Validate && !known.validates => (None, known),
            known => {
                let fitted = fit(sandbox, settings, &path, key, cache, progress)?;
                let (fitted, description) = fitted;
                let found = fitted.known(digest, description);
                if known.as_ref() != Some(&found) {
                    let keep = cache.map(|cache| cache.keep_known(key, &found));
                    kept(keep, settings, progress);
                }
                (Some(fitted), found)
            }
        };
        let written = Digest::of(settings.settings.to_string().as_bytes());
        let told = if settings.kept {
            known.description.check_kept(&settings.settings)?;
            settings.settings.clone()
        } else if cache.is_some_and(|cache| cache.knows(key, written)) {
            fit::spelled(&settings.settings)
        } else {
            let told = known.description.fit(&settings.settings)?;
            let keep = cache.map(|cache| cache.remember(key, written));
            kept(keep, settings, progress);
            told
        };
        let told = Told::new(&known.description, &told);
        self.loaded.push(Loaded {
            name: settings.name.clone(),
            component: path,
            digest: known.digest,
            bytes,
            imports: known.imports,
            exports: known.exports,
            enforcement: settings.enforcement,
            validates: known.validates,
            decides: known.decides,
            description: known.description,
            settings: told.digest(),
        });
        self.plugins.push(Plugin {
            fitted,
            limits: settings.limits,
            settings: told,
        });
        Ok(())
    }

    /// What is known of each plugin, in configured order.
    pub fn plugins(&self) -> &[Loaded] {
        &self.loaded
    }

    /// What a plan has to say about the plugins that review it.
    pub fn pins(&self) -> Vec<PluginPin> {
        let pin = |loaded: &Loaded| PluginPin {
            name: loaded.name.to_string(),
            version: loaded.description.version.clone(),
            component: loaded.digest,
            settings: loaded.settings,
            enforcement: loaded.enforcement,
        };
        self.loaded.iter().map(pin).collect()
    }

    /// Asks every validator about an update file; `system` is nothing where it is out of reach.
    pub fn validate(
        &self,
        file: &SourceFile,
        update: &UpdateFile,
        system: Option<&SystemState>,
    ) -> Vec<Finding> {
        let validations = self.validations(file, update, system).into_iter();
        validations
            .flat_map(|(validation, _)| validation.findings)
            .collect()
    }

    /// [`Policy::validate`], told plugin by plugin, with what each logged and what it took.
    pub fn validations(
        &self,
        file: &SourceFile,
        update: &UpdateFile,
        system: Option<&SystemState>,
    ) -> Vec<(Validation, Usage)> {
        let told = Arc::new((convert::update_file(file, update), convert::system(system)));
        let ask = |(plugin, loaded): (&Plugin, &Loaded)| {
            let answer = match &plugin.fitted {
                Some(fitted) => fitted.validate(plugin.limits, &told, plugin.settings.text())?,
                None if loaded.validates => left_alone(),
                None => return None,
            };
            let used = answer.used;
            Some((validation(answer, loaded, file.text()), used))
        };
        self.asked().filter_map(ask).collect()
    }

    /// The plugins that are asked at all.
    fn asked(&self) -> impl Iterator<Item = (&Plugin, &Loaded)> {
        let all = self.plugins.iter().zip(&self.loaded);
        all.filter(|(_, loaded)| loaded.enforcement != Enforcement::Off)
    }

    /// How the clocks of every time zone run around a moment that the settings of a plugin name
    /// which wants to know.
    pub fn zones(&self, now: Timestamp) -> Zones {
        let of =
            |zones: Zones, (plugin, _): (&Plugin, &Loaded)| zones.and(plugin.settings.zones(now));
        self.asked().fold(Zones::default(), of)
    }

    /// Who acts, where a plugin wants to know: who runs it, and who made its plan where that comes
    /// from a file.
    pub fn people(
        &self,
        operator: &Operator,
        author: Option<&Operator>,
        accounts: &Accounts,
    ) -> Option<People> {
        let wanted = self
            .asked()
            .any(|(plugin, _)| plugin.settings.wants_people());
        wanted.then(|| People::new(operator, author, accounts))
    }

    /// Asks every promoter about a promotion.
    pub fn decide(&self, plan: &Plan, facts: &Facts) -> Verdict {
        let quorum = |group| Quorum::of(group, &self.loaded);
        let groups: Vec<Quorum> = self.groups.iter().map(quorum).collect();
        let decisions = self.decisions(plan, facts).into_iter();
        Verdict::fold(decisions.map(|(decision, _)| decision).collect(), &groups)
    }

    /// What [`Policy::decide`] folds, with what each decision took.
    pub fn decisions(&self, plan: &Plan, facts: &Facts) -> Vec<(PluginDecision, Usage)> {
        let told = Arc::new(convert::promotion(plan, facts));
        let ask = |(plugin, loaded): (&Plugin, &Loaded)| {
            let answer = match &plugin.fitted {
                Some(fitted) => {
                    let settings = plugin.settings.filled(&facts.zones, facts.people.as_ref());
                    fitted.decide(plugin.limits, &told, &settings)?
                }
                None if loaded.decides => left_alone(),
                None => return None,
            };
            let said = answer.said;
            let decision = said.and_then(|said| convert::decision(said, &loaded.description));
            let decision = PluginDecision {
                plugin: loaded.name.to_string(),
                enforcement: loaded.enforcement,
                decision: decision.unwrap_or_else(Decision::Broken),
                log: answer.log,
            };
            Some((decision, answer.used))
        };
        self.asked().filter_map(ask).collect()
    }

    /// Asks every promoter about a plan, which from then on names the plugins that reviewed it.
    pub fn review(&self, mut plan: Plan, facts: &Facts) -> Review {
        self.bind(&mut plan);
        let verdict = self.decide(&plan, facts);
        let approvers = facts.approvals.iter().map(|by| by.approver.clone());
        let leave = Leave {
            asked: self.heard(&verdict),
            approvers: approvers.collect(),
            ..Leave::default()
        };
        Review::new(plan, verdict, leave)
    }
}

/// The answer of a plugin whose code was left alone: none, which denies.
fn left_alone<T>() -> Answer<T> {
    Answer::none(Broken::Host("its code was not loaded".to_owned()))
}

/// Takes a component from the cache, or compiles it, looks at it and keeps it.
fn fit(
    sandbox: &Arc<Sandbox>,
    settings: &PluginSettings,
    path: &Path,
    key: Key,
    cache: Option<&Cache>,
    progress: &dyn Fn(&str),
) -> Result<(Fitted, Description), Refusal> {
    let name = &settings.name;
    match cache.map_or(Found::Nothing, |cache| cache.read(sandbox.engine(), key)) {
        Found::Entry(component, description) => {
            return Ok((Fitted::new(sandbox, &component)?, description));
        }
        Found::Refused => progress(&format!(
            "the cached code of plugin {name} was not written by this installation; it was removed"
        )),
        Found::Nothing => {}
    }
    progress(&format!("compiling plugin {name}"));
    let bytes = component::read_again(path, key)?;
    let component = component::compile(sandbox.engine(), &bytes)?;
    let fitted = Fitted::new(sandbox, &component)?;
    let (description, _) = fitted.look(settings.limits)?;
    let keep = cache.map(|cache| cache.keep(key, &component, &description));
    kept(keep, settings, progress);
    Ok((fitted, description))
}

/// A cache that cannot be written costs time and nothing else.
fn kept(done: Option<std::io::Result<()>>, settings: &PluginSettings, progress: &dyn Fn(&str)) {
    if let Some(Err(error)) = done {
        let name = &settings.name;
        progress(&format!(
            "what is known of plugin {name} could not be kept: {error}"
        ));
    }
}
