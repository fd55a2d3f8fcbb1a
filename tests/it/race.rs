//! Several processes at once: one wins, the others are told why not, and there is one master.
//!
//! The short forms always run. `REGENT_TEST_LONG=1 cargo test --test it race:: -- --nocapture`
//! runs the long ones and shows how many processes met and what they were told.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{PipeWriter, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::channel;

use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;

use crate::support::{PASSWORD, PATIENCE, Run, Site, Started, long, start, update_file};

mod busy;
mod holder;
mod others;
mod promotions;

/// The most processes that promote at once; each has a candidate of its own.
const MOST: usize = 8;

/// How often each race is run.
fn rounds(short: usize) -> usize {
    if long() { short * 10 } else { short }
}

/// A system of nine servers: a master and a candidate for each process.
struct Arena(Site);

impl Arena {
    fn new() -> Self {
        let site = Site::ready();
        for number in 3..=MOST + 1 {
            site.run(&["server", "add", &name(number)]).exits(0);
        }
        for number in 1..=MOST + 1 {
            let name = name(number);
            site.write(&format!("{name}.xml"), &update_file(&name));
        }
        Self(site)
    }

    /// The servers that are not the master.
    fn candidates(&self) -> Vec<String> {
        let master = self.system().master;
        (1..=MOST + 1)
            .map(name)
            .filter(|name| *name != master)
            .collect()
    }

    fn system(&self) -> System {
        let status = self.0.run(&["status", "--format", "json"]).exits(0).json();
        assert_eq!(status["audit-intact"], true, "{status:#}");
        System {
            master: status["state"]["info"]["secret-server"]
                .as_str()
                .expect("a master")
                .to_owned(),
            term: status["state"]["term"].as_u64().expect("a term"),
            is_unfinished: !status["unfinished"].is_null(),
        }
    }

    /// A command on a server of its own, by an operator of its own.
    fn on(&self, server: &str, words: &[&str]) -> Command {
        let mut command = self.0.command(&[&["--server", server], words].concat());
        command
            .env("REGENT_TEST_OPERATOR", operator(server))
            .env("SERVER", server);
        command
    }

    /// The promotion of a server, its password in a file.
    fn promotion(&self, server: &str) -> Command {
        self.promotion_with(server, &["--password-file", "password"])
    }

    fn promotion_with(&self, server: &str, password: &[&str]) -> Command {
        let file = format!("{server}.xml");
        let words = ["promote", &file, "--restore-file", "secret.bak", "--yes"];
        self.on(server, &[&words, password].concat())
    }

    /// Starts the promotion of a server, which waits for its password: it has read the system,
    /// and has not begun.
    fn waiting_promotion(&self, server: &str) -> Waiting {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        // A pipe of one page can be written to again when what was written has been read.
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).expect("a small pipe");
        writer.write_all(PASSWORD.as_bytes()).expect("a password");
        let mut command = self.promotion_with(server, &["--password-fd", "0"]);
        let started = start(command.stdin(reader));
        Waiting { started, writer }
    }

    /// What every race must leave: one master, whose vault opens the database, and nobody's
    /// promotion unfinished, noted twice or left over.
    fn holds(&self, promoted: u64) {
        let system = self.system();
        assert!(!system.is_unfinished);
        let dump = self.0.dump();
        let masters = dump.matches("is the master secret server").count();
        assert_eq!(masters as u64, promoted, "{dump}");
        for number in 1..=MOST + 1 {
            let name = name(number);
            let vault = self.0.path(&format!("vaults/{}", name.to_lowercase()));
            assert_eq!(left_over(&vault), [""; 0], "{name}");
            let status = ["--server", &name, "status", "--format", "json"];
            let status = self.0.run(&status).exits(0).json();
            let term = status["vault"]["term"].as_u64();
            if name == system.master {
                assert_eq!(term, Some(system.term), "{status:#}");
                assert_eq!(
                    status["vault"]["current"], status["state"]["secrets"]["current"],
                    "{status:#}"
                );
            } else {
                assert!(term.is_none_or(|term| term < system.term), "{status:#}");
            }
        }
        let verify = [
            "secret",
            "verify",
            "secret.bak",
            "--password-file",
            "password",
        ];
        self.0.run(&verify).exits(0);
    }
}

/// How a system stands.
struct System {
    master: String,
    term: u64,
    is_unfinished: bool,
}

