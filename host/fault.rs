//! Fail points: named places at which a test makes the program fail, hang or die.
//!
//! Every file operation, commit, journal entry and call of the service stands [`around`] two of
//! them, `NAME/before` and `NAME/after`. A test arms them with `POINT=ACTION,POINT#3=ACTION`: with a
//! number at that pass only, counted from 1 in each process, without one at every pass.
//!
//! | action | what happens |
//! | --- | --- |
//! | `kill` | the process dies as by `kill -9` |
//! | `error` | the operation fails as on a full disk, by the error it really has |
//! | `full` | it and every later one fail, as on a disk that stays full |
//! | `hang` | the process says where it is and then waits for ever |
//! | `panic` | regent makes a mistake; at places that are named by [`mistake`] alone |
//!
//! **Invariant:** a build without debug assertions has none.

use std::fmt::Display;

/// An armed fail point was passed: its operation is to fail as on a full disk.
#[derive(Debug, Clone, Copy)]
pub struct Fault(());

impl From<Fault> for std::io::Error {
    fn from(_: Fault) -> Self {
        std::io::ErrorKind::StorageFull.into()
    }
}

/// Runs an operation between the fail points before and after it.
pub fn around<T, E: From<Fault>>(
    name: impl Display,
    operation: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    pass(&name, "before")?;
    let done = operation()?;
    pass(&name, "after")?;
    Ok(done)
}

/// A place where a test can have regent make a mistake, in work that cannot fail.
#[cfg(not(debug_assertions))]
#[inline]
pub fn mistake(_name: impl Display) {}

#[cfg(not(debug_assertions))]
#[inline]
#[expect(clippy::unnecessary_wraps, reason = "a build for tests fails here")]
fn pass(_name: &dyn Display, _side: &str) -> Result<(), Fault> {
    Ok(())
}

#[cfg(debug_assertions)]
use armed::pass;
#[cfg(debug_assertions)]
pub use armed::{arm, mistake, tell_of_hanging, trace};

#[cfg(debug_assertions)]
mod armed {
    use std::collections::BTreeMap;
    use std::fmt::Display;
    use std::fs::File;
    use std::io::Write as _;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, OnceLock, PoisonError};

    use super::Fault;

    static ARMED: OnceLock<Vec<(String, String)>> = OnceLock::new();
    static TRACE: OnceLock<PathBuf> = OnceLock::new();
    static HUNG: OnceLock<PathBuf> = OnceLock::new();
    static FULL: AtomicBool = AtomicBool::new(false);
    static PASSES: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

    /// Arms fail points for this process; what is armed first stays.
    pub fn arm(specification: &str) {
        let points = specification
            .split(',')
            .filter_map(|point| point.split_once('='))
            .map(|(point, action)| (point.to_owned(), action.to_owned()));
        // Arming twice is a test's mistake that would show in its outcome.
        let _already = ARMED.set(points.collect());
    }

    /// Appends the name of each fail point to a file, a line each, as it is passed.
    pub fn trace(file: PathBuf) {
        let _already = TRACE.set(file);
    }

    /// Names the file, or named pipe, to which a process writes the fail point it hangs at.
    pub fn tell_of_hanging(file: PathBuf) {
        let _already = HUNG.set(file);
    }

    /// A place where a test can have regent make a mistake, in work that cannot fail.
    pub fn mistake(name: impl Display) {
        let Some(armed) = ARMED.get() else {
            return;
        };
        let name = name.to_string();
        let panics = |(point, action): &(String, String)| *point == name && action == "panic";
        assert!(
            !armed.iter().any(panics),
            "\u{1b}[2J a message that must not be shown, of {name}"
        );
    }

    pub(super) fn pass(name: &dyn Display, side: &str) -> Result<(), Fault> {
        if ARMED.get().is_none() && TRACE.get().is_none() {
            return Ok(());
        }
        let point = format!("{name}/{side}");
        if let Some(trace) = TRACE.get() {
            say(trace, &point);
        }
        let numbered = {
            let mut passes = PASSES.lock().unwrap_or_else(PoisonError::into_inner);
            let count = passes.entry(point.clone()).or_default();
            *count += 1;
            format!("{point}#{count}")
        };
        if FULL.load(Ordering::Relaxed) {
            return Err(Fault(()));
        }
        let action = ARMED.get().into_iter().flatten();
        let mut action = action.filter(|(armed, _)| *armed == point || *armed == numbered);
        match action.next().map(|(_, action)| action.as_str()) {
            None => Ok(()),
            Some("error") => Err(Fault(())),
            Some("full") => {
                FULL.store(true, Ordering::Relaxed);
                Err(Fault(()))
            }
            Some("hang") => {
                if let Some(hung) = HUNG.get() {
                    say(hung, &point);
                }
                loop {
                    std::thread::park();
                }
            }
            Some(_) => {
                #[cfg(unix)]
                let _killed = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
                std::process::abort()
            }
        }
    }

    /// A test that cannot be told sees a trace cut short, or waits for the process to end.
    fn say(file: &Path, point: &str) {
        let mut options = File::options();
        let opened = options.append(true).create(true).open(file);
        let _unsaid = opened.and_then(|mut file| file.write_all(format!("{point}\n").as_bytes()));
    }
}
