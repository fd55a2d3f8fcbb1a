//! What of the settings decides, and whose settings they are.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::{Admitted, Error, Lock, Settings, Trust};
use crate::identity::{Digest, SystemId};
use crate::plan::{GoverningPlugin, KeyHolder, Locked, Rules, TrustedKeys};
use crate::policy::{self, Limits, Loaded, Policy, Refusal};
use crate::secret::{Approver, Signer, VerifyingKey};

impl From<&Signer> for KeyHolder {
    fn from(signer: &Signer) -> Self {
        Self {
            name: signer.name.clone(),
            key: signer.key.to_string(),
            accounts: Vec::new(),
        }
    }
}

impl From<&Approver> for KeyHolder {
    fn from(approver: &Approver) -> Self {
        Self {
            name: approver.name.clone(),
            key: approver.key.to_string(),
            accounts: approver.accounts.clone(),
        }
    }
}

/// Who may approve under these rules; a key that no regent of today takes is nobody's.
pub fn approvers(rules: &Rules) -> Vec<Approver> {
    let approver = |holder: &KeyHolder| {
        Some(Approver {
            name: holder.name.clone(),
            key: VerifyingKey::try_from(holder.key.clone()).ok()?,
            accounts: holder.accounts.clone(),
        })
    };
    rules.approvers.iter().filter_map(approver).collect()
}

fn holders(signers: &[Signer]) -> Vec<KeyHolder> {
    signers.iter().map(KeyHolder::from).collect()
}

impl From<&Trust> for TrustedKeys {
    fn from(trust: &Trust) -> Self {
        Self {
            signatures: trust.signatures,
            keys: holders(&trust.keys),
            unsigned: trust.unsigned.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The limits that are not the ordinary ones: an ordinary one may be another in a later regent.
fn extraordinary(limits: Limits) -> Value {
    let fields = |limits| match serde_json::to_value(limits) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let ordinary = fields(Limits::default());
    let mut limits = fields(limits);
    limits.retain(|name, value| ordinary.get(name) != Some(value));
    Value::Object(limits)
}

impl Settings {
    /// The rules that are configured here, with the components that were loaded. A site that is
    /// thrown away is governed by none: what a case shows is what they say.
    pub fn rules(&self, policy: &Policy, lock: Option<&Lock>) -> Rules {
        if self.rehearsal {
            return Rules::default();
        }
        let digest = |loaded: &Loaded| (loaded.name.to_string(), loaded.digest);
        let components: Vec<_> = policy.plugins().iter().map(digest).collect();
        self.rules_of(&components, lock)
    }

    /// The same for an act that asks no rule: the components are only read.
    pub fn rules_at_rest(&self) -> Result<Rules, Unread> {
        let lock = self.lock()?;
        let mut components = Vec::new();
        for Admitted { plugin, .. } in self.admit(lock.as_ref())? {
            let component = self.resolve(&plugin.component);
            let digest = if let Some(digest) = plugin.admitted {
                digest
            } else {
                let unusable = |cause: Refusal| policy::Error::Plugin {
                    plugin: plugin.name.clone(),
                    component: component.clone(),
                    cause,
                };
                Digest::of(&policy::read(&component).map_err(unusable)?)
            };
            components.push((plugin.name.to_string(), digest));
        }
        Ok(self.rules_of(&components, lock.as_ref()))
    }

    fn rules_of(&self, components: &[(String, Digest)], lock: Option<&Lock>) -> Rules {
        let mut plugins = Vec::new();
        for plugin in &self.plugins {
            let mut found = components
                .iter()
                .filter(|(name, _)| name == plugin.name.as_str());
            let Some((name, component)) = found.next() else {
                continue;
            };
            let pin = lock.and_then(|lock| lock.pin(&plugin.name));
            plugins.push(GoverningPlugin {
                name: name.clone(),
                component: *component,
                enforcement: plugin.enforcement,
                // As the plugin is told them: how a number is written decides nothing.
                settings: policy::spelled(&plugin.settings),
                limits: extraordinary(plugin.limits),
                locked: pin.map(|pin| Locked {
                    contract: pin.contract.clone(),
                    signers: holders(&pin.signers),
                }),
            });
        }
        let rules = Rules {
            plugins,
            groups: self.groups.clone(),
            suppressions: self.suppressions.clone(),
            approvers: self.approvers.iter().map(KeyHolder::from).collect(),
            trust: self.trust.as_ref().map(TrustedKeys::from),
        };
        rules.sorted()
    }

    /// Whether any plugin is configured that is asked, and why not.
    pub fn unruled(&self) -> Option<String> {
        use crate::plan::Enforcement::Off;
        let file = match &self.file {
            Some(file) => file.display().to_string(),
            None => return Some(format!("there is no {} here", super::FILE)),
        };
        if self.plugins.is_empty() {
            Some(format!("{file} has no [[plugin]]"))
        } else if self.plugins.iter().all(|plugin| plugin.enforcement == Off) {
            Some(format!("every [[plugin]] of {file} is off"))
        } else {
            None
        }
    }

    /// The file, of settings or lock, that names another system than `id`, and that one.
    pub fn foreign(&self, id: SystemId) -> Option<(PathBuf, SystemId)> {
        if self.rehearsal {
            return None;
        }
        let other = |named: Option<SystemId>| named.filter(|named| *named != id);
        if let Some(named) = other(self.system) {
            return Some((self.file.clone().unwrap_or_default(), named));
        }
        // A lock that cannot be read is told of where it is used.
        let lock = self.lock().ok().flatten()?;
        Some((lock.path().to_owned(), other(lock.system)?))
    }
}

/// Why it is not known which rules are configured.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The lock file.
    #[error(transparent)]
    Settings(#[from] Error),
    /// A component.
    #[error(transparent)]
    Policy(#[from] policy::Error),
}
