//! Accounts and lists of them.

use std::ops::Range;

use crate::finding::{Edit, Finding, Fix};
use crate::global_info::account::{Problem, SEPARATOR, is_illegal};
use crate::global_info::{AccountList, AccountName};
use crate::source::{Span, Spanned};
use crate::update::write::escaped;
use crate::update::{Rule, shown};

use super::Review;
use super::numbers::is_unicode_dash;
use super::values::{self, Value};

/// The longest list that is stored without a warning, in characters (our limit).
const MAX_LIST_CHARACTERS: usize = 1024;

/// The most accounts without a domain that one finding shows.
const MAX_LABELS: usize = 4;

/// One entry of a list, without white space around it.
struct Item {
    range: Range<usize>,
    /// From behind the separator before it to behind it, its own white space included.
    field: Range<usize>,
}

/// An account of a list that is understood.
struct Listed {
    account: AccountName,
    /// Where its text lies in the value.
    range: Range<usize>,
    span: Span,
    /// Whether its computer's name was taken away from it.
    local: bool,
}

/// Reads a list of accounts.
pub(super) fn read(review: &mut Review<'_>, value: &Value<'_>) -> Option<Spanned<AccountList>> {
    let items = items(value.text());
    if items.iter().all(|item| item.range.is_empty()) {
        no_account(review, value);
        return None;
    }
    commas(review, value);
    empty_entries(review, value, &items);
    let mut accounts: Vec<Listed> = Vec::new();
    let mut complete = true;
    for item in items.iter().filter(|item| !item.range.is_empty()) {
        let range = item.range.clone();
        let span = value.part(range.clone());
        match account(review, value, range.clone()) {
            Some((written, here)) => {
                let account = prefix(review, value, &written, span);
                accounts.push(Listed {
                    local: here || account != written,
                    account,
                    range,
                    span,
                });
            }
            None => complete = false,
        }
    }
    without_domain(review, &accounts);
    form(review, value, &accounts);
    if !complete {
        return None;
    }
    let accounts = accounts.into_iter().map(|listed| listed.account).collect();
    AccountList::new(accounts).map(|list| value.spanned(list))
}

/// The entries of a list; a comma separates them too, though it must not.
fn items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = 0;
    for entry in text.split([SEPARATOR, ',']) {
        let start = at + entry.len() - entry.trim_start().len();
        let end = start + entry.trim().len();
        items.push(Item {
            range: start.min(end)..end,
            field: at..at + entry.len(),
        });
        at += entry.len() + 1;
    }
    items
}

/// A list of nothing but separators, or of nothing at all.
fn no_account(review: &mut Review<'_>, value: &Value<'_>) {
    if value.text().is_empty() {
        values::empty(review, value);
        return;
    }
    let finding = Rule::EmptyElement
        .at(
            value.span(),
            format!("<{}> names no account", value.element()),
        )
        .help("write an account; to leave the stored ones as they are, delete the element");
    review.findings.push(finding);
}

/// Commas in place of semicolons.
fn commas(review: &mut Review<'_>, value: &Value<'_>) {
    let commas: Vec<Span> = value
        .text()
        .match_indices(',')
        .map(|(at, comma)| value.part(at..at + comma.len()))
        .collect();
    let Some(first) = commas.first() else {
        return;
    };
    let message = "accounts are separated by a semicolon, not by a comma";
    let mut finding = Rule::AccountListSeparator.at(*first, message);
    for comma in commas.iter().skip(1).take(3) {
        finding = finding.label(*comma, "");
    }
    let edits = commas.iter().map(|span| Edit {
        span: *span,
        replacement: SEPARATOR.to_string(),
    });
    finding.fix = Some(Fix {
        title: "write semicolons".to_owned(),
        edits: edits.collect(),
    });
    review.findings.push(finding);
}

