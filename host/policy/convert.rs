//! Between the contract's types and the host's.
//!
//! To a plugin everything is told as it is. What comes from a plugin is hostile until checked, and
//! an answer is taken whole or not at all.

use jiff::Timestamp;

use super::bindings::regent::plugin::types as wit;
use super::description::{Description, Rule};
use super::error::Broken;
use super::facts::{Approved, Facts};
use super::verdict::{Decision, Reason};
use crate::finding::{Code, Edit, Finding, Fix, Label, Severity};
use crate::global_info::GlobalInfo;
use crate::plan::{BackupPin, Kind, Plan};
use crate::source::{self, SourceFile, Span};
use crate::system::{Role, SsoServer, SystemState};
use crate::update::UpdateFile;

/// The most findings of one answer.
const MAX_FINDINGS: usize = 200;

/// The most labels of one finding, edits of one mend or reasons of one denial.
const MAX_ITEMS: usize = 50;

/// The longest line that is shown, in characters; the rest is cut.
const MAX_LINE: usize = 1_000;

/// The longest help that is shown, in characters; the rest is cut.
const MAX_HELP: usize = 4_000;

/// What validators are told.
pub(super) fn update_file(file: &SourceFile, update: &UpdateFile) -> wit::UpdateFile {
    let elements = update.elements().into_iter();
    wit::UpdateFile {
        // Where it lies must not change what is said of it.
        name: source::base_name(file.name()).to_owned(),
        text: file.text().to_owned(),
        elements: elements
            .map(|(element, value)| wit::Element {
                name: element.name().to_owned(),
                span: wit::Span {
                    start: value.span.start,
                    end: value.span.end,
                },
                value: value.value,
            })
            .collect(),
    }
}

/// What validators are told of the system.
pub(super) fn system(state: Option<&SystemState>) -> wit::System {
    state.map_or(wit::System::Unknown, |state| {
        wit::System::Known(wit::SystemState {
            id: state.id.to_string(),
            info: global_info(&state.info),
            sso_enabled: state.enabled,
            servers: state.servers.iter().map(server).collect(),
        })
    })
}

/// What promoters are told.
pub(super) fn promotion(plan: &Plan, facts: &Facts) -> wit::Promotion {
    let intent = &plan.intent;
    wit::Promotion {
        kind: match intent.kind {
            Kind::Planned => wit::Kind::Planned,
            Kind::Emergency => wit::Kind::Emergency,
        },
        current: global_info(&plan.before),
        wanted: global_info(&plan.after),
        candidate: server(&facts.candidate),
        incumbent: server(&facts.incumbent),
        backup: backup(plan.backup.as_ref(), facts),
        operator: operator(facts),
        now: moment(facts),
        reason: intent.reason.clone().unwrap_or_default(),
        change: intent.change.clone().unwrap_or_default(),
        approvals: facts.approvals.iter().map(approval).collect(),
    }
}

/// The person, whatever the account: who is compared with it is a person.
fn operator(facts: &Facts) -> String {
    facts.operator.person().to_owned()
}

fn global_info(info: &GlobalInfo) -> wit::GlobalInfo {
    wit::GlobalInfo {
        sso_admin_account: info.sso_admin_account.to_string(),
        sso_affiliate_admin_account: info.sso_affiliate_admin_account.to_string(),
        secret_server: info.secret_server.to_string(),
        audit_deleted_apps: info.audit_deleted_apps,
        audit_deleted_mappings: info.audit_deleted_mappings,
        audit_credential_lookups: info.audit_credential_lookups,
        ticket_timeout: info.ticket_timeout,
        cred_cache_timeout: info.cred_cache_timeout,
    }
}

