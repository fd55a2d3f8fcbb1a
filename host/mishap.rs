//! A mistake of regent's own: a panic, caught where other work can go on.
//!
//! **Invariant:** of a panic nothing is told but what stands in regent's source: its place, and its
//! message where that is fixed text. A message that was put together may hold a password, or what
//! a terminal obeys.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook};

use crate::exit::coded;

/// What to do about one.
pub const HELP: &str = "please report this line and what `regent --version` prints to whoever gave \
                        you regent, with the file if it may be shown";

/// A panic, as it may be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("regent made a mistake of its own, at {place}{message}")]
pub struct Mishap {
    place: String,
    message: String,
}

coded!(Mishap "internal-error" Internal "regent itself made a mistake");

thread_local! {
    /// How many calls of [`caught`] this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The panic that is on its way to the innermost of them.
    static LAST: RefCell<Option<Mishap>> = const { RefCell::new(None) };
}

impl Mishap {
    fn new(place: Option<&Location<'_>>, payload: &(dyn std::any::Any + Send)) -> Self {
        let fixed = payload.downcast_ref::<&'static str>();
        Self {
            place: place.map_or_else(
                || "a place that is not known".to_owned(),
                Location::to_string,
            ),
            message: fixed.map_or_else(String::new, |fixed| format!(": {fixed}")),
        }
    }
}

/// Does something that may panic, and tells where it did.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Mishap> {
    DEPTH.set(DEPTH.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    done.map_err(|payload| {
        let told = LAST.take();
        told.unwrap_or_else(|| Mishap::new(None, &*payload))
    })
}

/// Keeps panics of this process from being printed as they are: one that is caught is told by who
/// caught it, any other by `say`.
pub fn listen(say: fn(&Mishap)) {
    set_hook(Box::new(move |panic| {
        let mishap = Mishap::new(panic.location(), panic.payload());
        if DEPTH.get() > 0 {
            LAST.replace(Some(mishap));
        } else {
            say(&mishap);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fixed_text_of_a_panic_is_told() {
        let secret = "hunter2";
        let told = caught(|| panic!("the password is {secret}")).expect_err("it panics");
        assert!(!told.to_string().contains("hunter2"), "{told}");
        let told = caught(|| panic!("a piece is missing")).expect_err("it panics");
        assert!(told.to_string().ends_with(": a piece is missing"), "{told}");
        assert_eq!(caught(|| 7), Ok(7));
    }
}
