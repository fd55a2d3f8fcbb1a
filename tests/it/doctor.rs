//! `regent doctor`: each defect is made for real, and found.

use regent::database::Audit;
use regent::doctor::backups::{Standard, recorded};
use regent::doctor::{Code, codes};
use regent::entropy::Entropy;
use regent::identity::{PromotionId, SystemId, Term};
use regent::secret::{Generations, Held, MachineKey, MasterSecret, Unopened, Vault};
use rusqlite::Connection;
use serde_json::Value;

use crate::snapshot;
use crate::support::{Site, mode, update_file};

/// SSO01 is the master, SSO02 this server; both keep their vaults on this computer.
const BACKUP: [&str; 5] = [
    "doctor",
    "--backup",
    "secret.bak",
    "--password-file",
    "password",
];

/// Looks, and holds that looking changed nothing.
#[track_caller]
fn look(site: &Site, words: &[&str], exit: i32) -> Value {
    let before = state(site);
    let json = [&["--format", "json"], words].concat();
    let mut found = site.run(&json).exits(exit).json();
    assert_eq!(state(site), before, "the doctor changed something");
    let findings = found["findings"].as_array_mut().expect("a list");
    findings.retain(|finding| !OF_EVERY_SITE.iter().any(|code| finding["code"] == *code));
    found
}

/// What is found of every site here: they have no rules, and settings as of earlier days.
const OF_EVERY_SITE: [&str; 2] = ["doctor/rules-unasked", "doctor/system-unbound"];

