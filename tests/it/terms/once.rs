//! Over sequences of promotions, moves, interruptions and copies put back: a term is given once, an
//! older database is recognised, and no other is taken for one.
//!
//! Through the library, on a real database and real vaults: `REGENT_TEST_LONG=1 cargo test --test it
//! -- --nocapture terms::once` walks farther and elsewhere each time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use jiff::tz::Offset;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use regent::clock::Clock;
use regent::database::{self, CredentialDatabase};
use regent::entropy::Entropy;
use regent::global_info::{GlobalInfo, ServerName};
use regent::hindsight::{self, Asked, Error};
use regent::identity::PromotionId;
use regent::journal::Event;
use regent::plan::{Intent, Kind, Plan, Step, UpdatePin};
use regent::policy::{Facts, Policy};
use regent::promotion::{self, Outcome, Site as Stage};
use regent::secret::{self, Generations, MachineKey, Unopened, Vault};
use regent::service::Service;
use regent::source::SourceFile;
use regent::system::{Actor, Operator, RestoredCopy};
use regent::update;

use super::{put_back, three};
use crate::support::{NOW, Site, long, update_file};

const NAMES: [&str; 3] = ["SSO01", "SSO02", "SSO03"];

/// One thing that is done.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Promote a server, interrupted after so many entries of the journal or not.
    Promote(usize, Option<usize>),
    Resume,
    Abort,
    /// Move the master's name.
    Move(usize),
    /// Change something that gives no term and is asked by nobody.
    Change,
    /// Copy the database aside.
    Copy,
    /// Put a copy back, of those that there are.
    PutBack(usize),
}

/// An act, and whether the operator insists where it is refused.
type Turn = (Act, bool);

fn acts() -> impl Strategy<Value = Vec<Turn>> {
    let act = prop_oneof![
        4 => (0..3usize, prop_oneof![2 => Just(None), 1 => (0..8usize).prop_map(Some)])
            .prop_map(|(server, stop)| Act::Promote(server, stop)),
        1 => Just(Act::Resume),
        1 => Just(Act::Abort),
        2 => (0..3usize).prop_map(Act::Move),
        1 => Just(Act::Change),
        2 => Just(Act::Copy),
        3 => any::<usize>().prop_map(Act::PutBack),
    ];
    proptest::collection::vec((act, prop::bool::weighted(0.6)), 4..20)
}

/// What an act is told.
enum Leave {
    /// No, and the operator gives in.
    Refused,
    /// Yes, with what is passed over where the operator insists.
    Given(Option<RestoredCopy>),
}

/// A site, and what is known of its histories: what was given stays given, whatever is put back.
struct World<'a> {
    site: &'a Site,
    pristine: &'a Path,
    /// What came before each state of the database.
    before: Vec<Option<usize>>,
    /// Where the database is.
    here: usize,
    /// The farthest that was seen.
    seen: usize,
    copies: Vec<(Vec<u8>, usize)>,
    /// Every term, and the act that gave it.
    given: BTreeMap<u64, String>,
    acts: Cell<u32>,
}

impl<'a> World<'a> {
    fn new(site: &'a Site, pristine: &'a Path) -> Self {
        Self {
            site,
            pristine,
            before: vec![None],
            here: 0,
            seen: 0,
            copies: Vec::new(),
            given: BTreeMap::from([(1, "init".to_owned())]),
            acts: Cell::new(0),
        }
    }

    /// Whether the database is not what came of what was seen.
    fn is_older(&self) -> bool {
        let mut at = Some(self.here);
        while let Some(state) = at {
            if state == self.seen {
                return false;
            }
            at = self.before[state];
        }
        true
    }

    fn vaults(&self) -> PathBuf {
        self.site.path("vaults")
    }

    fn database(&self) -> Box<dyn CredentialDatabase> {
        let url = format!("sqlite:{}", self.site.path("credential.db").display());
        database::open(&url).expect("a database")
    }

    /// A moment of its own, so that two histories are never the same by chance.
    fn now(&self) -> Timestamp {
        let start: Timestamp = NOW.parse().expect("a moment");
        let passed = i64::from(self.acts.get());
        Timestamp::from_second(start.as_second() + passed).expect("a moment")
    }

    fn actor(&self, server: &str) -> Actor {
        Actor {
            operator: Operator::from("operator"),
            server: name(server),
            at: self.now(),
        }
    }

    /// Leave to act, held against what is known.
    fn leave(
        &self,
        database: &dyn CredentialDatabase,
        insists: bool,
    ) -> Result<Leave, TestCaseError> {
        let asked = Asked::default();
        match hindsight::leave(&self.vaults(), database, asked) {
            Ok(copy) => {
                prop_assert!(!self.is_older(), "it is older, and that is not seen");
                prop_assert_eq!(copy, None);
                Ok(Leave::Given(None))
            }
            Err(Error::Older { signs, .. }) => {
                prop_assert!(self.is_older(), "it is not older: {:?}", signs);
                if !insists {
                    return Ok(Leave::Refused);
                }
                let asked = Asked {
                    restored_copy: true,
                    ..Asked::default()
                };
                let copy = hindsight::leave(&self.vaults(), database, asked).expect("leave");
                prop_assert!(copy.is_some());
                Ok(Leave::Given(copy))
            }
            Err(error) => Err(TestCaseError::fail(error.to_string())),
        }
    }

