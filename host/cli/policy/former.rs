//! The rules that govern, loaded to be asked about their change.

use std::path::{Path, PathBuf};

use crate::cli::{Context, Failure};
use crate::database::Governing;
use crate::identity::Digest;
use crate::plan::{GoverningPlugin, Group};
use crate::policy::{self, PluginName, PluginSettings, Policy, Purpose};

/// The rules that govern, loaded by the digests of their components, and those that cannot be.
pub(super) fn load(
    governing: &Governing,
    named: &[PathBuf],
    overruled: bool,
    context: &mut Context,
) -> Result<(Policy, Vec<String>), Failure> {
    let found = components(named, context)?;
    let (mut plugins, mut missing) = (Vec::new(), Vec::new());
    for plugin in &governing.rules.plugins {
        let path = found
            .iter()
            .find(|(digest, _)| *digest == plugin.component)
            .and_then(|(_, path)| as_settings(plugin, path));
        match path {
            Some(settings) => plugins.push(settings),
            None => missing.push(format!("{} ({})", plugin.name, plugin.component)),
        }
    }
    let is_there = |name: &String| plugins.iter().any(|plugin| plugin.name.as_str() == name);
    let whole = |group: &&Group| group.plugins.iter().all(is_there);
    let groups: Vec<Group> = governing
        .rules
        .groups
        .iter()
        .filter(whole)
        .cloned()
        .collect();
    let cache = context.compile_cache()?;
    let progress = context.ui.progress();
    let load = || {
        let base = Path::new("");
        let policy = Policy::load(&plugins, base, cache.as_ref(), Purpose::Decide, &progress)?;
        policy.compose(&groups, &governing.rules.suppressions)
    };
    match load() {
        Ok(policy) => Ok((policy, missing)),
        Err(error) if overruled => {
            missing.extend(error.each().iter().map(ToString::to_string));
            Ok((Policy::default(), missing))
        }
        Err(error) => Err(error.into()),
    }
}

/// Every component within reach, by its digest: those that are named, those that are configured,
/// and what lies beside them.
fn components(named: &[PathBuf], context: &Context) -> Result<Vec<(Digest, PathBuf)>, Failure> {
    let settings = context.settings()?;
    let configured = settings.plugins.iter();
    let configured = configured.map(|plugin| settings.resolve(&plugin.component));
    let mut paths: Vec<PathBuf> = named.iter().cloned().chain(configured).collect();
    let mut folders: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| Some(path.parent()?.to_owned()))
        .chain([settings.folder.join("plugins")])
        .collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let beside = entries.map(|entry| entry.path());
        paths.extend(beside.filter(|path| path.extension().is_some_and(|is| is == "wasm")));
    }
    let read = |path: PathBuf| Some((Digest::of(&policy::read(&path).ok()?), path));
    Ok(paths.into_iter().filter_map(read).collect())
}

/// A rule that governs as the settings would have it; nothing where no regent of today could.
fn as_settings(plugin: &GoverningPlugin, component: &Path) -> Option<PluginSettings> {
    Some(PluginSettings {
        name: PluginName::parse(&plugin.name).ok()?,
        component: component.to_owned(),
        enforcement: plugin.enforcement,
        settings: plugin.settings.clone(),
        limits: serde_json::from_value(plugin.limits.clone()).ok()?,
        admitted: Some(plugin.component),
        kept: false,
    })
}