fn name(number: usize) -> String {
    format!("SSO{number:02}")
}

fn operator(server: &str) -> String {
    format!("CONTOSO\\for-{}", server.to_lowercase())
}

/// What a promotion that is over must not leave in a vault.
fn left_over(vault: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(vault) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !["current.vault", "previous.vault", "machine.key"].contains(&name.as_str()))
        .collect()
}

/// A promotion that waits for its password.
struct Waiting {
    started: Started,
    writer: PipeWriter,
}

impl Waiting {
    /// Waits until it reads its password.
    fn arrived(self) -> Self {
        let mut ready = [PollFd::new(self.writer.as_fd(), PollFlags::POLLOUT)];
        let timeout = PollTimeout::try_from(PATIENCE).expect("a time");
        let came = poll(&mut ready, timeout).expect("a pipe can be waited for");
        assert_eq!(came, 1, "it never asks for its password");
        self
    }

    /// Ends its password.
    fn go(self) -> Started {
        self.started
    }
}

/// A service whose restart says that it is under way and waits until it is let go, so that a test
/// knows a moment at which a promotion is between two steps.
struct Gate {
    folder: PathBuf,
}

impl Gate {
    /// Puts the gate into the way of every promotion of a site.
    fn of(site: &Site) -> Self {
        for fifo in ["entered", "gate"] {
            nix::unistd::mkfifo(&site.path(fifo), Mode::from_bits_truncate(0o600))
                .expect("a named pipe");
        }
        let script = "[ -e open ] || { echo \"$SERVER\" > entered; cat gate; }\n";
        site.write("restart.sh", script);
        site.configure("[service]\nrestart = { command = [\"sh\", \"restart.sh\"] }");
        Self {
            folder: site.path(""),
        }
    }

    /// Waits until a promotion stands before the gate, and tells whose.
    fn entered(&self) -> String {
        let path = self.folder.join("entered");
        let (sender, receiver) = channel();
        // Opening a pipe waits for who writes to it.
        std::thread::spawn(move || {
            let mut server = String::new();
            let read = File::open(path).and_then(|mut pipe| pipe.read_to_string(&mut server));
            sender.send(read.map(|_| server.trim().to_owned()))
        });
        let server = receiver.recv_timeout(PATIENCE);
        server
            .expect("a promotion comes to its second step")
            .expect("the pipe can be read")
    }

    /// Lets the promotion before the gate go on.
    fn let_go(&self) {
        let gate = File::options().write(true).open(self.folder.join("gate"));
        drop(gate.expect("somebody waits at the gate"));
    }

    /// Lets everybody through from now on.
    fn open(&self) {
        drop(File::create_new(self.folder.join("open")).expect("the gate opens once"));
    }
}

/// Holds what was said against a snapshot.
fn snapshot(name: &str, said: &str) {
    crate::snapshot!("race", name, said);
}

/// What those who did not win were told, counted.
#[derive(Default)]
struct Told(BTreeMap<&'static str, usize>);

impl Told {
    /// Holds a refusal to what a refusal must say.
    #[track_caller]
    fn refused(&mut self, run: &Run) {
        assert_eq!(run.exit, Some(7), "\n{}", run.transcript());
        // Wrapped lines are joined, so that a name is found wherever the line ended.
        let said = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
        let kinds = [
            ("locked by", "the promotion lock is held by process "),
            ("unfinished", " is unfinished: "),
            ("unfinished", "is not finished: "),
            ("stale plan", "the plan is out of date: "),
            ("stale revision", "the global info has changed: "),
            ("stale term", "this was done in the belief of term "),
            ("other master", "is not the master secret server; "),
            ("not listed", " is not an SSO server of this system"),
            (
                "master stays",
                " is the master secret server and cannot be removed",
            ),
            ("nothing to do", "no promotion is unfinished"),
            ("exists", "this system has a master secret already"),
        ];
        let Some((kind, _)) = kinds.iter().find(|(_, words)| said.contains(words)) else {
            panic!("a refusal that says nothing:\n{}", run.transcript());
        };
        if *kind == "locked by" {
            for word in [
                " of CONTOSO\\for-sso",
                " on SSO",
                ", since 2026-03-04T05:06:07Z",
            ] {
                assert!(said.contains(word), "{word} is missing:\n{said}");
            }
        }
        assert!(said.contains(" help: "), "{said}");
        *self.0.entry(kind).or_default() += 1;
    }
}
