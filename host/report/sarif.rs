//! SARIF 2.1.0 (OASIS standard), which code scanning services read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_sarif::sarif;

use super::typed::Typed;
use super::{
    CheckReport, CheckedFile, FindingReport, FixReport, LabelReport, SuppressedReport, json,
};
use crate::finding::{Code, Severity};
use crate::identity::Digest;
use crate::source::Position;

/// The published schema of the format.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Where regent's own words are found. It is published at no address of its own, so they have a name
/// and no link; `regent explain` shows each.
const NAMED: &str = "urn:regent";

/// By what code scanning services know a result again, in the one name that all of them read.
const FINGERPRINT: &str = "primaryLocationLineHash";

/// Renders what was found; every result has a region. Commands to be typed are completed from what
/// was typed.
pub fn render(report: &CheckReport, typed: &Typed) -> String {
    let report = &report.said(typed);
    let rules = rules(report);
    let index: BTreeMap<&Code, usize> = rules.keys().copied().zip(0..).collect();
    let found = |file| all(file).map(move |(finding, by)| (file, finding, by));
    let results: Vec<_> = report
        .files
        .iter()
        .flat_map(found)
        .map(|(file, finding, by)| result(file, finding, by, index[&finding.code]))
        .collect();
    let results = with_fingerprints(results, report);
    let descriptors: Vec<_> = rules
        .iter()
        .map(|(code, level)| rule(code, *level, typed))
        .collect();
    let driver = sarif::ToolComponent::builder()
        .name("regent")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(format!("{NAMED}:{}", env!("CARGO_PKG_VERSION")))
        .rules(descriptors)
        .build();
    let mut run = sarif::Run::builder()
        .tool(sarif::Tool::builder().driver(driver).build())
        .column_kind("unicodeCodePoints")
        .results(results)
        .build();
    run.invocations = invocation(report).map(|invocation| vec![invocation]);
    let log = sarif::Sarif::builder()
        .schema(SCHEMA)
        .version("2.1.0")
        .runs(vec![run])
        .build();
    json::text(&log)
}

/// What was found in a file; with why it is passed over, where it is.
fn all(file: &CheckedFile) -> impl Iterator<Item = (&FindingReport, Option<&SuppressedReport>)> {
    let findings = file.findings.iter().map(|finding| (finding, None));
    let suppressed = file.suppressed.iter();
    findings.chain(suppressed.map(|by| (&by.finding, Some(by))))
}

/// What SARIF says of how a tool was configured and whether it ran: what the settings take from the
/// rules, regent's own mistakes, and the files that could not be read; nothing where there is none.
fn invocation(report: &CheckReport) -> Option<sarif::Invocation> {
    let notification = |text: &str, level| {
        let mut notification = sarif::Notification::builder()
            .message(message(text))
            .build();
        notification.level = serde_json::to_value(level).ok();
        notification
    };
    let relaxed = report.relaxations.lines();
    let relaxed: Vec<_> = relaxed
        .iter()
        .map(|line| notification(line, sarif::ResultLevel::Warning))
        .collect();
    let found = |file| all(file).map(move |(finding, _)| (file, finding));
    let findings = report.files.iter().flat_map(found);
    // What has no result, or none that is the file's fault.
    let missing = |name: &str, id: &str, text: &str| {
        let mut missing = notification(text, sarif::ResultLevel::Error);
        missing.descriptor = Some(
            sarif::ReportingDescriptorReference::builder()
                .id(id.to_owned())
                .build(),
        );
        let place = sarif::PhysicalLocation::builder().artifact_location(artifact(name));
        let place = sarif::Location::builder().physical_location(place.build());
        missing.locations = Some(vec![place.build()]);
        missing
    };
    let mistakes = findings
        .filter(|(_, finding)| finding.is_internal())
        .map(|(file, finding)| {
            let text = format!("{}: {}", file.name, finding.message);
            missing(&file.name, &finding.code.to_string(), &text)
        });
    let unread = report.unread.iter().map(|file| {
        let text = file.notes().join("\n");
        missing(&file.name, &file.error.code, &text)
    });
    let missing: Vec<_> = mistakes.chain(unread).collect();
    if relaxed.is_empty() && missing.is_empty() {
        return None;
    }
    let mut invocation = sarif::Invocation::builder()
        .execution_successful(missing.is_empty())
        .build();
    let some = |all: Vec<_>| Some(all).filter(|all| !all.is_empty());
    invocation.tool_configuration_notifications = some(relaxed);
    invocation.tool_execution_notifications = some(missing);
    Some(invocation)
}

/// The rules that fired, each with its worst severity.
fn rules(report: &CheckReport) -> BTreeMap<&Code, Severity> {
    let mut rules = BTreeMap::new();
    for (finding, _) in report.files.iter().flat_map(all) {
        let worst = rules.entry(&finding.code).or_insert(finding.severity);
        *worst = finding.severity.min(*worst);
    }
    rules
}

