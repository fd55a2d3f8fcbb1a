//! Sizes and time-outs.

use crate::global_info::{Element, MAX_NUMBER};
use crate::source::Spanned;
use crate::update::parse::is_dash;
use crate::update::{Rule, shown};

use super::Review;
use super::values::Value;

/// Minutes from which a ticket, which anybody can redeem who holds it, is valid for long.
const LONG_TICKET_TIMEOUT: u32 = 60;

/// Minutes from which cached credentials grow stale: a day.
const LONG_CRED_CACHE: u32 = 24 * 60;

/// Rows from which an audit table is very large.
const HUGE_AUDIT: u32 = 1_000_000;

/// What groups digits, in one place of the world or another.
const SEPARATORS: [char; 7] = [',', ' ', '\'', '_', '\u{A0}', '\u{202F}', '’'];

/// Whether it is a dash that an office program puts in place of a hyphen.
pub(super) fn is_unicode_dash(c: char) -> bool {
    is_dash(c) && c != '-'
}

/// Reads a number.
pub(super) fn read(review: &mut Review<'_>, value: &Value<'_>) -> Option<Spanned<u32>> {
    let (text, span) = (value.text(), value.span());
    let plain: String = text
        .strip_prefix(is_unicode_dash)
        .map_or_else(|| text.to_owned(), |rest| format!("-{rest}"));
    let grouped = ungrouped(&plain);
    let number = integer(grouped.as_deref().unwrap_or(&plain));
    let Some(number) = number else {
        not_an_integer(review, value);
        return None;
    };
    if plain != text {
        let dash = text.chars().next().map_or(0, char::len_utf8);
        let place = value.part(0..dash);
        let finding = Rule::UnicodeDashInMarkup
            .at(place, "a dash stands where a minus sign is typed")
            .fix("write `-`", place, "-");
        review.findings.push(finding);
    }
    if let Some(digits) = &grouped {
        let message = format!("“{}” has thousands separators", shown(text));
        let finding = Rule::ThousandsSeparator.at(span, message).fix(
            format!("write {}", shown(digits)),
            span,
            digits.clone(),
        );
        review.findings.push(finding);
    }
    let stored = review.stored_text(value.element());
    let unchanged = stored.is_some_and(|stored| stored == number.to_string());
    let number = within(review, value, number, unchanged)?;
    advise(review, value, number, unchanged);
    Some(value.spanned(number))
}

/// The digits of a number with separators in every third place; nothing where it is not one.
fn ungrouped(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let separator = digits.chars().find(|c| !c.is_ascii_digit())?;
    if !SEPARATORS.contains(&separator) {
        return None;
    }
    let mut groups = digits.split(separator);
    let first = groups.next()?;
    let all_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let right = (1..=3).contains(&first.len())
        && all_digits(first)
        && groups.all(|group| group.len() == 3 && all_digits(group));
    right.then(|| text.replace(separator, ""))
}

/// An integer of any length; one that 64 bits do not hold becomes the largest or smallest.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let limit = if text == digits { i64::MAX } else { i64::MIN };
    Some(text.parse().unwrap_or(limit))
}

fn not_an_integer(review: &mut Review<'_>, value: &Value<'_>) {
    let (element, text) = (value.element(), value.text());
    let unit = match element {
        Element::TicketTimeout | Element::CredCacheTimeout => "minutes",
        _ => "rows",
    };
    let message = format!("<{element}> takes a number, not “{}”", shown(text));
    let finding = Rule::NotAnInteger.at(value.span(), message);
    let mut finding = finding.help(format!("write the number of {unit} in digits, and no unit"));
    if let Some(digits) = text
        .strip_prefix('+')
        .filter(|d| integer(d).is_some_and(|n| n > 0))
    {
        finding = finding.fix(format!("write {}", shown(digits)), value.span(), digits);
    }
    review.findings.push(finding);
}

/// The number, where it may be stored: in its range, or stored already.
fn within(review: &mut Review<'_>, value: &Value<'_>, number: i64, unchanged: bool) -> Option<u32> {
    let element = value.element();
    let (least, most) = element.range()?;
    let positive = u32::try_from(number).ok();
    if let Some(fits) = positive.filter(|n| unchanged || (least..=most).contains(n)) {
        return Some(fits);
    }
    let span = value.span();
    let finding = match element {
        Element::TicketTimeout => Rule::TicketTimeoutRange
            .at(
                span,
                format!("a ticket time-out has {least} to {most} minutes (event 10614)"),
            )
            .help("write a number of minutes in that range; 2 is the documented default"),
        Element::CredCacheTimeout if number <= 0 => Rule::CredCacheZeroOrNegative
            .at(span, "a credential cache time-out has at least 1 minute")
            .help("write a number of minutes from 1; 60 is the documented default"),
        _ if number < 0 => Rule::AuditSizeNegative
            .at(span, "an audit table cannot have fewer than 0 rows")
            .help("write a number of rows; 1000 is the documented default"),
        _ => Rule::NumberOverflowInt32
            .at(
                span,
                "the number does not fit the 32 bits that it is stored in",
            )
            .help(format!("write a number up to {MAX_NUMBER}")),
    };
    review.findings.push(finding);
    None
}

/// What may be stored and is unwise, or changes nothing.
fn advise(review: &mut Review<'_>, value: &Value<'_>, number: u32, unchanged: bool) {
    let (element, span) = (value.element(), value.span());
    let finding = match element {
        Element::TicketTimeout if number > LONG_TICKET_TIMEOUT => Some(
            Rule::TicketTimeoutLong
                .at(span, format!("a ticket is valid for {number} minutes"))
                .help("whoever holds a ticket can redeem it; the documented default is 2 minutes"),
        ),
        Element::CredCacheTimeout if number > LONG_CRED_CACHE => Some(
            Rule::CredCacheLong
                .at(span, format!("credentials are cached for {number} minutes"))
                .help("a changed password is not seen until then; the documented default is 60 minutes"),
        ),
        Element::TicketTimeout | Element::CredCacheTimeout => None,
        _ if number == 0 => Some(
            Rule::AuditSizeZero
                .at(span, format!("<{element}> of 0 keeps no evidence"))
                .help("the documented default is 1000 rows"),
        ),
        _ if number > HUGE_AUDIT => Some(
            Rule::AuditSizeHuge
                .at(span, format!("<{element}> lets a table grow to {number} rows"))
                .help("the documented default is 1000 rows"),
        ),
        _ => None,
    };
    if let Some(finding) = finding {
        review.findings.push(finding);
    }
    let timeout = matches!(element, Element::TicketTimeout | Element::CredCacheTimeout);
    if unchanged && !timeout {
        let message = format!("<{element}> already is {number}");
        review
            .findings
            .push(Rule::AuditDefaultNoop.at(span, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_in_threes_are_groups() {
        for (text, digits) in [
            ("1,000", Some("1000")),
            ("525 600", Some("525600")),
            ("-1'000", Some("-1000")),
            ("1000", None),
            ("10,00", None),
            ("1,000.000", None),
            ("1.000", None),
            ("1,000'000", None),
            (",000", None),
        ] {
            assert_eq!(ungrouped(text).as_deref(), digits, "{text}");
        }
        assert_eq!(integer("99999999999999999999"), Some(i64::MAX));
        assert_eq!(integer("-"), None);
    }
}
