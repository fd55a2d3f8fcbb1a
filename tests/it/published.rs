//! Other rules are approved as a promotion is: written down, signed by another, carried out once.

use std::process::{Command, Stdio};

use regent::plan::PlanFile;
use regent::secret::signing::APPROVAL;
use serde_json::Value;

use crate::approvals::{list, make_key};
use crate::people::{ANNA, ANNA_AS_ROOT, BEN_AS_ROOT, Who, by};
use crate::rules::{fits, install, probe, promoter};
use crate::snapshot;
use crate::support::{PLAN, Run, Site};
use crate::tools::Tool;

const OUT: [&str; 8] = [
    "policy",
    "publish",
    "--reason",
    "a rule more",
    "--change",
    "CHG-7",
    "--out",
    "rules.json",
];

const PUBLISH: [&str; 5] = ["policy", "publish", "--plan", "rules.json", "--yes"];

/// A site that four-eyes governs, with anna and ben as approvers, and other rules in its settings.
fn governed() -> Site {
    let site = Site::ready();
    install(&site, "four-eyes", "", "approvers = 1");
    for name in ["anna", "ben"] {
        let key = make_key(&site, name, "");
        list(&site, name, &key);
    }
    let first = ["policy", "publish", "--reason", "the first", "--yes"];
    let _governs = by(&site, ANNA, &first).exits(0);
    probe(&site, "judge", &promoter("sound"), "");
    site
}

/// The same with a publication that anna wrote.
fn written() -> Site {
    let site = governed();
    let _written = by(&site, ANNA, &OUT).exits(3);
    site
}

fn approve(site: &Site, key: &str) -> Run {
    let words = ["approve", "rules.json", "--key", key, "--yes"];
    site.run(&words)
}

fn text(site: &Site, file: &str) -> String {
    std::fs::read_to_string(site.path(file)).expect("a file")
}

fn json(site: &Site, words: &[&str]) -> Value {
    let words = [words, &["--format", "json"]].concat();
    site.run(&words).exits(0).json()
}

/// The text without what is drawn or built anew: keys and digests.
fn drawn(text: &str) -> String {
    let one = |part: &str| {
        let word = part.trim_end_matches([' ', '\n', ';', ',']);
        let digest = word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit());
        match (digest, word.starts_with("AAAA")) {
            (true, _) => part.replace(word, "[digest]"),
            (_, true) => part.replace(word, "[key]"),
            _ => part.to_owned(),
        }
    };
    text.split_inclusive([' ', '\n']).map(one).collect()
}

fn version(site: &Site) -> Value {
    json(site, &["policy", "show"])["governing"]["version"].clone()
}

/// Runs what must be refused with this status, and shows that nothing was changed.
#[track_caller]
fn refused(site: &Site, who: Who<'_>, words: &[&str], exit: i32) -> Run {
    let before = site.dump();
    let run = by(site, who, words).exits(exit);
    assert_eq!(site.dump(), before);
    run
}

#[test]
fn a_publication_is_written_approved_by_another_and_carried_out_once() {
    needs!(SshKeygen);
    let site = governed();
    let alone = [&OUT[..6], &["--yes"]].concat();
    let denied = refused(&site, ANNA, &alone, 3).out;
    assert!(denied.contains(" --out FILE"), "{denied}");
    let mut told = refused(&site, ANNA, &OUT, 3).transcript();
    assert!(text(&site, "rules.json").contains("\"reason\": \"a rule more\""));
    let early = refused(&site, ANNA, &PUBLISH, 3).out;
    assert!(early.contains("not-enough-approvals"), "{early}");
    told += &site.run(&["approve", "rules.json"]).exits(0).transcript();
    told += &approve(&site, "ben").exits(0).transcript();
    told += &by(&site, ANNA, &PUBLISH).exits(0).transcript();
    snapshot!("published", "approved", drawn(&told));
    assert_eq!(version(&site), 2);
    let file = PlanFile::parse(&text(&site, "rules.json")).expect("a plan");
    let audit = site.dump();
    let row = format!(
        "reason: a rule more; change: CHG-7; approved by ben; plan: {} by anna; rules ",
        file.plan.digest()
    );
    assert!(audit.contains(&row), "{row}\n{audit}");
    assert!(audit.contains("four-eyes 1."), "{audit}");

    let again = refused(&site, ANNA, &PUBLISH, 0).out;
    assert!(again.contains("govern already"), "{again}");
    // Back to what governed: what was approved once is not approved again by that.
    let without = text(&site, "regent.toml").replace(
        "name = \"judge\"",
        "name = \"judge\"\nenforcement = \"off\"",
    );
    let with = text(&site, "regent.toml");
    let (former, _) = with.rsplit_once("\n[[plugin]]").expect("a plugin");
    for settings in [without.as_str(), former] {
        site.write("regent.toml", settings);
        let back = [
            "policy",
            "publish",
            "--reason",
            "back",
            "--overrule",
            "it burns",
            "--yes",
        ];
        let _back = by(&site, ANNA, &back).exits(0);
    }
    site.write("regent.toml", &with);
    let used = refused(&site, ANNA, &PUBLISH, 7).err;
    assert!(used.contains("(version 1, now 4)"), "{used}");
}

