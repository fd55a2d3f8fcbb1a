//! What every command is given: settings, doors on demand, and a way to speak.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::database::{self, CredentialDatabase};
use crate::entropy::Entropy;
use crate::exit::Status;
use crate::global_info::ServerName;
use crate::plan::Plan;
use crate::policy::{self, People, Policy, Purpose};
use crate::promotion;
use crate::report::human::Page;
use crate::report::typed::{self, Typed};
use crate::report::{self, Report};
use crate::secret::approval::Involved;
use crate::secret::{KeyFile, MachineKey, SigningKey, Vault};
use crate::service::Service;
use crate::settings::{self, Admitted, Ambience, Environment, Settings};
use crate::system::{Actor, Operator, SystemState};
use crate::ui::{ColorChoice, Terminal, Ui};

use super::failure::Misuse;
use super::{Color, Command, Failure, Format, Global};

/// Everything a command works with.
pub struct Context {
    /// What was typed for every command.
    pub global: Global,
    /// What was typed, for what is printed to be typed next.
    pub typed: Typed,
    /// Streams and prompts.
    pub ui: Ui,
    /// Clock, random bytes, account and who is behind it.
    pub ambience: Ambience,
    environment: Environment,
    settings: OnceCell<Settings>,
    interrupt: OnceCell<Arc<AtomicBool>>,
}

/// The global options that say which system and server.
fn typed(global: &Global) -> Typed {
    let config = global.config.as_deref().map(typed::path);
    let database = global.database.as_deref().map(report::human::quote);
    Typed::default()
        .of_site("--config", config)
        .of_site("--database", database)
        .on(global.server.as_ref().map(ServerName::as_str))
}

impl Context {
    /// A context for one command.
    pub fn new(global: Global) -> Self {
        let environment = Environment::read();
        let color = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let terminal = Terminal {
            no_color: environment.no_color,
            dumb: environment.dumb_terminal,
            unicode: environment.unicode,
        };
        Self {
            typed: typed(&global).called(environment.program.clone()),
            global,
            ui: Ui::new(color, false, terminal),
            ambience: Ambience::of_process(),
            environment,
            settings: OnceCell::new(),
            interrupt: OnceCell::new(),
        }
    }

    /// A context for one command of a rehearsal: its own time, random bytes and settings.
    pub(super) fn rehearsing(
        global: Global,
        ui: Ui,
        ambience: Ambience,
        settings: Settings,
    ) -> Self {
        Self {
            typed: Typed::default(),
            global,
            ui,
            ambience,
            environment: Environment::read(),
            settings: OnceCell::from(settings),
            // A flag that no signal sets: an interrupt ends the rehearsal, and nothing of it is kept.
            interrupt: OnceCell::from(Arc::default()),
        }
    }

    /// Few commands speak the formats of CI systems.
    pub(super) fn accepts_format(&self, command: &Command) -> Result<(), Failure> {
        match self.global.format {
            Format::Human | Format::Json => Ok(()),
            format if command.speaks(format) => Ok(()),
            _ => Err(Failure::Usage {
                code: Misuse::UnknownFormat,
                message: format!("`{}` has no such format", command.name()),
                help: "use --format human or --format json".to_owned(),
            }),
        }
    }

    /// The settings, read once.
    pub fn settings(&self) -> Result<&Settings, Failure> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::read(self.global.config.as_deref())?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// Goes on with what can be understood of the settings, and hands back what is wrong with them.
    pub fn salvage_settings(&mut self) -> Option<settings::Error> {
        let (settings, error) = Settings::salvage(self.global.config.as_deref());
        self.settings = OnceCell::from(settings);
        error
    }

    /// Where the credential database is.
    pub fn url(&self) -> Result<String, Failure> {
        Ok(self.settings()?.database(self.global.database.as_deref())?)
    }

    /// The credential database to read only, and whether others than its owner may open it, which
    /// stops only who would write.
    pub fn look(&self) -> Result<(Box<dyn CredentialDatabase>, Option<database::Error>), Failure> {
        let url = self.url()?;
        let exposed = match database::guarded(&url) {
            Ok(()) => None,
            Err(exposed @ database::Error::Exposed { .. }) => Some(exposed),
            Err(refused) => return Err(refused.into()),
        };
        let database = database::look(&url)?;
        // What cannot be read is told of where it is wanted.
        if let Ok(state) = database.state() {
            self.same_system(&state, &url)?;
        }
        Ok((database, exposed))
    }

