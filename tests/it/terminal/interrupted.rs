//! Signals at a prompt: the terminal is as it was, and what was typed so far is nobody's.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::approvals::{list, make_key};
use crate::support::{PASSWORD, PATIENCE, Site};
use crate::tools::Tool;

/// What Ctrl and a letter send.
const CTRL_C: &[u8] = b"\x03";
const CTRL_BACKSLASH: &[u8] = b"\x1c";
const CTRL_Z: &[u8] = b"\x1a";

/// A terminal of a test's own, and what runs in it.
struct Terminal {
    keys: File,
    /// The other end, for what a later reader of the terminal would find there.
    inside: File,
    program: Pid,
    changes: Receiver<WaitStatus>,
    before: Termios,
    shown: String,
    seen: usize,
}

impl Terminal {
    /// Starts a program whose terminal it is.
    #[expect(
        clippy::zombie_processes,
        reason = "a thread waits for it, and for its being stopped, too"
    )]
    fn start(site: &Site, program: &[&str]) -> Self {
        let pty = openpty(None, None).expect("a terminal");
        let inside = File::from(pty.slave);
        let end = || Stdio::from(inside.try_clone().expect("a descriptor"));
        let words: Vec<&str> = ["--ctty"].iter().chain(program).copied().collect();
        let mut command = site.command_named(Tool::Setsid.program(), &words);
        command.env("PS1", "ready> ").env("ENV", "");
        command.stdin(end()).stdout(end()).stderr(end());
        let before = tcgetattr(&inside).expect("its modes");
        assert!(before.local_flags.contains(LocalFlags::ECHO), "a new one");
        let child = command.spawn().expect("setsid runs; it is in util-linux");
        let program = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
        let (sender, changes) = channel();
        std::thread::spawn(move || {
            while let Ok(status) = waitpid(program, Some(WaitPidFlag::WUNTRACED)) {
                let stopped = matches!(status, WaitStatus::Stopped(..));
                if sender.send(status).is_err() || !stopped {
                    break;
                }
            }
        });
        Self {
            keys: File::from(pty.master),
            inside,
            program,
            changes,
            before,
            shown: String::new(),
            seen: 0,
        }
    }

    fn regent(site: &Site, arguments: &[&str]) -> Self {
        let words = [&[env!("CARGO_BIN_EXE_regent")], arguments].concat();
        Self::start(site, &words)
    }

    /// Waits until something is shown that was not before.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        let patience = PollTimeout::try_from(PATIENCE).expect("a minute");
        while !self.shown[self.seen..].contains(text) {
            let mut ready = [PollFd::new(self.keys.as_fd(), PollFlags::POLLIN)];
            let came = poll(&mut ready, patience).expect("a terminal");
            assert!(came > 0, "“{text}” is not shown, but:\n{}", self.shown);
            let mut bytes = [0; 4096];
            let count = self.keys.read(&mut bytes).expect("what is shown");
            self.shown
                .push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        let at = self.shown[self.seen..].find(text).expect("it is there");
        self.seen += at + text.len();
    }

    fn types(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).expect("typed");
    }

    fn modes(&self) -> Termios {
        tcgetattr(&self.inside).expect("its modes")
    }

    fn echoes(&self) -> bool {
        self.modes().local_flags.contains(LocalFlags::ECHO)
    }

    #[track_caller]
    fn is_as_it_was(&self, told: &str) {
        assert_eq!(self.modes(), self.before, "{told}");
    }

    #[track_caller]
    fn comes_to(&self, wanted: WaitStatus, told: &str) {
        let status = self.changes.recv_timeout(PATIENCE);
        assert_eq!(status, Ok(wanted), "{told}\n{}", self.shown);
    }

    /// A reader that comes after finds an empty line, and no part of one.
    #[track_caller]
    fn keeps_nothing(&mut self, told: &str) {
        fcntl(&self.inside, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a flag");
        self.types(b"\n");
        let mut ready = [PollFd::new(self.inside.as_fd(), PollFlags::POLLIN)];
        let patience = PollTimeout::try_from(PATIENCE).expect("a minute");
        assert!(poll(&mut ready, patience).expect("a terminal") > 0);
        let mut line = String::new();
        let _no_more = self.inside.read_to_string(&mut line);
        assert_eq!(line, "\n", "{told}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has ended is what is wanted.
        let _gone = kill(self.program, Signal::SIGKILL);
    }
}

/// What is typed at a command before it asks, and what it asks then.
struct Prompt {
    arguments: &'static [&'static str],
    before: &'static [(&'static str, &'static str)],
    asks: &'static str,
    shows_answer: bool,
}

