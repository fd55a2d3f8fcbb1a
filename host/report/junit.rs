//! JUnit XML, which build servers read: a suite for each file, a case for each rule that fired; and
//! a suite for a plugin or a policy, a case for each of its own.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::cases::CaseReport;
use super::human::{escape, escape_block};
use super::typed::Typed;
use super::{CheckReport, CheckedFile, FindingReport, UnreadReport};
use crate::finding::{Code, Severity};

/// Renders what was found. Only errors fail a case; what else a rule said is the case's output. A
/// case that the settings suppress is skipped, and what else they relax is its suite's output. A
/// file that could not be read is a suite with one case, which is an error. Commands to be typed are
/// completed from what was typed.
pub fn render(report: &CheckReport, typed: &Typed) -> String {
    let report = report.said(typed);
    let mut junit = Report::new("regent check");
    let relaxed = report.relaxations.lines().join("\n");
    for file in &report.files {
        let mut suite = suite(file);
        if !relaxed.is_empty() {
            suite.set_system_out(escape_block(&relaxed));
        }
        junit.add_test_suite(suite);
    }
    for file in &report.unread {
        junit.add_test_suite(unread(file));
    }
    text(&junit)
}

/// Renders what `command` made of the cases of `subject`; `note` is what else there is to say.
/// Commands to be typed are completed from what was typed.
pub fn render_cases(
    command: &str,
    subject: &str,
    cases: &[CaseReport],
    note: Option<&str>,
    typed: &Typed,
) -> String {
    let name = escape(subject);
    let mut suite = TestSuite::new(name.as_ref());
    for case in cases {
        let status = match case.wrong() {
            None => TestCaseStatus::success(),
            Some(wrong) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(escape(&typed.text(&wrong)).as_ref());
                let help = case.help.as_deref().map(|help| typed.text(help));
                if let Some(said) = case.shown().or(help.as_deref()) {
                    status.set_description(escape_block(said));
                }
                status
            }
        };
        let mut case = TestCase::new(escape(&case.name).as_ref(), status);
        case.set_classname(name.as_ref());
        suite.add_test_case(case);
    }
    if let Some(note) = note {
        suite.set_system_out(escape(&typed.text(note)).as_ref());
    }
    let mut junit = Report::new(command);
    junit.add_test_suite(suite);
    text(&junit)
}

fn text(junit: &Report) -> String {
    junit
        .to_string()
        .expect("a string takes every write, and the writer leaves out what XML cannot hold")
}

fn unread(file: &UnreadReport) -> TestSuite {
    let name = escape(&file.name);
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_type(Severity::Error.to_string())
        .set_message(escape(&file.error.message).as_ref())
        .set_description(escape_block(&file.notes().join("\n")));
    let mut case = TestCase::new(file.error.code.as_str(), status);
    case.set_classname(name.as_ref());
    let mut suite = TestSuite::new(name.as_ref());
    suite.add_test_case(case);
    suite
}

fn suite(file: &CheckedFile) -> TestSuite {
    let mut rules: BTreeMap<&Code, Vec<&FindingReport>> = BTreeMap::new();
    for finding in &file.findings {
        rules.entry(&finding.code).or_default().push(finding);
    }
    let name = escape(&file.name);
    let mut suite = TestSuite::new(name.as_ref());
    if rules.is_empty() && file.suppressed.is_empty() {
        let mut case = TestCase::new("no findings", TestCaseStatus::success());
        case.set_classname(name.as_ref());
        suite.add_test_case(case);
    }
    for (code, findings) in rules {
        let mut case = case(&name, code, &findings);
        case.set_classname(name.as_ref());
        suite.add_test_case(case);
    }
    for by in &file.suppressed {
        let code = escape(&by.finding.code.to_string()).into_owned();
        let mut status = TestCaseStatus::skipped();
        let why = format!("suppressed until {}: {}", by.until, by.reason);
        status.set_message(escape(&why).as_ref());
        status.set_description(describe(&name, &by.finding));
        let mut case = TestCase::new(code, status);
        case.set_classname(name.as_ref());
        suite.add_test_case(case);
    }
    suite
}

fn case(name: &str, code: &Code, findings: &[&FindingReport]) -> TestCase {
    let said: Vec<_> = findings
        .iter()
        .map(|finding| describe(name, finding))
        .collect();
    let said = said.join("\n");
    let code = escape(&code.to_string()).into_owned();
    let worst = findings.iter().find(|f| f.severity == Severity::Error);
    let Some(worst) = worst else {
        let mut case = TestCase::new(code, TestCaseStatus::success());
        case.set_system_out(said);
        return case;
    };
    // A case that could not be asked is no case that failed.
    let kind = if worst.is_internal() {
        NonSuccessKind::Error
    } else {
        NonSuccessKind::Failure
    };
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(worst.severity.to_string())
        .set_message(escape(&worst.message).as_ref())
        .set_description(said);
    TestCase::new(code, status)
}

/// "update.xml:3:5: error: …", and what else there is to say, indented.
fn describe(name: &str, finding: &FindingReport) -> String {
    let start = finding.main().start;
    let (severity, message) = (finding.severity, escape(&finding.message));
    let mut text = format!("{name}:{start}: {severity}: {message}");
    for note in finding.notes() {
        let note = escape_block(&note).replace('\n', "\n  ");
        text.push_str("\n  ");
        text.push_str(&note);
    }
    text
}
