//! A chain that was tampered with by whoever owns the file: the first bad row is named.

use regent::database::{BadRow, Error, JournalCheck, create, open};
use regent::system::{Actor, KnownBy, Operator, Person};
use rusqlite::Connection;
use tempfile::TempDir;

use super::damage::vandal;
use super::world::{BACK, anna, new_system, plan, ready, run, server};

const UNGUARDED: &str = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;
                         DROP TRIGGER journal_is_not_changed; DROP TRIGGER journal_is_not_cut;";

/// What the audit is after `sql`, which gets `LAST` as the number of its last row.
fn tampered(sql: &str) -> Result<(Option<BadRow>, u64), Error> {
    let (_folder, database, raw) = vandal();
    let last = database.audit()?.rows.len() as u64;
    let sql = format!("{UNGUARDED}{}", sql.replace("LAST", &last.to_string()));
    raw.execute_batch(&sql).expect(&sql);
    Ok((database.audit()?.verify().err(), last))
}

#[test]
fn an_altered_row_is_named_wherever_it_stands() -> Result<(), Error> {
    for (place, number) in [("1", Some(1)), ("3", Some(3)), ("LAST", None)] {
        for change in [
            "operator = 'CONTOSO\\zoe'",
            "person = 'zoe'",
            "known_by = 'account'",
            "detail = detail || '!'",
            "server = 'SSO09'",
            "action = 'note'",
            "at = '2020-01-01T00:00:00Z'",
            "hash = previous",
        ] {
            let (found, last) =
                tampered(&format!("UPDATE audit SET {change} WHERE number = {place}"))?;
            let number = number.unwrap_or(last);
            assert_eq!(found, Some(BadRow::Altered { number }), "{place}: {change}");
        }
    }
    Ok(())
}

#[test]
fn a_row_that_was_taken_out_is_missed_wherever_it_stood() -> Result<(), Error> {
    let (first, _) = tampered("DELETE FROM audit WHERE number = 1")?;
    let missing = |expected| BadRow::Missing {
        expected,
        found: expected + 1,
    };
    assert_eq!(first, Some(missing(1)));
    let (middle, _) = tampered("DELETE FROM audit WHERE number = 3")?;
    assert_eq!(middle, Some(missing(3)));
    let (closed, _) = tampered(
        "DELETE FROM audit WHERE number = 3;
         UPDATE audit SET number = number - 1 WHERE number > 3",
    )?;
    assert_eq!(closed, Some(BadRow::Unlinked { number: 3 }));
    let (cut, last) = tampered("DELETE FROM audit WHERE number = LAST")?;
    assert_eq!(cut, Some(BadRow::CutOff { last: last - 1 }));
    let (emptied, _) = tampered("DELETE FROM audit")?;
    assert_eq!(emptied, Some(BadRow::CutOff { last: 0 }));
    Ok(())
}

#[test]
fn rows_that_changed_places_are_named() -> Result<(), Error> {
    let exchange = |one: &str, other: &str| {
        format!(
            "UPDATE audit SET number = 99 WHERE number = {one};
             UPDATE audit SET number = {one} WHERE number = {other};
             UPDATE audit SET number = {other} WHERE number = 99"
        )
    };
    for (one, other, first_bad) in [("1", "2", 1), ("2", "4", 2), ("3", "LAST", 3)] {
        let (found, _) = tampered(&exchange(one, other))?;
        let named = Some(BadRow::Unlinked { number: first_bad });
        assert_eq!(found, named, "{one} and {other}");
    }
    Ok(())
}

#[test]
fn what_is_written_after_a_cut_does_not_hide_it() -> Result<(), Error> {
    let (_folder, mut database, raw) = vandal();
    let last = database.audit()?.rows.len() as u64;
    raw.execute_batch(&format!(
        "{UNGUARDED} DELETE FROM audit WHERE number = {last}"
    ))
    .expect("whoever owns the file can do anything to it");
    let term = database.state()?.term;
    database.add_server(term, &server("SSO04"), &[], &anna(50))?;
    let audit = database.audit()?;
    assert_eq!(audit.rows.len() as u64, last);
    assert_eq!(audit.verify(), Err(BadRow::Unlinked { number: last }));
    Ok(())
}

