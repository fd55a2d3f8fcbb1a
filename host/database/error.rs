//! What a credential database refuses, and what stops it.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::exit::coded;
use crate::global_info::{Element, ServerName};
use crate::identity::{Digest, Fingerprint, PromotionId, Revision, Term};
use crate::journal::{Event, IllegalEvent, State};
use crate::plan::{Difference, Step, in_a_line};
use crate::system::instead_of;
use crate::visible::quote;

/// What stops a database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL names no engine that regent has.
    #[error("“{scheme}” is no database engine that regent has")]
    UnknownEngine {
        /// What stands before the URL's colon; what follows may hold a password.
        scheme: String,
    },
    /// The URL has no file name, or is written as if it had a host.
    #[error("“{url}” does not name a database file")]
    NoFile {
        /// The URL.
        url: String,
    },
    /// There is no such file, and opening never makes one.
    #[error("there is no credential database {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Creating never overwrites.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// What is left of a deleted database would be read as part of the new one.
    #[error("{} is all that is left of a database", path.display())]
    Leftover {
        /// The file.
        path: PathBuf,
    },
    /// A folder, a named pipe, a device.
    #[error("{} is {kind}, not a database file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What is there.
        kind: &'static str,
    },
    /// Something else stands where a file belongs that is kept beside the database.
    #[error("{} is {kind}, not what is kept there beside the database", path.display())]
    NotANeighbour {
        /// Where.
        path: PathBuf,
        /// What is there.
        kind: &'static str,
    },
    /// Others than the owner may read or write it.
    #[error("{} is open to other accounts (mode {mode:04o})", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file has other names, beside which other processes would keep other locks and logs.
    #[error("{} is the same file under {names} names (hard links)", path.display())]
    Linked {
        /// The name that was given.
        path: PathBuf,
        /// How many names it has.
        names: u64,
    },
    /// The file is no database of this engine.
    #[error("{} is no SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is another program's database.
    #[error("{} is a SQLite database, but no credential database", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A later regent has written it.
    #[error("{} has schema {found}, and this regent knows schemas up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The last one known.
        known: u32,
    },
    /// The file system lacks what write-ahead logging needs.
    #[error("the file system of {} cannot share a write-ahead log between processes", path.display())]
    NoSharedLog {
        /// The file.
        path: PathBuf,
    },
    /// Another process writes, and went on writing for longer than [`BUSY_TIMEOUT`](super::BUSY_TIMEOUT).
    #[error(
        "{} has been writing to {} for more than {} seconds",
        process(*.writer), path.display(), super::BUSY_TIMEOUT.as_secs()
    )]
    Busy {
        /// The file.
        path: PathBuf,
        /// The process, where the operating system tells.
        writer: Option<u32>,
    },
    /// Another process promotes, resumes, aborts, or works with the master secret.
    #[error("the promotion lock is held by {holder}")]
    Locked {
        /// Who holds the lock, as they wrote it down.
        holder: String,
    },
    /// A file operation failed.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// This account may not write to the file, or make the files beside it that writing takes.
    #[error("the credential database {} cannot be written to by this account", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The engine failed in a way that has no name here.
    #[error("the credential database {} cannot be used", path.display())]
    Engine {
        /// The file.
        path: PathBuf,
        /// Its words.
        source: EngineFailure,
    },
    /// What is stored breaks a rule of the type it is read into.
    #[error("the credential database is damaged: {what}")]
    Corrupt {
        /// What, and where.
        what: String,
    },

    /// The writer was master secret server in an earlier term, or read the state before a promotion.
    #[error(
        "this was done in the belief of term {believed}, but term {present} has begun and {master} is the master secret server"
    )]
    StaleTerm {
        /// What the writer believes.
        believed: Term,
        /// What holds.
        present: Term,
        /// The master secret server.
        master: ServerName,
    },
    /// Somebody else wrote since the writer read.
    #[error("the global info has changed: revision {seen} was read, revision {present} is stored")]
    StaleRevision {
        /// What the writer read.
        seen: Revision,
        /// What is stored.
        present: Revision,
    },
    /// A promotion is neither promoted nor undone.
    #[error(
        "promotion {id} to {candidate}, begun by {operator} at {since}, is not finished: {state}"
    )]
    PromotionUnfinished {
        /// Which.
        id: PromotionId,
        /// The server to be promoted.
        candidate: ServerName,
        /// Where it stands.
        state: State,
        /// When it began.
        since: Timestamp,
        /// Who began it.
        operator: String,
    },
    /// The plan was begun before.
    #[error("this plan was used before: promotion {id} is {state}")]
    PlanUsed {
        /// Its promotion.
        id: PromotionId,
        /// Where that stands.
        state: State,
    },
    /// The system is no longer what the plan was made from.
    #[error("the plan is out of date: {}", changed.join("; "))]
    StalePlan {
        /// What differs, one line each.
        changed: Vec<String>,
    },
    /// The plan handed in is not the one that was begun under its id.
    #[error("the plan differs from the one that promotion {id} began with")]
    PlanDiffers {
        /// The promotion.
        id: PromotionId,
    },
    /// The plan names a file in a way that no text can hold.
    #[error("the plan cannot be written down")]
    PlanUnwritable {
        /// Why.
        source: serde_json::Error,
    },
    /// There is no such promotion.
    #[error("there is no promotion {id}")]
    UnknownPromotion {
        /// The id.
        id: PromotionId,
    },
    /// The event belongs to another method: what it says and what it tells of commit together.
    #[error("“{step} {event}” cannot be recorded this way")]
    Misplaced {
        /// The step.
        step: Step,
        /// The event.
        event: Event,
    },
    /// The event cannot follow the journal.
    #[error(transparent)]
    IllegalEvent(#[from] IllegalEvent),

    /// The act would go by other rules than those that govern.
    #[error("{}", other_rules(asked, *unruled, differences))]
    OtherRules {
        /// The rules where it would be done.
        here: Digest,
        /// The rules that govern.
        governing: Digest,
        /// The plugins that govern.
        asked: Vec<String>,
        /// Whether no rule at all is asked where it would be done.
        unruled: bool,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// Other rules govern than those that were asked about their change.
    #[error("the rules that govern this system were changed meanwhile")]
    RulesChanged,

    /// The name is listed already.
    #[error("{name} is an SSO server of this system already")]
    ServerListed {
        /// The name as it is listed.
        name: ServerName,
    },
    /// The name is not listed.
    #[error("{name} is not an SSO server of this system")]
    UnknownServer {
        /// The name.
        name: ServerName,
        /// The listed servers.
        known: Vec<ServerName>,
    },
    /// The master secret server stays listed.
    #[error("{name} is the master secret server and cannot be removed")]
    MasterStays {
        /// Its name.
        name: ServerName,
    },
    /// The first master secret is generated once.
    #[error("the system has a master secret already ({present})")]
    SecretExists {
        /// Its name.
        present: Fingerprint,
    },
    /// A number that its element does not take.
    #[error("{element} cannot be {value}: it takes {min} to {max}")]
    OutOfRange {
        /// Which element.
        element: Element,
        /// The number.
        value: u32,
        /// The least it takes.
        min: u32,
        /// The most it takes.
        max: u32,
    },
}

/// What the engine said, kept whole for the chain of causes.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EngineFailure(rusqlite::Error);

impl EngineFailure {
    /// Keeps what SQLite said.
    pub(super) fn sqlite(error: rusqlite::Error) -> Self {
        Self(error)
    }
}

fn process(id: Option<u32>) -> String {
    id.map_or_else(
        || "another process".to_owned(),
        |id| format!("process {id}"),
    )
}

/// Every way on where other rules govern.
const OTHER_WAYS: &str = "nothing was changed; `regent policy show` shows both. Go to the folder where \
     the rules stand, or name their settings with `--config FILE`; make the ones here govern with \
     `regent policy publish --reason TEXT`; or, where it cannot wait, repeat the command with \
     `--overrule REASON`, which is audited. `regent resume` and `regent abort` work under any rules";

fn other_rules(asked: &[String], unruled: bool, differences: &[Difference]) -> String {
    let what = if unruled {
        let asked = asked.join(", ");
        format!("no rule is asked here, and this system is governed by rules ({asked})")
    } else {
        "the rules here are not the ones that govern this system".to_owned()
    };
    let differences = in_a_line(differences);
    format!("{what}; from those to these: {differences}")
}

coded! {
    Error {
        UnknownEngine "database-engine-unknown" Environment "the database's URL names no engine that regent has";
        NoFile "database-url-invalid" Environment "the database's URL names no database file";
        Missing "database-missing" Environment "there is no such credential database";
        Exists "database-exists" Environment "a database is there already, and creating never overwrites";
        Leftover "database-leftover" Environment "something is left of a deleted database";
        NotAFile "database-not-a-file" Environment "a folder, a pipe or a device stands where the database should be";
        NotANeighbour "database-beside-occupied" Environment "something else stands where a file of the database belongs";
        Exposed "database-open-to-others" Environment "other accounts may open the credential database";
        Linked "database-linked" Environment "the database's file has more names than one";
        ReadOnly "database-read-only" Environment "this account may not write to the credential database";
        NotADatabase "not-a-database" Environment "the file is no database";
        Foreign "database-foreign" Environment "the database is another program's";
        Newer "database-newer" Environment "the database has a schema of a later regent";
        NoSharedLog "database-on-share" Environment "the file system cannot share the database between processes";
        Busy "database-busy" Environment "another process kept on writing to the database";
        Locked "promotion-locked" Conflict "another process promotes, resumes, aborts or works with the master secret";
        File "database-file-failed" Environment "a file of the database cannot be read, made or written";
        Engine "database-failed" Environment "the database engine failed";
        Corrupt "database-corrupt" Environment "what is stored breaks the rules of the database";
        StaleTerm "stale-term" Conflict "it was done in the belief of a term that another has followed";
        StaleRevision "stale-revision" Conflict "somebody else changed the global info since it was read";
        PromotionUnfinished "promotion-unfinished" Conflict "a promotion is neither promoted nor undone";
        PlanUsed "plan-used" Conflict "the plan was begun before";
        StalePlan "plan-stale" Conflict "what the plan was made from has changed";
        PlanDiffers "plan-differs" Conflict "the plan is not the one that its promotion began with";
        PlanUnwritable "plan-unwritable" Environment "the plan names a file in a way that no text can hold";
        UnknownPromotion "promotion-unknown" Conflict "there is no promotion with this id";
        Misplaced "journal-event-misplaced" Conflict "a journal's event belongs to another act";
        OtherRules "other-rules" Conflict "the act would go by other rules than those that govern the system, or by none";
        RulesChanged "rules-changed" Conflict "the rules that govern the system were changed meanwhile";
        ServerListed "server-listed" Conflict "the server is listed already, with other roles";
        UnknownServer "server-unknown" Conflict "the server is not an SSO server of this system";
        MasterStays "master-stays" Conflict "the master secret server cannot be taken off the list";
        SecretExists "secret-exists" Conflict "the system has a master secret already, and generating never replaces it";
        OutOfRange "number-out-of-range" Environment "an element of the global info does not take this number";
    }
    passing { IllegalEvent.0 }
}

fn of_unfinished(candidate: &ServerName) -> String {
    format!(
        "on {candidate}, finish it with `regent --on {candidate} resume`, or go back with \
         `regent --on {candidate} abort`"
    )
}

impl Error {
    /// What to do about it; nothing where the message says it all.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::UnknownEngine { scheme } if scheme.starts_with("postgres") => {
                "PostgreSQL is not supported yet; write sqlite:PATH".to_owned()
            }
            Self::UnknownEngine { .. } | Self::NoFile { .. } => {
                "write sqlite:PATH, for example sqlite:/var/lib/regent/sso.db".to_owned()
            }
            Self::Missing { .. } => {
                "check the path; a new system's database is made by `regent init`".to_owned()
            }
            Self::Exists { .. } => {
                "nothing was changed; to use it leave out `init`, or name another file".to_owned()
            }
            Self::Leftover { path } => format!(
                "if the database it belonged to is really gone, remove {}",
                path.display()
            ),
            Self::NotAFile { .. } | Self::NotADatabase { .. } | Self::Foreign { .. } => {
                "nothing was changed; check the path that --database or regent.toml names"
                    .to_owned()
            }
            Self::NotANeighbour { .. } => {
                "nothing was changed; move it away, and put the file back that was there, if any"
                    .to_owned()
            }
            Self::Exposed { path, .. } => {
                format!("run `chmod 600 {}`", quote(&path.display().to_string()))
            }
            Self::Linked { path, .. } => format!(
                "nothing was changed; each name would have a log and a lock of its own, and who uses \
                 another would write past this one: keep one name and remove the others, which \
                 `find / -xdev -samefile {}` lists",
                quote(&path.display().to_string())
            ),
            Self::Newer { .. } => "upgrade regent on this server; nothing was changed".to_owned(),
            Self::NoSharedLog { .. } => {
                "keep the database on a local disk, not on a network share".to_owned()
            }
            Self::Busy { .. } => {
                "nothing was changed; wait until it is done, or end it, and repeat the command"
                    .to_owned()
            }
            Self::Locked { .. } => {
                "wait until it ends; the lock is let go when that process ends, however it ends"
                    .to_owned()
            }
            Self::ReadOnly { .. } => {
                "nothing was changed; run the command as the account that owns the file and its \
                 folder"
                    .to_owned()
            }
            Self::File { action: "read", .. } => "check that this account may read it".to_owned(),
            Self::File { .. } => {
                "check that the folder exists and that this account may write there".to_owned()
            }
            Self::Engine { .. } => {
                "check the disk's free space and that this account owns the file and its folder"
                    .to_owned()
            }
            Self::Corrupt { .. } => {
                "change nothing more; keep a copy of the file and restore the last good one"
                    .to_owned()
            }
            Self::StaleTerm { master, .. } => {
                format!("nothing was changed; run `regent status`, and act on {master}")
            }
            Self::StaleRevision { .. } => {
                "nothing was changed; look at what changed with `regent status` and repeat"
                    .to_owned()
            }
            Self::PromotionUnfinished { candidate, .. } => of_unfinished(candidate),
            Self::PlanUsed { state, .. } if !state.is_final() => {
                "finish it with `regent resume`, or go back with `regent abort`".to_owned()
            }
            Self::PlanUsed { .. } | Self::StalePlan { .. } => {
                "nothing was changed; make a new plan with `regent plan UPDATE-FILE`".to_owned()
            }
            Self::OtherRules { .. } => OTHER_WAYS.to_owned(),
            Self::RulesChanged => "nothing was changed; repeat the command".to_owned(),
            Self::UnknownPromotion { .. } | Self::PlanDiffers { .. } => {
                "`regent journal` lists the promotions of this system".to_owned()
            }
            Self::PlanUnwritable { .. } => {
                "give the backup file a name that is text in UTF-8".to_owned()
            }
            Self::IllegalEvent(_) => {
                "nothing was changed; `regent journal` shows where the promotion stands".to_owned()
            }
            Self::UnknownServer { name, known } => instead_of(name, known),
            Self::MasterStays { .. } => "promote another server first".to_owned(),
            Self::SecretExists { .. } => {
                "back it up with `regent secret backup NEW-BACKUP`; it is generated only once"
                    .to_owned()
            }
            Self::ServerListed { name } => format!(
                "to give it other roles, take it off the list first: `regent server remove {name}`"
            ),
            Self::Misplaced { .. } | Self::OutOfRange { .. } => return None,
        })
    }
}
