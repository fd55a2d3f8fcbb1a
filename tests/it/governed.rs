//! A system is governed by the rules that its database remembers, wherever somebody stands and
//! whatever lies there.

use serde_json::Value;

use crate::rules::{fits, probe, promoter, validator};
use crate::support::{Run, Site, update_file};

/// Puts SSO01 back into its place, acting on it.
const BACK: [&str; 9] = [
    "--server",
    "SSO01",
    "promote",
    "back.xml",
    "--restore-file",
    "secret.bak",
    "--password-file",
    "password",
    "--yes",
];

/// Restores the master secret where the master is.
const RESTORE: [&str; 5] = [
    "secret",
    "restore",
    "secret.bak",
    "--password-file",
    "password",
];

/// A site whose one rule approves everything.
fn ruled() -> Site {
    let site = Site::ready();
    site.write("back.xml", &update_file("SSO01"));
    site.write("move.xml", &update_file("SSO01"));
    probe(&site, "judge", &promoter("sound"), "");
    site
}

/// The same after a promotion: the rule governs, and SSO02 is the master.
fn governed() -> Site {
    let site = ruled();
    let _promoted = site.run(&Site::promotion()).exits(0);
    site
}

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

fn json(site: &Site, arguments: &[&str]) -> Value {
    site.run(&with(arguments, &["--format", "json"]))
        .exits(0)
        .json()
}

/// Runs an act that the rules which govern forbid: nothing changes, and every way on is said.
#[track_caller]
fn refused(site: &Site, arguments: &[&str]) -> Run {
    let (before, vaults) = (site.dump(), vaults(site));
    let run = site.run(arguments).exits(7);
    assert_eq!(site.dump(), before, "a refusal changes nothing");
    assert_eq!(self::vaults(site), vaults, "a refusal writes no vault");
    let said = unbroken(&run.err);
    for way in [
        " policy show`",
        "--config FILE",
        " policy publish --reason TEXT",
        "--overrule REASON",
        " resume`",
    ] {
        assert!(said.contains(way), "{way}\n{}", run.err);
    }
    run
}

/// Every file of the vaults with its bytes.
fn vaults(site: &Site) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![site.path("vaults")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((
                    path.display().to_string(),
                    std::fs::read(&path).expect("a file"),
                ));
            }
        }
    }
    found.sort();
    found
}

/// Text as it was said, wherever its lines were broken.
fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `status` says for people.
fn status(site: &Site) -> String {
    unbroken(&site.run(&["status"]).exits(0).out)
}

fn settings(site: &Site) -> String {
    std::fs::read_to_string(site.path("regent.toml")).expect("settings")
}

