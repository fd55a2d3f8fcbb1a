//! The old master comes back after the promotion, with its vault, its settings and its memory from
//! before, and changes nothing in the name of a term that is over.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Child;

use regent::global_info::Element;

use crate::support::{PASSWORD, Run, Site, copy_folder, update_file};
use crate::terminal;

const PASS: [&str; 2] = ["--password-file", "password"];

/// SSO01 was the master, with settings of its own, and lost its disk; SSO02 is promoted by `run`;
/// then SSO01 comes back as it was.
fn revived(promote: impl FnOnce(&Site)) -> Site {
    let site = Site::ready();
    site.run(&["server", "add", "SSO03"]).exits(0);
    site.write(
        "sso01.toml",
        "database = \"sqlite:credential.db\"\nserver = \"SSO01\"\n",
    );
    copy_folder(&site.path("vaults/sso01"), &site.path("disk"));
    std::fs::remove_dir_all(site.path("vaults/sso01")).expect("the disk is lost");
    promote(&site);
    std::fs::rename(site.path("disk"), site.path("vaults/sso01")).expect("the disk is back");
    for (element, value) in Element::ALL.into_iter().zip([
        "CONTOSO\\Others",
        "CONTOSO\\Others",
        "SSO03",
        "5",
        "5",
        "5",
        "5",
        "5",
    ]) {
        let text = format!("<sso><globalInfo><{element}>{value}</{element}></globalInfo></sso>");
        site.write(&format!("{element}.xml"), &text);
    }
    let mixed =
        update_file("SSO01").replace("</global", "<ticketTimeout>5</ticketTimeout></global");
    site.write("mixed.xml", &mixed);
    site
}

fn promoted(site: &Site) {
    site.run(&Site::promotion()).exits(0);
}

/// Runs a command on the old master.
#[must_use = "look at the output or assert the exit status"]
fn on_old_master(site: &Site, words: &[&str]) -> Run {
    site.run(&[&["--config", "sso01.toml"], words].concat())
}

/// Everything that a command could have changed: every table as text, and every byte of every
/// file but the database's own, which a reader's bookkeeping touches too.
fn everything(site: &Site) -> (String, BTreeMap<PathBuf, Vec<u8>>) {
    fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if path.is_dir() {
                files(&path, found);
            } else if !name.starts_with("credential.db") {
                let bytes = std::fs::read(&path).expect("a file");
                found.insert(path, bytes);
            }
        }
    }
    let dump = site.dump();
    let mut found = BTreeMap::new();
    files(&site.path(""), &mut found);
    (dump, found)
}

/// What only the master may do, in regent's words and the vendor's.
fn privileged() -> Vec<Vec<String>> {
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(ToString::to_string).collect() };
    let mut commands = vec![
        words(&["secret", "generate", "x.bak", PASS[0], PASS[1]]),
        words(&["secret", "generate", "x.bak", "--rotate", PASS[0], PASS[1]]),
        words(&["secret", "backup", "x.bak", PASS[0], PASS[1]]),
        words(&["secret", "restore", "secret.bak", PASS[0], PASS[1]]),
        words(&["ssoconfig", "-generatesecret", "x.bak", PASS[0], PASS[1]]),
        words(&["ssoconfig", "–backupsecret", "x.bak", PASS[0], PASS[1]]),
        words(&[
            "ssoconfig",
            "-restoresecret",
            "secret.bak",
            PASS[0],
            PASS[1],
        ]),
        // A name with anything beside it is the master's, whoever it names.
        words(&["update", "mixed.xml", "--yes"]),
        words(&["ssomanage", "-updatedb", "mixed.xml"]),
        words(&["plan", "mixed.xml"]),
        words(&[
            "promote",
            "mixed.xml",
            "--restore-file",
            "secret.bak",
            PASS[0],
            PASS[1],
            "--yes",
        ]),
    ];
    for element in Element::ALL {
        if element != Element::SecretServer {
            let file = format!("{element}.xml");
            commands.push(words(&["update", &file, "--yes"]));
            commands.push(words(&["update", &file, "--dry-run"]));
            commands.push(words(&["ssomanage", "–updatedb", &file]));
        }
    }
    commands
}

/// Runs every privileged command on the old master; each says the same.
fn refuses_every_privileged_command(site: &Site) {
    let before = everything(site);
    for command in privileged() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let run = on_old_master(site, &words).exits(7);
        assert_eq!(
            run.err,
            "error: this was done in the belief of term 1, but term 2 has begun and SSO02 is the master secret\n       \
             server\n help: nothing was changed; run `regent --config sso01.toml status`, and act on SSO02\n",
            "{words:?}"
        );
        assert!(everything(site) == before, "{words:?} changed something");
    }
    let json = on_old_master(site, &["secret", "backup", "x.bak", "--format", "json"]).exits(7);
    let json = json.json();
    assert!(
        json.to_string().contains("in the belief of term 1"),
        "{json:#}"
    );
}

#[test]
fn every_privileged_command_of_a_revived_master_is_refused() {
    refuses_every_privileged_command(&revived(promoted));
}

