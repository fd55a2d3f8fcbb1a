//! A copy of a database, for who may not write to the file: to read one that has a write-ahead log
//! takes files beside it, and whoever makes those in another's place shuts the owner out.
//!
//! **Invariant:** what is copied is what one reader would have seen, and nothing is left behind.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use tempfile::TempDir;

use super::file::{self, beside, failed};
use crate::database::{BUSY_TIMEOUT, Error};

/// How many bytes a write-ahead log begins with before its first frame: its header, which holds
/// another salt each time the log begins anew.
const LOG_HEADER: u64 = 32;

/// A database file of one's own, gone when dropped.
pub(super) struct Copy {
    /// Its path.
    pub(super) path: PathBuf,
    _folder: TempDir,
}

/// Copies a database with its log, again where somebody wrote in a way that could tear the copy.
pub(super) fn take(database: &Path) -> Result<Copy, Error> {
    let begun = Instant::now();
    loop {
        let folder = TempDir::new().map_err(failed("copy", database))?;
        let path = folder.path().join("database");
        if copied(database, &path).map_err(failed("read", database))? {
            return Ok(Copy {
                path,
                _folder: folder,
            });
        }
        if begun.elapsed() >= BUSY_TIMEOUT {
            return Err(Error::Busy {
                path: database.to_owned(),
                writer: file::writer(database),
            });
        }
    }
}

/// Whether the copy is whole. While a log goes on, the file changes only by what is in the log
/// already, which the copy of the log, made after it, puts over it; without a log it must not
/// change at all.
fn copied(from: &Path, to: &Path) -> io::Result<bool> {
    let (log, log_copy) = (beside(from, "-wal"), beside(to, "-wal"));
    let before = Marks::of(from, &log)?;
    copy(from, to)?;
    match copy(&log, &log_copy) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        copied => copied?,
    }
    Ok(Marks::of(from, &log)? == before)
}

/// What must not change while a copy is made.
#[derive(PartialEq, Eq)]
enum Marks {
    /// The header of the log.
    Log(Vec<u8>),
    /// Length and time of the file, where there is no log.
    File(u64, SystemTime),
}

impl Marks {
    fn of(database: &Path, log: &Path) -> io::Result<Self> {
        let mut header = Vec::new();
        match File::open(log) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => drop(opened?.take(LOG_HEADER).read_to_end(&mut header)?),
        }
        if !header.is_empty() {
            return Ok(Self::Log(header));
        }
        let found = std::fs::metadata(database)?;
        Ok(Self::File(found.len(), found.modified()?))
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = File::open(from)?;
    let mut options = OpenOptions::new();
    let mut to = options.write(true).create_new(true).open(to)?;
    io::copy(&mut from, &mut to).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use rusqlite::Connection;

    use super::*;

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).expect("a database");
        connection.busy_timeout(BUSY_TIMEOUT).expect("patience");
        connection
    }

    /// Commits two tables that always hold the same, over many pages, and empties the log at times.
    fn write(path: &Path, stop: &AtomicBool) {
        let writer = open(path);
        for round in 0.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let page = "x".repeat(4000 + round % 7);
            let both = format!(
                "BEGIN IMMEDIATE; INSERT INTO one (page) VALUES ('{page}'), ('{page}');
                 INSERT INTO other (page) VALUES ('{page}'), ('{page}');
                 DELETE FROM one WHERE id % 64 = {gone}; DELETE FROM other WHERE id % 64 = {gone};
                 COMMIT;",
                gone = round % 64
            );
            writer.execute_batch(&both).expect("written");
            let emptied = [
                "PRAGMA wal_checkpoint(TRUNCATE)",
                "PRAGMA wal_checkpoint(PASSIVE)",
            ];
            if let Some(sql) = emptied.get(round % 5) {
                writer.query_row(sql, [], |_| Ok(())).expect("moved");
            }
        }
    }

    #[test]
    fn a_copy_is_what_one_reader_would_have_seen_whoever_writes_meanwhile() {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("credential.db");
        open(&path)
            .execute_batch(
                "PRAGMA journal_mode = WAL;
                 CREATE TABLE one (id INTEGER PRIMARY KEY, page);
                 CREATE TABLE other (id INTEGER PRIMARY KEY, page);",
            )
            .expect("made");
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| write(&path, &stop));
            for _ in 0..40 {
                let copy = take(&path).expect("a copy");
                let read = open(&copy.path);
                let text = |sql: &str| read.query_row(sql, [], |row| row.get::<_, String>(0));
                assert_eq!(text("PRAGMA integrity_check").expect("an answer"), "ok");
                let of = |table: &str| {
                    let sql = format!("SELECT count(*) || ' ' || total(length(page)) FROM {table}");
                    text(&sql).expect("an answer")
                };
                assert_eq!(of("one"), of("other"));
            }
            stop.store(true, Ordering::Relaxed);
            writer.join().expect("it writes to its end");
        });
    }

    #[test]
    fn what_is_only_in_the_log_is_copied_and_nothing_is_left() {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("credential.db");
        let writer = open(&path);
        writer
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
                 CREATE TABLE one (page); INSERT INTO one VALUES ('in the log');",
            )
            .expect("written");
        let copy = take(&path).expect("a copy");
        let said =
            open(&copy.path).query_row("SELECT page FROM one", [], |row| row.get::<_, String>(0));
        assert_eq!(said.expect("a row"), "in the log");
        let place = copy.path.clone();
        drop(copy);
        assert!(!place.exists());
    }
}
