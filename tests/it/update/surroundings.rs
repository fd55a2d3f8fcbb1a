//! What is known around fixtures and the pages' examples.

use regent::global_info::{AccountList, GlobalInfo, ServerName};
use regent::identity::{Revision, SystemId, Term};
use regent::system::{Role, Secrets, SsoServer, SystemState};
use regent::update::Context;
use regent::update::codes::{Rule, page};

/// The system of the pages' examples.
pub(super) fn system() -> SystemState {
    let server = |name: &str, roles: &[Role]| SsoServer {
        name: ServerName::parse(name).expect("name"),
        roles: roles.to_vec(),
        added: jiff::Timestamp::UNIX_EPOCH,
        last_seen: None,
    };
    let list = |text: &str| AccountList::parse(text).expect("accounts");
    SystemState {
        id: SystemId::from_bytes([7; 16]),
        revision: Revision(1),
        term: Term(1),
        highest_term: Term(1),
        info: GlobalInfo::fresh(
            list("CONTOSO\\SSO Admins"),
            list("CONTOSO\\SSO Affiliate Admins"),
            ServerName::parse("MSS01").expect("name"),
        ),
        enabled: true,
        tickets_allowed: false,
        tickets_validated: true,
        secrets: Secrets::default(),
        servers: vec![
            server("HOST1", &[Role::Processing]),
            server("MSS01", &[]),
            server("NODE1", &[Role::ClusterNode]),
            server("SSO02", &[]),
            server("SSONET", &[Role::NetworkName]),
        ],
    }
}

/// What is known around an example or fixture: the word in a page's fence.
pub(super) struct Surroundings {
    pub(super) system: SystemState,
    away: ServerName,
}

impl Surroundings {
    pub(super) fn new() -> Self {
        Self {
            system: system(),
            away: ServerName::parse("SSO02").expect("name"),
        }
    }

    pub(super) fn named(&self, name: &str) -> Context<'_> {
        Context {
            system: matches!(name, "system" | "away").then_some(&self.system),
            this_server: (name == "away").then_some(&self.away),
            mode: (name == "readable").then_some(0o100_644),
        }
    }

    /// What the page of the rule that a fixture is named after needs.
    pub(super) fn of(&self, fixture: &str) -> Context<'_> {
        let rule = Rule::ALL.iter().find(|rule| rule.name() == fixture);
        let needs = rule.and_then(|rule| examples(page(*rule)).next());
        self.named(&needs.map_or(String::new(), |example| example.needs))
    }
}

pub(super) struct Example {
    pub(super) bad: bool,
    pub(super) needs: String,
    pub(super) text: String,
}

/// The examples of a page that can be checked.
pub(super) fn examples(page: &str) -> impl Iterator<Item = Example> {
    page.split("```xml ").skip(1).map(|block| {
        let (info, rest) = block.split_once('\n').expect("fence");
        let (text, _) = rest.split_once("\n```").expect("closed fence");
        let mut words = info.split(' ');
        Example {
            bad: words.next() == Some("bad"),
            needs: words.next().unwrap_or_default().to_owned(),
            text: text.to_owned(),
        }
    })
}
