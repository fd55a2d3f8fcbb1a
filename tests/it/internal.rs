//! A mistake of regent's own: one file of a batch, and no more, is lost by it.

use crate::snapshot;
use crate::support::{Site, update_file};

/// Where regent makes a mistake.
const FAULT: (&str, &str) = ("REGENT_TEST_FAULT", "check/b.xml=panic");

/// What a panic says must not be shown: it could be a secret, or what a terminal obeys.
fn told_without_leaking(text: &str) -> String {
    assert!(
        !text.contains("must not be shown") && !text.contains('\u{1b}'),
        "{text}"
    );
    // The place is a line of the source, which changes with it.
    let (before, place) = text
        .split_once("host/fault.rs:")
        .expect("the place is told");
    let after = place.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
    format!("{before}host/fault.rs{after}").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn batch() -> Site {
    let site = Site::empty();
    site.write("a.xml", &update_file("SSO02"));
    site.write("b.xml", &update_file("SSO02"));
    site.write("c.xml", &update_file("10.2.1.10"));
    site
}

#[test]
fn what_breaks_regent_is_a_finding_and_the_others_results_are_written() {
    let site = batch();
    for format in ["human", "json", "sarif", "junit", "github"] {
        let check = ["check", "--format", format, "a.xml", "b.xml", "c.xml"];
        let run = site.run_with(&[FAULT], &check).exits(8);
        assert_eq!(
            run.err, "",
            "{format}: nothing is printed beside the report"
        );
        for said in ["b.xml", "internal", "c.xml", "secret-server-is-ip"] {
            assert!(run.out.contains(said), "{format} says {said}: {}", run.out);
        }
        let mut out = run.out;
        while out.contains("host/fault.rs:") {
            out = told_without_leaking(&out);
        }
        snapshot!("internal", format, out);
    }
}

#[test]
fn fixing_goes_on_with_the_other_files() {
    let site = batch();
    site.write(
        "c.xml",
        "<sso>\n<globalInfo>\n<secretServer>SSO02</secretserver>\n</globalInfo>\n</sso>\n",
    );
    let run = site
        .run_with(&[FAULT], &["check", "--fix", "b.xml", "c.xml"])
        .exits(8);
    assert!(run.out.contains("fixed 1 finding"), "{}", run.transcript());
    site.run(&["check", "c.xml"]).exits(0);
    let same = std::fs::read_to_string(site.path("b.xml")).expect("the file");
    assert_eq!(same, update_file("SSO02"), "it is as it was");
}

#[test]
fn a_command_that_breaks_says_so_and_changes_nothing() {
    let site = Site::ready();
    site.write("b.xml", &update_file("SSO02"));
    let before = site.dump();
    for command in [
        &["plan", "b.xml"][..],
        &["update", "b.xml", "--yes"],
        &[
            "promote",
            "b.xml",
            "--restore-file",
            "secret.bak",
            "--password-file",
            "password",
            "--yes",
        ],
    ] {
        let run = site.run_with(&[FAULT], command).exits(8);
        let _harmless = told_without_leaking(&run.err);
        assert!(run.err.contains("report this"), "{}", run.transcript());
    }
    let json = site
        .run_with(&[FAULT], &["plan", "b.xml", "--format", "json"])
        .exits(8)
        .json();
    assert_eq!(json["exit"], 8);
    assert_eq!(site.dump(), before);
}
