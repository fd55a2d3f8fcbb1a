//! `ssomanage` and `ssoconfig` as administrators know them.
//!
//! Option names and prompts: Host Integration Server documentation, "How to Update the Credential
//! Database", "How to Back Up the Master Secret" and their neighbours. The documentation prints
//! most options with an en dash, and administrators paste them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser};

use crate::exit::Status;

use crate::report::human::escape;

use super::failure::Misuse;
use super::pasted::DASHES;
use super::{Cli, Context, Failure, display, pasted};

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

/// An option that regent carries out.
struct Carried {
    name: &'static str,
    /// What it takes; empty for nothing.
    argument: &'static str,
    does: &'static str,
    /// The words of regent's own command; none where the vendor's shows what regent has no command
    /// for.
    own: &'static [&'static str],
}

/// The options of one tool that regent carries out.
struct Tool {
    name: &'static str,
    options: &'static [Carried],
    /// The vendor's options that regent does not carry out, and what to use instead, if anything.
    others: &'static [(&'static str, &'static str)],
}

impl Tool {
    /// Whether the vendor's tool has an option.
    fn knows(&self, option: &str) -> bool {
        let carried_out = self.options.iter().map(|known| known.name);
        let mut known = carried_out.chain(self.others.iter().map(|(known, _)| *known));
        known.any(|known| known == option)
    }
}

const SSOMANAGE: Tool = Tool {
    name: "ssomanage",
    options: &[
        Carried {
            name: "updatedb",
            argument: "<update file>",
            does: "apply an update file",
            own: &["update", "--yes"],
        },
        Carried {
            name: "displaydb",
            argument: "",
            does: "show the credential database's settings",
            own: &[],
        },
        Carried {
            name: "enablesso",
            argument: "",
            does: "enable SSO",
            own: &["enable"],
        },
        Carried {
            name: "disablesso",
            argument: "",
            does: "disable SSO",
            own: &["disable"],
        },
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
        Carried {
            name: "generatesecret",
            argument: "<backup file>",
            does: "generate the master secret and its backup",
            own: &["secret", "generate"],
        },
        Carried {
            name: "backupsecret",
            argument: "<backup file>",
            does: "back up the master secret",
            own: &["secret", "backup"],
        },
        Carried {
            name: "restoresecret",
            argument: "<restore file>",
            does: "restore the master secret",
            own: &["secret", "restore"],
        },
        Carried {
            name: "showdb",
            argument: "",
            does: "show which credential database is used",
            own: &[],
        },
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

/// Regent's own options that go with an option of the vendor's, and whether each takes a value.
const EXTRAS: [(&str, bool); 8] = [
    ("--password-file", true),
    ("--password-fd", true),
    ("--reminder", true),
    ("--overrule", true),
    ("--restored-copy", false),
    ("--replace-vault", false),
    ("--password-as-is", false),
    ("--dry-run", false),
];

/// Whether a word is an option of regent's own that takes the word after it.
fn takes_next(word: &str) -> bool {
    EXTRAS.contains(&(word, true))
}

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
    match Call::read(&SSOMANAGE, &SSOCONFIG, words, context)? {
        None => help(&SSOMANAGE, context),
        Some(call) if call.option.own.is_empty() => display::database(context),
        Some(call) => call.carry_out(context),
    }
}

/// `ssoconfig`.
pub(super) fn ssoconfig(words: &[String], context: &mut Context) -> Result<Status, Failure> {
    match Call::read(&SSOCONFIG, &SSOMANAGE, words, context)? {
        None => help(&SSOCONFIG, context),
        Some(call) if call.option.own.is_empty() => {
            let url = context.url()?;
            context.ui.out(&format!("{}\n", escape(&url)))?;
            Ok(Status::Done)
        }
        Some(call) => call.carry_out(context),
    }
}

fn help(tool: &Tool, context: &Context) -> Result<Status, Failure> {
    let mut text = format!("{} as regent carries it out:\n", tool.name);
    for option in tool.options {
        text.push_str(&format!(
            "  -{:<32} {}\n",
            format!("{} {}", option.name, option.argument),
            option.does
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
    option: &'static Carried,
    /// Its file, if it takes one, and options of regent's own.
    rest: Vec<String>,
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
            .find(|known| known.name == option)
            .filter(|_| dashed);
        let Some(option) = known else {
            return Err(unknown(tool, other, first, &option));
        };
        let call = Self {
            tool: name,
            option,
            rest: words[1..].to_vec(),
        };
        let known = |word: &&String| EXTRAS.iter().any(|(extra, _)| extra == word);
        let foreign = call
            .rest
            .iter()
            .any(|word| word.starts_with("--") && !known(&word));
        if foreign || call.named().count() != usize::from(!option.argument.is_empty()) {
            return Err(call.misused());
        }
        if let Some(failure) = call.elsewhere() {
            return Err(failure);
        }
        if let Some(note) = read.note(tool) {
            context.ui.note(&format!("{}\n", escape(&note)));
        }
        Ok(Some(call))
    }

    /// The words that are neither options nor their values.
    fn named(&self) -> impl Iterator<Item = &String> {
        let mut before = "";
        self.rest.iter().filter(move |word| {
            let named = !takes_next(before) && !word.starts_with("--");
            before = word;
            named
        })
    }

    /// Runs regent's own command in its place.
    fn carry_out(&self, context: &mut Context) -> Result<Status, Failure> {
        let words = ["regent"].iter().chain(self.option.own).copied();
        let words = words.chain(self.rest.iter().map(String::as_str));
        match Cli::try_parse_from(words) {
            Ok(own) => own.command.run(context),
            Err(_other_options) => Err(self.misused()),
        }
    }

    fn misused(&self) -> Failure {
        let Self { tool, option, .. } = self;
        let own = format!("regent {}", option.own.join(" "));
        let more = if self.rest.iter().any(|word| word.starts_with("--")) && !option.own.is_empty()
        {
            format!("; `{own} --help` lists regent's own options")
        } else {
            String::new()
        };
        Failure::Usage {
            code: Misuse::OptionTakesOther,
            message: format!("`{tool} -{}` takes {}", option.name, takes(option.argument)),
            help: format!("type: {tool} -{} {}", option.name, option.argument) + &more,
        }
    }

    /// A file that is named by a path of another computer.
    fn elsewhere(&self) -> Option<Failure> {
        let file = self.named().next()?.clone();
        let meant = pasted::meant(&file).filter(|meant| meant.elsewhere)?;
        let option = format!("-{}", self.option.name);
        let line = pasted::command([&self.tool.to_owned(), &option, &meant.word].into_iter());
        Some(Failure::Usage {
            code: Misuse::PathElsewhere,
            message: format!("{file} {}", meant.why),
            help: format!("copy the file here, and type `regent {line}`"),
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
    if let Some(theirs) = other.options.iter().find(|known| known.name == option) {
        let line = format!("{} -{} {}", other.name, theirs.name, theirs.argument);
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
        .map(|known| (strsim::osa_distance(known.name, option), known.name))
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
    let known = tool.options.iter().map(|known| format!("-{}", known.name));
    known.collect::<Vec<_>>().join(", ")
}
