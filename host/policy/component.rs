//! From a file that somebody names to a component that fits the contract.

use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use wasmtime::component::{Component, Instance, InstancePre};
use wasmtime::{Engine, Precompiled, Store};

use super::bindings::exports::regent::plugin::{about, promoter, validator};
use super::bindings::regent::plugin::types as wit;
use super::cache::Key;
use super::convert;
use super::description::{Description, Known};
use super::engine::Sandbox;
use super::error::{Broken, Refusal};
use super::settings::{Limits, Units};
use super::store::{self, Call, LogLine, Usage};
use crate::identity::Digest;
use crate::source;

/// The largest component that is read, in bytes. Python's, interpreter included, has 18 MiB.
pub(super) const MAX_BYTES: u64 = 32 << 20;

/// The package and major version of the contract.
const PACKAGE: &str = "regent:plugin/";
const MAJOR: &str = "1";

/// What every core module and every component begins with; the two bytes after are version and layer.
const MAGIC: &[u8] = b"\0asm";

/// Reads a component's bytes, whatever they are: a regular file of at most 32 MiB.
pub fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let file = open(path)?.take(MAX_BYTES + 1);
    std::io::BufReader::new(file)
        .read_to_end(&mut bytes)
        .map_err(Refusal::Unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Refusal::TooLarge);
    }
    Ok(bytes)
}

/// Reads a component whose key is known already, and must still be its key.
pub(super) fn read_again(path: &Path, key: Key) -> Result<Vec<u8>, Refusal> {
    let bytes = read(path)?;
    if Key::of(&bytes) == key {
        Ok(bytes)
    } else {
        let changed = std::io::Error::other("it changed while it was read");
        Err(Refusal::Unreadable(changed))
    }
}

/// The size of a component and its key in the cache: where the cache knows it, that is all of it
/// that is wanted.
pub(super) fn key(path: &Path) -> Result<(u64, Key), Refusal> {
    let file = open(path)?.take(MAX_BYTES + 1);
    let (bytes, key) = Key::of_all(file).map_err(Refusal::Unreadable)?;
    if bytes > MAX_BYTES {
        return Err(Refusal::TooLarge);
    }
    Ok((bytes, key))
}

fn open(path: &Path) -> Result<fs::File, Refusal> {
    if let Some(what) = source::no_file(path) {
        return Err(Refusal::NotAFile(what));
    }
    let metadata = fs::metadata(path).map_err(Refusal::Unreadable)?;
    if metadata.len() > MAX_BYTES {
        return Err(Refusal::TooLarge);
    }
    fs::File::open(path).map_err(Refusal::Unreadable)
}

/// Compiles a component. Native code, core modules and text are refused by name.
pub(super) fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, Refusal> {
    if let Some(Precompiled::Module | Precompiled::Component) = Engine::detect_precompiled(bytes) {
        return Err(Refusal::Precompiled);
    }
    match bytes.strip_prefix(MAGIC) {
        Some([_, 0, 1, 0, ..]) => {}
        Some([_, _, 0, 0, ..]) => return Err(Refusal::CoreModule),
        None if matches!(bytes.trim_ascii_start(), [b'(' | b';', ..]) => {
            return Err(Refusal::Text);
        }
        _ => return Err(Refusal::NotWasm),
    }
    Component::from_binary(engine, bytes).map_err(|error| Refusal::Invalid {
        reason: format!("{error:#}"),
    })
}

/// A component whose imports and exports are the contract's: it can be asked, each time in a fresh
/// instance. Cloning is cheap.
#[derive(Clone)]
pub(super) struct Fitted {
    sandbox: Arc<Sandbox>,
    pre: InstancePre<Call>,
    about: about::GuestIndices,
    validator: Option<validator::GuestIndices>,
    promoter: Option<promoter::GuestIndices>,
}

/// What a call came to, what was logged until then, and what it took.
pub(super) struct Answer<T> {
    pub(super) said: Result<T, Broken>,
    pub(super) log: Vec<LogLine>,
    pub(super) used: Usage,
}

