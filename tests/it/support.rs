//! What the tests share: a folder of their own and the real binary.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;

/// The moment every command believes it is.
pub(crate) const NOW: &str = "2026-03-04T05:06:07Z";

/// The password of every backup that a test makes.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A folder with a settings file, a database and whatever else a test needs; gone with the test.
pub(crate) struct Site {
    folder: TempDir,
    commands: Cell<u32>,
    now: Cell<&'static str>,
}

/// What a command did.
pub(crate) struct Run {
    /// Its exit status.
    pub(crate) exit: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Self {
            exit: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Exit status, output and error as one text to hold against a snapshot.
    pub(crate) fn transcript(&self) -> String {
        let exit = self
            .exit
            .map_or_else(|| "killed".to_owned(), |exit| exit.to_string());
        let mut text = format!("exit: {exit}\n");
        for (name, stream) in [("stdout", &self.out), ("stderr", &self.err)] {
            if !stream.is_empty() {
                let _ = write!(text, "--- {name}\n{stream}");
                if !stream.ends_with('\n') {
                    text.push('\n');
                }
            }
        }
        text
    }

    /// Asserts an exit status and hands the run on.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.exit, Some(status), "\n{}", self.transcript());
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|cause| panic!("{cause}\n{}", self.transcript()))
    }
}

impl Site {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder"),
            commands: Cell::new(0),
            now: Cell::new(NOW),
        }
    }

    /// A system of SSO01, the master, and SSO02, this server, with settings and an update file,
    /// but without a master secret.
    pub(crate) fn without_secret() -> Self {
        Self::empty().founded()
    }

    /// The same of another system, with a master secret of its own.
    pub(crate) fn another() -> Self {
        Self::another_without_secret().with_secret()
    }

    /// The same without a master secret.
    pub(crate) fn another_without_secret() -> Self {
        let site = Self::empty();
        site.commands.set(100);
        site.founded()
    }

    fn founded(self) -> Self {
        let site = self;
        site.write(
            "regent.toml",
            "database = \"sqlite:credential.db\"\nserver = \"SSO02\"\n",
        );
        site.write("password", PASSWORD);
        site.write("update.xml", &update_file("SSO02"));
        site.run(&[
            "init",
            "--master",
            "SSO01",
            "--admins",
            "CONTOSO\\SSO Admins",
            "--affiliate-admins",
            "CONTOSO\\SSO Affiliate Admins",
        ])
        .exits(0);
        site.run(&["server", "add", "SSO02"]).exits(0);
        site
    }

    /// The same with a master secret, held by SSO01 and backed up in `secret.bak`.
    pub(crate) fn ready() -> Self {
        Self::without_secret().with_secret()
    }

    fn with_secret(self) -> Self {
        let site = self;
        site.run(&[
            "--server",
            "SSO01",
            "secret",
            "generate",
            "secret.bak",
            "--password-file",
            "password",
        ])
        .exits(0);
        site
    }

    /// The same in a folder of its own beside this one, as it stands.
    pub(crate) fn copied(&self) -> Self {
        self.copied_to(self.folder.path().parent().expect("a folder beside"))
    }

    /// The same in a folder of its own somewhere else.
    pub(crate) fn copied_to(&self, parent: &Path) -> Self {
        let copy = Self {
            folder: TempDir::new_in(parent).expect("a temporary folder"),
            commands: self.commands.clone(),
            now: self.now.clone(),
        };
        copy_folder(self.folder.path(), copy.folder.path());
        copy
    }

    /// How many commands were made so far.
    pub(crate) fn commands(&self) -> u32 {
        self.commands.get()
    }

    /// Tells later commands another time.
    pub(crate) fn at(&self, now: &'static str) {
        self.now.set(now);
    }

    /// The folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that only its owner may read.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        std::fs::write(&path, text).expect("a file");
        mode(&path, 0o600);
    }

    /// Adds lines to the settings.
    pub(crate) fn configure(&self, lines: &str) {
        let text = std::fs::read_to_string(self.path("regent.toml")).expect("settings");
        self.write("regent.toml", &format!("{text}{lines}\n"));
    }

    /// Runs regent in the folder.
    #[must_use = "look at the output or assert the exit status"]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(&[], arguments)
    }

    /// Runs regent in the folder with more environment.
    #[must_use = "look at the output or assert the exit status"]
    pub(crate) fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        self.placeless(run(&mut command))
    }

    /// Runs a command in the folder that is killed where it hangs.
    #[must_use = "look at the output or assert the exit status"]
    pub(crate) fn run_bounded(&self, command: &mut Command) -> Run {
        self.placeless(start(command).ended())
    }

    /// A run without the folder's name, which differs from run to run.
    fn placeless(&self, mut run: Run) -> Run {
        let folder = self.folder.path().display().to_string();
        for text in [&mut run.out, &mut run.err] {
            *text = text.replace(&folder, "$SITE");
        }
        run
    }

    /// The command that [`Site::run`] runs: a clean environment, a fixed time, and random bytes
    /// that repeat from run to run but differ from command to command.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_named(Path::new(env!("CARGO_BIN_EXE_regent")), arguments)
    }

    /// The same for a program of another name, such as a link.
    pub(crate) fn command_named(&self, program: &Path, arguments: &[&str]) -> Command {
        self.commands.set(self.commands.get() + 1);
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear();
        #[expect(
            clippy::disallowed_methods,
            reason = "the toolchain is found as the test found it"
        )]
        let path = std::env::var("PATH").unwrap_or_default();
        // As installed: its name calls it, and that is how it is printed.
        let installed = Path::new(env!("CARGO_BIN_EXE_regent")).parent();
        let installed = installed.expect("a folder").display();
        command
            .env("PATH", format!("{installed}:{path}"))
            .env("HOME", self.folder.path())
            .env("CARGO_HOME", tool_home("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", tool_home("RUSTUP_HOME", ".rustup"))
            .env("XDG_CACHE_HOME", cache())
            .env("TERM", "dumb")
            .env("REGENT_TEST_NOW", self.now.get())
            .env("REGENT_TEST_SEED", self.commands.get().to_string())
            .env("REGENT_TEST_OPERATOR", "operator")
            .env("REGENT_TEST_CHEAP_KDF", "1")
            .stdin(Stdio::null());
        command
    }

    /// The arguments of the main job.
    pub(crate) fn promotion() -> [&'static str; 7] {
        [
            "promote",
            "update.xml",
            "--restore-file",
            "secret.bak",
            "--password-file",
            "password",
            "--yes",
        ]
    }

    /// Every table as text.
    pub(crate) fn dump(&self) -> String {
        self.run(&["dump"]).exits(0).out
    }

    /// The same without what a refusal by rules may leave: that these rules govern from then on.
    pub(crate) fn dump_but_rules(&self) -> String {
        let dump = self.dump();
        let (before, rest) = dump.split_once("\ngoverning\n").expect("the rules");
        let (_, after) = rest.split_once("\npromotion\n").expect("the promotions");
        let mut lines = Vec::new();
        let mut each = before.lines().chain(["promotion"]).chain(after.lines());
        while let Some(line) = each.next() {
            if line.contains(": rules-govern, ") {
                let _chained = each.next();
            } else {
                lines.push(line.split(", last seen ").next().unwrap_or_default());
            }
        }
        lines.join("\n")
    }
}

