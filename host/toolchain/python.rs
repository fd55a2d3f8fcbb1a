//! Python: componentize-py puts the project's modules into a component with an interpreter.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::process::Work;
use super::{Error, Toolchain, contract};

/// The folder with the project's virtual environment.
const ENVIRONMENT: &str = ".venv";

/// The tools, as pip reads them.
const REQUIREMENTS: &str = "requirements.txt";

/// The part of `pyproject.toml` that is read.
#[derive(Deserialize)]
struct Manifest {
    project: Project,
    tool: Tool,
}

#[derive(Deserialize)]
struct Project {
    name: String,
}

#[derive(Deserialize)]
struct Tool {
    regent: Regent,
}

/// What Python does not know.
#[derive(Deserialize)]
struct Regent {
    /// The world of the contract.
    world: String,
    /// The module with the classes that the world exports.
    module: String,
}

impl Manifest {
    fn read(project: &Path) -> Result<Self, Error> {
        let (manifest, path): (Self, _) = contract::manifest(project, "pyproject.toml")?;
        contract::known(&manifest.tool.regent.world, &path)?;
        Ok(manifest)
    }
}

impl Toolchain {
    /// Builds a project of pip's to the component `out`.
    pub(super) fn python_component(&self, work: &Work, out: &Path) -> Result<String, Error> {
        let Manifest { project, tool } = Manifest::read(work.project)?;
        let wit = contract::folder(work.project)?;
        let componentize = self.python_tool(work)?;
        work.begin(&project.name);
        let mut componentize = work.command(componentize);
        componentize.arg("--wit-path").arg(wit);
        componentize.args(["--world", &tool.regent.world, "componentize"]);
        // Without WASI: what a module does when it is imported is done now, and never again.
        componentize.args(["--stub-wasi", "--python-path", "."]);
        componentize.arg("--output").arg(out);
        componentize.arg(&tool.regent.module);
        work.succeed(&mut componentize, "componentize-py could not build")?;
        Ok(project.name)
    }

    /// componentize-py, installed where it is missing.
    fn python_tool(&self, work: &Work) -> Result<PathBuf, Error> {
        let find = || {
            let mut folders = work.project.ancestors();
            folders.find_map(|folder| {
                let tool = folder.join(ENVIRONMENT).join("bin/componentize-py");
                tool.is_file().then_some(tool)
            })
        };
        if let Some(tool) = find() {
            return Ok(tool);
        }
        (work.say)(&format!(
            "installing the tools that {REQUIREMENTS} names into {ENVIRONMENT} with pip"
        ));
        let environment = work.project.join(ENVIRONMENT);
        let mut python = work.command(&self.python);
        python.args(["-m", "venv"]).arg(&environment);
        work.succeed(
            &mut python,
            "Python could not make a virtual environment for",
        )?;
        let mut pip = work.command(environment.join("bin/pip"));
        pip.args(["install", "--disable-pip-version-check", "--quiet"]);
        pip.args(["--requirement", REQUIREMENTS]);
        work.succeed(&mut pip, "pip could not install the tools of")?;
        find().ok_or_else(|| Error::Manifest {
            path: work.project.join(REQUIREMENTS),
            problem: "pip installed no componentize-py".to_owned(),
        })
    }
}
