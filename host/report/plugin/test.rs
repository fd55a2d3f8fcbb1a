//! What `regent plugin test` has to say, and how what a plugin said is written down.

use schemars::JsonSchema;
use serde::Serialize;

use super::RuleReport;
use crate::policy::Said;
use crate::report::cases::CasesReport;
use crate::report::human::{Page, Style};
use crate::report::promotion::DecisionReport;
use crate::report::{CheckedFile, Report};

/// What a plugin said of a case, as it is kept in `expected.snap`: the same on every machine.
pub fn written(said: &Said) -> String {
    let mut page = Page::new(Style::PLAIN);
    match said {
        Said::Refused(problems) => {
            page.fail("the settings do not fit");
            for problem in problems {
                let path = Some(problem.path.as_str()).filter(|path| !path.is_empty());
                let path = path.unwrap_or("settings");
                page.item(" ", &format!("{path}: {}", problem.message));
            }
        }
        Said::Answered {
            validation,
            decision,
        } => {
            if let Some((file, said)) = validation {
                let checked = CheckedFile::new(file, "update", &said.findings);
                match said.findings.len() {
                    0 => page.ok(&format!("{} finds nothing", said.plugin)),
                    1 => page.fail(&format!("{} finds something", said.plugin)),
                    more => page.fail(&format!("{} finds {more} things", said.plugin)),
                }
                page.found(file, &checked.findings);
                log(&mut page, &said.log);
            }
            if let Some(said) = decision {
                let report = DecisionReport {
                    log: Vec::new(),
                    ..said.into()
                };
                report.human(&mut page);
                log(&mut page, &said.log);
            }
        }
    }
    page.finish()
}

fn log(page: &mut Page, lines: &[crate::policy::LogLine]) {
    for line in lines {
        page.item(" ", &format!("log {}: {}", line.level, line.message));
    }
}

/// What came of a plugin's cases.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TestReport {
    /// The plugin's own name.
    pub plugin: String,
    /// Its own version.
    pub version: String,
    /// What came of them.
    #[serde(flatten)]
    pub cases: CasesReport,
    /// Rules that the plugin declares and that no case triggered.
    pub untriggered: Vec<RuleReport>,
}

impl TestReport {
    /// The rules that no case triggered, in a sentence.
    pub fn blind_spot(&self) -> Option<String> {
        let names: Vec<&str> = self.untriggered.iter().map(|rule| &*rule.id).collect();
        (!names.is_empty()).then(|| format!("no case triggers {}", names.join(", ")))
    }
}

impl Report for TestReport {
    const NAME: &'static str = "plugin-test";

    fn human(&self, page: &mut Page) {
        self.cases.each(page);
        if let Some(blind) = self.blind_spot() {
            page.warn(&blind);
        }
        let of = format!("{} {}", self.plugin, self.version);
        self.cases.sum(&of, page);
    }
}
