//! The update as a whole: what it changes in the system, and whether it may.

use crate::global_info::{AccountList, Element};
use crate::source::Span;
use crate::system::SystemState;
use crate::update::{Rule, UpdateFile, shown};

use super::{Entry, Review};

/// Compares the update with the system, as far as that is known.
pub(super) fn compare(review: &mut Review<'_>, entries: &[Entry<'_>]) {
    // Who is told to leave only `secretServer` in the file need not be told so twice.
    if !off_master(review, entries) {
        not_minimal(review, entries);
    }
    administrators(review);
    both_roles(review);
}

/// Away from the master secret server only `secretServer` may change; whether anything else does.
fn off_master(review: &mut Review<'_>, entries: &[Entry<'_>]) -> bool {
    let Some(system) = review
        .context
        .system
        .filter(|_| review.context.off_master())
    else {
        return false;
    };
    let understood = review.update.elements();
    let mut others = false;
    for entry in entries
        .iter()
        .filter(|entry| entry.element != Element::SecretServer)
    {
        let element = entry.element;
        let value = understood.iter().find(|(known, _)| *known == element);
        let stored = system.info.text(element);
        if value.is_some_and(|(_, value)| value.value == stored) {
            continue;
        }
        let message = format!("<{element}> can be changed on the master secret server only");
        let help = format!(
            "run this on {}, or leave only <secretServer> in the file",
            system.master()
        );
        let finding = Rule::OffMssExtraElements.at(entry.node.open, message);
        review.findings.push(finding.help(help));
        others = true;
    }
    others
}

/// A promotion that changes other things too is harder to undo.
fn not_minimal(review: &mut Review<'_>, entries: &[Entry<'_>]) {
    let Some(candidate) = &review.update.secret_server else {
        return;
    };
    let master = review.context.system.map(SystemState::master);
    if master.is_some_and(|master| master.is(&candidate.value)) {
        return;
    }
    let mut others = entries
        .iter()
        .filter(|entry| entry.element != Element::SecretServer && !entry.repeated);
    let Some(first) = others.next() else {
        return;
    };
    let more = match others.count() {
        0 => String::new(),
        1 => " and one more element".to_owned(),
        n => format!(" and {n} more elements"),
    };
    let message = format!("a promotion is mixed with <{}>{more}", first.element);
    let finding = Rule::PromotionNotMinimal
        .at(first.node.open, message)
        .label(candidate.span, "the promotion")
        .help("promote with <secretServer> alone, and change the rest with a file of its own");
    review.findings.push(finding);
}

/// SSO must be disabled before either kind of administrators changes (events 10570, 10572, 10773).
fn administrators(review: &mut Review<'_>) {
    let Some(system) = review.context.system.filter(|system| system.enabled) else {
        return;
    };
    for (element, list, span) in lists(&review.update) {
        let stored = match element {
            Element::SsoAdminAccount => &system.info.sso_admin_account,
            _ => &system.info.sso_affiliate_admin_account,
        };
        if same(list, stored) {
            continue;
        }
        let message = format!("<{element}> changes while SSO is enabled");
        let finding = Rule::AdminChangeNeedsDisable.at(span, message).help(
            "disable SSO with `regent disable`, update, then `regent enable` (events 10570, 10572)",
        );
        review.findings.push(finding);
    }
}

/// One account in both roles.
fn both_roles(review: &mut Review<'_>) {
    let stored = review.context.system.map(|system| &system.info);
    let written = lists(&review.update);
    let Some((_, _, first)) = written.first() else {
        return;
    };
    let find = |element: Element| {
        let list = written.iter().find(|(e, _, _)| *e == element);
        list.map(|(_, list, span)| (*list, Some(*span)))
    };
    let admins = find(Element::SsoAdminAccount)
        .or_else(|| stored.map(|info| (&info.sso_admin_account, None)));
    let affiliate = find(Element::SsoAffiliateAdminAccount)
        .or_else(|| stored.map(|info| (&info.sso_affiliate_admin_account, None)));
    let Some(((admins, admin_span), (affiliate, affiliate_span))) = admins.zip(affiliate) else {
        return;
    };
    let shared = admins
        .accounts()
        .iter()
        .take(256)
        .find(|account| affiliate.accounts().iter().take(256).any(|a| a.is(account)));
    let Some(shared) = shared else {
        return;
    };
    let message = format!("{} has both administrator roles", shown(shared.as_str()));
    let mut finding = Rule::SameAdminAndAffiliateGroup
        .at(affiliate_span.unwrap_or(*first), message)
        .help("name two groups: one for who runs SSO, one for who runs applications");
    if let (Some(span), Some(_)) = (admin_span, affiliate_span) {
        finding = finding
            .here("the SSO Affiliate Administrators")
            .label(span, "the SSO Administrators");
    } else {
        finding = finding.here("the other role has it in the database");
    }
    review.findings.push(finding);
}

fn lists(update: &UpdateFile) -> Vec<(Element, &AccountList, Span)> {
    let admins = update.sso_admin_account.as_ref();
    let affiliate = update.sso_affiliate_admin_account.as_ref();
    let admins = admins.map(|list| (Element::SsoAdminAccount, &list.value, list.span));
    let affiliate =
        affiliate.map(|list| (Element::SsoAffiliateAdminAccount, &list.value, list.span));
    admins.into_iter().chain(affiliate).collect()
}

/// Whether two lists name the same accounts in the same order, whatever their case.
fn same(one: &AccountList, other: &AccountList) -> bool {
    let (one, other) = (one.accounts(), other.accounts());
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.is(b))
}
