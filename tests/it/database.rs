//! The credential database: what every engine must do, and what SQLite does with its files.

#[macro_use]
mod conformance;
mod chain;
mod damage;
mod files;
mod processes;
mod world;

use std::cell::Cell;

use regent::database::{Error, create};

mod sqlite {
    engine! { super::on_sqlite }
}

/// Runs a test of the suite on SQLite, in a folder of its own.
fn on_sqlite(test: fn(world::Fresh<'_>) -> Result<(), Error>) -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let made = Cell::new(0);
    test(&|| {
        made.set(made.get() + 1);
        let url = format!("sqlite:{}/{}.db", folder.path().display(), made.get());
        create(&url, &world::new_system(), &world::anna(0)).expect("a database can be made")
    })
}
