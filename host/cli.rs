//! The command line: what may be typed, and what a failure exits with.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::Status;
use crate::global_info::ServerName;
use crate::{mishap, ui};

pub mod abort;
pub mod approve;
pub mod audit;
pub mod backup;
pub mod candidates;
pub mod check;
pub mod completions;
pub mod context;
pub mod display;
pub mod doctor;
pub mod dump;
pub mod enable;
pub mod evidence;
pub mod explain;
pub mod export;
pub mod failure;
pub mod governed;
pub mod hindsight;
pub mod init;
pub mod journal;
pub mod legacy;
mod next;
mod pasted;
pub mod plan;
pub mod planned;
pub mod plugin;
pub mod policy;
pub mod prepare;
pub mod promote;
pub mod quickstart;
pub mod rehearse;
pub mod replay;
pub mod resume;
pub mod schema;
pub mod secret;
pub mod server;
pub mod status;
pub mod test;
pub mod update;
mod usage;

pub use context::Context;
pub use failure::Failure;

/// Promotes an SSO server to master secret server as one safe, journaled act
#[derive(Debug, Parser)]
#[command(
    name = "regent",
    version,
    arg_required_else_help = true,
    after_help = after_help()
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

fn after_help() -> String {
    format!(
        "Exit status:\n{}\nNew here? `regent quickstart demo` builds a whole site to try everything on.",
        Status::table()
    )
}

/// Where and how every command works.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Settings file [default: regent.toml in this folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Credential database, as sqlite:PATH [default: from the settings]
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Name of this SSO server [default: from the settings, or the host's name]
    #[arg(long, global = true, value_name = "NAME")]
    pub server: Option<ServerName>,
    /// Form of the output
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
}

/// For whom the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON document; `regent schema NAME` prints its schema
    Json,
    /// SARIF 2.1.0 (check only)
    Sarif,
    /// JUnit XML (check, test and plugin test only)
    Junit,
    /// GitHub workflow annotations (check only)
    Github,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do. A command's help is the comment on its arguments, which one here would hide.
