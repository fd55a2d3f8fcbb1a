//! `regent plugin load`: plugins from one file, vouched for before any is written.

use std::path::PathBuf;

use clap::Args;

use crate::bundle::Bundle;
use crate::exit::Status;
use crate::report::plugin::load::{LoadReport, LoadedPlugin, WrittenFile};
use crate::settings::bundled::{FORM, Installation, Vouched};
use crate::settings::{BundledError, PluginBundle};

use super::super::{Context, Failure};

/// Take plugins from a file that `regent plugin save` wrote
///
/// Checks everything first: every digest against the lock in the file, every signature against
/// `[trust]` in regent.toml here, whether each is a plugin of the contract, whether its settings
/// here fit, and whether it answers with them when it is tried. Then it writes components, signatures and regent.lock, all or none: where regent.toml
/// names a plugin, to its `component`; otherwise to plugins/NAME.wasm beside regent.toml, and says
/// what to add to it. What other plugins regent.lock pins stays as it is.
#[derive(Debug, Args)]
pub struct Arguments {
    /// File that `regent plugin save` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace other files and other pins that are there already
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let path = &arguments.file;
    let load = || {
        let (bundle, digest) = Bundle::open(path, FORM)?;
        Ok((PluginBundle::read(bundle, path)?, digest))
    };
    let failed = |cause: BundledError| Failure::Bundled {
        act: "load the plugins in",
        path: path.clone(),
        cause: Box::new(cause),
    };
    let now = context.ambience.clock.now();
    let settings = context.settings()?;
    let (bundle, digest) = load().map_err(failed)?;
    let (vouched, installation) = {
        let progress = context.ui.progress();
        let vouched = bundle.vouch(settings, now, &progress).map_err(failed)?;
        let installation = bundle.installation(settings, arguments.replace);
        (vouched, installation.map_err(failed)?)
    };
    installation.write().map_err(failed)?;
    context.say(&LoadReport {
        file: path.display().to_string(),
        digest,
        plugins: vouched.iter().map(loaded).collect(),
        files: written(&installation),
        add: additions(&vouched),
    })?;
    Ok(Status::Done)
}

fn loaded(plugin: &Vouched) -> LoadedPlugin {
    let of = &plugin.admitted.plugin;
    LoadedPlugin {
        name: of.name.to_string(),
        digest: plugin.inspection.digest,
        contract: plugin.inspection.contract().to_owned(),
        signers: plugin
            .admitted
            .signers
            .iter()
            .map(|signer| signer.name.clone())
            .collect(),
        configured: plugin.configured,
    }
}

fn written(installation: &Installation) -> Vec<WrittenFile> {
    let file = installation.files.iter().map(|file| WrittenFile {
        path: file.path.display().to_string(),
        change: file.change,
    });
    file.collect()
}

/// What regent.toml lacks; nothing where it names every plugin.
fn additions(vouched: &[Vouched]) -> Option<String> {
    let lacking = vouched.iter().filter(|plugin| !plugin.configured);
    let blocks = lacking.map(|plugin| {
        let settings = &plugin.admitted.plugin;
        let name = toml::Value::from(settings.name.as_str());
        let component = toml::Value::from(settings.component.display().to_string());
        format!("[[plugin]]\nname = {name}\ncomponent = {component}\n")
    });
    let blocks: String = blocks.collect();
    (!blocks.is_empty()).then_some(blocks)
}
