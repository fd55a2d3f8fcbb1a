//! A decision in a fresh instance, against the bare wasmtime call of the same component.

use std::time::{Duration, Instant};

use regent::policy::{Policy, Purpose};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

use crate::probe::{Components, Probe, promotion};

/// What the host may cost, as a multiple of the bare call.
const LIMIT: f64 = 2.0;

const WARM_UP: usize = 200;
const ROUNDS: usize = 2_000;

mod bare {
    wasmtime::component::bindgen!({ world: "plugin" });
}

struct Silent;

impl bare::regent::plugin::types::Host for Silent {}

impl bare::regent::plugin::log::Host for Silent {
    fn log(&mut self, _level: bare::regent::plugin::log::Level, _message: String) {}
}

/// Measures both and prints a table.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub(crate) fn run() {
    let bytes = Probe::of("denies").bytes();
    // In turns, so that whatever else the machine does falls on both.
    let (mut bare, mut ours) = (bare_call(&bytes), decision(&bytes));
    for _ in 0..WARM_UP {
        bare();
        ours();
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(bare());
        with.push(ours());
    }
    let (without, with) = (median(without), median(with));
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    println!("fresh-instance decision (median of {ROUNDS})");
    println!(
        "  {:<42} {:>10.1?}",
        "wasmtime: instantiate, call, drop", without
    );
    println!("  {:<42} {:>10.1?}", "regent: Policy::decide", with);
    println!("  {:<42} {ratio:>9.2}x  (limit {LIMIT:.1}x)", "ratio");
}

/// The shortest program that asks the component: wasmtime's defaults, no limit of any kind.
fn bare_call(bytes: &[u8]) -> impl FnMut() -> Duration {
    use bare::regent::plugin::types;
    let engine = Engine::default();
    let component = Component::from_binary(&engine, bytes).expect("compiles");
    let mut linker = Linker::<Silent>::new(&engine);
    bare::Plugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |silent| silent).expect("links");
    let pre = linker.instantiate_pre(&component).expect("links");
    let pre = bare::PluginPre::new(pre).expect("fits");
    let text = |text: &str| text.to_owned();
    let info = |master: &str| types::GlobalInfo {
        sso_admin_account: text("CONTOSO\\SSO Admins"),
        sso_affiliate_admin_account: text("CONTOSO\\SSO Affiliates"),
        secret_server: text(master),
        audit_deleted_apps: 1000,
        audit_deleted_mappings: 1000,
        audit_credential_lookups: 1000,
        ticket_timeout: 2,
        cred_cache_timeout: 60,
    };
    let server = |name: &str| types::Server {
        name: text(name),
        last_seen: types::LastSeen::At(1_772_366_400),
        roles: Vec::new(),
    };
    let promotion = types::Promotion {
        kind: types::Kind::Planned,
        current: info("SSO01"),
        wanted: info("SSO02"),
        candidate: server("SSO02"),
        incumbent: server("SSO01"),
        backup: types::Backup::None,
        operator: "CONTOSO\\anna".into(),
        now: types::Moment {
            unix: 1_772_926_200,
            utc_offset: 60,
            weekday: types::Weekday::Sunday,
            minute_of_day: 30,
        },
        reason: text("old hardware"),
        change: text("CHG-1"),
        approvals: Vec::new(),
    };
    move || {
        let begun = Instant::now();
        let mut store = Store::new(&engine, Silent);
        let plugin = pre.instantiate(&mut store).expect("starts");
        let promoter = plugin.regent_plugin_promoter();
        let decision = promoter.call_decide(&mut store, &promotion, "{}");
        decision.expect("returns").expect("decides");
        drop(store);
        begun.elapsed()
    }
}

fn decision(bytes: &[u8]) -> impl FnMut() -> Duration {
    let components = Components::new();
    let plugin = components.plugin("probe", bytes, "");
    let policy =
        Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {}).expect("loads");
    let (plan, facts) = promotion();
    move || {
        let begun = Instant::now();
        let verdict = policy.decide(&plan, &facts);
        assert!(!verdict.is_approved());
        begun.elapsed()
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
