//! Building plugins: with the real Cargo, and with programs that fail.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

use regent::identity::Digest;
use regent::toolchain::{Error, Project, Toolchain, embedded};

use crate::plugins;

mod languages;

/// One of the stand-ins for a program of the toolchain.
fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/toolchain")
        .join(name)
}

fn smallest() -> &'static Project {
    let mut projects = embedded().iter();
    projects
        .find(|project| project.name == "backup-age")
        .expect("it is embedded")
}

/// A project that a test builds, in a folder of its own. It holds the turn from before its files
/// are written: Cargo tells by their age whether it built them already.
struct Workbench {
    folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Workbench {
    fn empty() -> Self {
        let turn = plugins::one_at_a_time();
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            folder,
            _turn: turn,
        }
    }

    /// A copy of the smallest plugin, as a stranger would have it.
    fn copy() -> Self {
        let bench = Self::empty();
        smallest().unpack(bench.path()).expect("an empty folder");
        bench
    }

    /// A project of one source file and no dependencies.
    fn bare(manifest: &str, source: &str) -> Self {
        let bench = Self::empty();
        let package = "[package]\nname = \"bare\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
        let manifest = format!("{package}{manifest}\n[workspace]\n");
        fs_err::create_dir(bench.path().join("src")).expect("a folder");
        fs_err::write(bench.path().join("Cargo.toml"), manifest).expect("a file");
        fs_err::write(bench.path().join("src/lib.rs"), source).expect("a file");
        bench
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).expect("a text");
    assert!(text.contains(from), "{text}");
    fs_err::write(path, text.replace(from, to)).expect("a file");
}

/// Builds in the shared target folder; the error's text leaves out the machine's paths.
fn build(
    toolchain: &Toolchain,
    source: &Path,
) -> Result<(regent::toolchain::Built, Vec<String>), (Error, String)> {
    let said = RefCell::new(Vec::new());
    let out = source.join("out/plugin.wasm");
    let built = toolchain.build(source, &out, &|line| {
        said.borrow_mut().push(line.to_owned());
    });
    let canonical = std::fs::canonicalize(source).unwrap_or_else(|_| source.to_owned());
    match built {
        Ok(built) => Ok((built, said.into_inner())),
        Err(error) => {
            assert!(!out.exists(), "a failed build leaves no component");
            let help = error.help().unwrap_or_default();
            let said = match &error {
                Error::BuildFailed { said, .. } => {
                    format!("\n{}", said.as_ref().expect("nobody has seen it"))
                }
                _ => String::new(),
            };
            let text = format!("{error}{said}\n→ {help}")
                .replace(&*canonical.to_string_lossy(), "$PLUGIN")
                .replace(&*source.to_string_lossy(), "$PLUGIN");
            Err((error, text))
        }
    }
}

fn refused(toolchain: &Toolchain, source: &Path) -> (Error, String) {
    build(toolchain, source).expect_err("it cannot be built")
}

#[test]
fn every_plugin_is_built_and_named_by_its_digest() {
    for project in embedded() {
        let built = plugins::built(project.name);
        let bytes = std::fs::read(&built.component).expect("a component");
        assert_eq!(built.name, project.name);
        assert_eq!(built.bytes, bytes.len() as u64);
        assert_eq!(built.digest, Digest::of(&bytes));
        assert!(!built.added_target);
    }
}

/// A build in another folder compiles the plugin anew, and whoever checks a digest builds so.
#[test]
fn what_regent_embeds_builds_to_the_same_bytes_in_any_folder() {
    let digest = plugins::built("backup-age").digest;
    let copy = Workbench::copy();
    let (built, said) = build(&plugins::toolchain(), copy.path()).expect("it is a plugin");
    assert_eq!(built.digest, digest);
    assert!(
        said.iter()
            .any(|line| line.trim().starts_with("Compiling backup-age")),
        "{said:?}"
    );
    let (again, _) = build(&plugins::toolchain(), copy.path()).expect("it is a plugin");
    assert_eq!(again, built);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&built.component)
            .expect("a component")
            .permissions()
            .mode();
        assert_eq!(mode & 0o400, 0o400);
        assert_eq!(mode & 0o111, 0, "a component is no program");
    }
}