/// As soon as the new term is written, and before the promotion is over.
#[test]
fn a_master_revived_in_the_middle_is_refused_too() {
    let killed = |site: &Site| {
        let fault = [(
            "REGENT_TEST_FAULT",
            "journal/restart-service/started/after=kill",
        )];
        let run = site.run_with(&fault, &Site::promotion());
        assert_eq!(run.exit, None, "{}", run.transcript());
    };
    let site = revived(killed);
    refuse_the_rest(&site, (7, "SSO02 is to be promoted, but this is SSO01"));
    // What waits for the unfinished promotion waits for everybody, so it is said before the file
    // is read; what is about the secret is the master's alone, and that is said first.
    let before = everything(&site);
    for command in privileged() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let run = on_old_master(&site, &words).exits(7);
        let stale = run.err.contains("in the belief of term 1");
        let waits = run.err.contains("is unfinished: running");
        let secret = words[0].starts_with("secret") || words[0] == "ssoconfig";
        assert!(
            if secret { stale } else { waits },
            "{words:?}\n{}",
            run.transcript()
        );
        assert!(everything(&site) == before, "{words:?} changed something");
    }
    site.run(&["resume"]).exits(0);
    refuses_every_privileged_command(&site);
}

/// Resume and abort are the candidate's, where there is anything to resume; a promotion of the present master and the removal of
/// one from the list are nobody's.
fn refuse_the_rest(site: &Site, resumed: (i32, &str)) {
    let before = everything(site);
    for words in [&["resume"][..], &["abort", "--yes"]] {
        let run = on_old_master(site, words).exits(resumed.0);
        assert!(run.transcript().contains(resumed.1), "{}", run.transcript());
    }
    let mut promotion = Site::promotion().to_vec();
    for words in [&["server", "remove", "SSO02"][..], &promotion] {
        let _refused = on_old_master(site, words).exits(7);
    }
    promotion[1] = "mixed.xml";
    let _refused = on_old_master(site, &promotion).exits(7);
    let _refused = on_old_master(site, &["init"]).exits(6);
    assert!(everything(site) == before, "something changed");
}

#[test]
fn what_the_old_master_may_do_no_more_than_others_is_refused_as_to_others() {
    let nothing = (0, "no promotion is unfinished; nothing was changed");
    refuse_the_rest(&revived(promoted), nothing);
}