fn server(server: &SsoServer) -> wit::Server {
    let role = |role: &Role| match role {
        Role::Processing => wit::Role::Processing,
        Role::ClusterNode => wit::Role::ClusterNode,
        Role::NetworkName => wit::Role::NetworkName,
    };
    wit::Server {
        name: server.name.to_string(),
        last_seen: server
            .last_seen
            .map_or(wit::LastSeen::Never, |at| wit::LastSeen::At(unix(at))),
        roles: server.roles.iter().map(role).collect(),
    }
}

fn backup(pin: Option<&BackupPin>, facts: &Facts) -> wit::Backup {
    let Some(pin) = pin else {
        return wit::Backup::None;
    };
    let told = wit::BackupFacts {
        created: unix(pin.created),
        age: unix(facts.now).saturating_sub(unix(pin.created)),
        server: pin.server.to_string(),
        fingerprint: pin.current.to_string(),
    };
    if facts.proven {
        wit::Backup::Proven(told)
    } else {
        wit::Backup::Unproven(told)
    }
}

fn moment(facts: &Facts) -> wit::Moment {
    let local = facts.utc_offset.to_datetime(facts.now);
    let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
    wit::Moment {
        unix: unix(facts.now),
        utc_offset: facts.utc_offset.seconds() / 60,
        weekday: match local.weekday() {
            jiff::civil::Weekday::Monday => wit::Weekday::Monday,
            jiff::civil::Weekday::Tuesday => wit::Weekday::Tuesday,
            jiff::civil::Weekday::Wednesday => wit::Weekday::Wednesday,
            jiff::civil::Weekday::Thursday => wit::Weekday::Thursday,
            jiff::civil::Weekday::Friday => wit::Weekday::Friday,
            jiff::civil::Weekday::Saturday => wit::Weekday::Saturday,
            jiff::civil::Weekday::Sunday => wit::Weekday::Sunday,
        },
        minute_of_day: minute.unsigned_abs(),
    }
}

fn approval(approval: &Approved) -> wit::Approval {
    wit::Approval {
        approver: approval.approver.clone(),
        at: unix(approval.at),
    }
}

fn unix(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}

/// What a plugin says of itself, unchecked but for the schema being JSON.
pub(super) fn description(said: wit::Description) -> Result<Description, String> {
    let settings_schema = serde_json::from_str(&said.settings_schema)
        .map_err(|error| format!("its settings schema is no JSON: {error}"))?;
    let rules = said.rules.into_iter().map(|rule| Rule {
        id: rule.id,
        severity: severity(rule.severity),
        summary: rule.summary,
        help: rule.help,
    });
    Ok(Description {
        name: said.name,
        version: said.version,
        summary: said.summary,
        rules: rules.collect(),
        settings_schema,
    })
}

fn severity(severity: wit::Severity) -> Severity {
    match severity {
        wit::Severity::Error => Severity::Error,
        wit::Severity::Warning => Severity::Warning,
        wit::Severity::Info => Severity::Info,
    }
}

/// A validator's answer about `text`.
pub(super) fn findings(
    said: Vec<wit::Finding>,
    plugin: &str,
    description: &Description,
    text: &str,
) -> Result<Vec<Finding>, Broken> {
    at_most(MAX_FINDINGS, said.len(), "findings")?;
    said.into_iter()
        .map(|said| finding(said, plugin, description, text))
        .collect()
}

fn finding(
    said: wit::Finding,
    plugin: &str,
    description: &Description,
    text: &str,
) -> Result<Finding, Broken> {
    declared(description, &said.rule)?;
    spoken(&said.message, "finding")?;
    at_most(MAX_ITEMS, said.labels.len(), "labels in a finding")?;
    at_most(1, said.fix.len(), "mend in a finding")?;
    let labels = said.labels.into_iter().map(|label| {
        Ok(Label {
            span: span(label.span, text)?,
            message: cut(label.message, MAX_LINE),
        })
    });
    let mut labels = labels.collect::<Result<Vec<_>, Broken>>()?;
    if labels.is_empty() {
        labels.push(Label {
            span: Span::new(0, text.len()),
            message: String::new(),
        });
    }
    let fix = said.fix.into_iter().next();
    Ok(Finding {
        code: Code::Policy {
            plugin: plugin.to_owned(),
            rule: said.rule,
        },
        severity: severity(said.severity),
        message: cut(said.message, MAX_LINE),
        labels,
        help: (!said.help.is_empty()).then(|| cut(said.help, MAX_HELP)),
        fix: fix.map(|fix| mend(fix, text)).transpose()?,
    })
}

