//! Findings of every shape: with one place and two, with a mend, from a plugin, about wide text
//! behind a tab, about the end of the file and about all of it.

use regent::finding::{Code, Edit, Finding, Fix, Severity};
use regent::source::Span;

/// The update file that the findings are about.
pub(super) const TEXT: &str = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<SSO>
  <globalInfo>
\t<secretSever>SSO-名古屋-02</secretSever>
    <!-- für die Nachtschicht --><ticketTimeout>–5</ticketTimeout>
    <ssoAdminAccount>CONTOSO\\SSO Admins</ssoAdminAccount>
    <credCacheTimeout>60</credCacheTimeout>
    <ticketTimeout>2</ticketTimeout>
  </globalInfo>
";

/// The place of the `nth` occurrence of `what`, counted from 0.
fn span(what: &str, nth: usize) -> Span {
    let (start, found) = TEXT.match_indices(what).nth(nth).expect("is in the text");
    Span::new(start, start + found.len())
}

pub(super) fn root_in_capitals() -> Finding {
    let (code, place) = (Code::Update("root-case-style"), span("SSO", 0));
    Finding::new(
        code,
        Severity::Info,
        place,
        "the root element is written <SSO>",
    )
    .help("the documentation writes <sso>; both are read alike")
}

pub(super) fn unknown_element() -> Finding {
    let (open, close) = (span("secretSever", 0), span("secretSever", 1));
    let edit = |span| Edit {
        span,
        replacement: "secretServer".to_owned(),
    };
    let mut finding = Finding::new(
        Code::Update("unknown-element"),
        Severity::Error,
        open,
        "<globalInfo> has no element <secretSever>",
    )
    .here("did you mean <secretServer>?")
    .help("run `regent explain update/unknown-element` for the elements an update file may have, in the order in which the documentation lists them");
    finding.fix = Some(Fix {
        title: "rename the element to <secretServer>".to_owned(),
        edits: vec![edit(open), edit(close)],
    });
    finding
}

pub(super) fn plugin_rule() -> Finding {
    let code = Code::Policy {
        plugin: "server-naming".to_owned(),
        rule: "pattern".to_owned(),
    };
    let place = span("SSO-名古屋-02", 0);
    Finding::new(code, Severity::Warning, place, "the server's name does not follow SITE-SSO-NN")
        .here("expected three letters, a site first")
        .help("servers of the site 名古屋 are named NGO-SSO-01, NGO-SSO-02\nask the directory team for a new name")
}

pub(super) fn not_a_number() -> Finding {
    let place = span("–5", 0);
    Finding::new(
        Code::Update("not-a-number"),
        Severity::Error,
        place,
        "“–5” is not a number of minutes",
    )
    .here("an en dash, then 5")
    .fix("write 5", place, "5")
}

pub(super) fn duplicate_element() -> Finding {
    let code = Code::Update("duplicate-element");
    let (first, second) = (span("<ticketTimeout>", 0), span("<ticketTimeout>", 1));
    Finding::new(
        code,
        Severity::Error,
        second,
        "<ticketTimeout> is there twice",
    )
    .here("and again here")
    .label(first, "first here")
    .help("keep the one that is meant")
}

pub(super) fn not_closed() -> Finding {
    let end = Span::new(TEXT.len(), TEXT.len());
    let code = Code::Update("xml-not-well-formed");
    Finding::new(code, Severity::Error, end, "<SSO> is never closed")
        .here("</SSO> is missing here")
        .label(span("<SSO>", 0), "opened here")
        .fix("close it", end, "</SSO>\n")
}

pub(super) fn whole_file() -> Finding {
    let code = Code::Policy {
        plugin: "change-window".to_owned(),
        rule: "reason".to_owned(),
    };
    let place = Span::new(0, 0);
    Finding::new(
        code,
        Severity::Warning,
        place,
        "no change reference was given",
    )
}

pub(super) fn findings() -> Vec<Finding> {
    vec![
        whole_file(),
        root_in_capitals(),
        unknown_element(),
        plugin_rule(),
        not_a_number(),
        duplicate_element(),
        not_closed(),
    ]
}
