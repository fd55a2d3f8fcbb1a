//! A service that hangs or fails, and a candidate that is lost for good.

use super::attack::{Action, Pass, attack};
use super::scene::{End, Scene, end, opened, picture, roles, said};
use crate::support::{Site, mode};

/// Puts something before the service's own script.
fn first(site: &Site, name: &str, text: &str) {
    site.write(name, &format!("#!/bin/sh\n{text}\n"));
    mode(&site.path(name), 0o700);
}

/// Settings with short deadlines: the operator's patience is not what is tested.
fn hasty(site: &Site) {
    let settings = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    let settings = settings
        .replace("[service]", "[service]\ntimeout-seconds = 3")
        .replace("\"./restart.sh\"", "\"./first.sh\"")
        .replace(
            "\"test\", \"-s\", \"service.log\"] }",
            "\"./probe.sh\"], timeout-seconds = 3 }",
        );
    site.write("regent.toml", &settings);
    first(site, "first.sh", "exec ./restart.sh");
    first(site, "probe.sh", "exec test -s service.log");
}

#[test]
fn a_service_that_hangs_or_fails_is_ended_in_time_and_everything_undone() {
    needs!(Flock);
    // Each does it once: the service that is restarted on the way back runs.
    let once = "[ -e tried ] || { touch tried; TROUBLE; }";
    for (script, trouble, told) in [
        (
            "first.sh",
            "exec sleep 600",
            "did not end within 3 s and was stopped",
        ),
        (
            "first.sh",
            "echo masked; exit 3",
            "failed with exit status 3: masked",
        ),
        ("first.sh", "kill -9 $$", "was killed by signal 9"),
        ("probe.sh", "exec sleep 600", "was not ready within 3 s"),
        (
            "probe.sh",
            "./restart.sh; exec sleep 600",
            "was not ready within 3 s",
        ),
    ] {
        let Scene { site, before } = Scene::fresh();
        hasty(&site);
        let rest = if script == "first.sh" {
            "exec ./restart.sh"
        } else {
            "exec true"
        };
        let trouble = once.replace("TROUBLE", trouble);
        first(&site, script, &format!("{trouble}\n{rest}"));
        let run = site.run(&Site::promotion()).exits(4);
        assert!(said(&run).contains(told), "{told}\n{}", run.transcript());
        assert_eq!(end(&site, &before), End::AsBefore, "{trouble}");
        assert_eq!(roles(&site).last().map(String::as_str), Some("SSO01"));
        site.run(&Site::promotion()).exits(0);
        assert_eq!(end(&site, &before), End::Promoted, "{trouble}");
    }
}

#[test]
fn a_service_that_never_comes_back_is_told_and_the_rest_undone() {
    needs!(Flock);
    let Scene { site, before } = Scene::fresh();
    hasty(&site);
    first(
        &site,
        "first.sh",
        "[ -e up ] || exec sleep 600\nexec ./restart.sh",
    );
    let run = site.run(&Site::promotion()).exits(4);
    let told = "the SSO service on SSO02 does not run";
    assert!(said(&run).contains(told), "{}", run.transcript());
    assert_eq!(end(&site, &before), End::AsBefore);
    site.write("up", "");
    site.run(&Site::promotion()).exits(0);
    assert_eq!(end(&site, &before), End::Promoted);
}

#[test]
fn a_lost_candidate_gives_the_name_back() {
    needs!(Flock);
    let Scene { site, .. } = Scene::fresh();
    let killed = Pass {
        point: "journal/verify/started/after".to_owned(),
        number: 1,
    };
    attack(&site, &killed, Action::Kill, &Site::promotion());

    // Another computer: its own vaults and service, and the same database.
    site.write(
        "other/regent.toml",
        "database = \"sqlite:../credential.db\"\nserver = \"SSO01\"\n",
    );
    std::fs::rename(site.path("vaults/sso01"), site.path("other/sso01")).expect("its vault");
    let here = ["--config", "other/regent.toml"];
    let there = picture(&site);
    let refused = site
        .run(&[&here[..], &["abort", "--yes"]].concat())
        .exits(7);
    insta::assert_snapshot!(refused.err, @r"
    error: SSO02 is to be promoted, but this is SSO01
     help: run the command on SSO02; where one computer serves several names, say --server SSO02. If
           SSO02 is lost for good, `regent --config other/regent.toml --server SSO02 abort` undoes its
           promotion from here
    ");
    assert!(picture(&site) == there, "a refusal changes nothing");

    let gone = [&here[..], &["--server", "SSO02", "abort", "--yes"]].concat();
    let run = site.run(&gone).exits(4);
    insta::assert_snapshot!(run.out, @r"
      verify           undo-started
      verify           undone
      restore-secret   undo-started
      restore-secret   undone
      restart-service  undo-started
      restart-service  undone
      update-database  undo-started
      update-database  undone  master secret server: SSO01 again

    + undone: everything is as before, SSO01 is the master secret server
      promotion  74bff204de43b4a2
    if you restarted the SSO service on SSO02, restart it again
        regent --config other/regent.toml --server SSO02 status
    ");
    assert!(!site.path("other/vaults/sso02").exists());
    let state = opened(&site).state().expect("a state");
    assert_eq!((state.master().as_str(), state.term.0), ("SSO01", 1));

    for act in ["remove", "add"] {
        let server = ["server", act, "SSO02"];
        site.run(&[&here[..], &server].concat()).exits(0);
    }

    // Should it come back, what it holds is of a term that is over, and goes with its next promotion.
    let backup = [
        "secret",
        "backup",
        "stolen.bak",
        "--password-file",
        "password",
    ];
    let fenced = site.run(&backup).exits(7);
    insta::assert_snapshot!(fenced.err, @r"
    error: SSO02 is not the master secret server; SSO01 is
     help: run this on SSO01, or promote SSO02 with `regent promote UPDATE-FILE --restore-file BACKUP`
    ");
    assert!(!site.path("stolen.bak").exists());
    site.run(&Site::promotion()).exits(0);
    let held = std::fs::read_dir(site.path("vaults/sso02")).expect("a vault");
    let mut held: Vec<_> = held.map(|file| file.expect("a file").file_name()).collect();
    held.sort();
    assert_eq!(held, ["current.vault", "machine.key"]);
}
