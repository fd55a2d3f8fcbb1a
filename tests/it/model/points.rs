//! Where the model kills: at a point for each thing that a kill can leave behind.

/// A fail point at which a command is killed.
pub(crate) type Point = &'static str;

/// The secret is staged, and the journal has not begun.
pub(crate) const STAGED: Point = "database/begin/before";
/// The promotion is on record, and nothing is done.
pub(crate) const BEGUN: Point = "database/begin/after";
/// The new global info is about to be written.
pub(crate) const STARTED: Point = "journal/update-database/started/after";
/// It is written, with the new term.
pub(crate) const WRITTEN: Point = "journal/update-database/succeeded/after";
/// The operator was told to restart the service, and the journal does not say so.
pub(crate) const RESTARTED: Point = "journal/restart-service/succeeded/before";
/// What the vault held is aside, and the staged secret not in its place; told from
/// other renames by its number.
pub(crate) const ASIDE: Point = "file/rename/before";
/// The new secret is the current one, and not verified.
pub(crate) const ACTIVE: Point = "journal/verify/started/after";
/// The promotion is past its point of no return, and what it kept aside still there.
pub(crate) const SETTLING: Point = "journal/verify/succeeded/after";
/// The new secret is gone again from a vault that held none, and what says so still there; told
/// from other removals by its number.
pub(crate) const EMPTIED: Point = "file/remove/before";
/// The vault holds again what it held, and the journal does not say so.
pub(crate) const DEACTIVATED: Point = "journal/restore-secret/undone/before";
/// The old global info is about to be written back.
pub(crate) const TAKING_BACK: Point = "journal/update-database/undo-started/after";
/// It is written back, and what was staged still there.
pub(crate) const TAKEN_BACK: Point = "database/undo-update/after";
/// Everything is as before, and the journal does not say so.
pub(crate) const ENDING: Point = "journal/update-database/undone/before";

/// Every fail point that the model knows.
pub(crate) const POINTS: [Point; 13] = [
    STAGED,
    BEGUN,
    STARTED,
    WRITTEN,
    RESTARTED,
    ASIDE,
    ACTIVE,
    SETTLING,
    EMPTIED,
    DEACTIVATED,
    TAKING_BACK,
    TAKEN_BACK,
    ENDING,
];
