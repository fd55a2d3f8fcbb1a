//! Evidence of what the rules were asked and said: written, evaluated again, altered.

use regent::bundle::Bundle;
use regent::identity::Digest;
use regent::policy::evidence::{Answer, FORM, Question};
use regent::policy::{Evidence, EvidenceError, Policy, Purpose};
use regent::source;

use super::{fits, probe, promoter, refused, snapshot, validator};
use crate::policy::probe::{Components, Probe, update_file};
use crate::support::{Run, Site, long};

/// A site with a rule that warns of every file, and one that denies every promotion.
fn site() -> Site {
    let site = Site::ready();
    probe(&site, "reader", &validator("abstains"), "");
    probe(&site, "judge", &promoter("denies"), "limits.fuel = 70_000");
    site.configure("[plugin.settings]\nquorum = 2\nshare = 0.1\n");
    site
}

/// The arguments of the main job, with evidence.
fn promotion(evidence: &str) -> Vec<&str> {
    let mut arguments = Site::promotion().to_vec();
    arguments.extend(["--evidence", evidence]);
    arguments
}

fn bytes(site: &Site, name: &str) -> Vec<u8> {
    std::fs::read(site.path(name)).expect("a bundle")
}

/// A part of a bundle.
fn part(site: &Site, name: &str, part: &str) -> String {
    let (mut bundle, _) = Bundle::open(&site.path(name), FORM).expect("a bundle");
    bundle.take_text(part).expect(part)
}

/// Evaluates a bundle where nothing else is, much later, among settings that nobody can read.
#[track_caller]
fn replay(from: &Site, name: &str, exit: i32) -> Run {
    let elsewhere = Site::empty();
    elsewhere.at("2031-01-01T00:00:00Z");
    elsewhere.write("regent.toml", "nothing that can be read");
    source::replace(&elsewhere.path(name), &bytes(from, name)).expect("a copy");
    let run = elsewhere.run(&["replay", name]).exits(exit);
    let json = elsewhere.run(&["replay", name, "--format", "json"]);
    if exit == 6 {
        fits(&elsewhere, "error", &json.json());
    } else {
        let json = json.exits(exit).json();
        fits(&elsewhere, "replay", &json);
        assert_eq!(json["same"], exit == 0);
        assert_eq!(json["digest"], Digest::of(&bytes(from, name)).to_string());
    }
    run
}

#[test]
fn a_denial_is_kept_and_evaluated_again() {
    let site = site();
    let denied = refused(&site, &promotion("denied.tar"), 3);
    assert!(denied.out.contains("wrote evidence to denied.tar"));
    let again = replay(&site, "denied.tar", 0);
    let told = format!("{}\n{}", denied.transcript(), again.transcript());
    snapshot("evidence-denied", told);
    let mut parts = String::new();
    for name in ["question.json", "findings.json", "verdict.json"] {
        parts += &format!("{name}\n{}\n", part(&site, "denied.tar", name));
    }
    snapshot("evidence-parts", parts);
}

#[test]
fn evidence_of_a_promotion_is_there_before_it_begins() {
    let site = Site::ready();
    probe(&site, "judge", &promoter("sound"), "");
    let fault = [(
        "REGENT_TEST_FAULT",
        "journal/update-database/started/before=kill",
    )];
    let killed = site.run_with(&fault, &promotion("e.tar"));
    assert_eq!(killed.exit, None, "{}", killed.transcript());
    let run = replay(&site, "e.tar", 0);
    assert!(run.out.contains("verdict      approved"), "{}", run.out);
    let site = Site::ready();
    probe(&site, "judge", &promoter("sound"), "");
    let json = [&promotion("f.tar")[..], &["--format", "json"]].concat();
    let promoted = site.run(&json).exits(0).json();
    fits(&site, "promotion", &promoted);
    assert_eq!(promoted["evidence"]["file"], "f.tar");
    let _same = replay(&site, "f.tar", 0);
}