#[test]
fn one_broken_journal_does_not_hide_the_others() -> Result<(), Error> {
    let check = |sql: &str| -> Result<Vec<JournalCheck>, Error> {
        let (_folder, mut database, raw) = vandal();
        for event in &BACK[3..] {
            let plan = database.promotions()?.remove(0).plan;
            super::world::advance(&mut *database, &plan, *event)?;
        }
        let second = plan(&*database, "SSO03", 2)?;
        run(&mut *database, &second, &BACK)?;
        raw.execute_batch(&format!("{UNGUARDED}{sql}")).expect(sql);
        database.journals()
    };
    let whole = check("")?;
    let lines: Vec<_> = whole
        .iter()
        .map(|check| (check.entries, &check.broken))
        .collect();
    assert_eq!(lines, [(8, &None), (8, &None)]);
    for (sql, expected) in [
        (
            "UPDATE journal SET operator = 'zoe' WHERE number = 1 AND ",
            "entry 1 of promotion",
        ),
        (
            "UPDATE journal SET person = 'zoe' WHERE number = 2 AND ",
            "entry 2 of promotion",
        ),
        (
            "UPDATE journal SET detail = 'x' WHERE number = 4 AND ",
            "entry 4 of promotion",
        ),
        (
            "UPDATE journal SET at = '2020-01-01T00:00:00Z' WHERE number = 8 AND ",
            "entry 8 of promotion",
        ),
        (
            "DELETE FROM journal WHERE number = 8 AND ",
            "was cut off after entry 7",
        ),
    ] {
        for broken in 0..2 {
            let of = &whole[broken].promotion;
            let checks = check(&format!("{sql} promotion = '{of}'"))?;
            let said = checks[broken].broken.as_deref().unwrap_or_default();
            assert!(
                said.contains(expected) && said.contains(of),
                "{sql}: {said}"
            );
            assert_eq!(checks[1 - broken], whole[1 - broken], "{sql}");
        }
    }
    Ok(())
}

/// The database as the program before the second migration left it.
fn of_the_first_schema() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let new = format!("sqlite:{}/new.db", folder.path().display());
    let made = || create(&new, &new_system(), &anna(0)).expect("a database can be made");
    let mut database = ready(&made).expect("it can be filled");
    let plan = plan(&*database, "SSO02", 1).expect("there is a plan");
    run(&mut *database, &plan, &BACK).expect("it runs");
    drop(database);
    let path = folder.path().join("old.db");
    let old = Connection::open(&path).expect("a file can be made");
    let tables = [
        "sso_server",
        "secret_proof",
        "global_info",
        "promotion",
        "journal",
        "audit",
    ];
    old.execute_batch(include_str!("../../../host/database/schema/0001-first.sql"))
        .expect("it is a schema");
    let copies = tables.map(|table| {
        let columns = old
            .prepare(&format!("SELECT * FROM {table}"))
            .expect("a table");
        let columns: Vec<_> = columns.column_names().collect();
        let columns = columns.join(", ");
        format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table};")
    });
    old.execute_batch(&format!(
        "PRAGMA application_id = 1382510196;
         ATTACH '{}/new.db' AS new;
         BEGIN;
         INSERT INTO system SELECT id, system_id, highest_term FROM new.system;
         {}
         COMMIT;
         DETACH new;
         PRAGMA user_version = 1;",
        folder.path().display(),
        copies.concat(),
    ))
    .expect("the first schema takes the rows");
    drop(old);
    crate::support::mode(&path, 0o600);
    let url = format!("sqlite:{}", path.display());
    (folder, url)
}