/// What writes the plan of a ready site's promotion.
pub(crate) const PLAN: [&str; 6] = [
    "plan",
    "update.xml",
    "--restore-file",
    "secret.bak",
    "--out",
    "plan.json",
];

/// What runs that plan.
pub(crate) const PROMOTE_PLAN: [&str; 6] = [
    "promote",
    "--plan",
    "plan.json",
    "--password-file",
    "password",
    "--yes",
];

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    Run::of(command.output().expect("regent starts"))
}

/// The longest that a command of regent may take before it counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A command under way.
pub(crate) struct Started {
    id: nix::unistd::Pid,
    said: String,
    output: Receiver<io::Result<Output>>,
}

/// Starts a command; its streams are kept, its input is what the command was given.
pub(crate) fn start(command: &mut Command) -> Started {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("regent starts");
    let id = i32::try_from(child.id()).expect("a process id");
    let (sender, output) = channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    Started {
        id: nix::unistd::Pid::from_raw(id),
        said: format!("{command:?}"),
        output,
    }
}

impl Started {
    /// Its process.
    pub(crate) fn id(&self) -> i32 {
        self.id.as_raw()
    }

    /// Waits for its end. One that hangs is killed, and the test fails.
    #[must_use = "look at the output or assert the exit status"]
    pub(crate) fn ended(self) -> Run {
        if let Some(run) = self.ended_within(PATIENCE) {
            return run;
        }
        self.kill();
        panic!("it hangs: {}", self.said);
    }

    /// Its end, where it comes in time.
    pub(crate) fn ended_within(&self, time: Duration) -> Option<Run> {
        let output = self.output.recv_timeout(time).ok()?;
        Some(Run::of(output.expect("it can be waited for")))
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(&self) {
        // One that has ended is what is wanted.
        let _gone = nix::sys::signal::kill(self.id, nix::sys::signal::Signal::SIGKILL);
    }
}

/// Copies a folder with what it holds, modes and all; a named pipe or a link is not copied.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (kind, target) = (
            entry.file_type().expect("a kind"),
            to.join(entry.file_name()),
        );
        if kind.is_dir() {
            copy_folder(&entry.path(), &target);
        } else if kind.is_file() {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = entry.metadata().expect("modes").permissions().mode();
            // A program that another thread's new process still holds open for writing cannot be
            // run; one that was never written can.
            if mode & 0o100 == 0 || std::fs::hard_link(entry.path(), &target).is_err() {
                std::fs::copy(entry.path(), &target).expect("a copy");
            }
        }
    }
    let permissions = std::fs::metadata(from).expect("a folder").permissions();
    std::fs::set_permissions(to, permissions).expect("the same permissions");
}

/// Whether the long forms of tests are wanted: `REGENT_TEST_LONG=1 cargo test`.
pub(crate) fn long() -> bool {
    std::env::var_os("REGENT_TEST_LONG").is_some()
}

/// An update file that names a master secret server.
pub(crate) fn update_file(server: &str) -> String {
    format!(
        "<sso>\n  <globalInfo>\n    <secretServer>{server}</secretServer>\n  </globalInfo>\n</sso>\n"
    )
}

/// Compiled plugins are shared by all tests of a build, as they are by all commands of a user.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// Where Rust's tools keep what they need, which the test's own HOME would hide.
fn tool_home(variable: &str, folder: &str) -> std::ffi::OsString {
    let home = || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(folder);
    std::env::var_os(variable).unwrap_or_else(|| home().into_os_string())
}

/// Sets a file's permissions.
pub(crate) fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}

/// Holds a text against the snapshot `tests/snapshots/<subject>/<name>.snap`.
#[macro_export]
macro_rules! snapshot {
    ($subject:literal, $name:expr, $text:expr) => {
        insta::with_settings!({
            snapshot_path => concat!("../snapshots/", $subject),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}