impl<T> Answer<T> {
    /// No answer, for a reason of the host's.
    pub(super) fn none(why: Broken) -> Self {
        Self {
            said: Err(why),
            log: Vec::new(),
            used: Usage::default(),
        }
    }
}

impl<T> Answer<Result<T, String>> {
    /// An error that the plugin returned breaks the call like any other.
    fn unless_failed(self) -> Answer<T> {
        Answer {
            said: self.said.and_then(|said| said.map_err(convert::failure)),
            log: self.log,
            used: self.used,
        }
    }
}

impl Fitted {
    /// Checks the names of imports and exports, and links the imports.
    pub(super) fn new(sandbox: &Arc<Sandbox>, component: &Component) -> Result<Self, Refusal> {
        check_imports(&imports(component))?;
        check_versions(&exports(component))?;
        let pre = sandbox.linker().instantiate_pre(component);
        let pre = pre.map_err(|error| Refusal::UnfitImport {
            reason: format!("{error:#}"),
        })?;
        // Each fails where the interface or one of its functions is absent, which may be meant for
        // these two; what a signature looks like is `look`'s to find out.
        let validator = validator::GuestIndices::new(&pre);
        let promoter = promoter::GuestIndices::new(&pre);
        let fitted = Self {
            sandbox: Arc::clone(sandbox),
            about: about::GuestIndices::new(&pre).map_err(|_| Refusal::MissingExport("about"))?,
            validator: present(component, "validator", validator)?,
            promoter: present(component, "promoter", promoter)?,
            pre,
        };
        if fitted.validator.is_none() && fitted.promoter.is_none() {
            return Err(Refusal::NothingToAsk);
        }
        Ok(fitted)
    }

    pub(super) fn validates(&self) -> bool {
        self.validator.is_some()
    }

    pub(super) fn decides(&self) -> bool {
        self.promoter.is_some()
    }

    /// Instantiates it once, checks every signature and lets it describe itself; says what that last
    /// took. Only a component that passed may be asked or cached.
    pub(super) fn look(&self, limits: Limits) -> Result<(Description, Usage), Refusal> {
        let this = self.clone();
        let fits = self.call(limits, move |store, instance| {
            let unfit = |interface, error: &wasmtime::Error| Refusal::Signature {
                interface,
                reason: format!("{error:#}"),
            };
            if let Err(error) = this.about.load(&mut *store, instance) {
                return Ok(Err(unfit("about", &error)));
            }
            if let Some(Err(error)) = this.validator.map(|v| v.load(&mut *store, instance)) {
                return Ok(Err(unfit("validator", &error)));
            }
            if let Some(Err(error)) = this.promoter.map(|p| p.load(&mut *store, instance)) {
                return Ok(Err(unfit("promoter", &error)));
            }
            Ok(Ok(()))
        });
        fits.said.map_err(Refusal::DoesNotStart)??;
        let about = self.about.clone();
        let answer = self.call(limits, move |store, instance| {
            about.load(&mut *store, instance)?.call_describe(store)
        });
        let answer = answer.unless_failed();
        let description = convert::description(answer.said.map_err(Refusal::Undescribed)?)
            .map_err(|problem| Refusal::Description { problem })?;
        description.check()?;
        Ok((description, answer.used))
    }

    /// Asks the validator; nothing where it has none.
    pub(super) fn validate(
        &self,
        limits: Limits,
        told: &Arc<(wit::UpdateFile, wit::System)>,
        settings: &Arc<str>,
    ) -> Option<Answer<Vec<wit::Finding>>> {
        let validator = self.validator.clone()?;
        let (told, settings) = (Arc::clone(told), Arc::clone(settings));
        let answer = self.call(limits, move |store, instance| {
            let (file, system) = &*told;
            let validator = validator.load(&mut *store, instance)?;
            validator.call_validate(store, file, system, &settings)
        });
        Some(answer.unless_failed())
    }

