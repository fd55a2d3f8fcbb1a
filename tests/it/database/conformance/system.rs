//! A system outside a promotion: what each method does.

use regent::database::{BadRow, Error, open};
use regent::global_info::GlobalInfo;
use regent::identity::{Fingerprint, Revision, Term};
use regent::plan::Leave;
use regent::system::{Role, Secrets, Seen, SsoServer, SystemState};

use crate::database::world::*;

pub(crate) fn a_fresh_database_has_the_documented_defaults(fresh: Fresh<'_>) -> Result<(), Error> {
    let database = fresh();
    let expected = SystemState {
        id: new_system().id,
        revision: Revision(1),
        term: Term(1),
        highest_term: Term(1),
        info: GlobalInfo {
            sso_admin_account: accounts("CONTOSO\\SSO Admins"),
            sso_affiliate_admin_account: accounts("CONTOSO\\SSO Affiliate Admins"),
            secret_server: server("SSO01"),
            audit_deleted_apps: 1000,
            audit_deleted_mappings: 1000,
            audit_credential_lookups: 1000,
            ticket_timeout: 2,
            cred_cache_timeout: 60,
        },
        enabled: false,
        tickets_allowed: false,
        tickets_validated: true,
        secrets: Secrets::default(),
        servers: vec![SsoServer {
            name: server("SSO01"),
            roles: Vec::new(),
            added: at(0),
            last_seen: Some(at(0)),
        }],
    };
    assert_eq!(database.state()?, expected);
    assert_eq!(actions(&*database)?, ["init"]);
    assert_eq!(database.promotions()?, []);
    assert_eq!(database.unfinished()?, None);
    Ok(())
}

pub(crate) fn an_update_raises_the_revision(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let before = database.state()?;
    let after = GlobalInfo {
        audit_deleted_apps: 500,
        sso_admin_account: accounts("CONTOSO\\Wardens"),
        ..before.info.clone()
    };
    let seen = database.update(before.seen(), &after, &Leave::default(), &anna(5))?;
    let expected = Seen {
        revision: Revision(2),
        term: Term(1),
    };
    assert_eq!(seen, expected);
    let state = database.state()?;
    assert_eq!((state.seen(), &state.info), (seen, &after));
    assert_eq!(state.highest_term, Term(1));
    let row = database
        .audit()?
        .rows
        .pop()
        .expect("the update was audited");
    assert_eq!(row.action, "update");
    assert_eq!(
        row.detail,
        "ssoAdminAccount: CONTOSO\\SSO Admins → CONTOSO\\Wardens; auditDeletedApps: 1000 → 500"
    );
    Ok(())
}

pub(crate) fn a_new_master_raises_the_term_and_keeps_its_listed_spelling(
    fresh: Fresh<'_>,
) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let before = database.state()?;
    let mut after = before.info.clone();
    after.secret_server = server("sso02");
    let seen = database.update(before.seen(), &after, &Leave::default(), &anna(5))?;
    let state = database.state()?;
    assert_eq!(state.seen(), seen);
    assert_eq!((state.term, state.highest_term), (Term(2), Term(2)));
    assert_eq!(state.master().as_str(), "SSO02");
    let row = database
        .audit()?
        .rows
        .pop()
        .expect("the update was audited");
    assert_eq!(
        row.detail,
        "secretServer: SSO01 → SSO02; no rule was asked; term: 1 → 2"
    );
    Ok(())
}

pub(crate) fn an_update_that_changes_nothing_writes_nothing(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let before = database.state()?;
    let audit = database.audit()?;
    let mut same = before.info.clone();
    same.secret_server = server("sso01");
    assert_eq!(
        database.update(before.seen(), &same, &Leave::default(), &anna(5))?,
        before.seen()
    );
    assert_eq!(
        database.set_enabled(before.seen(), false, &anna(5))?,
        before.seen()
    );
    assert_eq!(database.state()?, before);
    assert_eq!(database.audit()?, audit);
    Ok(())
}

pub(crate) fn sso_is_enabled_and_disabled(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let first = database.state()?.seen();
    let second = database.set_enabled(first, true, &anna(1))?;
    assert_eq!(second.revision, Revision(2));
    assert!(database.state()?.enabled);
    database.set_enabled(second, false, &anna(2))?;
    assert!(!database.state()?.enabled);
    assert_eq!(actions(&*database)?, ["init", "enable", "disable"]);
    Ok(())
}

