//! Who acts is the person behind the account, and nobody approves what is their own.

use crate::approvals::{list, make_key};
use crate::rules::install;
use crate::support::{PLAN, PROMOTE_PLAN, Run, Site, run};

/// Somebody under an account.
pub(crate) type Who<'a> = (&'a str, Option<&'a str>);

pub(crate) const ANNA: Who<'_> = ("anna", None);
pub(crate) const ANNA_AS_ROOT: Who<'_> = ("root", Some("anna"));
pub(crate) const BEN_AS_ROOT: Who<'_> = ("root", Some("ben"));
const SOMEBODY: Who<'_> = ("root", Some("unknown"));

/// Two accounts of anna's, one of ben's.
const ACCOUNTS: &str = "root:x:0:0::/:\nanna:x:1000:1000::/:\nanna-adm:x:1000:1000::/:\n\
                        ben:x:1001:1001::/:\n";

/// Runs a command as somebody.
pub(crate) fn by(site: &Site, who: Who<'_>, words: &[&str]) -> Run {
    let mut environment = vec![
        ("REGENT_TEST_OPERATOR", who.0),
        ("REGENT_TEST_ACCOUNTS", ACCOUNTS),
    ];
    environment.extend(who.1.map(|person| ("REGENT_TEST_PERSON", person)));
    site.run_with(&environment, words)
}

/// A site under `four-eyes`, with an approver of each of these names; the key has the same.
fn guarded(settings: &str, approvers: &[&str]) -> Site {
    let site = Site::ready();
    install(&site, "four-eyes", "", settings);
    for name in approvers {
        let key = make_key(&site, name, "");
        list(&site, name, &key);
    }
    site
}

fn approve(site: &Site, key: &str) -> Run {
    let words = ["approve", "plan.json", "--key", key, "--yes"];
    site.run(&words).exits(0)
}

/// What a report says of approvals and rules.
fn said(run: &Run) -> String {
    let of_people = |line: &&str| {
        ["approv", "author", "operator  "]
            .iter()
            .any(|word| line.contains(word))
    };
    let lines: Vec<_> = run.out.lines().filter(of_people).collect();
    lines.join("\n")
}

