//! Who vouches for plugins: signatures, the lock file, and what is refused without them.

mod saved;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use regent::identity::Digest;
use regent::policy::{self, Cache, Distrust, PluginSettings, Policy, Purpose, Refusal};
use regent::secret::signing::PLUGIN;
use regent::settings::{Admitted, Settings};
use regent::source;

use crate::approvals::{keygen, make_key};
use crate::policy::probe::Probe;
use crate::support::{Run, Site};

/// Two components that say different things of themselves.
fn components() -> [Vec<u8>; 2] {
    [
        Probe::of("sound").bytes(),
        Probe::of("sound").summary("Does something else").bytes(),
    ]
}

/// Holds a text against `tests/snapshots/trust/<name>.snap`.
#[track_caller]
fn snapshot(name: &str, text: &str) {
    crate::snapshot!("trust", name, text);
}

/// A key whose public half stands in snapshots.
const CARLA: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDzprSr8VyYkq2RX56bI4RNU1SzcFXQXB9O0obOi2UbgwAAAIhVstyeVbLc
ngAAAAtzc2gtZWQyNTUxOQAAACDzprSr8VyYkq2RX56bI4RNU1SzcFXQXB9O0obOi2Ubgw
AAAEAuC7tWRaZVt67FQccJ24OD4JT7MX39Fw0nKN7gckLIVvOmtKvxXJiSrZFfnpsjhE1T
VLNwVdBcH07Shs6LZRuDAAAABWNhcmxh
-----END OPENSSH PRIVATE KEY-----
";
const CARLA_PUBLIC: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPOmtKvxXJiSrZFfnpsjhE1TVLNwVdBcH07Shs6LZRuD";

/// A site with one plugin, `rule`, of the first component, which nobody has signed.
fn site() -> Site {
    let site = Site::empty();
    site.write("regent.toml", &plugin("rule", "rule.wasm"));
    put(&site, "rule.wasm", &components()[0]);
    site
}

fn plugin(name: &str, component: &str) -> String {
    format!("[[plugin]]\nname = \"{name}\"\ncomponent = \"{component}\"\n")
}

fn put(site: &Site, name: &str, bytes: &[u8]) {
    source::replace(&site.path(name), bytes).expect("a file");
}

/// Trusts the keys of these people, which it makes.
fn trust(site: &Site, names: &[&str], more: &str) {
    site.configure(&format!("[trust]\n{more}"));
    for name in names {
        let key = make_key(site, name, "");
        site.configure(&format!(
            "[[trust.key]]\nname = \"{name}\"\nkey = \"{key}\""
        ));
    }
}

#[track_caller]
fn sign(site: &Site, component: &str, key: &str) {
    let _signed = site
        .run(&["plugin", "sign", component, "--key", key])
        .exits(0);
}

const LIST: [&str; 2] = ["plugin", "list"];
const LOCK: [&str; 2] = ["plugin", "lock"];

#[test]
fn ssh_keygen_verifies_what_sign_signs_and_the_other_way_round() {
    needs!(SshKeygen);
    let site = site();
    trust(&site, &["anna", "ben"], "signatures = 2");
    let [component, other] = components();
    sign(&site, "rule.wasm", "anna");
    let key = std::fs::read_to_string(site.path("anna.pub")).expect("a key");
    site.write("allowed", &format!("anna namespaces=\"{PLUGIN}\" {key}"));
    let words = [
        "-Y",
        "verify",
        "-f",
        "allowed",
        "-I",
        "anna",
        "-n",
        PLUGIN,
        "-s",
        "rule.wasm.sig",
    ];
    let good = "Good \"regent-plugin\" signature for anna";
    assert!(keygen(&site, &words, &component).contains(good));
    assert!(!keygen(&site, &words, &other).contains("Good"));
    // A second signer works where regent is not installed, and the files are put together.
    put(&site, "copy.wasm", &component);
    keygen(
        &site,
        &["-Y", "sign", "-f", "ben", "-n", PLUGIN, "copy.wasm"],
        b"",
    );
    let signatures = ["rule.wasm.sig", "copy.wasm.sig"]
        .map(|name| std::fs::read_to_string(site.path(name)).expect("signatures"));
    site.write("rule.wasm.sig", &signatures.concat());
    let verified = site.run(&["plugin", "verify", "rule.wasm"]).exits(0);
    snapshot("verified", &verified.transcript());
    let _listed = site.run(&LIST).exits(0);
}

