//! The engine: how components are compiled, and who watches over their calls.
//!
//! **Invariant:** one call runs at a time, on the caller's own thread, while a watchdog waits for
//! its deadline and from then on raises the engine's epoch until the call is over.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Engine, WasmFeatures};

use super::bindings;
use super::error::{Broken, Error};
use super::store::Call;
use super::watchdog::Watchdog;

/// What plugins are built for (`wit/plugin.wit`) and what runs them, each with its version.
pub const VERSIONS: [(&str, &str); 2] = [("plugin contract", "1.0.0"), ("wasmtime", "48.0.8")];

/// The stack WebAssembly may use before a call is too deep. A thread of Rust's has 2 MiB at least,
/// and `main` sees to it that its own is not smaller, so the native stack is never the first to end.
const WASM_STACK: usize = 512 << 10;

/// Compiles and runs components.
pub(super) struct Sandbox {
    engine: Engine,
    linker: Linker<Call>,
    watchdog: Mutex<Option<Watchdog>>,
}

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
            watchdog: Mutex::new(None),
        })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn linker(&self) -> &Linker<Call> {
        &self.linker
    }

    /// Runs `job`; its store must end at the next epoch.
    pub(super) fn run<T>(&self, deadline: Duration, job: impl FnOnce() -> T) -> Result<T, Broken> {
        let mut watchdog = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner);
        let watchdog = match &mut *watchdog {
            Some(watchdog) => watchdog,
            none => none.insert(Watchdog::start(self.engine.weak())?),
        };
        let _watched = watchdog.watch(deadline);
        Ok(job())
    }
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
}
