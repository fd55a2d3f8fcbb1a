//! A file that was written by something else: it is refused or told, and nothing panics.

use regent::database::{BadRow, CredentialDatabase, Error, create, open};
use regent::identity::Term;
use regent::journal::{Event, State};
use regent::plan::Step;
use rusqlite::Connection;
use tempfile::TempDir;

use super::world::{BACK, advance, anna, new_system, plan, ready, run};

/// A database with everything in it, and another program's connection to it.
pub(crate) fn vandal() -> (TempDir, Box<dyn CredentialDatabase>, Connection) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let url = format!("sqlite:{}/sso.db", folder.path().display());
    let made = || create(&url, &new_system(), &anna(0)).expect("a database can be made");
    let mut database = ready(&made).expect("it can be filled");
    let plan = plan(&*database, "SSO02", 1).expect("there is a plan");
    run(&mut *database, &plan, &BACK[..3]).expect("it runs");
    let raw = Connection::open(folder.path().join("sso.db")).expect("it can be opened");
    (folder, database, raw)
}

#[test]
fn rows_that_break_a_rule_are_named() {
    for (sql, expected) in [
        (
            "UPDATE global_info SET sso_admin_account = 'C|G'",
            "global_info.sso_admin_account holds “C|G”: an account name has none of \" [ ] : | < > + = ? * \
             and no invisible character",
        ),
        (
            "UPDATE global_info SET current_secret = NULL; UPDATE secret_proof SET fingerprint = 'x';
             UPDATE global_info SET current_secret = 'x'",
            "global_info.current_secret holds “x”: “x” is not a fingerprint (32 hexadecimal digits)",
        ),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE global_info SET ticket_timeout = 0",
            "global_info: ticketTimeout cannot be 0: it takes 1 to 525600",
        ),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE global_info SET ticket_timeout = -1",
            "Integer -1 out of range at index 7",
        ),
        (
            "UPDATE sso_server SET name = '10.0.0.1' WHERE name = 'SSO03'",
            "sso_server.name holds “10.0.0.1”: this is an IP address, not a server name",
        ),
        (
            "UPDATE sso_server SET roles = 'king' WHERE name = 'SSO03'",
            "sso_server.roles holds “king”: no such role",
        ),
        (
            "UPDATE sso_server SET last_seen = 'yesterday' || char(10) WHERE name = 'SSO01'",
            "sso_server.last_seen holds “yesterday\\n”",
        ),
        (
            "DROP TRIGGER global_info_stays; DELETE FROM global_info",
            "the row of table global_info is missing",
        ),
    ] {
        let (_folder, database, raw) = vandal();
        raw.execute_batch(sql).expect(sql);
        let error = database.state().expect_err(sql);
        assert!(matches!(error, Error::Corrupt { .. }), "{sql}: {error:?}");
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("the credential database is damaged: {expected}")),
            "{sql}: {said}"
        );
        assert!(database.dump().is_err(), "{sql}");
    }
}

#[test]
fn an_altered_promotion_is_not_resumed() {
    let unchained = "DROP TRIGGER journal_is_not_changed; DROP TRIGGER journal_is_not_cut;
                     DROP TRIGGER plan_stays;";
    for (sql, expected) in [
        (
            "UPDATE promotion SET plan = replace(plan, 'SSO02', 'SSO03')",
            "the plan of promotion 0101010101010101 was altered",
        ),
        (
            "UPDATE journal SET operator = 'nobody' WHERE number = 1",
            "entry 1 of promotion 0101010101010101 was altered, or one before it taken out",
        ),
        (
            "DELETE FROM journal WHERE number = 2",
            "entry 2 of promotion 0101010101010101 was altered, or one before it taken out",
        ),
        (
            "DELETE FROM journal WHERE number = 3",
            "the journal of promotion 0101010101010101 was cut off after entry 2",
        ),
        (
            "UPDATE promotion SET state = 'stuck'",
            "promotion 0101010101010101 is “stuck”, but its journal says",
        ),
        (
            "UPDATE journal SET step = 'dance' WHERE number = 1",
            "journal.step holds “dance”: no such step",
        ),
        (
            "UPDATE journal SET event = 'sung' WHERE number = 1",
            "journal.event holds “sung”: no such event",
        ),
    ] {
        let (_folder, mut database, raw) = vandal();
        raw.execute_batch(unchained)
            .expect("triggers can be dropped");
        raw.execute_batch(sql).expect(sql);
        for refused in [
            database.unfinished().map(drop),
            database.promotions().map(drop),
            database.remove_server(Term(2), &super::world::server("SSO03"), &anna(40)),
        ] {
            let said = refused.expect_err(sql).to_string();
            assert!(said.contains(expected), "{sql}: {said}");
        }
    }
}

