//! Programs that tests need beyond Rust, git, a C compiler and a Unix shell: asked for here, and
//! nowhere else.
//!
//! A test that needs one begins with `if !tools::has(Tool::Xmllint) { return; }`. What was not tested
//! is told once a program when everything has run, by the target `untested`; where `CI` is set, a
//! program that is missing fails whoever asks for it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A program, or several that one package brings or that are used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// libxml2's reader, which judges XML as others do.
    Xmllint,
    /// Makes keys, and signs and verifies as OpenSSH does.
    SshKeygen,
    /// Keeps keys that are not files.
    SshAgent,
    /// Makes a terminal for a command.
    Script,
    /// Makes a terminal the controlling one.
    Setsid,
    /// Takes privileges from root, whom no mode of a file stops otherwise.
    Setpriv,
    /// Mounts a small disk where nobody else sees it.
    Unshare,
    /// Starts a service once at a time.
    Flock,
    /// Takes evidence and bundles apart.
    Tar,
    /// A C compiler with the run-time libraries of its sanitizers.
    Sanitizers,
    /// Clang and lld, which build plugins in C.
    Clang,
    /// Node.js and npm, which build plugins in JavaScript and TypeScript.
    Node,
    /// Python with pip and venv, which builds plugins in Python.
    Python,
}

/// Every one of them.
pub(crate) const TOOLS: [Tool; 13] = [
    Tool::Xmllint,
    Tool::SshKeygen,
    Tool::SshAgent,
    Tool::Script,
    Tool::Setsid,
    Tool::Setpriv,
    Tool::Unshare,
    Tool::Flock,
    Tool::Tar,
    Tool::Sanitizers,
    Tool::Clang,
    Tool::Node,
    Tool::Python,
];

impl Tool {
    /// A command line that succeeds where it is there, and does nothing.
    fn probe(self) -> &'static str {
        match self {
            Self::Xmllint => "xmllint --version",
            Self::SshKeygen => "command -v ssh-keygen",
            Self::SshAgent => "ssh-agent true && command -v ssh-add",
            Self::Script => "script --quiet --return --command true /dev/null",
            Self::Setsid => "setsid true",
            Self::Setpriv => "setpriv --dump",
            Self::Unshare => "unshare -rm true",
            Self::Flock => "flock --version",
            Self::Tar => "tar --version",
            Self::Sanitizers => {
                "echo 'int main(void){return 0;}' | cc -fsanitize=address,undefined -x c - -o /dev/null"
            }
            Self::Clang => {
                "clang --target=wasm32-unknown-unknown -nostdlib -Wl,--no-entry -x c /dev/null -o /dev/null"
            }
            Self::Node => "node --version && npm --version",
            Self::Python => "python3 -c 'import ensurepip, venv'",
        }
    }

    /// What to install.
    pub(crate) fn install(self) -> &'static str {
        match self {
            Self::Xmllint => "xmllint (Debian: apt-get install libxml2-utils)",
            Self::SshKeygen => "ssh-keygen (Debian: apt-get install openssh-client)",
            Self::SshAgent => "ssh-agent and ssh-add (Debian: apt-get install openssh-client)",
            Self::Script => "script (Debian: apt-get install bsdutils)",
            Self::Setsid => "setsid (Debian: apt-get install util-linux)",
            Self::Setpriv => "setpriv (Debian: apt-get install util-linux)",
            Self::Unshare => {
                "unshare (Debian: apt-get install util-linux), where the system lets an account make namespaces"
            }
            Self::Flock => "flock (Debian: apt-get install util-linux)",
            Self::Tar => "tar (Debian: apt-get install tar)",
            Self::Sanitizers => "cc with sanitizers (Debian: apt-get install gcc)",
            Self::Clang => "clang and wasm-ld 14 or newer (Debian: apt-get install clang lld)",
            Self::Node => "Node.js 20 or newer with npm (https://nodejs.org)",
            Self::Python => {
                "Python 3.10 or newer with pip and venv (Debian: apt-get install python3 python3-venv)"
            }
        }
    }

    /// The program itself, for a test that begins with [`needs!`].
    #[track_caller]
    pub(crate) fn program(self) -> &'static Path {
        assert!(has(self), "begin the test with needs!({self:?})");
        Path::new(match self {
            Self::Xmllint => "xmllint",
            Self::SshKeygen => "ssh-keygen",
            Self::SshAgent => "ssh-agent",
            Self::Script => "script",
            Self::Setsid => "setsid",
            Self::Setpriv => "setpriv",
            Self::Unshare => "unshare",
            Self::Flock => "flock",
            Self::Tar => "tar",
            Self::Sanitizers => "cc",
            Self::Clang => "clang",
            Self::Node => "node",
            Self::Python => "python3",
        })
    }

    /// Whether it is there.
    pub(crate) fn is_here(self) -> bool {
        let mut shell = Command::new("sh");
        shell.args(["-c", self.probe()]);
        let quiet = shell
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }
}

/// Whether everything has to be tested here.
pub(crate) fn all_wanted() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// Whether the tests that need it can run.
#[track_caller]
pub(crate) fn has(tool: Tool) -> bool {
    static HERE: [OnceLock<bool>; TOOLS.len()] = [const { OnceLock::new() }; TOOLS.len()];
    let place = TOOLS.iter().position(|known| *known == tool);
    let here = *HERE[place.expect("every tool is listed")].get_or_init(|| tool.is_here());
    assert!(here || !all_wanted(), "install {}", tool.install());
    here
}