    /// The database has come to another state, as what was seen or not.
    fn moved_on(&mut self, restored: bool) {
        let older = self.is_older();
        self.before.push(Some(self.here));
        self.here = self.before.len() - 1;
        if restored || !older {
            self.seen = self.here;
        }
    }

    fn give(&mut self, term: u64, what: &str) -> Result<(), TestCaseError> {
        let twice = self.given.insert(term, what.to_owned());
        prop_assert!(
            twice.is_none(),
            "term {term} is given to {what}, and was given before: {twice:?}"
        );
        Ok(())
    }

    fn act(&mut self, act: Act, insists: bool) -> Result<(), TestCaseError> {
        self.acts.set(self.acts.get() + 1);
        match act {
            Act::Copy => {
                let bytes = std::fs::read(self.site.path("credential.db")).expect("a database");
                self.copies.push((bytes, self.here));
                return Ok(());
            }
            Act::PutBack(which) => {
                if !self.copies.is_empty() {
                    let (bytes, state) = &self.copies[which % self.copies.len()];
                    put_back(self.site, bytes);
                    self.here = *state;
                }
                return Ok(());
            }
            _ => {}
        }
        let mut database = self.database();
        let database = &mut *database;
        let state = database.state().expect("a state");
        let dump = database.dump().expect("a dump");
        if matches!(act, Act::Change) {
            if database.unfinished().expect("promotions").is_none() {
                let actor = self.actor("SSO01");
                let changed = database.set_enabled(state.seen(), !state.enabled, &actor);
                let _seen = changed.expect("anybody may");
                hindsight::remember(&self.vaults(), database).expect("it is taken down");
                self.moved_on(false);
            }
            return Ok(());
        }
        let Leave::Given(copy) = self.leave(database, insists)? else {
            let after = database.dump().expect("a dump");
            prop_assert_eq!(after, dump, "a refusal changes nothing");
            return Ok(());
        };
        let unfinished = database.unfinished().expect("promotions");
        match (act, unfinished) {
            (Act::Promote(server, stop), None) if NAMES[server] != state.master().as_str() => {
                self.promote(database, server, stop, copy.as_ref())?;
            }
            (Act::Move(to), None) if NAMES[to] != state.master().as_str() => {
                let actor = self.actor(NAMES[to]);
                if let Some(copy) = &copy {
                    let taken = database.restored_copy(state.term, copy, &actor);
                    taken.expect("the operator's word");
                }
                let wanted = GlobalInfo {
                    secret_server: name(NAMES[to]),
                    ..state.info.clone()
                };
                let seen = database
                    .update(
                        state.seen(),
                        &wanted,
                        &regent::plan::Leave::default(),
                        &actor,
                    )
                    .expect("a move");
                hindsight::remember(&self.vaults(), database).expect("it is taken down");
                self.give(seen.term.0, NAMES[to])?;
            }
            (Act::Resume | Act::Abort, Some(begun)) => {
                let candidate = begun.plan.candidate.clone();
                let outcome = self.on_stage(database, candidate.as_str(), None, |stage| {
                    if matches!(act, Act::Resume) {
                        promotion::resume(stage, copy.as_ref())
                    } else {
                        promotion::abort(stage, copy.as_ref())
                    }
                });
                if let Err(refused) = outcome {
                    let fits = matches!(refused, promotion::Error::SecretNotStaged { .. });
                    prop_assert!(fits, "{refused}");
                }
            }
            _ => return Ok(()),
        }
        if database.dump().expect("a dump") != dump {
            self.moved_on(copy.is_some());
        }
        self.vaults_are_apart()
    }

