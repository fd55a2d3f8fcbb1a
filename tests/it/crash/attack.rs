//! What is done to a run at a fail point, and the ways on from there.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use regent::journal::State;

use super::scene::{Before, End, end, opened, picture, said, unfinished};
use crate::support::{Run, Site};

/// What happens at a fail point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    /// `kill -9` from within.
    Kill,
    /// The operation fails once.
    Error,
    /// It hangs until it is killed from outside.
    Hang,
    /// It and every later one fail.
    Full,
}

impl Action {
    pub(super) const ALL: [Self; 4] = [Self::Kill, Self::Error, Self::Hang, Self::Full];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Error => "error",
            Self::Hang => "hang",
            Self::Full => "full disk",
        }
    }
}

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Resume,
    Abort,
    Again,
    Other,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [Self::Resume, Self::Abort, Self::Again, Self::Other];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Abort => "abort",
            Self::Again => "again",
            Self::Other => "other",
        }
    }
}

const ABORT: [&str; 2] = ["abort", "--yes"];

/// One pass of a fail point.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    pub(super) point: String,
    pub(super) number: usize,
}

/// Every pass of every fail point that a command passes in a copy of a site.
pub(super) fn traced(site: &Site, words: &[&str]) -> (Run, Vec<Pass>) {
    let run = site.run_with(&[("REGENT_TEST_TRACE", "trace")], words);
    let trace = std::fs::read_to_string(site.path("trace")).expect("a trace");
    let mut passes: Vec<Pass> = Vec::new();
    for point in trace.lines() {
        let former = passes.iter().filter(|pass| pass.point == point).count();
        passes.push(Pass {
            point: point.to_owned(),
            number: former + 1,
        });
    }
    (run, passes)
}

/// Runs a command into a fail point, and holds what it says against how the site stands.
pub(super) fn attack(site: &Site, pass: &Pass, action: Action, words: &[&str]) {
    let Pass { point, number } = pass;
    let fault = match action {
        Action::Kill => format!("{point}#{number}=kill"),
        Action::Error => format!("{point}#{number}=error"),
        Action::Hang => format!("{point}#{number}=hang"),
        Action::Full => format!("{point}#{number}=full"),
    };
    if action == Action::Hang {
        return hang(site, pass, &fault, words);
    }
    let begun = unfinished(site).is_some();
    let run = site.run_with(&[("REGENT_TEST_FAULT", &fault)], words);
    let text = said(&run);
    let told = text.contains("regent resume") && text.contains("regent abort");
    let state = unfinished(site);
    let fits = match (run.exit, state) {
        (None, _) => action == Action::Kill,
        (Some(0 | 4), None) => true,
        // Refused before anything was done.
        (Some(6), None) => !begun,
        (Some(6), Some(_)) => begun && point.starts_with("database/lock/"),
        (Some(5), Some(State::Stuck(_))) => text.contains("regent abort"),
        (Some(7), Some(_)) => told,
        _ => false,
    };
    assert!(fits, "{fault}: {state:?}\n{}", run.transcript());
    if text.contains("mend and restart it") {
        // The one thing that is left to the operator, who is told so.
        let restarted = Command::new("./restart.sh")
            .current_dir(site.path(""))
            .status();
        assert!(restarted.expect("it starts").success());
    }
}

/// Hangs a command; while it holds the lock everybody else is told so. Then it is killed.
fn hang(site: &Site, pass: &Pass, fault: &str, words: &[&str]) {
    let mut command = site.command(words);
    // A process that ends without hanging closes the stream, so nobody waits for ever.
    let mut child = command
        .env("REGENT_TEST_FAULT", fault)
        .env("REGENT_TEST_HUNG", "/dev/stderr")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("regent starts");
    let stderr = BufReader::new(child.stderr.take().expect("a stream"));
    let hung = stderr.lines().any(|line| line.expect("text") == pass.point);
    assert!(hung, "{fault} is passed");
    // Who has not written down who holds the lock cannot be named yet.
    let locked =
        !pass.point.starts_with("database/lock/") || pass.point == "database/lock/write/after";
    if locked {
        let begun = unfinished(site).is_some();
        let run = if begun {
            site.run(&["resume"])
        } else {
            site.run(&Site::promotion())
        };
        let promoted = opened(site).state().expect("a state").master().as_str() == "SSO02";
        let holder = format!("is held by process {} of operator on SSO02", child.id());
        let named = run.exit == Some(7) && said(&run).contains(&holder);
        let done = run.exit == Some(0) && promoted && !begun;
        assert!(named || done, "{fault}\n{}", run.transcript());
    }
    child.kill().expect("a signal");
    child.wait().expect("an end");
}

/// Goes one way on from a crash, and says how it ended. A refusal changes nothing and is followed
/// by the way that it names.
pub(super) fn go_on(site: &Site, way: Way, before: &Before) -> End {
    let Some(state) = unfinished(site) else {
        return nothing_unfinished(site, way, before);
    };
    let back = matches!(state, State::Undoing(_) | State::Stuck(_));
    let resume = |expected: &[i32]| {
        let run = site.run(&["resume"]);
        let exit = run.exit.unwrap_or(-1);
        assert!(expected.contains(&exit), "{state}\n{}", run.transcript());
    };
    // What is on its way back never turns round.
    let (status, wanted) = if back {
        (4, End::AsBefore)
    } else {
        (0, End::Promoted)
    };
    let wanted = match way {
        Way::Resume => {
            resume(&[status]);
            wanted
        }
        Way::Abort => {
            site.run(&ABORT).exits(4);
            End::AsBefore
        }
        Way::Again => {
            let here = picture(site);
            let refused = site.run(&Site::promotion()).exits(7);
            for command in ["regent resume", "regent abort"] {
                assert!(said(&refused).contains(command), "{}", refused.transcript());
            }
            assert!(picture(site) == here, "a refusal changes nothing");
            resume(&[status]);
            wanted
        }
        Way::Other => {
            let here = picture(site);
            let refused = site.run(&["--server", "SSO01", "resume"]).exits(7);
            assert!(said(&refused).contains("run the command on SSO02"));
            assert!(picture(site) == here, "a refusal changes nothing");
            site.run(&ABORT).exits(4);
            End::AsBefore
        }
    };
    let end = end(site, before);
    assert_eq!(end, wanted, "{state}, {}", way.name());
    end
}

/// The crash left nothing to do: resume and abort say so, and a promotion runs where there was none.
fn nothing_unfinished(site: &Site, way: Way, before: &Before) -> End {
    let first = end(site, before);
    let here = picture(site);
    let run = match way {
        Way::Resume => site.run(&["resume"]),
        Way::Abort => site.run(&ABORT),
        Way::Other => site.run(&["--server", "SSO01", "resume"]),
        Way::Again if first == End::AsBefore => {
            site.run(&Site::promotion()).exits(0);
            return end(site, before);
        }
        Way::Again => site.run(&Site::promotion()),
    };
    assert_eq!(run.exit, Some(0), "{}", run.transcript());
    assert!(
        said(&run).contains("nothing was changed"),
        "{}",
        run.transcript()
    );
    assert!(picture(site) == here, "it changes nothing");
    first
}
