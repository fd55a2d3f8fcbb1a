//! What `regent plugin bench` has to say.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::inspect::UsageReport;
use crate::policy::{Measured, Question, Usage};
use crate::report::Report;
use crate::report::human::Page;

/// What one question of a case takes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MeasuredReport {
    /// The case.
    pub case: String,
    /// What was asked: `validate` or `decide`.
    pub asked: &'static str,
    /// How long calls take.
    pub latency: Latency,
    /// What each call used up.
    pub used: UsageReport,
}

/// How long calls take, from the host's words to the host's words, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Latency {
    /// Half of them take no longer.
    pub p50_microseconds: u64,
    /// 99 of 100 take no longer.
    pub p99_microseconds: u64,
}

impl Latency {
    /// Of calls sorted by how long they took.
    fn of(times: &[Duration]) -> Self {
        let rank = |percent: usize| (times.len() * percent).div_ceil(100).saturating_sub(1);
        let at = |percent| times.get(rank(percent)).copied().unwrap_or_default();
        let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self {
            p50_microseconds: microseconds(at(50)),
            p99_microseconds: microseconds(at(99)),
        }
    }
}

/// A case that was not measured.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SkippedReport {
    /// The case.
    pub case: String,
    /// Why.
    pub why: String,
    /// Whether it can be asked at all.
    pub usable: bool,
}

/// What a plugin may take.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Gates {
    /// The longest that 99 of 100 calls may take, in microseconds.
    pub max_p99_microseconds: Option<u64>,
    /// The most fuel that a call may use up.
    pub max_fuel: Option<u64>,
}

/// What a plugin takes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BenchReport {
    /// The plugin's own name.
    pub plugin: String,
    /// Its own version.
    pub version: String,
    /// How often each question was asked.
    pub calls: usize,
    /// What each question takes, by case.
    pub cases: Vec<MeasuredReport>,
    /// Cases that were not measured.
    pub skipped: Vec<SkippedReport>,
    /// All calls together.
    pub latency: Latency,
    /// The most that any call used up.
    pub used: UsageReport,
    /// What it may take.
    pub gates: Gates,
    /// Where it takes more, a sentence each.
    pub exceeded: Vec<String>,
}

impl BenchReport {
    /// Sums up, and holds every question against the gates.
    pub fn new(
        (plugin, version): (String, String),
        calls: usize,
        measured: Vec<(String, Measured)>,
        skipped: Vec<SkippedReport>,
        gates: Gates,
    ) -> Self {
        let all = measured.iter().flat_map(|(_, measured)| &measured.times);
        let mut all: Vec<Duration> = all.copied().collect();
        all.sort_unstable();
        let used = || measured.iter().map(|(_, measured)| measured.used);
        let most = Usage {
            fuel: used().map(|used| used.fuel).max().unwrap_or(0),
            memory_bytes: used().map(|used| used.memory_bytes).max().unwrap_or(0),
        };
        let told = |(case, measured): (String, Measured)| MeasuredReport {
            case,
            asked: match measured.question {
                Question::Validate => "validate",
                Question::Decide => "decide",
            },
            latency: Latency::of(&measured.times),
            used: measured.used.into(),
        };
        let cases: Vec<_> = measured.into_iter().map(told).collect();
        Self {
            plugin,
            version,
            calls,
            exceeded: cases
                .iter()
                .flat_map(|case| gates.exceeded_by(case))
                .collect(),
            cases,
            skipped,
            latency: Latency::of(&all),
            used: most.into(),
            gates,
        }
    }

    /// Whether anything is not as it was to be: a gate through which nothing went held nothing back.
    pub fn failed(&self) -> bool {
        self.cases.is_empty()
            || !self.exceeded.is_empty()
            || self.skipped.iter().any(|case| !case.usable)
    }
}

impl Gates {
    fn any(&self) -> bool {
        self.max_p99_microseconds.is_some() || self.max_fuel.is_some()
    }

    fn exceeded_by(&self, measured: &MeasuredReport) -> Vec<String> {
        let of = format!("{} ({})", measured.case, measured.asked);
        let (p99, fuel) = (measured.latency.p99_microseconds, measured.used.fuel);
        let mut exceeded = Vec::new();
        if let Some(most) = self.max_p99_microseconds.filter(|most| p99 > *most) {
            let (p99, most) = (milliseconds(p99), milliseconds(most));
            exceeded.push(format!("{of} has a p99 of {p99}, more than {most}"));
        }
        if let Some(most) = self.max_fuel.filter(|most| fuel > *most) {
            exceeded.push(format!("{of} uses {fuel} fuel, more than {most}"));
        }
        exceeded
    }
}

fn milliseconds(microseconds: u64) -> String {
    format!("{}.{:03} ms", microseconds / 1_000, microseconds % 1_000)
}

