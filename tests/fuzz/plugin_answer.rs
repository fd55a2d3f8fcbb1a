//! What plugins answer: any memory at all is lifted through the contract, taken whole or refused
//! whole, and whatever it was, it can only add findings and vetoes.
//!
//! The component is a real one, loaded and asked as regent asks it; it answers with the bytes that
//! it is told, which are the input.

use std::sync::LazyLock;

use regent::finding::{Code, Finding, Severity};
use regent::plan::Enforcement;
use regent::policy::{
    BROKEN_RULE, Decision, LogLine, PluginSettings, Policy, Purpose, Validation, Verdict,
};
use regent::report::promotion::{PlanReport, VerdictReport};
use regent::report::relaxations::Relaxations;
use regent::report::{CheckReport, CheckedFile};
use regent::source::SourceFile;
use regent::update::{UpdateFile, fixed};

use super::pieces::Pieces;
use super::probe::{Probe, promotion};
use super::shown;

/// Where the component's answer lies, and how much room it has.
const MEMORY: usize = 16_384;
const ROOM: usize = 65_536 - MEMORY;

/// Numbers before the answer: a level, a text's place and length, and whether it is logged.
const LOG: usize = 16;

/// The rule that the component describes.
const RULE: &str = "checked";

/// The most characters of a line that is shown.
const MAX_LINE: usize = 1_000;

/// The same component twice: once with a vote and once on trial.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let component = folder.path().join("told.wasm");
    let bytes = Probe::of("answers-as-told").bytes();
    fs_err::write(component, bytes).expect("a temporary file");
    let plugin = |name: &str, enforcement: &str| -> PluginSettings {
        let text = format!(
            "name = '{name}'\ncomponent = 'told.wasm'\nenforcement = '{enforcement}'\n\
             limits.deadline-milliseconds = 60_000"
        );
        toml::from_str(&text).expect("settings")
    };
    let plugins = [plugin("told", "deny"), plugin("trial", "warn")];
    Policy::load(&plugins, folder.path(), None, Purpose::Decide, &|_| ())
        .expect("the component keeps to the contract")
});

/// What one input makes the component say.
pub(crate) fn holds(bytes: &[u8]) {
    let mut pieces = Pieces::of(bytes);
    match pieces.byte() % 4 {
        0 => {
            let tail = pieces.text();
            let memory = pieces.rest();
            validates(memory, &tail, None);
            decides(memory, None);
        }
        1 => {
            let mut memory = Memory::logging(&mut pieces);
            let said = memory.decision(&mut pieces);
            decides(&memory.bytes, memory.fits().then_some(said));
        }
        _ => {
            let mut memory = Memory::logging(&mut pieces);
            let said = memory.findings(&mut pieces);
            let tail = pieces.text();
            validates(&memory.bytes, &tail, memory.fits().then_some(said));
        }
    }
}

/// Spells memory as the component reads it: two letters a byte.
fn spelled(memory: &[u8]) -> String {
    let memory = &memory[..memory.len().min(ROOM)];
    let letters = memory.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    letters
        .map(|nibble| char::from(b'a' + nibble))
        .chain(['\n'])
        .collect()
}

/// A finding as it was said, before regent looked at it.
struct Said {
    severity: u8,
    message: String,
    labels: Vec<(u32, u32)>,
}

fn validates(memory: &[u8], tail: &str, said: Option<Vec<Said>>) {
    let text = format!("{}{}", spelled(memory), tail.replace('\0', ""));
    // Nothing to tell, and nothing but white space after it: regent asks nobody about such a file.
    let Ok(file) = SourceFile::decode("update.xml", text.as_bytes()) else {
        return;
    };
    let validations = POLICY.validations(&file, &UpdateFile::default(), None);
    let validations: Vec<Validation> = validations.into_iter().map(|(said, _)| said).collect();
    let [told, trial] = validations.as_slice() else {
        panic!("two were asked, and each answered once: {validations:?}");
    };
    let taken = told.findings.iter().all(|finding| !is_broken(finding));
    for Validation {
        plugin, findings, ..
    } in &validations
    {
        assert!(findings.len() <= 200);
        for finding in findings {
            fits(finding, plugin, &file);
        }
        let checked = CheckedFile::new(&file, "update", findings);
        shown::check(&CheckReport::new(vec![checked], 0, Vec::new()));
        if let Some(text) = fixed(&file, findings) {
            assert_ne!(text, "", "an edit that empties the file leaves it alone");
        }
    }
    if taken {
        let errors = trial.findings.iter().map(|finding| finding.severity);
        assert!(
            errors
                .into_iter()
                .all(|severity| severity != Severity::Error)
        );
    } else {
        assert_eq!(
            told.findings.len(),
            1,
            "an answer is taken whole or not at all"
        );
        assert_eq!(
            told.findings[0].severity,
            Severity::Error,
            "what broke has not checked"
        );
    }
    assert_eq!(told.log, trial.log, "the same memory says the same");
    if let Some(said) = said.filter(|_| taken) {
        assert_eq!(said.len(), told.findings.len());
        for (said, finding) in said.iter().zip(&told.findings) {
            is_as_said(said, finding);
        }
    }
}