fn rule(code: &Code, severity: Severity, typed: &Typed) -> sarif::ReportingDescriptor {
    let level = level(severity);
    let level = serde_json::to_value(level).expect("a level is a word");
    let (help, page) = match code {
        Code::Update(_) => {
            let help = format!("`regent explain {code}` says what is wrong and how to mend it.");
            let page = format!("{NAMED}:explain:{code}");
            (typed.text(&help).into_owned(), Some(page))
        }
        Code::Policy { plugin, .. } => {
            let help = format!("A rule of the plugin {plugin}, which your organisation installed.");
            (help, None)
        }
    };
    let mut rule = sarif::ReportingDescriptor::builder()
        .id(code.to_string())
        .help(
            sarif::MultiformatMessageString::builder()
                .text(help)
                .build(),
        )
        .default_configuration(
            sarif::ReportingConfiguration::builder()
                .level(level)
                .build(),
        )
        .build();
    rule.help_uri = page;
    rule
}

/// Gives each result what stays when lines move: a digest of its rule and of its line without
/// blanks, and the how many-th of the kind it is in its file.
fn with_fingerprints(mut results: Vec<sarif::Result>, report: &CheckReport) -> Vec<sarif::Result> {
    let mut unmarked = results.iter_mut();
    for file in &report.files {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for ((finding, _), result) in all(file).zip(&mut unmarked) {
            let line: String = file.line(finding).split_whitespace().collect();
            let digest = Digest::of(format!("{}\n{line}", finding.code).as_bytes()).to_string();
            let digest: String = digest.chars().take(16).collect();
            let number = seen.entry(digest.clone()).or_default();
            *number += 1;
            let fingerprint = (FINGERPRINT.to_owned(), format!("{digest}:{number}"));
            result.partial_fingerprints = Some(BTreeMap::from([fingerprint]));
        }
    }
    results
}

fn result(
    file: &CheckedFile,
    finding: &FindingReport,
    suppressed: Option<&SuppressedReport>,
    rule: usize,
) -> sarif::Result {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text = format!("{text}\n{help}");
    }
    let related: Vec<_> = finding.labels[1..]
        .iter()
        .map(|label| location(file, label))
        .collect();
    let fixes = finding.fix.iter().map(|mend| fix(file, mend)).collect();
    let mut result = sarif::Result::builder()
        .rule_id(finding.code.to_string())
        .rule_index(i64::try_from(rule).unwrap_or(i64::MAX))
        .level(level(finding.severity))
        .message(message(&text))
        .locations(vec![location(file, finding.main())])
        .build();
    result.related_locations = Some(related).filter(|related| !related.is_empty());
    result.suppressions = suppressed.map(|by| {
        let suppression = sarif::Suppression::builder()
            .kind("external")
            .status("accepted")
            .justification(format!("{} (until {})", by.reason, by.until));
        vec![suppression.build()]
    });
    result.fixes = Some(fixes).filter(|fixes: &Vec<_>| !fixes.is_empty());
    result
}

fn fix(file: &CheckedFile, fix: &FixReport) -> sarif::Fix {
    let replacements: Vec<_> = fix
        .edits
        .iter()
        .map(|edit| {
            let content = sarif::ArtifactContent::builder().text(edit.replacement.clone());
            sarif::Replacement::builder()
                .deleted_region(region(edit.start, edit.end))
                .inserted_content(content.build())
                .build()
        })
        .collect();
    let change = sarif::ArtifactChange::builder()
        .artifact_location(artifact(&file.name))
        .replacements(replacements)
        .build();
    sarif::Fix::builder()
        .description(message(&fix.title))
        .artifact_changes(vec![change])
        .build()
}

fn location(file: &CheckedFile, label: &LabelReport) -> sarif::Location {
    let place = sarif::PhysicalLocation::builder()
        .artifact_location(artifact(&file.name))
        .region(region(label.start, label.end))
        .build();
    let mut location = sarif::Location::builder().physical_location(place).build();
    location.message = Some(message(&label.message)).filter(|_| !label.message.is_empty());
    location
}

/// SARIF's end column is the one after the last character, as ours is.
fn region(start: Position, end: Position) -> sarif::Region {
    sarif::Region::builder()
        .start_line(start.line)
        .start_column(start.column)
        .end_line(end.line)
        .end_column(end.column)
        .build()
}

fn artifact(name: &str) -> sarif::ArtifactLocation {
    sarif::ArtifactLocation::builder().uri(uri(name)).build()
}

fn message(text: &str) -> sarif::Message {
    sarif::Message::builder().text(text).build()
}

fn level(severity: Severity) -> sarif::ResultLevel {
    match severity {
        Severity::Error => sarif::ResultLevel::Error,
        Severity::Warning => sarif::ResultLevel::Warning,
        Severity::Info => sarif::ResultLevel::Note,
    }
}

/// A path as a URI reference (RFC 3986): relative paths stay relative.
fn uri(path: &str) -> String {
    let path = path.replace(std::path::MAIN_SEPARATOR, "/");
    let path = path.trim_start_matches("./");
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => write!(uri, "%{byte:02X}").expect("a string takes every write"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_encoded_as_a_uri() {
        assert_eq!(uri("./updates/new master.xml"), "updates/new%20master.xml");
        assert_eq!(uri("c:é#?.xml"), "c%3A%C3%A9%23%3F.xml");
        assert_eq!(uri("/etc/a.xml"), "file:///etc/a.xml");
    }
}