#[test]
fn the_file_itself_refuses_what_must_not_happen() {
    let (_folder, _database, raw) = vandal();
    raw.pragma_update(None, "foreign_keys", true)
        .expect("it is a setting");
    for (sql, expected) in [
        (
            "UPDATE audit SET detail = ''",
            "the audit is only appended to",
        ),
        ("DELETE FROM audit", "the audit is only appended to"),
        ("DELETE FROM journal", "the journal is only appended to"),
        (
            "UPDATE journal SET at = ''",
            "the journal is only appended to",
        ),
        ("DELETE FROM promotion", "a promotion is never removed"),
        (
            "UPDATE promotion SET plan = '{}'",
            "a begun plan is never changed",
        ),
        (
            "UPDATE global_info SET term = 99",
            "this term has not been given",
        ),
        (
            "UPDATE global_info SET revision = 1",
            "the revision only rises",
        ),
        (
            "UPDATE system SET highest_term = 1",
            "the highest term only rises",
        ),
        (
            "UPDATE system SET system_id = 'x'",
            "the system keeps its id",
        ),
        ("DELETE FROM system", "the system is never removed"),
        (
            "DELETE FROM global_info",
            "the global info is never removed",
        ),
        (
            "UPDATE global_info SET secret_server = 'SSO09'",
            "FOREIGN KEY",
        ),
        ("DELETE FROM sso_server WHERE name = 'sso02'", "FOREIGN KEY"),
        (
            "INSERT INTO sso_server VALUES ('sso02', '', '', NULL)",
            "UNIQUE",
        ),
        (
            "INSERT INTO promotion
               (number, id, plan, plan_digest, operator, server, begun, state, finished, last_hash)
             SELECT 9, 'x', plan, plan_digest, operator, server, begun, state, finished, last_hash
             FROM promotion",
            "UNIQUE",
        ),
        (
            "UPDATE global_info SET ticket_timeout = 'two'",
            "cannot store TEXT",
        ),
        ("INSERT INTO system VALUES (2, 'x', 1, NULL)", "CHECK"),
    ] {
        let refused = raw.execute_batch(sql).expect_err(sql).to_string();
        assert!(refused.contains(expected), "{sql}: {refused}");
    }
}

/// No method of ours moves the term under an unfinished promotion; the statement compares all the same.
#[test]
fn a_promotion_goes_forward_in_its_own_term_only() -> Result<(), Error> {
    let (_folder, mut database, raw) = vandal();
    let promotion = database.unfinished()?.expect("one was begun");
    raw.execute_batch("UPDATE system SET highest_term = 9; UPDATE global_info SET term = 9")
        .expect("whoever owns the file can do anything to it");
    let before = database.dump()?;
    let forward = (Step::RestartService, Event::Succeeded);
    let refused = advance(&mut *database, &promotion.plan, forward);
    assert!(
        matches!(
            refused,
            Err(Error::StaleTerm {
                believed: Term(2),
                present: Term(9),
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(database.dump()?, before);
    // The way back stays open.
    let back = (Step::RestartService, Event::Failed);
    let state = advance(&mut *database, &promotion.plan, back)?;
    assert_eq!(state, State::Undoing(Step::RestartService));
    Ok(())
}

#[test]
fn an_altered_audit_is_found() -> Result<(), Error> {
    let (_folder, database, raw) = vandal();
    raw.execute_batch(
        "DROP TRIGGER audit_is_not_changed;
         UPDATE audit SET operator = 'CONTOSO\\zoe' WHERE number = 5",
    )
    .expect("whoever owns the file can do anything to it");
    let audit = database.audit()?;
    assert_eq!(audit.verify(), Err(BadRow::Altered { number: 5 }));
    Ok(())
}

#[test]
fn torn_files_are_refused() -> Result<(), Error> {
    let (folder, database, raw) = vandal();
    let url = database.url().to_owned();
    drop((database, raw));
    let path = folder.path().join("sso.db");
    let whole = std::fs::read(&path).expect("the file can be read");
    for keep in [1, 99, 4096, 5000, whole.len() / 2, whole.len() - 4096] {
        let file = std::fs::OpenOptions::new().write(true).open(&path);
        let file = file.expect("the file can be opened");
        file.set_len(keep as u64).expect("the file can be cut");
        drop(file);
        let read = open(&url).and_then(|database| database.dump());
        let error = read.expect_err("half a file is no database");
        assert!(
            matches!(
                error,
                Error::Corrupt { .. }
                    | Error::NotADatabase { .. }
                    | Error::Foreign { .. }
                    | Error::Engine { .. }
            ),
            "{keep}: {error:?}"
        );
        fs_err::remove_file(&path).expect("the file can be removed");
        let mut restored = tempfile::NamedTempFile::new_in(folder.path()).expect("a file");
        std::io::Write::write_all(&mut restored, &whole).expect("the file can be written");
        restored.persist(&path).expect("the file can be restored");
    }
    open(&url)?.dump().map(drop)
}
