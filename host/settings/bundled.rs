//! The configured plugins as one file, for machines without a network: components, signatures,
//! lock and contract.
//!
//! **Invariant:** what a bundle brings is vouched for as everything is that is loaded, before any of
//! it is written; it is written whole or not at all, and never outside the folder of the settings.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::bundle::Bundle;
use crate::identity::Digest;
use crate::plan::Enforcement;
use crate::policy::{self, Inspection, Limits, Loaded, PluginName, PluginSettings};
use crate::toolchain::CONTRACT;

use super::lock::Pin;
use super::trust::{Presented, signature_file, signature_text};
use super::{Admitted, Lock, Settings};

mod error;
mod install;

pub use error::BundledError;
pub use install::{Installation, Placed};

/// Names the form of the bundle.
pub const FORM: &str = "regent/plugins/1";

/// The lock of a bundle, which pins its plugins and no others.
const LOCK: &str = "regent.lock";
/// The contract that the regent which wrote it speaks.
const WIT: &str = "plugin.wit";
/// The folder of the components.
const FOLDER: &str = "plugins";

/// One plugin of a bundle.
#[derive(Debug, Clone)]
pub struct Bundled {
    /// Its configured name.
    pub name: PluginName,
    /// Its component.
    pub bytes: Vec<u8>,
    /// The text of its signatures; empty where nobody has signed it.
    pub signatures: String,
}

/// Plugins, and the lock that pins them.
#[derive(Debug, Clone)]
pub struct PluginBundle {
    /// The plugins, by name.
    pub plugins: Vec<Bundled>,
    /// What pins them.
    pub lock: Lock,
}

/// A plugin of a bundle that may be loaded under these settings.
#[derive(Debug)]
pub struct Vouched {
    /// It, and whose signatures count.
    pub admitted: Admitted,
    /// Whether the settings name it.
    pub configured: bool,
    /// What it is.
    pub inspection: Inspection,
}

impl Bundled {
    /// SHA-256 of the component.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

fn component_name(name: &PluginName) -> String {
    format!("{FOLDER}/{name}.wasm")
}

fn signatures_name(name: &PluginName) -> String {
    let path = signature_file(Path::new(&component_name(name)));
    path.to_string_lossy().into_owned()
}

impl PluginBundle {
    /// The plugins that were loaded, as they lie there and as the lock pins them.
    pub fn of(loaded: &[Loaded], lock: &Lock) -> Result<Self, BundledError> {
        let (mut plugins, mut pins) = (Vec::new(), Vec::new());
        for one in loaded {
            let bytes = one.bytes()?;
            let signatures = signature_text(&one.component);
            plugins.push(Bundled {
                name: one.name.clone(),
                bytes,
                signatures: signatures.map_err(|cause| one.unusable(cause.into()))?,
            });
            pins.extend(lock.pin(&one.name).cloned());
        }
        plugins.sort_by(|one, other| one.name.cmp(&other.name));
        let lock = Lock::new(PathBuf::from(LOCK), pins);
        Ok(Self { plugins, lock })
    }

    /// The bundle, written.
    pub fn bytes(&self) -> Result<Vec<u8>, BundledError> {
        let mut bundle = Bundle::default();
        bundle.add(WIT, CONTRACT);
        bundle.add(LOCK, self.lock.text());
        for plugin in &self.plugins {
            bundle.add(component_name(&plugin.name), plugin.bytes.clone());
            if !plugin.signatures.is_empty() {
                let signatures = plugin.signatures.clone();
                bundle.add(signatures_name(&plugin.name), signatures);
            }
        }
        Ok(bundle.bytes(FORM)?)
    }

