//! What plugins say of themselves: any memory at all is lifted, checked and shown, and the settings
//! of `regent.toml` are held against any schema, in bounded time.

use std::path::Path;
use std::sync::LazyLock;

use regent::policy::{Error, Inspection, PluginSettings, Policy, Purpose, Refusal, inspect};
use regent::report::plugin::inspect::InspectReport;

use super::pieces::Pieces;
use super::probe::Probe;
use super::shown;

/// Where the component's description lies in its memory.
const MEMORY: usize = 1_024;

/// The room of a description. Its summary is this mark over and over in the component that is
/// compiled once, and the description of each input in its place.
const ROOM: usize = 24 * 1_024;

/// The component, and where in it the description begins.
static COMPONENT: LazyLock<(Vec<u8>, usize)> = LazyLock::new(|| {
    static SUMMARY: [u8; ROOM] = [b'~'; ROOM];
    let summary = std::str::from_utf8(&SUMMARY).expect("text");
    let bytes = Probe::of("sound").summary(summary).bytes();
    let summary_at = bytes
        .windows(64)
        .position(|window| window == &SUMMARY[..64])
        .expect("the summary is data of the component");
    // `probe` and `1.2.3` stand before it, behind 44 bytes of fields and 28 of one rule.
    (bytes, summary_at - (44 + 28 + 5 + 5))
});

/// The component that an input makes is refused, or described within bounds.
pub(crate) fn holds(bytes: &[u8]) {
    let (whole, settings) = description(bytes);
    let (component, at) = &*COMPONENT;
    let mut component = component.clone();
    component[*at..*at + whole.len()].copy_from_slice(&whole);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("described.wasm");
    fs_err::write(&path, component).expect("a temporary file");
    match inspect(&path, None) {
        Ok(inspection) => {
            is_bounded(&inspection);
            shown::report(&InspectReport::new(&inspection, Vec::new()));
            is_configured(folder.path(), &settings);
        }
        Err(error) => {
            let Error::Component { cause, .. } = &error else {
                panic!("it is about the component: {error}");
            };
            let described = matches!(cause, Refusal::Undescribed(_) | Refusal::Description { .. });
            assert!(described, "only its description is another: {cause:?}");
            shown::error(&error, error.help());
        }
    }
}

/// Settings fit the schema or are refused, each problem in a line.
fn is_configured(folder: &Path, settings: &str) {
    let text = format!("name = 'told'\ncomponent = 'described.wasm'\n[settings]\n{settings}");
    let Ok(plugin) = toml::from_str::<PluginSettings>(&text) else {
        return;
    };
    match Policy::load(&[plugin], folder, None, Purpose::Decide, &|_| ()) {
        Ok(policy) => assert_eq!(policy.plugins().len(), 1),
        Err(error) => {
            if let Error::Plugin {
                cause: Refusal::Settings { problems },
                ..
            } = &error
            {
                assert!((1..=50).contains(&problems.len()));
                let long = problems
                    .iter()
                    .map(|problem| problem.message.chars().count());
                assert!(long.max() <= Some(1_000));
            }
            shown::error(&error, error.help());
        }
    }
}

fn is_bounded(inspection: &Inspection) {
    let said = &inspection.description;
    shown::harmless(&said.name);
    assert!(!said.summary.trim().is_empty() && said.summary.chars().count() <= 1_000);
    assert!(!said.version.trim().is_empty() && said.version.chars().count() <= 1_000);
    assert!(said.rules.len() <= 200);
    for (index, rule) in said.rules.iter().enumerate() {
        shown::harmless(&rule.id);
        assert!(said.rules[..index].iter().all(|other| other.id != rule.id));
    }
}

/// The bytes of a description, and the settings that are to be held against it.
fn description(bytes: &[u8]) -> (Vec<u8>, String) {
    let mut pieces = Pieces::of(bytes);
    if pieces.byte().is_multiple_of(4) {
        let memory = pieces.rest();
        return (memory[..memory.len().min(ROOM)].to_vec(), String::new());
    }
    let (name, version, summary) = (pieces.text(), pieces.text(), pieces.text());
    let rules: Vec<_> = (0..pieces.below(5))
        .map(|_| {
            let id = pieces.text();
            (id, pieces.byte() % 3, pieces.text(), pieces.text())
        })
        .collect();
    let settings = pieces.text();
    let schema = String::from_utf8_lossy(pieces.rest()).into_owned();
    let fixed = 44 + 28 * rules.len();
    let (mut head, mut texts) = (vec![0; 4], Vec::new());
    let mut text = |text: &str, head: &mut Vec<u8>| {
        // What does not fit is left out, rather than lie about what lies there.
        let room = ROOM - fixed - texts.len();
        let text = &text[..text.floor_char_boundary(room.min(text.len()))];
        number(MEMORY + fixed + texts.len(), head);
        number(text.len(), head);
        texts.extend_from_slice(text.as_bytes());
    };
    for line in [name, version, summary] {
        text(if line.is_empty() { "a" } else { &line }, &mut head);
    }
    number(MEMORY + 44, &mut head);
    number(rules.len(), &mut head);
    text(&schema, &mut head);
    for (id, severity, summary, help) in rules {
        text(&id, &mut head);
        number(usize::from(severity), &mut head);
        text(&summary, &mut head);
        text(&help, &mut head);
    }
    head.extend(texts);
    (head, settings)
}

fn number(number: usize, into: &mut Vec<u8>) {
    let number = u32::try_from(number).expect("memory is small");
    into.extend(number.to_le_bytes());
}
