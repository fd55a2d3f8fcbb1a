//! What a plugin may use up in one call: a fresh store, its limits and its log.

use std::fmt;

use serde::Serialize;
use wasmtime::{Engine, ResourceLimiter, Store};

use super::bindings::regent::plugin::log;
use super::error::{Broken, Exceeded};
use super::settings::{Limits, Units};

/// More than any component is made of; what costs memory is bounded by [`Limits`].
const PARTS: usize = 64;

/// How important the plugin finds a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// For the plugin's author.
    Debug,
    /// For the operator.
    Info,
    /// For the operator to heed.
    Warn,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
        })
    }
}

/// A line a plugin logged, as it wrote it: control characters are the reader's to escape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// How important.
    pub level: LogLevel,
    /// What.
    pub message: String,
}

/// What a call used up of what it may, from its fresh instance on: the same for the same component
/// and the same question on every machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Usage {
    /// WebAssembly instructions, roughly: what `limits.fuel` bounds.
    pub fuel: u64,
    /// Bytes of all its memories together, which never shrink: what `limits.memory-mib` bounds.
    pub memory_bytes: u64,
}

/// One call's share of the host.
pub(super) struct Call {
    budget: Budget,
    log: Vec<LogLine>,
}

struct Budget {
    limits: Limits,
    memory_bytes: usize,
    table_elements: usize,
    log_lines: usize,
    log_bytes: usize,
}

/// A store for one call. Its fuel and its deadline run from now on.
pub(super) fn open(engine: &Engine, limits: Limits) -> wasmtime::Result<Store<Call>> {
    let units = Units::from(limits);
    let budget = Budget {
        limits,
        memory_bytes: units.memory_bytes,
        table_elements: units.table_elements,
        log_lines: units.log_lines,
        log_bytes: units.log_bytes,
    };
    let log = Vec::new();
    let mut store = Store::new(engine, Call { budget, log });
    store.set_fuel(limits.fuel)?;
    store.set_epoch_deadline(1);
    store.set_hostcall_fuel(units.returned_bytes);
    store.set_max_component_handles(units.handles);
    store.limiter(|call| &mut call.budget);
    Ok(store)
}

/// What the store's call has used up so far.
pub(super) fn used(store: &Store<Call>) -> Usage {
    let budget = &store.data().budget;
    let memory = Units::from(budget.limits).memory_bytes - budget.memory_bytes;
    Usage {
        // Only a store whose engine counts no fuel has none.
        fuel: budget.limits.fuel - store.get_fuel().unwrap_or(budget.limits.fuel),
        memory_bytes: memory as u64,
    }
}

impl Call {
    /// What was logged.
    pub(super) fn into_log(self) -> Vec<LogLine> {
        self.log
    }
}

/// Takes `wanted` out of what is left, or says what was exceeded.
fn take(
    left: &mut usize,
    wanted: usize,
    exceeded: impl FnOnce() -> Broken,
) -> wasmtime::Result<()> {
    match left.checked_sub(wanted) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(wasmtime::Error::new(Exceeded(exceeded()))),
    }
}

/// Memories and tables are bounded as a sum over the call, since an interpreter has several.
/// Growth beyond it traps, so that the reason is known: a guest that sees −1 only panics. Growth
/// beyond what the guest itself declared costs nothing, since it fails.
impl ResourceLimiter for Budget {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let mib = self.limits.memory_mib;
        let wanted = desired.saturating_sub(current);
        take(&mut self.memory_bytes, wanted, || Broken::Memory { mib })?;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let elements = self.limits.table_elements;
        let wanted = desired.saturating_sub(current);
        take(&mut self.table_elements, wanted, || Broken::TableElements {
            elements,
        })?;
        Ok(true)
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn tables(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        PARTS
    }
}

impl log::Host for Call {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let limits = self.budget.limits;
        take(&mut self.budget.log_lines, 1, || Broken::LogLines {
            lines: limits.log_lines,
        })?;
        take(&mut self.budget.log_bytes, message.len(), || {
            Broken::LogText {
                kib: limits.log_kib,
            }
        })?;
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
        };
        self.log.push(LogLine { level, message });
        Ok(())
    }
}
