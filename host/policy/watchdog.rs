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
    board: Mutex<Board>,
    changed: Condvar,
}

struct Board {
    orders: Orders,
    /// When the watchdog looks at its orders again; nothing while it rests.
    looks_at: Option<Instant>,
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
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watchdog {
    /// Starts the thread.
    pub(super) fn start(engine: EngineWeak) -> Result<Self, Broken> {
        let post = Arc::new(Post {
            board: Mutex::new(Board {
                orders: Orders::Rest,
                looks_at: None,
            }),
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
        let at = Instant::now() + deadline;
        let mut board = self.0.board();
        board.orders = Orders::RaiseAt(at);
        // Waking a thread costs more than most calls: one that looks in time is left asleep.
        if board.looks_at.is_none_or(|looks| looks > at) {
            self.0.changed.notify_one();
        }
        drop(board);
        Watched(&self.0)
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        // Nobody needs to be woken to rest: the watchdog finds out when it looks.
        self.0.board().orders = Orders::Rest;
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.board().orders = Orders::Leave;
        self.0.changed.notify_one();
    }
}

fn keep_watch(post: &Post, engine: &EngineWeak) {
    let mut board = post.board();
    loop {
        let look_at = match board.orders {
            Orders::Leave => return,
            Orders::Rest => {
                board.looks_at = None;
                let woken = post.changed.wait(board);
                board = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            Orders::RaiseAt(at) => at,
        };
        let left = look_at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let Some(engine) = engine.upgrade() else {
                return;
            };
            engine.increment_epoch();
            board.orders = Orders::RaiseAt(Instant::now() + TICK);
        } else {
            board.looks_at = Some(look_at);
            let woken = post.changed.wait_timeout(board, left);
            board = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
