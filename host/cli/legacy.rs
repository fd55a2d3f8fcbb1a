//! `ssomanage` and `ssoconfig` as administrators know them.
//!
//! Option names and prompts: Host Integration Server documentation, "How to Update the Credential
//! Database", "How to Back Up the Master Secret" and their neighbours. The documentation prints
//! most options with an en dash, and administrators paste them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Status;

use crate::report::human::escape;

use super::backup::PasswordArguments;
use super::failure::Misuse;
use super::governed::OverruleArguments;
use super::hindsight::RestoredArguments;
use super::{Context, Failure, display, enable, pasted, secret, update};

mod words;

use words::Words;

/// The vendor's words, as typed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// An option of the vendor's tool and its arguments
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "WORDS"
    )]
    pub words: Vec<String>,
}

/// What the documentation and office programs use as a hyphen: en dash, em dash and minus sign among them.
const DASHES: [char; 11] = [
    '-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}',
    '\u{fe58}', '\u{fe63}', '\u{ff0d}',
];

/// The options of one tool that regent carries out.
struct Tool {
    name: &'static str,
    options: &'static [(&'static str, &'static str, &'static str)],
    /// The vendor's options that regent does not carry out, and what to use instead, if anything.
    others: &'static [(&'static str, &'static str)],
}

impl Tool {
    /// Whether the vendor's tool has an option.
    fn knows(&self, option: &str) -> bool {
        let carried_out = self.options.iter().map(|(known, ..)| known);
        let mut known = carried_out.chain(self.others.iter().map(|(known, _)| known));
        known.any(|known| *known == option)
    }
}

const SSOMANAGE: Tool = Tool {
    name: "ssomanage",
    options: &[
        ("updatedb", "<update file>", "apply an update file"),
        ("displaydb", "", "show the credential database's settings"),
        ("enablesso", "", "enable SSO"),
        ("disablesso", "", "disable SSO"),
    ],
    others: &[
        ("server", "set `server` in regent.toml"),
        ("serverall", "set `server` in regent.toml"),
        ("showserver", "type `regent server list`"),
        ("enable", ""),
        ("disable", ""),
        ("tickets", ""),
        ("listapps", ""),
        ("displayapp", ""),
        ("createapps", ""),
        ("deleteapp", ""),
        ("updateapps", ""),
        ("enableapp", ""),
        ("disableapp", ""),
        ("purgecache", ""),
        ("listmappings", ""),
        ("createmappings", ""),
        ("deletemappings", ""),
        ("deletemapping", ""),
        ("enablemapping", ""),
        ("disablemapping", ""),
        ("setcredentials", ""),
    ],
};

const SSOCONFIG: Tool = Tool {
    name: "ssoconfig",
    options: &[
        (
            "generatesecret",
            "<backup file>",
            "generate the master secret and its backup",
        ),
        ("backupsecret", "<backup file>", "back up the master secret"),
        (
            "restoresecret",
            "<restore file>",
            "restore the master secret",
        ),
        ("showdb", "", "show which credential database is used"),
    ],
    others: &[
        ("setdb", "set `database` in regent.toml"),
        ("createdb", "type `regent init`"),
        ("upgradedb", ""),
        ("auditlevel", ""),
        ("setssl", ""),
        ("replayfiles", ""),
        ("syncage", ""),
        ("remotelookup", ""),
        ("allowps", ""),
        ("discover", "type `regent server list`"),
        ("status", "type `regent status`"),
        ("reportfiltererrors", ""),
        ("scp", ""),
    ],
};

/// Our own way to run without a terminal, each with a value.
const EXTRAS: [&str; 2] = ["--password-file", "--reminder"];

