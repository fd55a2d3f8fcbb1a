//! The plugins that come with regent: their projects, their own tests, their components.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock};

use regent::toolchain::{Built, Toolchain, embedded};

/// The project folder of a plugin that comes with regent.
pub(crate) fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("plugins")
        .join(name)
}

/// The component of a plugin that comes with regent. It is built once a test process, and Cargo
/// keeps what it compiled for the next.
pub(crate) fn component(name: &str) -> PathBuf {
    built(name).component
}

/// What building that component said.
pub(crate) fn built(name: &str) -> Built {
    static BUILT: Mutex<BTreeMap<String, Built>> = Mutex::new(BTreeMap::new());
    let _one_at_a_time = one_at_a_time();
    let mut known = BUILT
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let build = || {
        let out = folder().join(format!("{name}.wasm"));
        match toolchain().build(&project(name), &out, &|_| ()) {
            Ok(built) => built,
            Err(error) => panic!("{name}: {error}\n{}", error.help().unwrap_or_default()),
        }
    };
    known.entry(name.to_owned()).or_insert_with(build).clone()
}

/// The toolchain that tests build with: every project shares what Cargo compiled.
pub(crate) fn toolchain() -> Toolchain {
    Toolchain {
        target_dir: Some(folder()),
        ..Toolchain::default()
    }
}

/// Builds of projects with one name leave their modules at one path, so they take turns.
pub(crate) fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Where Cargo keeps what it compiled for plugins, next to what it compiled for these tests.
pub(crate) fn folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        folder
    });
    folder.clone()
}

/// Every file of a project's folder but what Cargo left there.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    files_but(folder, |path| path == folder.join("target"))
}

/// Every file of a project's folder but what is passed over.
pub(crate) fn files_but(
    folder: &Path,
    passed_over: impl Fn(&Path) -> bool,
) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if passed_over(&path) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("it lies in the folder");
            let name = name.to_str().expect("a plain name").replace('\\', "/");
            files.insert(name, std::fs::read_to_string(&path).expect("a text"));
        }
    }
    files
}

#[test]
fn every_project_is_embedded_whole() {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins");
    let folders: BTreeSet<String> = std::fs::read_dir(plugins)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| {
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let names: BTreeSet<String> = embedded()
        .iter()
        .map(|project| project.name.to_owned())
        .collect();
    assert_eq!(names, folders);
    for embedded in embedded() {
        let held: BTreeMap<String, String> = embedded
            .files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        let stands = files(&project(embedded.name));
        let paths = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            paths(&held),
            paths(&stands),
            "host/toolchain/embedded.rs lists the files of {}",
            embedded.name
        );
        for (path, text) in &stands {
            assert!(
                held[path] == *text,
                "plugins/{name}/{path} differs from what regent embeds; if it is the contract, \
                 run `cp wit/plugin.wit plugins/{name}/wit/`",
                name = embedded.name
            );
        }
    }
}

#[test]
fn every_project_passes_its_own_tests() {
    for embedded in embedded() {
        let output = Command::new("cargo")
            .args(["test", "--locked", "--color", "never"])
            .current_dir(project(embedded.name))
            .env("CARGO_TARGET_DIR", folder().join("native"))
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_MAKEFLAGS")
            .env_remove("MAKEFLAGS")
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{}: {said}\n{wrong}",
            embedded.name
        );
        let ran = said.contains("test result: ok.") && !said.contains("running 0 tests");
        assert!(ran, "{} ran no test: {said}", embedded.name);
        assert!(!wrong.contains("warning"), "{}: {wrong}", embedded.name);
    }
}

/// The folders of every plugin that comes with regent, whatever its language.
pub(crate) fn shipped() -> Vec<PathBuf> {
    let plugins = std::fs::read_dir(project("")).expect("a folder");
    let mut folders: Vec<PathBuf> = plugins
        .map(|entry| entry.expect("an entry").path())
        .filter(|folder| folder.join("settings.schema.json").is_file())
        .collect();
    folders.sort();
    folders
}