const VERIFY: &[&str] = &["secret", "verify", "secret.bak"];
const BACKUP: &[&str] = &["--server", "SSO01", "secret", "backup", "new.bak"];
const APPROVE: &[&str] = &["approve", "plan.json", "--key", "anna", "--yes"];
const PROMOTE: &[&str] = &["promote", "update.xml", "--restore-file", "secret.bak"];

const PROMPTS: [Prompt; 5] = [
    Prompt {
        arguments: VERIFY,
        before: &[],
        asks: "Password: ",
        shows_answer: false,
    },
    Prompt {
        arguments: BACKUP,
        before: &[],
        asks: "Password: ",
        shows_answer: false,
    },
    Prompt {
        arguments: BACKUP,
        before: &[("Password: ", PASSWORD)],
        asks: "Password, again: ",
        shows_answer: false,
    },
    Prompt {
        arguments: APPROVE,
        before: &[],
        asks: "Passphrase of anna: ",
        shows_answer: false,
    },
    Prompt {
        arguments: PROMOTE,
        before: &[("Password: ", PASSWORD)],
        asks: "[y/N] ",
        shows_answer: true,
    },
];

impl Prompt {
    /// The command at its prompt, and half an answer.
    fn reached(&self, site: &Site) -> Terminal {
        let mut terminal = Terminal::regent(site, self.arguments);
        for (asks, answer) in self.before {
            terminal.shows(asks);
            terminal.types(format!("{answer}\n").as_bytes());
        }
        terminal.shows(self.asks);
        assert_eq!(terminal.echoes(), self.shows_answer, "{}", self.asks);
        terminal.types(b"half an ans");
        terminal
    }
}

fn site() -> Site {
    let site = Site::ready();
    let key = make_key(&site, "anna", "a passphrase");
    list(&site, "anna", &key);
    let plan = ["plan", "update.xml", "--restore-file", "secret.bak"];
    site.run(&[&plan[..], &["--out", "plan.json"]].concat())
        .exits(0);
    site
}

#[test]
fn a_signal_at_a_prompt_ends_regent_and_leaves_the_terminal_as_it_was() {
    needs!(Setsid);
    let site = site();
    let before = site.dump();
    let plan = std::fs::read(site.path("plan.json")).expect("a plan");
    for prompt in &PROMPTS {
        for (signal, key) in [
            (Signal::SIGINT, Some(CTRL_C)),
            (Signal::SIGQUIT, Some(CTRL_BACKSLASH)),
            (Signal::SIGTERM, None),
            (Signal::SIGHUP, None),
        ] {
            let told = format!("{signal} at “{}” of {:?}", prompt.asks, prompt.arguments);
            let mut terminal = prompt.reached(&site);
            match key {
                Some(key) => terminal.types(key),
                None => kill(terminal.program, signal).expect("a signal"),
            }
            let status = terminal.changes.recv_timeout(PATIENCE);
            // Whether a core was dumped is the system's to say.
            let ended = matches!(status, Ok(WaitStatus::Signaled(_, found, _)) if found == signal);
            assert!(ended, "{told}: {status:?}\n{}", terminal.shown);
            terminal.is_as_it_was(&told);
            if !prompt.shows_answer {
                terminal.keeps_nothing(&told);
            }
        }
    }
    assert_eq!(site.dump(), before);
    assert!(!site.path("new.bak").exists());
    assert_eq!(std::fs::read(site.path("plan.json")).expect("a plan"), plan);
}