#[test]
fn where_evidence_cannot_be_written_nothing_begins() {
    let site = Site::ready();
    probe(&site, "judge", &promoter("sound"), "");
    site.write("taken.tar", "somebody's");
    let taken = refused(&site, &promotion("taken.tar"), 6);
    let nowhere = refused(&site, &promotion("nowhere/e.tar"), 6);
    assert_eq!(bytes(&site, "taken.tar"), b"somebody's");
    let checked = ["check", "update.xml", "--evidence", "taken.tar"];
    let checked = site.run(&checked).exits(6);
    assert!(
        nowhere.err.contains("check that the folder exists"),
        "{}",
        nowhere.err
    );
    assert_eq!(taken.err, checked.err);
    // Nor is anything mended.
    let mendable = "<sso><globalinfo><secretServer>SSO02</secretServer></globalinfo></sso>";
    site.write("mendable.xml", mendable);
    let fix = ["check", "--fix", "mendable.xml", "--evidence", "taken.tar"];
    let _refused = site.run(&fix).exits(6);
    assert_eq!(bytes(&site, "mendable.xml"), mendable.as_bytes());
    // What is written is nobody else's to read.
    let _written = site
        .run(&["check", "update.xml", "--evidence", "new.tar"])
        .exits(0);
    let found = std::fs::metadata(site.path("new.tar")).expect("evidence");
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&found) & 0o777, 0o600);
    insta::assert_snapshot!(taken.err, @r"
    error: cannot write taken.tar
    cause: it is there already
     help: nothing was written; name a file that does not exist yet
    ");
}

#[test]
fn the_same_question_gives_the_same_bytes_on_every_machine() {
    let one = site();
    let two = one.copied();
    let (update, backup) = (two.path("update.xml"), two.path("secret.bak"));
    let mut elsewhere = promotion("e.tar");
    elsewhere[1] = update.to_str().expect("a name");
    elsewhere[3] = backup.to_str().expect("a name");
    let _denied = one.run(&promotion("e.tar")).exits(3);
    let cache = two.path("another-cache");
    let cache = [("XDG_CACHE_HOME", cache.to_str().expect("a name"))];
    let _denied = two.run_with(&cache, &elsewhere).exits(3);
    assert!(bytes(&one, "e.tar") == bytes(&two, "e.tar"));
    for path in [&update, &backup, &two.path("plugins")] {
        let folder = path.parent().expect("a folder").to_str().expect("a name");
        let found = String::from_utf8_lossy(&bytes(&two, "e.tar")).contains(folder);
        assert!(!found, "it names {folder}");
    }
    // Neither the number of cores nor what was loaded before makes a difference.
    let _checked = one
        .run(&["check", "update.xml", "--evidence", "c.tar"])
        .exits(0);
    let _checked = one
        .run(&["check", "update.xml", "--evidence", "d.tar"])
        .exits(0);
    assert!(bytes(&one, "c.tar") == bytes(&one, "d.tar"));
}

#[test]
fn a_check_is_kept_and_evaluated_again() {
    let site = site();
    site.write(
        "bad.xml",
        "<sso><globalnfo><secretServer>SSO02</secretServer></globalInfo></sso>",
    );
    let words = ["check", "update.xml", "bad.xml", "--evidence", "e.tar"];
    let _found = site.run(&words).exits(1);
    let run = replay(&site, "e.tar", 0);
    assert!(run.out.contains("bad.xml: 2 findings"), "{}", run.out);
    // Of a file that was mended it is the mended one.
    let words = [
        "check",
        "bad.xml",
        "--fix",
        "--offline",
        "--evidence",
        "f.tar",
    ];
    let checked = site
        .run(&[&words[..], &["--format", "json"]].concat())
        .exits(0)
        .json();
    fits(&site, "check", &checked);
    assert_eq!(checked["evidence"]["file"], "f.tar");
    let text = part(&site, "f.tar", "updates/001.xml");
    assert!(text.contains("<globalInfo>"), "{text}");
    let _same = replay(&site, "f.tar", 0);
    // Evidence of a part could be taken for evidence of all.
    let words = ["check", "update.xml", "missing.xml", "--evidence", "g.tar"];
    let _unreadable = site.run(&words).exits(6);
    assert!(!site.path("g.tar").exists());
}