#[test]
fn signing_says_what_is_signed_and_each_key_signs_once() {
    needs!(SshKeygen);
    let site = site();
    trust(&site, &["ben"], "");
    site.write("carla", CARLA);
    site.configure(&format!(
        "[[trust.key]]\nname = \"carla\"\nkey = \"{CARLA_PUBLIC}\""
    ));
    let words = ["plugin", "sign", "rule.wasm", "--key", "carla"];
    let mut told = String::new();
    for _twice in 0..2 {
        told += &site.run(&words).exits(0).transcript();
    }
    sign(&site, "rule.wasm", "ben");
    let text = std::fs::read_to_string(site.path("rule.wasm.sig")).expect("signatures");
    assert_eq!(text.matches("-----BEGIN SSH SIGNATURE-----").count(), 2);
    let inspected = site.run(&["plugin", "inspect", "rule.wasm"]).exits(0);
    // Fuel is a matter of wasmtime's version.
    let used = policy::inspect(&site.path("rule.wasm"), None).expect("a plugin");
    let fuel = format!("{} fuel", used.describing.fuel);
    assert!(inspected.out.contains(&fuel), "{fuel}\n{}", inspected.out);
    told += &inspected.transcript().replace(&fuel, "[fuel]");
    // Of another component none of them says anything: signing it leaves them out.
    put(&site, "rule.wasm", &components()[1]);
    told += &site.run(&words).exits(0).transcript();
    site.write("text", "no component");
    let none = site
        .run(&["plugin", "sign", "text", "--key", "carla"])
        .exits(6);
    told += &none.transcript();
    snapshot("signing", &told);
}

#[test]
fn what_too_few_have_signed_is_refused() {
    needs!(SshKeygen);
    let mut told = String::new();
    let mut refused = |name: &str, prepare: &dyn Fn(&Site)| {
        let site = site();
        site.write("carla", CARLA);
        trust(&site, &["anna", "ben"], "signatures = 2");
        prepare(&site);
        let verified = site.run(&["plugin", "verify", "rule.wasm"]);
        assert!(
            matches!(verified.exit, Some(1 | 6)),
            "{}",
            verified.transcript()
        );
        let listed = site.run(&LIST).exits(6);
        told += &format!("{name}\n{}\n", listed.err);
    };
    refused("unsigned", &|_| ());
    refused("one of two", &|site| sign(site, "rule.wasm", "anna"));
    refused("one key twice", &|site| {
        sign(site, "rule.wasm", "anna");
        let text = std::fs::read_to_string(site.path("rule.wasm.sig")).expect("a signature");
        site.write("rule.wasm.sig", &format!("{text}{text}"));
    });
    refused("a key that is not trusted", &|site| {
        sign(site, "rule.wasm", "anna");
        sign(site, "rule.wasm", "carla");
    });
    refused("for another purpose", &|site| {
        sign(site, "rule.wasm", "anna");
        put(site, "copy.wasm", &components()[0]);
        let purpose = "regent-approval";
        keygen(
            site,
            &["-Y", "sign", "-f", "ben", "-n", purpose, "copy.wasm"],
            b"",
        );
        let signatures = ["rule.wasm.sig", "copy.wasm.sig"]
            .map(|name| std::fs::read_to_string(site.path(name)).expect("signatures"));
        site.write("rule.wasm.sig", &signatures.concat());
    });
    refused("altered since", &|site| {
        sign(site, "rule.wasm", "anna");
        sign(site, "rule.wasm", "ben");
        let mut bytes = components()[0].clone();
        // An empty custom section more: the component means the same.
        bytes.extend([0, 2, 1, b'x']);
        put(site, "rule.wasm", &bytes);
    });
    refused("no signatures", &|site| {
        site.write("rule.wasm.sig", "trust me");
    });
    refused("a folder", &|site| {
        std::fs::create_dir(site.path("rule.wasm.sig")).expect("a folder");
    });
    snapshot("refused", &told);
}

