//! This regent, and a host of contract 1.1.0, run what was built for 1.0.0.

use regent::policy::{Consent, Decision, Outcome, Policy, Purpose};
use wasmtime::component::{Component, HasSelf, Instance, InstancePre, Linker};
use wasmtime::{Engine, Store};

use super::{WORLDS, built, frozen};
use crate::policy::probe::{Components, promotion, system, update_file};

/// The bindings of a host whose contract is one minor version later. Regent itself has none of this.
mod later {
    wasmtime::component::bindgen!({
        path: "tests/fixtures/contract/1.1.0",
        world: "plugin",
    });
}

/// The same for the world that 1.1.0 adds.
mod advising {
    wasmtime::component::bindgen!({
        path: "tests/fixtures/contract/1.1.0",
        world: "advisor-plugin",
    });
}

/// What a host must not do: it asks `about` for a function that 1.0.0 does not have.
mod greedy {
    wasmtime::component::bindgen!({
        inline: "
            package regent:plugin@1.1.0;
            interface about { license: func() -> string; }
            world plugin { export about; }
        ",
    });
}

use later::exports::regent::plugin::{about, promoter, validator};
use later::regent::plugin::{log, types};

/// Keeps what was logged.
#[derive(Default)]
struct Lines(Vec<String>);

impl types::Host for Lines {}

impl log::Host for Lines {
    fn log(&mut self, level: log::Level, message: String) {
        self.0.push(format!("{level:?} {message}"));
    }

    fn trace(&mut self, message: String) {
        self.0.push(format!("trace {message}"));
    }
}

/// All that a plugin can reach of the later host.
fn linker(engine: &Engine) -> Linker<Lines> {
    let mut linker = Linker::new(engine);
    log::add_to_linker::<_, HasSelf<_>>(&mut linker, |lines| lines).expect("links");
    linker
}

/// A component that fits the later host; every question is asked of a fresh instance.
struct Fitted {
    pre: InstancePre<Lines>,
    about: about::GuestIndices,
    validator: Option<validator::GuestIndices>,
    promoter: Option<promoter::GuestIndices>,
    advises: bool,
}

impl Fitted {
    fn new(bytes: &[u8]) -> Self {
        let engine = Engine::default();
        let component = Component::from_binary(&engine, bytes).expect("compiles");
        let pre = linker(&engine).instantiate_pre(&component);
        let pre = pre.expect("it imports what there is");
        Self {
            about: about::GuestIndices::new(&pre).expect("it describes itself"),
            validator: validator::GuestIndices::new(&pre).ok(),
            promoter: promoter::GuestIndices::new(&pre).ok(),
            advises: advising::exports::regent::plugin::advisor::GuestIndices::new(&pre).is_ok(),
            pre,
        }
    }

    fn start(&self) -> (Store<Lines>, Instance) {
        let mut store = Store::new(self.pre.engine(), Lines::default());
        let instance = self.pre.instantiate(&mut store).expect("starts");
        (store, instance)
    }

    fn name(&self) -> String {
        let (mut store, instance) = self.start();
        let about = self.about.load(&mut store, &instance).expect("fits");
        let said = about.call_describe(&mut store).expect("answers");
        said.expect("describes itself").name
    }

    /// How many things it finds in a file of a system that is out of reach.
    fn finds(&self) -> Option<usize> {
        let (mut store, instance) = self.start();
        let validator = self.validator.as_ref()?;
        let validator = validator.load(&mut store, &instance).expect("fits");
        let file = types::UpdateFile {
            name: "update.xml".to_owned(),
            text: "<sso></sso>".to_owned(),
            elements: Vec::new(),
        };
        let said = validator.call_validate(&mut store, &file, &types::System::Unknown, "{}");
        Some(said.expect("answers").expect("checks").len())
    }

    /// Why it denies a promotion without a backup, and what it logs.
    fn denies(&self) -> Option<(String, Vec<String>)> {
        let (mut store, instance) = self.start();
        let promoter = self.promoter.as_ref()?;
        let promoter = promoter.load(&mut store, &instance).expect("fits");
        let info = |master: &str| types::GlobalInfo {
            sso_admin_account: "A".to_owned(),
            sso_affiliate_admin_account: "B".to_owned(),
            secret_server: master.to_owned(),
            audit_deleted_apps: 1,
            audit_deleted_mappings: 2,
            audit_credential_lookups: 3,
            ticket_timeout: 4,
            cred_cache_timeout: 5,
        };
        let server = |name: &str, last_seen| types::Server {
            name: name.to_owned(),
            last_seen,
            roles: vec![types::Role::ClusterNode],
        };
        let promotion = types::Promotion {
            kind: types::Kind::Emergency,
            current: info("SSO01"),
            wanted: info("SSO02"),
            candidate: server("SSO02", types::LastSeen::Never),
            incumbent: server("SSO01", types::LastSeen::At(7)),
            backup: types::Backup::None,
            operator: "anna".to_owned(),
            now: types::Moment {
                unix: 8,
                utc_offset: -60,
                weekday: types::Weekday::Friday,
                minute_of_day: 9,
            },
            reason: "dead".to_owned(),
            change: "CHG-1".to_owned(),
            approvals: vec![types::Approval {
                approver: "ben".to_owned(),
                at: 10,
            }],
        };
        let said = promoter.call_decide(&mut store, &promotion, "{}");
        let promoter::Decision::Deny(reasons) = said.expect("answers").expect("decides") else {
            panic!("it denies");
        };
        let messages = reasons.into_iter().map(|reason| reason.message);
        Some((messages.collect(), store.into_data().0))
    }
}