fn mend(said: wit::Fix, text: &str) -> Result<Fix, Broken> {
    at_most(MAX_ITEMS, said.edits.len(), "edits in a mend")?;
    let edits = said.edits.into_iter().map(|edit| {
        Ok(Edit {
            span: span(edit.span, text)?,
            replacement: edit.replacement,
        })
    });
    let mut edits = edits.collect::<Result<Vec<_>, Broken>>()?;
    edits.sort_by_key(|edit| edit.span);
    if edits.is_empty() {
        return Err(Broken::Malformed("a mend without edits".to_owned()));
    }
    if edits
        .windows(2)
        .any(|pair| pair[0].span.end > pair[1].span.start)
    {
        return Err(Broken::Malformed("edits that overlap".to_owned()));
    }
    Ok(Fix {
        title: cut(said.title, MAX_LINE),
        edits,
    })
}

/// A promoter's answer.
pub(super) fn decision(said: wit::Decision, description: &Description) -> Result<Decision, Broken> {
    let said = match said {
        wit::Decision::Approve => return Ok(Decision::Approve),
        wit::Decision::Abstain => return Ok(Decision::Abstain),
        wit::Decision::Deny(reasons) => reasons,
    };
    at_most(MAX_ITEMS, said.len(), "reasons")?;
    if said.is_empty() {
        return Err(Broken::Malformed("a denial without a reason".to_owned()));
    }
    let reasons = said.into_iter().map(|reason| {
        declared(description, &reason.rule)?;
        spoken(&reason.message, "reason")?;
        Ok(Reason {
            rule: reason.rule,
            message: cut(reason.message, MAX_LINE),
            help: (!reason.help.is_empty()).then(|| cut(reason.help, MAX_HELP)),
        })
    });
    Ok(Decision::Deny(reasons.collect::<Result<_, Broken>>()?))
}

/// The text of a call that returned an error.
pub(super) fn failure(said: String) -> Broken {
    Broken::Failed(cut(said, MAX_LINE))
}

fn declared(description: &Description, rule: &str) -> Result<(), Broken> {
    if description.declares(rule) {
        Ok(())
    } else {
        let rule = cut(rule.to_owned(), MAX_LINE);
        Err(Broken::Malformed(format!(
            "the rule “{rule}”, which it does not describe"
        )))
    }
}

fn spoken(message: &str, what: &str) -> Result<(), Broken> {
    if message.trim().is_empty() {
        Err(Broken::Malformed(format!("a {what} without a message")))
    } else {
        Ok(())
    }
}

fn at_most(limit: usize, number: usize, what: &str) -> Result<(), Broken> {
    if number > limit {
        Err(Broken::Malformed(format!("more than {limit} {what}")))
    } else {
        Ok(())
    }
}

fn span(said: wit::Span, text: &str) -> Result<Span, Broken> {
    let span = Span {
        start: said.start,
        end: said.end,
    };
    // `get` is nothing for a span that ends before it starts, runs past the end or cuts a character.
    if text.get(span.range()).is_some() {
        Ok(span)
    } else {
        Err(Broken::Malformed(format!(
            "the place {}–{}, which does not lie in the file's {} bytes or cuts a character",
            span.start,
            span.end,
            text.len()
        )))
    }
}

