//! What the process was born with.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]

use std::env;
use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::system::{Accounts, Operator};

use super::Ambience;
#[cfg(unix)]
use super::person;

/// The environment, read once.
#[derive(Debug, Default)]
pub struct Environment {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `TERM` says that the terminal can do nothing.
    pub dumb_terminal: bool,
    /// The locale is UTF-8.
    pub unicode: bool,
    /// Where files may be kept that can be made again.
    pub cache: Option<PathBuf>,
    /// The host's name.
    pub host: Option<String>,
    /// How the program was called, where its name alone does not call it.
    pub program: Option<String>,
}

impl Environment {
    /// Reads it.
    pub fn read() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let cache = set("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".cache")));
        Self {
            no_color: set("NO_COLOR").is_some(),
            unicode: ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .find_map(set)
                .is_none_or(|locale| {
                    locale
                        .to_string_lossy()
                        .to_ascii_uppercase()
                        .contains("UTF-8")
                }),
            dumb_terminal: set("TERM").is_none_or(|term| term == "dumb"),
            cache: cache.map(|folder| folder.join("regent")),
            host: host(),
            program: program(),
        }
    }
}

/// The path under which the program was called, unless it is `regent` of the search path or a link
/// by another name.
fn program() -> Option<String> {
    let called = env::args_os().next()?;
    let path = Path::new(&called);
    if path.components().count() < 2 || path.file_stem()? != "regent" {
        return None;
    }
    let program = path.canonicalize().ok();
    let searched = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&searched)
        .map(|folder| folder.join("regent"))
        .find(|found| found.is_file())
        .and_then(|found| found.canonicalize().ok());
    if found == program {
        return None;
    }
    called.into_string().ok()
}

/// The host's name; in a build with debug assertions what a test injects instead.
fn host() -> Option<String> {
    #[cfg(debug_assertions)]
    if let Ok(host) = env::var("REGENT_TEST_HOST") {
        return Some(host);
    }
    of_system()
}

#[cfg(unix)]
fn of_system() -> Option<String> {
    nix::unistd::gethostname().ok()?.into_string().ok()
}

#[cfg(not(unix))]
fn of_system() -> Option<String> {
    env::var("COMPUTERNAME").ok()
}

#[cfg(unix)]
fn operator() -> Operator {
    let id = nix::unistd::geteuid().as_raw();
    // A file of the kernel's, which only a process that may change login uids can change.
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    let claim = |name: &str| env::var(name).ok();
    person::operator(id, &login, &claim, &|id| {
        let user = nix::unistd::User::from_uid(id.into()).ok().flatten();
        user.map(|user| user.name)
    })
}

#[cfg(unix)]
fn accounts() -> Accounts {
    Accounts::parse(&std::fs::read_to_string("/etc/passwd").unwrap_or_default())
}

#[cfg(not(unix))]
fn operator() -> Operator {
    match env::var("USERNAME") {
        Ok(account) => Operator::from(account.as_str()).known(crate::system::KnownBy::Account),
        Err(_) => Operator::new(
            crate::system::UNKNOWN.to_owned(),
            crate::system::Person::Unknown,
        ),
    }
}

#[cfg(not(unix))]
fn accounts() -> Accounts {
    Accounts::default()
}

impl Ambience {
    /// The operating system's clock, random bytes and account, and who is behind it; in a build with debug assertions
    /// what a test injects instead.
    pub fn of_process() -> Self {
        let ambience = Self {
            clock: Clock::operating_system(),
            entropy: Entropy::operating_system(),
            operator: operator(),
            accounts: accounts(),
        };
        #[cfg(debug_assertions)]
        let ambience = ambience.injected();
        ambience
    }

    #[cfg(debug_assertions)]
    fn injected(mut self) -> Self {
        if let Some(now) = env::var("REGENT_TEST_NOW")
            .ok()
            .and_then(|now| now.parse().ok())
        {
            // In a fixed zone, so that snapshots do not depend on the machine's.
            self.clock = Clock::fixed(now, jiff::tz::Offset::UTC);
        }
        if let Ok(seed) = env::var("REGENT_TEST_SEED") {
            self.entropy = Entropy::seeded(&seed);
        }
        if let Ok(account) = env::var("REGENT_TEST_OPERATOR") {
            let person = env::var("REGENT_TEST_PERSON")
                .ok()
                .map(crate::system::Person::from);
            let known_by = env::var("REGENT_TEST_KNOWN_BY").ok();
            let known_by = known_by.and_then(|by| serde_json::from_value(by.into()).ok());
            self.operator = Operator {
                account,
                person,
                known_by,
            };
            let table = env::var("REGENT_TEST_ACCOUNTS").unwrap_or_default();
            self.accounts = Accounts::parse(&table);
        }
        if let Ok(specification) = env::var("REGENT_TEST_FAULT") {
            crate::fault::arm(&specification);
        }
        if let Some(file) = env::var_os("REGENT_TEST_TRACE") {
            crate::fault::trace(file.into());
        }
        if let Some(file) = env::var_os("REGENT_TEST_HUNG") {
            crate::fault::tell_of_hanging(file.into());
        }
        self
    }
}

/// Whether a test asks for the cheapest key derivation.
pub(crate) fn cheap_key_derivation() -> bool {
    #[cfg(debug_assertions)]
    return env::var_os("REGENT_TEST_CHEAP_KDF").is_some();
    #[cfg(not(debug_assertions))]
    false
}
