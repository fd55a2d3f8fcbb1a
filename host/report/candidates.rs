//! What `regent candidates` has to say: every server, every check, and what it rests on.

use schemars::JsonSchema;
use serde::Serialize;

use crate::global_info::ServerName;
use crate::plan::Kind;
use crate::system::SsoServer;

use super::Report;
use super::human::Page;
use super::relaxations::Relaxations;

/// What a check says to promoting a server. The later outweighs the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing speaks against it.
    Yes,
    /// Nothing that would stop it, but worth a look.
    Remark,
    /// It was not checked.
    Unknown,
    /// It would be refused.
    No,
}

impl Answer {
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Remark => "remark",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

/// One check.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CheckAnswer {
    /// Its name: `unfinished-promotion`, `backup`, `proof`, `update-file`, `plan`, `promoters`,
    /// `roles`, `last-seen` or `this-server`.
    pub check: &'static str,
    /// What it says.
    pub verdict: Answer,
    /// Why, a line each.
    pub evidence: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl CheckAnswer {
    /// An answer that rests on one thing.
    pub fn new(check: &'static str, verdict: Answer, evidence: impl Into<String>) -> Self {
        Self {
            check,
            verdict,
            evidence: vec![evidence.into()],
            help: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    fn human(&self, page: &mut Page) {
        let (first, more) = match self.evidence.split_first() {
            Some((first, more)) => (first.as_str(), more),
            None => ("", &[][..]),
        };
        let text = format!("{}: {first}", self.check);
        match self.verdict {
            Answer::Yes => page.ok(&text),
            Answer::Remark => page.warn(&text),
            Answer::Unknown => page.unknown(&text),
            Answer::No => page.fail(&text),
        }
        for line in more {
            page.item(" ", line);
        }
        if let Some(help) = &self.help {
            page.item(" ", &format!("→ {help}"));
        }
    }
}

/// One server of the system.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CandidateReport {
    /// The server as it is listed.
    pub server: SsoServer,
    /// Whether it is the master secret server.
    pub is_master: bool,
    /// `yes`, `unknown` where nothing speaks against it but not everything was checked, or `no`.
    pub verdict: Answer,
    /// The checks of this server; those of the system count for it as well.
    pub checks: Vec<CheckAnswer>,
    /// The update file that was checked: it names this server and nothing else.
    pub update_file: String,
    /// What to type on this server; nothing where it cannot be promoted.
    pub command: Option<String>,
}

impl CandidateReport {
    /// Weighs the checks of the system and the server's own.
    pub fn weigh(system: &[CheckAnswer], checks: &[CheckAnswer]) -> Answer {
        let answers = system.iter().chain(checks).map(|check| check.verdict);
        match answers.max() {
            Some(weighty @ (Answer::Unknown | Answer::No)) => weighty,
            _ => Answer::Yes,
        }
    }

    /// The first thing that makes the verdict what it is.
    fn reason<'a>(&'a self, system: &'a [CheckAnswer]) -> String {
        let mut weighty = system
            .iter()
            .chain(&self.checks)
            .filter(|check| check.verdict == self.verdict && check.verdict != Answer::Yes);
        let said = |check: &CheckAnswer| {
            let evidence = check.evidence.first().map_or("", String::as_str);
            format!("{}: {evidence}", check.check)
        };
        let (first, more) = (weighty.next().map(said), weighty.count());
        match (first, more) {
            (None, _) => "nothing speaks against it".to_owned(),
            (Some(first), 0) => first,
            (Some(first), more) => format!("{first} (and {more} more)"),
        }
    }
}

/// Who could be promoted, and why not the others.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CandidatesReport {
    /// The master secret server.
    pub master: ServerName,
    /// Planned or emergency, as the promoters were told.
    pub kind: Kind,
    /// How many servers nothing speaks against.
    pub eligible: usize,
    /// The checks that are the same whichever server is promoted.
    pub system: Vec<CheckAnswer>,
    /// Every server: first those that can be promoted.
    pub candidates: Vec<CandidateReport>,
    /// What the settings take from the rules.
    #[serde(default, skip_serializing_if = "Relaxations::is_empty")]
    pub relaxations: Relaxations,
}

impl Report for CandidatesReport {
    const NAME: &'static str = "candidates";

    fn human(&self, page: &mut Page) {
        page.heading(&format!(
            "Candidates for master secret server, in place of {} ({})",
            self.master, self.kind
        ));
        let rows: Vec<Vec<String>> = self
            .candidates
            .iter()
            .map(|candidate| {
                vec![
                    candidate.server.name.to_string(),
                    candidate.verdict.word().to_owned(),
                    candidate.reason(&self.system),
                ]
            })
            .collect();
        page.table(&["SSO server", "can be promoted", "why"], &rows);
        page.heading("Whichever server it is");
        for check in &self.system {
            check.human(page);
        }
        self.relaxations.human(page);
        for candidate in &self.candidates {
            let (name, verdict) = (&candidate.server.name, candidate.verdict.word());
            page.heading(&format!("{name}: {verdict}"));
            for check in &candidate.checks {
                check.human(page);
            }
            if let Some(command) = &candidate.command {
                page.hint(&format!(
                    "to promote it, on {name}, with an update file that says \
                     <secretServer>{name}</secretServer>:"
                ));
                page.command(command);
            }
        }
        page.gap();
        let unchecked = |candidate: &CandidateReport| candidate.verdict == Answer::Unknown;
        let so_far = if self.candidates.iter().any(unchecked) {
            ", as far as that was checked"
        } else {
            ""
        };
        match self.eligible {
            0 => page.fail("no server can be promoted now"),
            1 => page.ok(&format!("1 server can be promoted{so_far}")),
            many => page.ok(&format!("{many} servers can be promoted{so_far}")),
        }
    }
}