/// Anna plans, signs with her own key, and runs it by `sudo`.
#[test]
fn who_plans_signs_and_runs_is_one_person_whatever_the_account() {
    needs!(SshKeygen);
    let site = guarded("approvers = 1", &["anna", "ben"]);
    let _planned = by(&site, ANNA, &PLAN).exits(3);
    let _signed = approve(&site, "anna");
    let before = site.dump_but_rules();
    let run = by(&site, ANNA_AS_ROOT, &PROMOTE_PLAN).exits(3);
    insta::assert_snapshot!(said(&run), @r"
      author       anna
      operator     anna as root
    ! the approval of anna does not count: anna as root runs this plan, and nobody approves what is
        [not-enough-approvals] one other person must approve, and nobody did
        others approve it with `regent approve PLAN-FILE --key KEY`, and run it with
    ");
    assert_eq!(site.dump_but_rules(), before);
    let _ben = approve(&site, "ben");
    let run = by(&site, ANNA_AS_ROOT, &PROMOTE_PLAN).exits(0);
    assert!(run.out.contains("+ approved by ben ("), "{}", run.out);
    let audit = site.dump();
    assert!(audit.contains("approved by ben; plan"), "{audit}");
}

#[test]
fn an_approver_is_known_by_every_name() {
    needs!(SshKeygen);
    for (name, more) in [
        ("Anna", ""),
        ("CONTOSO-anna", "accounts = ['CONTOSO\\anna']"),
        ("Anna Smith", "accounts = ['asmith', 'anna']"),
        ("anna-adm", ""),
        ("root", ""),
    ] {
        let site = guarded("approvers = 1", &["ben"]);
        let key = make_key(&site, "key", "");
        list(&site, name, &key);
        site.configure(more);
        let _planned = by(&site, BEN_AS_ROOT, &PLAN).exits(3);
        let _signed = approve(&site, "key");
        let run = by(&site, ANNA_AS_ROOT, &PROMOTE_PLAN).exits(3);
        let refused = format!("the approval of {name} does not count: anna as root runs this plan");
        assert!(run.out.contains(&refused), "{}", run.out);
    }
}

#[test]
fn an_account_is_one_approvers() {
    needs!(SshKeygen);
    let site = guarded("approvers = 1", &["ben"]);
    let key = make_key(&site, "key", "");
    list(&site, "anna", &key);
    site.configure("accounts = ['Ben']");
    let run = site.run(&["status"]).exits(6);
    insta::assert_snapshot!(run.err, @r"
    error: regent.toml has an approver “anna” that cannot be used: an account of it is another's too
     help: give each approver one [[approver]] with the account's name and a key of its own
    ");
}

#[test]
fn the_author_does_not_approve_what_another_runs() {
    needs!(SshKeygen);
    let site = guarded("approvers = 1", &["anna", "ben"]);
    let _planned = by(&site, ANNA_AS_ROOT, &PLAN).exits(3);
    let signed = approve(&site, "anna");
    let of_anna = "the approval of anna does not count: anna as root made this plan";
    assert!(signed.out.contains(of_anna), "{}", signed.out);
    let run = by(&site, ("carla", None), &PROMOTE_PLAN).exits(3);
    for words in [of_anna, "author       anna as root", "operator     carla"] {
        assert!(run.out.contains(words), "{words}\n{}", run.out);
    }
    // Nor does who runs it: two of the three who have to do with it are needed.
    let _ben = approve(&site, "ben");
    let run = by(&site, BEN_AS_ROOT, &PROMOTE_PLAN).exits(3);
    let of_ben = "the approval of ben does not count: ben as root runs this plan";
    for words in [of_anna, of_ben] {
        assert!(run.out.contains(words), "{words}\n{}", run.out);
    }
    let _done = by(&site, ("carla", None), &PROMOTE_PLAN).exits(0);
}

#[test]
fn where_nobody_can_be_named_one_more_must_approve() {
    needs!(SshKeygen);
    let site = guarded("approvers = 1", &["anna", "ben"]);
    let _planned = by(&site, SOMEBODY, &PLAN).exits(3);
    let _anna = approve(&site, "anna");
    let run = by(&site, SOMEBODY, &PROMOTE_PLAN).exits(3);
    let rules = "2 other people must approve, and only one did; 1 of them because";
    assert!(run.out.contains(rules), "{}", run.out);
    let _ben = approve(&site, "ben");
    let _two = by(&site, SOMEBODY, &PROMOTE_PLAN).exits(0);
    let told = site.run(&["journal"]).exits(0);
    assert!(told.out.contains("unknown as root"), "{}", told.out);

    let site = guarded("approvers = 1\nmore-if-unknown = 0", &["anna"]);
    let _planned = by(&site, SOMEBODY, &PLAN).exits(3);
    let _anna = approve(&site, "anna");
    let _one = by(&site, SOMEBODY, &PROMOTE_PLAN).exits(0);
}

#[test]
fn the_person_and_how_that_is_known_stand_beside_the_account_in_every_record() {
    let site = Site::ready();
    install(&site, "four-eyes", "enforcement = 'warn'", "approvers = 1");
    let environment = [
        ("REGENT_TEST_OPERATOR", "root"),
        ("REGENT_TEST_PERSON", "anna"),
        ("REGENT_TEST_KNOWN_BY", "SUDO_UID"),
    ];
    let words = [&Site::promotion()[..], &["--evidence", "decided.tar"]].concat();
    let run = site.run_with(&environment, &words).exits(0);
    assert!(run.out.contains("operator     anna as root"), "{}", run.out);
    for (command, words) in [
        ("journal", " by anna as root"),
        ("audit", "  anna as root  "),
    ] {
        let run = site.run(&[command]).exits(0);
        assert!(run.out.contains(words), "{command}\n{}", run.out);
    }
    let dump = site.dump();
    let fields = " by root (person anna, known by SUDO_UID)";
    for table in ["governing", "promotion", "judgement", "journal", "audit"] {
        let rows = dump.split(&format!("\n{table}\n")).nth(1).expect(table);
        let rows: Vec<_> = rows
            .lines()
            .take_while(|row| row.starts_with(' '))
            .collect();
        let of_anna = rows.iter().any(|row| row.contains(fields));
        assert!(of_anna, "{table}: {rows:#?}");
    }
    let of = |words: &[&str], path: &str| {
        let words = [words, &["--format", "json"]].concat();
        let json = site.run(&words).exits(0).json();
        let of = json.pointer(path).expect(path);
        ["operator", "person", "known-by"].map(|field| of[field].clone())
    };
    let anna = ["root", "anna", "SUDO_UID"];
    assert_eq!(of(&["journal"], "/promotions/0"), anna);
    assert_eq!(of(&["journal"], "/promotions/0/entries/0"), anna);
    assert_eq!(of(&["audit"], "/rows/5"), anna);
    assert_eq!(of(&["policy", "show"], "/governing"), anna);
    let before = of(&["audit"], "/rows/0");
    assert_eq!(
        before[1],
        serde_json::Value::Null,
        "an account of one's own"
    );
    let _intact = site.run(&["audit", "verify"]).exits(0);
    let evidence = std::fs::read(site.path("decided.tar")).expect("evidence");
    let evidence = String::from_utf8_lossy(&evidence);
    let fields =
        "\"operator\": \"root\",\n    \"person\": \"anna\",\n    \"known-by\": \"SUDO_UID\"";
    assert!(evidence.contains(fields));
    let _same = site.run(&["replay", "decided.tar"]).exits(0);
    // Who comes upon it is told who began it.
    let site = Site::ready();
    let mut interrupted = site.command(&Site::promotion());
    interrupted
        .env("REGENT_TEST_OPERATOR", "root")
        .env("REGENT_TEST_PERSON", "anna")
        .env("REGENT_TEST_FAULT", "journal/verify/started/after=crash");
    assert_ne!(run_of(&mut interrupted), Some(0));
    let refused = site.run(&Site::promotion()).exits(7);
    assert!(refused.err.contains("by anna as root"), "{}", refused.err);
}

fn run_of(command: &mut std::process::Command) -> Option<i32> {
    run(command).exit
}

/// Nothing is injected here: the process is asked who it is. Where the test's own account is not
/// root, or somebody logged in, that is who it is, whatever the environment says.
#[test]
fn a_process_says_who_it_is() {
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    let nobody_logged_in = ["", "0", "4294967295"].contains(&login.trim());
    let root = nix::unistd::geteuid().is_root();
    let site = Site::ready();
    let asked = |claims: &[(&str, &str)]| {
        let mut command = site.command(&["plan", "update.xml", "--format", "json"]);
        command.env_remove("REGENT_TEST_OPERATOR");
        command.envs(claims.iter().copied());
        let json = run(&mut command).json();
        ["operator", "person", "known-by"].map(|field| json[field].as_str().map(str::to_owned))
    };
    let found = asked(&[]);
    if !(root && nobody_logged_in) {
        let by = if nobody_logged_in {
            "account"
        } else {
            "login-uid"
        };
        assert_eq!(found[2].as_deref(), Some(by));
        assert_eq!(asked(&[("SUDO_UID", "1")]), found);
        return;
    }
    let as_root = |name: &str, by: Option<&str>| {
        [Some("root"), Some(name), by].map(|word| word.map(str::to_owned))
    };
    assert_eq!(found, as_root("unknown", None));
    let daemon = nix::unistd::User::from_uid(1.into());
    let daemon = daemon
        .expect("a table of accounts")
        .expect("account 1")
        .name;
    for (variable, value, person) in [
        ("SUDO_UID", "1", daemon.as_str()),
        ("PKEXEC_UID", "1", &daemon),
        ("DOAS_USER", "ben", "ben"),
        ("SUDO_UID", "54321", "uid 54321"),
    ] {
        let known = as_root(person, Some(variable));
        assert_eq!(asked(&[(variable, value)]), known);
    }
    assert_eq!(asked(&[("SUDO_UID", "0")]), as_root("unknown", None));
}

/// Whether the tests run as root whom no login names, as in a container.
fn is_root_alone() -> bool {
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    nix::unistd::geteuid().is_root() && ["", "0", "4294967295"].contains(&login.trim())
}

/// Runs a command as it is after `sudo` by the account of the number 1, `daemon`.
fn sudo(site: &Site, words: &[&str]) -> Run {
    let mut command = site.command(words);
    command
        .env_remove("REGENT_TEST_OPERATOR")
        .env("SUDO_UID", "1");
    run(&mut command)
}

/// The same as in the scene above, with the environment that `sudo` leaves.
#[test]
fn sudo_does_not_hide_who_approved() {
    needs!(SshKeygen);
    if !is_root_alone() {
        return;
    }
    let site = guarded("approvers = 1", &["daemon", "ben"]);
    let sudo = |words: &[&str]| sudo(&site, words);
    let _planned = sudo(&PLAN).exits(3);
    let _signed = approve(&site, "daemon");
    let denied = sudo(&PROMOTE_PLAN).exits(3);
    assert!(
        denied
            .out
            .contains("the approval of daemon does not count: daemon as root runs this plan"),
        "{}",
        denied.out
    );
    let _ben = approve(&site, "ben");
    let _done = sudo(&PROMOTE_PLAN).exits(0);
}

/// A variable is root's to write: where that is distrusted, who it names is told apart.
#[test]
fn whom_sudo_names_is_told_to_rules_as_such() {
    needs!(SshKeygen);
    if !is_root_alone() {
        return;
    }
    let site = guarded(
        "approvers = 1\ndistrust-environment = true",
        &["ben", "carla"],
    );
    let sudo = |words: &[&str]| sudo(&site, words);
    let _planned = sudo(&PLAN).exits(3);
    let _ben = approve(&site, "ben");
    let denied = sudo(&PROMOTE_PLAN).exits(3);
    let words: Vec<_> = denied.out.split_whitespace().collect();
    let both = "2 other people must approve, and only one did; 1 of them because only SUDO_UID, \
                which root can forge, says that daemon as root made the plan and runs it";
    assert!(words.join(" ").contains(both), "{}", denied.out);
    let _carla = approve(&site, "carla");
    let _done = sudo(&PROMOTE_PLAN).exits(0);
}
