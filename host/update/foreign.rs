//! A file for another command: one finding says so, and what else is wrong stands beside it.

use crate::finding::{Finding, Fix, Severity};

use super::codes::Rule;
use super::fix::compatible;

/// The most places of broken XML that the finding shows.
const MAX_PLACES: usize = 3;

/// Folds what was found in a file into the finding that names the file's kind.
///
/// That the file is another one is what its reader has to know; what breaks its XML is shown as
/// further places, because the command that takes the file refuses it too, and the mends stay.
pub(super) fn fold(findings: Vec<Finding>) -> Vec<Finding> {
    let code = Rule::WrongFileKind.code();
    let Some(at) = findings.iter().position(|finding| finding.code == code) else {
        return findings;
    };
    let mut kind = findings[at].clone();
    let breaks = |finding: &Finding| finding.severity == Severity::Error && finding.code != code;
    let broken: Vec<Finding> = findings.into_iter().filter(breaks).collect();
    if broken.is_empty() {
        return vec![kind];
    }
    let help = kind.help.take().unwrap_or_default();
    kind = kind.help(format!("mend its XML first, then {help}"));
    for finding in broken.iter().take(MAX_PLACES) {
        kind = kind.label(finding.span(), finding.message.clone());
    }
    let (edits, fixes) = compatible(&broken);
    if fixes > 0 {
        kind.fix = Some(Fix {
            title: "mend its XML where the mend is certain".to_owned(),
            edits: edits.into_iter().cloned().collect(),
        });
    }
    vec![kind]
}
