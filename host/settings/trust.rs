//! Which components may be loaded: those that enough people signed, and that the lock file pins.
//!
//! **Invariant:** what is vouched for is bytes. A plugin that was admitted carries the digest of
//! the very bytes whose signatures and pin were checked, and the policy loads no others.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::identity::Digest;
use crate::policy::{self, Distrust, PluginName, PluginSettings, Refusal};
use crate::secret::signing::{self, PLUGIN};
use crate::secret::{Signer, VerifyingKey};
use crate::source::SourceFile;

use super::{Lock, Settings};

/// The most signatures that are looked at; each is verified over the whole component.
const MAX_SIGNATURES: usize = 100;

/// `[trust]` of the settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trust {
    /// The keys whose signatures count.
    #[serde(default, rename = "key")]
    pub keys: Vec<Signer>,
    /// How many of them must have signed a component.
    #[serde(default = "one")]
    pub signatures: usize,
    /// The plugins that need no signature as long as they lie in the folder of the settings.
    #[serde(default)]
    pub unsigned: Vec<PluginName>,
}

fn one() -> usize {
    1
}

/// One signature beside a component.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The key that it names; nothing where it is no signature.
    pub key: Option<VerifyingKey>,
    /// Who that is, where the key is trusted.
    pub signer: Option<String>,
    /// Why it does not count; nothing where it does.
    pub refused: Option<String>,
}

/// A plugin that may be loaded.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// It, bound to the bytes that were vouched for, where somebody had to.
    pub plugin: PluginSettings,
    /// Whose signatures count.
    pub signers: Vec<Signer>,
}

/// What somebody wants to have vouched for, whether or not it lies in its place already.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// Its place.
    pub path: &'a Path,
    /// Whether that is below the folder of the settings.
    pub local: bool,
    /// The component.
    pub bytes: &'a [u8],
    /// The text of its signatures.
    pub signatures: &'a str,
}

impl Trust {
    /// Trusts no key at all.
    pub fn nobody() -> Self {
        Self {
            keys: Vec::new(),
            signatures: one(),
            unsigned: Vec::new(),
        }
    }

    /// Why no component could ever be trusted in this way.
    pub(super) fn impossible(&self) -> Option<String> {
        if let Some((signer, what)) = Signer::indistinct(&self.keys) {
            return Some(format!("key “{}”: {what}", signer.name));
        }
        let (asked, keys) = (self.signatures, self.keys.len());
        if asked == 0 {
            Some("`signatures` is 0".to_owned())
        } else if asked > keys {
            let each = if keys == 1 { "key" } else { "keys" };
            Some(format!(
                "it asks for {asked} `signatures` and has {keys} {each}"
            ))
        } else {
            None
        }
    }

    /// Those who must and did sign a component, or why that is not enough.
    fn signers(
        &self,
        name: &PluginName,
        Presented {
            path,
            local,
            bytes,
            signatures,
        }: Presented<'_>,
    ) -> Result<Vec<Signer>, Distrust> {
        let found = signatures_in(signatures, path, bytes, &self.keys)?;
        let signers = counting(&found, &self.keys);
        if signers.len() >= self.signatures {
            return Ok(signers);
        }
        match (self.unsigned.contains(name), local) {
            (true, true) => Ok(signers),
            (true, false) => Err(Distrust::NotLocal),
            (false, _) => Err(Distrust::TooFew {
                counted: signers.len(),
                needed: self.signatures,
                refused: found.iter().filter_map(Signature::refusal).collect(),
            }),
        }
    }
}

impl Signature {
    /// What it is and whether it counts, for these bytes and keys.
    fn of(armored: &str, bytes: &[u8], keys: &[Signer]) -> Self {
        let key = match VerifyingKey::named_in(armored) {
            Ok(key) => key,
            Err(refused) => {
                return Self {
                    key: None,
                    signer: None,
                    refused: Some(refused.to_string()),
                };
            }
        };
        let signer = keys.iter().find(|signer| signer.key.is(&key));
        let refused = match (key.verify(PLUGIN, bytes, armored), signer) {
            (Err(refused), _) => Some(refused.to_string()),
            (Ok(()), None) => Some("no [[trust.key]] in regent.toml is this key".to_owned()),
            (Ok(()), Some(_)) => None,
        };
        Self {
            key: Some(key),
            signer: signer.map(|signer| signer.name.clone()),
            refused,
        }
    }

    /// Who made it: a name, or else a key.
    pub fn by(&self) -> String {
        match (&self.signer, &self.key) {
            (Some(signer), _) => signer.clone(),
            (None, Some(key)) => key.to_string(),
            (None, None) => "somebody unknown".to_owned(),
        }
    }

