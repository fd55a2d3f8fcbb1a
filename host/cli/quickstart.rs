//! `regent quickstart`: a whole site to try everything on, and the main job run in it.

use std::path::{Path, PathBuf};

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::database;
use crate::exit::Status;
use crate::report::Report;
use crate::report::human::Page;
use crate::secret::armor::hex;
use crate::source;
use crate::toolchain::{self, Toolchain};
use crate::update::write::promotion_file;

use super::failure::Clash;
use super::{Context, Failure, init};

/// Make a folder to try everything in, and run the main job there
///
/// The folder gets a credential database with two SSO servers, a master secret and its backup, an
/// update file, settings, the example plugins built from their sources, and cases that test them. Then
/// SSO02 is promoted in place of SSO01, with the commands that you would type.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to make; it must not exist, or be empty
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// A command that was run, and how it ended.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RunReport {
    /// As it would be typed in the folder.
    pub command: String,
    /// Its exit status.
    pub exit: u8,
}

/// What was made and run.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct QuickstartReport {
    /// The folder.
    pub folder: String,
    /// The plugins built.
    pub plugins: Vec<String>,
    /// Why there are no plugins.
    pub without_plugins: Option<String>,
    /// What was run, in order.
    pub commands: Vec<RunReport>,
    /// The program itself.
    pub program: String,
}

impl Report for QuickstartReport {
    const NAME: &'static str = "quickstart";

    fn human(&self, page: &mut Page) {
        page.gap();
        page.heading("Done");
        page.line(
            "To repeat it by hand, copy regent.toml, update.xml, backup-password.txt, plugins/ and \
             cases/ to a fresh folder, go there, take the line `system = …` out of regent.toml, and type:",
        );
        for run in &self.commands {
            page.command(&run.command);
        }
        page.heading(&format!(
            "The site stays in {}; go there and try:",
            self.folder
        ));
        page.command("regent status");
        page.command("regent journal");
        page.command("regent check broken.xml");
        page.command("regent test");
        page.command(&format!("regent --server {FIRST} {}", promote("back.xml")));
        if let Some(why) = &self.without_plugins {
            page.warn(&format!("without plugins: {why}"));
        }
        page.hint(&format!("here, regent is {}", self.program));
    }
}

/// The incumbent of the demonstration.
const FIRST: &str = "SSO01";
/// The candidate of the demonstration.
const SECOND: &str = "SSO02";
/// The backup's password lies here, for this user's eyes only; a real one lies elsewhere.
const PASSWORD_FILE: &str = "backup-password.txt";

fn promote(file: &str) -> String {
    format!("promote {file} --restore-file secret.bak --password-file {PASSWORD_FILE} --yes")
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let folder = &arguments.folder;
    make_folder(folder)?;
    let human = context.is_human();
    let say = |text: &str| {
        if human {
            // What cannot be shown here shows in the outcome.
            let _shown = context
                .ui
                .out(&format!("{}\n", crate::report::human::escape_block(text)));
        }
    };
    say(&format!("making a site in {}", folder.display()));
    let (plugins, without_plugins) = match build_plugins(folder, context, &say) {
        Ok(plugins) => (plugins, None),
        Err(failure) => {
            let why = match failure.help() {
                Some(help) => format!("{failure}; {help}"),
                None => failure.to_string(),
            };
            say(&format!("going on without plugins: {why}"));
            (Vec::new(), Some(why))
        }
    };
    write_files(folder, &plugins, context)?;
    let absolute = folder
        .canonicalize()
        .map_err(|cause| at("open", folder, cause))?;
    std::env::set_current_dir(&absolute).map_err(|cause| at("enter", folder, cause))?;
    let mut report = QuickstartReport {
        folder: folder.display().to_string(),
        plugins,
        without_plugins,
        commands: Vec::new(),
        program: std::env::current_exe()
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
    };
    for (number, command) in commands().into_iter().enumerate() {
        let status = run_one(&command, context);
        report.commands.push(RunReport {
            command: format!("regent {command}"),
            exit: status as u8,
        });
        if status != Status::Done {
            context.say(&report)?;
            return Ok(status);
        }
        if number == 0 {
            let settings = crate::settings::Settings::read(None)?;
            let system = database::look(&settings.database(None)?)?.state()?.id;
            init::bind(Path::new(crate::settings::FILE), system)?;
        }
    }
    context.say(&report)?;
    Ok(Status::Done)
}

/// What is typed, in order.
fn commands() -> Vec<String> {
    vec![
        format!(
            "init --master {FIRST} --admins 'CONTOSO\\SSO Admins' --affiliate-admins 'CONTOSO\\SSO Affiliate Admins'"
        ),
        format!("server add {SECOND}"),
        format!(
            "--server {FIRST} secret generate secret.bak --password-file {PASSWORD_FILE} --reminder 'see {PASSWORD_FILE}'"
        ),
        "check update.xml".to_owned(),
        format!("plan update.xml --restore-file secret.bak --password-file {PASSWORD_FILE}"),
        promote("update.xml"),
        "status".to_owned(),
        "test --accept".to_owned(),
    ]
}

