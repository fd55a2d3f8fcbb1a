//! `regent doctor`: what is wrong with this site.

use std::path::PathBuf;

use clap::Args;

use crate::database::{self, Audit, CredentialDatabase, Promotion};
use crate::doctor::backups::{self, Standard};
use crate::doctor::vaults::{self, Known};
use crate::doctor::{Code, Finding, governing, records, suppressions};
use crate::exit::Status;
use crate::hindsight;
use crate::policy::{self, Purpose};
use crate::report::doctor::{DoctorReport, VersionReport};
use crate::secret::{Password, file};
use crate::system::{SsoServer, SystemState};

use super::backup::PasswordArguments;
use super::{Context, Failure};

/// Look at everything, and say what is wrong
///
/// Looks at settings, plugins, credential database, audit, promotions, vaults of this computer,
/// backups and clock, and changes nothing. What is broken does not keep it from the rest. Exits
/// with 1 where there are errors, and with 0 otherwise.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Backup to look at; may be given several times
    #[arg(long, value_name = "BACKUP")]
    backup: Vec<PathBuf>,
    #[command(flatten)]
    password: PasswordArguments,
    /// Days after which a backup is old
    #[arg(long, value_name = "DAYS", default_value_t = backups::MAX_AGE_DAYS)]
    max_backup_age: u32,
}

/// What the database says, as far as it can be read.
#[derive(Default)]
struct Records {
    database: Option<Box<dyn CredentialDatabase>>,
    state: Option<SystemState>,
    audit: Option<Audit>,
    unfinished: Option<Promotion>,
    promotions: Option<Vec<Promotion>>,
}

impl Records {
    fn system(&self) -> Option<(&SystemState, &dyn CredentialDatabase)> {
        self.state.as_ref().zip(self.database.as_deref())
    }
}

pub(super) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let password = arguments.password.given()?;
    let unsound = context.salvage_settings();
    let server = context.server();
    let mut report = DoctorReport::new(server.as_ref().ok().map(ToString::to_string));
    let standard = Standard {
        now: context.ambience.clock.now(),
        max_age_days: arguments.max_backup_age,
    };
    let of_settings =
        |failure: &Failure| Finding::of_error(Code::SettingsUnusable, failure, failure.help());
    let sound = unsound.is_none();
    let unsound = unsound.map(Failure::from);
    let findings = [unsound.as_ref(), server.as_ref().err()];
    let mut findings: Vec<_> = findings.into_iter().flatten().map(of_settings).collect();
    let suppressed = &context.settings()?.suppressions;
    findings.extend(suppressions::expired(suppressed, context.today()));
    let file = context.settings()?.file.clone();
    let file = file.map_or_else(
        || format!("there is no {}", crate::settings::FILE),
        |file| file.display().to_string(),
    );
    report.area("settings", file, findings);
    plugins(&mut report, context);
    let records = look(&mut report, context);
    rules(&records, sound, &mut report, context)?;
    vaults(&records, &mut report, context)?;
    let files = (arguments.backup.as_slice(), password.as_ref());
    backup_files(files, &records, standard, &mut report, context);
    let promotions = records.promotions.as_deref().unwrap_or_default();
    let (state, audit) = (records.state.as_ref(), records.audit.as_ref());
    let clock = records::clock(standard.now, state, audit, promotions);
    let now = standard.now.to_string();
    report.area("clock", now, clock.into_iter().collect());
    report.versions = versions(&records);
    context.say(&report)?;
    Ok(if report.errors > 0 {
        Status::Findings
    } else {
        Status::Done
    })
}

