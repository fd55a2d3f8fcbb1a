//! Plugins are loaded, or refused by name.

mod answers;
pub(crate) mod probe;

use std::cell::RefCell;

use regent::identity::Digest;
use regent::plan::Enforcement;
use regent::policy::{self, Consent, Error, Outcome, PluginSettings, Policy, Purpose, Refusal};

use probe::{Components, Probe, fixture_text, promotion, update_file};

fn load(components: &Components, plugins: &[PluginSettings]) -> Result<Policy, Error> {
    Policy::load(plugins, components.path(), None, Purpose::Decide, &|_| {})
}

/// The chain of causes, in a line each.
fn told(error: &dyn std::error::Error) -> String {
    let mut lines = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        lines.push(error.to_string());
        cause = error.source();
    }
    lines.join(": ")
}

fn refusal(bytes: &[u8]) -> String {
    let components = Components::new();
    let plugin = components.plugin("probe", bytes, "");
    let error = load(&components, &[plugin]).expect_err("is refused");
    assert!(error.help().is_some_and(|help| !help.is_empty()));
    let Error::Plugin { cause, .. } = error else {
        panic!("{error:?}");
    };
    told(&cause)
}

#[test]
fn a_sound_plugin_is_loaded_and_known() {
    let components = Components::new();
    let bytes = Probe::of("sound").bytes();
    let plugin = components.plugin("change-window", &bytes, "settings.hours = 4");
    let policy = load(&components, &[plugin]).expect("loads");
    let [loaded] = policy.plugins() else {
        panic!("one plugin");
    };
    assert_eq!(loaded.name.as_str(), "change-window");
    assert_eq!(loaded.description.name, "probe");
    assert_eq!(loaded.description.rules[0].id, "checked");
    assert_eq!(loaded.digest, Digest::of(&bytes));
    assert!(loaded.validates && loaded.decides);
    let [pin] = &policy.pins()[..] else {
        panic!("one pin");
    };
    assert_eq!(
        (pin.name.as_str(), pin.version.as_str()),
        ("change-window", "1.2.3")
    );
    assert_eq!(pin.settings, Digest::of(br#"{"hours":4}"#));
}

#[test]
fn no_plugins_approve_and_say_that_nobody_was_asked() {
    let components = Components::new();
    let policy = load(&components, &[]).expect("loads");
    let (plan, facts) = promotion();
    let outcome = policy.decide(&plan, &facts).outcome();
    assert_eq!(outcome, Outcome::Approved(Consent::NobodyAsked));
    let (file, update) = update_file();
    assert_eq!(policy.validate(&file, &update, None), []);
}

#[test]
fn what_is_no_component_is_refused_by_name() {
    let module = wat::parse_str(fixture_text("core-module")).expect("text");
    insta::assert_snapshot!(refusal(&module), @"it is a core WebAssembly module, not a component");
    insta::assert_snapshot!(refusal(fixture_text("core-module").as_bytes()), @"it is WebAssembly text, not a component");
    insta::assert_snapshot!(refusal(b"MZ"), @"it is not a WebAssembly component");
    insta::assert_snapshot!(refusal(b""), @"it is not a WebAssembly component");
    insta::assert_snapshot!(refusal(b"\0asm\x0d\0\x01\0 and then nothing"), @"the component does not compile: failed to parse WebAssembly module: unexpected end-of-file (at offset 0xa)");
}

#[test]
fn precompiled_code_is_refused() {
    let engine = wasmtime::Engine::default();
    let bytes = Probe::of("sound").bytes();
    let component = engine.precompile_component(&bytes).expect("compiles");
    insta::assert_snapshot!(refusal(&component), @"it is precompiled native code, which is never loaded from a file somebody names");
    let module = wat::parse_str("(module)").expect("text");
    let module = engine.precompile_module(&module).expect("compiles");
    assert_eq!(refusal(&module), refusal(&component));
}

#[test]
fn what_is_no_file_is_refused() {
    let components = Components::new();
    fs_err::create_dir(components.path().join("folder.wasm")).expect("a folder");
    let huge = fs_err::File::create(components.path().join("huge.wasm")).expect("a file");
    huge.set_len(33 << 20).expect("a hole");
    let cause = |name| match load(&components, &[probe::settings(name, "")]) {
        Err(Error::Plugin { cause, .. }) => cause,
        other => panic!("{other:?}"),
    };
    assert!(matches!(cause("folder"), Refusal::NotAFile("a folder")));
    assert!(matches!(cause("huge"), Refusal::TooLarge));
    let absent = cause("absent");
    assert!(matches!(absent, Refusal::Unreadable(_)));
    assert!(
        absent
            .help()
            .is_some_and(|help| help.contains("`component`"))
    );
}

#[test]
fn an_import_beyond_the_contract_is_refused_by_name() {
    let component = wat::parse_str(fixture_text("wasi-import")).expect("text");
    insta::assert_snapshot!(refusal(&component), @"it imports wasi:clocks/wall-clock@0.2.6, wasi:cli/stdin@0.2.6, and a plugin may import nothing but regent:plugin/log");
}

#[test]
fn another_contract_is_refused_by_name() {
    let component = wat::parse_str(fixture_text("wrong-world")).expect("text");
    insta::assert_snapshot!(refusal(&component), @"it does not export regent:plugin/about");
}

#[test]
fn a_missing_export_is_refused_by_name() {
    let only = |exports: &[(&'static str, &'static str)]| {
        refusal(&Probe::of("sound").exports(exports).bytes())
    };
    insta::assert_snapshot!(only(&[("validator", "validator")]), @"it does not export regent:plugin/about");
    insta::assert_snapshot!(only(&[("about", "about")]), @"it exports neither regent:plugin/validator nor regent:plugin/promoter");
}

#[test]
fn a_changed_signature_is_refused_at_load() {
    let swapped = [("about", "about"), ("validator", "other")];
    let parts = r#"
        (core module $Other (func (export "validate") (param i32) (result i32) (unreachable)))
        (core instance $other (instantiate $Other))
        (func $other-validate (param "file" u32) (result u32)
          (canon lift (core func $other "validate")))
        (instance $other (export "validate" (func $other-validate)))"#;
    let bytes = Probe::of("sound")
        .parts(parts.to_owned())
        .exports(&swapped)
        .bytes();
    insta::assert_snapshot!(refusal(&bytes), @"its export regent:plugin/validator does not fit the contract: failed to convert function to given type: type mismatch with parameters: expected 3-tuple, found 1-tuple");
    let bytes = Probe::of("sound")
        .exports(&[("about", "about"), ("promoter", "validator")])
        .bytes();
    insta::assert_snapshot!(refusal(&bytes), @"its export regent:plugin/promoter does not fit the contract: instance export `regent:plugin/promoter@1.0.0` does not have export `decide`");
}

#[test]
fn either_interface_is_enough() {
    let components = Components::new();
    let bytes = |name| {
        Probe::of("sound")
            .exports(&[("about", "about"), (name, name)])
            .bytes()
    };
    let checks = components.plugin("checks", &bytes("validator"), "");
    let decides = components.plugin("decides", &bytes("promoter"), "");
    let policy = load(&components, &[checks, decides]).expect("loads");
    let facts: Vec<_> = policy
        .plugins()
        .iter()
        .map(|p| (p.validates, p.decides))
        .collect();
    assert_eq!(facts, [(true, false), (false, true)]);
    let (plan, facts) = promotion();
    let verdict = policy.decide(&plan, &facts);
    let asked: Vec<_> = verdict
        .decisions()
        .iter()
        .map(|d| d.plugin.as_str())
        .collect();
    assert_eq!(asked, ["decides"]);
}

#[test]
fn a_description_that_cannot_be_used_is_refused() {
    let probe = || Probe::of("sound");
    insta::assert_snapshot!(refusal(&probe().rules(&["broken"]).bytes()), @"its description cannot be used: the rule broken is the host's own");
    insta::assert_snapshot!(refusal(&probe().schema("{").bytes()), @"its description cannot be used: its settings schema is no JSON: EOF while parsing an object at line 1 column 1");
    insta::assert_snapshot!(refusal(&probe().schema(r##"{"$ref":"#"}"##).bytes()), @"its description cannot be used: its settings schema uses $ref");
}

#[test]
fn settings_are_checked_before_anything_runs() {
    let components = Components::new();
    let schema = r#"{"type":"object","properties":{"hours":{"type":"integer"}},"additionalProperties":false}"#;
    let bytes = Probe::of("sound").schema(schema).bytes();
    let first = components.plugin("first", &bytes, "settings.hours = 'four'\nsettings.day = 1");
    let sound = components.plugin("sound", &bytes, "settings.hours = 4");
    let error = load(&components, &[first, sound]).expect_err("is refused");
    let Error::Plugin { plugin, cause, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(plugin.as_str(), "first");
    insta::assert_snapshot!(cause, @r#"
    its settings do not fit
      /hours: "four" is not of type "integer"
      /day: there is no such setting
    "#);
}

#[test]
fn every_plugin_that_cannot_be_used_is_told() {
    let components = Components::new();
    let sound = components.plugin("sound", &Probe::of("sound").bytes(), "");
    let text = components.plugin("text", b"(component)", "");
    let again = probe::settings("sound", "");
    let error = load(&components, &[sound, text, again]).expect_err("is refused");
    assert_eq!(error.each().len(), 2);
    assert_eq!(error.to_string(), "2 plugins cannot be used");
    insta::assert_snapshot!(error.details().join("\n"), @"
    text: it is WebAssembly text, not a component
    sound: another plugin has the same name
    ");
    insta::assert_snapshot!(error.help().expect("help"), @"
    text: build the component with `regent plugin build`
    sound: give each plugin in regent.toml a name of its own
    ");
}

#[test]
fn progress_is_told() {
    let components = Components::new();
    let plugin = components.plugin("probe", &Probe::of("sound").bytes(), "");
    let lines = RefCell::new(Vec::new());
    Policy::load(
        &[plugin],
        components.path(),
        None,
        Purpose::Decide,
        &|line| {
            lines.borrow_mut().push(line.to_owned());
        },
    )
    .expect("loads");
    assert_eq!(lines.into_inner(), ["compiling plugin probe"]);
}

#[test]
fn only_a_review_that_approves_gives_a_plan_that_may_run() {
    let components = Components::new();
    let (plan, facts) = promotion();
    let sound = components.plugin("sound", &Probe::of("sound").bytes(), "");
    let policy = load(&components, &[sound]).expect("loads");
    let approved = policy
        .review(plan.clone(), &facts)
        .approve()
        .expect("approves");
    assert_eq!(approved.plan().plugins, policy.pins());
    let plugin = components.plugin("denies", &Probe::of("denies").bytes(), "");
    let policy = load(&components, &[plugin]).expect("loads");
    let denied = policy.review(plan, &facts).approve().expect_err("denies");
    assert_eq!(denied.to_string(), "the promotion is denied");
    assert_eq!(denied.verdict.vetoes().count(), 1);
}

#[test]
fn inspection_tells_what_a_component_is() {
    let components = Components::new();
    let bytes = Probe::of("sound").bytes();
    let path = components.put("probe", &bytes);
    let inspection = policy::inspect(&path, None).expect("a plugin");
    assert_eq!(inspection.bytes, bytes.len() as u64);
    assert_eq!(
        inspection.imports,
        ["regent:plugin/types@1.0.0", "regent:plugin/log@1.0.0"]
    );
    assert_eq!(inspection.exports.len(), 3);
    assert_eq!(inspection.description.version, "1.2.3");
    let error = policy::inspect(&components.put("none", b"MZ"), None).expect_err("is refused");
    assert!(told(&error).ends_with("it is not a WebAssembly component"));
}

#[test]
fn a_policy_may_be_asked_from_several_threads() {
    let components = Components::new();
    let plugin = components.plugin("probe", &Probe::of("sound").bytes(), "");
    let policy = load(&components, &[plugin]).expect("loads");
    let (plan, facts) = promotion();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert!(policy.decide(&plan, &facts).is_approved());
                }
            });
        }
    });
    assert_eq!(policy.plugins()[0].enforcement, Enforcement::Deny);
}

#[test]
fn a_component_may_be_made_of_several() {
    // As JavaScript's and Python's are; wasmtime panics here if the engine lacks several memories.
    let components = Components::new();
    let bytes = Probe::of("sound").parts(fixture_text("two-parts")).bytes();
    let plugin = components.plugin("probe", &bytes, "");
    let policy = load(&components, &[plugin]).expect("loads");
    let (plan, facts) = promotion();
    assert!(policy.decide(&plan, &facts).is_approved());
}
