//! What ends a call that does not end by itself.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wasmtime::EngineWeak;

use super::error::Broken;

/// How long the watchdog waits between two raises of the epoch, once a deadline is over.
const TICK: Duration = Duration::from_millis(10);

/// A thread that raises the engine's epoch from a call's deadline on; it ends when this is dropped.
pub(super) struct Watchdog(Arc<Post>);

/// Where caller and watchdog leave each other word.
struct Post {
    orders: Mutex<Orders>,
    changed: Condvar,
}

#[derive(Clone, Copy)]
enum Orders {
    Rest,
    RaiseAt(Instant),
    Leave,
}

/// A call that is being watched, until this is dropped.
pub(super) struct Watched<'a>(&'a Post);

impl Post {
    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, orders: Orders) {
        *self.orders() = orders;
        self.changed.notify_one();
    }
}

impl Watchdog {
    /// Starts the thread.
    pub(super) fn start(engine: EngineWeak) -> Result<Self, Broken> {
        let post = Arc::new(Post {
            orders: Mutex::new(Orders::Rest),
            changed: Condvar::new(),
        });
        let theirs = Arc::clone(&post);
        std::thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || keep_watch(&theirs, &engine))
            .map_err(|error| Broken::Host(format!("no thread could be started: {error}")))?;
        Ok(Self(post))
    }

    /// Watches a call from now on.
    pub(super) fn watch(&self, deadline: Duration) -> Watched<'_> {
        self.0.order(Orders::RaiseAt(Instant::now() + deadline));
        Watched(&self.0)
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        // Nobody needs to be woken to rest: the watchdog finds out when it looks.
        *self.0.orders() = Orders::Rest;
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.order(Orders::Leave);
    }
}

fn keep_watch(post: &Post, engine: &EngineWeak) {
    let mut orders = post.orders();
    loop {
        orders = match *orders {
            Orders::Leave => return,
            Orders::Rest => post
                .changed
                .wait(orders)
                .unwrap_or_else(PoisonError::into_inner),
            Orders::RaiseAt(at) => {
                let left = at.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    let Some(engine) = engine.upgrade() else {
                        return;
                    };
                    engine.increment_epoch();
                    *orders = Orders::RaiseAt(Instant::now() + TICK);
                    orders
                } else {
                    let waited = post.changed.wait_timeout(orders, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            }
        };
    }
}