/// Every file of the site with its bytes, and what the database holds.
fn state(site: &Site) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![site.path("")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.display().to_string();
            if path.is_dir() {
                open.push(path);
            } else if !name.contains("credential.db") {
                found.push((name, std::fs::read(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found.push(("credential.db".to_owned(), content(site).into_bytes()));
    found
}

/// What the tables hold, as far as they can be read.
fn content(site: &Site) -> String {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let Ok(raw) = Connection::open_with_flags(site.path("credential.db"), flags) else {
        return "nothing".to_owned();
    };
    let mut text = String::new();
    for table in [
        "pragma_user_version",
        "sqlite_schema",
        "system",
        "global_info",
        "sso_server",
        "promotion",
        "journal",
        "audit",
    ] {
        let Ok(mut all) = raw.prepare(&format!("SELECT * FROM {table}")) else {
            continue;
        };
        let columns = all.column_count();
        let rows = all.query_map([], |row| {
            let value = |index| row.get::<_, rusqlite::types::Value>(index);
            (0..columns).map(value).collect::<Result<Vec<_>, _>>()
        });
        for row in rows.into_iter().flatten() {
            text.push_str(&format!("{table} {row:?}\n"));
        }
    }
    text
}

fn codes_of(found: &Value) -> Vec<&str> {
    let findings = found["findings"].as_array().expect("a list");
    findings
        .iter()
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

/// The one finding of that code.
#[track_caller]
fn finding(found: &Value, code: Code) -> &Value {
    let findings = found["findings"].as_array().expect("a list");
    let mut of_code = findings
        .iter()
        .filter(|finding| finding["code"] == code.to_string());
    let first = of_code.next();
    first.unwrap_or_else(|| panic!("{code} is not found: {found:#}"))
}

/// A code is found, and message and help together say `said`.
#[track_caller]
fn finds(site: &Site, words: &[&str], code: Code, said: &str) -> Value {
    use regent::finding::Severity;
    let exit = i32::from(code.severity() == Severity::Error);
    let found = look(site, words, exit);
    let findings = found["findings"].as_array().expect("a list");
    let is_it = |one: &&Value| one["code"] == code.to_string() && one.to_string().contains(said);
    assert!(
        findings.iter().any(|one| is_it(&one)),
        "no {code} says {said}: {found:#}"
    );
    found
}

/// Another program's connection to the site's database.
fn raw(site: &Site) -> Connection {
    let raw = Connection::open(site.path("credential.db")).expect("it can be opened");
    raw.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
         DROP TRIGGER audit_is_not_changed; DROP TRIGGER journal_is_not_changed;",
    )
    .expect("whoever owns the file can do anything to it");
    raw
}

fn vault(site: &Site, name: &str) -> Vault {
    Vault::new(site.path(&format!("vaults/{name}")), MachineKey::OwnFile)
}

/// What the vault of the first master holds, as another server might hold it.
fn held(site: &Site, server: &str, term: u64) -> Held {
    let held = vault(site, "sso01")
        .read()
        .expect("it opens")
        .expect("it is full");
    Held {
        server: server.parse().expect("a name"),
        term: Term(term),
        ..held
    }
}

fn another_secret() -> Generations {
    Generations {
        current: MasterSecret::generate(&mut Entropy::operating_system()).expect("random bytes"),
        previous: None,
    }
}

fn store(site: &Site, name: &str, held: Held) {
    vault(site, name)
        .store(held, Unopened::Refuse, &mut Entropy::operating_system())
        .expect("it is stored");
}

#[test]
fn a_healthy_site_has_a_clean_bill_before_and_after_a_promotion() {
    let site = Site::ready();
    let bill = site.run(&BACKUP).exits(0);
    snapshot!("doctor", "healthy", bill.transcript());
    assert_eq!(codes_of(&look(&site, &BACKUP, 0)), [""; 0]);
    let _promoted = site.run(&Site::promotion()).exits(0);
    for server in ["SSO01", "SSO02"] {
        let words = [&["--server", server], &BACKUP[..]].concat();
        assert_eq!(codes_of(&look(&site, &words, 0)), [""; 0], "{server}");
    }
}

#[test]
fn a_sick_site_is_told_all_at_once() {
    let site = Site::ready();
    let fault = [(
        "REGENT_TEST_FAULT",
        "journal/restart-service/succeeded/before=kill",
    )];
    assert_eq!(site.run_with(&fault, &Site::promotion()).exit, None);
    raw(&site)
        .execute_batch(
            "UPDATE audit SET operator = 'nobody' WHERE number = 3;
             UPDATE global_info SET ticket_timeout = 0",
        )
        .expect("whoever owns the file can do anything to it");
    mode(&site.path("credential.db"), 0o644);
    mode(&site.path("vaults/sso01/current.vault"), 0o640);
    site.write("vaults/sso02/.regent-a1b2c3", "");
    site.write("torn.bak", "regent backup 1\n");
    site.configure("databse = \"x\"\n[[plugin]]\nname = \"lost\"\ncomponent = \"lost.wasm\"");
    site.at("2026-06-01T00:00:00Z");
    let words = ["doctor", "--backup", "secret.bak", "--backup", "torn.bak"];
    snapshot!("doctor", "sick", site.run(&words).exits(1).transcript());
    let found = look(&site, &words, 1);
    let text = serde_json::to_string_pretty(&found).expect("it was JSON before");
    snapshot!("doctor", "sick-json", text);
}

#[test]
fn settings_that_are_not_understood_leave_the_rest_to_be_looked_at() {
    let site = Site::ready();
    site.configure("databse = \"x\"\nmachine-key = 7");
    let found = finds(&site, &["doctor"], Code::SettingsUnusable, "databse");
    assert_eq!(codes_of(&found), ["doctor/settings-unusable"]);
    assert_eq!(found["server"], "SSO02");
    assert_eq!(found["areas"][3]["seen"], "3 rows");
    site.write("regent.toml", "database = \"sqlite:credential.db\nserver");
    let elsewhere = [
        "doctor",
        "--database",
        "sqlite:credential.db",
        "--server",
        "SSO02",
    ];
    let found = finds(&site, &elsewhere, Code::SettingsUnusable, "regent.toml:2:");
    assert_eq!(found["areas"][3]["seen"], "3 rows");
    let nowhere = look(&site, &["doctor"], 1);
    let said = nowhere["findings"].to_string();
    assert!(
        said.contains("no credential database is named"),
        "{nowhere:#}"
    );
}

#[test]
fn plugins_that_do_not_load_are_each_named() {
    let site = Site::ready();
    site.write("no.wasm", "no component");
    site.configure(
        "[[plugin]]\nname = \"lost\"\ncomponent = \"lost.wasm\"\n\
         [[plugin]]\nname = \"text\"\ncomponent = \"no.wasm\"",
    );
    let found = look(&site, &["doctor"], 1);
    assert_eq!(codes_of(&found), ["doctor/plugin-unusable"; 2]);
    let said = found["findings"].to_string();
    assert!(
        said.contains("plugin lost") && said.contains("plugin text"),
        "{said}"
    );
}

#[test]
fn plugin_settings_that_do_not_fit_are_told() {
    let site = Site::ready();
    let component = crate::plugins::component("backup-age");
    fs_err::copy(component, site.path("backup-age.wasm")).expect("a copy");
    site.configure(
        "[[plugin]]\nname = \"backup-age\"\ncomponent = \"backup-age.wasm\"\n\
         [plugin.settings]\nmax-age-hours = \"many\"",
    );
    finds(&site, &["doctor"], Code::PluginUnusable, "max-age-hours");
}

#[test]
fn a_suppression_whose_last_day_is_over_is_told() {
    let site = Site::ready();
    for (code, until) in [
        ("element-case", "2026-03-03"),
        ("empty-globalinfo", "2026-03-04"),
    ] {
        site.configure(&format!(
            "[[suppress]]\ncode = \"update/{code}\"\nreason = \"known\"\nuntil = {until}"
        ));
    }
    let said = "update/element-case was suppressed until 2026-03-03 – known";
    let found = finds(&site, &["doctor"], Code::SuppressionExpired, said);
    let codes = codes_of(&found);
    let expired = codes
        .iter()
        .filter(|code| code.ends_with("suppression-expired"));
    assert_eq!(expired.count(), 1, "{codes:?}");
}

#[test]
fn a_suppression_of_a_rule_that_there_is_not_is_told() {
    let site = Site::ready();
    let probe = crate::policy::probe::Probe::of("sound");
    crate::rules::probe(&site, "judge", &probe, "");
    for rule in ["checked", "chekced"] {
        site.configure(&format!(
            "[[suppress]]\ncode = \"policy/judge/{rule}\"\nreason = \"known\"\nuntil = 2026-12-31"
        ));
    }
    let said = "policy/judge/chekced is suppressed, and judge has no rule chekced";
    let found = finds(&site, &["doctor"], Code::SuppressionUnknown, said);
    let codes = codes_of(&found);
    let unknown = codes
        .iter()
        .filter(|code| code.ends_with("suppression-unknown"));
    assert_eq!(unknown.count(), 1, "{codes:?}");
}

#[test]
fn a_database_that_cannot_be_opened_leaves_the_rest_to_be_looked_at() {
    let site = Site::ready();
    fs_err::rename(site.path("credential.db"), site.path("moved.db")).expect("a rename");
    mode(&site.path("vaults/sso01"), 0o755);
    let found = finds(
        &site,
        &BACKUP,
        Code::DatabaseUnusable,
        "there is no credential database",
    );
    finding(&found, Code::VaultExposed);
    site.write(
        "credential.db",
        "no database at all, but long enough to be looked at as one",
    );
    finds(
        &site,
        &["doctor"],
        Code::DatabaseUnusable,
        "is no SQLite database",
    );
}

#[test]
fn a_database_that_others_may_open_is_told_and_looked_at() {
    let site = Site::ready();
    mode(&site.path("credential.db"), 0o640);
    let found = finds(&site, &["doctor"], Code::DatabaseExposed, "chmod");
    assert_eq!(codes_of(&found), ["doctor/database-exposed"]);
    assert_eq!(found["areas"][3]["seen"], "3 rows");
    mode(&site.path("credential.db"), 0o600);
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
}

#[test]
fn damage_is_told_by_the_engine_and_by_the_types() {
    for (sql, said) in [
        (
            "DELETE FROM sso_server WHERE name = 'SSO01'",
            "refers to a row of table sso_server",
        ),
        (
            "UPDATE global_info SET ticket_timeout = 0",
            "CHECK constraint failed in global_info",
        ),
        (
            "UPDATE sso_server SET roles = 'king' WHERE name = 'SSO02'",
            "no such role",
        ),
    ] {
        let site = Site::ready();
        raw(&site).execute_batch(sql).expect(sql);
        finds(&site, &["doctor"], Code::DatabaseDamaged, said);
    }
}

#[test]
fn pages_that_were_overwritten_are_told() {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let site = Site::ready();
    drop(raw(&site));
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(site.path("credential.db"));
    let mut file = file.expect("it can be opened");
    let pages = file.metadata().expect("it is there").len() / 4096;
    file.seek(SeekFrom::Start((pages - 3) * 4096))
        .expect("it is long enough");
    file.write_all(&[0x5a; 3 * 4096]).expect("it is written");
    drop(file);
    let found = look(&site, &["doctor"], 1);
    finding(&found, Code::DatabaseDamaged);
}

/// Gives the database the first schema.
pub(crate) fn older(site: &Site) {
    let raw = Connection::open(site.path("credential.db")).expect("it can be opened");
    raw.execute_batch(
        "DROP TABLE governing; DROP TABLE judgement;
         DROP TRIGGER audit_end_follows; ALTER TABLE system DROP COLUMN audit_end;
         ALTER TABLE promotion DROP COLUMN person; ALTER TABLE journal DROP COLUMN person;
         ALTER TABLE audit DROP COLUMN person;
         ALTER TABLE promotion DROP COLUMN known_by; ALTER TABLE journal DROP COLUMN known_by;
         ALTER TABLE audit DROP COLUMN known_by;
         PRAGMA user_version = 1",
    )
    .expect("the first schema had no end");
}

#[test]
fn an_older_schema_is_told_and_left_alone() {
    let site = Site::ready();
    older(&site);
    let found = finds(&site, &["doctor"], Code::SchemaOlder, "has schema 1");
    assert_eq!(codes_of(&found), ["doctor/schema-older"]);
    let _migrated = site.run(&["enable"]).exits(0);
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
}

#[test]
fn broken_chains_are_told() {
    let site = Site::ready();
    let _promoted = site.run(&Site::promotion()).exits(0);
    let raw = raw(&site);
    raw.execute_batch("UPDATE audit SET detail = '' WHERE number = 2")
        .expect("SQL");
    finds(
        &site,
        &["doctor"],
        Code::AuditBroken,
        "audit row 2 was altered",
    );
    raw.execute_batch("UPDATE journal SET operator = 'nobody' WHERE number = 5")
        .expect("SQL");
    let found = finds(
        &site,
        &["doctor"],
        Code::JournalBroken,
        "entry 5 of promotion",
    );
    assert_eq!(codes_of(&found).len(), 2, "{found:#}");
}

#[test]
fn an_unfinished_promotion_is_told_and_nothing_that_comes_of_it() {
    for point in [
        "database/begin/after",
        "journal/update-database/succeeded/after",
        "journal/restore-secret/succeeded/before",
    ] {
        let site = Site::ready();
        let fault = format!("{point}=kill");
        assert_eq!(
            site.run_with(&[("REGENT_TEST_FAULT", &fault)], &Site::promotion())
                .exit,
            None
        );
        let found = finds(
            &site,
            &["doctor"],
            Code::UnfinishedPromotion,
            "regent resume",
        );
        assert_eq!(
            codes_of(&found),
            ["doctor/unfinished-promotion"],
            "{point}: {found:#}"
        );
        let _finished = site.run(&["resume"]).exits(0);
        assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0], "{point}");
    }
}

#[test]
fn a_server_that_is_not_listed_is_told() {
    let site = Site::ready();
    let words = ["--server", "SSO09", "doctor"];
    finds(
        &site,
        &words,
        Code::ServerUnlisted,
        "regent --server SSO09 server add SSO09",
    );
    let _added = site.run(&["server", "add", "SSO09"]).exits(0);
    assert_eq!(codes_of(&look(&site, &words, 0)), [""; 0]);
}

#[test]
fn a_clock_behind_the_database_is_told() {
    let site = Site::ready();
    site.at("2026-03-04T05:05:07Z");
    assert_eq!(
        codes_of(&look(&site, &["doctor"], 0)),
        [""; 0],
        "a minute is no skew"
    );
    site.at("2026-03-04T05:05:06Z");
    finds(
        &site,
        &["doctor"],
        Code::ClockBehind,
        "2026-03-04T05:06:07Z",
    );
    site.at("2025-03-04T05:06:07Z");
    let found = finds(&site, &["doctor"], Code::ClockBehind, "8760h");
    assert_eq!(codes_of(&found), ["doctor/clock-behind"]);
    let found = finds(
        &site,
        &BACKUP,
        Code::ClockBehind,
        "secret.bak was written at",
    );
    assert_eq!(codes_of(&found), ["doctor/clock-behind"; 2]);
}

#[test]
fn a_stuck_promotion_is_an_error() {
    let site = Site::ready();
    let fault = "file/rename/after#4=error,file/remove/before#1=error";
    let _stuck = site
        .run_with(&[("REGENT_TEST_FAULT", fault)], &Site::promotion())
        .exits(5);
    let found = look(&site, &["doctor"], 1);
    assert_eq!(codes_of(&found), ["doctor/unfinished-promotion"]);
    assert_eq!(
        finding(&found, Code::UnfinishedPromotion)["severity"],
        "error"
    );
    let _undone = site.run(&["abort", "--yes"]).exits(4);
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
}

#[test]
fn a_password_that_cannot_be_read_is_told_before_anything_is_looked_at() {
    let site = Site::ready();
    let words = [
        "doctor",
        "--backup",
        "secret.bak",
        "--password-file",
        "missing",
    ];
    let run = site.run(&words).exits(6);
    assert!(
        run.out.is_empty() && run.err.contains("missing"),
        "{}",
        run.transcript()
    );
}

#[test]
fn a_system_without_a_secret_is_told() {
    let site = Site::without_secret();
    for server in ["SSO01", "SSO02"] {
        let words = ["--server", server, "doctor"];
        let found = finds(&site, &words, Code::NoSecret, " secret generate NEW-BACKUP");
        assert_eq!(codes_of(&found), ["doctor/no-secret"]);
    }
}

#[test]
fn a_vault_that_others_may_use_is_told_file_by_file() {
    let site = Site::ready();
    for name in [
        "vaults/sso01",
        "vaults/sso01/current.vault",
        "vaults/sso01/machine.key",
    ] {
        let path = site.path(name);
        let whole = if path.is_dir() { 0o700 } else { 0o600 };
        mode(&path, whole | 0o044);
        let help = format!("chmod {whole:o}");
        let found = finds(&site, &["doctor"], Code::VaultExposed, &help);
        assert_eq!(
            codes_of(&found),
            ["doctor/vault-exposed"],
            "{name}: {found:#}"
        );
        mode(&path, whole);
    }
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
}

#[test]
fn a_vault_that_does_not_open_is_told() {
    let site = Site::ready();
    let key = std::fs::read(site.path("vaults/sso01/machine.key")).expect("a key");
    fs_err::remove_file(site.path("vaults/sso01/machine.key")).expect("it is removed");
    finds(
        &site,
        &["doctor"],
        Code::VaultUnusable,
        "machine.key is missing",
    );
    site.write(
        "vaults/sso01/machine.key",
        "32 bytes that are another's key.",
    );
    let said = "was sealed under machine key";
    finds(&site, &["doctor"], Code::VaultUnusable, said);
    fs_err::write(site.path("vaults/sso01/machine.key"), key).expect("it is written");
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
}

#[test]
fn a_master_without_its_secret_is_told() {
    let site = Site::ready();
    let master = ["--server", "SSO01", "doctor"];
    fs_err::rename(site.path("vaults/sso01"), site.path("lost")).expect("a rename");
    finds(&site, &master, Code::VaultEmpty, " secret restore BACKUP");
    // Seen from another computer, the master's vault is out of sight and not missing.
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
    fs_err::rename(site.path("lost"), site.path("vaults/sso01")).expect("a rename");
    fs_err::remove_file(site.path("vaults/sso01/current.vault")).expect("it is removed");
    finds(&site, &["doctor"], Code::VaultEmpty, "its vault is empty");
}

#[test]
fn a_master_with_another_secret_is_told() {
    let site = Site::ready();
    let other = Held {
        generations: another_secret(),
        ..held(&site, "SSO01", 1)
    };
    store(&site, "sso01", other);
    let found = finds(
        &site,
        &["doctor"],
        Code::VaultOtherSecret,
        " secret restore BACKUP",
    );
    finding(&found, Code::OrphanSecret);
}

#[test]
fn a_vault_of_another_system_is_told() {
    let site = Site::ready();
    let other = Held {
        system: SystemId::from_bytes([7; 16]),
        ..held(&site, "SSO02", 1)
    };
    // Made elsewhere, for no vault of regent's takes it in.
    let elsewhere = Site::empty();
    store(&elsewhere, "sso02", other);
    crate::support::copy_folder(&elsewhere.path("vaults/sso02"), &site.path("vaults/sso02"));
    let found = look(&site, &["doctor"], 0);
    assert_eq!(codes_of(&found), ["doctor/vault-other-system"]);
    let told = finding(&found, Code::VaultOtherSystem);
    assert_eq!(told["severity"], "warning");
    assert!(told.to_string().contains("regent.toml"), "{told:#}");
    // Where the master is to find its secret, it is an error, whether the vault opens or not.
    let master = ["--server", "SSO01", "doctor"];
    fs_err::remove_dir_all(site.path("vaults/sso01")).expect("it is removed");
    fs_err::rename(site.path("vaults/sso02"), site.path("vaults/sso01")).expect("a rename");
    for key in [None, Some("32 bytes that are another's key.")] {
        if let Some(key) = key {
            site.write("vaults/sso01/machine.key", key);
        }
        let found = look(&site, &master, 1);
        assert_eq!(codes_of(&found), ["doctor/vault-other-system"], "{found:#}");
        let told = finding(&found, Code::VaultOtherSystem);
        assert_eq!(told["severity"], "error");
        let status = site.run(&["--server", "SSO01", "status"]).exits(0).out;
        assert!(
            status.contains("vault here     of another system"),
            "{status}"
        );
        assert!(!status.contains("nothing is to be done"), "{status}");
    }
}

#[test]
fn a_vault_that_was_kept_aside_is_told() {
    let site = Site::ready();
    site.write(
        "vaults/sso01/machine.key",
        "32 bytes that are another's key.",
    );
    let restore = [
        "--server",
        "SSO01",
        "secret",
        "restore",
        "secret.bak",
        "--password-file",
        "password",
        "--replace-vault",
    ];
    let _restored = site.run(&restore).exits(0);
    let found = finds(&site, &["doctor"], Code::VaultKept, "unopened-");
    assert_eq!(codes_of(&found), ["doctor/vault-kept"]);
}

#[test]
fn a_master_of_an_earlier_term_is_told() {
    let site = Site::ready();
    let _promoted = site.run(&Site::promotion()).exits(0);
    site.write("back.xml", &update_file("SSO01"));
    let _moved = site.run(&["ssomanage", "-updatedb", "back.xml"]).exits(0);
    let found = finds(
        &site,
        &["doctor"],
        Code::MixedTerms,
        "the vault of SSO01 is of term 1",
    );
    assert_eq!(codes_of(&found), ["doctor/mixed-terms"]);
}

#[test]
fn a_database_older_than_its_vaults_is_told() {
    let site = Site::ready();
    let copy = std::fs::read(site.path("credential.db")).expect("a database");
    let _promoted = site.run(&Site::promotion()).exits(0);
    for name in ["credential.db-wal", "credential.db-shm"] {
        let _gone = std::fs::remove_file(site.path(name));
    }
    fs_err::write(site.path("credential.db"), copy).expect("the copy is put back");
    let found = finds(&site, &["doctor"], Code::DatabaseOlder, "no term after 1");
    assert_eq!(codes_of(&found), ["doctor/database-older"]);
}

#[test]
fn a_second_master_is_told() {
    let site = Site::ready();
    store(&site, "sso02", held(&site, "SSO02", 1));
    let found = finds(
        &site,
        &["doctor"],
        Code::TwoMasters,
        "stop the SSO service on SSO02",
    );
    assert_eq!(codes_of(&found), ["doctor/two-masters"]);
}

#[test]
fn a_vault_of_a_promotion_that_was_undone_is_told() {
    let site = Site::ready();
    let fault = [(
        "REGENT_TEST_FAULT",
        "journal/restore-secret/started/after=error",
    )];
    let _undone = site.run_with(&fault, &Site::promotion()).exits(4);
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
    store(&site, "sso02", held(&site, "SSO02", 2));
    let found = finds(
        &site,
        &["doctor"],
        Code::TwoMasters,
        "a promotion that was undone",
    );
    assert_eq!(codes_of(&found), ["doctor/two-masters"]);
}

#[test]
fn a_copied_vault_is_told() {
    let site = Site::ready();
    for name in ["current.vault", "machine.key"] {
        let bytes = std::fs::read(site.path(&format!("vaults/sso01/{name}"))).expect("a file");
        site.write(&format!("vaults/copy/{name}"), "");
        fs_err::write(site.path(&format!("vaults/copy/{name}")), bytes).expect("it is written");
    }
    mode(&site.path("vaults/copy"), 0o700);
    let found = finds(
        &site,
        &["doctor"],
        Code::VaultMisplaced,
        "the vault in the folder copy is SSO01's",
    );
    assert_eq!(codes_of(&found), ["doctor/vault-misplaced"]);
}

#[test]
fn a_broken_journal_does_not_hide_an_unfinished_promotion() {
    let site = Site::ready();
    let _promoted = site.run(&Site::promotion()).exits(0);
    site.write("back.xml", &update_file("SSO01"));
    let mut back = vec!["--server", "SSO01"];
    back.extend(Site::promotion());
    back[3] = "back.xml";
    let fault = [(
        "REGENT_TEST_FAULT",
        "journal/restart-service/succeeded/before=kill",
    )];
    assert_eq!(site.run_with(&fault, &back).exit, None);
    raw(&site)
        .execute_batch(
            "UPDATE journal SET operator = 'nobody' WHERE number = 1
             AND promotion = (SELECT id FROM promotion WHERE number = 1)",
        )
        .expect("whoever owns the file can do anything to it");
    let found = look(&site, &["doctor"], 1);
    let told = ["doctor/journal-broken", "doctor/unfinished-promotion"];
    assert_eq!(codes_of(&found), told, "{found:#}");
}

#[test]
fn a_secret_that_the_database_does_not_know_is_told() {
    let site = Site::ready();
    let orphan = Held {
        generations: another_secret(),
        ..held(&site, "SSO02", 0)
    };
    store(&site, "sso02", orphan);
    let found = finds(
        &site,
        &["doctor"],
        Code::OrphanSecret,
        "which the database does not know",
    );
    assert_eq!(codes_of(&found), ["doctor/orphan-secret"]);
}

#[test]
fn what_promotions_left_in_a_vault_is_told() {
    let site = Site::ready();
    let id = PromotionId::from_bytes([7; 8]);
    let entropy = &mut Entropy::operating_system();
    vault(&site, "sso02")
        .stage(id, held(&site, "SSO02", 2), Unopened::Refuse, entropy)
        .expect("it is staged");
    let found = finds(
        &site,
        &["doctor"],
        Code::StagedSecret,
        "0707070707070707, which the database does not know",
    );
    assert_eq!(codes_of(&found), ["doctor/staged-secret"]);
    // The help is true: the next promotion clears it away.
    let _promoted = site.run(&Site::promotion()).exits(0);
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);

    let promotion = site.run(&["journal", "--format", "json"]).exits(0).json();
    let promotion = promotion["promotions"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let before = site.path(&format!("vaults/sso02/before-{promotion}.vault"));
    fs_err::copy(site.path("vaults/sso02/current.vault"), &before).expect("a copy");
    finds(&site, &["doctor"], Code::StagedSecret, "which is done");
    fs_err::remove_file(before).expect("it is removed");
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
}

#[test]
fn what_killed_commands_left_is_told() {
    let site = Site::ready();
    for name in [
        "vaults/sso01/.regent-abcdef",
        ".regent-init-abcdef/database",
    ] {
        site.write(name, "");
        let path = name.strip_suffix("/database").unwrap_or(name);
        let remove = if name == path { "`rm " } else { "`rm -r " };
        let found = finds(&site, &["doctor"], Code::Leftover, path);
        assert!(
            finding(&found, Code::Leftover)["help"]
                .to_string()
                .contains(remove)
        );
        if name == path {
            fs_err::remove_file(site.path(path)).expect("it is removed");
        } else {
            fs_err::remove_dir_all(site.path(path)).expect("it is removed");
        }
    }
    assert_eq!(codes_of(&look(&site, &["doctor"], 0)), [""; 0]);
}

#[test]
fn old_backups_are_told_by_record_and_by_file() {
    let site = Site::ready();
    site.at("2026-04-03T05:06:07Z");
    assert_eq!(
        codes_of(&look(&site, &BACKUP, 0)),
        [""; 0],
        "30 days are not old"
    );
    site.at("2026-04-03T05:06:08Z");
    let found = finds(
        &site,
        &BACKUP,
        Code::BackupOld,
        "regent secret backup NEW-BACKUP",
    );
    assert_eq!(codes_of(&found), ["doctor/backup-old"; 2]);
    let patient = [&BACKUP[..], &["--max-backup-age", "31"]].concat();
    assert_eq!(codes_of(&look(&site, &patient, 0)), [""; 0]);
    let fresh = [
        "--server",
        "SSO01",
        "secret",
        "backup",
        "new.bak",
        "--password-file",
        "password",
    ];
    let _made = site.run(&fresh).exits(0);
    let words = [
        "doctor",
        "--backup",
        "new.bak",
        "--password-file",
        "password",
    ];
    assert_eq!(codes_of(&look(&site, &words, 0)), [""; 0]);
}

#[test]
fn a_secret_whose_backup_is_recorded_nowhere_is_told() {
    let site = Site::ready();
    let url = format!("sqlite:{}", site.path("credential.db").display());
    let database = regent::database::look(&url).expect("it opens");
    let state = database.state().expect("a state");
    let standard = Standard {
        now: crate::support::NOW.parse().expect("a time"),
        max_age_days: 30,
    };
    assert_eq!(
        recorded(&state, &database.audit().expect("an audit"), standard),
        None
    );
    let unrecorded = Audit {
        rows: Vec::new(),
        end: None,
    };
    let found = recorded(&state, &unrecorded, standard).expect("a finding");
    assert_eq!(found.code, Code::BackupMissing);
}

#[test]
fn backup_files_are_looked_at_one_by_one() {
    let site = Site::ready();
    let stranger = Site::without_secret();
    let generate = [
        "--server",
        "SSO01",
        "secret",
        "generate",
        "x.bak",
        "--password-file",
        "password",
    ];
    let _made = stranger
        .run_with(&[("REGENT_TEST_SEED", "another")], &generate)
        .exits(0);
    fs_err::copy(stranger.path("x.bak"), site.path("stranger.bak")).expect("a copy");
    site.write("torn.bak", "regent backup 1\n");
    site.write("wrong", "not the password of that backup");
    let with = |file: &'static str, password: &'static str| {
        ["doctor", "--backup", file, "--password-file", password]
    };
    finds(
        &site,
        &with("missing.bak", "password"),
        Code::BackupUnusable,
        "missing.bak",
    );
    finds(
        &site,
        &with("torn.bak", "password"),
        Code::BackupUnusable,
        "torn.bak",
    );
    finds(
        &site,
        &with("stranger.bak", "password"),
        Code::BackupUnusable,
        "this database needs",
    );
    finds(
        &site,
        &with("secret.bak", "wrong"),
        Code::BackupUnusable,
        "the password is wrong",
    );
    let sealed = ["doctor", "--backup", "secret.bak"];
    finds(&site, &sealed, Code::BackupUnproven, "--password-file FILE");
    mode(&site.path("secret.bak"), 0o644);
    let open = finds(&site, &BACKUP, Code::BackupExposed, "chmod 600 secret.bak");
    assert_eq!(codes_of(&open), ["doctor/backup-exposed"]);
}

#[test]
fn every_code_is_explained() {
    let site = Site::empty();
    for code in Code::ALL {
        for name in [code.to_string(), code.name().to_owned()] {
            let page = site.run(&["explain", &name]).exits(0).out;
            assert!(page.starts_with(&format!("{code} (")), "{page}");
            assert!(codes::page(*code).contains("What to do: "));
        }
    }
    let page = site.run(&["explain", "two-masters"]).exits(0).transcript();
    snapshot!("doctor", "explain", page);
}

#[test]
fn the_versions_told_are_those_that_are_built_in() {
    let [(_, contract), (_, engine)] = regent::policy::VERSIONS;
    let wit = include_str!("../../wit/plugin.wit");
    assert!(wit.contains(&format!("package regent:plugin@{contract};")));
    let manifest = include_str!("../../Cargo.toml");
    let pinned = format!("wasmtime = {{ version = \"={engine}\"");
    assert!(manifest.contains(&pinned), "{pinned}");
}
