//! `regent init`: a fresh credential database and its settings.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::database::{self, NewSystem};
use crate::exit::Status;
use crate::global_info::{AccountList, GlobalInfo, ServerName};
use crate::identity::SystemId;
use crate::report::system::InitReport;
use crate::settings;
use crate::source::{self, NewFile};
use crate::system::Actor;

use super::failure::Clash;
use super::{Context, Failure};

/// The database of a site whose settings name none.
const DATABASE: &str = "sqlite:credential.db";

/// Create a credential database and its settings
///
/// The server named by --master (by default this one) becomes the first SSO server and the master
/// secret server. SSO starts disabled; tickets are not allowed, and validated once they are.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The first master secret server [default: this server]
    #[arg(long, value_name = "NAME")]
    master: Option<ServerName>,
    /// SSO Administrators accounts, separated by `;`
    #[arg(long, value_name = "ACCOUNTS", default_value = "SSO Administrators")]
    admins: AccountList,
    /// SSO Affiliate Administrators accounts, separated by `;`
    #[arg(
        long,
        value_name = "ACCOUNTS",
        default_value = "SSO Affiliate Administrators"
    )]
    affiliate_admins: AccountList,
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    // What is founded here is named as SSO servers are listed; the settings keep the name.
    let called = context.server()?;
    let is_named = context.global.server.is_some() || context.settings()?.server.is_some();
    let server = if is_named {
        called.clone()
    } else {
        called.short()
    };
    let named = context.global.database.clone();
    let (url, settings_file) = {
        let settings = context.settings()?;
        let there = settings
            .database(named.as_deref())
            .is_ok_and(|url| database::look(&url).is_ok());
        if let (Some(system), Some(file), false) = (settings.system, &settings.file, there) {
            let file = file.display();
            return Err(Failure::Conflict {
                code: Clash::SystemNamed,
                message: format!(
                    "{file} is of system {system} already, and a new system has an id of its own"
                ),
                help: format!(
                    "nothing was changed; go to another folder, or take the line `system = …` out of \
                     {file} where it is to be the new system's"
                ),
            });
        }
        let configured = settings.database.is_some() || named.is_some();
        let url = if configured {
            settings.database(named.as_deref())?
        } else {
            DATABASE.to_owned()
        };
        let file = settings
            .file
            .is_none()
            .then(|| PathBuf::from(settings::FILE));
        (url, file)
    };
    let master = arguments.master.clone().unwrap_or_else(|| server.clone());
    let info = GlobalInfo::fresh(
        arguments.admins.clone(),
        arguments.affiliate_admins.clone(),
        master,
    );
    let id = SystemId::from_bytes(context.ambience.entropy.draw()?);
    let new = NewSystem { id, info };
    // Written first and named last, so that no database is left without its settings.
    let settings = match &settings_file {
        Some(path) => Some(written(path, settings_text(id, &url, &server).as_bytes())?),
        None => None,
    };
    let actor = Actor {
        server: server.clone(),
        ..context.actor()?
    };
    let database = database::create(&url, &new, &actor)?;
    if let (Some(path), Some(settings)) = (&settings_file, settings) {
        settings.keep().map_err(unwritten(path))?;
    }
    let unbound = settings_file.is_none();
    let unnamed = (unbound && !server.is(&called)).then(|| server.clone());
    context.say(&InitReport {
        database: url,
        settings: settings_file.map(|path| path.display().to_string()),
        unbound,
        unnamed,
        changed: true,
        state: database.state()?,
    })?;
    Ok(Status::Done)
}

/// The settings of a fresh site.
fn settings_text(system: SystemId, database: &str, server: &ServerName) -> String {
    let (database, server) = (
        toml::Value::from(database),
        toml::Value::from(server.as_str()),
    );
    format!(
        "system = \"{system}\"\ndatabase = {database}\nserver = {server}\n\n[service]\nrestart = \"none\"\n"
    )
}

/// Says in settings of which system they are, at their top, where nothing else can be meant.
pub(super) fn bind(path: &Path, system: SystemId) -> Result<(), Failure> {
    let file = |act, cause| Failure::File {
        act,
        path: path.to_owned(),
        cause,
    };
    let text = std::fs::read_to_string(path).map_err(|cause| file("read", cause))?;
    let text = format!("system = \"{system}\"\n{text}");
    source::replace(path, text.as_bytes()).map_err(|cause| file("write", cause))
}

/// Writes a file that must not exist yet, whole or not at all.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    written(path, bytes)?.keep().map_err(unwritten(path))
}

/// The same for what nobody but the owner is to read.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = NewFile::write_private(path, bytes).map_err(unwritten(path))?;
    written.keep().map_err(unwritten(path))
}

/// Refuses a name that something has already, before anything is done that would be in vain.
pub(super) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Ok(_) => {
            let there =
                std::io::Error::new(std::io::ErrorKind::AlreadyExists, "it is there already");
            Err(unwritten(path)(there))
        }
        Err(_) => Ok(()),
    }
}

fn written<'a>(path: &'a Path, bytes: &[u8]) -> Result<NewFile<'a>, Failure> {
    NewFile::write(path, bytes).map_err(unwritten(path))
}

fn unwritten(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    |cause| Failure::File {
        act: "write",
        path: path.to_owned(),
        cause,
    }
}