    /// Asks the promoter; nothing where it has none.
    pub(super) fn decide(
        &self,
        limits: Limits,
        told: &Arc<wit::Promotion>,
        settings: &Arc<str>,
    ) -> Option<Answer<wit::Decision>> {
        let promoter = self.promoter.clone()?;
        let (told, settings) = (Arc::clone(told), Arc::clone(settings));
        let answer = self.call(limits, move |store, instance| {
            let promoter = promoter.load(&mut *store, instance)?;
            promoter.call_decide(store, &told, &settings)
        });
        Some(answer.unless_failed())
    }

    /// One call: a fresh store, a fresh instance, `ask`, and everything dropped again.
    fn call<T: Send + 'static>(
        &self,
        limits: Limits,
        ask: impl FnOnce(&mut Store<Call>, &Instance) -> wasmtime::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let pre = self.pre.clone();
        let run = move || {
            let mut store = match store::open(pre.engine(), limits) {
                Ok(store) => store,
                Err(error) => return Answer::none(Broken::Host(format!("{error:#}"))),
            };
            let said = pre
                .instantiate(&mut store)
                .and_then(|instance| ask(&mut store, &instance))
                .map_err(|error| Broken::sort(&error, &limits));
            let used = store::used(&store);
            let log = store.into_data().into_log();
            Answer { said, log, used }
        };
        let ran = self.sandbox.run(Units::from(limits).deadline, run);
        ran.unwrap_or_else(Answer::none)
    }
}

impl fmt::Debug for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fitted").finish_non_exhaustive()
    }
}

impl Fitted {
    /// What is known of it from now on.
    pub(super) fn known(&self, digest: Digest, description: Description) -> Known {
        Known {
            digest,
            imports: imports(self.pre.component()),
            exports: exports(self.pre.component()),
            validates: self.validates(),
            decides: self.decides(),
            description,
        }
    }
}

/// The names of a component's imports.
fn imports(component: &Component) -> Vec<String> {
    let kind = component.component_type();
    let imports = kind.imports(component.engine());
    imports.map(|(name, _)| name.to_owned()).collect()
}

/// The names of a component's exports.
fn exports(component: &Component) -> Vec<String> {
    let kind = component.component_type();
    let exports = kind.exports(component.engine());
    exports.map(|(name, _)| name.to_owned()).collect()
}

/// A name of the contract as interface and version; nothing for any other name.
fn of_contract(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?;
    Some(rest.split_once('@').unwrap_or((rest, "")))
}

fn speaks(version: &str) -> bool {
    version.split('.').next() == Some(MAJOR)
}

fn check_imports(imports: &[String]) -> Result<(), Refusal> {
    check_versions(imports)?;
    let foreign = imports.iter().filter(|name| {
        !of_contract(name).is_some_and(|(interface, _)| matches!(interface, "log" | "types"))
    });
    let names: Vec<_> = foreign.cloned().collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(Refusal::ForeignImports { names })
    }
}

/// Versions match by semver: whatever has the same major version fits or fails by name later.
fn check_versions(names: &[String]) -> Result<(), Refusal> {
    let other = names
        .iter()
        .find(|name| of_contract(name).is_some_and(|(_, version)| !speaks(version)));
    match other {
        None => Ok(()),
        Some(interface) => Err(Refusal::WrongVersion {
            interface: interface.clone(),
        }),
    }
}

/// Tells an interface that is absent from one that lacks a function.
fn present<T>(
    component: &Component,
    interface: &'static str,
    found: wasmtime::Result<T>,
) -> Result<Option<T>, Refusal> {
    let name = format!("{PACKAGE}{interface}@{MAJOR}.0.0");
    match found {
        Ok(found) => Ok(Some(found)),
        Err(_) if component.get_export_index(None, &name).is_none() => Ok(None),
        Err(error) => Err(Refusal::Signature {
            interface,
            reason: format!("{error:#}"),
        }),
    }
}