#[test]
fn a_prompt_that_was_stopped_is_asked_again() {
    needs!(Setsid);
    let site = site();
    for prompt in PROMPTS.iter().filter(|prompt| !prompt.shows_answer) {
        let told = format!("“{}” of {:?}", prompt.asks, prompt.arguments);
        let mut terminal = prompt.reached(&site);
        for _ in 0..2 {
            terminal.types(CTRL_Z);
            let stopped = WaitStatus::Stopped(terminal.program, Signal::SIGSTOP);
            terminal.comes_to(stopped, &told);
            terminal.is_as_it_was(&told);
            kill(terminal.program, Signal::SIGCONT).expect("a signal");
            terminal.shows(prompt.asks);
            assert!(!terminal.echoes(), "{told}");
        }
        terminal.types(CTRL_C);
        let ended = WaitStatus::Signaled(terminal.program, Signal::SIGINT, false);
        terminal.comes_to(ended, &told);
        terminal.is_as_it_was(&told);
    }
    let mut terminal = PROMPTS[0].reached(&site);
    terminal.types(CTRL_Z);
    terminal.comes_to(
        WaitStatus::Stopped(terminal.program, Signal::SIGSTOP),
        "stopped",
    );
    kill(terminal.program, Signal::SIGCONT).expect("a signal");
    terminal.shows("Password: ");
    terminal.types(format!("{PASSWORD}\n").as_bytes());
    terminal.shows("the password opens the backup");
    terminal.comes_to(WaitStatus::Exited(terminal.program, 0), "verified");
    terminal.is_as_it_was("verified");
}

#[test]
fn a_shell_has_its_terminal_back_and_brings_a_prompt_to_the_foreground() {
    needs!(Setsid);
    let site = Site::ready();
    let mut shell = Terminal::start(&site, &["sh", "-i"]);
    shell.shows("ready> ");
    let line = format!(
        "{} secret verify secret.bak\n",
        env!("CARGO_BIN_EXE_regent")
    );
    shell.types(line.as_bytes());
    shell.shows("Password: ");
    assert!(!shell.echoes());
    shell.types(CTRL_Z);
    shell.shows("ready> ");
    shell.is_as_it_was("stopped");
    shell.types(b"fg\n");
    shell.shows("Password: ");
    assert!(!shell.echoes());
    shell.types(CTRL_C);
    shell.shows("ready> ");
    shell.is_as_it_was("interrupted");
    shell.types(b"echo status $?\n");
    shell.shows("echo status $?");
    shell.shows("status 130");
}

#[test]
fn a_signal_that_a_script_ignores_is_ignored_at_a_prompt() {
    needs!(Setsid);
    let site = Site::ready();
    let line = format!(
        "trap '' INT; exec {} secret verify secret.bak",
        env!("CARGO_BIN_EXE_regent")
    );
    let mut terminal = Terminal::start(&site, &["sh", "-c", &line]);
    terminal.shows("Password: ");
    terminal.types(CTRL_C);
    terminal.types(format!("{PASSWORD}\n").as_bytes());
    terminal.shows("the password opens the backup");
    terminal.comes_to(WaitStatus::Exited(terminal.program, 0), "verified");
}

/// What was asked before does not stand in the way of the promotion's own interrupt.
#[test]
fn an_interrupt_after_the_prompts_ends_after_the_step_under_way() {
    needs!(Setsid);
    let site = Site::ready();
    site.configure("[service]\nrestart = { command = [\"cat\", \"pipe\"] }");
    nix::unistd::mkfifo(&site.path("pipe"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let mut terminal = Terminal::regent(&site, PROMOTE);
    terminal.shows("Password: ");
    terminal.types(format!("{PASSWORD}\n").as_bytes());
    terminal.shows("[y/N] ");
    terminal.types(b"yes\n");
    // Opens once the restart has come to read from it.
    let pipe = File::options().write(true).open(site.path("pipe"));
    kill(terminal.program, Signal::SIGINT).expect("a signal");
    drop(pipe.expect("a pipe"));
    terminal.shows("interrupted; the promotion is running (restart-service done)");
    let status = terminal.changes.recv_timeout(PATIENCE);
    assert!(matches!(status, Ok(WaitStatus::Exited(_, _))), "{status:?}");
    terminal.is_as_it_was("interrupted");
}