    fn promote(
        &mut self,
        database: &mut dyn CredentialDatabase,
        server: usize,
        stop: Option<usize>,
        copy: Option<&RestoredCopy>,
    ) -> Result<(), TestCaseError> {
        let state = database.state().expect("a state");
        let text = update_file(NAMES[server]);
        let file = SourceFile::decode("update.xml", text.as_bytes()).expect("a file");
        let checked = update::check(&file, &update::Context::default());
        let pin = UpdatePin {
            name: file.name().to_owned(),
            bytes: file.byte_digest(),
            meaning: checked.update.semantic_digest(),
        };
        let now = self.now();
        let intent = Intent {
            kind: Kind::Planned,
            reason: None,
            change: None,
            operator: Operator::from("operator"),
            at: now,
        };
        let id = PromotionId::from_bytes(u64::from(self.acts.get()).to_be_bytes());
        let mut plan = Plan::between(&state, &checked.update, pin, id, intent).expect("a plan");
        if let Some(copy) = copy {
            plan = plan.in_restored_copy(&state, copy.clone());
        }
        let generations = secret_of(self.pristine);
        let proof = database
            .proof(generations.current.fingerprint())
            .expect("a proof");
        let proven = secret::compare(&generations, &state, proof.as_ref()).expect("it opens it");
        plan.backup = Some(regent::plan::BackupPin {
            path: "secret.bak".into(),
            current: proven.fingerprint(),
            previous: None,
            created: now,
            server: name("SSO01"),
        });
        let facts = Facts {
            operator: Operator::from("operator"),
            proven: true,
            candidate: state.listed(&plan.candidate),
            incumbent: state.listed(&plan.incumbent),
            now,
            utc_offset: Offset::UTC,
            zones: regent::policy::Zones::default(),
            people: None,
            approvals: Vec::new(),
        };
        let approved = Policy::default()
            .review(plan, &facts)
            .approve()
            .expect("no rule");
        let outcome = self.on_stage(database, NAMES[server], stop, |stage| {
            promotion::run(stage, &approved, &proven, generations, Unopened::Refuse)
        });
        let outcome = outcome.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let begun = database.promotion(id).expect("promotions");
        let term = begun.expect("it has begun").plan.next_term;
        if let Outcome::Promoted { term: held, .. } = outcome {
            prop_assert_eq!(held, term);
        }
        self.give(term.0, NAMES[server])
    }

    fn on_stage<T>(
        &self,
        database: &mut dyn CredentialDatabase,
        server: &str,
        stop: Option<usize>,
        act: impl FnOnce(&mut Stage<'_>) -> T,
    ) -> T {
        let operator = Operator::from("operator");
        let (vaults, server) = (self.vaults(), name(server));
        let folder = vaults.join(server.as_str().to_ascii_lowercase());
        let vault = Vault::new(folder, MachineKey::OwnFile);
        let service = Service::new(regent::service::Settings::default());
        let mut entropy = Entropy::seeded(&self.acts.get().to_string());
        let interrupt = AtomicBool::new(stop == Some(0));
        let mut entries = 0;
        let mut progress = |_: Step, _: Event, _: Option<&str>| {
            entries += 1;
            interrupt.store(stop.is_some_and(|stop| entries >= stop), Ordering::Relaxed);
        };
        act(&mut Stage {
            database,
            vault: &vault,
            vaults: &vaults,
            service: &service,
            server: &server,
            operator: &operator,
            clock: Clock::fixed(self.now(), Offset::UTC),
            entropy: &mut entropy,
            interrupt: &interrupt,
            progress: &mut progress,
        })
    }

    /// No two servers hold the secret in one term.
    fn vaults_are_apart(&self) -> Result<(), TestCaseError> {
        let mut held = BTreeMap::new();
        for server in NAMES {
            let folder = self.vaults().join(server.to_ascii_lowercase());
            let vault = Vault::new(folder, MachineKey::OwnFile);
            let Some(facts) = vault.facts().expect("a vault that opens") else {
                continue;
            };
            let other = held.insert(facts.term, server);
            prop_assert_eq!(
                other,
                None,
                "{} and another are of term {}",
                server,
                facts.term
            );
        }
        Ok(())
    }
}

fn name(text: &str) -> ServerName {
    ServerName::parse(text).expect("a name")
}

/// The master secret, from the vault that it was generated in.
fn secret_of(pristine: &Path) -> Generations {
    let vault = Vault::new(pristine.join("vaults/sso01"), MachineKey::OwnFile);
    let held = vault.read().expect("a vault that opens");
    held.expect("it holds the secret").generations
}

#[test]
fn a_term_is_given_once_whatever_is_put_back() {
    let cases = if long() { 4000 } else { 300 };
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = if long() {
        TestRunner::new(config)
    } else {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(config, rng)
    };
    let root = three();
    let pristine = root.path("");
    let memory = Path::new("/dev/shm");
    let [walks, steps, older, terms] = [(); 4].map(|()| Cell::new(0_usize));
    let outcome = runner.run(&acts(), |acts| {
        let site = if memory.is_dir() {
            root.copied_to(memory)
        } else {
            root.copied()
        };
        let mut world = World::new(&site, &pristine);
        walks.set(walks.get() + 1);
        for (act, insists) in acts {
            steps.set(steps.get() + 1);
            older.set(older.get() + usize::from(world.is_older()));
            world.act(act, insists)?;
        }
        terms.set(terms.get() + world.given.len());
        Ok(())
    });
    println!(
        "{} cases, {} acts, {} of them on an older copy, {} terms given",
        walks.get(),
        steps.get(),
        older.get(),
        terms.get()
    );
    if let Err(wrong) = outcome {
        panic!("{wrong}");
    }
}