/// Turns a call through a link named after a vendor's tool into `regent <tool> …`.
pub(super) fn called_by_link(words: Vec<OsString>) -> Vec<OsString> {
    let called = words.first().map(PathBuf::from).unwrap_or_default();
    let stem = called
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let Some(tool) = [&SSOMANAGE, &SSOCONFIG]
        .into_iter()
        .find(|tool| tool.name == stem)
    else {
        return words;
    };
    let rest = words.into_iter().skip(1);
    ["regent".into(), tool.name.into()]
        .into_iter()
        .chain(rest)
        .collect()
}

/// `ssomanage`.
pub(super) fn ssomanage(words: &[String], context: &mut Context) -> Result<Status, Failure> {
    let Some(call) = Call::read(&SSOMANAGE, &SSOCONFIG, words, context)? else {
        return help(&SSOMANAGE, context);
    };
    match call.option {
        "updatedb" => update::apply(
            call.file()?,
            RestoredArguments::default(),
            &OverruleArguments::default(),
            false,
            true,
            context,
        ),
        "displaydb" => display::database(context),
        option => enable::run(&enable::Arguments {}, option == "enablesso", context),
    }
}

/// `ssoconfig`.
pub(super) fn ssoconfig(words: &[String], context: &mut Context) -> Result<Status, Failure> {
    let Some(call) = Call::read(&SSOCONFIG, &SSOMANAGE, words, context)? else {
        return help(&SSOCONFIG, context);
    };
    let password = PasswordArguments {
        password_file: call.password_file.clone(),
        password_fd: None,
    };
    match call.option {
        "showdb" => {
            let url = context.url()?;
            context.ui.out(&format!("{}\n", escape(&url)))?;
            Ok(Status::Done)
        }
        "restoresecret" => {
            let file = call.file()?.to_owned();
            let arguments = secret::RestoreArguments {
                read: secret::ReadArguments { file, password },
                replace: secret::ReplaceArguments::default(),
                overrule: OverruleArguments::default(),
                copy: RestoredArguments::default(),
            };
            secret::restore(&arguments, context)
        }
        option => {
            let arguments = secret::WriteArguments {
                file: call.file()?.to_owned(),
                password,
                password_as_is: false,
                reminder: call.reminder.clone(),
                copy: RestoredArguments::default(),
            };
            if option == "generatesecret" {
                let arguments = secret::GenerateArguments {
                    write: arguments,
                    replace: secret::ReplaceArguments::default(),
                    overrule: OverruleArguments::default(),
                    rotate: false,
                };
                secret::generate(&arguments, context)
            } else {
                secret::back_up(&arguments, context)
            }
        }
    }
}

fn help(tool: &Tool, context: &Context) -> Result<Status, Failure> {
    let mut text = format!("{} as regent carries it out:\n", tool.name);
    for (option, argument, does) in tool.options {
        text.push_str(&format!(
            "  -{:<32} {does}\n",
            format!("{option} {argument}")
        ));
    }
    if tool.name == SSOCONFIG.name {
        text.push_str("  (without a terminal: --password-file FILE, --reminder TEXT)\n");
    }
    context.ui.out(&text)?;
    Ok(Status::Done)
}

/// One call of a vendor's tool.
struct Call {
    tool: &'static str,
    option: &'static str,
    argument: &'static str,
    file: Option<PathBuf>,
    password_file: Option<PathBuf>,
    reminder: Option<String>,
}

