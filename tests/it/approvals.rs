//! Plans as files: what keeps them valid, who approved them, and that each is applied once.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use regent::plan::{PlanFile, Unusable};
use regent::secret::signing::APPROVAL;

use crate::snapshot;
use crate::support::{PLAN, PROMOTE_PLAN, Run, Site, update_file};
use crate::tools::Tool;

/// Makes a key as a person would, with the program a person would use.
pub(crate) fn make_key(site: &Site, name: &str, passphrase: &str) -> String {
    let made = Command::new(Tool::SshKeygen.program())
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f"])
        .arg(site.path(name))
        .stdin(Stdio::null())
        .status()
        .expect("ssh-keygen runs (Debian: apt-get install openssh-client)");
    assert!(made.success());
    let public = std::fs::read_to_string(site.path(&format!("{name}.pub"))).expect("a public key");
    public.trim().to_owned()
}

/// Lists an approver in the settings.
pub(crate) fn list(site: &Site, name: &str, key: &str) {
    site.configure(&format!("[[approver]]\nname = \"{name}\"\nkey = \"{key}\""));
}

fn planned() -> Site {
    let site = Site::ready();
    site.run(&PLAN).exits(0);
    site
}

fn text(site: &Site) -> String {
    std::fs::read_to_string(site.path("plan.json")).expect("a plan file")
}

/// Runs what must be refused with this status, and shows that nothing was changed.
#[track_caller]
fn refused(site: &Site, words: &[&str], exit: i32) -> Run {
    let before = site.dump_but_rules();
    let run = site.run(words).exits(exit);
    assert_eq!(site.dump_but_rules(), before);
    run
}

