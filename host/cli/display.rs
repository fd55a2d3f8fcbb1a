//! What the vendor's tools show.

use crate::exit::Status;
use crate::report::system::DisplayReport;

use super::{Context, Failure};

/// `ssomanage -displaydb`.
pub(super) fn database(context: &Context) -> Result<Status, Failure> {
    let database = context.records()?;
    let state = database.state()?;
    context.say(&DisplayReport {
        database: database.url().to_owned(),
        info: state.info,
        enabled: state.enabled,
        tickets_allowed: state.tickets_allowed,
        tickets_validated: state.tickets_validated,
    })?;
    Ok(Status::Done)
}