fn plugins(report: &mut DoctorReport, context: &mut Context) {
    let now = context.ambience.clock.now();
    let unusable = |error: &policy::Error| {
        let finding = |error: &policy::Error| {
            let said = std::iter::once(error.to_string()).chain(error.details());
            Finding {
                help: error.help(),
                ..Finding::new(Code::PluginUnusable, said.collect::<Vec<_>>().join(": "))
            }
        };
        error.each().iter().map(finding).collect::<Vec<_>>()
    };
    let (seen, findings) = match context.policy(Purpose::Decide) {
        Ok(policy) => {
            let names = policy
                .plugins()
                .iter()
                .map(|plugin| plugin.name.to_string());
            let tried = policy.try_out(now);
            let unpinned = !policy.plugins().is_empty()
                && context
                    .settings()
                    .is_ok_and(|settings| settings.lock().is_ok_and(|lock| lock.is_none()));
            let finding = || {
                Finding::new(
                    Code::PluginsUnpinned,
                    "no lock file pins the plugins' components",
                )
                .help("pin them as they are now: `regent plugin lock`")
            };
            let broken = tried.as_ref().err().map(unusable).unwrap_or_default();
            let unpinned = unpinned.then(finding).into_iter();
            let unknown = suppressions::unknown(policy.suppressions(), policy.plugins());
            (
                names.collect(),
                broken.into_iter().chain(unpinned).chain(unknown).collect(),
            )
        }
        Err(Failure::Policy(error)) => (Vec::new(), unusable(&error)),
        Err(failure) => {
            let finding = Finding::of_error(Code::PluginUnusable, &failure, failure.help());
            (Vec::new(), vec![finding])
        }
    };
    let seen = match (seen.is_empty(), findings.is_empty()) {
        (false, _) => seen.join(", "),
        (true, true) => "none is configured".to_owned(),
        (true, false) => "they cannot be asked".to_owned(),
    };
    report.area("plugins", seen, findings);
}

/// Database, audit and promotions.
fn look(report: &mut DoctorReport, context: &Context) -> Records {
    let mut records = Records::default();
    let opened = context
        .url()
        .map_err(|failure| Finding::of_error(Code::SettingsUnusable, &failure, failure.help()))
        .and_then(|url| {
            let database = database::look(&url).map_err(|error| records::unreadable(&error))?;
            Ok((url, database))
        });
    let (url, database) = match opened {
        Ok(opened) => opened,
        Err(finding) => {
            report.area(
                "database",
                "it cannot be looked at".to_owned(),
                vec![finding],
            );
            return records;
        }
    };
    let mut findings = records::storage(&*database);
    findings.extend(
        database::guarded(&url)
            .err()
            .map(|error| records::unreadable(&error)),
    );
    match database.state() {
        Ok(state) => {
            let server = context.server().ok();
            let unlisted = server.and_then(|server| records::unlisted(&state, &server));
            findings.extend(unlisted);
            findings.extend(records::no_secret(&state));
            records.state = Some(state);
        }
        Err(error) => findings.push(records::unreadable(&error)),
    }
    let folder = database::folder(&url);
    findings.extend(leftovers(folder.as_deref()));
    report.area("database", url, findings);

    let (audit, findings) = records::audit(&*database);
    let rows = audit.as_ref().map_or(0, |audit| audit.rows.len());
    report.area("audit", format!("{rows} rows"), findings);
    records.audit = audit;

    let (journals, mut findings) = records::journals(&*database);
    // What is broken in one promotion hides all of them, but not the one that is unfinished.
    records.promotions = database.promotions().ok();
    records.unfinished = database.unfinished().unwrap_or(None);
    findings.extend(records.unfinished.as_ref().map(records::unfinished));
    let entries: u64 = journals.iter().map(|journal| journal.entries).sum();
    let seen = format!("{} with {entries} journal entries", journals.len());
    report.area("promotions", seen, findings);
    records.database = Some(database);
    records
}

/// The rules that govern, those here, and of which system they are; of settings that are not
/// understood nobody knows what they would say.
fn rules(
    records: &Records,
    sound: bool,
    report: &mut DoctorReport,
    context: &Context,
) -> Result<(), Failure> {
    let settings = context.settings()?;
    let unruled = settings.unruled().filter(|_| sound);
    let mut findings: Vec<_> = unruled.iter().map(|why| governing::unasked(why)).collect();
    let mut seen = "none govern".to_owned();
    if let Some((state, database)) = records.system() {
        if let Some((file, named)) = settings.foreign(state.id) {
            findings.push(governing::foreign(&file, named, state.id));
        } else if let (None, Some(file), true) = (settings.system, &settings.file, sound) {
            findings.push(governing::unbound(file, state.id));
        }
        match database.governing() {
            Ok(Some(by)) => {
                seen = format!("version {} governs", by.version);
                // What keeps them from being read is found among the plugins.
                let here = settings.rules_at_rest().ok().filter(|_| sound);
                findings.extend(governing::rules(&by, here.as_ref()));
            }
            Ok(None) => {}
            Err(error) => findings.push(records::unreadable(&error)),
        }
    }
    report.area("rules", seen, findings);
    Ok(())
}