#[test]
fn nobody_approves_a_publication_of_their_own() {
    needs!(SshKeygen);
    let site = written();
    let _signed = approve(&site, "anna").exits(0);
    for (who, why) in [
        (ANNA_AS_ROOT, "anna as root runs this plan"),
        (BEN_AS_ROOT, "anna made this plan"),
    ] {
        let run = refused(&site, who, &PUBLISH, 3);
        assert!(run.out.contains(why), "{}", run.out);
    }
    let _signed = approve(&site, "ben").exits(0);
    let run = refused(&site, BEN_AS_ROOT, &PUBLISH, 3);
    assert!(
        run.out.contains("ben as root runs this plan"),
        "{}",
        run.out
    );
    let _published = by(&site, ANNA_AS_ROOT, &PUBLISH).exits(0);
    assert_eq!(version(&site), 2);
}

/// Puts a signature into the file that regent itself refuses to put there.
fn forge(site: &Site, key: &str, approver: &str) {
    let _written = site
        .run(&["approve", "rules.json", "--statement", "said"])
        .exits(0);
    let signed = Command::new(Tool::SshKeygen.program())
        .args(["-q", "-Y", "sign", "-n", APPROVAL, "-f", key, "said"])
        .current_dir(site.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("ssh-keygen runs (Debian: apt-get install openssh-client)");
    assert!(signed.status.success(), "{signed:?}");
    let mut file = PlanFile::parse(&text(site, "rules.json")).expect("a plan");
    let said = text(site, "said");
    let (_, at) = said.trim().split_once(' ').expect("a time");
    file.approvals.push(regent::plan::Approval {
        approver: approver.to_owned(),
        at: at.parse().expect("a time"),
        signature: text(site, "said.sig"),
    });
    site.write("rules.json", &file.text());
    for spent in ["said", "said.sig"] {
        std::fs::remove_file(site.path(spent)).expect("a file");
    }
}

#[test]
fn new_rules_bring_no_approvers_of_their_own() {
    needs!(SshKeygen);
    let site = governed();
    let key = make_key(&site, "mallory", "");
    list(&site, "mallory", &key);
    // One whom the rules know is given another key.
    let known = text(&site, "ben.pub").trim().to_owned();
    let other = make_key(&site, "other", "");
    let settings = text(&site, "regent.toml").replace(&known, &other);
    site.write("regent.toml", &settings);
    let _written = by(&site, ANNA, &OUT).exits(3);
    for key in ["mallory", "other"] {
        let before = text(&site, "rules.json");
        let run = approve(&site, key).exits(2);
        assert!(
            run.err.contains("is named by those that govern"),
            "{}",
            run.err
        );
        assert_eq!(text(&site, "rules.json"), before);
    }
    forge(&site, "mallory", "mallory");
    forge(&site, "other", "ben");
    let run = refused(&site, ANNA, &PUBLISH, 3);
    assert!(
        run.out
            .contains("the approval of mallory does not count: the rules know no"),
        "{}",
        run.out
    );
    assert!(
        run.out
            .contains("the approval of ben does not count: another key signed it"),
        "{}",
        run.out
    );

    // A plan that says of itself that others govern is refused as what it is.
    let file = PlanFile::parse(&text(&site, "rules.json")).expect("a plan");
    let mut plan = file.plan;
    let change = plan.rules.as_mut().expect("rules");
    change.before.approvers = change.after.approvers.clone();
    let lie = PlanFile {
        plan,
        approvals: Vec::new(),
    };
    site.write("rules.json", &lie.text());
    let _signed = approve(&site, "mallory").exits(0);
    let run = refused(&site, ANNA, &PUBLISH, 7);
    assert!(run.err.contains("approvers.mallory"), "{}", run.err);
}

#[test]
fn a_publication_that_was_overtaken_or_altered_is_refused() {
    needs!(SshKeygen);
    let mut told = String::new();
    let mut stale = |name: &str, exit: i32, change: &dyn Fn(&Site)| {
        let site = written();
        let _signed = approve(&site, "ben").exits(0);
        change(&site);
        let run = refused(&site, ANNA, &PUBLISH, exit);
        assert_eq!(run.out, "", "{name}");
        told.push_str(&format!("{name}\n{}\n", run.err));
    };
    stale("other rules govern", 7, &|site| {
        let ours = text(site, "regent.toml");
        site.write(
            "regent.toml",
            &ours.replace("approvers = 1", "approvers = 1\nmax-age-hours = 4"),
        );
        let other = [
            "policy",
            "publish",
            "--reason",
            "r",
            "--overrule",
            "o",
            "--yes",
        ];
        let _published = by(site, ANNA, &other).exits(0);
        site.write("regent.toml", &ours);
    });
    stale("other rules are here", 7, &|site| {
        let ours = text(site, "regent.toml");
        site.write(
            "regent.toml",
            &ours.replace("approvers = 1", "approvers = 1\nmore-if-unknown = 0"),
        );
    });
    stale("the system changed", 7, &|site| {
        let _stopped = site.run(&["--server", "SSO01", "enable"]).exits(0);
        site.write(
            "more.xml",
            "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
        );
        let words = [
            "--server",
            "SSO01",
            "update",
            "more.xml",
            "--yes",
            "--overrule",
            "o",
        ];
        let _updated = site.run(&words).exits(0);
    });
    stale("altered", 6, &|site| {
        let altered = text(site, "rules.json").replace("\"a rule more\"", "\"a rule less\"");
        site.write("rules.json", &altered);
    });
    stale("the new rules altered", 6, &|site| {
        let altered = text(site, "rules.json").replace("\"approvers\": 1", "\"approvers\": 0");
        site.write("rules.json", &altered);
    });
    snapshot!("published", "overtaken", drawn(&told));
}

#[test]
fn a_signature_from_elsewhere_and_a_copy_approve_it_too() {
    needs!(SshKeygen);
    let site = written();
    std::fs::copy(site.path("rules.json"), site.path("copy.json")).expect("a copy");
    let words = ["approve", "copy.json", "--statement", "said"];
    let _said = site.run(&words).exits(0);
    let signed = Command::new(Tool::SshKeygen.program())
        .args(["-q", "-Y", "sign", "-n", APPROVAL, "-f", "ben", "said"])
        .current_dir(site.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("ssh-keygen runs (Debian: apt-get install openssh-client)");
    assert!(signed.status.success(), "{signed:?}");
    let words = ["approve", "copy.json", "--signature", "said.sig"];
    let taken = site.run(&words).exits(0).out;
    assert!(taken.contains("policy publish --plan copy.json"), "{taken}");
    let joined = json(&site, &["approve", "rules.json", "--join", "copy.json"]);
    fits(&site, "approve", &joined);
    assert_eq!(joined["joined"][0], "ben");
    let published = by(&site, ANNA, &[&PUBLISH[..], &["--format", "json"]].concat())
        .exits(0)
        .json();
    fits(&site, "policy-publish", &published);
    assert_eq!(published["published"], 2);
    assert_eq!(published["approvals"][0]["counts"], true);
}

#[test]
fn a_backup_that_the_rules_want_is_bound_to_the_publication() {
    let site = Site::ready();
    install(&site, "backup-age", "", "max-age-hours = 24");
    let first = ["policy", "publish", "--reason", "the first", "--yes"];
    let _governs = site.run(&first).exits(0);
    probe(&site, "judge", &promoter("sound"), "");
    let out = [&OUT[..], &["--restore-file", "secret.bak"]].concat();
    let unproven = site.run(&out).exits(3).out;
    assert!(unproven.contains("backup-age denies"), "{unproven}");
    let proven = [&PUBLISH[..], &["--password-file", "password"]].concat();
    let _published = site.run(&proven).exits(0);
    assert_eq!(version(&site), 2);
}

#[test]
fn plans_of_one_kind_are_not_taken_for_the_other() {
    needs!(SshKeygen);
    let site = written();
    let _approved = approve(&site, "ben").exits(0);
    let promote = [
        "promote",
        "--plan",
        "rules.json",
        "--restore-file",
        "secret.bak",
        "--yes",
    ];
    let mut told = refused(&site, ANNA, &promote, 2).err;
    let _planned = site.run(&PLAN);
    let publish = ["policy", "publish", "--plan", "plan.json", "--yes"];
    told += &refused(&site, ANNA, &publish, 2).err;
    told += &refused(&site, ANNA, &["policy", "diff", "plan.json"], 2).err;
    let ruleless = Site::ready();
    told += &refused(&ruleless, ANNA, &OUT, 7).err;
    assert!(!ruleless.path("rules.json").exists());
    snapshot!("published", "mistaken", told);
    for (words, why) in [
        (&["policy", "publish"][..], "--reason"),
        (
            &["policy", "publish", "--plan", "rules.json", "--reason", "r"],
            "cannot be used with",
        ),
        (
            &[
                "policy",
                "publish",
                "--reason",
                "r",
                "--out",
                "x",
                "--overrule",
                "o",
            ],
            "cannot be used with",
        ),
    ] {
        let run = refused(&site, ANNA, words, 2);
        assert!(run.err.contains(why), "{}", run.err);
    }
    let taken = refused(&site, ANNA, &OUT, 6).err;
    assert!(
        taken.contains("name a file that does not exist yet"),
        "{taken}"
    );
}

#[test]
fn rules_are_compared_setting_by_setting() {
    needs!(SshKeygen);
    let site = Site::ready();
    let diff = ["policy", "diff"];
    let same = json(&site, &diff);
    fits(&site, "policy-diff", &same);
    assert_eq!(same["changed"], false);
    let key = make_key(&site, "ben", "");
    install(&site, "four-eyes", "", "approvers = 1\nmax-age-hours = 24");
    list(&site, "ben", &key);
    let mut told = site.run(&diff).exits(1).transcript();
    let first = ["policy", "publish", "--reason", "the first", "--yes"];
    let _governs = site.run(&first).exits(0);
    told += &site.run(&diff).exits(0).transcript();

    // A whole number is one however it is written.
    let text = text(&site, "regent.toml");
    site.write(
        "regent.toml",
        &text.replace("max-age-hours = 24", "max-age-hours = 24.0"),
    );
    let _same = site.run(&diff).exits(0);
    assert!(!site.run(&["doctor"]).out.contains("rules-differ"));

    let changed = text
        .replace(
            "name = \"four-eyes\"",
            "name = \"four-eyes\"\nenforcement = \"warn\"\nlimits.fuel = 60_000_000",
        )
        .replace("approvers = 1", "approvers = 2")
        .replace("max-age-hours = 24\n", "")
        .replace("name = \"ben\"", "name = \"ben\"\naccounts = [\"b\"]");
    site.write("regent.toml", &changed);
    probe(&site, "judge", &promoter("sound"), "enforcement = \"warn\"");
    site.configure(
        "[[suppress]]\ncode = \"policy/judge/checked\"\nreason = \"why\"\nuntil = 2030-01-01",
    );
    let run = site.run(&diff).exits(1);
    told += &run.transcript();
    snapshot!("published", "compared", drawn(&told));
    let run = site
        .run(&[&diff[..], &["--format", "json"]].concat())
        .exits(1);
    let found = run.json();
    fits(&site, "policy-diff", &found);
    let of = |path: &str| {
        let differences = found["differences"].as_array().expect("differences");
        let found = differences.iter().find(|it| it["path"] == path);
        let it = found.unwrap_or_else(|| panic!("{path}: {differences:#?}"));
        (it["before"].clone(), it["after"].clone())
    };
    let none = Value::Null;
    assert_eq!(
        of("plugins.four-eyes.enforcement"),
        ("deny".into(), "warn".into())
    );
    assert_eq!(
        of("plugins.four-eyes.settings.approvers"),
        (1.into(), 2.into())
    );
    assert_eq!(
        of("plugins.four-eyes.settings.max-age-hours"),
        (24.into(), none.clone())
    );
    assert_eq!(
        of("plugins.four-eyes.limits.fuel"),
        (none.clone(), 60_000_000.into())
    );
    assert_eq!(of("plugins.judge").1["enforcement"], "warn");
    assert_eq!(of("suppressions.policy/judge/checked").1["reason"], "why");
    assert_eq!(of("approvers.ben.accounts").1[0], "b");

    // What a plan would change is told wherever its rules are not those here.
    let out = site.run(&OUT);
    assert!(site.path("rules.json").exists(), "{}", out.transcript());
    site.write("regent.toml", &text);
    let of_plan = site.run(&["policy", "diff", "rules.json"]).exits(1).out;
    assert!(
        of_plan.contains("plugins.four-eyes.settings.approvers: 1 → 2"),
        "{of_plan}"
    );
    let _same = site.run(&diff).exits(0);
}