#[test]
fn a_plan_is_written_shown_run_and_never_run_again() {
    let site = Site::ready();
    let plan = site.run(&PLAN).exits(0);
    snapshot!("plans", "written", plan.transcript());
    snapshot!("plans", "file", text(&site));
    let again = site.run(&PLAN).exits(6);
    insta::assert_snapshot!(again.err, @r"
    error: cannot write plan.json
    cause: File exists (os error 17)
     help: nothing was written; name a file that does not exist yet
    ");
    snapshot!(
        "plans",
        "run",
        site.run(&PROMOTE_PLAN).exits(0).transcript()
    );
    let digest = PlanFile::parse(&text(&site)).expect("a plan").plan.digest();
    assert!(
        site.dump().contains(&format!("plan: {digest}")),
        "what ran is what was written"
    );
    let used = refused(&site, &PROMOTE_PLAN, 0);
    assert!(used.out.contains("already"), "{}", used.transcript());
    // Once it is not as the plan made it, the plan is no way back to that.
    std::fs::remove_file(site.path("vaults/sso02/current.vault")).expect("a vault");
    let used = refused(&site, &PROMOTE_PLAN, 7);
    insta::assert_snapshot!(used.err, @r"
    error: this plan was used before: promotion 74bff204de43b4a2 is promoted
     help: nothing was changed; make a new plan with `regent plan update.xml`
    ");
}

#[test]
fn a_plan_that_was_undone_is_used_up_too() {
    let site = planned();
    site.run_with(
        &[("REGENT_TEST_FAULT", "journal/verify/started/after=error")],
        &PROMOTE_PLAN,
    )
    .exits(4);
    let used = refused(&site, &PROMOTE_PLAN, 7);
    assert!(used.err.contains("was used before"), "{}", used.err);
}

#[test]
fn a_stale_plan_says_field_by_field_what_changed_since() {
    let mut told = String::new();
    let mut stale = |name: &str, change: &dyn Fn(&Site), more: &[&str]| {
        let site = planned();
        change(&site);
        let run = refused(&site, &[&PROMOTE_PLAN[..], more].concat(), 7);
        told.push_str(&format!("{name}\n{}\n", run.transcript()));
    };
    stale(
        "the global info",
        &|site| {
            site.write("more.xml", "<sso><globalInfo><ticketTimeout>5</ticketTimeout><credCacheTimeout>30</credCacheTimeout></globalInfo></sso>");
            site.run(&["--server", "SSO01", "update", "more.xml", "--yes"])
                .exits(0);
        },
        &[],
    );
    stale(
        "another was promoted in between",
        &|site| {
            site.run(&["server", "add", "SSO03"]).exits(0);
            site.write("other.xml", &update_file("SSO03"));
            let words = [
                "--server",
                "SSO03",
                "promote",
                "other.xml",
                "--restore-file",
                "secret.bak",
                "--password-file",
                "password",
                "--yes",
            ];
            site.run(&words).exits(0);
        },
        &[],
    );
    stale(
        "the update file's meaning",
        &|site| {
            site.run(&["server", "add", "SSO03"]).exits(0);
            site.write("update.xml", &update_file("SSO03"));
        },
        &[],
    );
    stale(
        "the service",
        &|site| site.configure("[service]\nrestart = { command = [\"true\"] }"),
        &[],
    );
    stale(
        "another backup",
        &|site| {
            site.at("2026-03-05T00:00:00Z");
            let words = [
                "--server",
                "SSO01",
                "secret",
                "backup",
                "other.bak",
                "--password-file",
                "password",
            ];
            site.run(&words).exits(0);
        },
        &["--restore-file", "other.bak"],
    );
    snapshot!("plans", "stale", told);
}

#[test]
fn a_comment_or_another_place_makes_no_other_plan() {
    let site = planned();
    let update = update_file("SSO02").replace("<sso>", "<!-- CHG-1 --><sso>");
    site.write("elsewhere/renamed.xml", &update);
    std::fs::remove_file(site.path("update.xml")).expect("it is there");
    std::fs::rename(site.path("secret.bak"), site.path("elsewhere/secret.bak")).expect("moved");
    let missing = refused(&site, &PROMOTE_PLAN, 6);
    assert!(missing.err.contains("update.xml"), "{}", missing.err);
    let more = [
        "elsewhere/renamed.xml",
        "--restore-file",
        "elsewhere/secret.bak",
    ];
    site.run(&[&PROMOTE_PLAN[..], &more].concat()).exits(0);
}

#[test]
fn a_plan_that_was_altered_is_refused_and_white_space_is_not() {
    let site = planned();
    let whole = text(&site);
    let mut told = String::new();
    for (name, altered) in [
        (
            "another candidate",
            whole.replace("\"candidate\": \"SSO02\"", "\"candidate\": \"SSO01\""),
        ),
        (
            "another term",
            whole.replace("\"next-term\": 2", "\"next-term\": 9"),
        ),
        (
            "another digest",
            whole
                .replace("\"digest\": \"", "\"digest\": \"0000")
                .replacen("0000", "", 0),
        ),
        (
            "a key more",
            whole.replace("\"plan\": {", "\"plan\": {\n    \"force\": true,"),
        ),
        (
            "a key twice",
            whole.replace("\"term\": 1,", "\"term\": 1,\n    \"term\": 2,"),
        ),
        (
            "another form",
            whole.replace("regent/plan-file/1", "regent/plan-file/2"),
        ),
        ("cut off", whole[..whole.len() / 2].to_owned()),
        ("something else", "<sso/>".to_owned()),
        ("nothing", String::new()),
    ] {
        assert_ne!(altered, whole, "{name}");
        site.write("plan.json", &altered);
        let run = refused(&site, &PROMOTE_PLAN, 6);
        told.push_str(&format!("{name}\n{}\n", run.err));
    }
    snapshot!("plans", "altered", told);
    let folded: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
    site.write(
        "plan.json",
        &folded.to_string().replace("SSO02", "SSO\\u00302"),
    );
    site.run(&PROMOTE_PLAN).exits(0);
}

#[test]
fn what_the_plan_says_cannot_be_said_otherwise() {
    let site = planned();
    let words = [&PROMOTE_PLAN[..], &["--reason", "another"]].concat();
    let run = refused(&site, &words, 2);
    insta::assert_snapshot!(run.err, @r"
    error: the plan file says already why and how
     help: leave out --emergency, --reason and --change, or make a new plan with them
    ");
    let none = refused(&site, &["promote", "--yes"], 2);
    assert!(none.err.contains("--plan"), "{}", none.err);
}

/// Configures a plugin that comes with regent.
fn install(site: &Site, name: &str, settings: &str) {
    let component = crate::plugins::component(name);
    site.configure(&format!(
        "[[plugin]]\nname = \"{name}\"\ncomponent = \"{}\"\n[plugin.settings]\n{settings}",
        component.display()
    ));
}

#[test]
fn rules_are_asked_again_when_a_plan_is_run() {
    let site = Site::ready();
    install(&site, "backup-age", "max-age-hours = 24");
    let words = [
        "plan",
        "update.xml",
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
        "--out",
        "plan.json",
    ];
    site.run(&words).exits(0);
    let late = site.copied();
    late.at("2026-03-06T00:00:00Z");
    let run = refused(&late, &PROMOTE_PLAN, 3);
    assert!(run.out.contains("[too-old]"), "{}", run.out);
    // A rule that was not asked when the plan was made makes it another plan.
    install(&site, "four-eyes", "approvers = 1");
    let run = refused(&site, &PROMOTE_PLAN, 7);
    assert!(
        run.err.contains("plugins.four-eyes: none → version 1.0.0"),
        "{}",
        run.err
    );
}

/// A site with `four-eyes` for two approvers, three people's keys, and a plan.
fn guarded() -> Site {
    let site = Site::ready();
    install(&site, "four-eyes", "approvers = 2");
    for (file, name) in [
        ("anna.key", "CONTOSO\\\\anna"),
        ("ben.key", "ben"),
        ("own.key", "Operator"),
    ] {
        let key = make_key(&site, file, "");
        list(&site, name, &key);
    }
    // Denied as long as nobody has approved it, and written all the same: it is what they approve.
    site.run(&PLAN).exits(3);
    site
}

#[test]
fn two_others_must_approve_before_four_eyes_lets_a_plan_run() {
    needs!(SshKeygen);
    let site = guarded();
    let mut told = String::new();
    let mut denied = |site: &Site| {
        let run = refused(site, &PROMOTE_PLAN, 3);
        let rules = run
            .out
            .split("Until the last step")
            .nth(1)
            .expect("the rules' part");
        told.push_str(&format!("{rules}\n"));
    };
    let approve = |key: &str| {
        site.run(&["approve", "plan.json", "--key", key, "--yes"])
            .exits(0)
    };
    denied(&site);
    let _own = approve("own.key");
    let _once = approve("anna.key");
    site.at("2026-03-04T06:00:00Z");
    let _twice = approve("anna.key");
    denied(&site);
    snapshot!("plans", "four-eyes-denied", told);
    let approved = approve("ben.key");
    snapshot!("plans", "approved", approved.transcript());
    let shown = site.run(&["approve", "plan.json"]).exits(0);
    snapshot!("plans", "approvals", shown.transcript());
    snapshot!(
        "plans",
        "four-eyes-run",
        site.run(&PROMOTE_PLAN).exits(0).transcript()
    );
    let audit = site.dump();
    assert!(
        audit.contains("; approved by CONTOSO\\anna, ben"),
        "{audit}"
    );
}

#[test]
fn an_approval_counts_for_one_plan_one_time_and_one_approver() {
    needs!(SshKeygen);
    let site = guarded();
    site.run(&["approve", "plan.json", "--key", "ben.key", "--yes"])
        .exits(0);
    let whole = text(&site);
    let file = PlanFile::parse(&whole).expect("a plan");
    let mut told = String::new();
    let mut shown = |name: &str, file: &PlanFile| {
        site.write("plan.json", &file.text());
        let run = site.run(&["approve", "plan.json"]).exits(0);
        let part = run.out.split("Approvals\n").nth(1).expect("the approvals");
        told.push_str(&format!("{name}\n{part}\n"));
    };
    let altered = |alter: &dyn Fn(&mut PlanFile)| {
        let mut file = file.clone();
        alter(&mut file);
        file
    };
    shown("as signed", &file);
    shown(
        "at another time",
        &altered(&|file| file.approvals[0].at = "2026-03-05T00:00:00Z".parse().expect("a time")),
    );
    shown(
        "as somebody else",
        &altered(&|file| file.approvals[0].approver = "CONTOSO\\anna".to_owned()),
    );
    shown(
        "by nobody who is listed",
        &altered(&|file| file.approvals[0].approver = "carla".to_owned()),
    );
    shown(
        "of another plan",
        &altered(&|file| file.plan.next_term = regent::identity::Term(9)),
    );
    shown(
        "twice",
        &altered(&|file| file.approvals.push(file.approvals[0].clone())),
    );
    shown(
        "no signature",
        &altered(&|file| file.approvals[0].signature = "trust me".to_owned()),
    );
    snapshot!("plans", "approvals-refused", told);
}

#[test]
fn ssh_keygen_verifies_what_approve_signs_and_the_other_way_round() {
    needs!(SshKeygen);
    let site = guarded();
    site.run(&["approve", "plan.json", "--key", "ben.key", "--yes"])
        .exits(0);
    let file = PlanFile::parse(&text(&site)).expect("a plan");
    let approval = &file.approvals[0];
    site.write("ben.sig", &approval.signature);
    let key = std::fs::read_to_string(site.path("ben.key.pub")).expect("a public key");
    site.write("allowed", &format!("ben namespaces=\"{APPROVAL}\" {key}"));
    let statement = format!("{} {}\n", file.plan.digest(), approval.at);
    let verify = |statement: &str| {
        keygen(
            &site,
            &[
                "-Y", "verify", "-f", "allowed", "-I", "ben", "-n", APPROVAL, "-s", "ben.sig",
            ],
            statement.as_bytes(),
        )
    };
    assert!(verify(&statement).contains("Good \"regent-approval\" signature for ben"));
    assert!(!verify(&statement.replace('Z', "Y")).contains("Good"));
    // What ssh-keygen signs counts as well: an approver may sign where regent is not installed.
    site.write("statement", &statement);
    let anna = ["-Y", "sign", "-f", "anna.key", "-n", APPROVAL, "statement"];
    keygen(&site, &anna, b"");
    let mut file = file.clone();
    let mut approval = file.approvals[0].clone();
    approval.approver = "CONTOSO\\anna".to_owned();
    approval.signature = std::fs::read_to_string(site.path("statement.sig")).expect("a signature");
    file.approvals.push(approval);
    site.write("plan.json", &file.text());
    site.run(&PROMOTE_PLAN).exits(0);
}

/// Runs `ssh-keygen` in the site's folder, and returns what it says.
pub(crate) fn keygen(site: &Site, words: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(Tool::SshKeygen.program())
        .args(words)
        .current_dir(site.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ssh-keygen runs (Debian: apt-get install openssh-client)");
    let stdin = child.stdin.take().expect("its input");
    // Whoever does not read its input may be gone already.
    let _unread = { stdin }.write_all(input);
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn keys_that_cannot_approve_are_refused() {
    needs!(SshKeygen);
    let site = guarded();
    let other = Command::new(Tool::SshKeygen.program())
        .args(["-q", "-t", "ecdsa", "-b", "384", "-N", "", "-f"])
        .arg(site.path("other.key"))
        .status();
    assert!(other.expect("ssh-keygen runs").success());
    make_key(&site, "stranger.key", "");
    make_key(&site, "locked.key", "open sesame");
    let locked = std::fs::read_to_string(site.path("locked.key.pub")).expect("a public key");
    list(&site, "dora", locked.trim());
    make_key(&site, "open.key", "");
    crate::support::mode(&site.path("open.key"), 0o644);
    let before = text(&site);
    let mut told = String::new();
    for key in [
        "missing.key",
        "ben.key.pub",
        "update.xml",
        "other.key",
        "open.key",
        "locked.key",
    ] {
        let run = site.run(&["approve", "plan.json", "--key", key, "--yes"]);
        assert_ne!(run.exit, Some(0));
        told.push_str(&format!("{key}\n{}\n", run.transcript()));
    }
    let stranger = site
        .run(&["approve", "plan.json", "--key", "stranger.key", "--yes"])
        .exits(2);
    assert!(stranger.err.contains("[[approver]]"), "{}", stranger.err);
    snapshot!("plans", "keys-refused", told);
    let unsure = site
        .run(&["approve", "plan.json", "--key", "ben.key"])
        .exits(2);
    assert!(unsure.err.contains("--yes"), "{}", unsure.err);
    assert_eq!(text(&site), before);
}

#[test]
fn approvers_that_cannot_be_told_apart_are_refused() {
    needs!(SshKeygen);
    let site = Site::ready();
    let key = make_key(&site, "a.key", "");
    let other = make_key(&site, "b.key", "");
    let settings = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    let mut told = String::new();
    for (one, two) in [
        (("anna", &key), ("ANNA", &other)),
        (("anna", &key), ("ben", &key)),
        (("", &key), ("ben", &other)),
        (("anna", &"ssh-ed25519 AAAA".to_owned()), ("ben", &other)),
    ] {
        site.write("regent.toml", &settings);
        list(&site, one.0, one.1);
        list(&site, two.0, two.1);
        let run = site.run(&["status"]).exits(6);
        told.push_str(&run.err);
    }
    snapshot!("plans", "approvers-refused", told);
}

fn sample() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/plans/file.snap");
    let snapshot = std::fs::read_to_string(path).expect("the snapshot of a plan file");
    let (_, text) = snapshot.split_once("\n---\n").expect("a header and a text");
    text.to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    /// A byte edit either leaves the very plan, or the file is refused.
    #[test]
    fn no_byte_edit_makes_another_plan(at in any::<prop::sample::Index>(), byte in any::<u8>(), insert in any::<bool>()) {
        let whole = sample();
        let plan = PlanFile::parse(&whole).expect("the plan file of the snapshot");
        let mut bytes = whole.into_bytes();
        let at = at.index(bytes.len());
        if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
        if let Ok(text) = String::from_utf8(bytes) {
            match PlanFile::parse(&text) {
                Ok(read) => prop_assert_eq!(read, plan),
                Err(Unusable::NotAPlan(_) | Unusable::Altered | Unusable::OtherForm(_)) => {}
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
        }
    }
}
