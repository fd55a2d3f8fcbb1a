//! Every file of a vault that names a term, by its own account.

use std::path::{Path, PathBuf};

use crate::global_info::ServerName;
use crate::identity::{PromotionId, SystemId, Term};

use super::{Aside, Claim, Error, Pending, Vault, contents};

/// What a file of a vault says of itself, opened by nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub path: PathBuf,
    /// The system.
    pub system: SystemId,
    /// The server.
    pub server: ServerName,
    /// The term in which it became, or is to become, the master.
    pub term: Term,
    /// Whether it is what the server uses.
    pub in_use: bool,
    /// The promotion that has staged it.
    pub staged: Option<PromotionId>,
}

/// What a vault says of itself.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Every file that names a term.
    pub labels: Vec<Label>,
    /// The promotions that keep something there, be it only that there was nothing before.
    pub promotions: Vec<PromotionId>,
}

impl Vault {
    /// What its files say of themselves. What cannot be read tells nothing here.
    ///
    /// The secret in use is read before the folder is listed: whoever finds it there, and nothing
    /// that its promotion keeps, has seen a promotion that was over.
    pub fn labels(&self) -> Result<Labels, Error> {
        let current = self.current();
        let in_use = label(&current).map(|label| Label {
            in_use: true,
            ..label
        });
        let mut labels: Vec<Label> = in_use.into_iter().collect();
        let contents = contents::named(&self.folder)?;
        let held = contents.held.iter().filter(|path| **path != current);
        labels.extend(
            held.chain(&contents.unopened)
                .filter_map(|path| label(path)),
        );
        for Pending { path, id, aside } in &contents.pending {
            labels.extend(label(path).map(|label| Label {
                staged: (*aside == Aside::Staged).then_some(*id),
                ..label
            }));
        }
        Ok(Labels {
            labels,
            promotions: contents.pending.iter().map(|pending| pending.id).collect(),
        })
    }
}

fn label(path: &Path) -> Option<Label> {
    let claim = Claim::of_file(path)?;
    Some(Label {
        path: path.to_owned(),
        system: claim.system,
        server: claim.server?,
        term: claim.term?,
        in_use: false,
        staged: None,
    })
}
