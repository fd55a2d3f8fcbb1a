//! What the files of a vault say of themselves: read without their key, and believed by nobody who
//! opens them.

use std::path::{Path, PathBuf};

use crate::global_info::ServerName;
use crate::identity::{PromotionId, SystemId, Term};

use super::{Aside, Error, MAX_BYTES, Pending, Vault, file};

/// The open part of a vault's file.
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

/// What a vault says of itself, unopened.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// The open part of every file that has one.
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
        let in_use = label(&self.current()).map(|label| Label {
            in_use: true,
            ..label
        });
        let mut labels: Vec<Label> = in_use.into_iter().collect();
        labels.extend(label(&self.previous()));
        let pending = self.contents()?.pending;
        for Pending { path, id, aside } in &pending {
            labels.extend(label(path).map(|label| Label {
                staged: (*aside == Aside::Staged).then_some(*id),
                ..label
            }));
        }
        Ok(Labels {
            labels,
            promotions: pending.iter().map(|pending| pending.id).collect(),
        })
    }
}

/// Reads the fields that every version of the format has.
fn label(path: &Path) -> Option<Label> {
    let content = file::read(path, MAX_BYTES).ok()?;
    let text = std::str::from_utf8(&content.bytes).ok()?;
    let (title, fields) = text.split_once('\n')?;
    title.strip_prefix("regent vault ")?;
    let field = |name: &str| {
        let lines = fields.lines().take_while(|line| !line.is_empty());
        let mut found = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.next()
    };
    Some(Label {
        path: path.to_owned(),
        system: field("system")?.parse().ok()?,
        server: field("server")?.parse().ok()?,
        term: Term(field("term")?.parse().ok()?),
        in_use: false,
        staged: None,
    })
}
