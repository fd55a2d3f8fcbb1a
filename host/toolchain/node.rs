//! JavaScript and TypeScript: esbuild makes one file of a project, componentize-qjs puts it into a
//! component with an interpreter.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::process::Work;
use super::{Error, Toolchain, contract};
use crate::source::SourceFile;

/// The programs that `package.json` has npm install.
const TOOLS: [&str; 2] = ["esbuild", "componentize-qjs"];

/// The first Node.js whose modules componentize-qjs 0.4.5 is written in; 18 cannot read it.
const OLDEST: u32 = 20;

/// The part of `package.json` that is read.
#[derive(Deserialize)]
pub(super) struct Manifest {
    pub(super) name: String,
    /// The source file.
    main: String,
    regent: Regent,
}

/// What npm does not know.
#[derive(Deserialize)]
struct Regent {
    /// The world of the contract.
    world: String,
}

impl Manifest {
    pub(super) fn read(project: &Path) -> Result<Self, Error> {
        let path = project.join("package.json");
        let file = SourceFile::read_text(&path)?;
        let manifest: Self =
            serde_json::from_str(file.text()).map_err(|error| Error::Manifest {
                path: path.clone(),
                problem: error.to_string(),
            })?;
        contract::known(&manifest.regent.world, &path)?;
        Ok(manifest)
    }

    /// Whether the source file is TypeScript.
    pub(super) fn is_typed(&self) -> bool {
        Path::new(&self.main)
            .extension()
            .is_some_and(|it| it == "ts")
    }
}

impl Toolchain {
    /// Builds a project of npm's to the component `out`; `folder` is for what is made on the way.
    pub(super) fn node_component(
        &self,
        work: &Work,
        folder: &Path,
        out: &Path,
    ) -> Result<String, Error> {
        let manifest = Manifest::read(work.project)?;
        let wit = contract::folder(work.project)?;
        self.node_is_new_enough(work)?;
        let [esbuild, componentize] = self.node_tools(work)?;
        work.begin(&manifest.name);
        if let (true, Some(compiler)) = (manifest.is_typed(), tool(work.project, "tsc")) {
            let mut types = work.command(compiler);
            types.args(["--noEmit", "--pretty", "false"]);
            work.succeed(&mut types, "the TypeScript compiler refused")?;
        }
        let bundle = folder.join("plugin.mjs");
        let mut bundler = work.command(native(&esbuild).unwrap_or(esbuild));
        bundler.arg(&manifest.main).arg("--log-level=warning");
        bundler.args(["--bundle", "--format=esm", "--platform=neutral"]);
        bundler.args(["--main-fields=module,main", "--external:regent:*"]);
        bundler.arg(format!("--outfile={}", bundle.display()));
        work.succeed(&mut bundler, "esbuild could not bundle")?;
        let mut componentize = work.command(componentize);
        // Without WASI and without asynchronous calls: a plugin has nothing to wait for.
        componentize.args(["--stub-wasi", "--sync"]);
        componentize.arg("--wit").arg(wit).arg("--js").arg(bundle);
        componentize.args(["--world", &manifest.regent.world]);
        componentize.arg("--output").arg(out);
        work.succeed(&mut componentize, "componentize-qjs could not build")?;
        Ok(manifest.name)
    }

    /// The tools are scripts that Node.js runs, and an older one fails in words that tell nobody why.
    fn node_is_new_enough(&self, work: &Work) -> Result<(), Error> {
        let mut node = work.command(&self.node);
        let run = work.succeed(node.arg("--version"), "Node.js cannot build")?;
        let version = run.stdout.trim();
        let major = version
            .strip_prefix('v')
            .and_then(|it| it.split('.').next());
        match major.and_then(|major| major.parse::<u32>().ok()) {
            Some(major) if major < OLDEST => Err(Error::OldProgram {
                program: self.node.clone(),
                version: version.to_owned(),
                language: work.language,
            }),
            _ => Ok(()),
        }
    }

    /// The tools of a project, installed where they are missing.
    fn node_tools(&self, work: &Work) -> Result<[PathBuf; 2], Error> {
        let find = || Some([tool(work.project, TOOLS[0])?, tool(work.project, TOOLS[1])?]);
        if let Some(tools) = find() {
            return Ok(tools);
        }
        let locked = work.project.join("package-lock.json").is_file();
        let subcommand = if locked { "ci" } else { "install" };
        (work.say)(&format!(
            "installing the tools that package.json names with `npm {subcommand}`"
        ));
        let mut npm = work.command(&self.npm);
        // None of the tools needs a script of its own to be installed.
        npm.args([subcommand, "--ignore-scripts", "--no-audit", "--no-fund"]);
        work.succeed(&mut npm, "npm could not install the tools of")?;
        find().ok_or_else(|| Error::Manifest {
            path: work.project.join("package.json"),
            problem: format!("npm installed no {}", TOOLS.join(" and no ")),
        })
    }
}

/// esbuild itself, which lies beside the script that npm links: a script that only starts it, and
/// puts a page of its own after whatever it finds wrong.
fn native(linked: &Path) -> Option<PathBuf> {
    let packages = linked.ancestors().nth(2)?.join("@esbuild");
    let mut platforms = std::fs::read_dir(packages).ok()?.flatten();
    platforms
        .find_map(|platform| Some(platform.path().join("bin/esbuild")).filter(|it| it.is_file()))
}

/// A program that npm installed in the project's folder, or in one above it, where npm looks too.
fn tool(project: &Path, name: &str) -> Option<PathBuf> {
    project
        .ancestors()
        .map(|folder| folder.join("node_modules/.bin").join(name))
        .find(|path| path.is_file())
}