#[test]
fn every_spelling_of_an_update_file_is_kept() {
    let site = site();
    let text = "\u{feff}<sso><globalInfo><secretServer>SSO02</secretServer></globalInfo></sso>\r\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    source::replace(&site.path("wide.xml"), &wide).expect("a file");
    let _checked = site
        .run(&["check", "wide.xml", "--evidence", "e.tar"])
        .exits(0);
    let (mut bundle, _) = Bundle::open(&site.path("e.tar"), FORM).expect("a bundle");
    assert_eq!(bundle.take("updates/001.xml").expect("the file"), wide);
    let _same = replay(&site, "e.tar", 0);
}

#[test]
fn a_file_that_is_refused_leaves_evidence_without_a_verdict() {
    let site = Site::ready();
    probe(&site, "reader", &validator("denies"), "");
    let run = refused(&site, &promotion("e.tar"), 1);
    assert!(run.out.contains("wrote evidence to e.tar"), "{}", run.out);
    let run = replay(&site, "e.tar", 0);
    assert!(run.out.contains("no promotion was decided"), "{}", run.out);
}

#[test]
fn a_plan_can_be_kept_as_well() {
    let site = site();
    let words = ["plan", "update.xml", "--evidence", "e.tar"];
    let json = [&words[..], &["--format", "json"]].concat();
    let plan = site.run(&json).exits(3).json();
    fits(&site, "plan", &plan);
    assert_eq!(plan["evidence"]["file"], "e.tar");
    let run = replay(&site, "e.tar", 0);
    assert!(run.out.contains("denied by judge"), "{}", run.out);
}

#[test]
fn what_broke_breaks_again_in_the_same_way() {
    let site = Site::ready();
    probe(
        &site,
        "loop",
        &Probe::of("endless-loop"),
        "limits.fuel = 50_000",
    );
    probe(&site, "trap", &promoter("trap"), "enforcement = \"warn\"");
    probe(&site, "flood", &promoter("log-flood"), "");
    let run = site
        .run(&["check", "update.xml", "--evidence", "c.tar"])
        .exits(1);
    assert!(run.out.contains("fuel of 50000"), "{}", run.out);
    let _same = replay(&site, "c.tar", 0);
    let mut text = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    text = text.replace(
        "limits.fuel = 50_000",
        "limits.fuel = 50_000\nenforcement = \"warn\"",
    );
    site.write("regent.toml", &text);
    let _denied = site.run(&promotion("p.tar")).exits(3);
    let _same = replay(&site, "p.tar", 0);
}

/// The told settings are compared to the last bit by a rule that repeats them.
#[test]
fn numbers_in_settings_stay_what_they_are() {
    let site = Site::ready();
    probe(&site, "echo", &validator("echo"), "");
    site.configure(
        "[plugin.settings]\na = 5e-324\nb = 1.7976931348623157e308\nc = 0.1\nd = -0.0\ne = 1.0\n\
         f = 9007199254740993\ng = 122.416294033786585\nh = -9223372036854775808\nday = 2026-03-04",
    );
    let told = site
        .run(&["check", "update.xml", "--evidence", "e.tar"])
        .exits(1);
    assert!(told.out.contains("9007199254740993"), "{}", told.out);
    let _same = replay(&site, "e.tar", 0);
}

/// A bundle with one part changed by somebody who makes its digests right again.
fn forged(site: &Site, name: &str, part: &str, change: &dyn Fn(&str) -> String) -> String {
    let (mut bundle, _) = Bundle::open(&site.path(name), FORM).expect("a bundle");
    let text = bundle.take_text(part).expect(part);
    let changed = change(&text);
    assert_ne!(changed, text, "{part}");
    bundle.add(part, changed);
    let forged = "forged.tar";
    let bytes = bundle.bytes(FORM).expect("a bundle");
    source::replace(&site.path(forged), &bytes).expect("a file");
    forged.to_owned()
}

#[test]
fn another_answer_than_was_given_shows() {
    let site = site();
    let _denied = site.run(&promotion("e.tar")).exits(3);
    let words = |from: &'static str, to: &'static str| move |text: &str| text.replacen(from, to, 1);
    let verdict = words("\"denied\": \"veto\"", "\"approved\": \"given\"");
    let name = forged(&site, "e.tar", "verdict.json", &verdict);
    let run = replay(&site, &name, 1);
    snapshot("evidence-forged-verdict", run.transcript());
    let name = forged(
        &site,
        "e.tar",
        "findings.json",
        &words("\"warning\"", "\"info\""),
    );
    let run = replay(&site, &name, 1);
    assert!(run.out.contains("the findings differ"), "{}", run.out);
    // Another moment of a rule that looks at none gives the same answer, and is another bundle.
    let name = forged(
        &site,
        "e.tar",
        "question.json",
        &words("\"now\": \"2026", "\"now\": \"2027"),
    );
    let _same = replay(&site, &name, 0);
    assert_ne!(bytes(&site, "e.tar"), bytes(&site, &name));
}

