//! The rules that govern, and whose settings lie here.

use std::path::Path;

use super::{Code, Finding};
use crate::database::Governing;
use crate::identity::SystemId;
use crate::plan::{Rules, in_a_line};

/// No rule is asked here.
pub fn unasked(why: &str) -> Finding {
    Finding::new(Code::RulesUnasked, format!("no rule of the organisation is asked here: {why}"))
        .help("add [[plugin]] to regent.toml; `regent plugin new NAME --lang LANGUAGE` makes one, README.md lists those there are")
}

/// What there is to say of the rules that govern and those here, which may be unreadable.
pub fn rules(governing: &Governing, here: Option<&Rules>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(here) = here.filter(|here| here.digest() != governing.digest) {
        let differences = governing.rules.differences(here);
        let message = format!(
            "the rules here are not the ones that govern this system; from those to these: {}",
            in_a_line(&differences)
        );
        findings.push(Finding::new(Code::RulesDiffer, message).help(
            "`regent policy show` tells what differs; bring regent.toml, regent.lock and plugins to \
             what governs, or let these govern: `regent policy publish --reason TEXT`",
        ));
    }
    if let Some(by) = &governing.overruled {
        let (act, at, operator, server) = (&by.act, by.at, &by.operator, &by.server);
        let message = format!(
            "the rules that govern were overruled by {act} ({at} by {operator} on {server}): {}",
            by.reason
        );
        findings.push(Finding::new(Code::RulesOverruled, message).help(
            "see whether that was right; the next promotion or update by the rules ends this warning",
        ));
    }
    findings
}

/// The settings do not say of which system they are.
pub fn unbound(settings: &Path, id: SystemId) -> Finding {
    let message = format!(
        "{} does not say of which system it is, and would be taken for any",
        settings.display()
    );
    Finding::new(Code::SystemUnbound, message)
        .help(format!("write at the top of it: `system = \"{id}\"`"))
}

/// Settings or lock are another system's.
pub fn foreign(file: &Path, named: SystemId, id: SystemId) -> Finding {
    let message = format!(
        "{} is of system {named}, and the credential database holds system {id}",
        file.display()
    );
    Finding::new(Code::OtherSystem, message).help(
        "nothing but `regent doctor` goes on like this; name the database or the settings that belong \
         together",
    )
}