impl Call {
    /// Reads the words; nothing where help is asked for.
    fn read(
        tool: &Tool,
        other: &Tool,
        typed: &[String],
        context: &Context,
    ) -> Result<Option<Self>, Failure> {
        let name = tool.name;
        let read = Words::read([tool, other], typed);
        let words = &read.words;
        let Some(first) = words.first() else {
            return Ok(None);
        };
        let option = first.trim_start_matches(DASHES).to_ascii_lowercase();
        if matches!(option.as_str(), "help" | "h" | "?") || first == "/?" {
            return Ok(None);
        }
        let dashed = first.starts_with(DASHES);
        let known = tool
            .options
            .iter()
            .find(|(known, ..)| *known == option)
            .filter(|_| dashed);
        let Some((option, argument, _)) = known else {
            return Err(unknown(tool, other, first, &option));
        };
        let usage = || Failure::Usage {
            code: Misuse::OptionTakesOther,
            message: format!("`{name} -{option}` takes {}", takes(argument)),
            help: format!("type: {name} -{option} {argument}"),
        };
        let mut call = Self {
            tool: tool.name,
            option,
            argument,
            file: None,
            password_file: None,
            reminder: None,
        };
        let mut rest = words[1..].iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "--password-file" => {
                    call.password_file = Some(rest.next().ok_or_else(usage)?.into());
                }
                "--reminder" => call.reminder = Some(rest.next().ok_or_else(usage)?.clone()),
                _ if call.file.is_none() && !argument.is_empty() => call.file = Some(word.into()),
                _ => return Err(usage()),
            }
        }
        if call.file.is_none() && !argument.is_empty() {
            return Err(usage());
        }
        if let Some(failure) = call.elsewhere() {
            return Err(failure);
        }
        if let Some(note) = read.note(tool) {
            context.ui.note(&format!("{}\n", escape(&note)));
        }
        Ok(Some(call))
    }

    /// A file that is named by a path of another computer.
    fn elsewhere(&self) -> Option<Failure> {
        let file = self.file.as_ref()?.to_string_lossy().into_owned();
        let meant = pasted::meant(&file).filter(|meant| meant.elsewhere)?;
        let option = format!("-{}", self.option);
        let line = pasted::command([&self.tool.to_owned(), &option, &meant.word].into_iter());
        Some(Failure::Usage {
            code: Misuse::PathElsewhere,
            message: format!("{file} {}", meant.why),
            help: format!("copy the file here, and type `regent {line}`"),
        })
    }

    fn file(&self) -> Result<&Path, Failure> {
        self.file.as_deref().ok_or_else(|| Failure::Usage {
            code: Misuse::OptionTakesOther,
            message: format!(
                "`{} -{}` takes {}",
                self.tool,
                self.option,
                takes(self.argument)
            ),
            help: format!("type: {} -{} {}", self.tool, self.option, self.argument),
        })
    }
}

fn takes(argument: &str) -> String {
    if argument.is_empty() {
        "no argument".to_owned()
    } else {
        format!("one {argument}")
    }
}

/// The two tools are mixed up even in the vendor's documentation, so say whose option it is.
fn unknown(tool: &Tool, other: &Tool, word: &str, option: &str) -> Failure {
    let message = format!("{} has no option `{word}`", tool.name);
    if let Some((theirs, argument, _)) = other.options.iter().find(|(known, ..)| *known == option) {
        let line = format!("{} -{theirs} {argument}", other.name);
        return Failure::Usage {
            code: Misuse::UnknownOption,
            message,
            help: format!("it belongs to the other tool: {}", line.trim_end()),
        };
    }
    if let Some((theirs, instead)) = tool.others.iter().find(|(known, _)| *known == option) {
        let help = match *instead {
            "" => format!("regent carries out {}", carried_out(tool)),
            instead => instead.to_owned(),
        };
        return Failure::Usage {
            code: Misuse::UnknownOption,
            message: format!(
                "the vendor's {} has -{theirs}, which regent does not carry out",
                tool.name
            ),
            help,
        };
    }
    let nearest = tool
        .options
        .iter()
        .map(|(known, ..)| (strsim::osa_distance(known, option), *known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let help = if let Some((_, known)) = nearest {
        format!("did you mean -{known}?")
    } else {
        format!("regent carries out {}", carried_out(tool))
    };
    Failure::Usage {
        code: Misuse::UnknownOption,
        message,
        help,
    }
}

fn carried_out(tool: &Tool) -> String {
    let known = tool.options.iter().map(|(known, ..)| format!("-{known}"));
    known.collect::<Vec<_>>().join(", ")
}