fn row(case: &str, asked: &str, latency: Latency, used: UsageReport) -> Vec<String> {
    vec![
        case.to_owned(),
        asked.to_owned(),
        milliseconds(latency.p50_microseconds),
        milliseconds(latency.p99_microseconds),
        used.fuel.to_string(),
        format!("{} KiB", used.memory_bytes.div_ceil(1 << 10)),
    ]
}

impl Report for BenchReport {
    const NAME: &'static str = "plugin-bench";

    fn human(&self, page: &mut Page) {
        let (plugin, version, calls) = (&self.plugin, &self.version, self.calls);
        page.heading(&format!("{plugin} {version}, {calls} calls a question"));
        let told = |case: &MeasuredReport| row(&case.case, case.asked, case.latency, case.used);
        let mut rows: Vec<_> = self.cases.iter().map(told).collect();
        if !rows.is_empty() {
            rows.push(row("all", "", self.latency, self.used));
            let headers = ["case", "asked to", "p50", "p99", "fuel", "memory"];
            page.table(&headers, &rows);
            page.gap();
        }
        for case in &self.skipped {
            let line = format!("{} is not measured: {}", case.case, case.why);
            if case.usable {
                page.warn(&line);
            } else {
                page.fail(&line);
            }
        }
        for line in &self.exceeded {
            page.fail(line);
        }
        if self.cases.is_empty() {
            page.fail("nothing is measured");
        } else if self.gates.any() && self.exceeded.is_empty() {
            page.ok("no call takes more than it may");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::human::Style;

    fn measured(question: Question, microseconds: &[u64], fuel: u64) -> Measured {
        let times = microseconds.iter().copied().map(Duration::from_micros);
        Measured {
            question,
            used: Usage {
                fuel,
                memory_bytes: 1_179_648,
            },
            times: times.collect(),
        }
    }

    fn report(gates: Gates) -> BenchReport {
        let hundred: Vec<u64> = (1..=100).collect();
        let cases = vec![
            (
                "emergency".to_owned(),
                measured(Question::Decide, &hundred, 25_876),
            ),
            (
                "too-long".to_owned(),
                measured(Question::Validate, &[2_000, 9_000, 10_000], 7),
            ),
        ];
        let skipped = |case: &str, usable| SkippedReport {
            case: case.to_owned(),
            why: "its settings do not fit".to_owned(),
            usable,
        };
        BenchReport::new(
            ("window".to_owned(), "1.0.0".to_owned()),
            100,
            cases,
            vec![skipped("no-hours", true), skipped("torn", false)],
            gates,
        )
    }

    fn said(report: &BenchReport) -> String {
        let mut page = Page::new(Style::PLAIN);
        report.human(&mut page);
        page.finish()
    }

    #[test]
    fn what_calls_take_is_told_by_case_and_in_all() {
        insta::assert_snapshot!(said(&report(Gates::default())), @"
        window 1.0.0, 100 calls a question
          case       asked to  p50       p99        fuel   memory
          emergency  decide    0.050 ms  0.099 ms   25876  1152 KiB
          too-long   validate  9.000 ms  10.000 ms  7      1152 KiB
          all                  0.052 ms  9.000 ms   25876  1152 KiB

        ⚠ no-hours is not measured: its settings do not fit
        ✗ torn is not measured: its settings do not fit
        ");
    }

    #[test]
    fn what_exceeds_a_gate_is_named_and_what_meets_it_is_not() {
        let gates = Gates {
            max_p99_microseconds: Some(99),
            max_fuel: Some(25_875),
        };
        insta::assert_snapshot!(report(gates).exceeded.join("\n"), @"
        emergency (decide) uses 25876 fuel, more than 25875
        too-long (validate) has a p99 of 10.000 ms, more than 0.099 ms
        ");
        let gates = Gates {
            max_p99_microseconds: Some(10_000),
            max_fuel: Some(25_876),
        };
        let met = report(gates);
        assert_eq!(met.exceeded, Vec::<String>::new());
        assert!(said(&met).ends_with("✓ no call takes more than it may\n"));
        // A case that cannot be asked is a failure all the same.
        assert!(met.failed());
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let of = |times: &[u64]| {
            let times: Vec<_> = times.iter().copied().map(Duration::from_micros).collect();
            let latency = Latency::of(&times);
            (latency.p50_microseconds, latency.p99_microseconds)
        };
        assert_eq!(of(&(1..=100).collect::<Vec<_>>()), (50, 99));
        assert_eq!(of(&(1..=1_000).collect::<Vec<_>>()), (500, 990));
        assert_eq!(of(&[1, 2, 3]), (2, 3));
        assert_eq!(of(&[7]), (7, 7));
        assert_eq!(of(&[]), (0, 0));
    }
}
