//! `regent audit`: who did what, and whether the record is what was written.

use rusqlite::Connection;

use crate::snapshot;
use crate::support::Site;

/// A site after a promotion, and another program's connection to its database.
fn promoted() -> (Site, Connection) {
    let site = Site::ready();
    let _promoted = site.run(&Site::promotion()).exits(0);
    let raw = Connection::open(site.path("credential.db")).expect("it can be opened");
    raw.execute_batch(
        "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;
         DROP TRIGGER journal_is_not_changed; DROP TRIGGER journal_is_not_cut;",
    )
    .expect("whoever owns the file can do anything to it");
    (site, raw)
}

#[test]
fn the_audit_is_shown_as_a_table() {
    let (site, _raw) = promoted();
    let whole = site.run(&["audit"]).exits(0);
    snapshot!("audit", "table", whole.transcript());
    assert_eq!(site.run(&["audit", "list"]).exits(0).out, whole.out);
    let last = site.run(&["audit", "list", "--last", "2"]).exits(0);
    snapshot!("audit", "last", last.transcript());
    let json = site
        .run(&["audit", "list", "--last", "1", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(json["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["rows"][0]["number"], json["total"]);
    let none = site.run(&["audit", "list", "--last", "0"]).exits(0).out;
    assert!(none.contains("earlier rows are not shown"), "{none}");
}

#[test]
fn nothing_that_a_terminal_obeys_is_shown_of_it() {
    let site = Site::without_secret();
    let operator = [("REGENT_TEST_OPERATOR", "\u{1b}[2J\u{202e}anna")];
    let _added = site
        .run_with(&operator, &["server", "add", "SSO03"])
        .exits(0);
    for words in [&["audit"][..], &["audit", "--format", "json"]] {
        let shown = site.run(words).exits(0).out;
        assert!(shown.contains("anna"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    }
}

#[test]
fn what_nobody_touched_verifies() {
    let (site, _raw) = promoted();
    let verified = site.run(&["audit", "verify"]).exits(0);
    snapshot!("audit", "intact", verified.transcript());
}

#[test]
fn the_first_bad_row_is_named() {
    for (sql, said) in [
        ("UPDATE audit SET operator = 'nobody' WHERE number = 1", "audit row 1 was altered"),
        ("UPDATE audit SET detail = 'x' WHERE number = 4", "audit row 4 was altered"),
        ("UPDATE audit SET at = '2020-01-01T00:00:00Z' WHERE number = 6", "audit row 6 was altered"),
        ("DELETE FROM audit WHERE number = 1", "audit row 1 is missing: row 2 stands in its place"),
        ("DELETE FROM audit WHERE number = 3", "audit row 3 is missing"),
        ("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)", "was cut off"),
        ("DELETE FROM audit", "every audit row was cut off"),
        (
            "UPDATE audit SET number = 99 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3;
             UPDATE audit SET number = 3 WHERE number = 99",
            "audit row 2 does not follow the row before it",
        ),
        ("UPDATE audit SET hash = 'x' WHERE number = 5", "audit.hash of row 5 holds"),
        ("UPDATE journal SET operator = 'nobody' WHERE number = 1", "entry 1 of promotion"),
        ("UPDATE journal SET detail = 'x' WHERE number = 5", "entry 5 of promotion"),
        ("UPDATE journal SET at = '2020-01-01T00:00:00Z' WHERE number = 8", "entry 8 of promotion"),
        ("DELETE FROM journal WHERE number = 4", "entry 4 of promotion"),
        ("DELETE FROM journal WHERE number = 8", "was cut off after entry 7"),
        (
            "UPDATE journal SET number = 99 WHERE number = 2; UPDATE journal SET number = 2 WHERE number = 3;
             UPDATE journal SET number = 3 WHERE number = 99",
            "entry 2 of promotion",
        ),
    ] {
        let (site, raw) = promoted();
        raw.execute_batch(sql).expect(sql);
        let json = site
            .run(&["audit", "verify", "--format", "json"])
            .exits(1)
            .json();
        let findings = json["findings"].as_array().expect("a list");
        assert_eq!(findings.len(), 1, "{sql}: {json:#}");
        let message = findings[0]["message"].as_str().expect("a message");
        assert!(message.contains(said), "{sql}: {message}");
        let of_audit = sql.contains(" audit");
        assert_eq!(json["intact"], !of_audit, "{sql}");
        assert_eq!(json["journals"][0]["intact"], of_audit, "{sql}");
    }
}

#[test]
fn both_chains_are_told_and_status_tells_of_the_audit() {
    let (site, raw) = promoted();
    raw.execute_batch(
        "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit);
         UPDATE journal SET operator = 'nobody' WHERE number = 3",
    )
    .expect("whoever owns the file can do anything to it");
    let broken = site.run(&["audit", "verify"]).exits(1);
    snapshot!("audit", "broken", broken.transcript());
    let json = site
        .run(&["audit", "verify", "--format", "json"])
        .exits(1)
        .out;
    snapshot!("audit", "broken-json", json);
    let status = site.run(&["status"]).exits(0).out;
    assert!(
        status.contains("broken (rows: 5)") && status.contains("was cut off"),
        "{status}"
    );
}
