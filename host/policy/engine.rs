//! The engine: how components are compiled, and the one thread on which they run.
//!
//! **Invariant:** one call runs at a time. The caller is the watchdog of its own call: it waits
//! for the answer until the deadline, and from then on raises the engine's epoch until it comes.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Engine, WasmFeatures};

use super::bindings;
use super::error::{Broken, Error};
use super::store::Call;

/// The stack WebAssembly may use before a call is too deep.
const WASM_STACK: usize = 512 << 10;

/// The stack of the thread plugins run on. Exhausting a native stack would abort the process, so
/// it is far more than [`WASM_STACK`] and what host functions need, whatever `ulimit -s` says.
const THREAD_STACK: usize = 4 << 20;

/// How long the watchdog waits between two raises of the epoch, once the deadline is over.
const TICK: Duration = Duration::from_millis(10);

/// Compiles and runs components.
pub(super) struct Sandbox {
    engine: Engine,
    linker: Linker<Call>,
    worker: Mutex<Option<Sender<Job>>>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Sandbox {
    pub(super) fn new() -> Result<Self, Error> {
        let refused = |error: wasmtime::Error| Error::Engine {
            reason: format!("{error:#}"),
        };
        let engine = Engine::new(&config()).map_err(refused)?;
        let mut linker = Linker::new(&engine);
        // The whole of what a plugin can reach. `types` holds no function and needs no entry.
        bindings::regent::plugin::log::add_to_linker::<Call, HasSelf<Call>>(&mut linker, |call| {
            call
        })
        .map_err(refused)?;
        Ok(Self {
            engine,
            linker,
            worker: Mutex::new(None),
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn linker(&self) -> &Linker<Call> {
        &self.linker
    }

    /// Runs `job` on the worker thread and waits for it; its store must end at the next epoch.
    pub(super) fn run<T: Send + 'static>(
        &self,
        deadline: Duration,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Broken> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, answered) = mpsc::channel();
        let job: Job = Box::new(move || {
            // Nobody waits any more only where the caller has panicked.
            let _unheard = answer.send(job());
        });
        let jobs = match worker.take() {
            Some(jobs) => jobs,
            None => start()?,
        };
        let lost = || Broken::Host("its thread ended".to_owned());
        jobs.send(job).map_err(|_| lost())?;
        let mut wait = deadline;
        loop {
            match answered.recv_timeout(wait) {
                Ok(value) => {
                    *worker = Some(jobs);
                    return Ok(value);
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.engine.increment_epoch();
                    wait = TICK;
                }
                Err(RecvTimeoutError::Disconnected) => return Err(lost()),
            }
        }
    }
}

/// Starts a worker; it ends when the sender is dropped.
fn start() -> Result<Sender<Job>, Broken> {
    let (jobs, incoming) = mpsc::channel::<Job>();
    std::thread::Builder::new()
        .name("plugins".to_owned())
        .stack_size(THREAD_STACK)
        .spawn(move || incoming.into_iter().for_each(|job| job()))
        .map_err(|error| Broken::Host(format!("no thread could be started: {error}")))?;
    Ok(jobs)
}

/// The settings of compiled code. What cargo's features leave out is switched off again here.
fn config() -> Config {
    let mut config = Config::new();
    config
        // The same verdict for the same input on every machine …
        .consume_fuel(true)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        // … and a deadline for what fuel does not see.
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        // Nothing a rule needs; each was behind an advisory or is a way round a limit. Several
        // memories stay on: wasmtime joins the parts of a component by modules that have two, and
        // panics where they are off.
        .wasm_simd(false)
        .wasm_tail_call(false)
        .wasm_memory64(false)
        .wasm_gc(false)
        .wasm_features(WasmFeatures::FUNCTION_REFERENCES, false)
        .gc_support(false)
        .shared_memory(false)
        // Each instance lives for one call, so an image to map would be made for nothing.
        .memory_init_cow(false)
        .native_unwind_info(cfg!(windows))
        // A trap is told by its kind; addresses would only make compiled code larger.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false);
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_set_as_meant() {
        let sandbox = Sandbox::new().expect("starts");
        let engine = sandbox.engine();
        assert!(engine.get_consume_fuel() && engine.get_epoch_interruption());
        assert_eq!(engine.get_cranelift_nan_canonicalization(), Some(true));
        assert_eq!(engine.get_max_wasm_stack(), WASM_STACK);
        assert!(!engine.get_shared_memory() && !engine.get_concurrency_support());
        let features = format!("{:?}", engine.get_wasm_features());
        for off in [
            "THREADS",
            "SIMD",
            "GC",
            "EXCEPTIONS",
            "TAIL_CALL",
            "MEMORY64",
            "CM_ASYNC",
            "FUNCTION_REF",
        ] {
            assert!(
                !features.split(" | ").any(|feature| feature.contains(off)),
                "{off} is on: {features}"
            );
        }
    }

    #[test]
    fn a_job_that_panics_is_told_and_the_next_one_runs() {
        let sandbox = Sandbox::new().expect("starts");
        let deadline = Duration::from_mins(1);
        let broken = sandbox.run(deadline, || -> u8 { panic!("a bug of the host") });
        assert_eq!(broken, Err(Broken::Host("its thread ended".to_owned())));
        assert_eq!(sandbox.run(deadline, || 7), Ok(7));
    }
}