/// Separators with nothing between them.
fn empty_entries(review: &mut Review<'_>, value: &Value<'_>, items: &[Item]) {
    let count = items.len();
    for (index, item) in items.iter().enumerate() {
        if !item.range.is_empty() {
            continue;
        }
        // Each empty entry goes with one separator: the one before it, but for a first one.
        let cut = if index == 0 {
            item.field.start..item.field.end + 1
        } else {
            item.field.start - 1..item.field.end
        };
        let span = value.part(cut);
        let place = match index {
            0 => "at the start of the list",
            _ if index + 1 == count => "at the end of the list",
            _ => "in the list",
        };
        let finding = Rule::AccountListEmptyEntry
            .at(span, format!("an empty entry stands {place}"))
            .fix("delete the separator", span, "");
        review.findings.push(finding);
    }
}

/// One account, and whether it says itself that it is local; where its mend is certain, the mended one.
fn account(
    review: &mut Review<'_>,
    value: &Value<'_>,
    range: Range<usize>,
) -> Option<(AccountName, bool)> {
    let (text, span) = (&value.text()[range.clone()], value.part(range.clone()));
    // The place of one character, where that is what is wrong.
    let character = |found: Option<(usize, &str)>| {
        found.map_or(span, |(at, found)| {
            let at = range.start + at;
            value.part(at..at + found.len())
        })
    };
    let problem = match AccountName::parse(text) {
        Ok(account) => return Some((account, false)),
        Err(problem) => problem,
    };
    let quoted = shown(text);
    let at = |rule: Rule, message: String| rule.at(span, message);
    let (finding, account): (Finding, Option<AccountName>) = match problem {
        Problem::Empty => {
            let finding = at(Rule::AccountListEmptyEntry, problem.to_string());
            (finding.help("delete the separator"), None)
        }
        Problem::Placeholder => {
            let message = format!("“{quoted}” is a placeholder");
            let help = "write the accounts or groups of your own domain, as DOMAIN\\name";
            (at(Rule::PlaceholderValue, message).help(help), None)
        }
        Problem::Template => (values::unexpanded(value, range), None),
        Problem::ThisComputer => {
            let (here, local) = text.split_once('\\').unwrap_or_default();
            let message = format!("`{}` stands for whatever computer reads it", shown(here));
            let finding = at(Rule::AccountLocalWithMachinePrefix, message);
            if let Ok(account) = AccountName::parse(local) {
                let title = format!("write {}", shown(local));
                (finding.fix(title, span, escaped(local)), Some(account))
            } else {
                let help = "a local account is written without its computer (event 10776)";
                (finding.help(help), None)
            }
        }
        Problem::Sid => {
            let message = format!("{quoted} is a SID");
            let help = "write the account that it is of, as DOMAIN\\name";
            (at(Rule::AccountSid, message).help(help), None)
        }
        Problem::Upn => {
            let (user, domain) = text.split_once('@').unwrap_or((text, ""));
            let short = domain.split('.').next().unwrap_or_default().to_uppercase();
            let message = format!("“{quoted}” is written name@domain");
            let help = format!(
                "write DOMAIN\\name with the domain's short name, perhaps {}\\{}",
                shown(&short),
                shown(user)
            );
            (at(Rule::AccountUpnFormat, message).help(help), None)
        }
        Problem::ForwardSlash => {
            let place = character(text.match_indices('/').next());
            let message = format!("“{quoted}” is written with a slash");
            let finding = Rule::AccountForwardSlash.at(place, message);
            let right = text.replace('/', "\\");
            match AccountName::parse(&right) {
                Ok(account) => {
                    let title = format!("write {}", shown(&right));
                    let fix = finding.fix(title, span, escaped(&right));
                    (fix, Some(account))
                }
                Err(_) => (finding.help("write DOMAIN\\name"), None),
            }
        }
        Problem::Builtin => {
            let message = format!("“{quoted}” is built in, and refused for every role");
            let help = "write a group of your own instead, as DOMAIN\\name (event 10777)";
            (at(Rule::AccountBuiltin, message).help(help), None)
        }
        Problem::Separator => {
            let finding = at(Rule::AccountListSeparator, problem.to_string());
            (finding.help("write a semicolon"), None)
        }
        Problem::IllegalCharacter => {
            let backslash = || text.match_indices('\\').nth(1);
            let wrong = text.match_indices(is_illegal).next().or_else(backslash);
            let message = format!("“{quoted}” is no account name");
            let help = "write DOMAIN\\name; a name has none of \" [ ] : | < > + = ? *";
            let finding = Rule::AccountIllegalChars.at(character(wrong), message);
            (finding.help(help), None)
        }
    };
    review.findings.push(finding);
    account.map(|account| (account, problem == Problem::ThisComputer))
}

