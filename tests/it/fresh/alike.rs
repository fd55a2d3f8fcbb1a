//! One rule in every language: the projects among the plugins are built, and asked alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use regent::toolchain::{Error, Kind, Language};

use super::{LANGUAGES, snapshot, written};
use crate::plugins;
use crate::support::Site;
use crate::tools::{self, Tool};

/// What a build leaves in a project, or what an editor does.
const LEFT: [&str; 4] = ["target", "node_modules", ".venv", "__pycache__"];

fn typed(language: Language) -> &'static str {
    let mut languages = LANGUAGES.into_iter();
    languages
        .find_map(|(known, typed)| (known == language).then_some(typed))
        .expect("every language is listed")
}

/// The project among the plugins, as it stands.
pub(super) fn standing(folder: &Path) -> BTreeMap<String, String> {
    plugins::files_but(folder, |path| {
        let name = path.file_name().expect("a name").to_string_lossy();
        LEFT.contains(&&*name) || name.ends_with(".wasm")
    })
}

#[test]
fn the_projects_among_the_plugins_are_what_regent_makes() {
    for (language, typed) in LANGUAGES {
        let stands = standing(&plugins::project("allowed-servers").join(typed));
        let made = written("allowed-servers", language, Kind::Both);
        let again = format!(
            "in plugins/allowed-servers: rm -r {typed} && regent plugin new allowed-servers \
             --lang {typed} --kind both && mv allowed-servers {typed}"
        );
        let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&stands), names(&made), "{again}");
        for (path, text) in &made {
            assert!(stands[path] == *text, "{typed}/{path} differs; {again}");
        }
    }
}

/// Whether the programs are here that a language's plugins are built with.
pub(super) fn can_build(language: Language) -> bool {
    match language {
        Language::Rust => true,
        Language::JavaScript | Language::TypeScript => tools::has(Tool::Node),
        Language::Python => tools::has(Tool::Python),
        Language::C => tools::has(Tool::Clang),
    }
}

/// Where projects in a language are built. The first one's tools serve those in it as well.
pub(super) fn bench(language: Language) -> PathBuf {
    plugins::folder().join("languages").join(typed(language))
}

/// The project among the plugins, built. Whatever is built in a folder of its own below it finds its
/// tools.
pub(super) fn shipped(language: Language) -> &'static Path {
    static BUILT: [OnceLock<PathBuf>; 5] = [const { OnceLock::new() }; 5];
    let place = LANGUAGES.iter().position(|(known, _)| *known == language);
    BUILT[place.expect("every language is listed")].get_or_init(|| {
        let mut files = standing(&plugins::project("allowed-servers").join(typed(language)));
        if language == Language::TypeScript {
            // As an author does who wants types to be checked: then a build checks them.
            let package = files.get_mut("package.json").expect("a manifest");
            let tool = "\"esbuild\": \"0.28.2\"";
            assert!(package.contains(tool), "{package}");
            *package = package.replace(tool, &format!("{tool},\n    \"typescript\": \"5.9.3\""));
        }
        lay(&bench(language), &files);
        let component = build(language, &bench(language));
        if language == Language::TypeScript {
            assert!(bench(language).join("node_modules/.bin/tsc").is_file());
        }
        component
    })
}

/// Lays a project out. What is there already is not written again, so that Cargo knows it.
pub(super) fn lay(folder: &Path, files: &BTreeMap<String, String>) {
    for (path, text) in files {
        let path = folder.join(path);
        if std::fs::read_to_string(&path).ok().as_ref() != Some(text) {
            fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs_err::write(&path, text).expect("a file");
        }
    }
}

pub(super) fn build(language: Language, folder: &Path) -> PathBuf {
    // Only Cargo leaves anything in a folder that others build in.
    let _turn = (language == Language::Rust).then(plugins::one_at_a_time);
    let out = folder.join("built.wasm");
    match plugins::toolchain().build(folder, &out, &|_| ()) {
        Ok(built) => {
            assert_eq!(built.language, language);
            built.component
        }
        Err(error) => panic!(
            "{language}: {error:?}\n{}",
            error.help().unwrap_or_default()
        ),
    }
}

/// Asks a component the cases in a folder.
fn ask(site: &Site, folder: &Path, component: &Path, more: &[&str]) -> String {
    let plain = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let (folder, component) = (plain(folder), plain(component));
    let words = ["plugin", "test", &folder, "--component", &component];
    site.run(&[&words, more].concat()).exits(0).out
}

/// Holds a language's plugin against what the plugins in all languages say.
fn says_the_same(language: Language) {
    if !can_build(language) {
        return;
    }
    let component = shipped(language);
    let site = Site::empty();
    ask(&site, &bench(language), component, &[]);
    let asked_of_all = plugins::project("allowed-servers");
    snapshot("alike", ask(&site, &asked_of_all, component, &[]));
    site.write(
        "regent.toml",
        &format!(
            "[[plugin]]\nname = \"any\"\ncomponent = {}\nsettings.servers = [\"SSO01\"]\n",
            toml::Value::from(component.to_str().expect("a plain path"))
        ),
    );
    let list = site.run(&["plugin", "list", "--format", "json"]);
    let mut plugin = list.exits(0).json()["plugins"][0].take();
    let plugin = plugin.as_object_mut().expect("a plugin");
    // Interpreters bring an export of their own, and import what is not used.
    for own in ["component", "bytes", "digest", "exports", "imports"] {
        assert!(plugin.remove(own).is_some(), "{own}");
    }
    let described = serde_json::to_string_pretty(plugin).expect("JSON");
    snapshot("described-alike", described);
}