#[test]
fn a_promotion_does_not_begin_with_a_rule_that_nobody_vouches_for() {
    needs!(SshKeygen);
    let site = Site::ready();
    put(&site, "rule.wasm", &components()[0]);
    site.configure(&plugin("rule", "rule.wasm"));
    trust(&site, &["anna"], "");
    let before = site.dump();
    for words in [
        &Site::promotion()[..],
        &["check", "update.xml"],
        &["candidates"],
    ] {
        let run = site.run(words).exits(6);
        assert!(run.err.contains("0 of the 1 signatures"), "{}", run.err);
    }
    let doctor = site.run(&["doctor"]).exits(1);
    assert!(
        doctor.out.contains("0 of the 1 signatures"),
        "{}",
        doctor.out
    );
    assert_eq!(site.dump(), before);
    sign(&site, "rule.wasm", "anna");
    let _promoted = site.run(&Site::promotion()).exits(0);
}

#[test]
fn unsigned_is_taken_only_from_the_sites_own_folder_and_by_name() {
    needs!(SshKeygen);
    let site = site();
    trust(&site, &["anna"], "unsigned = [\"rule\"]");
    let _listed = site.run(&LIST).exits(0);
    let elsewhere = Site::empty();
    put(&elsewhere, "rule.wasm", &components()[0]);
    let outside = elsewhere.path("rule.wasm").display().to_string();
    let settings = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    let by_name = settings.replace(
        "component = \"rule.wasm\"",
        &format!("component = \"{outside}\""),
    );
    site.write("regent.toml", &by_name);
    let run = site.run(&LIST).exits(6);
    assert!(
        run.err.contains("only in the folder of the settings"),
        "{}",
        run.err
    );
    site.write("regent.toml", &settings);
    std::fs::remove_file(site.path("rule.wasm")).expect("it is there");
    std::os::unix::fs::symlink(&outside, site.path("rule.wasm")).expect("a link");
    let run = site.run(&LIST).exits(6);
    assert!(
        run.err.contains("only in the folder of the settings"),
        "{}",
        run.err
    );
    let another = settings.replace("unsigned = [\"rule\"]", "unsigned = [\"another\"]");
    site.write("regent.toml", &another);
    let run = site.run(&LIST).exits(6);
    assert!(run.err.contains("0 of the 1 signatures"), "{}", run.err);
}

#[test]
fn trust_that_no_component_could_earn_is_refused() {
    needs!(SshKeygen);
    let mut told = String::new();
    for (name, keys, more) in [
        ("no key", &[][..], ""),
        ("more signatures than keys", &["anna"], "signatures = 2"),
        ("none needed", &["anna"], "signatures = 0"),
        ("an unknown key", &["anna"], "anyone = true"),
    ] {
        let site = site();
        trust(&site, keys, more);
        let run = site.run(&LIST).exits(6);
        told += &format!("{name}\n{}\n", run.err);
        // The doctor goes on, and does not take trust that it cannot read for none.
        let doctor = site.run(&["doctor"]).exits(1);
        assert!(
            doctor.out.contains("0 of the 1 signatures"),
            "{}",
            doctor.out
        );
    }
    let site = site();
    trust(&site, &["anna"], "signatures = 1");
    let key = std::fs::read_to_string(site.path("anna.pub")).expect("a key");
    let key = key.trim();
    site.configure(&format!("[[trust.key]]\nname = \"Anna\"\nkey = \"{key}\""));
    told += &format!("a name twice\n{}", site.run(&LIST).exits(6).err);
    snapshot("impossible", &told);
}

