//! C: bindings of the contract are generated, and clang compiles them with the project's sources
//! and a C library of a page.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

mod project;

use super::process::Work;
use super::{Error, TARGET, Toolchain, contract};

/// The file that makes a folder a project in C.
pub(super) const MANIFEST: &str = "regent-plugin.toml";

/// What stands in for a C library; `regent.h` also reads settings.
const LIBRARY: [(&str, &str); 4] = [
    ("regent.c", include_str!("c/regent.c")),
    ("regent.h", include_str!("c/regent.h")),
    ("stdlib.h", include_str!("c/stdlib.h")),
    ("string.h", include_str!("c/string.h")),
];

/// As small as it gets, with memory copied by the instructions for it, and no operating system.
const COMPILE: [&str; 5] = [
    "-std=c11",
    "-Oz",
    "-mbulk-memory",
    "-ffreestanding",
    "-nostdlib",
];

/// A stack that overflows into nothing: by default it would grow into the plugin's own data.
const LINK: [&str; 4] = [
    "-Wl,--no-entry",
    "-Wl,--stack-first",
    "-Wl,-z,stack-size=65536",
    "-Wl,--strip-all",
];

/// A project in C.
#[derive(Deserialize)]
struct Manifest {
    name: String,
    /// For `project.h`, as is the description.
    #[serde(default)]
    version: String,
    /// What the plugin is for, in a line.
    #[serde(default)]
    description: String,
    /// The world of the contract.
    world: String,
    /// The source files.
    sources: Vec<PathBuf>,
}

impl Manifest {
    fn read(project: &Path) -> Result<Self, Error> {
        let (manifest, path): (Self, _) = contract::manifest(project, MANIFEST)?;
        contract::known(&manifest.world, &path)?;
        Ok(manifest)
    }
}

impl Toolchain {
    /// Builds a project in C to a module with its contract in it; `folder` is for what is made on
    /// the way.
    pub(super) fn c_module(&self, work: &Work, folder: &Path) -> Result<(String, PathBuf), Error> {
        let manifest = Manifest::read(work.project)?;
        let wit = contract::folder(work.project)?;
        work.begin(&manifest.name);
        let bindings = bindings(&wit, &manifest.world)?;
        let library = LIBRARY.map(|(name, text)| (name, text.as_bytes()));
        let project = project::header(work.project, &manifest)?;
        let project = [("project.h", project.as_bytes())];
        let (mut generated, mut objects) = (Vec::new(), Vec::new());
        for (name, bytes) in bindings.iter().chain(library).chain(project) {
            let path = folder.join(name);
            std::fs::File::create_new(&path)
                .and_then(|mut file| file.write_all(bytes))
                .map_err(Error::unwritable(&path))?;
            match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("c") => generated.push(path),
                Some("o") => objects.push(path),
                _ => {}
            }
        }
        for source in generated {
            let object = source.with_extension("object.o");
            // What nobody here wrote gives nobody here a warning.
            let mut clang = self.clang(work, folder);
            clang.arg("-w").arg("-c").arg(source).arg("-o").arg(&object);
            work.succeed(&mut clang, "clang could not compile the contract of")?;
            objects.push(object);
        }
        let module = folder.join("plugin.wasm");
        let mut clang = self.clang(work, folder);
        clang.args(["-Wall", "-Wextra", "-Werror=implicit-function-declaration"]);
        // The contract says what a function is given; few need all of it.
        clang.arg("-Wno-unused-parameter");
        clang.args(&manifest.sources).args(objects).args(LINK);
        clang.arg("-o").arg(&module);
        work.succeed(&mut clang, "clang could not build")?;
        Ok((manifest.name, module))
    }

    fn clang(&self, work: &Work, folder: &Path) -> std::process::Command {
        let mut clang = work.command(&self.clang);
        clang.arg(format!("--target={TARGET}")).args(COMPILE);
        clang.arg("-isystem").arg(folder);
        clang
    }
}

/// The contract in C: a header, a source file, and an object that holds the contract itself.
fn bindings(wit: &Path, world: &str) -> Result<Files, Error> {
    let refused = |problem: String| Error::Contract {
        folder: wit.to_owned(),
        problem,
    };
    let mut contract = Resolve::default();
    let (package, _) = contract
        .push_path(wit)
        .map_err(|error| refused(format!("{error:#}")))?;
    let world = contract
        .select_world(&[package], Some(world))
        .map_err(|error| refused(format!("{error:#}")))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut contract, world, &mut files)
        .map_err(|error| refused(format!("{error:#}")))?;
    Ok(files)
}
