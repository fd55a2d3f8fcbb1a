//! Plugins as one file: saved, loaded elsewhere, and refused before anything is written.

use std::collections::BTreeMap;
use std::path::Path;

use regent::bundle::Bundle;
use regent::identity::Digest;
use regent::settings::bundled::FORM;
use regent::source;

use super::{
    CARLA, CARLA_PUBLIC, LIST, LOCK, components, plugin, put, sign, site, snapshot, trust,
};
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

const SAVE: [&str; 3] = ["plugin", "save", "plugins.tar"];
const LOAD: [&str; 3] = ["plugin", "load", "plugins.tar"];
const REPLACE: [&str; 4] = ["plugin", "load", "plugins.tar", "--replace"];

/// `[trust]` in carla, whose key is always the same.
fn trusting_carla() -> String {
    format!("[trust]\n[[trust.key]]\nname = \"carla\"\nkey = \"{CARLA_PUBLIC}\"\n")
}

/// A site with two plugins that carla has signed and the lock pins.
fn signed() -> Site {
    let site = Site::empty();
    let settings = [
        trusting_carla(),
        plugin("rule", "rule.wasm"),
        plugin("another", "deep/down.wasm"),
    ];
    site.write("regent.toml", &settings.concat());
    site.write("carla", CARLA);
    std::fs::create_dir(site.path("deep")).expect("a folder");
    put(&site, "rule.wasm", &components()[0]);
    put(&site, "deep/down.wasm", &components()[1]);
    for component in ["rule.wasm", "deep/down.wasm"] {
        sign(&site, component, "carla");
    }
    let _locked = site.run(&LOCK).exits(0);
    site
}

/// Another machine that got the file.
fn elsewhere(from: &Site, settings: &str) -> Site {
    let site = Site::empty();
    put(&site, "plugins.tar", &bytes(from, "plugins.tar"));
    site.write("regent.toml", settings);
    site
}

fn bytes(site: &Site, name: &str) -> Vec<u8> {
    std::fs::read(site.path(name)).expect(name)
}