#[test]
fn a_database_of_the_first_schema_is_brought_to_keep_its_end() -> Result<(), Error> {
    let (folder, url) = of_the_first_schema();
    let looked = regent::database::look(&url)?;
    assert_eq!((looked.engine()?.schema, looked.engine()?.newest), (1, 3));
    let (rows, state) = (looked.audit()?.rows, looked.state()?);
    assert_eq!(looked.audit()?.verify(), Ok(()));
    drop(looked);
    let looked_again = regent::database::look(&url)?;
    assert_eq!(looked_again.engine()?.schema, 1, "looking changes nothing");
    drop(looked_again);

    let mut database = open(&url)?;
    assert_eq!(database.engine()?.schema, 3);
    let audit = database.audit()?;
    assert_eq!(
        (audit.end, &audit.rows),
        (rows.last().map(|row| row.hash), &rows)
    );
    assert_eq!(database.state()?, state);
    assert_eq!(database.integrity()?, Vec::<String>::new());
    let term = database.state()?.term;
    database.add_server(term, &server("SSO04"), &[], &anna(50))?;
    assert_eq!(database.audit()?.verify(), Ok(()));
    let raw = Connection::open(folder.path().join("old.db")).expect("it can be opened");
    raw.execute_batch(
        "DROP TRIGGER audit_is_not_cut;
         DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)",
    )
    .expect("whoever owns the file can do anything to it");
    let last = rows.len() as u64;
    assert_eq!(database.audit()?.verify(), Err(BadRow::CutOff { last }));
    Ok(())
}

/// Rows of before persons were known keep their hashes, and new ones are held to both names.
#[test]
fn the_person_behind_an_account_is_chained_with_it() -> Result<(), Error> {
    let (folder, url) = of_the_first_schema();
    let mut database = open(&url)?;
    let before = database.audit()?.rows;
    let anna_as_root =
        Operator::new("root".to_owned(), Person::Named("anna".to_owned())).known(KnownBy::SudoUid);
    let actor = Actor {
        operator: anna_as_root.clone(),
        ..anna(50)
    };
    let term = database.state()?.term;
    database.add_server(term, &server("SSO04"), &[], &actor)?;
    let audit = database.audit()?;
    assert_eq!(audit.rows[..before.len()], before);
    let last = audit.rows.last().expect("a row");
    assert_eq!(last.operator, anna_as_root);
    assert_eq!(audit.verify(), Ok(()));
    assert!(
        database
            .dump()?
            .contains("by root (person anna, known by SUDO_UID) on ")
    );
    let number = last.number;
    let raw = Connection::open(folder.path().join("old.db")).expect("it can be opened");
    raw.execute_batch(UNGUARDED).expect("triggers");
    for altered in [
        "person = NULL",
        "person = 'ben'",
        "person = 'unknown'",
        "person = ''",
        "person = 'anna', known_by = NULL",
        "known_by = 'login-uid'",
    ] {
        raw.execute_batch(&format!(
            "UPDATE audit SET {altered} WHERE number = {number}"
        ))
        .expect("whoever owns the file can do anything to it");
        let found = database.audit()?.verify();
        assert_eq!(found, Err(BadRow::Altered { number }), "{altered}");
    }
    raw.execute_batch(&format!(
        "UPDATE audit SET known_by = 'hearsay' WHERE number = {number}"
    ))
    .expect("whoever owns the file can do anything to it");
    let unreadable = database
        .audit()
        .expect_err("there is no such word")
        .to_string();
    let place = format!("audit.known_by of row {number}");
    assert!(unreadable.contains(&place), "{unreadable}");
    Ok(())
}

#[test]
fn what_is_only_looked_at_cannot_be_written() -> Result<(), Error> {
    let (_folder, database, _raw) = vandal();
    let mut looked = regent::database::look(database.url())?;
    assert_eq!(looked.state()?, database.state()?);
    assert_eq!(looked.engine()?, database.engine()?);
    let refused = looked.add_server(looked.state()?.term, &server("SSO04"), &[], &anna(50));
    assert!(
        matches!(refused, Err(Error::ReadOnly { .. })),
        "{refused:?}"
    );
    Ok(())
}

#[test]
fn the_engine_tells_what_it_finds_wrong() -> Result<(), Error> {
    for (sql, expected) in [
        (
            "PRAGMA foreign_keys = OFF; DELETE FROM sso_server WHERE name = 'SSO02'",
            "a row of table global_info refers to a row of table sso_server that is not there",
        ),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE global_info SET ticket_timeout = 0",
            "CHECK constraint failed in global_info",
        ),
    ] {
        let (_folder, database, raw) = vandal();
        assert_eq!(database.integrity()?, Vec::<String>::new());
        raw.execute_batch(sql).expect(sql);
        assert_eq!(database.integrity()?, [expected]);
    }
    Ok(())
}
