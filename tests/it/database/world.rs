//! The system that the tests are about: three servers, one master secret, fixed times.

use jiff::Timestamp;
use regent::database::{CredentialDatabase, Error, NewSystem};
use regent::global_info::{AccountList, GlobalInfo, ServerName};
use regent::identity::{Digest, Fingerprint, PromotionId, SystemId, Term};
use regent::journal::{Entry, Event, State};
use regent::plan::{BackupPin, Intent, Kind, Leave, Plan, Step, UpdatePin};
use regent::source::{Span, Spanned};
use regent::system::{Actor, Proof, Role};
use regent::update::UpdateFile;

/// Makes a new, empty system each time it is called.
pub(crate) type Fresh<'a> = &'a dyn Fn() -> Box<dyn CredentialDatabase>;

/// The first master secret's name.
pub(crate) const SECRET: Fingerprint = Fingerprint::from_bytes([0xAB; 16]);

/// The events of a promotion that succeeds.
pub(crate) const WHOLE: [(Step, Event); 8] = [
    (Step::UpdateDatabase, Event::Started),
    (Step::UpdateDatabase, Event::Succeeded),
    (Step::RestartService, Event::Started),
    (Step::RestartService, Event::Succeeded),
    (Step::RestoreSecret, Event::Started),
    (Step::RestoreSecret, Event::Succeeded),
    (Step::Verify, Event::Started),
    (Step::Verify, Event::Succeeded),
];

/// The events of a promotion whose restart fails, and which is undone.
pub(crate) const BACK: [(Step, Event); 8] = [
    (Step::UpdateDatabase, Event::Started),
    (Step::UpdateDatabase, Event::Succeeded),
    (Step::RestartService, Event::Started),
    (Step::RestartService, Event::Failed),
    (Step::RestartService, Event::UndoStarted),
    (Step::RestartService, Event::Undone),
    (Step::UpdateDatabase, Event::UndoStarted),
    (Step::UpdateDatabase, Event::Undone),
];

/// `minute` minutes after nine.
pub(crate) fn at(minute: i64) -> Timestamp {
    let nine: Timestamp = "2026-03-02T09:00:00Z".parse().expect("it is RFC 3339");
    nine + jiff::SignedDuration::from_mins(minute)
}

pub(crate) fn server(name: &str) -> ServerName {
    ServerName::parse(name).expect("the tests name servers rightly")
}

/// Anna, on SSO01 unless she is elsewhere.
pub(crate) fn anna(minute: i64) -> Actor {
    Actor {
        operator: "CONTOSO\\anna".into(),
        server: server("SSO01"),
        at: at(minute),
    }
}

pub(crate) fn accounts(text: &str) -> AccountList {
    AccountList::parse(text).expect("the tests name accounts rightly")
}

pub(crate) fn new_system() -> NewSystem {
    NewSystem {
        id: SystemId::from_bytes(*b"0123456789abcdef"),
        info: GlobalInfo::fresh(
            accounts("CONTOSO\\SSO Admins"),
            accounts("CONTOSO\\SSO Affiliate Admins"),
            server("SSO01"),
        ),
    }
}

pub(crate) fn proof() -> Proof {
    Proof {
        nonce: *b"twelve bytes",
        sealed: b"a ciphertext that nobody should see".to_vec(),
    }
}

/// A system that can be promoted: SSO01 is the master, SSO02 and SSO03 are listed.
pub(crate) fn ready(fresh: Fresh<'_>) -> Result<Box<dyn CredentialDatabase>, Error> {
    let mut database = fresh();
    database.add_server(Term(1), &server("SSO02"), &[], &anna(1))?;
    database.add_server(Term(1), &server("SSO03"), &[Role::Processing], &anna(2))?;
    database.install_secret(Term(1), SECRET, &proof(), &anna(3))?;
    Ok(database)
}

pub(crate) fn id(number: u8) -> PromotionId {
    PromotionId::from_bytes([number; 8])
}

/// A plan to promote `candidate` and to keep fewer audit rows.
pub(crate) fn plan(
    database: &dyn CredentialDatabase,
    candidate: &str,
    number: u8,
) -> Result<Plan, Error> {
    fn spanned<T>(value: T) -> Spanned<T> {
        let span = Span::new(0, 0);
        Spanned { value, span }
    }
    let update = UpdateFile {
        secret_server: Some(spanned(server(candidate))),
        audit_deleted_apps: Some(spanned(500)),
        ..UpdateFile::default()
    };
    let pin = UpdatePin {
        name: "update.xml".to_owned(),
        bytes: Digest::of(b"bytes"),
        meaning: update.semantic_digest(),
    };
    let intent = Intent {
        kind: Kind::Planned,
        reason: Some("SSO01 is retired".to_owned()),
        change: Some("CHG-1042".to_owned()),
        operator: "CONTOSO\\anna".into(),
        at: at(10),
    };
    let mut plan = Plan::between(&database.state()?, &update, pin, id(number), intent)
        .expect("the tests' promotions are possible");
    plan.backup = Some(BackupPin {
        path: "secret.bak".into(),
        current: SECRET,
        previous: None,
        created: at(4),
        server: server("SSO01"),
    });
    Ok(plan)
}

pub(crate) fn entry(step: Step, event: Event, minute: i64) -> Entry {
    Entry {
        step,
        event,
        at: at(minute),
        operator: "CONTOSO\\ben".into(),
        detail: (event == Event::Failed).then(|| "the service did not answer".to_owned()),
    }
}

/// Records one event by the method it belongs to.
pub(crate) fn advance(
    database: &mut dyn CredentialDatabase,
    plan: &Plan,
    (step, event): (Step, Event),
) -> Result<State, Error> {
    let entry = entry(step, event, 20);
    match (step, event) {
        (Step::UpdateDatabase, Event::Succeeded) => database.apply_update(plan, &entry),
        (Step::UpdateDatabase, Event::Undone) => {
            let ben = Actor {
                operator: entry.operator.clone(),
                ..anna(20)
            };
            database.undo_update(plan, &ben)?;
            database.record(plan.id, &entry)
        }
        _ => database.record(plan.id, &entry),
    }
}

/// Begins a promotion and records its first events.
pub(crate) fn run(
    database: &mut dyn CredentialDatabase,
    plan: &Plan,
    events: &[(Step, Event)],
) -> Result<State, Error> {
    database.begin(plan, &Leave::default(), &anna(11))?;
    events
        .iter()
        .try_fold(State::Planned, |_, event| advance(database, plan, *event))
}

/// The audit's actions.
pub(crate) fn actions(database: &dyn CredentialDatabase) -> Result<Vec<String>, Error> {
    let audit = database.audit()?;
    Ok(audit.rows.into_iter().map(|row| row.action).collect())
}