/// Every file of a site with its content, links by what they lead to.
fn files(site: &Site) -> BTreeMap<String, Vec<u8>> {
    fn below(folder: &Path, root: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(root)
                .expect("below")
                .display()
                .to_string();
            if path.is_symlink() {
                let to = std::fs::read_link(&path).expect("a link");
                all.insert(name, to.into_os_string().into_encoded_bytes());
            } else if path.is_dir() {
                all.insert(format!("{name}/"), Vec::new());
                below(&path, root, all);
            } else {
                all.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    let (root, mut all) = (site.path(""), BTreeMap::new());
    below(&root, &root, &mut all);
    all
}

/// A refusal, which writes nothing.
#[track_caller]
fn refused(site: &Site, words: &[&str], exit: i32) -> Run {
    let before = files(site);
    let run = site.run(words).exits(exit);
    assert!(files(site) == before, "{}", run.transcript());
    run
}

#[test]
fn what_is_saved_here_is_loaded_there() {
    let site = signed();
    let saved = site.run(&SAVE).exits(0);
    let other = elsewhere(&site, &trusting_carla());
    let loaded = other.run(&LOAD).exits(0);
    let again = refused(&other, &LOAD, 0);
    let told = [&saved, &loaded, &again].map(Run::transcript);
    snapshot("saved-and-loaded", &told.concat());
    for (here, there) in [
        ("rule.wasm", "plugins/rule.wasm"),
        ("rule.wasm.sig", "plugins/rule.wasm.sig"),
        ("deep/down.wasm", "plugins/another.wasm"),
        ("deep/down.wasm.sig", "plugins/another.wasm.sig"),
        ("regent.lock", "regent.lock"),
    ] {
        assert!(bytes(&site, here) == bytes(&other, there), "{there}");
    }
    // What it says to add is all that is missing.
    let json = [&LOAD[..], &["--format", "json"]].concat();
    let add = other.run(&json).exits(0).json()["add"].clone();
    other.configure(add.as_str().expect("settings"));
    let listed = other.run(&LIST).exits(0);
    assert!(listed.out.contains("pins each of them"), "{}", listed.out);
    let json = other.run(&json).exits(0).json();
    assert!(json["add"].is_null(), "{json:#}");
    // And saving it there gives the same file.
    let _saved = other.run(&["plugin", "save", "again.tar"]).exits(0);
    assert!(bytes(&other, "again.tar") == bytes(&site, "plugins.tar"));
}

#[test]
fn the_same_plugins_give_the_same_bytes() {
    let one = signed();
    let two = one.copied();
    let settings = [
        plugin("another", "plugins/a.wasm"),
        "enforcement = \"warn\"\nsettings.hours = 4\n".to_owned(),
        plugin("rule", "./b.wasm"),
        trusting_carla(),
    ];
    two.write("regent.toml", &settings.concat());
    std::fs::create_dir(two.path("plugins")).expect("a folder");
    for (from, to) in [
        ("deep/down.wasm", "plugins/a.wasm"),
        ("rule.wasm", "b.wasm"),
    ] {
        for ending in ["", ".sig"] {
            let (from, to) = (format!("{from}{ending}"), format!("{to}{ending}"));
            std::fs::rename(two.path(&from), two.path(&to)).expect("a file");
        }
    }
    // What else the lock pins is not in it.
    let lock = std::fs::read_to_string(two.path("regent.lock")).expect("a lock");
    let more = lock.replace("name = \"rule\"", "name = \"zzz\"");
    let (_, more) = more
        .split_once("[[plugin]]\nname = \"zzz\"")
        .expect("a pin");
    two.write(
        "regent.lock",
        &format!("{lock}\n[[plugin]]\nname = \"zzz\"{more}"),
    );
    for site in [&one, &two] {
        let _saved = site.run(&SAVE).exits(0);
    }
    assert!(bytes(&one, "plugins.tar") == bytes(&two, "plugins.tar"));
    let file = bytes(&one, "plugins.tar");
    let folder = one.path("");
    let folder = folder.to_str().expect("a name");
    assert!(!String::from_utf8_lossy(&file).contains(folder));
}

#[test]
fn configured_plugins_get_their_own_place_and_other_pins_stay() {
    let site = signed();
    let _saved = site.run(&SAVE).exits(0);
    let trust = trusting_carla().replace("[trust]", "[trust]\nunsigned = [\"own\"]");
    let own = format!("{trust}{}", plugin("own", "own.wasm"));
    let settings = format!("{own}{}", plugin("rule", "rules/the-rule.wasm"));
    let other = elsewhere(&site, &settings);
    put(
        &other,
        "own.wasm",
        &Probe::of("sound").summary("Its own").bytes(),
    );
    let unlocked = refused(&other, &LOAD, 6);
    insta::assert_snapshot!(unlocked.err, @r"
    error: cannot load the plugins in plugins.tar
    cause: plugin own would be refused once there is a lock that does not pin it
     help: nothing was written; pin what is configured here first: `regent plugin lock`
    ");
    // Pinned, its pin stays as it is.
    other.write("regent.toml", &own);
    let _locked = other.run(&LOCK).exits(0);
    other.write("regent.toml", &settings);
    let loaded = other.run(&LOAD).exits(0);
    assert!(
        loaded.out.contains("added to regent.lock"),
        "{}",
        loaded.out
    );
    assert!(other.path("rules/the-rule.wasm.sig").exists());
    assert!(!other.path("plugins/rule.wasm").exists());
    let _listed = other.run(&LIST).exits(0);
}

#[test]
fn the_folder_of_the_settings_is_where_it_goes() {
    let site = signed();
    let _saved = site.run(&SAVE).exits(0);
    let other = elsewhere(&site, "nothing that can be read");
    other.write("rules/site.toml", &trusting_carla());
    let words = [&LOAD[..], &["--config", "rules/site.toml"]].concat();
    let _loaded = other.run(&words).exits(0);
    for name in [
        "rules/plugins/rule.wasm",
        "rules/plugins/another.wasm.sig",
        "rules/site.lock",
    ] {
        assert!(other.path(name).exists(), "{name}");
    }
    assert!(!other.path("plugins").exists() && !other.path("regent.lock").exists());
}

#[test]
fn what_lies_there_is_replaced_only_where_that_is_said() {
    let site = signed();
    let _saved = site.run(&SAVE).exits(0);
    for (what, name) in [
        ("a component", "plugins/rule.wasm"),
        ("a signature", "plugins/rule.wasm.sig"),
    ] {
        let other = elsewhere(&site, &trusting_carla());
        other.write(name, "somebody's");
        let run = refused(&other, &LOAD, 6);
        assert!(
            run.err.contains(name) && run.err.contains("--replace"),
            "{what}: {}",
            run.err
        );
        let run = other.run(&REPLACE).exits(0);
        assert!(run.out.contains(&format!("replaced {name}")), "{}", run.out);
        assert_ne!(bytes(&other, name), b"somebody's");
    }
    // A pin of another component is another's word, too.
    let other = elsewhere(
        &site,
        &format!("{}{}", trusting_carla(), plugin("rule", "rule.wasm")),
    );
    put(&other, "rule.wasm", &components()[1]);
    other.write("carla", CARLA);
    sign(&other, "rule.wasm", "carla");
    let _locked = other.run(&LOCK).exits(0);
    let run = refused(&other, &LOAD, 6);
    assert!(run.err.contains("regent.lock"), "{}", run.err);
    let _loaded = other.run(&REPLACE).exits(0);
    let _listed = other.run(&LIST).exits(0);
    // What is no file is not replaced at all.
    let other = elsewhere(&site, &trusting_carla());
    std::fs::create_dir_all(other.path("plugins/rule.wasm")).expect("a folder");
    let run = refused(&other, &REPLACE, 6);
    assert!(run.err.contains("it is a folder"), "{}", run.err);
}

/// A bundle made by somebody else, whose digests are right.
fn forge(site: &Site, change: impl FnOnce(&mut Bundle)) {
    let (mut bundle, _) = Bundle::open(&site.path("plugins.tar"), FORM).expect("a bundle");
    change(&mut bundle);
    let bytes = bundle.bytes(FORM).expect("a bundle");
    source::replace(&site.path("plugins.tar"), &bytes).expect("a file");
}

/// A schema of settings that must be there.
const STRICT: &str = r#"{"type":"object","required":["hours"]}"#;

/// Puts another component in a bundle and pins it.
fn put_in(bundle: &mut Bundle, bytes: &[u8]) {
    let before = bundle.take("plugins/rule.wasm").expect("a component");
    let lock = bundle.take_text("regent.lock").expect("a lock");
    let (before, now) = (Digest::of(&before), Digest::of(bytes));
    bundle.add(
        "regent.lock",
        lock.replace(&before.to_string(), &now.to_string()),
    );
    bundle.add("plugins/rule.wasm", bytes);
}

#[test]
fn what_nobody_vouches_for_is_not_written() {
    let from = signed();
    let _saved = from.run(&SAVE).exits(0);
    let mut told = String::new();
    let mut tell = |what: &str, settings: &str, change: &dyn Fn(&mut Bundle)| {
        let other = elsewhere(&from, settings);
        forge(&other, change);
        let run = refused(&other, &REPLACE, 6);
        told += &format!("# {what}\n{}\n", run.err);
    };
    let carla = trusting_carla();
    tell("nobody is trusted", "", &|_| ());
    tell("another component", &carla, &|bundle| {
        put_in(bundle, &components()[1]);
    });
    tell("no signature", &carla, &|bundle| {
        let _taken = bundle.take("plugins/rule.wasm.sig").expect("it is there");
    });
    tell("another pin", &carla, &|bundle| {
        bundle.add("plugins/rule.wasm", &components()[1][..]);
    });
    tell("a lock of another form", &carla, &|bundle| {
        let lock = bundle.take_text("regent.lock").expect("a lock");
        bundle.add("regent.lock", lock.replace("version = 1", "version = 2"));
    });
    tell("another contract", &carla, &|bundle| {
        let lock = bundle.take_text("regent.lock").expect("a lock");
        bundle.add("regent.lock", lock.replace("1.0.0", "1.7.0"));
    });
    tell("a file more", &carla, &|bundle| {
        bundle.add("regent.toml", "[trust]");
    });
    tell("a component more", &carla, &|bundle| {
        bundle.add("plugins/x.wasm", "x");
    });
    tell("no component", &carla, &|bundle| {
        let _taken = bundle.take("plugins/another.wasm").expect("it is there");
    });
    // Where nobody need sign, it has to be a plugin all the same, and its settings to fit.
    let site = site();
    put(
        &site,
        "rule.wasm",
        &Probe::of("sound").schema(STRICT).bytes(),
    );
    site.configure("settings.hours = 4");
    let _locked = site.run(&LOCK).exits(0);
    let _saved = site.run(&SAVE).exits(0);
    let other = elsewhere(&site, &plugin("rule", "rule.wasm"));
    told += &format!(
        "# settings that do not fit\n{}\n",
        refused(&other, &LOAD, 6).err
    );
    forge(&other, |bundle| put_in(bundle, b"no component"));
    told += &format!("# no plugin\n{}", refused(&other, &LOAD, 6).err);
    snapshot("not-loaded", &told);
}

#[test]
fn nothing_is_written_outside_the_folder_of_the_settings() {
    let site = signed();
    let _saved = site.run(&SAVE).exits(0);
    let outside = Site::empty();
    let folder = outside.path("").display().to_string();
    let before = files(&outside);
    let mut told = String::new();
    let absolute = outside.path("rule.wasm").display().to_string();
    for component in ["../rule.wasm", "plugins/../../rule.wasm", "..", &absolute] {
        let other = elsewhere(
            &site,
            &format!("{}{}", trusting_carla(), plugin("rule", component)),
        );
        told += &refused(&other, &REPLACE, 6)
            .err
            .replace(&folder, "$OUTSIDE/");
    }
    // Nor by a link in place of a folder.
    let other = elsewhere(&site, &trusting_carla());
    std::os::unix::fs::symlink(outside.path(""), other.path("plugins")).expect("a link");
    told += &refused(&other, &REPLACE, 6).err;
    snapshot("outside", &told);
    // A link in place of the file is replaced, and what it leads to stays.
    let other = elsewhere(&site, &trusting_carla());
    outside.write("precious", "precious");
    std::fs::create_dir(other.path("plugins")).expect("a folder");
    std::os::unix::fs::symlink(outside.path("precious"), other.path("plugins/rule.wasm"))
        .expect("a link");
    let _refused = refused(&other, &LOAD, 6);
    let _loaded = other.run(&REPLACE).exits(0);
    assert_eq!(bytes(&outside, "precious"), b"precious");
    assert!(bytes(&other, "plugins/rule.wasm") == components()[0]);
    std::fs::remove_file(outside.path("precious")).expect("a file");
    assert!(files(&outside) == before);
    // Two files have no place in common.
    let settings = [
        trusting_carla(),
        plugin("rule", "one.wasm"),
        plugin("another", "./one.wasm"),
    ];
    let other = elsewhere(&site, &settings.concat());
    let run = refused(&other, &REPLACE, 6);
    assert!(
        run.err.contains("two different files belong"),
        "{}",
        run.err
    );
}

/// Names that lead elsewhere are in no bundle: neither regent nor anybody else can write one.
#[test]
fn a_bundle_names_no_place_but_its_own() {
    let site = signed();
    let _saved = site.run(&SAVE).exits(0);
    let whole = bytes(&site, "plugins.tar");
    let name = b"plugins/rule.wasm\0";
    let header = whole
        .windows(name.len())
        .position(|at| at == name)
        .expect("a header");
    for hostile in [
        "../../x/rule.wasm",
        "/plugins/rul.wasm",
        "plugins/../r.wasm",
    ] {
        let mut forged = whole.clone();
        forged[header..header + hostile.len()].copy_from_slice(hostile.as_bytes());
        // The header's own sum is made right, as any packer makes it.
        forged[header + 148..header + 156].fill(b' ');
        let sum: u32 = forged[header..header + 512]
            .iter()
            .map(|byte| u32::from(*byte))
            .sum();
        let sum = format!("{sum:06o}\0 ");
        forged[header + 148..header + 156].copy_from_slice(sum.as_bytes());
        let other = elsewhere(&site, &trusting_carla());
        put(&other, "plugins.tar", &forged);
        let run = refused(&other, &REPLACE, 6);
        assert!(
            run.err.contains("no bundle as regent writes them"),
            "{}",
            run.err
        );
    }
}

#[test]
fn only_what_would_be_loaded_is_saved() {
    needs!(SshKeygen);
    let mut told = String::new();
    let mut tell = |site: &Site, exit: i32| told += &refused(site, &SAVE, exit).err;
    let empty = Site::empty();
    tell(&empty, 2);
    let site = site();
    tell(&site, 2);
    let _locked = site.run(&LOCK).exits(0);
    site.write("plugins.tar", "taken");
    tell(&site, 6);
    std::fs::remove_file(site.path("plugins.tar")).expect("a file");
    trust(&site, &["anna"], "");
    tell(&site, 6);
    snapshot("not-saved", &told);
}
