//! The real binary dies at every named place, and the end is promoted or as before.

use crate::promotion::lasting;
use crate::support::Site;

/// Fail points a promotion passes on its way forward.
const FORWARD: [&str; 20] = [
    "vault/stage/before-rename",
    "vault/stage/after-rename",
    "database/begin/before-commit",
    "database/begin/after-commit",
    "promotion/update-database/before",
    "database/apply-update/before-commit",
    "database/apply-update/after-commit",
    "promotion/update-database/after",
    "promotion/restart-service/before",
    "promotion/restart-service/after",
    "promotion/restore-secret/before",
    "vault/activate/before-aside",
    "vault/activate/between",
    "vault/activate/after-rename",
    "promotion/restore-secret/after",
    "promotion/verify/before",
    "promotion/verify/after",
    "database/record/before-commit",
    "database/record/after-commit",
    "vault/settle/before",
];

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Promoted,
    AsBefore,
}

/// The one function that says where a site ended; it panics where it is neither.
pub(crate) fn end(site: &Site, before: &str) -> End {
    let status = site.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["unfinished"], serde_json::Value::Null, "{status:#}");
    let vault = &status["vault"];
    let master = status["state"]["info"]["secret-server"]
        .as_str()
        .expect("a master");
    match master {
        "SSO02" => {
            assert_eq!(
                vault["current"], status["state"]["secrets"]["current"],
                "{status:#}"
            );
            assert_eq!(vault["term"], status["state"]["term"], "{status:#}");
            site.run(&[
                "secret",
                "backup",
                "proof.bak",
                "--password-file",
                "password",
            ])
            .exits(0);
            End::Promoted
        }
        "SSO01" => {
            assert!(vault.is_null(), "the candidate holds no secret: {status:#}");
            assert_eq!(lasting(&site.dump()), before);
            assert_eq!(left(site, &["before-"]), [""; 0]);
            let backup = [
                "--server",
                "SSO01",
                "secret",
                "backup",
                "proof.bak",
                "--password-file",
                "password",
            ];
            site.run(&backup).exits(0);
            End::AsBefore
        }
        other => panic!("{other} is master"),
    }
}

/// What the candidate's vault still holds under names that begin so.
pub(crate) fn left(site: &Site, beginnings: &[&str]) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(site.path("vaults/sso02")) else {
        return Vec::new();
    };
    entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| {
            beginnings
                .iter()
                .any(|beginning| name.starts_with(beginning))
        })
        .collect()
}

/// Whether a promotion was begun and is neither done nor undone.
pub(crate) fn is_unfinished(site: &Site) -> bool {
    let status = site.run(&["status", "--format", "json"]).exits(0).json();
    !status["unfinished"].is_null()
}

#[test]
fn killed_anywhere_it_resumes_to_promoted_and_aborts_to_as_before() {
    let mut passed = Vec::new();
    for point in FORWARD {
        for way in ["resume", "abort"] {
            let site = Site::ready();
            let before = lasting(&site.dump());
            let fault = format!("{point}=kill");
            let run = site.run_with(&[("REGENT_TEST_FAULT", &fault)], &Site::promotion());
            assert_eq!(run.exit, None, "{point} is passed\n{}", run.transcript());
            let end = if is_unfinished(&site) {
                let refused = site.run(&Site::promotion()).exits(7);
                assert!(
                    refused.err.contains("regent resume"),
                    "{}",
                    refused.transcript()
                );
                let words: &[&str] = if way == "resume" {
                    &["resume"]
                } else {
                    &["abort", "--yes"]
                };
                let status = if way == "resume" { 0 } else { 4 };
                site.run(words).exits(status);
                let end = end(&site, &before);
                let wanted = if way == "resume" {
                    End::Promoted
                } else {
                    End::AsBefore
                };
                assert_eq!(end, wanted, "{point}, {way}");
                end
            } else {
                end(&site, &before)
            };
            passed.push(format!("{point:<40} {way:<8} {end:?}"));
            if end == End::AsBefore {
                site.run(&Site::promotion()).exits(0);
                // What a kill left behind is gone after the next promotion at the latest.
                assert_eq!(
                    left(&site, &["before-", "staged-", ".regent-"]),
                    [""; 0],
                    "{point}"
                );
            }
        }
    }
    assert_eq!(passed.len(), FORWARD.len() * 2, "{}", passed.join("\n"));
}