fn cut(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;
    use crate::global_info::ServerName;
    use crate::identity::Fingerprint;
    use crate::policy::Zones;
    use crate::system::Operator;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn facts(now: &str, utc_offset: Offset) -> Facts {
        let server = SsoServer {
            name: ServerName::parse("SSO02").expect("a name"),
            roles: vec![Role::ClusterNode],
            added: at("2026-01-01T00:00:00Z"),
            last_seen: None,
        };
        Facts {
            operator: "anna".into(),
            proven: false,
            candidate: server.clone(),
            incumbent: server,
            now: at(now),
            utc_offset,
            zones: Zones::default(),
            people: None,
            approvals: Vec::new(),
        }
    }

    /// Rules that were written for accounts compare approvers with it: the person is what they mean.
    #[test]
    fn the_operator_is_the_person() {
        let told = |person: &str| {
            let facts = Facts {
                operator: Operator::new("root".to_owned(), person.to_owned().into()),
                ..facts("2026-03-04T05:06:07Z", Offset::UTC)
            };
            operator(&facts)
        };
        assert_eq!(told("anna"), "anna");
        assert_eq!(told("root"), "root");
        assert_eq!(told("unknown"), "unknown");
    }

    #[test]
    fn the_moment_is_told_in_local_time() {
        // 23:30 on a Saturday in UTC is 00:30 on Sunday an hour to the east.
        let east = moment(&facts("2026-03-07T23:30:00Z", Offset::constant(1)));
        assert_eq!((east.utc_offset, east.minute_of_day), (60, 30));
        assert!(matches!(east.weekday, wit::Weekday::Sunday));
        let half = Offset::from_seconds(-(3 * 60 + 30) * 60).expect("an offset");
        let west = moment(&facts("2026-03-07T00:00:00Z", half));
        assert_eq!((west.utc_offset, west.minute_of_day), (-210, 20 * 60 + 30));
        assert!(matches!(west.weekday, wit::Weekday::Friday));
        assert_eq!(west.unix, 1_772_841_600);
    }

    #[test]
    fn a_backup_is_proven_only_where_the_facts_say_so() {
        let pin = BackupPin {
            path: "secret.bak".into(),
            current: Fingerprint::from_bytes([1; 16]),
            previous: None,
            created: at("2026-03-07T00:00:00Z"),
            server: ServerName::parse("SSO01").expect("a name"),
        };
        let mut now = facts("2026-03-07T01:00:00Z", Offset::UTC);
        assert!(matches!(backup(None, &now), wit::Backup::None));
        let wit::Backup::Unproven(told) = backup(Some(&pin), &now) else {
            panic!("it was never opened");
        };
        assert_eq!(told.age, 3_600);
        now.proven = true;
        assert!(matches!(backup(Some(&pin), &now), wit::Backup::Proven(_)));
        // A backup from the future: the clocks disagree.
        now.now = at("2026-03-06T00:00:00Z");
        let wit::Backup::Proven(told) = backup(Some(&pin), &now) else {
            panic!("it was opened");
        };
        assert_eq!(told.age, 0);
    }

    #[test]
    fn a_server_never_seen_is_told_as_such() {
        let told = server(&facts("2026-03-07T00:00:00Z", Offset::UTC).candidate);
        assert!(matches!(told.last_seen, wit::LastSeen::Never));
        assert!(matches!(told.roles[..], [wit::Role::ClusterNode]));
    }

    #[test]
    fn places_lie_in_the_text_and_cut_no_character() {
        let place = |start, end| span(wit::Span { start, end }, "aé\n");
        assert_eq!(place(0, 4).ok(), Some(Span::new(0, 4)));
        assert_eq!(place(4, 4).ok(), Some(Span::new(4, 4)));
        for (start, end) in [(0, 2), (2, 3), (3, 1), (4, 5), (u32::MAX, u32::MAX)] {
            assert!(place(start, end).is_err(), "{start}–{end}");
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(cut("éééé".to_owned(), 3), "ééé…");
        assert_eq!(cut("ééé".to_owned(), 3), "ééé");
    }
}