fn is_broken(finding: &Finding) -> bool {
    matches!(&finding.code, Code::Policy { rule, .. } if rule == BROKEN_RULE)
}

/// It is a finding under a rule that was described, about places in the text.
fn fits(finding: &Finding, name: &str, file: &SourceFile) {
    let Code::Policy { plugin, rule } = &finding.code else {
        panic!("a plugin speaks under its own name: {finding:?}");
    };
    assert_eq!(plugin, name);
    assert!(rule == RULE || rule == BROKEN_RULE, "{rule}");
    assert!(!finding.message.trim().is_empty());
    assert!((1..=50).contains(&finding.labels.len()));
    let inside = |span: regent::source::Span| file.text().get(span.range()).is_some();
    assert!(finding.labels.iter().all(|label| inside(label.span)));
    if let Some(fix) = &finding.fix {
        assert!((1..=50).contains(&fix.edits.len()));
        assert!(fix.edits.iter().all(|edit| inside(edit.span)));
        let apart = |two: &[regent::finding::Edit]| two[0].span.end <= two[1].span.start;
        assert!(fix.edits.windows(2).all(apart));
    }
}

fn is_as_said(said: &Said, finding: &Finding) {
    let severity = [Severity::Error, Severity::Warning, Severity::Info];
    assert_eq!(severity[usize::from(said.severity)], finding.severity);
    assert_eq!(cut(&said.message), finding.message);
    if !said.labels.is_empty() {
        let spans = finding.labels.iter().map(|label| label.span);
        let spans: Vec<_> = spans.map(|span| (span.start, span.end)).collect();
        assert_eq!(said.labels, spans);
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_LINE {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_LINE).collect();
    format!("{kept}…")
}

/// A decision as it was said, before regent looked at it.
enum Word {
    Approve,
    Deny(Vec<String>),
    Abstain,
}

fn decides(memory: &[u8], said: Option<Word>) {
    let (mut plan, facts) = promotion();
    plan.intent.reason = Some(spelled(memory));
    let verdict = POLICY.decide(&plan, &facts);
    let [told, trial] = verdict.decisions() else {
        panic!("two were asked: {verdict:?}");
    };
    assert_eq!((&told.decision, &told.log), (&trial.decision, &trial.log));
    assert_eq!(trial.enforcement, Enforcement::Warn);
    // Nothing but its own word approves, and nothing takes its veto back.
    let approves = told.decision == Decision::Approve;
    assert_eq!(verdict.is_approved(), approves);
    match (&told.decision, said) {
        (Decision::Approve, said) => assert!(matches!(said, None | Some(Word::Approve))),
        (Decision::Abstain, said) => assert!(matches!(said, None | Some(Word::Abstain))),
        (Decision::Deny(reasons), said) => {
            assert!((1..=50).contains(&reasons.len()));
            assert!(reasons.iter().all(|reason| reason.rule == RULE));
            let messages: Vec<_> = reasons.iter().map(|r| r.message.clone()).collect();
            if let Some(said) = said {
                let Word::Deny(said) = said else {
                    panic!("it did not deny");
                };
                let said: Vec<_> = said.iter().map(|message| cut(message)).collect();
                assert_eq!(said, messages);
            }
        }
        (Decision::Broken(_), said) => {
            // With its log in order, these two words need nothing else.
            let simple = matches!(said, Some(Word::Approve | Word::Abstain));
            assert!(!simple, "{:?}", told.decision);
        }
    }
    is_reported(plan, &verdict, &told.log);
}

fn is_reported(plan: regent::plan::Plan, verdict: &Verdict, log: &[LogLine]) {
    let report = VerdictReport::from(verdict);
    assert_eq!(report.decisions.len(), 2);
    let json = shown::report(&PlanReport {
        changes: plan.changes(),
        operator: plan.intent.operator.clone(),
        plan,
        proven: false,
        approvals: Vec::new(),
        verdict: report,
        relaxations: Relaxations::default(),
        warnings: Vec::new(),
        unchecked: Vec::new(),
        dry_run: true,
        name_only: false,
        evidence: None,
        file: None,
        command: None,
    });
    // What is harmless is still what was said.
    let said = &json["verdict"]["decisions"][0]["log"];
    let lines: Vec<_> = log.iter().map(|line| line.message.as_str()).collect();
    assert_eq!(*said, serde_json::json!(lines));
}

/// The component's memory from [`MEMORY`] on, as the canonical form lays answers out.
struct Memory {
    bytes: Vec<u8>,
}

impl Memory {
    /// Memory that begins with a log line or none.
    fn logging(pieces: &mut Pieces<'_>) -> Self {
        let mut memory = Self {
            bytes: vec![0; LOG + 16],
        };
        if pieces.byte() % 2 == 1 {
            let level = u32::from(pieces.byte() % 3);
            let line = memory.text(&pieces.text());
            let numbers = [&level.to_le_bytes()[..], &line, &1_u32.to_le_bytes()];
            memory.bytes[..LOG].copy_from_slice(&numbers.concat());
        }
        memory
    }

    /// Whether the component has room for all of it.
    fn fits(&self) -> bool {
        self.bytes.len() <= ROOM
    }

    /// `ok` of a list of findings, and what they are.
    fn findings(&mut self, pieces: &mut Pieces<'_>) -> Vec<Said> {
        let mut records = Vec::new();
        let mut said = Vec::new();
        for _ in 0..pieces.below(6) {
            let (record, finding) = self.finding(pieces);
            records.extend(record);
            said.push(finding);
        }
        let count = said.len();
        let list = self.list(&records, count);
        self.bytes[LOG + 4..LOG + 12].copy_from_slice(&list);
        said
    }

    fn finding(&mut self, pieces: &mut Pieces<'_>) -> (Vec<u8>, Said) {
        let rule = if pieces.byte() == 0xff {
            pieces.text()
        } else {
            RULE.to_owned()
        };
        let (severity, message) = (pieces.byte() % 3, pieces.text());
        let mut labels = Vec::new();
        let mut label_records = Vec::new();
        for _ in 0..pieces.below(4) {
            let (start, end) = Self::place(pieces);
            label_records.extend([start.to_le_bytes(), end.to_le_bytes()].concat());
            label_records.extend(self.text(&pieces.text()));
            labels.push((start, end));
        }
        let mut fix = Vec::new();
        for _ in 0..pieces.below(3) {
            let mut edits = Vec::new();
            let count = pieces.below(4);
            for _ in 0..count {
                let (start, end) = Self::place(pieces);
                edits.extend([start.to_le_bytes(), end.to_le_bytes()].concat());
                edits.extend(self.text(&pieces.text()));
            }
            fix.extend(self.text(&pieces.text()));
            fix.extend(self.list(&edits, count));
        }
        let fixes = fix.len() / 16;
        let record = [
            &self.text(&rule)[..],
            &[severity, 0, 0, 0],
            &self.text(&message),
            &self.list(&label_records, labels.len()),
            &self.text(&pieces.text()),
            &self.list(&fix, fixes),
        ];
        let said = Said {
            severity,
            message,
            labels,
        };
        (record.concat(), said)
    }

    /// `ok` of a decision, and which.
    fn decision(&mut self, pieces: &mut Pieces<'_>) -> Word {
        let which = pieces.byte() % 3;
        self.bytes[LOG + 4] = which;
        match which {
            0 => Word::Approve,
            1 => {
                let mut records = Vec::new();
                let mut messages = Vec::new();
                for _ in 0..pieces.below(60) {
                    let message = pieces.text();
                    records.extend(self.text(RULE));
                    records.extend(self.text(&message));
                    records.extend(self.text(&pieces.text()));
                    messages.push(message);
                }
                let list = self.list(&records, messages.len());
                self.bytes[LOG + 8..LOG + 16].copy_from_slice(&list);
                Word::Deny(messages)
            }
            _ => Word::Abstain,
        }
    }

    /// Two numbers, in order more often than not.
    fn place(pieces: &mut Pieces<'_>) -> (u32, u32) {
        let (start, length) = (pieces.number(), pieces.number());
        (start, start.wrapping_add(length))
    }

    /// Puts a text into memory: its place and length.
    fn text(&mut self, text: &str) -> [u8; 8] {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        Self::reference(at, text.len())
    }

    /// Puts records into memory: their place and number.
    fn list(&mut self, records: &[u8], count: usize) -> [u8; 8] {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let at = self.bytes.len();
        self.bytes.extend_from_slice(records);
        Self::reference(at, count)
    }

    fn reference(at: usize, count: usize) -> [u8; 8] {
        let number = |number: usize| {
            u32::try_from(number)
                .expect("memory is small")
                .to_le_bytes()
        };
        let (at, count) = (number(MEMORY + at), number(count));
        [at, count].concat().try_into().expect("two numbers")
    }
}
