//! The author's guide, typed as it is printed, from its first command to its last.

use std::path::Path;

use crate::plugins;
use crate::readme::type_in;
use crate::support::Site;

/// A command block of the guide, how it ends, and what is printed below it.
struct Step<'a> {
    script: &'a str,
    exit: i32,
    shown: Option<&'a str>,
}

fn steps(guide: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut parts = guide.split("```");
    while let (Some(_prose), Some(block)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a block of lines");
        match (language.split_once(" exit="), language) {
            (Some(("sh", exit)), _) => steps.push(Step {
                script: text,
                exit: exit.parse().expect("an exit status"),
                shown: None,
            }),
            (None, "sh") => steps.push(Step {
                script: text,
                exit: 0,
                shown: None,
            }),
            (None, "text") => steps.last_mut().expect("a command").shown = Some(text),
            _ => panic!("nobody types a block of {language}"),
        }
    }
    steps
}

/// Without what differs from build to build and from key to key.
fn plain(text: &str) -> String {
    let line = |line: &str| {
        let word = |word: &str| match word {
            hex if hex.len() == 64 && hex.bytes().all(|it| it.is_ascii_hexdigit()) => {
                "[digest]".to_owned()
            }
            key if key.starts_with("AAAA") => "[key]".to_owned(),
            other => other.to_owned(),
        };
        let words: Vec<String> = line.split(' ').map(word).collect();
        words.join(" ").trim_end().to_owned()
    };
    let lines: Vec<String> = text.trim_end().lines().map(line).collect();
    lines.join("\n")
}

#[test]
fn the_guide_works_as_it_is_printed() {
    needs!(SshKeygen);
    let guide = include_str!("../../plugins/docs/guide.md");
    let site = Site::empty();
    // What Cargo compiled is shared with the other tests, which take turns.
    let _turn = plugins::one_at_a_time();
    let (mut compared, mut typed) = (0, 0);
    for Step {
        script,
        exit,
        shown,
    } in steps(guide)
    {
        let run = type_in(&site, script).exits(exit);
        typed += 1;
        if script.starts_with("regent plugin new trusted-servers") {
            let target = site.path("trusted-servers/target");
            std::os::unix::fs::symlink(plugins::folder(), target).expect("a link");
        }
        let Some(shown) = shown else { continue };
        compared += 1;
        let said = match run.err.find("error: ") {
            Some(at) if shown.starts_with("error: ") => &run.err[at..],
            _ => &run.out,
        };
        assert_eq!(plain(said), plain(shown), "{script}");
    }
    assert!(typed > 8 && compared > 6, "{typed} typed, {compared} shown");
    assert!(Path::new(&site.path("rules.tar")).is_file());
}
