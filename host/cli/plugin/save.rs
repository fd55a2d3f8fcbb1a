//! `regent plugin save`: the configured plugins as one file.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::identity::Digest;
use crate::policy::Purpose;
use crate::report::plugin::save::{SaveReport, SavedPlugin};
use crate::settings::{BundledError, FILE, PluginBundle};

use super::super::failure::Misuse;
use super::super::{Context, Failure, init};

/// Put the configured plugins into one file, for machines without a network
///
/// The file holds each plugin's component and signatures, what regent.lock pins them as, and the
/// contract. Only what would be loaded here is saved. The same plugins give the same bytes,
/// whoever saves them; settings are not in it. `regent plugin load` reads it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// File to write, which must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let path = &arguments.file;
    let policy = context.policy(Purpose::Decide)?;
    if policy.plugins().is_empty() {
        return Err(Failure::Usage {
            code: Misuse::NoPlugins,
            message: "no plugin is configured here, so there is nothing to save".to_owned(),
            help: format!("go to the folder that holds {FILE}, or name it with --config FILE"),
        });
    }
    let Some(lock) = context.settings()?.lock()? else {
        return Err(Failure::Usage {
            code: Misuse::NoLock,
            message: "nothing pins the plugins, so that nobody could tell what was saved"
                .to_owned(),
            help: "pin them first: `regent plugin lock`".to_owned(),
        });
    };
    let failed = |cause: BundledError| Failure::Bundled {
        act: "save the plugins to",
        path: path.clone(),
        cause: Box::new(cause),
    };
    let saved = PluginBundle::of(policy.plugins(), &lock).map_err(failed)?;
    let bytes = saved.bytes().map_err(failed)?;
    init::write_new(path, &bytes)?;
    let plugins = saved.lock.plugins.iter().map(|pin| SavedPlugin {
        name: pin.name.to_string(),
        digest: pin.digest,
        contract: pin.contract.clone(),
        signers: pin.signers.iter().map(|by| by.name.clone()).collect(),
    });
    context.say(&SaveReport {
        file: path.display().to_string(),
        digest: Digest::of(&bytes),
        bytes: bytes.len() as u64,
        plugins: plugins.collect(),
    })?;
    Ok(Status::Done)
}
