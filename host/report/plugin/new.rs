//! What `regent plugin new` has to say.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::Report;
use crate::report::human::Page;

/// A project that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NewReport {
    /// Its name, and its folder's.
    pub name: String,
    /// What it is written in.
    pub language: String,
    /// What the plugin is asked about.
    pub kind: String,
    /// Its files, by their paths in the folder.
    pub files: Vec<String>,
}

impl Report for NewReport {
    const NAME: &'static str = "plugin-new";

    fn human(&self, page: &mut Page) {
        let name = &self.name;
        page.ok(&format!(
            "made {name}; read {name}/README.md, and build and test it:"
        ));
        page.command(&format!("cd {name}"));
        page.command("regent plugin build");
        page.command("regent plugin test");
        page.hint("to have it asked, name it in regent.toml, beside which the folder lies:");
        page.block(&format!(
            "[[plugin]]\nname = \"{name}\"\ncomponent = \"{name}/{name}.wasm\"\n[plugin.settings]\n\
             servers = [\"SSO01\", \"SSO02\"]"
        ));
    }
}
