//! Every limit on plugins bites, and says which it was.

use std::time::Instant;

use regent::plan::Enforcement;
use regent::policy::{Broken, Decision, Denial, Outcome, Policy, Purpose};

use crate::policy::probe::{Components, Probe, promotion, update_file};

/// What `probe` came to under `limits`: the finding's message and the decision's reason, which must
/// agree and must deny.
fn bitten(probe: &Probe, limits: &str) -> String {
    let components = Components::new();
    let plugin = components.plugin("probe", &probe.bytes(), limits);
    let policy =
        Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {}).expect("loads");
    let (file, update) = update_file();
    let findings = policy.validate(&file, &update, None);
    let [finding] = &findings[..] else {
        panic!("one finding: {findings:?}");
    };
    assert_eq!(finding.code.to_string(), "policy/probe/broken");
    let (plan, facts) = promotion();
    let verdict = policy.decide(&plan, &facts);
    assert_eq!(verdict.outcome(), Outcome::Denied(Denial::Veto));
    let Decision::Broken(broken) = &verdict.decisions()[0].decision else {
        panic!("{verdict:?}");
    };
    let said = broken.to_string();
    assert_eq!(
        finding.message,
        format!("plugin probe did not check this file: {said}")
    );
    assert_eq!(finding.help, broken.help_under(Enforcement::Deny));
    said
}

#[test]
fn fuel_stops_an_endless_loop() {
    let said = bitten(&Probe::of("endless-loop"), "limits.fuel = 1000000");
    assert_eq!(said, "it was stopped when its fuel of 1000000 was used up");
}

#[test]
fn the_deadline_stops_what_fuel_does_not() {
    let limits = "limits = { fuel = 1000000000000000000, deadline-milliseconds = 50 }";
    let begun = Instant::now();
    let said = bitten(&Probe::of("endless-loop"), limits);
    assert_eq!(said, "it was stopped at its deadline of 50 ms");
    assert!(
        begun.elapsed().as_secs() < 30,
        "twice 50 ms took {:?}",
        begun.elapsed()
    );
}

#[test]
fn memory_is_bounded_as_a_sum() {
    // 32 MiB for either memory would be under the limit.
    let said = bitten(&Probe::of("memory-bomb"), "limits.memory-mib = 40");
    assert_eq!(
        said,
        "it was stopped when it wanted more than 40 MiB of memory"
    );
}

#[test]
fn memory_is_bounded_from_the_start() {
    let components = Components::new();
    let bytes = Probe::of("sound")
        .parts("(core module $Big (memory 1025)) (core instance (instantiate $Big))".to_owned());
    let plugin = components.plugin("probe", &bytes.bytes(), "");
    let error = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {})
        .expect_err("too big");
    let said = format!("{error:?}");
    assert!(said.contains("DoesNotStart(Memory { mib: 64 })"), "{said}");
}

#[test]
fn the_stack_is_bounded() {
    let said = bitten(&Probe::of("deep-recursion"), "");
    assert_eq!(
        said,
        "it was stopped when its calls were nested too deep for the stack"
    );
}

#[test]
fn what_is_handed_over_is_bounded() {
    let expected = "it was stopped when it handed over more than 1024 KiB in one call";
    assert_eq!(bitten(&Probe::of("huge-string"), ""), expected);
    assert_eq!(bitten(&Probe::of("huge-list"), ""), expected);
}

#[test]
fn the_log_is_bounded_in_lines_and_in_bytes() {
    let said = bitten(&Probe::of("log-flood"), "");
    assert_eq!(said, "it was stopped when it logged more than 200 lines");
    let said = bitten(&Probe::of("log-long"), "");
    assert_eq!(said, "it was stopped when it logged more than 64 KiB");
}

#[test]
fn what_was_logged_before_is_kept() {
    let components = Components::new();
    let bytes = Probe::of("log-flood").bytes();
    let plugin = components.plugin("probe", &bytes, "limits.log-lines = 3");
    let policy =
        Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {}).expect("loads");
    let (plan, facts) = promotion();
    let verdict = policy.decide(&plan, &facts);
    let log = &verdict.decisions()[0].log;
    assert_eq!(log.len(), 3);
    assert_eq!(log[0].message, "A message.");
}

#[test]
fn tables_are_bounded() {
    let said = bitten(&Probe::of("table-growth"), "");
    assert_eq!(
        said,
        "it was stopped when it wanted more than 20000 table elements"
    );
}

#[test]
fn handles_are_bounded() {
    let said = bitten(&Probe::of("handles"), "");
    assert_eq!(said, "it was stopped when it wanted more than 1000 handles");
}

#[test]
fn parts_are_bounded() {
    let components = Components::new();
    let parts = "(core instance (instantiate $Spare))\n".repeat(70);
    let plugin = components.plugin("probe", &Probe::of("sound").parts(parts).bytes(), "");
    let error = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {})
        .expect_err("too many");
    let said = format!("{error:?}");
    assert!(
        said.contains("DoesNotStart(Parts { reason: \"instance count too high at 65\" })"),
        "{said}"
    );
}

#[test]
fn a_trap_denies() {
    assert_eq!(
        bitten(&Probe::of("trap"), ""),
        "it trapped: it panicked or threw (unreachable)"
    );
}

#[test]
fn an_error_denies_with_its_text() {
    assert_eq!(bitten(&Probe::of("fails"), ""), "it failed: A message.");
}

#[test]
fn a_wild_pointer_denies() {
    let said = bitten(&Probe::of("wild-pointer"), "");
    assert!(said.starts_with("its answer is malformed: "), "{said}");
}

#[test]
fn every_call_is_fresh() {
    // A plugin that broke once breaks again, and the one beside it notices nothing.
    let components = Components::new();
    let trap = components.plugin("trap", &Probe::of("trap").bytes(), "");
    let sound = components.plugin("sound", &Probe::of("sound").bytes(), "");
    let policy = Policy::load(
        &[trap, sound],
        components.path(),
        None,
        Purpose::Decide,
        &|_| {},
    )
    .expect("loads");
    let (plan, facts) = promotion();
    for _ in 0..2 {
        let verdict = policy.decide(&plan, &facts);
        let decisions = verdict.decisions();
        assert!(matches!(
            decisions[0].decision,
            Decision::Broken(Broken::Trapped { .. })
        ));
        assert_eq!(decisions[1].decision, Decision::Approve);
    }
}

#[test]
fn what_no_rule_needs_is_switched_off() {
    for (part, proposal) in [
        (
            "(core module (func (result v128) (v128.const i64x2 0 0)))",
            "SIMD",
        ),
        ("(core module (memory i64 1))", "memory64"),
        ("(core module (func $f return_call $f))", "tail call"),
        ("(core module (memory 1 1 shared))", "threads"),
        ("(core module (type (struct)))", "gc"),
        ("(core module (tag))", "exceptions"),
    ] {
        let components = Components::new();
        let bytes = Probe::of("sound").parts(part.to_owned()).bytes();
        let plugin = components.plugin("probe", &bytes, "");
        let error = Policy::load(&[plugin], components.path(), None, Purpose::Decide, &|_| {})
            .expect_err(part);
        let said = format!("{error:?}");
        assert!(
            said.contains("Invalid") && said.contains(proposal),
            "{part}: {said}"
        );
    }
}
