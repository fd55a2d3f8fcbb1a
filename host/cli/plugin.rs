//! `regent plugin`: build, test and inspect the organisation's rules.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tempfile::TempDir;

use crate::exit::Status;
use crate::identity::Digest;
use crate::plan::{Enforcement, Suppression};
use crate::policy::{self, Distrust, Inspection, Loaded, Purpose};
use crate::report::human::escape_block;
use crate::report::plugin::verify::SignatureReport;
use crate::report::plugin::{BuildReport, InspectReport, PluginReport, PluginsReport, Suppressed};
use crate::settings::trust;
use crate::toolchain::{Built, Toolchain};

use super::{Context, Failure, Format};

pub mod lock;
pub mod sign;
pub mod test;
pub mod verify;

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build a plugin's sources to a component
    Build(BuildArguments),
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    Test(test::Arguments),
    /// Show what a component is: rules, settings, imports, exports
    Inspect(InspectArguments),
    /// List the configured plugins
    List,
    /// Pin the configured plugins as they are now
    ///
    /// Writes regent.lock beside regent.toml, with each plugin's digest, contract version and
    /// signers. From then on a component that is not the pinned one is refused, until this is run
    /// again.
    Lock,
    /// Sign a component with your key
    ///
    /// Signs the component's bytes with an OpenSSH Ed25519 key and adds the signature to the file
    /// COMPONENT.sig beside it. Where regent.toml has a [trust] section, only components that
    /// enough of its keys have signed are loaded. A signature also verifies with
    /// `ssh-keygen -Y verify -n regent-plugin`, and one by `ssh-keygen -Y sign` counts as well.
    Sign(sign::Arguments),
    /// Show who has signed a component, and whether that is enough
    ///
    /// Holds the signatures in COMPONENT.sig against the keys in [trust] of regent.toml, or against
    /// those named with --key, each of which must have signed then. Exits with 1 where too few have.
    Verify(verify::Arguments),
}

/// Sources to build.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// Folder with the plugin's Cargo.toml
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Component to write [default: NAME.wasm in the current folder]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A component to look at.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// The component
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
}

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Status, Failure> {
    match command {
        Command::Build(arguments) => build(arguments, context)?,
        Command::Test(arguments) => return test::run(arguments, context),
        Command::Inspect(arguments) => {
            let inspection = policy::inspect(&arguments.component)?;
            let signatures = signatures(&inspection, context)?;
            context.say(&InspectReport {
                plugin: inspection.into(),
                signatures,
            })?;
        }
        Command::List => {
            let report = list(context)?;
            context.say(&report)?;
        }
        Command::Lock => return lock::run(context),
        Command::Sign(arguments) => return sign::run(arguments, context),
        Command::Verify(arguments) => return verify::run(arguments, context),
    }
    Ok(Status::Done)
}

/// The configured plugins, and what their words are worth.
fn list(context: &mut Context) -> Result<PluginsReport, Failure> {
    let policy = context.policy(Purpose::Decide)?;
    let report = |plugin: &Loaded| {
        let name = plugin.name.to_string();
        let has_vote = plugin.enforcement == Enforcement::Deny;
        let mut groups = policy.groups().iter().filter(|_| has_vote);
        let group = groups.find(|group| group.plugins.contains(&name));
        PluginReport {
            configured: Some(name),
            enforcement: Some(plugin.enforcement),
            group: group.map(|group| group.name.clone()),
            ..plugin.inspection().into()
        }
    };
    let suppressed = |by: &Suppression| Suppressed {
        expired: policy::has_expired(by, context.today()),
        suppression: by.clone(),
    };
    let lock = context.settings()?.lock()?;
    Ok(PluginsReport {
        plugins: policy.plugins().iter().map(report).collect(),
        lock: lock.map(|lock| lock.path().display().to_string()),
        groups: policy.groups().to_vec(),
        suppressions: policy.suppressions().iter().map(suppressed).collect(),
    })
}

/// Who has signed the very bytes that were inspected.
fn signatures(
    inspection: &Inspection,
    context: &mut Context,
) -> Result<Vec<SignatureReport>, Failure> {
    let refused = |cause| policy::Error::Component {
        component: inspection.component.clone(),
        cause,
    };
    // A component can be looked at whatever the settings are.
    let _unsound = context.salvage_settings();
    let keys = match &context.settings()?.trust {
        Some(trust) => trust.keys.as_slice(),
        None => &[],
    };
    let path = &inspection.component;
    let bytes = policy::read(path).map_err(refused)?;
    let (verified, found) = (inspection.digest, Digest::of(&bytes));
    if verified != found {
        return Err(refused(Distrust::Swapped { verified, found }.into()).into());
    }
    let found = trust::signatures(path, &bytes, keys).map_err(|cause| refused(cause.into()))?;
    Ok(found.iter().map(verify::told).collect())
}

impl Command {
    /// Whether it speaks a format of CI systems.
    pub(super) fn speaks(&self, format: Format) -> bool {
        matches!((self, format), (Self::Test(_), Format::Junit))
    }
}

/// A plugin whose cases are asked.
#[derive(Debug, Args)]
pub struct Subject {
    /// Folder of the plugin's project, with its cases
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Component to ask [default: built from the sources in DIR]
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
}

/// A component to ask; one that was built for it goes with it.
enum Found<'a> {
    Named(&'a Path),
    Built { component: PathBuf, _in: TempDir },
}

impl Found<'_> {
    fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Built { component, .. } => component,
        }
    }
}

impl Subject {
    fn find(&self, context: &Context) -> Result<Found<'_>, Failure> {
        if let Some(component) = &self.component {
            return Ok(Found::Named(component));
        }
        let folder = TempDir::new().map_err(|cause| Failure::File {
            act: "make a folder for the component of",
            path: self.folder.clone(),
            cause,
        })?;
        let built = make(&self.folder, &folder.path().join("plugin.wasm"), context)?;
        Ok(Found::Built {
            component: built.component,
            _in: folder,
        })
    }
}

fn build(arguments: &BuildArguments, context: &Context) -> Result<(), Failure> {
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => component(&arguments.folder),
    };
    let built = make(&arguments.folder, &out, context)?;
    context.say(&BuildReport {
        component: built.component.display().to_string(),
        bytes: built.bytes,
        digest: built.digest,
    })?;
    Ok(())
}

/// Builds a project; a person reads along.
fn make(folder: &Path, out: &Path, context: &Context) -> Result<Built, Failure> {
    let human = context.is_human();
    let say = |line: &str| {
        if human {
            context.ui.err(&format!("{}\n", escape_block(line)));
        }
    };
    let built = Toolchain::default().build(folder, out, &say);
    // A person has just read what Cargo said; a program finds it in the error.
    Ok(built.map_err(|error| if human { error.seen() } else { error })?)
}

/// The component of a folder's sources: named after the folder, in the current one.
fn component(folder: &Path) -> PathBuf {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut name = folder.file_name().unwrap_or("plugin".as_ref()).to_owned();
    name.push(".wasm");
    name.into()
}