    /// The same, where others are warned of.
    pub fn records(&self) -> Result<Box<dyn CredentialDatabase>, Failure> {
        let (database, exposed) = self.look()?;
        if let Some(exposed) = exposed {
            let mend = exposed.help().unwrap_or_default();
            let line = format!("warning: {exposed}, which stops who would write: {mend}");
            self.ui.note(&format!("{}\n", report::human::escape(&line)));
        }
        Ok(database)
    }

    /// The credential database, to be written to.
    pub fn database(&self) -> Result<Box<dyn CredentialDatabase>, Failure> {
        let url = self.url()?;
        let database = database::open(&url)?;
        self.same_system(&database.state()?, &url)?;
        Ok(database)
    }

    /// This server's name.
    pub fn server(&self) -> Result<ServerName, Failure> {
        Ok(self
            .settings()?
            .server(self.global.server.as_ref(), &self.environment)?)
    }

    /// This server's vault.
    pub fn vault(&self) -> Result<Vault, Failure> {
        self.vault_in(self.settings()?.vault_of(&self.server()?))
    }

    /// The vault of whichever server of this computer keeps it in `folder`.
    pub fn vault_in(&self, folder: PathBuf) -> Result<Vault, Failure> {
        let settings = self.settings()?;
        let key = match &settings.machine_key {
            Some(path) => MachineKey::File(settings.resolve(path)),
            None => MachineKey::OwnFile,
        };
        let computer = self.environment.host.as_deref();
        Ok(Vault::new(folder, key).written_on(computer))
    }

    /// This server's SSO service.
    pub fn service(&self) -> Result<Service, Failure> {
        Ok(Service::new(self.settings()?.service.clone()))
    }

    /// The flag that Ctrl-C sets from here on; a second Ctrl-C ends the process, which the journal
    /// survives.
    pub(super) fn interrupt(&self) -> Arc<AtomicBool> {
        let registered = || {
            let flag = Arc::new(AtomicBool::new(false));
            for signal in [SIGINT, SIGTERM] {
                // Without it the first signal ends the process, which the journal survives too.
                let _second = flag::register_conditional_shutdown(signal, 1, Arc::clone(&flag));
                let _first = flag::register(signal, Arc::clone(&flag));
                self.ui.leave_signal(signal);
            }
            flag
        };
        Arc::clone(self.interrupt.get_or_init(registered))
    }

    /// The organisation's rules, vouched for, loaded and their settings checked.
    pub fn policy(&mut self, purpose: Purpose) -> Result<Policy, Failure> {
        let settings = self.settings()?;
        if settings.plugins.is_empty() {
            // Regent's own findings can be suppressed all the same.
            return Ok(Policy::default().compose(&[], &settings.suppressions)?);
        }
        let lock = settings.lock()?;
        let admitted = settings.admit(lock.as_ref())?;
        let policy = self.load(&admitted, purpose)?;
        if let Some(lock) = lock {
            lock.check_contracts(policy.plugins())?;
        }
        Ok(policy)
    }

    /// Plugins that were admitted, loaded and their settings checked.
    pub(super) fn load(
        &mut self,
        admitted: &[Admitted],
        purpose: Purpose,
    ) -> Result<Policy, Failure> {
        let cache = self.compile_cache()?;
        let progress = self.ui.progress();
        let plugins = admitted.iter().map(|admitted| admitted.plugin.clone());
        let settings = self.settings()?;
        let policy = Policy::load(
            &plugins.collect::<Vec<_>>(),
            &settings.folder,
            cache.as_ref(),
            purpose,
            &progress,
        )?;
        Ok(policy.compose(&settings.groups, &settings.suppressions)?)
    }

