//! `regent.toml`: any text is read or refused at a place in it, and means the same however it is spelled.

use std::collections::BTreeSet;
use std::path::Path;

use regent::settings::{Error, Settings};

use super::shown;

/// Settings that are accepted can be used, and those that are not are refused by name and place.
pub(crate) fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let settings = match parse(text) {
        Ok(settings) => settings,
        Err(error) => {
            if let Error::Invalid { position, .. } = &error {
                let lines = text.lines().count().max(1) + 1;
                assert!((1..=lines).contains(&(position.line as usize)), "{error}");
            }
            return shown::error(&error, error.help());
        }
    };
    let names: BTreeSet<_> = settings.plugins.iter().map(|plugin| &plugin.name).collect();
    assert_eq!(names.len(), settings.plugins.len(), "names are given once");
    for plugin in &settings.plugins {
        let name = plugin.name.as_str();
        shown::harmless(name);
        assert!(plugin.settings.is_object());
    }
    if let Err(error) = settings.database(None) {
        assert!(matches!(error, Error::NoDatabase));
    }
    if let Some(server) = &settings.server {
        let vault = settings.vault_of(server);
        let folder = vault.file_name().and_then(|name| name.to_str());
        let own = server.as_str().to_ascii_lowercase();
        assert_eq!(folder, Some(own.as_str()), "a folder of its own");
    }
    // Comments, order and quotes mean nothing.
    let table: toml::Table = toml::from_str(text).expect("what was accepted is TOML");
    let again = toml::to_string(&table).expect("a table is TOML");
    let again = parse(&again).expect("and is accepted again");
    assert_eq!(format!("{again:?}"), format!("{settings:?}"));
    // What is accepted is not accepted with a key that nobody knows.
    let mut unknown = table;
    unknown.insert("no-such-key".to_owned(), true.into());
    let unknown = toml::to_string(&unknown).expect("a table is TOML");
    assert!(matches!(parse(&unknown), Err(Error::Invalid { .. })));
}

fn parse(text: &str) -> Result<Settings, Error> {
    Settings::parse(text, Path::new("site/regent.toml"))
}
