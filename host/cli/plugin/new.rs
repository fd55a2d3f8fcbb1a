//! `regent plugin new`: a project to start from.

use std::io::ErrorKind;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::exit::Status;
use crate::policy::PluginName;
use crate::report::plugin::new::NewReport;
use crate::toolchain::{Fresh, Kind, Language};

use super::super::failure::{Clash, Misuse};
use super::super::{Context, Failure};

/// Start a plugin: a rule that works, its settings, its cases, and what to read
///
/// Makes the folder NAME, a project that stands alone: one source file, the contract, a schema of
/// the settings, two cases and a README. The rule lets only listed servers become the master secret
/// server; make it yours.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the plugin, and of the folder to make
    #[arg(value_name = "NAME")]
    name: String,
    /// Language to write it in
    #[arg(
        long,
        value_enum,
        value_name = "rust|javascript|typescript|python|c",
        hide_possible_values = true
    )]
    lang: Lang,
    /// What it is asked about
    #[arg(long, value_enum, default_value_t)]
    kind: Asked,
}

/// A language, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "lower")]
enum Lang {
    Rust,
    JavaScript,
    TypeScript,
    Python,
    C,
}

/// What a plugin is asked about, as it is typed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Asked {
    /// Update files, when they are checked, planned with and applied
    #[default]
    Validator,
    /// Promotions: who, when, why, with which backup and approvals
    Promoter,
    /// Update files and promotions
    Both,
}

pub(in crate::cli) fn run(arguments: &Arguments, context: &Context) -> Result<Status, Failure> {
    let name = name(&arguments.name)?;
    let fresh = Fresh {
        name: name.as_str(),
        language: match arguments.lang {
            Lang::Rust => Language::Rust,
            Lang::JavaScript => Language::JavaScript,
            Lang::TypeScript => Language::TypeScript,
            Lang::Python => Language::Python,
            Lang::C => Language::C,
        },
        kind: match arguments.kind {
            Asked::Validator => Kind::Validator,
            Asked::Promoter => Kind::Promoter,
            Asked::Both => Kind::Both,
        },
    };
    if let Some(why) = fresh.unfit() {
        return Err(Failure::Usage {
            code: Misuse::PluginNameUnfit,
            message: format!(
                "no plugin in {} can be called {name}: {why}",
                fresh.language
            ),
            help: format!("take another name, such as my-{name}"),
        });
    }
    make(&fresh)?;
    let files = fresh.files().into_iter().map(|(path, _)| path);
    context.say(&NewReport {
        name: name.to_string(),
        language: typed(&arguments.lang),
        kind: typed(&arguments.kind),
        files: files.collect(),
    })?;
    Ok(Status::Done)
}

fn typed(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn name(text: &str) -> Result<PluginName, Failure> {
    PluginName::parse(text).map_err(|error| {
        let words = |c: char| !c.is_ascii_alphanumeric();
        let folder = Path::new(text).parent();
        let last = Path::new(text).file_name().unwrap_or_default();
        let last = last.to_string_lossy().to_ascii_lowercase();
        let words: Vec<&str> = last.split(words).filter(|word| !word.is_empty()).collect();
        let near = PluginName::parse(&words.join("-")).ok();
        Failure::Usage {
            code: Misuse::PluginNameUnfit,
            message: error.to_string(),
            help: match (folder.filter(|it| *it != Path::new("")), near) {
                (Some(folder), _) => format!(
                    "the folder is made in the one you are in: go to {} first, and name only the \
                     plugin",
                    folder.display()
                ),
                (None, Some(near)) => format!("did you mean {near}?"),
                (None, None) => "say in a word or two what the rule is about".to_owned(),
            },
        }
    })
}

/// Makes the project's folder whole or not at all.
fn make(fresh: &Fresh) -> Result<(), Failure> {
    let folder = Path::new(fresh.name);
    let taken = || Failure::Conflict {
        code: Clash::FolderTaken,
        message: format!("{} is there already, and not an empty folder", fresh.name),
        help: "name the plugin otherwise, or go elsewhere; nothing was changed".to_owned(),
    };
    let failed = |act| {
        move |cause| Failure::File {
            act,
            path: folder.to_owned(),
            cause,
        }
    };
    let empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(cause) if cause.kind() == ErrorKind::NotFound => folder.symlink_metadata().is_err(),
        Err(_no_folder) => false,
    };
    if !empty {
        return Err(taken());
    }
    let made = beside(fresh.name).map_err(failed("make"))?;
    fresh.unpack(made.path())?;
    // Takes the place of an empty folder too, and of nothing else.
    match std::fs::rename(made.path(), folder) {
        Ok(()) => {
            let _moved = made.keep();
            Ok(())
        }
        Err(cause)
            if matches!(
                cause.kind(),
                ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory
            ) =>
        {
            Err(taken())
        }
        Err(cause) => Err(failed("make")(cause)),
    }
}

/// A folder that nobody looks for, with the permissions that a folder has here.
fn beside(name: &str) -> std::io::Result<tempfile::TempDir> {
    let mut folder = tempfile::Builder::new();
    let prefix = format!(".{name}-");
    folder.prefix(&prefix);
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    folder.tempdir_in(".")
}
