//! Restarting the service: real processes, their ends, and their deadlines.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use regent::service::{Error, Restarted, Service, Settings};
use tempfile::TempDir;

use crate::support::mode;

mod settings;

/// A folder with scripts.
pub(crate) struct Scripts(TempDir);

impl Scripts {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A script for `sh`, which sees its folder as `$0`'s.
    fn script(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        let text = format!("cd {} || exit 99\n{text}\n", self.0.path().display());
        #[expect(clippy::disallowed_methods, reason = "a test's own script")]
        std::fs::write(&path, text).expect("a script");
        path.display().to_string()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }
}

/// A service as `[service]` of `regent.toml` has it.
fn service(toml: &str) -> Service {
    Service::new(settings(toml))
}

fn settings(text: &str) -> Settings {
    toml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// A service that a script restarts.
fn restarted_by(scripts: &Scripts, text: &str) -> Service {
    let script = scripts.script("restart.sh", text);
    service(&format!(
        "restart = {{ command = [\"sh\", \"{script}\"] }}\ntimeout-seconds = 60"
    ))
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Error {
    result.expect_err("refused")
}

/// An error and its help, with the folder's name taken out.
fn said(scripts: &Scripts, error: &Error) -> String {
    let help = error.help().unwrap_or_default();
    format!("{error}\n{help}").replace(&scripts.0.path().display().to_string(), "FOLDER")
}

/// Waits for a file that a process has been told to write.
fn wait_for(path: &Path) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !path.exists() {
        assert!(Instant::now() < deadline, "{} never came", path.display());
        std::thread::yield_now();
    }
}

#[test]
fn by_default_it_is_left_to_the_operator() {
    let service = Service::new(Settings::default());
    assert!(service.leaves_restart_to_operator());
    assert_eq!(
        service.restart().expect("nothing to do"),
        Restarted::LeftToOperator
    );
    service.wait_ready().expect("nothing to wait for");
}

#[test]
fn a_command_restarts_it() {
    let scripts = Scripts::new();
    let service = restarted_by(&scripts, "echo restarted >> restarts");
    assert!(!service.leaves_restart_to_operator());
    for _ in 0..2 {
        assert_eq!(service.restart().expect("restarted"), Restarted::Done);
    }
    assert_eq!(scripts.read("restarts"), "restarted\nrestarted\n");
}

#[test]
fn systemd_restarts_it_and_is_asked_whether_it_stays_up() {
    let scripts = Scripts::new();
    let systemctl = scripts.script("systemctl", "");
    let write = |text: &str| {
        let folder = scripts.0.path().display();
        let text = format!("#!/bin/sh\ncd {folder} || exit 99\n{text}\n");
        // Written by another process: a file that this one holds open for writing cannot be run.
        let written = std::process::Command::new("sh")
            .args([
                "-c",
                "printf '%s' \"$1\" > \"$0\" && chmod 700 \"$0\"",
                &systemctl,
                &text,
            ])
            .status()
            .expect("sh");
        assert!(written.success());
    };
    let service = service("restart = { systemd = \"entsso.service\" }")
        .with_systemctl(PathBuf::from(&systemctl));
    write("echo \"$@\" >> calls");
    assert_eq!(service.restart().expect("restarted"), Restarted::Done);
    assert_eq!(
        scripts.read("calls"),
        "restart -- entsso.service\nis-active -- entsso.service\n"
    );

    // A unit that is on its way up is waited for; one that never arrives is not.
    write(
        "[ \"$1\" = restart ] && exit\necho x >> asked\n\
         [ $(wc -l < asked) -gt 2 ] || { echo activating; exit 3; }",
    );
    assert_eq!(service.restart().expect("restarted"), Restarted::Done);
    assert_eq!(scripts.read("asked"), "x\nx\nx\n");
    write("[ \"$1\" = restart ] || { echo activating; exit 3; }");
    let hasty = self::service("restart = { systemd = \"entsso.service\" }\ntimeout-seconds = 1")
        .with_systemctl(PathBuf::from(&systemctl));
    insta::assert_snapshot!(said(&scripts, &refused(hasty.restart())), @r"
    `FOLDER/systemctl is-active -- entsso.service` failed with exit status 3: activating
    run `FOLDER/systemctl is-active -- entsso.service` by hand, and look into the service's log
    ");

    write("[ \"$1\" = restart ] || { echo failed; exit 3; }");
    insta::assert_snapshot!(said(&scripts, &refused(service.restart())), @r"
    `FOLDER/systemctl is-active -- entsso.service` failed with exit status 3: failed
    run `FOLDER/systemctl is-active -- entsso.service` by hand, and look into the service's log
    ");

    write("echo 'Failed to restart entsso.service: Unit entsso.service not found.' >&2; exit 5");
    insta::assert_snapshot!(said(&scripts, &refused(service.restart())), @r"
    `FOLDER/systemctl restart -- entsso.service` failed with exit status 5: Failed to restart entsso.service: Unit entsso.service not found.
    run `FOLDER/systemctl restart -- entsso.service` by hand, and look into the service's log
    ");
}

#[test]
fn a_command_that_fails_is_told_with_the_end_of_what_it_said() {
    let scripts = Scripts::new();
    let service = restarted_by(
        &scripts,
        "seq 1 5000\necho '  the last but one  ' >&2\necho\necho the last\nexit 7",
    );
    insta::assert_snapshot!(said(&scripts, &refused(service.restart())), @r"
    `sh FOLDER/restart.sh` failed with exit status 7: 5000 / the last but one / the last
    run `sh FOLDER/restart.sh` by hand, and look into the service's log
    ");
    let silent = restarted_by(&scripts, "exit 1");
    insta::assert_snapshot!(said(&scripts, &refused(silent.restart())), @r"
    `sh FOLDER/restart.sh` failed with exit status 1
    run `sh FOLDER/restart.sh` by hand, and look into the service's log
    ");
    // Whatever bytes come, they are told as text.
    let binary = restarted_by(&scripts, "printf 'caf\\351 \\377\\n'; exit 1");
    assert!(
        refused(binary.restart())
            .to_string()
            .ends_with("caf\u{fffd} \u{fffd}")
    );
}

#[test]
fn a_command_that_is_not_there_is_told() {
    let scripts = Scripts::new();
    let missing = service("restart = { command = [\"/nowhere/restart\", \"now\"] }");
    let error = refused(missing.restart());
    insta::assert_snapshot!(said(&scripts, &error), @r"
    cannot start `/nowhere/restart now`
    check that the program exists and may be run; [service] in regent.toml names it
    ");
    assert!(
        matches!(&error, Error::NotStarted { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound)
    );
}

#[test]
fn a_command_that_may_not_be_run_is_told() {
    let scripts = Scripts::new();
    let script = scripts.script("restart.sh", "echo restarted");
    mode(Path::new(&script), 0o600);
    let error = refused(service(&format!("restart = {{ command = [\"{script}\"] }}")).restart());
    assert!(
        matches!(&error, Error::NotStarted { cause, .. } if cause.kind() == std::io::ErrorKind::PermissionDenied),
        "{error:?}"
    );
}

#[test]
fn a_command_that_is_killed_is_told() {
    let scripts = Scripts::new();
    let service = restarted_by(&scripts, "echo stopping; kill -9 $$");
    insta::assert_snapshot!(said(&scripts, &refused(service.restart())), @r"
    `sh FOLDER/restart.sh` was killed by signal 9: stopping
    run `sh FOLDER/restart.sh` by hand, and look into the service's log
    ");
}

#[test]
fn no_shell_reads_a_command() {
    let scripts = Scripts::new();
    let victim = scripts.script("victim", "");
    let script = scripts.script(
        "restart.sh",
        "for word; do printf '<%s>\\n' \"$word\"; done > words",
    );
    let arguments = format!("\"; rm {victim}\", \"$(rm {victim})\", \"* ' x\"");
    service(&format!(
        "restart = {{ command = [\"sh\", \"{script}\", {arguments}] }}"
    ))
    .restart()
    .expect("restarted");
    assert_eq!(
        scripts.read("words"),
        format!("<; rm {victim}>\n<$(rm {victim})>\n<* ' x>\n")
    );
    assert!(Path::new(&victim).exists());
}

#[test]
fn it_reads_nothing_from_the_terminal() {
    let scripts = Scripts::new();
    let service = restarted_by(&scripts, "if read -r line; then exit 1; else exit 0; fi");
    assert_eq!(
        service.restart().expect("standard input is empty"),
        Restarted::Done
    );
}

#[test]
fn what_takes_too_long_is_stopped_with_everything_it_started() {
    let scripts = Scripts::new();
    for pipe in ["gone", "go"] {
        let made = std::process::Command::new("mkfifo")
            .arg(scripts.path(pipe))
            .status()
            .expect("mkfifo");
        assert!(made.success());
    }
    // The grandchild holds one pipe open for as long as it lives, and waits at another for its cue.
    let script = scripts.script(
        "restart.sh",
        "( exec 3> gone; echo started > started; read -r line < go; echo alive > alive ) &\necho waiting\nwait",
    );
    let service = service(&format!(
        "restart = {{ command = [\"sh\", \"{script}\"] }}\ntimeout-seconds = 2"
    ));
    let listener = std::thread::spawn({
        let gone = scripts.path("gone");
        // Ends when the last process that holds the pipe has ended, by itself or killed.
        move || std::fs::read(gone).expect("the pipe's end")
    });
    let error = refused(service.restart());
    insta::assert_snapshot!(said(&scripts, &error), @r"
    `sh FOLDER/restart.sh` did not end within 2 s and was stopped: waiting
    look into the service's log; [service] timeout-seconds gives it longer
    ");
    wait_for(&scripts.path("started"));
    assert_eq!(listener.join().expect("the grandchild is gone"), b"");
    assert!(!scripts.path("alive").exists());
}

#[test]
fn a_daemon_that_is_left_behind_holds_nobody_up() {
    let scripts = Scripts::new();
    let made = std::process::Command::new("mkfifo")
        .arg(scripts.path("go"))
        .status()
        .expect("mkfifo");
    assert!(made.success());
    // It keeps standard output, and says something after the command has ended.
    let service = restarted_by(
        &scripts,
        "( read -r line < go; echo later; echo alive > alive ) &\nexit 0",
    );
    assert_eq!(service.restart().expect("restarted"), Restarted::Done);
    #[expect(clippy::disallowed_methods, reason = "a cue to a process")]
    std::fs::write(scripts.path("go"), "go\n").expect("a cue");
    wait_for(&scripts.path("alive"));
}

#[test]
fn a_flood_is_bounded() {
    let scripts = Scripts::new();
    let service = restarted_by(
        &scripts,
        "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo the last word; exit 1",
    );
    let error = refused(service.restart());
    let text = error.to_string();
    assert!(
        text.ends_with("the last word"),
        "{}",
        &text[text.len() - 100..]
    );
    assert!(text.len() < 4096, "{} bytes", text.len());
}

/// A probe that succeeds on its fourth try.
fn probe(scripts: &Scripts, success_on: u32) -> String {
    scripts.script(
        "probe.sh",
        &format!("echo try >> tries\ntries=$(wc -l < tries)\n[ $tries -ge {success_on} ] && exit 0\necho \"not yet: $tries\"\nexit 1"),
    )
}

#[test]
fn it_is_asked_until_it_is_ready() {
    let scripts = Scripts::new();
    let probe = probe(&scripts, 4);
    let service = service(&format!(
        "restart = {{ command = [\"true\"] }}\n\
         ready = {{ command = [\"sh\", \"{probe}\"], timeout-seconds = 60, interval-milliseconds = 1 }}"
    ));
    service.wait_ready().expect("ready");
    assert_eq!(scripts.read("tries").lines().count(), 4);
}

#[test]
fn it_is_asked_no_longer_than_it_was_given() {
    let scripts = Scripts::new();
    let probe = scripts.script("probe.sh", "echo connection refused >&2; exit 1");
    let never = service(&format!(
        "restart = {{ command = [\"true\"] }}\n\
         ready = {{ command = [\"sh\", \"{probe}\"], timeout-seconds = 2, interval-milliseconds = 50 }}"
    ));
    insta::assert_snapshot!(said(&scripts, &refused(never.wait_ready())), @r"
    the service was not ready within 2 s: `sh FOLDER/probe.sh` failed with exit status 1: connection refused
    run `sh FOLDER/probe.sh` by hand; [service] ready.timeout-seconds gives it longer
    ");
    // One that hangs is stopped at the deadline too, and what was answered before is told.
    let made = std::process::Command::new("mkfifo")
        .arg(scripts.path("never"))
        .status()
        .expect("mkfifo");
    assert!(made.success());
    let asked = |probe: &str| {
        let probe = scripts.script("hangs.sh", probe);
        let hangs = service(&format!(
            "restart = {{ command = [\"true\"] }}\n\
             ready = {{ command = [\"sh\", \"{probe}\"], timeout-seconds = 2, interval-milliseconds = 1 }}"
        ));
        said(&scripts, &refused(hangs.wait_ready()))
    };
    insta::assert_snapshot!(asked("echo asking; read -r line < never"), @r"
    the service was not ready within 2 s: `sh FOLDER/hangs.sh` did not end within 2 s and was stopped: asking
    run `sh FOLDER/hangs.sh` by hand; [service] ready.timeout-seconds gives it longer
    ");
    insta::assert_snapshot!(
        asked("[ -e asked ] && read -r line < never; touch asked; echo starting; exit 1"),
        @r"
    the service was not ready within 2 s: `sh FOLDER/hangs.sh` failed with exit status 1: starting
    run `sh FOLDER/hangs.sh` by hand; [service] ready.timeout-seconds gives it longer
    "
    );
}

#[test]
fn a_probe_that_is_not_there_is_not_tried_again() {
    let service = service(
        "restart = { command = [\"true\"] }\n\
         ready = { command = [\"/nowhere/probe\"], timeout-seconds = 3600 }",
    );
    assert!(matches!(
        refused(service.wait_ready()),
        Error::NotStarted { .. }
    ));
}

#[test]
fn a_service_that_nobody_restarted_is_not_waited_for() {
    let scripts = Scripts::new();
    let probe = probe(&scripts, 9);
    let service = service(&format!(
        "restart = \"none\"\nready = {{ command = [\"sh\", \"{probe}\"] }}"
    ));
    service.wait_ready().expect("nothing to wait for");
    assert_eq!(scripts.read("tries"), "");
}

#[test]
fn what_is_done_is_said_in_words() {
    for (toml, text) in [
        ("", "restart left to the operator"),
        (
            "restart = { systemd = \"entsso\" }",
            "systemctl restart entsso",
        ),
        (
            "restart = { command = [\"net\", \"start\", \"entsso\"] }",
            "run `net start entsso`",
        ),
        (
            "restart = { systemd = \"entsso\" }\nready = { command = [\"nc\", \"-z\", \"sso02\", \"135\"] }",
            "systemctl restart entsso, then wait at most 60 s until `nc -z sso02 135` succeeds",
        ),
    ] {
        assert_eq!(service(toml).describe(), text);
    }
}
