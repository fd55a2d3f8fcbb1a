//! Plan files: any text is read or refused, and a change that is not refused changes no plan.

use jiff::Timestamp;
use regent::cli::planned;
use regent::plan::{Approval, BackupPin, PlanFile};
use regent::report::approve::ApproveReport;
use regent::secret::Approver;
use regent::secret::approval::Involved;
use regent::system::Accounts;

use super::pieces::Pieces;
use super::{probe, shown};

/// A plan file is either read as the bytes say, or written and altered as they say.
pub(crate) fn holds(bytes: &[u8]) {
    if bytes.first() == Some(&b'{') {
        if let Ok(text) = std::str::from_utf8(bytes) {
            is_read(text);
        }
    } else {
        is_written(Pieces::of(bytes));
    }
}

/// Reads a plan file, and shows what it is or why it is none.
fn is_read(text: &str) -> Option<PlanFile> {
    let file = match PlanFile::parse(text) {
        Ok(file) => file,
        Err(error) => {
            shown::error(&error, Some(error.help().to_owned()));
            return None;
        }
    };
    let again = PlanFile::parse(&file.text()).expect("what was written is read");
    assert_eq!(again, file);
    assert_eq!(again.text(), file.text(), "one way to write it");
    assert_eq!(again.plan.digest(), file.plan.digest());
    assert!(file.plan.differences(&again.plan).is_empty());
    let involved = Involved {
        author: &file.plan.intent.operator,
        operator: Some(&"operator".into()),
        accounts: &Accounts::default(),
    };
    let approvals = planned::approvals(&file, &approvers(), involved);
    assert_eq!(approvals.len(), file.approvals.len());
    let counting = approvals.iter().filter(|approval| approval.counts).count();
    assert!(counting <= approvers().len(), "each approves once");
    let state = probe::system();
    for line in file.plan.differences(&file.plan.rebased(&state)) {
        assert!(line.contains(": "), "{line}");
    }
    shown::report(&ApproveReport {
        file: "plan.json".to_owned(),
        digest: file.plan.digest(),
        plan: file.plan.clone(),
        approvals,
        added: None,
        joined: Vec::new(),
        left: Vec::new(),
        statement: None,
        command: String::new(),
        today: jiff::civil::date(2026, 3, 4),
    });
    Some(file)
}

/// Whoever is known: a key that nobody here can sign with.
fn approvers() -> Vec<Approver> {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB9dG4kjRhQTtWTVzd2t27+t0DEHBPW7iOD23TUiYLio";
    let key = key.to_owned().try_into().expect("a public key");
    let name = "anna".to_owned();
    vec![Approver {
        name,
        key,
        accounts: Vec::new(),
    }]
}

fn is_written(mut pieces: Pieces<'_>) {
    let (mut plan, _) = probe::promotion();
    plan.intent.operator.account = pieces.text();
    plan.intent.reason = Some(pieces.text()).filter(|reason| !reason.is_empty());
    plan.intent.change = Some(pieces.text()).filter(|change| !change.is_empty());
    plan.update.name = pieces.text();
    plan.service = pieces.text();
    let seconds = i64::from(pieces.number()) - 2_000_000_000;
    let at = Timestamp::from_second(seconds).expect("a moment");
    plan.backup = (pieces.byte() % 2 == 1).then(|| BackupPin {
        path: pieces.text().into(),
        current: probe::system().secrets.current.expect("a secret"),
        previous: None,
        created: at,
        server: plan.incumbent.clone(),
    });
    let approvals = (0..pieces.below(4)).map(|_| Approval {
        approver: pieces.text(),
        at,
        signature: pieces.text(),
    });
    let approvals = approvals.collect();
    let file = PlanFile { plan, approvals };
    let text = file.text();
    assert_eq!(is_read(&text), Some(file.clone()));
    // Some of it is another text.
    let start = usize::try_from(pieces.number()).unwrap_or(0) * 5 % text.len();
    let start = text.floor_char_boundary(start);
    let end = text.ceil_char_boundary((start + pieces.below(16)).min(text.len()));
    let mut altered = text;
    altered.replace_range(start..end, &pieces.text());
    if let Some(read) = is_read(&altered) {
        assert_eq!(read.plan, file.plan, "of\n{altered}");
    }
}
