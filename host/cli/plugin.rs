//! `regent plugin`: build, test and inspect the organisation's rules.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tempfile::TempDir;

use crate::exit::Status;
use crate::plan::{Enforcement, Suppression};
use crate::policy::{self, Loaded, Purpose};
use crate::report::plugin::{PluginReport, PluginsReport, Suppressed};

use super::{Context, Failure, Format};

pub mod bench;
pub mod build;
pub mod check_settings;
pub mod contract;
pub mod inspect;
pub mod load;
pub mod lock;
pub mod new;
pub mod save;
pub mod sign;
pub mod test;
pub mod verify;

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum Command {
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    New(new::Arguments),
    /// Build a plugin's sources to a component
    Build(build::Arguments),
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    Test(test::Arguments),
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    Bench(bench::Arguments),
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    Inspect(inspect::Arguments),
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    CheckSettings(check_settings::Arguments),
    /// Print the contract that plugins are built for
    ///
    /// It is the whole of what regent and a plugin know of each other, as WIT with comments. A
    /// plugin's project holds a copy: `regent plugin contract > wit/plugin.wit`.
    Contract,
    /// List the configured plugins
    List,
    /// Pin the configured plugins as they are now
    ///
    /// Writes regent.lock beside regent.toml, with each plugin's digest, contract version and
    /// signers. From then on a component that is not the pinned one is refused, until this is run
    /// again. Each is tried first, on promotions that regent makes up: one that cannot use its
    /// settings is not pinned.
    Lock,
    /// Sign a component with your key
    ///
    /// Signs the component's bytes with an OpenSSH key (Ed25519, ECDSA on P-256, or RSA of 3072 bits or
    /// more) and adds the signature to the file COMPONENT.sig beside it. Where regent.toml has a
    /// `[trust]` section, only components that enough of its keys have signed are loaded. A signature
    /// also verifies with `ssh-keygen -Y verify -n regent-plugin`, and one by `ssh-keygen -Y sign`
    /// counts as well, also by a key that a token keeps.
    Sign(sign::Arguments),
    /// Show who has signed a component, and whether that is enough
    ///
    /// Holds the signatures in COMPONENT.sig against the keys in `[trust]` of regent.toml, or against
    /// those named with --key, each of which must have signed then. Exits with 1 where too few have.
    Verify(verify::Arguments),
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    Save(save::Arguments),
    #[expect(missing_docs, reason = "its help is the comment on its arguments")]
    Load(load::Arguments),
}

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Status, Failure> {
    match command {
        Command::New(arguments) => return new::run(arguments, context),
        Command::Build(arguments) => return build::run(arguments, context),
        Command::Test(arguments) => return test::run(arguments, context),
        Command::Bench(arguments) => return bench::run(arguments, context),
        Command::Inspect(arguments) => return inspect::run(arguments, context),
        Command::CheckSettings(arguments) => return check_settings::run(arguments, context),
        Command::Contract => return contract::run(context),
        Command::List => {
            let report = list(context)?;
            context.say(&report)?;
        }
        Command::Lock => return lock::run(context),
        Command::Sign(arguments) => return sign::run(arguments, context),
        Command::Verify(arguments) => return verify::run(arguments, context),
        Command::Save(arguments) => return save::run(arguments, context),
        Command::Load(arguments) => return load::run(arguments, context),
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
            group: group.map(|group| group.name.clone()),
            ..PluginReport::from(plugin)
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
        let built = build::make(&self.folder, &folder.path().join("plugin.wasm"), context)?;
        Ok(Found::Built {
            component: built.component,
            _in: folder,
        })
    }
}
