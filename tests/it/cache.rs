//! Compiled code is loaded only where this installation wrote it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use regent::entropy::Entropy;
use regent::policy::{Cache, Error, PluginSettings, Policy, Purpose};

use crate::policy::probe::{Components, Probe, promotion};

struct Site {
    components: Components,
    plugins: Vec<PluginSettings>,
}

impl Site {
    fn new() -> Self {
        let components = Components::new();
        let plugins = vec![components.plugin("probe", &Probe::of("sound").bytes(), "")];
        Self {
            components,
            plugins,
        }
    }

    fn folder(&self) -> PathBuf {
        self.components.path().join("cache")
    }

    fn cache(&self, seed: &str) -> Cache {
        Cache::open(&self.folder(), &mut Entropy::seeded(seed)).expect("opens")
    }

    /// Loads and asks; what progress was told.
    fn load(&self, cache: &Cache) -> Vec<String> {
        let lines = RefCell::new(Vec::new());
        let note = |line: &str| lines.borrow_mut().push(line.to_owned());
        let policy = Policy::load(
            &self.plugins,
            self.components.path(),
            Some(cache),
            Purpose::Decide,
            &note,
        );
        let policy = policy.expect("loads");
        assert_eq!(policy.plugins()[0].description.version, "1.2.3");
        let (plan, facts) = promotion();
        assert!(policy.decide(&plan, &facts).is_approved());
        lines.into_inner()
    }

    fn entries(&self) -> Vec<PathBuf> {
        let entries = fs_err::read_dir(self.folder()).expect("reads");
        let paths = entries.map(|entry| entry.expect("reads").path());
        paths
            .filter(|path| path.extension().is_some_and(|kind| kind == "compiled"))
            .collect()
    }
}

const COMPILED: &str = "compiling plugin probe";
const REFUSED: &str =
    "the cached code of plugin probe was not written by this installation; it was removed";

#[test]
fn what_was_compiled_once_is_not_compiled_again() {
    let site = Site::new();
    let cache = site.cache("a");
    assert_eq!(site.load(&cache), [COMPILED]);
    assert_eq!(site.entries().len(), 1);
    assert_eq!(site.load(&cache), [""; 0]);
    // Another process finds the same key.
    assert_eq!(site.load(&site.cache("b")), [""; 0]);
}

#[test]
fn another_component_is_another_entry() {
    let site = Site::new();
    let cache = site.cache("a");
    site.load(&cache);
    site.components
        .put("probe", &Probe::of("sound").rules(&["other"]).bytes());
    assert_eq!(site.load(&cache), [COMPILED]);
    assert_eq!(site.entries().len(), 2);
}

#[test]
fn a_tampered_entry_is_never_loaded() {
    let site = Site::new();
    let cache = site.cache("a");
    site.load(&cache);
    let [entry] = &site.entries()[..] else {
        panic!("one entry");
    };
    let sound = fs_err::read(entry).expect("reads");
    let last = sound.len() - 1;
    // In the MAC, in the description's length, in the description, in the code; cut off, emptied.
    for at in [0, 33, 40, sound.len() / 2, last] {
        let mut tampered = sound.clone();
        tampered[at] ^= 1;
        replace(entry, &tampered);
        assert_eq!(site.load(&cache), [REFUSED, COMPILED], "byte {at}");
        assert_eq!(site.load(&cache), [""; 0]);
    }
    for length in [0, 31, 36, last] {
        replace(entry, &sound[..length]);
        assert_eq!(site.load(&cache), [REFUSED, COMPILED], "length {length}");
    }
}

fn replace(path: &Path, bytes: &[u8]) {
    fs_err::write(path, bytes).expect("writes");
}

#[test]
fn an_entry_under_another_key_is_never_loaded() {
    let (site, other) = (Site::new(), Site::new());
    other.load(&other.cache("b"));
    let cache = site.cache("a");
    let foreign = &other.entries()[0];
    let name = foreign.file_name().expect("a name");
    fs_err::copy(foreign, site.folder().join(name)).expect("copies");
    assert_eq!(site.load(&cache), [REFUSED, COMPILED]);
}

