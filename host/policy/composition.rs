//! The organisation's composition of its plugins: what a loaded policy makes of it.

use jiff::civil::Date;

use super::suppression::{self, Sifted};
use super::{Error, Policy, Refusal};
use crate::finding::Finding;
use crate::plan::{Group, Plan, Suppression};

impl Policy {
    /// Puts the plugins into groups, and passes over findings. A group that counts on a plugin
    /// which decides nothing is refused.
    pub fn compose(
        mut self,
        groups: &[Group],
        suppressions: &[Suppression],
    ) -> Result<Self, Error> {
        for group in groups {
            let idle = self.loaded.iter().find(|plugin| {
                !plugin.decides
                    && group
                        .plugins
                        .iter()
                        .any(|name| name == plugin.name.as_str())
            });
            if let Some(plugin) = idle {
                return Err(Error::Plugin {
                    plugin: plugin.name.clone(),
                    component: plugin.component.clone(),
                    cause: Refusal::NoVote {
                        group: group.name.clone(),
                    },
                });
            }
        }
        self.groups = groups.to_vec();
        self.suppressions = suppressions.to_vec();
        Ok(self)
    }

    /// The groups of plugins that have one vote together.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The findings that are to be passed over.
    pub fn suppressions(&self) -> &[Suppression] {
        &self.suppressions
    }

    /// Passes over what the settings suppress on that day, the host's local one.
    pub fn sift(&self, findings: Vec<Finding>, today: Date) -> Sifted {
        suppression::sift(findings, &self.suppressions, today)
    }

    /// Binds a plan to these plugins, and to what their words are worth.
    pub fn bind(&self, plan: &mut Plan) {
        plan.plugins = self.pins();
        plan.groups.clone_from(&self.groups);
        plan.suppressions.clone_from(&self.suppressions);
    }
}
