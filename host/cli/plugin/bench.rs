//! `regent plugin bench`: what a plugin takes, over its cases.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use crate::exit::Status;
use crate::policy::{self, Case, Measured};
use crate::report::cases::told;
use crate::report::plugin::bench::{BenchReport, Gates, SkippedReport};

use super::super::{Context, Failure};
use super::Subject;

/// Measure what a plugin takes to answer its cases: time, fuel, memory
///
/// Each question of each case in DIR/cases is asked as in production, of a fresh instance under the
/// same limits, once to warm up and then as often as --calls says. Fuel and memory are the same on
/// every machine, and good gates in CI; times are this machine's. Exits with 1 where a question
/// takes more than a gate lets it, or a case cannot be asked.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    subject: Subject,
    /// How often to ask each question
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    calls: u32,
    /// The longest that 99 of 100 calls may take, as in 5ms or 800us
    #[arg(long, value_name = "TIME", value_parser = time)]
    max_p99: Option<Duration>,
    /// The most fuel that a call may use up
    #[arg(long, value_name = "FUEL")]
    max_fuel: Option<u64>,
}

fn time(text: &str) -> Result<Duration, &'static str> {
    let time: Option<SignedDuration> = text.parse().ok();
    let time = time.and_then(|time| Duration::try_from(time).ok());
    time.ok_or("write a time with its unit, as in 5ms, 800us or 1s")
}

pub(in crate::cli) fn run(arguments: &Arguments, context: &mut Context) -> Result<Status, Failure> {
    let folders = Case::folders(&arguments.subject.folder.join("cases"))?;
    let cache = context.compile_cache()?;
    let found = arguments.subject.find(context)?;
    let plugin = policy::inspect(found.path(), cache.as_ref())?;
    let calls = usize::try_from(arguments.calls).unwrap_or(usize::MAX);
    let (mut measured, mut skipped) = (Vec::new(), Vec::new());
    for folder in &folders {
        let case = Case::name_of(folder);
        let ask = |folder: &Path| Case::read(folder)?.measure(&plugin, cache.as_ref(), calls);
        match ask(folder) {
            Ok(questions) if questions.is_empty() => skipped.push(SkippedReport {
                case,
                why: "its settings do not fit, so that nothing is asked".to_owned(),
                usable: true,
            }),
            Ok(questions) => {
                let named = |question: Measured| (case.clone(), question);
                measured.extend(questions.into_iter().map(named));
            }
            Err(error) => skipped.push(SkippedReport {
                case,
                why: told(&error),
                usable: false,
            }),
        }
    }
    let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let report = BenchReport::new(
        (plugin.description.name, plugin.description.version),
        calls,
        measured,
        skipped,
        Gates {
            max_p99_microseconds: arguments.max_p99.map(microseconds),
            max_fuel: arguments.max_fuel,
        },
    );
    context.say(&report)?;
    Ok(if report.failed() {
        Status::Findings
    } else {
        Status::Done
    })
}