    /// Reads a bundle, whoever wrote it; `path` is where it lies.
    pub fn read(mut bundle: Bundle, path: &Path) -> Result<Self, BundledError> {
        let _for_readers = bundle.take_text(WIT)?;
        let text = bundle.take_text(LOCK)?;
        let lock = Lock::parse(&text, &path.join(LOCK))?;
        let mut plugins = Vec::new();
        for Pin { name, digest, .. } in &lock.plugins {
            let bytes = bundle.take(&component_name(name))?;
            if Digest::of(&bytes) != *digest {
                return Err(BundledError::Pinned { name: name.clone() });
            }
            let signatures = signatures_name(name);
            let signatures = if bundle.holds(&signatures) {
                bundle.take_text(&signatures)?
            } else {
                String::new()
            };
            plugins.push(Bundled {
                name: name.clone(),
                bytes,
                signatures,
            });
        }
        bundle.finish()?;
        Ok(Self { plugins, lock })
    }

    /// Holds every plugin against the settings: its place, trust and lock, whether it is a plugin of
    /// the contract that is pinned, and whether its settings fit. Every one that does not is told.
    pub fn vouch(
        &self,
        settings: &Settings,
        now: Timestamp,
        progress: &dyn Fn(&str),
    ) -> Result<Vec<Vouched>, BundledError> {
        if settings.trust.is_none() {
            let signed = self.lock.plugins.iter().flat_map(|pin| &pin.signers);
            let mut signers: Vec<String> = signed.map(|signer| signer.name.clone()).collect();
            signers.sort();
            signers.dedup();
            if !signers.is_empty() {
                return Err(BundledError::NoTrust { signers });
            }
        }
        let (mut vouched, mut errors) = (Vec::new(), Vec::new());
        for plugin in &self.plugins {
            let (wanted, configured) = wanted(settings, &plugin.name);
            install::place(settings, &wanted)?;
            progress(&format!("looking at plugin {}", plugin.name));
            match self.vouch_for_one(settings, plugin, &wanted, configured.then_some(now)) {
                Ok(one) => vouched.push(one),
                Err(error) => errors.push(error),
            }
        }
        policy::Error::all(errors)?;
        Ok(vouched)
    }

    fn vouch_for_one(
        &self,
        settings: &Settings,
        plugin: &Bundled,
        wanted: &PluginSettings,
        configured: Option<Timestamp>,
    ) -> Result<Vouched, policy::Error> {
        let path = settings.resolve(&wanted.component);
        let unusable = |cause| policy::Error::Plugin {
            plugin: plugin.name.clone(),
            component: path.clone(),
            cause,
        };
        let presented = Presented {
            path: &path,
            // Nothing is written elsewhere.
            local: true,
            bytes: &plugin.bytes,
            signatures: &plugin.signatures,
        };
        let admitted = settings.vouch_for(wanted, presented, Some(&self.lock));
        let admitted = admitted.map_err(unusable)?;
        let inspection = match policy::inspect_bytes(&path, &plugin.bytes, None) {
            Err(policy::Error::Component { cause, .. }) => return Err(unusable(cause)),
            looked_at => looked_at?,
        };
        self.lock
            .speaks(&plugin.name, inspection.contract())
            .map_err(|cause| unusable(cause.into()))?;
        if let Some(now) = configured {
            let told = inspection.description.fit(&wanted.settings);
            let told = told.map_err(unusable)?;
            // One that is off is asked nothing.
            if wanted.enforcement != Enforcement::Off {
                let tried = inspection.try_out(&told, wanted.limits, now);
                tried.map_err(unusable)?;
            }
        }
        Ok(Vouched {
            admitted,
            configured: configured.is_some(),
            inspection,
        })
    }
}

/// A plugin as the settings have it, or as they might; and whether they do.
fn wanted(settings: &Settings, name: &PluginName) -> (PluginSettings, bool) {
    let configured = settings.plugins.iter().find(|plugin| plugin.name == *name);
    let new = || PluginSettings {
        name: name.clone(),
        component: component_name(name).into(),
        enforcement: Enforcement::default(),
        settings: serde_json::json!({}),
        limits: Limits::default(),
        admitted: None,
        kept: false,
    };
    (
        configured.cloned().unwrap_or_else(new),
        configured.is_some(),
    )
}