fn leftovers(folder: Option<&std::path::Path>) -> Vec<Finding> {
    let paths = folder.map(file::temporaries).unwrap_or_default();
    paths.iter().map(|path| vaults::leftover(path)).collect()
}

/// Every vault of this computer, not only this server's.
fn vaults(records: &Records, report: &mut DoctorReport, context: &Context) -> Result<(), Failure> {
    let settings = context.settings()?;
    let folder = settings.resolve(&settings.vault);
    let known = records.system().map(|(state, database)| Known {
        state,
        database,
        unfinished: records.unfinished.as_ref(),
        promotions: records.promotions.as_deref(),
    });
    let mut names = Vec::new();
    let mut findings = Vec::new();
    match file::folders(&folder) {
        Ok(found) => names = found,
        Err(error) => findings.push(vaults::unreadable("this computer", &error)),
    }
    for name in &names {
        let vault = context.vault_in(folder.join(name))?;
        let listed = known.and_then(|known| {
            let servers = &known.state.servers;
            let same = |server: &&SsoServer| server.name.as_str().eq_ignore_ascii_case(name);
            servers.iter().find(same)
        });
        // A folder is named in small letters, whatever the server's name is.
        let shown = listed.map_or(name.as_str(), |server| server.name.as_str());
        findings.extend(vaults::vault(shown, &vault, known));
    }
    findings.extend(leftovers(Some(&folder)));
    if let Some(known) = known {
        let signs = hindsight::signs(&folder, known.database, None);
        findings.extend(vaults::seen(signs));
    }
    if let (Some(known), Ok(server)) = (known, context.server()) {
        let own = |name: &String| server.as_str().eq_ignore_ascii_case(name);
        if !names.iter().any(own) {
            findings.extend(vaults::missing(known, &server));
        }
    }
    let seen = if names.is_empty() {
        "none on this computer".to_owned()
    } else {
        names.join(", ")
    };
    report.area("vaults", seen, findings);
    Ok(())
}

fn backup_files(
    (paths, password): (&[PathBuf], Option<&Password>),
    records: &Records,
    standard: Standard,
    report: &mut DoctorReport,
    context: &Context,
) {
    let mut findings = Vec::new();
    if let (Some(state), Some(audit)) = (&records.state, &records.audit) {
        findings.extend(backups::recorded(state, audit, standard));
    }
    let _spinner = context.ui.spinner("opening the backups");
    for path in paths {
        findings.extend(backups::file(path, password, records.system(), standard));
        findings.extend(leftovers(Some(file::folder(path))));
    }
    let seen = if paths.is_empty() {
        "as the audit records them; name files with --backup FILE".to_owned()
    } else {
        let names = paths.iter().map(|path| path.display().to_string());
        names.collect::<Vec<_>>().join(", ")
    };
    report.area("backups", seen, findings);
}

fn versions(records: &Records) -> Vec<VersionReport> {
    let engine = records
        .database
        .as_ref()
        .and_then(|database| database.engine().ok());
    let mut versions = vec![("regent", env!("CARGO_PKG_VERSION").to_owned())];
    versions.extend(policy::VERSIONS.map(|(of, version)| (of, version.to_owned())));
    if let Some(engine) = engine {
        versions.push(("database engine", engine.name));
        versions.push((
            "database schema",
            format!("{} (newest: {})", engine.schema, engine.newest),
        ));
    }
    versions
        .into_iter()
        .map(|(of, version)| VersionReport { of, version })
        .collect()
}
