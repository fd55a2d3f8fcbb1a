//! The real binary dies, fails and hangs at every named place, and the end is promoted or as before.

use crate::support::Site;

use scene::Scene;
pub(crate) use scene::{Before, End, end, unfinished};

mod attack;
mod matrix;
mod random;
mod scene;
mod service;
mod table;

/// Holds a table against its snapshot.
fn reviewed(name: &str, table: &str) {
    crate::snapshot!("crash", name, table);
}

#[test]
fn what_cannot_be_undone_is_stuck_until_a_human_mends_it() {
    needs!(Flock);
    let Scene { site, before } = Scene::fresh();
    // The staged secret gets its name, and loses it again neither now nor at the first try.
    let fault = "file/rename/after#4=error,file/remove/before#1=error";
    let run = site.run_with(&[("REGENT_TEST_FAULT", fault)], &Site::promotion());
    let run = run.exits(5);
    crate::snapshot!("crash", "stuck", after_the_plan(&run.transcript()));
    site.run(&["abort", "--yes"]).exits(4);
    assert_eq!(end(&site, &before), End::AsBefore);
}

#[test]
fn what_cannot_go_on_says_how_to() {
    needs!(Flock);
    let Scene { site, before } = Scene::fresh();
    let fault = "journal/restart-service/started/before=full";
    let mut words = vec!["--format", "json"];
    words.extend(Site::promotion());
    let run = site
        .run_with(&[("REGENT_TEST_FAULT", fault)], &words)
        .exits(7);
    crate::snapshot!("crash", "unfinished", run.transcript());
    site.run(&["resume"]).exits(0);
    assert_eq!(end(&site, &before), End::Promoted);
}

/// The plan names this machine's own regent, which the service runs.
fn after_the_plan(transcript: &str) -> &str {
    let (_, after) = transcript
        .split_once("Organisation rules\n")
        .expect("a plan");
    after
}

#[test]
fn an_interrupt_ends_after_the_step_under_way_and_says_how_to_go_on() {
    use nix::sys::signal::{Signal, kill};
    use nix::sys::stat::Mode;
    use nix::unistd::{Pid, mkfifo};

    needs!(Flock);

    let Scene { site, before } = Scene::fresh();
    for fifo in ["entered", "gate"] {
        mkfifo(&site.path(fifo), Mode::from_bits_truncate(0o600)).expect("a named pipe");
    }
    std::fs::rename(site.path("restart.sh"), site.path("serve.sh")).expect("a new name");
    site.write(
        "restart.sh",
        "#!/bin/sh\necho > entered\ncat gate\nexec ./serve.sh\n",
    );
    crate::support::mode(&site.path("restart.sh"), 0o700);
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
        said.contains("interrupted; the promotion is running (restart-service done)"),
        "{said}"
    );
    assert!(
        said.contains("regent resume") && said.contains("regent abort"),
        "{said}"
    );
    let _resumed = site.run(&["resume"]).exits(0);
    assert_eq!(end(&site, &before), End::Promoted);
}
