//! A case of a site's policy, rehearsed: the commands that an operator would type, in a site that is
//! made for it and thrown away.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::clock::Clock;
use crate::database::{self, CredentialDatabase};
use crate::entropy::Entropy;
use crate::exit::Status;
use crate::plan::Kind;
use crate::policy::Circumstances;
use crate::rehearsal::{self, Places};
use crate::report::human::{escape, quote};
use crate::secret::{MachineKey, SigningKey, Vault};
use crate::settings::{Ambience, Settings};
use crate::system::Accounts;
use crate::ui::{Record, Ui};

use super::{Context, Failure, planned};

const UPDATE: &str = "update.xml";
const BACKUP: &str = "secret.bak";
const PASSWORD: &str = "password";
const PLAN: &str = "plan.json";

/// What comes of a case under the policy in `settings`: every command and what it said. The same on
/// every machine.
pub fn rehearse(told: &Circumstances, settings: &Path) -> Result<String, Failure> {
    let folder =
        TempDir::new().map_err(at("make a folder for a case in", &std::env::temp_dir()))?;
    let stage = Stage::set(told, settings, folder.path())?;
    let _inside = Inside::enter(folder.path())?;
    stage.play()
}

/// A site that is made for a case.
struct Stage<'a> {
    told: &'a Circumstances,
    settings: &'a Path,
    folder: &'a Path,
    keys: BTreeMap<String, SigningKey>,
    record: Record,
}

impl<'a> Stage<'a> {
    fn set(told: &'a Circumstances, settings: &'a Path, folder: &'a Path) -> Result<Self, Failure> {
        let mut keys = BTreeMap::new();
        for by in &told.approvals {
            let mut entropy = Entropy::seeded(&format!("the key of {}", by.approver));
            keys.insert(by.approver.clone(), SigningKey::generate(&mut entropy)?);
        }
        let stage = Self {
            told,
            settings,
            folder,
            keys,
            record: Record::default(),
        };
        let settings = stage.settings()?;
        let vault = settings.vault_of(told.state.master());
        let places = Places {
            database: &settings.database(None)?,
            vault: &Vault::new(vault, MachineKey::OwnFile),
            update: &folder.join(UPDATE),
            backup: &folder.join(BACKUP),
            password: &folder.join(PASSWORD),
        };
        rehearsal::build(told, &places, &mut Entropy::seeded("a site"))?;
        Ok(stage)
    }

    /// The policy of the real site, and nothing else of it.
    fn settings(&self) -> Result<Settings, Failure> {
        let (told, keys) = (self.told, &self.keys);
        let server = told
            .promoted()
            .unwrap_or_else(|| told.state.master().clone());
        let mut settings = Settings::read(Some(self.settings))?;
        for approver in &mut settings.approvers {
            let mut keys = keys.iter().filter(|(name, _)| approver.is_called(name));
            if let Some((_, key)) = keys.next() {
                approver.key = key.public();
            }
        }
        Ok(settings.rehearsed(self.folder, server))
    }

    fn play(&self) -> Result<String, Failure> {
        let url = self.settings()?.database(None)?;
        let dump = || Ok::<_, Failure>(database::look(&url)?.dump()?);
        let before = dump()?;
        let mut text = String::new();
        let status = self.act(&mut text)?;
        if status != Status::Done {
            let (number, name) = (status.number(), status.name());
            text.push_str(&format!("exit status: {number} ({name})\n"));
        }
        if dump()? == before {
            text.push_str("\nevery table is as it was before\n");
            return Ok(text);
        }
        for command in ["journal", "dump", "export"] {
            text.push('\n');
            self.run(&mut text, &[command])?;
        }
        without_digests(&text, &*database::look(&url)?)
    }