/// The story of a restarted primary that declares itself primary again.
#[test]
fn a_restarted_old_master_does_not_claim_to_be_master() {
    let site = revived(promoted);
    let before = everything(&site);
    crate::snapshot!(
        "fencing",
        "status-of-a-replaced-master",
        on_old_master(&site, &["status"]).exits(0).transcript()
    );
    let status = on_old_master(&site, &["status", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(status["is-master"], false);
    assert_eq!(status["was-replaced"], true);
    assert_eq!(status["state"]["info"]["secret-server"], "SSO02");
    for words in [
        &["server", "list"][..],
        &["export"],
        &["ssomanage", "-displaydb"],
    ] {
        let run = on_old_master(&site, words).exits(0);
        let master = |line: &&str| line.contains("master") || line.contains("ecret");
        let said: Vec<&str> = run.out.lines().filter(master).collect();
        assert!(
            said.iter().any(|line| line.contains("SSO02")),
            "{}",
            run.transcript()
        );
        assert!(
            !said.iter().any(|line| line.contains("SSO01")),
            "{}",
            run.transcript()
        );
    }
    assert!(everything(&site) == before, "something changed");
    // The new master and a server that never was one are told nothing of the kind.
    for server in ["SSO02", "SSO03"] {
        let status = ["--server", server, "status", "--format", "json"];
        let status = site.run(&status).exits(0).json();
        assert_eq!(status["was-replaced"], false);
    }
}

/// What every SSO server may do, the old master may do too: none of it is done in the name of a
/// term, for each reads the present state first and compares it when it writes.
#[test]
fn what_any_server_may_do_the_old_master_may_do() {
    let site = revived(promoted);
    let vault = std::fs::read(site.path("vaults/sso01/current.vault")).expect("a vault");
    for (words, _why) in [
        (
            &["enable"][..],
            "an SSO administrator enables SSO on any server",
        ),
        (&["disable"], "and disables it"),
        (&["ssomanage", "-enablesso"], "the vendor's word for it"),
        (&["ssomanage", "-disablesso"], "the vendor's word for it"),
        (
            &["server", "add", "SSO04"],
            "a server joins where it is set up",
        ),
        (
            &["server", "remove", "SSO04"],
            "the list belongs to no master",
        ),
        (&["secret", "inspect", "secret.bak"], "it reads a file"),
        (
            &["secret", "verify", "secret.bak", PASS[0], PASS[1]],
            "it compares a file with the database",
        ),
        (&["check", "mixed.xml", "--offline"], "it reads a file"),
        (&["journal"], "it reads"),
        (
            &["update", "secretServer.xml", "--yes"],
            "off the master a file may name the master secret server and nothing else",
        ),
    ] {
        let _done = on_old_master(&site, words).exits(0);
        let now = std::fs::read(site.path("vaults/sso01/current.vault")).expect("a vault");
        assert!(now == vault, "{words:?} changed the vault");
    }
    let status = on_old_master(&site, &["status", "--format", "json"]).exits(0);
    let status = status.json();
    assert_eq!(status["state"]["info"]["secret-server"], "SSO03");
    assert_eq!(status["state"]["term"], 3);
    // It can be promoted like any other, with a backup, and then holds a term of its own.
    site.write("back.xml", &update_file("SSO01"));
    let mut promotion = Site::promotion().to_vec();
    promotion[1] = "back.xml";
    let _promoted = on_old_master(&site, &promotion).exits(0);
    let backup = ["secret", "backup", "x.bak", PASS[0], PASS[1]];
    let _backed_up = on_old_master(&site, &backup).exits(0);
}

/// A regent that goes on living while another one promotes.
struct Alive {
    child: Child,
    shown: String,
}

impl Alive {
    /// Starts it and waits until it asks its question, after which it knows what it knows.
    fn asks(site: &Site, words: &[&str], question: &str) -> Self {
        let child = terminal::start(site, words);
        let mut alive = Self {
            child,
            shown: String::new(),
        };
        let screen = alive.child.stdout.as_mut().expect("a pipe");
        let mut byte = [0];
        while !alive.shown.contains(question) {
            let read = screen.read(&mut byte).expect("the screen");
            assert_eq!(read, 1, "it ended: {}", alive.shown);
            alive.shown.push(char::from(byte[0]));
        }
        alive
    }

    /// Answers, and waits for the end.
    fn answer(mut self, keys: &str) -> (Option<i32>, String) {
        let keyboard = self.child.stdin.as_mut().expect("a pipe");
        keyboard.write_all(keys.as_bytes()).expect("typed");
        let output = self.child.wait_with_output().expect("it ends");
        self.shown
            .push_str(&String::from_utf8_lossy(&output.stdout));
        (output.status.code(), self.shown)
    }
}

#[test]
fn a_process_that_lived_through_the_promotion_is_refused() {
    needs!(Script);
    let site = Site::ready();
    site.run(&["server", "add", "SSO03"]).exits(0);
    site.write("other.xml", &update_file("SSO03"));
    let more = "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>";
    site.write("more.xml", more);
    // The master is about to change a number, and SSO03 about to be promoted.
    let update = ["--server", "SSO01", "update", "more.xml"];
    let update = Alive::asks(&site, &update, "Apply this update");
    let mut promotion = vec!["--server", "SSO03"];
    promotion.extend(&Site::promotion()[..6]);
    promotion[3] = "other.xml";
    let promotion = Alive::asks(&site, &promotion, "Promote SSO03");

    site.run(&Site::promotion()).exits(0);
    let before = everything(&site);
    let (exit, said) = update.answer("y\n");
    assert_eq!(exit, Some(7), "{said}");
    assert!(said.contains("in the belief of term 1"), "{said}");
    let (exit, said) = promotion.answer("y\n");
    assert_eq!(exit, Some(7), "{said}");
    assert!(said.contains("the plan is out of date"), "{said}");
    assert!(said.contains("term: 1 → 2"), "{said}");
    let mut after = everything(&site);
    // The candidate's vault has got a machine key, and nothing else.
    after.1.remove(&site.path("vaults/sso03/machine.key"));
    assert!(after == before, "something changed");
}

#[test]
fn nobody_is_promoted_while_the_master_is_at_its_secret() {
    needs!(Script);
    let site = Site::ready();
    site.write(
        "sso01.toml",
        "database = \"sqlite:credential.db\"\nserver = \"SSO01\"\n",
    );
    let backup = ["--config", "sso01.toml", "secret", "backup", "new.bak"];
    let backup = Alive::asks(&site, &backup, "Password");
    let before = everything(&site);
    for words in [
        &Site::promotion()[..],
        &["ssomanage", "-updatedb", "update.xml"],
    ] {
        let run = site.run(words).exits(7);
        assert!(
            run.err.contains("the promotion lock is held by process"),
            "{}",
            run.transcript()
        );
    }
    assert!(everything(&site) == before, "something changed");
    let (exit, said) = backup.answer(&format!("{PASSWORD}\n{PASSWORD}\n"));
    assert_eq!(exit, Some(0), "{said}");
    site.run(&Site::promotion()).exits(0);
}

#[test]
fn an_abort_that_was_asked_about_finds_the_promotion_done() {
    needs!(Script);
    let site = Site::ready();
    let fault = [("REGENT_TEST_FAULT", "journal/verify/started/after=kill")];
    let killed = site.run_with(&fault, &Site::promotion());
    assert_eq!(killed.exit, None);
    let abort = Alive::asks(&site, &["abort"], "Undo the promotion of SSO02?");
    site.run(&["resume"]).exits(0);
    let before = everything(&site);
    let (exit, said) = abort.answer("y\n");
    assert_eq!(exit, Some(7), "{said}");
    assert!(said.contains("no promotion is unfinished"), "{said}");
    assert!(everything(&site) == before, "something changed");
}