#[test]
fn another_host_is_named_and_compared_all_the_same() {
    let site = site();
    let _denied = site.run(&promotion("e.tar")).exits(3);
    let newer = |text: &str| text.replacen("\"regent\": \"0.1.0\"", "\"regent\": \"9.0.0\"", 1);
    let name = forged(&site, "e.tar", "question.json", &newer);
    let run = replay(&site, &name, 0);
    assert!(
        run.out.contains("written by    regent 9.0.0"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("evaluated by  regent 0.1.0"),
        "{}",
        run.out
    );
}

#[test]
fn what_regent_does_not_write_is_refused() {
    let site = site();
    let _denied = site.run(&promotion("e.tar")).exits(3);
    let mut told = String::new();
    for (what, from, to) in [
        (
            "an unknown member",
            "\"server\":",
            "\"clock\": 1,\n  \"server\":",
        ),
        (
            "one inside",
            "\"proven\":",
            "\"proved\": true,\n    \"proven\":",
        ),
        (
            "one deep inside",
            "\"audit-deleted-apps\":",
            "\"x\": 1,\n      \"audit-deleted-apps\":",
        ),
        ("another spelling", "\"server\": ", "\"server\":  "),
        ("a file elsewhere", "plugins/judge.wasm", "../judge.wasm"),
        ("a file from the root", "plugins/judge.wasm", "/etc/passwd"),
        (
            "another name",
            "\"name\": \"judge\"",
            "\"name\": \"judges\"",
        ),
        (
            "the same name",
            "\"name\": \"judge\"",
            "\"name\": \"reader\"",
        ),
        (
            "a folder in a name",
            "\"name\": \"update.xml\"",
            "\"name\": \"../update.xml\"",
        ),
        (
            "no such offset",
            "\"utc-offset\": 0",
            "\"utc-offset\": 999999999",
        ),
        (
            "too much memory",
            "\"memory-mib\": 64",
            "\"memory-mib\": 1025",
        ),
        (
            "too much time",
            "\"deadline-milliseconds\": 2000",
            "\"deadline-milliseconds\": 60001",
        ),
        (
            "no such server",
            "\"secret-server\": \"SSO01\"",
            "\"secret-server\": \"10.0.0.1\"",
        ),
        ("null settings", "\"quorum\": 2", "\"quorum\": null"),
        (
            "no promotion of it",
            "\"secret-server\": \"SSO01\"",
            "\"secret-server\": \"SSO02\"",
        ),
    ] {
        let change = |text: &str| text.replacen(from, to, 1);
        let name = forged(&site, "e.tar", "question.json", &change);
        let run = replay(&site, &name, 6);
        told += &format!("{what}\n{}\n", run.err);
    }
    snapshot("evidence-refused", told);
    // The highest numbers there are do no harm.
    for (from, to) in [
        (
            "\"highest-term\": 1",
            "\"highest-term\": 18446744073709551615",
        ),
        (
            "\"now\": \"2026-03-04T05:06:07Z\"",
            "\"now\": \"9999-12-30T22:00:00.999999999Z\"",
        ),
        ("\"created\": \"2026", "\"created\": \"9998"),
        ("\"mode\": 384", "\"mode\": 4294967295"),
    ] {
        let change = |text: &str| text.replacen(from, to, 1);
        let name = forged(&site, "e.tar", "question.json", &change);
        let run = site.run(&["replay", &name]);
        assert!(
            matches!(run.exit, Some(0 | 1)),
            "{to}: {}",
            run.transcript()
        );
    }
}

#[test]
fn parts_that_are_missing_or_do_not_belong_are_refused() {
    let site = site();
    let _denied = site.run(&promotion("e.tar")).exits(3);
    let (whole, _) = Bundle::open(&site.path("e.tar"), FORM).expect("a bundle");
    let mut changed: Vec<Bundle> = [
        "verdict.json",
        "findings.json",
        "updates/001.xml",
        "plugins/judge.wasm",
    ]
    .map(|name| {
        let mut bundle = whole.clone();
        let _taken = bundle.take(name).expect(name);
        bundle
    })
    .to_vec();
    for name in ["regent.toml", "updates/002.xml", "plugins/other.wasm"] {
        let mut bundle = whole.clone();
        bundle.add(name, "more");
        changed.push(bundle);
    }
    let mut refusals = Vec::new();
    for bundle in changed {
        let error = Evidence::read(bundle).expect_err("it is not whole");
        assert!(error.help().is_some());
        refusals.push(error.to_string());
    }
    let other = whole.bytes("regent/plugins/1").expect("a bundle");
    source::replace(&site.path("forged.tar"), &other).expect("a file");
    let run = replay(&site, "forged.tar", 6);
    refusals.push(run.err);
    snapshot("evidence-incomplete", refusals.join("\n"));
}

/// What is refused is not evaluated, so nothing is taken for the same; the digests see to that.
#[test]
fn every_bit_and_every_cut_is_noticed() {
    let site = site();
    let _denied = site.run(&promotion("e.tar")).exits(3);
    let whole = bytes(&site, "e.tar");
    let read = |bytes: &[u8]| Evidence::read(Bundle::read(bytes, FORM)?).map(drop);
    read(&whole).expect("it was written");
    let step = if long() { 1 } else { 7 };
    for at in (0..whole.len()).step_by(step) {
        let mut altered = whole.clone();
        altered[at] ^= 1 << (at % 8);
        assert!(
            matches!(read(&altered), Err(EvidenceError::Bundle(_))),
            "bit at {at}"
        );
        assert!(read(&whole[..at]).is_err(), "cut at {at}");
    }
    // And the command says so.
    for at in [0, 100, 512, 600, 5_000, whole.len() - 600, whole.len() - 1] {
        let mut altered = whole.clone();
        altered[at] ^= 0x10;
        for bytes in [&altered[..], &whole[..at]] {
            source::replace(&site.path("altered.tar"), bytes).expect("a file");
            let run = site.run(&["replay", "altered.tar"]).exits(6);
            assert!(run.err.contains("help: "), "{}", run.err);
        }
    }
    let told = ["altered.tar", "missing.tar", "vaults", "update.xml"].map(|name| {
        let run = site.run(&["replay", name]).exits(6);
        run.err
    });
    snapshot("evidence-unreadable", told.concat());
}

/// The settings' own rules are part of what was decided, and suppressions expire by the day it was
/// decided on.
#[test]
fn groups_and_suppressions_are_kept_and_hold_on_the_day_it_was_decided() {
    let site = Site::ready();
    probe(&site, "reader", &validator("abstains"), "");
    probe(&site, "judge", &promoter("denies"), "");
    probe(&site, "lenient", &promoter("sound"), "");
    probe(&site, "idle", &promoter("denies"), "enforcement = \"off\"");
    site.configure(
        "[[group]]\nname = \"two\"\nplugins = [\"judge\", \"lenient\"]\nrequire = \"any\"\n",
    );
    site.configure(
        "[[suppress]]\ncode = \"policy/reader/checked\"\nreason = \"known\"\nuntil = 2026-03-04\n",
    );
    let mut words = vec!["plan", "update.xml", "--restore-file", "secret.bak"];
    words.extend(["--password-file", "password", "--evidence", "relaxed.tar"]);
    let planned = site.run(&words).exits(0);
    let again = replay(&site, "relaxed.tar", 0);
    snapshot(
        "evidence-composed",
        format!("{}\n{}", planned.transcript(), again.transcript()),
    );
    let question: serde_json::Value =
        serde_json::from_str(&part(&site, "relaxed.tar", "question.json")).expect("it is JSON");
    assert_eq!(question["groups"][0]["name"], "two");
    assert_eq!(question["suppressions"][0]["reason"], "known");
    let findings: serde_json::Value =
        serde_json::from_str(&part(&site, "relaxed.tar", "findings.json")).expect("it is JSON");
    assert_eq!(findings[0]["findings"].as_array().map(Vec::len), Some(0));
    assert_eq!(
        findings[0]["suppressed"][0]["code"],
        "policy/reader/checked"
    );
    // Another composition than that which decided is refused, or decides otherwise.
    for (from, to) in [
        ("\"lenient\"\n      ]", "\"nobody\"\n      ]"),
        ("\"lenient\"\n      ]", "\"judge\"\n      ]"),
        (
            "\"any\"",
            "{\n        \"at-least\": 18446744073709551615\n      }",
        ),
        ("\"any\"", "{\n        \"at-least\": 0\n      }"),
        ("\"until\": \"2026-03-04\"", "\"until\": \"2026-03-03\""),
        ("\"until\": \"2026-03-04\"", "\"until\": \"2026-02-30\""),
    ] {
        let change = |text: &str| text.replacen(from, to, 1);
        let name = forged(&site, "relaxed.tar", "question.json", &change);
        let run = site.run(&["replay", &name]);
        assert!(
            matches!(run.exit, Some(1 | 6)),
            "{to}: {}",
            run.transcript()
        );
    }
    // Where it has expired by the day that it names, the finding is there again.
    let later =
        |text: &str| text.replacen("\"today\": \"2026-03-04\"", "\"today\": \"2026-03-05\"", 1);
    let name = forged(&site, "relaxed.tar", "question.json", &later);
    let run = replay(&site, &name, 1);
    assert!(run.out.contains("the findings differ"), "{}", run.out);
}

/// There are as many update files as a bundle holds, and no more.
#[test]
fn what_is_written_can_be_read_however_much_it_is() {
    let site = Site::empty();
    site.write("update.xml", &crate::support::update_file("SSO02"));
    let many = |count: usize| {
        let names = ["update.xml"].repeat(count);
        [&["check"], &names[..], &["--evidence", "e.tar"]].concat()
    };
    let run = site.run(&many(1_999)).exits(6);
    insta::assert_snapshot!(run.err, @r"
    error: cannot write the evidence e.tar
    cause: it holds more than the 2000 files that a bundle may hold
     help: put less into one bundle
    ");
    let _checked = site.run(&many(1_998)).exits(0);
    let _same = replay(&site, "e.tar", 0);
}

#[test]
fn another_component_than_was_asked_is_not_kept() {
    let components = Components::new();
    let plugin = components.plugin("rule", &Probe::of("sound").bytes(), "");
    let policy = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| ());
    let policy = policy.expect("a policy");
    let question = || Question {
        system: None,
        server: None,
        today: jiff::civil::date(2026, 3, 4),
        files: Vec::new(),
        promotion: None,
    };
    let answer = Answer {
        files: Vec::new(),
        verdict: None,
    };
    Evidence::new(&policy, question(), &answer).expect("it is the same");
    components.put("rule", &Probe::of("denies").bytes());
    let error = Evidence::new(&policy, question(), &answer).expect_err("another");
    assert!(matches!(error, EvidenceError::Policy(_)), "{error}");
}

/// What is said of a file does not depend on where it lies.
#[test]
fn a_plugin_is_told_the_files_name_alone() {
    let (file, _) = update_file();
    for path in ["update.xml", "/srv/changes/update.xml", "./update.xml"] {
        assert_eq!(
            source::base_name(file.clone().named(path).name()),
            "update.xml"
        );
    }
}

/// These parts were written by the first regent that writes evidence, and are never written anew:
/// whoever kept them can evaluate them for ever.
#[test]
fn evidence_of_the_first_form_is_read_for_ever() {
    let mut bundle = Bundle::default();
    for (name, text) in [
        (
            "question.json",
            include_str!("../../fixtures/evidence/question.json"),
        ),
        (
            "findings.json",
            include_str!("../../fixtures/evidence/findings.json"),
        ),
        (
            "verdict.json",
            include_str!("../../fixtures/evidence/verdict.json"),
        ),
        ("updates/001.xml", &crate::support::update_file("SSO02")),
    ] {
        bundle.add(name, text);
    }
    bundle.add("plugins/reader.wasm", validator("abstains").bytes());
    bundle.add("plugins/judge.wasm", promoter("denies").bytes());
    let evidence = Evidence::read(bundle).expect("it was written once");
    let (_, said) = evidence.replay(&|_| ()).expect("it can be evaluated");
    assert_eq!(said, evidence.said);
}