    /// What an operator types.
    fn act(&self, text: &mut String) -> Result<Status, Failure> {
        if self.told.promoted().is_none() {
            return self.run(text, &["update", UPDATE, "--yes"]);
        }
        let intent = self.intent();
        let intent: Vec<&str> = intent.iter().map(String::as_str).collect();
        let backup = ["--restore-file", BACKUP];
        let password = ["--password-file", PASSWORD, "--yes"];
        if self.told.approvals.is_empty() {
            let promote = [&["promote", UPDATE], &backup[..], &password, &intent].concat();
            return self.run(text, &promote);
        }
        let plan = [&["plan", UPDATE], &backup[..], &intent, &["--out", PLAN]].concat();
        let mut planned = String::new();
        let status = self.run(&mut planned, &plan)?;
        let path = self.folder.join(PLAN);
        if !path.exists() {
            text.push_str(&planned);
            return Ok(status);
        }
        // What the rules say before anybody has approved is not what the case is about.
        text.push_str(planned.lines().next().unwrap_or_default());
        text.push('\n');
        for by in &self.told.approvals {
            let approver = escape(&by.approver);
            text.push_str(&format!("{approver} approves {PLAN} at {}\n", by.at));
        }
        rehearsal::approve(&path, planned::read(&path)?, self.told, &self.keys)?;
        let promote = [&["promote", "--plan", PLAN], &password[..]].concat();
        self.run(text, &promote)
    }

    /// Why and how, as it is typed.
    fn intent(&self) -> Vec<String> {
        let intent = &self.told.intent;
        let emergency = (intent.kind == Kind::Emergency).then(|| "--emergency".to_owned());
        let reason = intent.reason.iter().map(|text| format!("--reason={text}"));
        let change = intent.change.iter().map(|text| format!("--change={text}"));
        emergency.into_iter().chain(reason).chain(change).collect()
    }

    /// Runs one command, and writes down what was typed and what it said.
    fn run(&self, text: &mut String, words: &[&str]) -> Result<Status, Failure> {
        let typed: Vec<_> = words.iter().map(|word| quote(word)).collect();
        text.push_str(&format!("$ regent {}\n", escape(&typed.join(" "))));
        let settings = self.settings()?;
        let ambience = Ambience {
            clock: Clock::fixed(self.told.intent.at, self.told.utc_offset),
            // Each command draws its own, so that one that draws more shifts no other.
            entropy: Entropy::seeded(&format!("regent {}", words[0])),
            operator: self.told.intent.operator.clone(),
            accounts: Accounts::default(),
        };
        let words = std::iter::once("regent").chain(words.iter().copied());
        let status = super::run_in(words.map(Into::into), |global| {
            Context::rehearsing(global, Ui::recording(&self.record), ambience, settings)
        });
        text.push_str(&self.record.take());
        Ok(status)
    }
}

/// What is bound to every byte of plugins and settings would differ with each of them, and tell
/// nothing that the rest does not tell: the digests of plan and components, and the hashes of the
/// audit.
fn without_digests(text: &str, database: &dyn CredentialDatabase) -> Result<String, Failure> {
    let mut text = text.to_owned();
    for promotion in database.promotions()? {
        text = text.replace(&promotion.plan.digest().to_string(), "[digest]");
    }
    for judgement in database.judgements()? {
        for asked in &judgement.asked.plugins {
            let component = asked.plugin.component.to_string();
            text = text.replace(&component, "[digest]");
            text = text.replace(&component[..12], "[digest]");
        }
    }
    let rows = database.audit()?.rows;
    let hashes: Vec<String> = rows.iter().map(|row| row.hash.to_string()).collect();
    let kept = text
        .lines()
        .filter(|line| !hashes.iter().any(|hash| hash == line.trim()));
    Ok(kept.flat_map(|line| [line, "\n"]).collect())
}

fn at(act: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    move |cause| Failure::File {
        act,
        path: path.to_owned(),
        cause,
    }
}

/// Being in a folder, until it is dropped.
struct Inside {
    former: PathBuf,
}

impl Inside {
    fn enter(folder: &Path) -> Result<Self, Failure> {
        let former = std::env::current_dir().map_err(at("open", Path::new(".")))?;
        std::env::set_current_dir(folder).map_err(at("enter", folder))?;
        Ok(Self { former })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        // Where it is gone, the next relative path says so.
        let _gone = std::env::set_current_dir(&self.former);
    }
}
