//! Findings that the settings pass over for a time.
//!
//! **Invariant:** only findings are passed over: no veto, no error of regent's own, and not that a
//! plugin broke, for then nothing was checked.

use jiff::civil::Date;

use super::BROKEN_RULE;
use crate::finding::{Code, Finding, Severity};
use crate::plan::Suppression;

/// Findings, and those among them that are passed over.
#[derive(Debug, Clone, Default)]
pub struct Sifted {
    /// Those that count.
    pub findings: Vec<Finding>,
    /// Those that do not, each with what passes it over.
    pub suppressed: Vec<(Finding, Suppression)>,
}

/// Passes over what the settings suppress `today`; the last day is still one of them.
pub(super) fn sift(findings: Vec<Finding>, suppressions: &[Suppression], today: Date) -> Sifted {
    let mut sifted = Sifted::default();
    for finding in findings {
        let code = finding.code.to_string();
        let by = suppressions
            .iter()
            .find(|by| by.code == code && !has_expired(by, today) && may_be_suppressed(&finding));
        match by {
            Some(by) => sifted.suppressed.push((finding, by.clone())),
            None => sifted.findings.push(finding),
        }
    }
    sifted
}

/// Whether a suppression suppresses nothing any more.
pub fn has_expired(suppression: &Suppression, today: Date) -> bool {
    today > suppression.until
}

fn may_be_suppressed(finding: &Finding) -> bool {
    match &finding.code {
        Code::Update(_) => finding.severity != Severity::Error,
        Code::Policy { rule, .. } => rule != BROKEN_RULE,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::source::Span;

    fn finding(code: Code, severity: Severity) -> Finding {
        Finding::new(code, severity, Span::new(0, 0), "m")
    }

    fn of_plugin(rule: &str) -> Finding {
        let code = Code::Policy {
            plugin: "p".to_owned(),
            rule: rule.to_owned(),
        };
        finding(code, Severity::Error)
    }

    fn until(code: &str, until: Date) -> Suppression {
        Suppression {
            code: code.to_owned(),
            reason: "why".to_owned(),
            until,
        }
    }

    /// How many of the findings are passed over on the last day of 2026.
    fn passed_over(finding: Finding, by: Suppression) -> usize {
        let sifted = sift(vec![finding], &[by], date(2026, 12, 31));
        assert_eq!(sifted.findings.len() + sifted.suppressed.len(), 1);
        sifted.suppressed.len()
    }

    #[test]
    fn the_last_day_is_inclusive() {
        for (day, count) in [
            (date(2026, 12, 30), 0),
            (date(2026, 12, 31), 1),
            (date(2027, 1, 1), 1),
        ] {
            let by = until("policy/p/r", day);
            assert_eq!(passed_over(of_plugin("r"), by), count, "{day}");
        }
    }

    #[test]
    fn only_that_very_code_is_passed_over() {
        let by = until("policy/p/r", date(2027, 1, 1));
        assert_eq!(passed_over(of_plugin("r"), by.clone()), 1);
        assert_eq!(passed_over(of_plugin("rr"), by), 0);
    }

    #[test]
    fn what_makes_a_file_unusable_is_never_passed_over() {
        let day = date(2027, 1, 1);
        let own = |severity| finding(Code::Update("x"), severity);
        assert_eq!(
            passed_over(own(Severity::Warning), until("update/x", day)),
            1
        );
        assert_eq!(passed_over(own(Severity::Error), until("update/x", day)), 0);
        let broken = until("policy/p/broken", day);
        assert_eq!(passed_over(of_plugin(BROKEN_RULE), broken), 0);
    }
}