#[test]
fn an_entry_under_another_name_is_never_loaded() {
    let site = Site::new();
    let cache = site.cache("a");
    site.load(&cache);
    let first = site.entries().remove(0);
    let denies = Probe::of("denies").bytes();
    site.components.put("probe", &denies);
    let policy = Policy::load(
        &site.plugins,
        site.components.path(),
        Some(&cache),
        Purpose::Decide,
        &|_| {},
    );
    policy.expect("loads");
    let second = site
        .entries()
        .into_iter()
        .find(|entry| *entry != first)
        .expect("another");
    // The entry of a plugin that approves in the place of one that denies.
    fs_err::copy(&first, &second).expect("copies");
    let lines = RefCell::new(Vec::new());
    let note = |line: &str| lines.borrow_mut().push(line.to_owned());
    let policy = Policy::load(
        &site.plugins,
        site.components.path(),
        Some(&cache),
        Purpose::Decide,
        &note,
    );
    let (plan, facts) = promotion();
    assert!(!policy.expect("loads").decide(&plan, &facts).is_approved());
    assert_eq!(lines.into_inner(), [REFUSED, COMPILED]);
}

#[test]
fn old_entries_make_room() {
    let site = Site::new();
    let cache = site.cache("a");
    for number in 0..70 {
        replace(&site.folder().join(format!("{number}.compiled")), b"");
    }
    site.load(&cache);
    assert_eq!(site.entries().len(), 64);
    assert_eq!(site.load(&cache), [""; 0]);
}

#[test]
fn settings_are_checked_on_a_warm_start_too() {
    let mut site = Site::new();
    let cache = site.cache("a");
    let schema = r#"{"type":"object","additionalProperties":false}"#;
    site.components
        .put("probe", &Probe::of("sound").schema(schema).bytes());
    site.load(&cache);
    site.plugins[0].settings = serde_json::json!({ "hours": 4 });
    let refused = || {
        let error = Policy::load(
            &site.plugins,
            site.components.path(),
            Some(&cache),
            Purpose::Decide,
            &|_| {},
        )
        .expect_err("does not fit");
        assert!(format!("{error:?}").contains("Settings {"), "{error:?}");
    };
    refused();
    // An entry that says these settings fit, made from one that says it of others.
    let entries = || fs_err::read_dir(site.folder()).expect("reads");
    let known = entries().map(|entry| entry.expect("reads").path());
    let known = known.filter(|path| path.extension().is_some_and(|kind| kind == "settings"));
    let known = known.last().expect("an entry");
    let name = known
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    let (old, new) = (digest("{}"), digest("{\"hours\":4}"));
    assert!(name.contains(&old));
    fs_err::copy(&known, site.folder().join(name.replace(&old, &new))).expect("copies");
    refused();
}

fn digest(text: &str) -> String {
    regent::identity::Digest::of(text.as_bytes()).to_string()
}

#[cfg(unix)]
#[test]
fn folder_key_and_entries_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::new();
    site.load(&site.cache("a"));
    let mode = |path: &Path| {
        let metadata = fs_err::metadata(path).expect("reads");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(&site.folder()), 0o700);
    assert_eq!(mode(&site.folder().join("key")), 0o600);
    assert_eq!(mode(&site.entries()[0]), 0o600);
}

#[cfg(unix)]
#[test]
fn a_folder_or_key_open_to_others_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::new();
    site.cache("a");
    let open = || Cache::open(&site.folder(), &mut Entropy::seeded("a"));
    let set = |path: &Path, mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        fs_err::set_permissions(path, permissions).expect("sets");
    };
    for (path, wrong, right) in [
        (site.folder(), 0o770, 0o700),
        (site.folder().join("key"), 0o640, 0o600),
    ] {
        set(&path, wrong);
        assert!(
            matches!(open(), Err(Error::CacheExposed { .. })),
            "{wrong:o}"
        );
        set(&path, right);
        open().expect("opens again");
    }
}

#[test]
fn a_key_that_was_cut_off_is_refused() {
    let site = Site::new();
    site.cache("a");
    fs_err::write(site.folder().join("key"), b"short").expect("writes");
    let error = Cache::open(&site.folder(), &mut Entropy::seeded("a")).expect_err("no key");
    assert!(matches!(error, Error::Cache { .. }));
}