#[test]
fn a_step_that_fails_is_undone() {
    for point in [
        "promotion/update-database/before",
        "database/apply-update/before-commit",
        "database/apply-update/after-commit",
        "promotion/update-database/after",
        "promotion/restart-service/before",
        "promotion/restart-service/after",
        "promotion/restore-secret/before",
        "vault/activate/before-aside",
        "vault/activate/between",
        "vault/activate/after-rename",
        "promotion/restore-secret/after",
        "promotion/verify/before",
    ] {
        let site = Site::ready();
        let before = lasting(&site.dump());
        let fault = format!("{point}=error");
        let run = site.run_with(&[("REGENT_TEST_FAULT", &fault)], &Site::promotion());
        assert_eq!(run.exit, Some(4), "{point}\n{}", run.transcript());
        assert_eq!(end(&site, &before), End::AsBefore, "{point}");
        site.run(&Site::promotion()).exits(0);
    }
}

#[test]
fn what_cannot_be_undone_is_stuck_until_a_human_mends_it() {
    let site = Site::ready();
    let before = lasting(&site.dump());
    let fault = "promotion/restore-secret/after=error,promotion/restore-secret/undo-before=error";
    let run = site
        .run_with(&[("REGENT_TEST_FAULT", fault)], &Site::promotion())
        .exits(5);
    crate::snapshot!("promotion", "stuck", run.transcript());
    site.run(&["abort", "--yes"]).exits(4);
    assert_eq!(end(&site, &before), End::AsBefore);
}

#[test]
fn killed_while_aborting_it_aborts_again() {
    for point in [
        "promotion/restore-secret/undo-before",
        "promotion/restore-secret/undo-after",
        "promotion/update-database/undo-before",
        "database/undo-update/before-commit",
        "database/undo-update/after-commit",
        "promotion/update-database/undo-after",
    ] {
        let site = Site::ready();
        let before = lasting(&site.dump());
        let run = site.run_with(
            &[("REGENT_TEST_FAULT", "promotion/verify/before=kill")],
            &Site::promotion(),
        );
        assert_eq!(run.exit, None);
        let fault = format!("{point}=kill");
        let run = site.run_with(&[("REGENT_TEST_FAULT", &fault)], &["abort", "--yes"]);
        assert_eq!(run.exit, None, "{point}\n{}", run.transcript());
        if is_unfinished(&site) {
            // What is on its way back never turns round: resume goes on undoing.
            site.run(&["resume"]).exits(4);
        }
        assert_eq!(end(&site, &before), End::AsBefore, "{point}");
    }
}

#[test]
fn an_interrupt_ends_after_the_step_under_way_and_says_how_to_go_on() {
    use nix::sys::signal::{Signal, kill};
    use nix::sys::stat::Mode;
    use nix::unistd::{Pid, mkfifo};

    let site = Site::ready();
    let before = lasting(&site.dump());
    for fifo in ["entered", "gate"] {
        mkfifo(&site.path(fifo), Mode::from_bits_truncate(0o600)).expect("a named pipe");
    }
    site.write("restart.sh", "#!/bin/sh\necho > entered\ncat gate\n");
    crate::support::mode(&site.path("restart.sh"), 0o700);
    site.configure("[service]\nrestart = { command = [\"./restart.sh\"] }");
    let mut command = site.command(&Site::promotion());
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    // Opening either pipe waits for the script: it is restarting now, and not done before the gate.
    let _entered = std::fs::read(site.path("entered")).expect("the script runs");
    let id = i32::try_from(child.id()).expect("a process id");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("a signal");
    drop(
        std::fs::File::options()
            .write(true)
            .open(site.path("gate"))
            .expect("the gate"),
    );
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        said.contains("interrupted; it is running (restart-service done)"),
        "{said}"
    );
    assert!(
        said.contains("regent resume") && said.contains("regent abort"),
        "{said}"
    );
    let _resumed = site.run(&["resume"]).exits(0);
    assert_eq!(end(&site, &before), End::Promoted);
}