#[test]
fn unpacking_overwrites_nothing() {
    let copy = Workbench::copy();
    let readme = copy.path().join("README.md");
    fs_err::write(&readme, "mine").expect("a file");
    let error = smallest().unpack(copy.path()).expect_err("files are there");
    assert!(matches!(&error, Error::Unwritable { .. }), "{error}");
    insta::assert_snapshot!(error.help().unwrap_or_default(), @"nothing is overwritten; name a folder that does not exist yet");
    assert_eq!(std::fs::read_to_string(&readme).expect("a file"), "mine");
}

#[test]
fn without_cargo_it_says_how_to_get_it() {
    let copy = Workbench::copy();
    for (cargo, rustc) in [("no-such-cargo", "rustc"), ("cargo", "no-such-rustc")] {
        let toolchain = Toolchain {
            cargo: cargo.into(),
            rustc: rustc.into(),
            ..plugins::toolchain()
        };
        let (error, text) = refused(&toolchain, copy.path());
        assert!(matches!(error, Error::NoProgram { .. }), "{text}");
        if cargo != "cargo" {
            insta::assert_snapshot!(text, @r#"
    `no-such-cargo` cannot be run, so no plugin in Rust can be built
    → install Rust with rustup (https://rustup.rs), open a new terminal and try again; components that are built already run without it
    "#);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_missing_target_is_added_through_rustup() {
    let copy = Workbench::copy();
    let toolchain = Toolchain {
        rustc: program("rustc-without-target"),
        rustup: program("rustup-that-adds"),
        ..plugins::toolchain()
    };
    let (built, said) = build(&toolchain, copy.path()).expect("the target was added");
    assert!(built.added_target);
    insta::assert_snapshot!(said[..2].join("\n"), @r#"
    the Rust target wasm32-unknown-unknown is missing: adding it with `rustup target add wasm32-unknown-unknown`
    added the Rust target wasm32-unknown-unknown
    "#);
    let (again, _) = build(&toolchain, copy.path()).expect("the target is there");
    assert!(!again.added_target);
}

#[cfg(unix)]
#[test]
fn a_target_that_cannot_be_added_says_what_to_type() {
    let copy = Workbench::copy();
    let with = |rustup: PathBuf| Toolchain {
        rustc: program("rustc-without-target"),
        rustup,
        ..plugins::toolchain()
    };
    let (error, text) = refused(&with(program("rustup-that-fails")), copy.path());
    assert!(matches!(error, Error::NoTarget { .. }), "{text}");
    insta::assert_snapshot!(text, @r#"
    the Rust target wasm32-unknown-unknown is missing and could not be added: could not download file: no route to host
    → type `rustup target add wasm32-unknown-unknown`; if your Rust does not come from rustup, install the distribution's package for that target (Debian: libstd-rust-dev-wasm32)
    "#);
    let (_, text) = refused(&with("no-such-rustup".into()), copy.path());
    insta::assert_snapshot!(text.lines().next().unwrap_or_default(), @"the Rust target wasm32-unknown-unknown is missing and could not be added: `no-such-rustup` cannot be run (No such file or directory (os error 2))");
    let (_, text) = refused(&with(program("rustup-of-another-compiler")), copy.path());
    insta::assert_snapshot!(text.lines().next().unwrap_or_default(), @"the Rust target wasm32-unknown-unknown is missing and could not be added: rustup added it to another compiler than the one on the path");
}

#[test]
fn a_folder_without_a_project_is_refused() {
    let bench = Workbench::empty();
    let (_, text) = refused(&plugins::toolchain(), bench.path());
    insta::assert_snapshot!(text, @r#"
    the folder $PLUGIN holds no plugin's project
    → name the folder that holds the plugin's `Cargo.toml` (Rust), `package.json` (JavaScript, TypeScript), `pyproject.toml` (Python) or `regent-plugin.toml` (C)
    "#);
}

#[test]
fn code_that_does_not_compile_is_shown_with_its_error() {
    let copy = Workbench::copy();
    let source = copy.path().join("src/lib.rs");
    replace(
        &source,
        "const NO_BACKUP: &str = \"no-backup\";",
        "const NO_BACKUP: &str = 7;",
    );
    let (error, text) = refused(&plugins::toolchain(), copy.path());
    assert!(matches!(error, Error::BuildFailed { .. }), "{text}");
    insta::assert_snapshot!(text, @r#"
    Cargo could not build $PLUGIN
    error[E0308]: mismatched types
      --> src/lib.rs:45:25
       |
    45 | const NO_BACKUP: &str = 7;
       |                         ^ expected `&str`, found integer

    For more information about this error, try `rustc --explain E0308`.
    error: could not compile `backup-age` (lib) due to 1 previous error
    →
    "#);
}

#[test]
fn a_lock_file_that_does_not_fit_is_not_changed() {
    let copy = Workbench::copy();
    replace(
        &copy.path().join("Cargo.toml"),
        "version = \"1.0.0\"",
        "version = \"1.0.1\"",
    );
    let lock = std::fs::read_to_string(copy.path().join("Cargo.lock")).expect("a lock file");
    let (_, text) = refused(&plugins::toolchain(), copy.path());
    insta::assert_snapshot!(text, @r#"
    Cargo could not build $PLUGIN
    error: cannot update the lock file $PLUGIN/Cargo.lock because --locked was passed to prevent this
    help: to generate the lock file without accessing the network, remove the --locked flag and use --offline instead.
    → `Cargo.lock` does not fit `Cargo.toml`: run `cargo update --workspace` in $PLUGIN and build again
    "#);
    assert_eq!(
        std::fs::read_to_string(copy.path().join("Cargo.lock")).expect("a lock file"),
        lock
    );
}

#[test]
fn a_project_that_makes_no_module_is_refused() {
    let (error, text) = refused(&plugins::toolchain(), Workbench::bare("", "").path());
    assert!(matches!(error, Error::NoArtifact { .. }), "{text}");
    insta::assert_snapshot!(text, @r#"
    $PLUGIN makes no WebAssembly module
    → add `[lib]` and `crate-type = ["cdylib"]` to its `Cargo.toml`
    "#);
}

#[test]
fn a_module_without_the_contract_is_refused() {
    let source = "#[unsafe(no_mangle)] pub extern \"C\" fn seven() -> u32 { 7 }";
    let module = Workbench::bare("[lib]\ncrate-type = [\"cdylib\"]\n", source);
    let toolchain = plugins::toolchain();
    let (error, text) = refused(&toolchain, module.path());
    assert!(matches!(error, Error::NotAComponent { .. }), "{text}");
    let target = toolchain.target_dir.expect("a folder");
    insta::assert_snapshot!(text.replace(&*target.to_string_lossy(), "$TARGET"), @r#"
    $TARGET/wasm32-unknown-unknown/release/bare.wasm is no regent plugin: there is no contract in it
    → let `wit_bindgen::generate!` read regent's `plugin.wit`, call `export!`, and take the wit-bindgen version that the plugins shipped with regent take
    "#);
}

/// A new project has no lock file; the first build writes it.
#[test]
fn a_project_without_a_lock_file_gets_one() {
    let source = "#[unsafe(no_mangle)] pub extern \"C\" fn seven() -> u32 { 7 }";
    let module = Workbench::bare("[lib]\ncrate-type = [\"cdylib\"]\n", source);
    let (error, text) = refused(&plugins::toolchain(), module.path());
    assert!(matches!(error, Error::NotAComponent { .. }), "{text}");
    assert!(module.path().join("Cargo.lock").is_file());
}