#[test]
fn the_first_act_under_rules_makes_them_govern() {
    let site = ruled();
    assert_eq!(json(&site, &["policy", "show"])["governing"], Value::Null);
    let mut dry_run = Site::promotion();
    dry_run[6] = "--dry-run";
    let _looked = site.run(&dry_run).exits(0);
    assert_eq!(
        json(&site, &["policy", "show"])["governing"],
        Value::Null,
        "a dry run changes nothing"
    );
    let _promoted = site.run(&Site::promotion()).exits(0);
    let shown = json(&site, &["policy", "show"]);
    fits(&site, "policy", &shown);
    assert_eq!(shown["governing"]["version"], 1);
    assert_eq!(shown["governing"]["digest"], shown["here"]);
    assert_eq!(shown["governing"]["rules"]["plugins"][0]["name"], "judge");
    let audit = json(&site, &["audit"]);
    let rows = audit["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["action"] == "rules-govern"));
    let status = self::status(&site);
    assert!(status.contains("version 1 governs"), "{status}");
    assert!(status.contains("nothing is to be done"), "{status}");
}

/// Whoever is refused by rules must not go on without them, though nothing was done yet.
#[test]
fn rules_that_forbid_the_first_act_govern_from_then_on() {
    let promote = Site::promotion();
    let update = ["update", "update.xml", "--yes"];
    let vendors = ["ssomanage", "-updatedb", "update.xml"];
    for (kind, act, exit) in [
        (promoter("denies"), &promote[..], 3),
        (promoter("abstains"), &promote, 3),
        (promoter("denies"), &update, 3),
        (promoter("denies"), &vendors, 3),
        (validator("denies"), &promote, 1),
        (validator("denies"), &update, 1),
    ] {
        let site = Site::ready();
        let without = settings(&site);
        probe(&site, "judge", &kind, "");
        let governing = || json(&site, &["policy", "show"])["governing"].clone();
        // Looking and trying make none govern.
        let tried = [&act[..act.len() - 1], &["--dry-run"]].concat();
        if act != vendors {
            let _tried = site.run(&tried).exits(exit);
        }
        let _planned = site.run(&["plan", "update.xml"]).exits(exit);
        assert_eq!(governing(), Value::Null);
        let run = site.run(act).exits(exit);
        assert!(
            unbroken(&run.err).contains("govern the system from now on"),
            "{}",
            run.transcript()
        );
        assert_eq!(governing()["version"], 1);
        let audit = site.run(&["audit", "--format", "json"]).exits(0).out;
        assert!(audit.contains("which they forbade"), "{audit}");
        let dump = site.dump();
        let again = site.run(act).exits(exit);
        assert!(!again.err.contains("from now on"), "{}", again.err);
        assert_eq!(
            site.dump(),
            dump,
            "a refusal by rules that govern changes nothing"
        );

        site.write("regent.toml", &without);
        let _refused = refused(&site, &promote);
        let _refused = refused(&site, &update);
        let publish = ["policy", "publish", "--reason", "fewer", "--yes"];
        if exit == 3 {
            let _denied = site.run(&publish).exits(3);
        }
        assert_eq!(site.dump(), dump);
    }
}

#[test]
fn a_rule_that_broke_and_regents_own_findings_make_none_govern() {
    let site = Site::ready();
    probe(&site, "torn", &promoter("trap"), "");
    let dump = site.dump();
    let _broken = site.run(&Site::promotion()).exits(3);
    assert_eq!(site.dump(), dump);
    site.write(
        "update.xml",
        "<sso><globalInfo><ticketTimeout>x</ticketTimeout></globalInfo></sso>",
    );
    let _wrong = site.run(&["update", "update.xml", "--yes"]).exits(1);
    assert_eq!(site.dump(), dump);
}

/// That the rules forbade it stands, whether or not it can be written down.
#[test]
fn a_refusal_that_cannot_be_written_down_is_one() {
    let site = Site::ready();
    probe(&site, "judge", &promoter("denies"), "");
    let dump = site.dump();
    for fault in ["before=error", "after=error"] {
        let fault = format!("database/forbidden/{fault}");
        let copy = site.copied();
        let run = copy.run_with(&[("REGENT_TEST_FAULT", &fault)], &Site::promotion());
        let run = run.exits(3);
        assert!(
            run.err.contains("could not be written down"),
            "{fault}: {}",
            run.err
        );
        let again = copy.run(&Site::promotion()).exits(3);
        assert_eq!(
            again.err.contains("from now on"),
            copy.dump() != dump && fault.contains("before")
        );
    }
}

#[test]
fn a_site_without_rules_is_governed_by_none_and_says_so() {
    let site = Site::ready();
    let check = site.run(&["check", "update.xml"]).exits(0).out;
    assert!(
        check.contains("no rule of the organisation is asked here: regent.toml has no [[plugin]]"),
        "{check}"
    );
    let _promoted = site.run(&Site::promotion()).exits(0);
    assert_eq!(json(&site, &["policy", "show"])["governing"], Value::Null);
    let status = self::status(&site);
    assert!(
        status.contains("no rule of the organisation is asked here"),
        "{status}"
    );
    let doctor = json(&site, &["doctor"]);
    let codes = doctor["findings"].as_array().expect("findings").iter();
    assert!(
        codes
            .map(|finding| &finding["code"])
            .any(|code| code == "doctor/rules-unasked")
    );
    let journal = site.run(&["journal"]).exits(0).out;
    assert!(journal.contains("no rule was asked"), "{journal}");
    let rules = &json(&site, &["journal"])["promotions"][0]["rules"];
    assert_eq!(rules["plugins"], serde_json::json!([]));
    let audit = site.run(&["audit", "--format", "json"]).exits(0).out;
    assert!(audit.contains("; no rule was asked"), "{audit}");
}

#[test]
fn other_rules_fewer_rules_and_none_are_refused() {
    let site = governed();
    let text = settings(&site);
    let (alone, _) = text.split_once("\n[[plugin]]").expect("a plugin");
    let component = std::fs::read(site.path("plugins/judge.wasm")).expect("a component");
    let digest = regent::identity::Digest::of(&component).to_string();
    let off = text.replace(
        "name = \"judge\"",
        "name = \"judge\"\nenforcement = \"off\"",
    );
    let warn = text.replace(
        "name = \"judge\"",
        "name = \"judge\"\nenforcement = \"warn\"",
    );
    let limit = format!("{text}limits.fuel = 70_000\n");
    let approver = format!(
        "{text}\n[[approver]]\nname = \"mallory\"\nkey = \"ssh-ed25519 {}\"\n",
        "AAAAC3NzaC1lZDI1NTE5AAAAIJdJ8jRNcO1e3yr5f4yGFKQ2Q7lbbLQhz0m0dYnKqLrM"
    );
    let suppress = format!(
        "{text}\n[[suppress]]\ncode = \"policy/judge/checked\"\nreason = \"why\"\nuntil = 2030-01-01\n"
    );
    let told = format!("{text}\n[plugin.settings]\nhours = 24\n");
    let mut said = String::new();
    for (what, settings) in [
        ("no plugin", alone),
        ("off", &off),
        ("warn", &warn),
        ("another limit", &limit),
        ("another approver", &approver),
        ("a suppression", &suppress),
        ("other settings", &told),
    ] {
        site.write("regent.toml", settings);
        let refusal = refused(&site, &BACK).err.replace(&digest, "[digest]");
        said.push_str(&format!("{what}:\n{refusal}"));
        let _refused = refused(&site, &["update", "move.xml", "--yes"]);
        let _refused = refused(&site, &["ssomanage", "-updatedb", "move.xml"]);
        let _refused = refused(&site, &RESTORE);
        let doctor = site.run(&["doctor"]).exits(1).out;
        assert!(doctor.contains("rules-differ"), "{what}: {doctor}");
        let status = self::status(&site);
        assert!(
            status.contains("are not the ones that govern"),
            "{what}: {status}"
        );
        assert!(
            !status.contains("nothing is to be done"),
            "{what}: {status}"
        );
    }
    site.write("regent.toml", &text);
    let other = promoter("sound").summary("Another one").bytes();
    fs_err::write(site.path("plugins/judge.wasm"), other).expect("a file");
    let swapped = refused(&site, &BACK).err;
    assert!(swapped.contains("plugins.judge.component"), "{swapped}");
    fs_err::write(site.path("plugins/judge.wasm"), component).expect("a file");
    let _locked = site.run(&["plugin", "lock"]).exits(0);
    let locked = refused(&site, &BACK).err;
    assert!(locked.contains("plugins.judge.locked"), "{locked}");
    std::fs::remove_file(site.path("regent.lock")).expect("a lock");
    crate::snapshot!("governed", "refused", said);
    let _by_the_rules = site.run(&BACK).exits(0);
}

#[test]
fn from_another_folder_the_rules_are_asked_or_nothing_is_done() {
    let site = governed();
    site.write("elsewhere/back.xml", &update_file("SSO01"));
    let before = site.dump();
    let act = |more: &[&str], words: &[&str], exit: i32| {
        let url = "sqlite:../credential.db";
        let words = [&["--database", url, "--server", "SSO01"][..], more, words].concat();
        let mut command = site.command(&words);
        command.current_dir(site.path("elsewhere"));
        crate::support::run(&mut command).exits(exit)
    };
    let promote = [
        "promote",
        "back.xml",
        "--restore-file",
        "../secret.bak",
        "--password-file",
        "../password",
        "--yes",
    ];
    let none = act(&[], &promote, 7);
    assert!(none.err.contains("--config FILE"), "{}", none.err);
    let none = act(&[], &with(&promote, &["--overrule", "because"]), 7);
    assert!(none.err.contains("--config FILE"), "{}", none.err);
    let moved = act(&[], &["update", "back.xml", "--yes"], 7).err;
    assert!(moved.contains("no rule is asked here"), "{moved}");
    site.write("elsewhere/regent.toml", "vault = \"vaults\"\n");
    let stray = act(&[], &promote, 7).err;
    assert!(stray.contains("no rule is asked here"), "{stray}");
    assert_eq!(site.dump(), before);
    assert!(!site.path("elsewhere/vaults").exists(), "no stray vault");
    let _named = act(&["--config", "../regent.toml"], &promote, 0);
}

#[test]
fn without_settings_no_vault_is_written_though_nothing_governs() {
    let site = Site::ready();
    std::fs::rename(site.path("regent.toml"), site.path("other.toml")).expect("a rename");
    let with_database = ["--database", "sqlite:credential.db", "--server", "SSO01"];
    let vaults = vaults(&site);
    for act in [
        &["secret", "generate", "x.bak", "--password-file", "password"][..],
        &RESTORE,
    ] {
        let refused = site.run(&[&with_database[..], act].concat()).exits(7);
        assert!(refused.err.contains("--config FILE"), "{}", refused.err);
    }
    let here = ["--database", "sqlite:credential.db", "--server", "SSO02"];
    let refused = site.run(&[&here[..], &Site::promotion()].concat()).exits(7);
    assert!(refused.err.contains("--config FILE"), "{}", refused.err);
    assert_eq!(self::vaults(&site), vaults);
    assert!(!site.path("x.bak").exists());
    let named = [&["--config", "other.toml"][..], &Site::promotion()].concat();
    let _promoted = site.run(&named).exits(0);
}

#[test]
fn an_overruling_is_kept_and_shown_until_the_rules_are_back() {
    let site = governed();
    let text = settings(&site);
    let needless = site.run(&with(&BACK, &["--overrule", "because"])).exits(2);
    assert!(
        needless.err.contains("nothing to overrule"),
        "{}",
        needless.err
    );
    let blank = site.run(&with(&BACK, &["--overrule", " "])).exits(2);
    assert!(blank.err.contains("it is blank"), "{}", blank.err);

    let off = text.replace(
        "name = \"judge\"",
        "name = \"judge\"\nenforcement = \"off\"",
    );
    site.write("regent.toml", &off);
    let _overruled = site
        .run(&with(&BACK, &["--overrule", "SSO02 burns"]))
        .exits(0);
    let journal = &json(&site, &["journal"])["promotions"][1]["rules"];
    assert_eq!(journal["overruled"]["reason"], "SSO02 burns");
    assert_eq!(journal["plugins"][0]["word"], Value::Null);
    let audit = json(&site, &["audit"]);
    let rows = audit["rows"].as_array().expect("rows");
    let overruled = rows.iter().find(|row| row["action"] == "rules-overruled");
    let detail = overruled.expect("a row")["detail"].as_str().expect("text");
    assert!(detail.contains("reason: SSO02 burns"), "{detail}");
    site.write("regent.toml", &text);
    let status = self::status(&site);
    assert!(status.contains("SSO02 burns"), "{status}");
    assert!(!status.contains("nothing is to be done"), "{status}");
    assert!(site.run(&["doctor"]).out.contains("rules-overruled"));
    assert!(site.dump().contains("SSO02 burns"));

    let _by_the_rules = site.run(&Site::promotion()).exits(0);
    let status = self::status(&site);
    assert!(!status.contains("SSO02 burns"), "{status}");
    assert!(status.contains("nothing is to be done"), "{status}");
    let _verified = site.run(&["audit", "verify"]).exits(0);
}

#[test]
fn every_promotion_and_move_says_which_rules_were_asked_and_what_each_said() {
    let site = ruled();
    probe(
        &site,
        "trial",
        &promoter("denies"),
        "enforcement = \"warn\"",
    );
    probe(&site, "idle", &promoter("denies"), "enforcement = \"off\"");
    probe(&site, "still", &promoter("abstains"), "");
    probe(&site, "torn", &promoter("trap"), "enforcement = \"warn\"");
    let _promoted = site.run(&Site::promotion()).exits(0);
    let _moved = site.run(&["update", "move.xml", "--yes"]).exits(0);
    let journal = json(&site, &["journal"]);
    fits(&site, "journal", &journal);
    let words = |rules: &Value| -> Vec<(String, Value)> {
        let plugins = rules["plugins"].as_array().expect("plugins").iter();
        plugins
            .map(|plugin| {
                let component = plugin["component"].as_str().expect("a digest");
                assert_eq!(component.len(), 64);
                assert_eq!(plugin["version"], "1.2.3");
                (
                    plugin["name"].as_str().expect("a name").to_owned(),
                    plugin["word"].clone(),
                )
            })
            .collect()
    };
    let expected: Vec<(String, Value)> = [
        ("judge", "approve".into()),
        ("trial", "deny".into()),
        ("idle", Value::Null),
        ("still", "abstain".into()),
        ("torn", "broken".into()),
    ]
    .map(|(name, word)| (name.to_owned(), word))
    .to_vec();
    assert_eq!(words(&journal["promotions"][0]["rules"]), expected);
    assert_eq!(words(&journal["moves"][0]["rules"]), expected);
    assert_eq!(journal["moves"][0]["candidate"], "SSO01");
    let governing = &json(&site, &["policy", "show"])["governing"];
    assert_eq!(
        journal["promotions"][0]["rules"]["rules"],
        governing["digest"]
    );
    let audit = json(&site, &["audit"]);
    for action in ["promote-begin", "update"] {
        let rows = audit["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["action"] == action);
        let detail = row.expect("a row")["detail"].as_str().expect("text");
        for said in [
            "judge 1.2.3 (",
            "deny): approve",
            "warn): broken",
            "off): not asked",
        ] {
            assert!(detail.contains(said), "{action}: {said}\n{detail}");
        }
    }
    let human = site.run(&["journal"]).exits(0).out;
    assert!(human.contains("moved by name alone"), "{human}");
    assert!(human.contains("still 1.2.3 ("), "{human}");
    assert!(site.dump().contains("\njudgement\n  SSO01 → SSO02"));
}

#[test]
fn rules_change_by_leave_of_those_that_govern() {
    let site = governed();
    let publish = ["policy", "publish", "--reason", "a second rule", "--yes"];
    let same = site.run(&publish).exits(0).out;
    assert!(same.contains("govern already"), "{same}");
    probe(&site, "strict", &promoter("denies"), "");
    let _refused = refused(&site, &BACK);
    let looked = site.run(&with(&publish, &["--dry-run"])).exits(0).out;
    assert!(looked.contains("plugins.strict"), "{looked}");
    assert_eq!(json(&site, &["policy", "show"])["governing"]["version"], 1);
    let published = json(&site, &publish);
    fits(&site, "policy-publish", &published);
    assert_eq!(published["published"], 2);
    assert_eq!(published["verdict"]["approved"], true);
    let denied = site.run(&BACK).exits(3);
    assert!(denied.out.contains("strict denies"), "{}", denied.out);

    // What denies everything denies its own removal, and is overruled by name only.
    let text = settings(&site);
    let (without, _) = text.rsplit_once("\n[[plugin]]").expect("a plugin");
    site.write("regent.toml", without);
    let publish = ["policy", "publish", "--reason", "too strict", "--yes"];
    let before = site.dump();
    let denied = site.run(&publish).exits(3);
    assert!(denied.out.contains("--overrule REASON"), "{}", denied.out);
    assert_eq!(site.dump(), before);
    let _overruled = site
        .run(&with(&publish, &["--overrule", "decided by the board"]))
        .exits(0);
    let status = self::status(&site);
    assert!(status.contains("decided by the board"), "{status}");
    let _by_the_rules = site.run(&BACK).exits(0);
    let status = self::status(&site);
    assert!(!status.contains("decided by the board"), "{status}");
    let audit = site.run(&["audit", "--format", "json"]).exits(0).out;
    assert!(audit.contains("strict 1.2.3 ("), "{audit}");
}

#[test]
fn rules_that_are_out_of_reach_are_asked_for_by_name() {
    let site = governed();
    let former = site.path("plugins/judge.wasm");
    std::fs::create_dir(site.path("kept")).expect("a folder");
    std::fs::rename(&former, site.path("kept/former.wasm")).expect("a rename");
    let newer = promoter("sound").summary("Another one").bytes();
    fs_err::write(&former, newer).expect("a file");
    let publish = ["policy", "publish", "--reason", "a new version", "--yes"];
    let missing = unbroken(&site.run(&publish).exits(3).out);
    assert!(missing.contains("is not within reach"), "{missing}");
    assert!(missing.contains("--component FILE"), "{missing}");
    let copy = site.copied();
    let by_name = with(&publish, &["--component", "kept/former.wasm"]);
    assert_eq!(json(&site, &by_name)["published"], 2);
    let overruled = json(&copy, &with(&publish, &["--overrule", "it is lost"]));
    assert_eq!(overruled["overruled"], "it is lost");
    assert_eq!(overruled["published"], 2);
}

#[test]
fn an_unfinished_promotion_can_be_finished_and_undone_under_any_rules() {
    for (act, master) in [("resume", "SSO02"), ("abort", "SSO01")] {
        let site = ruled();
        let fault = (
            "REGENT_TEST_FAULT",
            "journal/restart-service/succeeded/after=kill",
        );
        let killed = site.run_with(&[fault], &Site::promotion());
        assert_ne!(killed.exit, Some(0), "{}", killed.transcript());
        let text = settings(&site);
        let (without, _) = text.rsplit_once("\n[[plugin]]").expect("a plugin");
        site.write("regent.toml", without);
        let publish = ["policy", "publish", "--reason", "fewer", "--yes"];
        let waits = site.run(&publish).exits(7).err;
        assert!(waits.contains("unfinished"), "{waits}");
        let done = if act == "abort" {
            vec![act, "--yes"]
        } else {
            vec![act]
        };
        let exit = if act == "abort" { 4 } else { 0 };
        let _done = site.run(&done).exits(exit);
        let status = json(&site, &["status"]);
        assert_eq!(status["state"]["info"]["secret-server"], master);
    }
}

#[test]
fn settings_and_lock_of_another_system_are_refused_with_both_named() {
    let site = Site::empty();
    site.write("password", crate::support::PASSWORD);
    // Sites whose commands are counted alike are given one id.
    let _counted = site.run(&["schema"]).exits(0);
    let _made = site
        .run(&["init", "--master", "SSO01", "--server", "SSO01"])
        .exits(0);
    let text = settings(&site);
    let id = json(&site, &["status"])["state"]["id"].clone();
    let id = id.as_str().expect("an id");
    assert!(text.starts_with(&format!("system = \"{id}\"\n")), "{text}");

    let other = Site::ready();
    let other_id = json(&other, &["status"])["state"]["id"].clone();
    let other_id = other_id.as_str().expect("an id");
    let url = format!("sqlite:{}", other.path("credential.db").display());
    let before = (other.dump(), site.dump());
    let acts: [&[&str]; 4] = [
        &["secret", "generate", "x.bak", "--password-file", "password"],
        &["status"],
        &["server", "add", "SSO09"],
        &["enable"],
    ];
    for act in acts {
        let refused = site
            .run(&[&["--database", &url][..], act].concat())
            .exits(7);
        let said = refused.err.split_whitespace().collect::<String>();
        for named in [id, other_id, "regent.toml", "--configFILE"] {
            assert!(said.contains(named), "{named}\n{}", refused.err);
        }
    }
    assert_eq!((other.dump(), site.dump()), before);
    let doctor = site.run(&["--database", &url, "doctor"]).exits(1).out;
    assert!(doctor.contains("other-system"), "{doctor}");

    // Settings of earlier days say nothing; what was locked since then does.
    let unbound = text.split_once('\n').expect("lines").1;
    site.write("regent.toml", unbound);
    let doctor = site.run(&["doctor"]).out;
    assert!(doctor.contains(&format!("system = \"{id}\"")), "{doctor}");
    probe(&site, "judge", &promoter("sound"), "");
    let _locked = site.run(&["plugin", "lock"]).exits(0);
    let lock = std::fs::read_to_string(site.path("regent.lock")).expect("a lock");
    assert!(lock.contains(&format!("system = \"{id}\"")), "{lock}");
    let refused = site.run(&["--database", &url, "status"]).exits(7).err;
    assert!(refused.contains("regent.lock"), "{refused}");
    let again = site.run(&["init"]).exits(6).err;
    assert!(again.contains("exists already"), "{again}");
    site.write("regent.toml", &text);
    let again = site
        .run(&["init", "--database", "sqlite:new.db"])
        .exits(7)
        .err;
    assert!(again.contains("an id of its own"), "{again}");
    assert!(!site.path("new.db").exists());
}

#[test]
fn planning_under_other_rules_warns_and_promoting_is_refused() {
    let site = governed();
    site.configure("[[approver]]\nname = \"x\"\nkey = \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdJ8jRNcO1e3yr5f4yGFKQ2Q7lbbLQhz0m0dYnKqLrM\"");
    let plan = ["plan", "back.xml", "--restore-file", "secret.bak"];
    let planned = json(&site, &plan);
    let warning = planned["warnings"][0].as_str().expect("a warning");
    assert!(
        warning.starts_with("promoting will be refused"),
        "{warning}"
    );
    let check = site.run(&["check", "back.xml"]).exits(0).out;
    assert!(check.contains("those here are others"), "{check}");
    let dry_run = [
        "--server",
        "SSO01",
        "promote",
        "back.xml",
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
        "--dry-run",
    ];
    let _refused = refused(&site, &dry_run);
}