/// A local account with its computer's name before it (event 10776); gives it without.
fn prefix(
    review: &mut Review<'_>,
    value: &Value<'_>,
    account: &AccountName,
    span: Span,
) -> AccountName {
    let stored = review.stored_accounts(value.element());
    let changed = !stored.is_some_and(|list| list.accounts().iter().any(|a| a.is(account)));
    let server = account.domain().and_then(|domain| {
        let servers = &review.context.system?.servers;
        let same = |name: &str| name.eq_ignore_ascii_case(domain);
        servers.iter().find(|server| same(server.name.as_str()))
    });
    let Some(server) = server.filter(|_| changed) else {
        return account.clone();
    };
    let message = format!("{} is an SSO server, not a domain", server.name);
    let finding = Rule::AccountLocalWithMachinePrefix
        .at(span, message)
        .help("a local account is written without its computer (event 10776)");
    let (_, local) = account.as_str().split_once('\\').unwrap_or_default();
    let Ok(right) = AccountName::parse(local) else {
        review.findings.push(finding);
        return account.clone();
    };
    let fix = finding.fix(format!("write {}", shown(local)), span, escaped(local));
    review.findings.push(fix);
    right
}

/// One finding about all accounts without a domain.
fn without_domain(review: &mut Review<'_>, accounts: &[Listed]) {
    let mut bare = accounts
        .iter()
        .filter(|listed| listed.account.domain().is_none() && !listed.local);
    let Some(first) = bare.next() else {
        return;
    };
    let others: Vec<&Listed> = bare.collect();
    let name = shown(first.account.as_str());
    let message = match others.len() {
        0 => format!("{name} is taken for a local account"),
        n => format!("{name} and {n} more are taken for local accounts"),
    };
    let mut finding = Rule::AccountMissingDomain
        .at(first.span, message)
        .help("a domain account or group is written DOMAIN\\name");
    for other in others.iter().take(MAX_LABELS - 1) {
        finding = finding.label(other.span, "");
    }
    review.findings.push(finding);
}

/// How valid accounts are written and listed.
fn form(review: &mut Review<'_>, value: &Value<'_>, accounts: &[Listed]) {
    for (index, listed) in accounts.iter().enumerate() {
        let name = shown(listed.account.as_str());
        let written = &value.text()[listed.range.clone()];
        if let Some((at, dash)) = written.match_indices(is_unicode_dash).next() {
            let at = listed.range.start + at;
            let finding = Rule::UnicodeDashInMarkup
                .at(
                    value.part(at..at + dash.len()),
                    format!("{name} has a dash that is no hyphen"),
                )
                .help("if a hyphen is meant, type it: office programs turn hyphens into dashes");
            review.findings.push(finding);
        }
        let mut before = accounts[..index].iter().take(256);
        if let Some(first) = before.find(|other| other.account.is(&listed.account)) {
            let finding = Rule::AccountListDuplicate
                .at(listed.span, format!("{name} is listed twice"))
                .here("and here again")
                .label(first.span, "listed here")
                .help("delete one of them; the order of a list can matter");
            review.findings.push(finding);
        }
    }
    let length = value.text().chars().count();
    if length > MAX_LIST_CHARACTERS {
        let message = format!("the list has {length} characters, more than {MAX_LIST_CHARACTERS}");
        let finding = Rule::AccountListTooLong.at(value.span(), message);
        review
            .findings
            .push(finding.help("put the accounts into a group and name the group"));
    }
}
