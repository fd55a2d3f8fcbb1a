//! Accounts and lists of them.

use std::ops::Range;

use crate::finding::{Edit, Finding, Fix};
use crate::global_info::account::{Problem, SEPARATOR};
use crate::global_info::{AccountList, AccountName};
use crate::source::{Span, Spanned};
use crate::update::write::escaped;
use crate::update::{Rule, shown};

use super::Review;
use super::numbers::is_unicode_dash;
use super::values::{self, Value};

/// The longest list that is stored without a warning, in characters (our limit).
const MAX_LIST_CHARACTERS: usize = 1024;

/// One entry of a list, without white space around it.
struct Item {
    range: Range<usize>,
    /// From behind the separator before it to behind it, its own white space included.
    field: Range<usize>,
}

/// Reads a list of accounts.
pub(super) fn read(review: &mut Review<'_>, value: &Value<'_>) -> Option<Spanned<AccountList>> {
    let items = items(value.text());
    if items.iter().all(|item| item.range.is_empty()) {
        values::empty(review, value);
        return None;
    }
    commas(review, value);
    empty_entries(review, value, &items);
    let mut accounts: Vec<(AccountName, Span)> = Vec::new();
    let mut complete = true;
    for item in items.iter().filter(|item| !item.range.is_empty()) {
        let span = value.part(item.range.clone());
        match account(review, &value.text()[item.range.clone()], span) {
            Some(account) => {
                let account = prefix(review, value, account, span);
                accounts.push((account, span));
            }
            None => complete = false,
        }
    }
    form(review, value, &accounts);
    if !complete {
        return None;
    }
    let accounts = accounts.into_iter().map(|(account, _)| account).collect();
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

/// One account; where its mend is certain, the mended one.
fn account(review: &mut Review<'_>, text: &str, span: Span) -> Option<AccountName> {
    let problem = match AccountName::parse(text) {
        Ok(account) => return Some(account),
        Err(problem) => problem,
    };
    let quoted = shown(text);
    let at = |rule: Rule, message: String| rule.at(span, message);
    let (finding, account): (Finding, Option<AccountName>) = match problem {
        Problem::Empty => (at(Rule::AccountListEmptyEntry, problem.to_string()), None),
        Problem::Placeholder => {
            let message = format!("“{quoted}” is a sample's placeholder");
            let help = "write the accounts or groups of your own domain, as DOMAIN\\name";
            (at(Rule::PlaceholderValue, message).help(help), None)
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
            let message = format!("“{quoted}” is written with a slash");
            let finding = at(Rule::AccountForwardSlash, message).help("write DOMAIN\\name");
            let right = text.replace('/', "\\");
            match AccountName::parse(&right) {
                Ok(account) => {
                    let fix = finding.fix("write a backslash", span, escaped(&right));
                    (fix, Some(account))
                }
                Err(_) => (finding, None),
            }
        }
        Problem::Builtin => {
            let message = format!("“{quoted}” is built in, and refused for every role");
            let help = "create a group of your own and name that (event 10777)";
            (at(Rule::AccountBuiltin, message).help(help), None)
        }
        Problem::Separator => (at(Rule::AccountListSeparator, problem.to_string()), None),
        Problem::IllegalCharacter => {
            let message = format!("“{quoted}” is no account name");
            let help = "write DOMAIN\\name; a name has none of \" [ ] : | < > + = ? *";
            (at(Rule::AccountIllegalChars, message).help(help), None)
        }
    };
    review.findings.push(finding);
    account
}

/// A local account with its computer's name before it (event 10776); gives it without.
fn prefix(
    review: &mut Review<'_>,
    value: &Value<'_>,
    account: AccountName,
    span: Span,
) -> AccountName {
    let stored = review.stored_accounts(value.element());
    let changed = !stored.is_some_and(|list| list.accounts().iter().any(|a| a.is(&account)));
    let server = account.domain().and_then(|domain| {
        let servers = &review.context.system?.servers;
        let same = |name: &str| name.eq_ignore_ascii_case(domain);
        servers.iter().find(|server| same(server.name.as_str()))
    });
    let Some(server) = server.filter(|_| changed) else {
        return account;
    };
    let message = format!("{} is an SSO server, not a domain", server.name);
    let finding = Rule::AccountLocalWithMachinePrefix
        .at(span, message)
        .help("a local account is written without its computer (event 10776)");
    let (_, local) = account.as_str().split_once('\\').unwrap_or_default();
    let Ok(right) = AccountName::parse(local) else {
        review.findings.push(finding);
        return account;
    };
    let fix = finding.fix(format!("write {}", shown(local)), span, escaped(local));
    review.findings.push(fix);
    right
}

/// How valid accounts are written and listed.
fn form(review: &mut Review<'_>, value: &Value<'_>, accounts: &[(AccountName, Span)]) {
    for (index, (account, span)) in accounts.iter().enumerate() {
        let name = shown(account.as_str());
        if account.domain().is_none() {
            let finding = Rule::AccountMissingDomain
                .at(*span, format!("{name} is taken for a local account"))
                .help("a domain account or group is written DOMAIN\\name");
            review.findings.push(finding);
        }
        if account.as_str().contains(is_unicode_dash) {
            let finding = Rule::UnicodeDashInMarkup
                .at(*span, format!("{name} has a dash that is no hyphen"))
                .help("type the name: office programs turn hyphens into dashes");
            review.findings.push(finding);
        }
        let mut before = accounts[..index].iter().take(256);
        if let Some((_, first)) = before.find(|(other, _)| other.is(account)) {
            let finding = Rule::AccountListDuplicate
                .at(*span, format!("{name} is listed twice"))
                .here("and here again")
                .label(*first, "listed here")
                .help("delete one of them; the order of a list can matter");
            review.findings.push(finding);
        }
    }
    let length = value.text().chars().count();
    if length > MAX_LIST_CHARACTERS {
        let message = format!("a list of {length} characters is longer than {MAX_LIST_CHARACTERS}");
        let finding = Rule::AccountListTooLong.at(value.span(), message);
        review
            .findings
            .push(finding.help("put the accounts into a group and name the group"));
    }
}
