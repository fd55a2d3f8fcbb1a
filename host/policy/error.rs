//! Why a plugin cannot be used, and how a call to one went wrong.

use std::error::Error as _;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::distrust::Distrust;
use super::settings::{Limits, PluginName};
use crate::plan::Enforcement;
use crate::visible::quote;

mod codes;

/// What stops a policy from being loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A configured plugin cannot be used.
    #[error("plugin {plugin} ({}) cannot be used", component.display())]
    Plugin {
        /// Its configured name.
        plugin: PluginName,
        /// Its component.
        component: PathBuf,
        /// Why.
        #[source]
        cause: Refusal,
    },
    /// A component that was looked at cannot be used.
    #[error("{} cannot be used as a plugin", component.display())]
    Component {
        /// The component.
        component: PathBuf,
        /// Why.
        #[source]
        cause: Refusal,
    },
    /// More than one plugin cannot be used; each is an [`Error::Plugin`].
    #[error("{} plugins cannot be used", .0.len())]
    Several(Vec<Error>),
    /// The compile cache cannot be made or read.
    #[error("the compile cache {} cannot be used", folder.display())]
    Cache {
        /// Its folder.
        folder: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// Another account could have put native code into the compile cache.
    #[error("{} of the compile cache belongs to another account or is open to others", path.display())]
    CacheExposed {
        /// The folder, or the key in it.
        path: PathBuf,
    },
    /// No key can be drawn for the compile cache.
    #[error("no key can be drawn for the compile cache")]
    Entropy(#[source] crate::entropy::Error),
    /// This build of wasmtime refuses the settings of `engine.rs`.
    #[error("the WebAssembly engine does not start: {reason}")]
    Engine {
        /// What wasmtime says.
        reason: String,
    },
}

impl Error {
    /// What several plugins come to, each of which may be one that cannot be used.
    pub(crate) fn all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.swap_remove(0)),
            _ => Err(Self::Several(errors)),
        }
    }

    /// The errors it is made of: itself, or those of several plugins.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several(errors) => errors,
            one => std::slice::from_ref(one),
        }
    }

    /// Everything that is wrong, a line each, from the nearest cause to the farthest.
    pub fn details(&self) -> Vec<String> {
        let Self::Several(errors) = self else {
            let causes = std::iter::successors(self.source(), |cause| (*cause).source());
            let lines = |cause: &dyn std::error::Error| -> Vec<String> {
                let said = cause.to_string();
                said.lines().map(|line| line.trim().to_owned()).collect()
            };
            return causes.flat_map(lines).collect();
        };
        let named = |error: &Self| -> Vec<String> {
            let of = |line| format!("{}: {line}", error.about());
            error.details().into_iter().map(of).collect()
        };
        errors.iter().flat_map(named).collect()
    }

    /// The plugin it is about, or else what it says.
    fn about(&self) -> String {
        match self {
            Self::Plugin { plugin, .. } => plugin.to_string(),
            other => other.to_string(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            // Nobody has configured what was named on the command line.
            Self::Component {
                cause: Refusal::Unreadable(cause),
                ..
            } if cause.kind() == ErrorKind::NotFound => {
                Some("check the path; it is taken from the folder you are in".to_owned())
            }
            Self::Plugin { cause, .. } | Self::Component { cause, .. } => cause.help(),
            Self::Several(errors) => helps(errors),
            Self::Cache { .. } => {
                Some("give the account that runs regent a cache folder it can write".to_owned())
            }
            Self::CacheExposed { path } => Some(format!(
                "if you trust nobody who could write there, delete it: `rm -r {}`; regent makes it anew",
                quote(&path.display().to_string())
            )),
            Self::Entropy(_) => None,
            Self::Engine { .. } => Some("report this as a bug of regent".to_owned()),
        }
    }
}

