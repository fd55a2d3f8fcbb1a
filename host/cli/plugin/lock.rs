//! `regent plugin lock`: pin the configured plugins as they are now.

use crate::database;
use crate::exit::Status;
use crate::identity::SystemId;
use crate::policy::Purpose;
use crate::report::plugin::lock::{LockReport, PinReport};
use crate::settings::lock::Pin;
use crate::settings::{Error, FILE, Lock};
use crate::source;

use super::super::failure::Misuse;
use super::super::{Context, Failure};

/// Of which system the lock is: as the settings say, or else the database, where there is one.
fn system(context: &Context) -> Result<Option<SystemId>, Failure> {
    if let Some(system) = context.settings()?.system {
        return Ok(Some(system));
    }
    let state = || Some(database::look(&context.url().ok()?).ok()?.state().ok()?.id);
    Ok(state())
}

pub(super) fn run(context: &mut Context) -> Result<Status, Failure> {
    let settings = context.settings()?;
    let Some(path) = settings.lock_file() else {
        return Err(Failure::Usage {
            code: Misuse::NoSettings,
            message: format!("there is no {FILE} here, and so no plugin to pin"),
            help: "go to the folder that holds it, or name it with --config FILE".to_owned(),
        });
    };
    // A lock that cannot be read is written anew; what it pinned is not known then.
    let (before, unusable) = match settings.lock() {
        Ok(before) => (before, None),
        Err(error @ Error::Lock { .. }) => (None, Some(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let admitted = settings.admit(None)?;
    let policy = context.load(&admitted, Purpose::Decide)?;
    policy.try_out(context.ambience.clock.now())?;
    let pins = policy.plugins().iter().zip(admitted);
    let pins = pins.map(|(loaded, admitted)| Pin::of(loaded, admitted.signers));
    let lock = Lock::new(path, pins.collect()).of(system(context)?);
    source::replace(lock.path(), lock.text().as_bytes()).map_err(|cause| Failure::File {
        act: "write",
        path: lock.path().to_owned(),
        cause,
    })?;
    let plugins = lock.plugins.iter().map(|pin| {
        let before = before.as_ref().and_then(|before| before.pin(&pin.name));
        PinReport {
            name: pin.name.to_string(),
            digest: pin.digest,
            before: before.map(|before| before.digest),
            contract: pin.contract.clone(),
            signers: pin.signers.iter().map(|by| by.name.clone()).collect(),
        }
    });
    let former = before.iter().flat_map(|before| &before.plugins);
    let dropped = former.filter(|former| lock.pin(&former.name).is_none());
    context.say(&LockReport {
        lock: lock.path().display().to_string(),
        plugins: plugins.collect(),
        dropped: dropped.map(|former| former.name.to_string()).collect(),
        unusable,
    })?;
    Ok(Status::Done)
}