#[derive(Debug, Subcommand)]
enum Command {
    Quickstart(quickstart::Arguments),
    Init(init::Arguments),
    Status(status::Arguments),
    Doctor(doctor::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Candidates(candidates::Arguments),
    Plan(plan::Arguments),
    Approve(approve::Arguments),
    Promote(promote::Arguments),
    Replay(replay::Arguments),
    Resume(resume::Arguments),
    Abort(abort::Arguments),
    Journal(journal::Arguments),
    Audit(audit::Arguments),
    Update(update::Arguments),
    #[command(about = "Enable SSO for the whole system")]
    Enable(enable::Arguments),
    #[command(about = "Disable SSO for the whole system")]
    Disable(enable::Arguments),
    /// Generate, back up, restore and verify the master secret
    #[command(subcommand)]
    Secret(secret::Command),
    /// List, add and remove the system's SSO servers
    #[command(subcommand)]
    Server(server::Command),
    Test(test::Arguments),
    /// Show and change the rules that govern the system
    #[command(subcommand)]
    Policy(policy::Command),
    /// Build, test and inspect the organisation's rules
    #[command(subcommand)]
    Plugin(plugin::Command),
    Export(export::Arguments),
    Dump(dump::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(completions::ManArguments),
    /// The vendor's ssomanage: -updatedb FILE, -displaydb, -enablesso, -disablesso
    #[command(disable_help_flag = true)]
    Ssomanage(legacy::Arguments),
    /// The vendor's ssoconfig: -generatesecret, -backupsecret, -restoresecret FILE, -showdb
    #[command(disable_help_flag = true)]
    Ssoconfig(legacy::Arguments),
}

impl Command {
    /// Whether it speaks a format of CI systems.
    fn speaks(&self, format: Format) -> bool {
        match self {
            Self::Check(_) => true,
            Self::Test(_) => format == Format::Junit,
            Self::Plugin(command) => command.speaks(format),
            _ => false,
        }
    }

    /// The name under which a failure is reported.
    fn name(&self) -> &'static str {
        match self {
            Self::Quickstart(_) => "quickstart",
            Self::Init(_) => "init",
            Self::Status(_) => "status",
            Self::Doctor(_) => "doctor",
            Self::Check(_) => "check",
            Self::Explain(_) => "explain",
            Self::Candidates(_) => "candidates",
            Self::Plan(_) => "plan",
            Self::Approve(_) => "approve",
            Self::Promote(_) => "promote",
            Self::Replay(_) => "replay",
            Self::Resume(_) => "resume",
            Self::Abort(_) => "abort",
            Self::Journal(_) => "journal",
            Self::Audit(_) => "audit",
            Self::Update(_) => "update",
            Self::Enable(_) => "enable",
            Self::Disable(_) => "disable",
            Self::Secret(_) => "secret",
            Self::Server(_) => "server",
            Self::Test(_) => "test",
            Self::Policy(_) => "policy",
            Self::Plugin(_) => "plugin",
            Self::Export(_) => "export",
            Self::Dump(_) => "dump",
            Self::Schema(_) => "schema",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::Ssomanage(_) => "ssomanage",
            Self::Ssoconfig(_) => "ssoconfig",
        }
    }

    fn run(self, context: &mut Context) -> Result<Status, Failure> {
        match self {
            Self::Quickstart(arguments) => quickstart::run(&arguments, context),
            Self::Init(arguments) => init::run(&arguments, context),
            Self::Status(arguments) => status::run(&arguments, context),
            Self::Doctor(arguments) => doctor::run(&arguments, context),
            Self::Check(arguments) => check::run(&arguments, context),
            Self::Explain(arguments) => explain::run(&arguments, context),
            Self::Candidates(arguments) => candidates::run(&arguments, context),
            Self::Plan(arguments) => plan::run(&arguments, context),
            Self::Approve(arguments) => approve::run(&arguments, context),
            Self::Promote(arguments) => promote::run(&arguments, context),
            Self::Replay(arguments) => replay::run(&arguments, context),
            Self::Resume(arguments) => resume::run(&arguments, context),
            Self::Abort(arguments) => abort::run(&arguments, context),
            Self::Journal(arguments) => journal::run(&arguments, context),
            Self::Audit(arguments) => audit::run(&arguments, context),
            Self::Update(arguments) => update::run(&arguments, context),
            Self::Enable(arguments) => enable::run(&arguments, true, context),
            Self::Disable(arguments) => enable::run(&arguments, false, context),
            Self::Secret(command) => secret::run(&command, context),
            Self::Server(command) => server::run(&command, context),
            Self::Test(arguments) => test::run(&arguments, context),
            Self::Policy(command) => policy::run(&command, context),
            Self::Plugin(command) => plugin::run(&command, context),
            Self::Export(arguments) => export::run(&arguments, context),
            Self::Dump(arguments) => dump::run(&arguments, context),
            Self::Schema(arguments) => schema::run(&arguments, context),
            Self::Completions(arguments) => completions::run(&arguments, context),
            Self::Man(arguments) => completions::man(&arguments, context),
            Self::Ssomanage(arguments) => legacy::ssomanage(&arguments.words, context),
            Self::Ssoconfig(arguments) => legacy::ssoconfig(&arguments.words, context),
        }
    }
}

/// Runs the command line `words`, the program's own name first, and returns the exit status.
pub fn run(words: Vec<std::ffi::OsString>) -> Status {
    mishap::listen(ui::tell);
    let words = legacy::called_by_link(words).into_iter();
    mishap::caught(|| run_in(words, Context::new)).unwrap_or_else(|mishap| {
        ui::tell(&mishap);
        Status::Internal
    })
}

/// Whether regent knows a command line, the program's name first; why not, where it does not.
pub fn knows(words: &[String]) -> Result<(), clap::Error> {
    match Cli::try_parse_from(words) {
        Err(error) if error.use_stderr() => Err(error),
        _ => Ok(()),
    }
}

/// A command line without the program's name, as texts.
fn texts(words: &[std::ffi::OsString]) -> Vec<String> {
    let words = words.iter().skip(1);
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// Runs a command line in a context that is made for it.
fn run_in(
    words: impl Iterator<Item = std::ffi::OsString>,
    context: impl FnOnce(Global) -> Context,
) -> Status {
    let mut words: Vec<_> = words.collect();
    let mut read = Cli::try_parse_from(&words);
    let mut pasted = false;
    if read.as_ref().is_err_and(clap::Error::use_stderr)
        && let Some(meant) = pasted::hyphenated(&words)
        && let again = Cli::try_parse_from(&meant)
        && !again.as_ref().is_err_and(clap::Error::use_stderr)
    {
        words = meant;
        read = again;
        pasted = true;
    }
    let cli = match read {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && usage::asks_for_json(&words) => {
            let commands = usage::commands(&words);
            let global = Global {
                format: Format::Json,
                ..Global::default()
            };
            let name = commands.first().map_or("regent", String::as_str);
            return context(global).fail(name, &usage::failure(error, &commands), None);
        }
        Err(error) => return usage::print(error),
    };
    let name = cli.command.name();
    let mut context = context(cli.global);
    let words = texts(&words);
    let line = pasted::command(words.iter());
    if pasted {
        let why = "an office program turned hyphens into a dash";
        let note = format!("taken as `regent {line}`: {why}");
        context
            .ui
            .note(&format!("{}\n", crate::report::human::escape(&note)));
    }
    context.typed = std::mem::take(&mut context.typed).repeated(line);
    let accepted = context.accepts_format(&cli.command);
    let done = accepted.and_then(|()| mishap::caught(|| cli.command.run(&mut context))?);
    match done {
        Ok(status) => status,
        Err(failure) => {
            let advice = pasted::advice(&words, &failure);
            context.fail(name, &failure, advice)
        }
    }
}