    /// A line on why it does not count.
    fn refusal(&self) -> Option<String> {
        let refused = self.refused.as_ref()?;
        Some(format!("signature by {}: {refused}", self.by()))
    }
}

/// The file of a component's signatures: its own name with `.sig` behind.
pub fn signature_file(component: &Path) -> PathBuf {
    let mut name = OsString::from(component);
    name.push(".sig");
    name.into()
}

/// The text of a component's signatures; empty where there are none.
pub fn signature_text(component: &Path) -> Result<String, Distrust> {
    let path = signature_file(component);
    match SourceFile::read_text(&path) {
        Ok(file) => Ok(file.text().to_owned()),
        Err(cause) if cause.is_missing() => Ok(String::new()),
        Err(cause) => Err(Distrust::Unreadable { path, cause }),
    }
}

/// Every signature beside a component with these bytes.
pub fn signatures(
    component: &Path,
    bytes: &[u8],
    keys: &[Signer],
) -> Result<Vec<Signature>, Distrust> {
    signatures_in(&signature_text(component)?, component, bytes, keys)
}

/// Every signature in a text that lies, or is to lie, beside a component with these bytes.
fn signatures_in(
    text: &str,
    component: &Path,
    bytes: &[u8],
    keys: &[Signer],
) -> Result<Vec<Signature>, Distrust> {
    let blocks = signing::armored(text);
    if blocks.len() > MAX_SIGNATURES {
        return Err(Distrust::TooMany {
            path: signature_file(component),
            most: MAX_SIGNATURES,
        });
    }
    let of = |armored: &&str| Signature::of(armored, bytes, keys);
    Ok(blocks.iter().map(of).collect())
}

/// Whose signatures count; each once.
pub fn counting(signatures: &[Signature], keys: &[Signer]) -> Vec<Signer> {
    let counts = |signer: &&Signer| {
        let mut counting = signatures.iter().filter(|found| found.refused.is_none());
        counting.any(|found| found.key.as_ref().is_some_and(|key| key.is(&signer.key)))
    };
    keys.iter().filter(counts).cloned().collect()
}

impl Settings {
    /// Every plugin, vouched for; without `[trust]` and lock they are taken as they are.
    pub fn admit(&self, lock: Option<&Lock>) -> Result<Vec<Admitted>, policy::Error> {
        let mut admitted = Vec::new();
        let mut errors = Vec::new();
        for plugin in &self.plugins {
            match self.vouch(plugin, lock) {
                Ok(plugin) => admitted.push(plugin),
                Err(cause) => errors.push(policy::Error::Plugin {
                    plugin: plugin.name.clone(),
                    component: self.resolve(&plugin.component),
                    cause,
                }),
            }
        }
        match errors.len() {
            0 => Ok(admitted),
            1 => Err(errors.swap_remove(0)),
            _ => Err(policy::Error::Several(errors)),
        }
    }

    fn vouch(&self, plugin: &PluginSettings, lock: Option<&Lock>) -> Result<Admitted, Refusal> {
        if self.trust.is_none() && lock.is_none() {
            return Ok(Admitted {
                plugin: plugin.clone(),
                signers: Vec::new(),
            });
        }
        let path = self.resolve(&plugin.component);
        let bytes = policy::read(&path)?;
        let signatures = match &self.trust {
            Some(_) => signature_text(&path)?,
            None => String::new(),
        };
        let presented = Presented {
            path: &path,
            local: self.is_local(&plugin.component),
            bytes: &bytes,
            signatures: &signatures,
        };
        self.vouch_for(plugin, presented, lock)
    }

    /// Vouches for the bytes that are presented as a plugin, or says who does not.
    pub(super) fn vouch_for(
        &self,
        plugin: &PluginSettings,
        presented: Presented<'_>,
        lock: Option<&Lock>,
    ) -> Result<Admitted, Refusal> {
        let digest = Digest::of(presented.bytes);
        if let Some(lock) = lock {
            lock.pins(&plugin.name, digest)?;
        }
        let signers = match &self.trust {
            Some(trust) => trust.signers(&plugin.name, presented)?,
            None => Vec::new(),
        };
        if let Some(lock) = lock {
            lock.was_signed_by(&plugin.name, &signers)?;
        }
        let plugin = PluginSettings {
            admitted: Some(digest),
            ..plugin.clone()
        };
        Ok(Admitted { plugin, signers })
    }

    /// Whether a component lies below the folder of the settings, wherever links lead.
    fn is_local(&self, component: &Path) -> bool {
        let below = || {
            let folder = self.resolve(Path::new(".")).canonicalize().ok()?;
            let path = self.resolve(component).canonicalize().ok()?;
            Some(path.starts_with(folder))
        };
        component.is_relative() && below().unwrap_or(false)
    }
}