pub(crate) fn the_first_master_secret_is_installed_once(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let seen = database.state()?.seen();
    assert_eq!(database.proof(SECRET)?, None);
    database.install_secret(seen.term, SECRET, &proof(), &anna(1))?;
    let state = database.state()?;
    let secrets = Secrets {
        current: Some(SECRET),
        previous: None,
    };
    assert_eq!((state.secrets, state.seen()), (secrets, seen));
    assert_eq!(database.proof(SECRET)?, Some(proof()));

    let other = Fingerprint::from_bytes([0xCD; 16]);
    for name in [SECRET, other] {
        let refused = database.install_secret(seen.term, name, &proof(), &anna(2));
        assert!(matches!(refused, Err(Error::SecretExists { present }) if present == SECRET));
    }
    assert_eq!(database.proof(other)?, None);
    assert_eq!(actions(&*database)?, ["init", "secret-generate"]);
    Ok(())
}

pub(crate) fn notes_are_audited(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let before = database.state()?;
    database.note(before.term, "secret-backup", "to secret.bak", &anna(1))?;
    let row = database.audit()?.rows.pop().expect("the note was audited");
    assert_eq!((row.number, row.action.as_str()), (2, "secret-backup"));
    assert_eq!(
        (row.at, row.operator.account.as_str()),
        (at(1), "CONTOSO\\anna")
    );
    assert_eq!(row.detail, "to secret.bak");
    assert_eq!(database.state()?.seen(), before.seen());
    Ok(())
}

pub(crate) fn servers_are_listed_once_whatever_their_case(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = fresh();
    let roles = [Role::NetworkName, Role::Processing, Role::NetworkName];
    database.add_server(Term(1), &server("sso-b"), &roles, &anna(1))?;
    database.add_server(Term(1), &server("SSO-A"), &[], &anna(2))?;
    let state = database.state()?;
    let names: Vec<_> = state.servers.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["SSO-A", "sso-b", "SSO01"]);
    let listed = state.server(&server("SSO-B")).expect("it was added");
    assert_eq!(listed.roles, [Role::Processing, Role::NetworkName]);
    assert_eq!((listed.added, listed.last_seen), (at(1), None));
    assert_eq!(state.revision, Revision(1));

    let refused = database.add_server(Term(1), &server("SSO-B"), &[], &anna(3));
    assert!(matches!(refused, Err(Error::ServerListed { name }) if name.as_str() == "sso-b"));
    assert_eq!(actions(&*database)?, ["init", "server-add", "server-add"]);
    Ok(())
}

pub(crate) fn servers_are_removed_but_not_the_master(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    database.remove_server(Term(1), &server("sso03"), &anna(4))?;
    assert_eq!(database.state()?.server(&server("SSO03")), None);

    let refused = database.remove_server(Term(1), &server("sso01"), &anna(5));
    assert!(matches!(refused, Err(Error::MasterStays { name }) if name.as_str() == "SSO01"));
    let refused = database.remove_server(Term(1), &server("SSO03"), &anna(6));
    let known = [server("SSO01"), server("SSO02")];
    assert!(matches!(refused, Err(Error::UnknownServer { known: k, .. }) if k == known));
    Ok(())
}

pub(crate) fn a_writer_is_seen(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let last_seen = |database: &dyn regent::database::CredentialDatabase, name| {
        let state = database.state()?;
        Ok::<_, Error>(state.server(&server(name)).and_then(|s| s.last_seen))
    };
    assert_eq!(last_seen(&*database, "SSO02")?, None);
    let mut actor = anna(7);
    actor.server = server("sso02");
    database.note(Term(1), "look", "", &actor)?;
    assert_eq!(last_seen(&*database, "SSO02")?, Some(at(7)));
    assert_eq!(last_seen(&*database, "SSO01")?, Some(at(3)));

    // A computer that has not joined may write, and stays unlisted.
    actor.server = server("WORKSTATION");
    database.note(Term(1), "look", "", &actor)?;
    assert_eq!(database.state()?.servers.len(), 3);
    Ok(())
}

pub(crate) fn another_connection_reads_the_same(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut first = ready(fresh)?;
    let plan = plan(&*first, "SSO02", 1)?;
    run(&mut *first, &plan, &BACK[..3])?;
    let second = open(first.url())?;
    assert_eq!(second.url(), first.url());
    assert_eq!(second.state()?, first.state()?);
    assert_eq!(second.unfinished()?, first.unfinished()?);
    assert_eq!(second.audit()?, first.audit()?);
    assert_eq!(second.dump()?, first.dump()?);
    Ok(())
}

pub(crate) fn the_audit_is_a_chain(fresh: Fresh<'_>) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let plan = plan(&*database, "SSO02", 1)?;
    run(&mut *database, &plan, &WHOLE)?;
    let mut audit = database.audit()?;
    assert!(audit.rows.len() > 5);
    assert_eq!(audit.verify(), Ok(()));
    audit.rows[3].detail.push('.');
    assert_eq!(audit.verify(), Err(BadRow::Altered { number: 4 }));
    Ok(())
}