#[test]
fn a_lock_pins_components_until_it_is_written_again() {
    let site = site();
    put(&site, "other.wasm", &components()[1]);
    let mut told = String::new();
    let mut tell = |what: &str, run: Run| told += &format!("# {what}\n{}\n", run.transcript());
    tell("nothing is pinned", site.run(&LIST).exits(0));
    tell("pinned", site.run(&LOCK).exits(0));
    let text = std::fs::read_to_string(site.path("regent.lock")).expect("a lock");
    tell("as pinned", site.run(&LIST).exits(0));
    tell("as before", site.run(&LOCK).exits(0));
    assert_eq!(
        std::fs::read_to_string(site.path("regent.lock")).expect("a lock"),
        text
    );
    let pinned = Digest::of(&components()[0]);
    let found = Digest::of(&components()[1]);
    put(&site, "rule.wasm", &components()[1]);
    let changed = site.run(&LIST).exits(6);
    for digest in [pinned, found] {
        assert!(changed.err.contains(&digest.to_string()), "{}", changed.err);
    }
    tell("changed", changed);
    site.configure(&plugin("another", "other.wasm"));
    tell("changed, and one more", site.run(&LIST).exits(6));
    tell("pinned anew", site.run(&LOCK).exits(0));
    let _listed = site.run(&LIST).exits(0);
    site.write("regent.toml", &plugin("another", "other.wasm"));
    tell("one less", site.run(&LOCK).exits(0));
    snapshot("lock", &told);
    snapshot("lock-file", &text);
}

#[test]
fn each_settings_file_has_a_lock_of_its_own() {
    let site = site();
    let text = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    for (settings, lock) in [
        ("regent.toml", "regent.lock"),
        ("other.toml", "other.lock"),
        ("site.lock", "site.lock.lock"),
        ("settings", "settings.lock"),
    ] {
        site.write(settings, &text);
        let words = ["plugin", "lock", "--config", settings];
        let locked = site.run(&words).exits(0);
        assert!(
            locked.out.contains(&format!("{lock} pins")),
            "{}",
            locked.out
        );
        assert!(site.path(lock).exists(), "{lock}");
        let kept = std::fs::read_to_string(site.path(settings)).expect("settings");
        assert_eq!(kept, text, "{settings}");
    }
    let nowhere = Site::empty().run(&LOCK).exits(2);
    assert!(
        nowhere.err.contains("there is no regent.toml"),
        "{}",
        nowhere.err
    );
}

#[test]
fn a_lock_that_was_altered_is_refused() {
    let site = site();
    let _locked = site.run(&LOCK).exits(0);
    let text = std::fs::read_to_string(site.path("regent.lock")).expect("a lock");
    let mut told = String::new();
    for (name, altered) in [
        ("another contract", text.replace("\"1.0.0\"", "\"1.1.0\"")),
        (
            "another version",
            text.replace("version = 1", "version = 2"),
        ),
        ("a key more", format!("{text}force = true\n")),
        (
            "twice",
            format!("{text}{}", text.split_once("1\n").expect("a first part").1),
        ),
        ("no digest", text.replace("digest = \"", "digest = \"x")),
        ("cut off", text[..text.len() / 2].to_owned()),
        ("nothing", String::new()),
    ] {
        assert_ne!(altered, text, "{name}");
        site.write("regent.lock", &altered);
        told += &format!("# {name}\n{}", site.run(&LIST).exits(6).err);
        let again = site.run(&LOCK).exits(0);
        assert_eq!(
            std::fs::read_to_string(site.path("regent.lock")).expect("a lock"),
            text,
            "{}",
            again.transcript()
        );
    }
    snapshot("lock-altered", &told);
}

