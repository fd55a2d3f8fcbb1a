//! What a component is, whether or not a plugin of that name is configured.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::cache::{Cache, Found, Key};
use super::component::{self, Fitted};
use super::description::Description;
use super::engine::Sandbox;
use super::error::Error;
use super::producers::Producers;
use super::settings::Limits;
use super::store::Usage;
use crate::identity::Digest;

/// What a component is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// The component.
    pub component: PathBuf,
    /// SHA-256 of it.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// Whether it checks update files.
    pub validates: bool,
    /// Whether it decides promotions.
    pub decides: bool,
    /// What it says of itself.
    pub description: Description,
    /// What it was made with.
    pub producers: Producers,
    /// What describing itself took, from a fresh instance on.
    pub describing: Usage,
    /// Its code, where it can be asked.
    #[serde(skip)]
    pub(super) fitted: Option<Fitted>,
}

impl Inspection {
    /// The version of the contract that it was built for.
    pub fn contract(&self) -> &str {
        contract(&self.exports)
    }
}

/// The version of the contract that a plugin of these exports was built for, as the interface says
/// that every plugin exports.
pub(super) fn contract(exports: &[String]) -> &str {
    let mut exports = exports.iter();
    let version = exports.find_map(|name| name.strip_prefix("regent:plugin/about@"));
    version.unwrap_or_default()
}

/// Looks at one component, which need not be configured. With a cache, its compiled code is taken
/// from there, or kept there for whoever loads the component next.
pub fn inspect(path: &Path, cache: Option<&Cache>) -> Result<Inspection, Error> {
    let bytes = component::read(path).map_err(|cause| Error::Component {
        component: path.to_owned(),
        cause,
    })?;
    inspect_bytes(path, &bytes, cache)
}

/// As [`inspect`], for a component that need not lie there yet.
pub fn inspect_bytes(
    path: &Path,
    bytes: &[u8],
    cache: Option<&Cache>,
) -> Result<Inspection, Error> {
    let sandbox = Arc::new(Sandbox::new()?);
    let look = || {
        let key = Key::of(bytes);
        let found = cache.map(|cache| cache.read(sandbox.engine(), key));
        let (component, kept) = match found {
            Some(Found::Entry(component, _)) => (component, true),
            _ => (component::compile(sandbox.engine(), bytes)?, false),
        };
        let fitted = Fitted::new(&sandbox, &component)?;
        let (description, describing) = fitted.look(Limits::default())?;
        if let (Some(cache), false) = (cache, kept) {
            // A cache that cannot be written costs time and nothing else.
            let _kept = cache.keep(key, &component, &description);
        }
        let known = fitted.known(Digest::of(bytes), description);
        Ok(Inspection {
            component: path.to_owned(),
            digest: known.digest,
            bytes: bytes.len() as u64,
            imports: known.imports,
            exports: known.exports,
            validates: known.validates,
            decides: known.decides,
            description: known.description,
            producers: Producers::of(bytes),
            describing,
            fitted: Some(fitted),
        })
    };
    look().map_err(|cause| Error::Component {
        component: path.to_owned(),
        cause,
    })
}