    /// A cache that cannot be had costs time and nothing else; one that others can write to is refused.
    pub(super) fn compile_cache(&mut self) -> Result<Option<policy::Cache>, Failure> {
        // A folder of its own: what else is kept beside it need not be for one account's eyes.
        let Some(folder) = self
            .environment
            .cache
            .as_ref()
            .map(|cache| cache.join("compiled"))
        else {
            return Ok(None);
        };
        // Never the injected bytes: whether the cache has its key already must not show in what is
        // drawn afterwards.
        match policy::Cache::open(&folder, &mut Entropy::operating_system()) {
            Ok(cache) => Ok(Some(cache)),
            Err(error @ policy::Error::Cache { .. }) => {
                let why = error.details().join(": ");
                let line = format!("{error} ({why}), so plugins are compiled anew each time");
                self.ui.note(&format!("{}\n", report::human::escape(&line)));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A private key, ready to sign; its passphrase is asked for where it has one.
    pub(super) fn unlock(&self, key: KeyFile, path: &Path) -> Result<SigningKey, Failure> {
        if !key.needs_passphrase() {
            return Ok(key.unlock(None)?);
        }
        let name = path.display();
        if !self.ui.asks() {
            return Err(Failure::Usage {
                code: Misuse::PassphraseNeeded,
                message: format!(
                    "{name} needs its passphrase, and there is no terminal to type it on"
                ),
                help: "run this on a terminal".to_owned(),
            });
        }
        let passphrase = self.ui.password(&format!("Passphrase of {name}"))?;
        Ok(key.unlock(Some(&passphrase))?)
    }

    /// Where files may be kept that can be made again.
    pub fn cache(&self) -> Option<&Path> {
        self.environment.cache.as_deref()
    }

    /// Refuses to promote, resume or abort on another server than the candidate; `begun` where its
    /// promotion waits already.
    pub fn stand_on(&self, candidate: &ServerName, begun: bool) -> Result<(), Failure> {
        Ok(promotion::stand_on(candidate, &self.server()?, begun)?)
    }

    /// Tells a master that was replaced while it was away: it comes back with the vault of its own
    /// term, and nothing else on it knows. A vault that does not open believes nothing.
    pub fn refuse_replaced(&self, state: &SystemState) -> Result<(), Failure> {
        if self.server()?.is(state.master()) {
            return Ok(());
        }
        match self.vault()?.facts() {
            Ok(Some(vault)) if vault.believes_in_an_earlier_term(state) => {
                Err(database::Error::StaleTerm {
                    believed: vault.term,
                    present: state.term,
                    master: state.master().clone(),
                }
                .into())
            }
            _ => Ok(()),
        }
    }

    /// The day that it is here.
    pub fn today(&self) -> Date {
        settings::today(self.ambience.clock)
    }

    /// Who does this, and when.
    pub fn actor(&self) -> Result<Actor, Failure> {
        Ok(Actor {
            operator: self.ambience.operator.clone(),
            server: self.server()?,
            at: self.ambience.clock.now(),
        })
    }

    /// Who may not approve a plan: who made it, and who runs it where it is run here.
    pub(super) fn involved<'a>(&'a self, plan: &'a Plan, run: bool) -> Involved<'a> {
        Involved {
            author: &plan.intent.operator,
            operator: run.then_some(&self.ambience.operator),
            accounts: &self.ambience.accounts,
        }
    }

    /// Who does this, where a rule wants to know, and who made the plan where it comes from a file.
    pub(super) fn people(&self, policy: &Policy, author: Option<&Operator>) -> Option<People> {
        let Ambience {
            operator, accounts, ..
        } = &self.ambience;
        policy.people(operator, author, accounts)
    }

    /// Says what a command has to say.
    pub fn say<R: Report>(&self, report: &R) -> Result<(), Failure> {
        let text = match self.global.format {
            Format::Human => {
                let mut page = Page::typing(self.ui.style(), self.typed.clone());
                report.human(&mut page);
                page.finish()
            }
            _ => report::json::render_typed(report, &self.typed),
        };
        Ok(self.ui.out(&text)?)
    }

    /// A page for standard error.
    pub fn err_page(&self) -> Page {
        Page::typing(self.ui.err_style(), self.typed.clone())
    }

    /// Says on standard error what is good to know, a line each.
    pub fn warn(&self, notes: &[String]) {
        let mut page = self.err_page();
        for note in notes {
            page.warn(note);
        }
        self.ui.err(&page.finish());
    }

    /// Whether people read the output.
    pub fn is_human(&self) -> bool {
        self.global.format != Format::Json
    }

    /// Asks on a terminal, insists on `--yes` elsewhere.
    pub fn confirm(&self, yes: bool, question: &str) -> Result<bool, Failure> {
        if yes {
            Ok(true)
        } else {
            Ok(self.ui.confirm(question)?)
        }
    }

    /// Says why a command failed, and what to do in place of what the failure knows to advise.
    pub(super) fn fail(&self, command: &str, failure: &Failure, advice: Option<String>) -> Status {
        let mut report = failure.report(command);
        report.help = advice.or(report.help);
        let text = report::json::render_typed(&report, &self.typed);
        let told = !self.is_human() && self.ui.out(&text).is_ok();
        if !told {
            // Where standard output takes nothing, standard error is told in words.
            let mut page = self.err_page();
            report.human(&mut page);
            self.ui.err(&page.finish());
        }
        failure.status()
    }
}