#[test]
fn a_later_host_runs_what_was_built_for_this_contract() {
    for world in WORLDS {
        let fitted = Fitted::new(&frozen(world));
        assert_eq!(fitted.name(), "corpus", "{world}");
        let finds = (world != "promoter-plugin").then_some(1);
        assert_eq!(fitted.finds(), finds, "{world}");
        let denies = (
            "A message.".to_owned(),
            vec!["Level::Warn A message.".to_owned()],
        );
        let denies = (world != "validator-plugin").then_some(denies);
        assert_eq!(fitted.denies(), denies, "{world}");
        assert!(!fitted.advises, "what is new is not asked of it");
    }
    let fitted = Fitted::new(&built("1.0.0"));
    assert_eq!(fitted.finds(), Some(1));
    let (why, logged) = fitted.denies().expect("it decides");
    insta::assert_snapshot!(why, @r#"emergency by anna, dead, CHG-1; SSO01 for A and B, 1 2 3 4 5 to SSO02 for A and B, 1 2 3 4 5; SSO02 seen never ["cluster-node"] after SSO01 seen 7 ["cluster-node"]; backup none; at 8 -60 friday 9; ["ben at 10"]"#);
    insta::assert_snapshot!(logged.join(", "), @"Level::Debug debug, Level::Info info, Level::Warn warn");
}

/// A host that wants a function more in an interface that plugins export runs none of them.
#[test]
fn a_function_more_in_what_plugins_export_would_refuse_them_all() {
    let engine = Engine::default();
    for world in WORLDS {
        let component = Component::from_binary(&engine, &frozen(world)).expect("compiles");
        let pre = linker(&engine).instantiate_pre(&component).expect("links");
        let Err(error) = greedy::exports::regent::plugin1_1_0::about::GuestIndices::new(&pre)
        else {
            panic!("{world} has no such function");
        };
        assert!(error.to_string().contains("`license`"), "{error:#}");
    }
}

/// What this regent makes of a component.
fn asked(bytes: &[u8], settings: &str) -> (Vec<String>, Outcome, Vec<Decision>) {
    let components = Components::new();
    let plugin = components.plugin("corpus", bytes, settings);
    let policy = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {});
    let policy = policy.expect("loads");
    let (file, update) = update_file();
    let findings = policy.validate(&file, &update, Some(&system()));
    let (plan, facts) = promotion();
    let verdict = policy.decide(&plan, &facts);
    let decisions = verdict.decisions().iter();
    (
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect(),
        verdict.outcome(),
        decisions.map(|by| by.decision.clone()).collect(),
    )
}

#[test]
fn this_regent_runs_what_was_built_for_each_world() {
    for world in WORLDS {
        let (found, outcome, decisions) = asked(&frozen(world), "");
        let validates = world != "promoter-plugin";
        let decides = world != "validator-plugin";
        assert_eq!(found, vec!["A message."; usize::from(validates)], "{world}");
        assert_eq!(decisions.len(), usize::from(decides), "{world}");
        let approved = outcome == Outcome::Approved(Consent::NobodyAsked);
        assert_eq!(approved, !decides, "{world}: {outcome:?}");
    }
}

/// Field by field, case by case: what an author's plugin was told then it is told now, whether it
/// was built for this contract or, using nothing that is new, for a later one.
#[test]
fn sources_of_this_contract_are_told_everything_they_know() {
    let told = |bytes: &[u8]| {
        let (found, _, decisions) = asked(bytes, "settings.hours = 4");
        let [Decision::Deny(reasons)] = &decisions[..] else {
            panic!("{decisions:?}");
        };
        format!("{}\n{}", found.join("\n"), reasons[0].message)
    };
    let now = told(&built("1.0.0"));
    insta::assert_snapshot!(now, @r#"
    update.xml, 70 bytes, {"hours":4}; of the system 07070707-0707-0707-0707-070707070707, SSO01 for CONTOSO\SSO Admins and CONTOSO\SSO Affiliates, 1000 1000 1000 2 60, enabled true, ["SSO01 seen 1772366400 []", "SSO02 seen 1772366400 []"]
    secretServer is SSO02
    planned by CONTOSO\anna, old hardware, CHG-1; SSO01 for CONTOSO\SSO Admins and CONTOSO\SSO Affiliates, 1000 1000 1000 2 60 to SSO02 for CONTOSO\SSO Admins and CONTOSO\SSO Affiliates, 1000 1000 1000 2 60; SSO02 seen 1772366400 [] after SSO01 seen 1772366400 []; backup none; at 1772926200 60 weekend 30; []
    "#);
    assert_eq!(told(&built("1.1.0")), now);
    for (word, decision) in [
        ("approve", Decision::Approve),
        ("abstain", Decision::Abstain),
    ] {
        for version in ["1.0.0", "1.1.0"] {
            let settings = format!("settings.word = '{word}'");
            let (_, _, decisions) = asked(&built(version), &settings);
            assert_eq!(decisions, std::slice::from_ref(&decision), "{version}");
        }
    }
    let (_, _, decisions) = asked(&built("1.0.0"), "settings.word = 'fail'");
    let [Decision::Broken(broken)] = &decisions[..] else {
        panic!("{decisions:?}");
    };
    assert_eq!(broken.to_string(), "it failed: as told");
}