#[test]
fn rust_says_the_same() {
    says_the_same(Language::Rust);
}

#[test]
fn javascript_says_the_same() {
    says_the_same(Language::JavaScript);
}

#[test]
fn typescript_says_the_same() {
    says_the_same(Language::TypeScript);
}

#[test]
fn python_says_the_same() {
    says_the_same(Language::Python);
}

#[test]
fn c_says_the_same() {
    says_the_same(Language::C);
}

/// A promoter whose schema lets any settings through, so that it sees settings it cannot read.
fn tells_unusable_settings(language: Language) {
    if !can_build(language) {
        return;
    }
    let mut files = written("unread", language, Kind::Promoter);
    files.insert("settings.schema.json".to_owned(), "{}\n".to_owned());
    shipped(language);
    let folder = bench(language).join("unread");
    lay(&folder, &files);
    let component = build(language, &folder);
    let site = Site::empty();
    ask(&site, &folder, &component, &[]);
    site.write(
        "asked/cases/no-list/promotion.toml",
        "now = 2026-03-04T22:30:00Z\n",
    );
    ask(&site, &site.path("asked"), &component, &["--accept"]);
    let said = std::fs::read_to_string(site.path("asked/cases/no-list/expected.snap"));
    snapshot("no-list", said.expect("an answer"));
}

#[test]
fn rust_tells_unusable_settings() {
    tells_unusable_settings(Language::Rust);
}

#[test]
fn javascript_tells_unusable_settings() {
    tells_unusable_settings(Language::JavaScript);
}

#[test]
fn typescript_tells_unusable_settings() {
    tells_unusable_settings(Language::TypeScript);
}

#[test]
fn c_tells_unusable_settings() {
    tells_unusable_settings(Language::C);
}

/// What a build says of a mistake in the source file, where the tool says it and nothing else.
fn said_of_a_mistake(language: Language, right: &str, wrong: &str) -> String {
    shipped(language);
    let mut files = written("mistaken", language, Kind::Validator);
    let source = files.get_mut(super::source(language)).expect("a source");
    assert!(source.contains(right), "{source}");
    *source = source.replace(right, wrong);
    let folder = bench(language).join("mistaken");
    lay(&folder, &files);
    let built = plugins::toolchain().build(&folder, &folder.join("built.wasm"), &|_| ());
    let error = built.expect_err("there is a mistake");
    let Error::BuildFailed { said, .. } = &error else {
        panic!("{error:?}");
    };
    let said = said.as_ref().expect("nobody has seen it");
    let place = folder.canonicalize().expect("a folder");
    said.0.replace(&*place.to_string_lossy(), "$PLUGIN")
}

#[test]
fn a_mistake_is_told_in_the_words_of_the_tool() {
    if can_build(Language::JavaScript) {
        let said = said_of_a_mistake(Language::JavaScript, "export const about = {", "export {");
        snapshot("mistake-javascript", said);
    }
    if can_build(Language::TypeScript) {
        let said = said_of_a_mistake(Language::TypeScript, "settingsSchema:", "schema:");
        snapshot("mistake-typescript", said);
    }
    if can_build(Language::C) {
        let said = said_of_a_mistake(Language::C, "&rule, 1", "rule, 1");
        // The compilers of later years quote more of it.
        assert!(said.contains("plugin.c:12:32: error: "), "{said}");
    }
}

/// New, built and tested, as an author does it.
#[test]
fn the_first_commands_that_are_shown_work() {
    for language in [Language::Rust, Language::C] {
        if !can_build(language) {
            continue;
        }
        let site = Site::empty();
        let lang = typed(language);
        let new = ["plugin", "new", "my-rule", "--lang", lang];
        let _made = site.run(&new).exits(0);
        let _turn = plugins::one_at_a_time();
        if language == Language::Rust {
            let target = site.path("my-rule/target");
            std::os::unix::fs::symlink(plugins::folder(), target).expect("a link");
        }
        for command in ["build", "test"] {
            let mut command = site.command(&["plugin", command]);
            command.current_dir(site.path("my-rule"));
            let _done = site.run_bounded(&mut command).exits(0);
        }
        assert!(site.path("my-rule/my-rule.wasm").is_file(), "{lang}");
        // What `plugin new` says to write into regent.toml loads it.
        site.write(
            "regent.toml",
            "[[plugin]]\nname = \"my-rule\"\ncomponent = \"my-rule/my-rule.wasm\"\n\
             [plugin.settings]\nservers = [\"SSO01\", \"SSO02\"]\n",
        );
        let _listed = site.run(&["plugin", "list"]).exits(0);
        let _locked = site.run(&["plugin", "lock"]).exits(0);
    }
}