/// Runs one command line in this process, as it would run on its own.
fn run_one(command: &str, context: &Context) -> Status {
    if context.is_human() {
        let _shown = context.ui.out(&format!("\n$ regent {command}\n"));
    }
    let words = std::iter::once("regent".to_owned()).chain(split(command));
    super::run_in(words.map(Into::into), |mut global| {
        global.color = context.global.color;
        let mut inner = Context::new(global);
        if !context.is_human() {
            inner.ui = inner.ui.quiet();
        }
        inner
    })
}

/// Splits a command line of ours: blanks separate, single quotes hold together.
fn split(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn at(act: &'static str, path: &Path, cause: std::io::Error) -> Failure {
    Failure::File {
        act,
        path: path.to_owned(),
        cause,
    }
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Failure::Conflict {
                code: Clash::FolderTaken,
                message: format!("{} is not empty", folder.display()),
                help: "name a folder that does not exist yet; nothing was changed".to_owned(),
            }),
        },
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).map_err(|cause| at("make", folder, cause))
        }
        Err(cause) => Err(at("open", folder, cause)),
    }
}

fn build_plugins(
    folder: &Path,
    context: &Context,
    say: &dyn Fn(&str),
) -> Result<Vec<String>, Failure> {
    let plugins = folder.join("plugins");
    let toolchain = Toolchain {
        target_dir: context.cache().map(|cache| cache.join("plugin-target")),
        ..Toolchain::default()
    };
    let mut built = Vec::new();
    let shown = |plugin: &&toolchain::Project| plugin_settings(plugin.name).is_some();
    for plugin in toolchain::embedded().iter().filter(shown) {
        let sources = plugins.join(plugin.name);
        plugin.unpack(&sources)?;
        say(&format!(
            "building the plugin {} from {}",
            plugin.name,
            sources.display()
        ));
        let _spinner = context.ui.spinner(&format!("building {}", plugin.name));
        let out = plugins.join(format!("{}.wasm", plugin.name));
        toolchain.build(&sources, &out, say)?;
        built.push(plugin.name.to_owned());
    }
    Ok(built)
}

fn write_files(folder: &Path, plugins: &[String], context: &mut Context) -> Result<(), Failure> {
    let mut settings = format!(
        "# {SECOND} is this server: the one to be promoted.\ndatabase = \"sqlite:credential.db\"\nserver = \"{SECOND}\"\n\n[service]\n# On a real server: restart = {{ systemd = \"entsso.service\" }}\nrestart = \"none\"\n"
    );
    for plugin in plugins {
        settings.push_str(&format!(
            "\n[[plugin]]\nname = \"{plugin}\"\ncomponent = \"plugins/{plugin}.wasm\"\n{}",
            plugin_settings(plugin).unwrap_or_default()
        ));
    }
    let password = hex(&context.ambience.entropy.draw::<16>()?);
    let broken = "<sso>\n  <globalnfo>\n    <secretServer>SSO2</secretServer>\n    <auditDeleteApps>1,000</auditDeleteApps>\n  </globalInfo>\n</sso>\n";
    for (name, text) in [
        (crate::settings::FILE, settings),
        ("update.xml", promotion_file(SECOND)),
        ("back.xml", promotion_file(FIRST)),
        ("broken.xml", broken.to_owned()),
        (PASSWORD_FILE, format!("{password}\n")),
        (
            "cases/in-time/promotion.toml",
            case("2026-03-04T08:00:00+01:00"),
        ),
        (
            "cases/old-backup/promotion.toml",
            case("2026-02-25T08:00:00+01:00"),
        ),
        (
            "cases/misspelled/promotion.toml",
            case("2026-03-04T08:00:00+01:00"),
        ),
        ("cases/misspelled/update.xml", promotion_file("SSO2")),
    ] {
        let path = folder.join(name);
        if let Some(around) = path.parent() {
            std::fs::create_dir_all(around).map_err(|cause| at("make", around, cause))?;
        }
        init::write_new(&path, text.as_bytes())?;
        source::protect(&path).map_err(|cause| at("protect", &path, cause))?;
    }
    Ok(())
}

/// A case of the policy: a Wednesday evening, and a backup of that time.
fn case(backup: &str) -> String {
    format!("now = 2026-03-04T22:30:00+01:00\n[backup]\ncreated = {backup}\n")
}

/// The settings a plugin has in the demonstration; nothing for one that takes more than one person.
fn plugin_settings(plugin: &str) -> Option<&'static str> {
    Some(match plugin {
        "server-naming" => "[plugin.settings]\npatterns = [\"^SSO[0-9]{2}$\"]\n",
        "change-window" => {
            "[plugin.settings]\nutc-offset = \"+00:00\"\nwindows = [{ days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"], from = \"00:00\", to = \"24:00\" }]\n"
        }
        "backup-age" => "[plugin.settings]\nmax-age-hours = 24\n",
        _ => return None,
    })
}