/// The `[[plugin]]` block that a README shows is what a reader will copy.
#[test]
fn the_settings_each_readme_shows_fit_the_schema() {
    let shipped = shipped();
    assert!(shipped.len() >= 10, "{shipped:?}");
    for folder in shipped {
        let name = folder.file_name().expect("a name").to_str().expect("plain");
        let file = |path: &str| std::fs::read_to_string(folder.join(path)).expect(path);
        let readme = file("README.md");
        let blocks: Vec<&str> = readme
            .split("```toml\n")
            .skip(1)
            .map(|rest| rest.split("```").next().expect("a first part"))
            .filter(|block| block.contains("[[plugin]]"))
            .collect();
        assert!(!blocks.is_empty(), "{name}: no [[plugin]] block");
        let schema: serde_json::Value =
            serde_json::from_str(&file("settings.schema.json")).expect(name);
        jsonschema::meta::validate(&schema).expect(name);
        let known = jsonschema::validator_for(&schema).expect(name);
        for block in blocks {
            let table: toml::Table = block.parse().expect(name);
            let plugin = &table["plugin"][0];
            assert_eq!(plugin["name"].as_str(), Some(name));
            assert_eq!(
                plugin["component"].as_str(),
                Some(&*format!("plugins/{name}.wasm"))
            );
            let settings = serde_json::to_value(&plugin["settings"]).expect(name);
            let wrong: Vec<String> = known
                .iter_errors(&settings)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(wrong, Vec::<String>::new(), "{name}: {settings}");
        }
        // Every setting is in the README's table.
        for setting in schema["properties"].as_object().expect("an object").keys() {
            assert!(
                readme.contains(&format!("| `{setting}")),
                "{name}: {setting}"
            );
        }
        // A copied project stands alone, so each has the contract.
        let contract = include_str!("../../wit/plugin.wit");
        assert!(file("wit/plugin.wit") == contract, "{name}: wit/plugin.wit");
        if folder.join("plugin.ts").is_file() {
            let types = include_str!("../../host/toolchain/new/typescript/contract.d.ts");
            assert!(file("contract.d.ts") == types, "{name}: contract.d.ts");
        }
    }
}

#[test]
fn components_are_small_and_import_nothing_but_the_log() {
    for embedded in embedded() {
        let bytes = std::fs::read(component(embedded.name)).expect("a component");
        assert!(
            bytes.len() < 500_000,
            "{}: {} bytes",
            embedded.name,
            bytes.len()
        );
        let mut config = wasmtime::Config::new();
        config.wasm_component_model(true);
        let engine = wasmtime::Engine::new(&config).expect("an engine");
        let component = wasmtime::component::Component::new(&engine, &bytes).expect("a component");
        let component = component.component_type();
        let imports: Vec<&str> = component.imports(&engine).map(|(name, _)| name).collect();
        let allowed = ["regent:plugin/types@1.0.0", "regent:plugin/log@1.0.0"];
        assert!(
            imports.iter().all(|import| allowed.contains(import)),
            "{}: {imports:?}",
            embedded.name
        );
        let exports: Vec<&str> = component.exports(&engine).map(|(name, _)| name).collect();
        let door = match embedded.name {
            "server-naming" => "regent:plugin/validator@1.0.0",
            _ => "regent:plugin/promoter@1.0.0",
        };
        assert_eq!(
            exports,
            ["regent:plugin/about@1.0.0", door],
            "{}",
            embedded.name
        );
    }
}

/// The paths of whoever built it are nobody's business, and would change the digest.
#[test]
fn components_name_no_folder_of_the_machine_they_were_built_on() {
    for embedded in embedded() {
        let bytes = std::fs::read(component(embedded.name)).expect("a component");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("registry/src"), "{}", embedded.name);
        assert!(
            !text.contains(env!("CARGO_MANIFEST_DIR")),
            "{}",
            embedded.name
        );
    }
}
