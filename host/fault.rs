//! Fail points: named places at which a test makes the program fail or die.
//!
//! **Invariant:** a build without debug assertions has none.

/// What an armed fail point does to the operation it stands before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fail point {0} was armed")]
pub struct Fault(pub &'static str);

#[cfg(debug_assertions)]
static ARMED: std::sync::OnceLock<Vec<(String, String)>> = std::sync::OnceLock::new();

/// Arms fail points for this process: `point=kill` dies as by `kill -9`, `point=error` fails.
/// Several are separated by commas; what is armed first stays.
#[cfg(debug_assertions)]
pub fn arm(specification: &str) {
    let points = specification
        .split(',')
        .filter_map(|point| point.split_once('='))
        .map(|(point, action)| (point.to_owned(), action.to_owned()))
        .collect();
    // Arming twice is a test's mistake that would show in its outcome.
    let _already = ARMED.set(points);
}

/// Passes the fail point `name`.
#[cfg(debug_assertions)]
pub fn point(name: &'static str) -> Result<(), Fault> {
    let action = ARMED
        .get()
        .and_then(|points| points.iter().find(|(point, _)| point == name));
    match action.map(|(_, action)| action.as_str()) {
        Some("kill") => {
            #[cfg(unix)]
            let _killed = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
            std::process::abort()
        }
        Some(_) => Err(Fault(name)),
        None => Ok(()),
    }
}

/// Passes the fail point `name`, which does nothing in this build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point(_name: &'static str) -> Result<(), Fault> {
    Ok(())
}
