//! Organisations' rules, end to end: real components, asked by the real binary.

mod bench;
mod broken;
mod build;
mod candidates;
mod cases;
mod check;
mod composition;
mod evidence;
mod hostile;
mod load;
mod people;
mod promote;
mod settings;
mod tried;
mod update;
mod zones;

use jsonschema::validator_for;
use regent::identity::Digest;

use crate::plugins;
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

/// The plugins that come with regent, as an organisation configures them.
const NAMING: &str = r"patterns = ['SSO\d{2}']";
const WINDOW: &str = r#"utc-offset = "+01:00"
windows = [
  { days = ["tue", "wed"], from = "22:00", to = "04:00" },
  { days = ["sat"], from = "08:00", to = "24:00" },
]
freeze = [{ from = "2026-12-20", to = "2027-01-05", reason = "year end" }]
emergency = { allowed = true, reason-at-least = 10 }"#;
const AGE: &str = "max-age-hours = 24\nemergency-max-age-hours = 720";

/// A Wednesday, 22:30 in the settings' offset: in the window, and the backup is 16 hours old.
const IN_THE_WINDOW: &str = "2026-03-04T21:30:00Z";
/// A Saturday noon: in the window, and the backup is three days old.
const BACKUP_TOO_OLD: &str = "2026-03-07T12:00:00Z";
/// A Tuesday, 22:30: in the window of an ordinary week, and in the freeze.
const FROZEN: &str = "2026-12-22T21:30:00Z";

/// A site with a master secret and all three plugins.
fn site() -> Site {
    let site = Site::ready();
    install(&site, "server-naming", "", NAMING);
    install(&site, "change-window", "", WINDOW);
    install(&site, "backup-age", "", AGE);
    site
}

/// Puts a plugin that comes with regent into the site; `more` is further lines of its `[[plugin]]`.
pub(crate) fn install(site: &Site, name: &str, more: &str, settings: &str) {
    let bytes = std::fs::read(plugins::component(name)).expect("a component");
    put(site, name, &bytes);
    configure(site, name, more, settings);
}

/// Puts a component built from text into the site.
pub(crate) fn probe(site: &Site, name: &str, probe: &Probe, more: &str) {
    put(site, name, &probe.bytes());
    configure(site, name, more, "");
}

fn put(site: &Site, name: &str, bytes: &[u8]) {
    fs_err::create_dir_all(site.path("plugins")).expect("a folder");
    fs_err::write(site.path(&format!("plugins/{name}.wasm")), bytes).expect("a file");
}

fn configure(site: &Site, name: &str, more: &str, settings: &str) {
    let settings = if settings.is_empty() {
        String::new()
    } else {
        format!("[plugin.settings]\n{settings}\n")
    };
    site.configure(&format!(
        "\n[[plugin]]\nname = \"{name}\"\ncomponent = \"plugins/{name}.wasm\"\n{more}\n{settings}"
    ));
}

/// The plugin only decides promotions.
pub(crate) fn promoter(fixture: &str) -> Probe {
    Probe::of(fixture).exports(&[("about", "about"), ("promoter", "promoter")])
}

/// The plugin only checks update files.
pub(crate) fn validator(fixture: &str) -> Probe {
    Probe::of(fixture).exports(&[("about", "about"), ("validator", "validator")])
}

/// Runs a command that must change nothing: neither the database nor the candidate's vault.
#[track_caller]
fn refused(site: &Site, arguments: &[&str], exit: i32) -> Run {
    let before = site.dump_but_rules();
    let run = site.run(arguments).exits(exit);
    assert_eq!(site.dump_but_rules(), before, "a refusal changes nothing");
    assert!(
        !site.path("vaults/sso02").exists(),
        "a refusal leaves no secret behind"
    );
    run
}

/// The same, in JSON.
#[track_caller]
fn refused_in_json(site: &Site, arguments: &[&str], exit: i32) -> serde_json::Value {
    refused(site, &[&["--format", "json"], arguments].concat(), exit).json()
}

/// Holds a text against `tests/snapshots/rules/<name>.snap`.
#[track_caller]
fn snapshot(name: &str, text: impl AsRef<str>) {
    crate::snapshot!("rules", name, text.as_ref());
}

/// JSON as text to hold against a snapshot.
fn pretty(json: &serde_json::Value) -> String {
    serde_json::to_string_pretty(json).expect("it was JSON before")
}

/// Holds JSON against what `regent schema` prints.
#[track_caller]
pub(crate) fn fits(site: &Site, schema: &str, json: &serde_json::Value) {
    let schema = site.run(&["schema", schema]).exits(0).json();
    let validator = validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator
        .iter_errors(json)
        .map(|error| error.to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{json:#}");
}

/// SHA-256 of a component of the site.
fn digest(site: &Site, name: &str) -> String {
    let path = site.path(&format!("plugins/{name}.wasm"));
    Digest::of(&std::fs::read(path).expect("a component")).to_string()
}

/// What another compiler would compile to other bytes is left out of snapshots, and asserted apart.
fn without_digest(site: &Site, text: &str, name: &str) -> String {
    let digest = digest(site, name);
    let bytes = std::fs::metadata(site.path(&format!("plugins/{name}.wasm")))
        .expect("a component")
        .len();
    assert!(text.contains(&digest[..12]), "{digest}\n{text}");
    text.replace(&digest, "[digest]")
        .replace(&digest[..12], "[digest 12]")
        .replace(&format!("{bytes} bytes"), "[size] bytes")
}