#[test]
fn a_lock_holds_who_had_signed() {
    needs!(SshKeygen);
    let site = site();
    let plain = std::fs::read_to_string(site.path("regent.toml")).expect("settings");
    trust(&site, &["anna", "ben"], "");
    let unsigned = site.run(&LOCK).exits(6);
    assert!(unsigned.err.contains("0 of the 1 signatures"));
    assert!(!site.path("regent.lock").exists(), "nothing is pinned");
    sign(&site, "rule.wasm", "anna");
    let locked = site.run(&LOCK).exits(0);
    assert!(locked.out.contains("signed by") && locked.out.contains("anna"));
    // One more is welcome; one less is not, even where the others would do.
    sign(&site, "rule.wasm", "ben");
    let _listed = site.run(&LIST).exits(0);
    std::fs::remove_file(site.path("rule.wasm.sig")).expect("it is there");
    sign(&site, "rule.wasm", "ben");
    let gone = site.run(&LIST).exits(6);
    insta::assert_snapshot!(gone.err, @r"
    error: plugin rule (rule.wasm) cannot be used
    cause: regent.lock pins it as signed by anna, and no signature of that key counts now
     help: find out why; if it is meant, pin it anew: `regent plugin lock`
    ");
    site.write("regent.toml", &plain);
    let forgotten = site.run(&LIST).exits(6);
    assert!(
        forgotten.err.contains("signed by anna"),
        "{}",
        forgotten.err
    );
}

/// Admits and loads as every command does.
fn load(settings: &Settings, cache: Option<&Cache>) -> Result<Policy, policy::Error> {
    let admitted = settings.admit(None)?;
    load_admitted(settings, &admitted, cache)
}

fn load_admitted(
    settings: &Settings,
    admitted: &[Admitted],
    cache: Option<&Cache>,
) -> Result<Policy, policy::Error> {
    let plugins: Vec<PluginSettings> = admitted.iter().map(|one| one.plugin.clone()).collect();
    Policy::load(&plugins, &settings.folder, cache, Purpose::Decide, &|_| ())
}

fn settings(site: &Site) -> Settings {
    Settings::read(Some(&site.path("regent.toml"))).expect("settings")
}

#[test]
fn what_was_swapped_after_it_was_verified_is_not_loaded() {
    needs!(SshKeygen);
    let site = site();
    trust(&site, &["anna"], "");
    sign(&site, "rule.wasm", "anna");
    let [signed, other] = components();
    let settings = settings(&site);
    let folder = site.path("cache");
    let cache = Cache::open(&folder, &mut regent::entropy::Entropy::seeded("a")).expect("a cache");
    let admitted = settings.admit(None).expect("signed");
    put(&site, "rule.wasm", &other);
    let swapped = |cache| {
        let error = load_admitted(&settings, &admitted, cache).expect_err("swapped");
        let policy::Error::Plugin { cause, .. } = error else {
            panic!("{error}");
        };
        let Refusal::Distrusted(distrust) = cause else {
            panic!("{cause}");
        };
        let Distrust::Swapped { verified, found } = *distrust else {
            panic!("{distrust}");
        };
        assert_eq!(verified, Digest::of(&signed));
        assert_eq!(found, Digest::of(&other));
    };
    swapped(None);
    swapped(Some(&cache));
    // Nor where the cache knows the other and holds its code.
    let plain = Settings::parse(&plugin("rule", "rule.wasm"), &site.path("regent.toml"));
    let plain = plain.expect("settings");
    load(&plain, Some(&cache)).expect("without trust it is taken as it is");
    swapped(Some(&cache));
    put(&site, "rule.wasm", &signed);
    load(&settings, Some(&cache)).expect("signed");
}

#[test]
fn whoever_swaps_components_all_the_time_never_has_the_wrong_one_loaded() {
    needs!(SshKeygen);
    let site = site();
    trust(&site, &["anna"], "");
    sign(&site, "rule.wasm", "anna");
    let settings = settings(&site);
    let cache = Cache::open(
        &site.path("cache"),
        &mut regent::entropy::Entropy::seeded("a"),
    )
    .expect("a cache");
    let [signed, other] = components();
    // Both are known to the cache, so that loading takes no longer than checking.
    for bytes in [&other, &signed] {
        put(&site, "rule.wasm", bytes);
        let plain = Settings::parse(&plugin("rule", "rule.wasm"), &site.path("regent.toml"));
        load(&plain.expect("settings"), Some(&cache)).expect("without trust");
    }
    let over = AtomicBool::new(false);
    let [one, two, place] = ["one", "two", "rule.wasm"].map(|name| site.path(name));
    let (mut loaded, mut refused) = (0_u32, 0_u32);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for (path, bytes) in [(&one, &other), (&two, &signed)] {
                    swap(path, bytes, &place);
                }
            }
        });
        for _ in 0..400 {
            match load(&settings, Some(&cache)) {
                Ok(policy) => {
                    assert_eq!(policy.plugins()[0].digest, Digest::of(&signed));
                    loaded += 1;
                }
                Err(policy::Error::Plugin { .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(loaded + refused, 400);
    println!("loaded {loaded}, refused {refused}");
}

/// Puts a file in another's place at once.
fn swap(path: &Path, bytes: &[u8], place: &Path) {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(path, bytes).expect("a file");
    std::fs::rename(path, place).expect("a rename");
}