/// What to do about each, a line for all that need the same.
fn helps(errors: &[Error]) -> Option<String> {
    let mut helps: Vec<(String, String)> = Vec::new();
    for error in errors {
        let Some(help) = error.help() else { continue };
        match helps.iter_mut().find(|(_, known)| *known == help) {
            Some((names, _)) => *names = format!("{names}, {}", error.about()),
            None => helps.push((error.about(), help)),
        }
    }
    let lines: Vec<String> = helps
        .into_iter()
        .map(|(names, help)| format!("{names}: {help}"))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// One thing wrong with a plugin's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingsProblem {
    /// The setting, as a path: `/days/0`; empty for the settings as a whole.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// Why a component cannot be used as a plugin.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A group counts on its vote, and it has none.
    #[error("the group {group} counts on it, and it decides no promotions")]
    NoVote {
        /// The group.
        group: String,
    },
    /// The operating system refused.
    #[error("the component cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// A folder, a named pipe, a device.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    /// Larger than any plugin: 32 MiB.
    #[error("it is larger than {} MiB", super::component::MAX_BYTES >> 20)]
    TooLarge,
    /// Native code: loading it would run it outside every limit.
    #[error("it is precompiled native code, which is never loaded from a file somebody names")]
    Precompiled,
    /// A WebAssembly module that was not made a component.
    #[error("it is a core WebAssembly module, not a component")]
    CoreModule,
    /// The text form.
    #[error("it is WebAssembly text, not a component")]
    Text,
    /// Something else.
    #[error("it is not a WebAssembly component")]
    NotWasm,
    /// The component does not validate, or uses a proposal that is switched off.
    #[error("the component does not compile: {reason}")]
    Invalid {
        /// What wasmtime says.
        reason: String,
    },
    /// Imports beyond the contract.
    #[error("it imports {}, and a plugin may import nothing but regent:plugin/log", .names.join(", "))]
    ForeignImports {
        /// Each import.
        names: Vec<String>,
    },
    /// It imports something of the contract that this host does not have.
    #[error("an import does not fit the contract: {reason}")]
    UnfitImport {
        /// What wasmtime says.
        reason: String,
    },
    /// A version of the contract that this host does not speak.
    #[error("it was built for {interface}, and this regent speaks version 1 of the contract")]
    WrongVersion {
        /// The interface with its version.
        interface: String,
    },
    /// An interface that every plugin exports is absent.
    #[error("it does not export regent:plugin/{0}")]
    MissingExport(&'static str),
    /// It exports neither `validator` nor `promoter`.
    #[error("it exports neither regent:plugin/validator nor regent:plugin/promoter")]
    NothingToAsk,
    /// A function has other parameters or results than the contract's.
    #[error("its export regent:plugin/{interface} does not fit the contract: {reason}")]
    Signature {
        /// The interface.
        interface: &'static str,
        /// What wasmtime says.
        reason: String,
    },
    /// It broke when it was started once to be looked at.
    #[error("it cannot be started")]
    DoesNotStart(#[source] Broken),
    /// It broke when asked to describe itself.
    #[error("it cannot describe itself")]
    Undescribed(#[source] Broken),
    /// What it says of itself cannot be used.
    #[error("its description cannot be used: {problem}")]
    Description {
        /// What is wrong.
        problem: String,
    },
    /// Its settings do not fit its schema.
    #[error("its settings do not fit{}", told(.problems))]
    Settings {
        /// Everything that is wrong.
        problems: Vec<SettingsProblem>,
    },
    /// Its settings fit its schema, and it broke when it was asked with them on a quiet day.
    #[error("tried with its settings on {asked}, it gave no answer")]
    Tried {
        /// What it was asked about.
        asked: &'static str,
        /// How it broke.
        #[source]
        cause: Broken,
    },
    /// Nobody who should vouches for it.
    #[error(transparent)]
    Distrusted(Box<Distrust>),
    /// Two plugins are configured under one name.
    #[error("another plugin has the same name")]
    Duplicate,
}

fn told(problems: &[SettingsProblem]) -> String {
    let line = |problem: &SettingsProblem| {
        let path = if problem.path.is_empty() {
            "settings"
        } else {
            &problem.path
        };
        format!("\n  {path}: {}", problem.message)
    };
    problems.iter().map(line).collect()
}

impl Refusal {
    /// All of it in a line.
    pub(super) fn line(&self) -> String {
        let causes = std::iter::successors(self.source(), |cause| (*cause).source());
        causes.fold(self.to_string(), |said, cause| format!("{said}: {cause}"))
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoVote { .. } => {
                "take it out of the group's `plugins` in regent.toml; a plugin that checks update files needs no group"
            }
            Self::Unreadable(cause) if cause.kind() == ErrorKind::NotFound => {
                "check the plugin's `component` in regent.toml; a relative path starts where regent.toml lies"
            }
            Self::Unreadable(_) => "give the account that runs regent permission to read it",
            Self::NotAFile(_) => "name the component itself",
            Self::TooLarge => "build it without debug information, or optimise it for size",
            Self::Precompiled => "configure the .wasm component it was compiled from",
            Self::CoreModule => {
                "make it a component: `regent plugin build`, or `wasm-tools component new`"
            }
            Self::Text | Self::NotWasm => "build the component with `regent plugin build`",
            Self::Invalid { .. } => {
                "build it for plain wasm32 without SIMD, threads, tail calls or garbage collection"
            }
            Self::ForeignImports { .. } => {
                "build it without WASI: Rust for wasm32-unknown-unknown, JavaScript and Python with `--stub-wasi`"
            }
            Self::UnfitImport { .. } | Self::WrongVersion { .. } | Self::Signature { .. } => {
                "rebuild it with this regent's contract, which `regent plugin contract` prints"
            }
            Self::MissingExport(_) | Self::NothingToAsk => {
                "build it for one of the worlds plugin, validator-plugin or promoter-plugin"
            }
            Self::DoesNotStart(broken)
            | Self::Undescribed(broken)
            | Self::Tried { cause: broken, .. } => return broken.help(),
            Self::Description { .. } => "tell its author",
            Self::Distrusted(distrust) => distrust.help(),
            Self::Settings { .. } => {
                "mend [plugin.settings] in regent.toml; `regent plugin inspect COMPONENT` shows what they may be"
            }
            Self::Duplicate => "give each plugin in regent.toml a name of its own",
        };
        Some(help.to_owned())
    }
}

/// How a call to a plugin went wrong. Whatever it was, it denies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// More instructions than allowed. The same on every machine.
    #[error("it was stopped when its fuel of {fuel} was used up")]
    OutOfFuel {
        /// The limit.
        fuel: u64,
    },
    /// More time than allowed.
    #[error("it was stopped at its deadline of {milliseconds} ms")]
    Deadline {
        /// The limit.
        milliseconds: u64,
    },
    /// More memory than allowed.
    #[error("it was stopped when it wanted more than {mib} MiB of memory")]
    Memory {
        /// The limit.
        mib: u64,
    },
    /// Larger tables than allowed.
    #[error("it was stopped when it wanted more than {elements} table elements")]
    TableElements {
        /// The limit.
        elements: u64,
    },
    /// More handles than allowed.
    #[error("it was stopped when it wanted more than {handles} handles")]
    Handles {
        /// The limit.
        handles: u64,
    },
    /// More instances, tables or memories than any plugin needs.
    #[error("it is made of too many parts: {reason}")]
    Parts {
        /// What wasmtime says.
        reason: String,
    },
    /// More data handed over than allowed.
    #[error("it was stopped when it handed over more than {kib} KiB in one call")]
    Returned {
        /// The limit.
        kib: u64,
    },
    /// More log lines than allowed.
    #[error("it was stopped when it logged more than {lines} lines")]
    LogLines {
        /// The limit.
        lines: u64,
    },
    /// More text in log lines than allowed.
    #[error("it was stopped when it logged more than {kib} KiB")]
    LogText {
        /// The limit.
        kib: u64,
    },
    /// Calls nested too deep.
    #[error("it was stopped when its calls were nested too deep for the stack")]
    Recursion,
    /// It trapped by itself: a panic, an uncaught exception, a wrong access to memory.
    #[error("it trapped: {trap}")]
    Trapped {
        /// The trap.
        trap: String,
    },
    /// It returned an error.
    #[error("it failed: {0}")]
    Failed(String),
    /// Its answer means nothing.
    #[error("its answer is malformed: {0}")]
    Malformed(String),
    /// The host could not run it.
    #[error("the host could not run it: {0}")]
    Host(String),
}

impl Broken {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let raise = |limit: &str| {
            format!(
                "if the plugin is sound, raise its `limits.{limit}` in regent.toml; otherwise tell its author"
            )
        };
        match self {
            Self::OutOfFuel { .. } => Some(
                "it may be looping for ever: tell its author; if it is sound, raise its `limits.fuel` in regent.toml"
                    .to_owned(),
            ),
            Self::Deadline { .. } => Some(
                "try again when the machine is less busy; if that does not help, tell the plugin's author"
                    .to_owned(),
            ),
            Self::Memory { .. } => Some(raise("memory-mib")),
            Self::TableElements { .. } => Some(raise("table-elements")),
            Self::Handles { .. } => Some(raise("handles")),
            Self::Returned { .. } => Some(raise("returned-kib")),
            Self::LogLines { .. } => Some(raise("log-lines")),
            Self::LogText { .. } => Some(raise("log-kib")),
            Self::Failed(_) => Some(
                "if it speaks of a setting, mend its [plugin.settings] in regent.toml; otherwise tell its author"
                    .to_owned(),
            ),
            Self::Parts { .. } | Self::Recursion | Self::Trapped { .. } | Self::Malformed(_) => {
                Some("tell the plugin's author".to_owned())
            }
            Self::Host(_) => None,
        }
    }

    /// The same for a plugin of this enforcement that broke when it was asked.
    pub fn help_under(&self, enforcement: Enforcement) -> Option<String> {
        const UNTIL: &str =
            "until it is mended, `enforcement = \"warn\"` in regent.toml turns it into a warning";
        let help = self.help();
        match enforcement {
            Enforcement::Deny => {
                Some(help.map_or(UNTIL.to_owned(), |help| format!("{help}; {UNTIL}")))
            }
            Enforcement::Warn | Enforcement::Off => help,
        }
    }

    /// Sorts what wasmtime reports; the only place that looks into its errors.
    pub(super) fn sort(error: &wasmtime::Error, limits: &Limits) -> Self {
        if let Some(Exceeded(broken)) = error.downcast_ref::<Exceeded>() {
            return broken.clone();
        }
        if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
            return match trap {
                wasmtime::Trap::OutOfFuel => Self::OutOfFuel { fuel: limits.fuel },
                wasmtime::Trap::Interrupt => Self::Deadline {
                    milliseconds: limits.deadline_milliseconds,
                },
                wasmtime::Trap::StackOverflow => Self::Recursion,
                wasmtime::Trap::UnreachableCodeReached => Self::Trapped {
                    trap: "it panicked or threw (unreachable)".to_owned(),
                },
                other => Self::Trapped {
                    trap: other.to_string(),
                },
            };
        }
        // These have no type of their own in wasmtime 48; `tests/it/limits.rs` holds the words.
        let reason = error.root_cause().to_string();
        if reason.contains("fuel allocated for hostcalls") {
            Self::Returned {
                kib: limits.returned_kib,
            }
        } else if reason.contains("handle limit exceeded") {
            Self::Handles {
                handles: limits.handles,
            }
        } else if let Some(parts) = reason.strip_prefix("resource limit exceeded: ") {
            Self::Parts {
                reason: parts.to_owned(),
            }
        } else {
            Self::Malformed(reason)
        }
    }
}

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A limit of ours, carried through wasmtime to [`Broken::sort`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Exceeded(pub(super) Broken);
