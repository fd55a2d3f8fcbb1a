//! Every place that is told is the place of what is told.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use regent::finding::Finding;
use regent::global_info::{AccountList, Element};
use regent::source::{SourceFile, Span};
use regent::update::codes::Rule;
use regent::update::{Context, Outlined, check, outline};

use super::properties::PIECES;
use super::{text, well_placed};
use crate::fixtures::{fixtures, read};
use crate::support::long;

/// Rules that take something out of a text, with a fix or without one.
const BREAKS: [Rule; 5] = [
    Rule::XmlNotWellFormed,
    Rule::BrokenComment,
    Rule::DoctypeOrEntity,
    Rule::TreeViewMarkers,
    Rule::MismatchedCloseTag,
];

/// What is glued into a file: marks first of all, broken markup behind which a reader starts anew,
/// and whatever else moves what follows it.
const GLUE: [&str; 14] = [
    "\u{feff}",
    "\u{feff}\u{feff}",
    "<!>\u{feff}",
    "<!DOCTYPE x [<!-- ] > \u{feff} -->",
    "<!—- \u{feff} -->",
    "<![CDATA[\u{feff}]]>",
    "<?xml version=\"1.0\"?>",
    "<?x \u{feff}?>",
    "&\u{feff}amp;",
    "é𝄞",
    "\r\n",
    "\u{1}",
    "<!-- \u{feff} -->",
    "\u{feff}<!--",
];

/// A file of the corpus with pieces glued in, and some of it gone.
fn mutated() -> impl Strategy<Value = String> {
    let texts: Vec<String> = ["samples", "updates/accepted", "updates/rejected"]
        .into_iter()
        .flat_map(fixtures)
        .map(|path| read(&path).text().to_owned())
        .collect();
    let glue = prop_oneof![
        3 => proptest::sample::select(GLUE.as_slice()),
        1 => proptest::sample::select(PIECES.as_slice()),
    ];
    let at = prop_oneof![
        4 => any::<proptest::sample::Index>().prop_map(Some),
        1 => Just(None),
    ];
    let gone = prop_oneof![6 => Just(0), 1 => 1..12_usize];
    let changes = proptest::collection::vec((at, gone, glue), 1..5);
    (proptest::sample::select(texts), changes).prop_map(|(mut text, changes)| {
        for (at, gone, glue) in changes {
            let at = at.map_or(0, |at| at.index(text.len() + 1));
            let start = text.floor_char_boundary(at);
            let end = text.ceil_char_boundary((start + gone).min(text.len()));
            text.replace_range(start..end, glue);
        }
        text
    })
}

/// What a reader of XML may not see, or regent takes away with a finding of its own: in a tag quotes
/// that open nothing, too.
fn without_intruders(text: &str) -> String {
    let intruder = |c: char| matches!(c, '\u{feff}' | '"' | '\'') || c.is_control();
    text.replace(intruder, "")
}

/// A name's place holds a whole name behind `<` or `</`; where it was not mended, that very name.
fn names_are_in_place(file: &SourceFile) {
    let is_name = |c: char| c.is_alphanumeric() || "_:-.\u{b7}".contains(c);
    // A name with an `&` or a `<` in it is reported, and where it ends is anybody's guess.
    let named = |element: &Outlined| element.name.chars().all(is_name);
    for element in outline(file).into_iter().filter(named) {
        for span in [Some(element.open), element.close].into_iter().flatten() {
            let written = without_intruders(file.slice(span));
            if !element.mended {
                // An element that is opened again where it should be closed may do so in another case.
                let same = written.eq_ignore_ascii_case(&element.name);
                assert!(same, "{written} for {element:?} in\n{}", file.text());
            }
            let (before, after) = (
                &file.text()[..span.range().start],
                &file.text()[span.range().end..],
            );
            let before = before
                .trim_end_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
            let before = before.trim_end_matches(|c: char| {
                c == '/' || c.is_whitespace() || c.is_control() || c == '\u{feff}'
            });
            assert!(before.ends_with('<'), "{element:?} in\n{}", file.text());
            let after = after.trim_start_matches(|c: char| c == '\u{feff}' || c.is_control());
            // An ampersand that is mended to a reference ends the name that it stands in.
            let ends = written.ends_with('&')
                || !after.starts_with(is_name)
                || after.len() < file.text().len() - span.range().end;
            assert!(ends, "{element:?} in\n{}", file.text());
        }
    }
}

/// What the raw text of a value says, by the rules of XML; nothing where it says nothing.
fn said(raw: &str) -> Option<String> {
    let (mut said, mut rest) = (String::new(), raw);
    // A place may begin or end inside a section: what marks the section off is no part of it.
    let begins = ["<![CDATA[", "<!--", "<?"].map(|mark| rest.find(mark));
    let begin = begins.into_iter().flatten().min();
    if let Some(end) = rest
        .find("]]>")
        .filter(|end| begin.is_none_or(|begin| *end < begin))
    {
        said.push_str(&rest[..end]);
        rest = &rest[end + 3..];
    }
    while let Some(at) = rest.find(['<', '&']) {
        said.push_str(&rest[..at]);
        rest = &rest[at..];
        let (whole, ends) = [
            ("<!--", "-->"),
            ("<![CDATA[", "]]>"),
            ("<?", "?>"),
            ("&", ";"),
        ]
        .into_iter()
        .find(|(begin, _)| rest.starts_with(begin))?;
        let inner = &rest[whole.len()..];
        let end = match inner.find(ends) {
            None if whole == "<![CDATA[" => return Some(said + inner),
            end => end?,
        };
        match (whole, &inner[..end]) {
            ("<![CDATA[", text) => said.push_str(text),
            ("&", "amp") => said.push('&'),
            ("&", "lt") => said.push('<'),
            ("&", "gt") => said.push('>'),
            ("&", "quot") => said.push('"'),
            ("&", "apos") => said.push('\''),
            ("&", name) => {
                let number = name.strip_prefix('#')?;
                let number = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => number.parse().ok()?,
                };
                said.push(char::from_u32(number)?);
            }
            _ => {}
        }
        rest = &inner[end + ends.len()..];
    }
    said.push_str(rest);
    Some(said)
}

/// A value's place holds the text that says the value, where none of it is mended.
fn values_are_in_place(file: &SourceFile) -> usize {
    let checked = check(file, &Context::default());
    well_placed(file, &checked);
    let meets = |one: Span, other: Span| one.start <= other.end && other.start <= one.end;
    let marks = Rule::ByteOrderMarkInside.code();
    let other = |finding: &&Finding| finding.code != marks;
    let mends = |finding: &Finding, span| {
        // In a section nothing can be mended for certain, and the mend is only advice.
        let broken = BREAKS.iter().any(|rule| finding.code == rule.code())
            || file.text().replace('\u{feff}', "").contains("<![CDATA[");
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        let labels = finding.labels.iter().filter(|_| broken);
        edits
            .map(|edit| edit.span)
            .chain(labels.map(|label| label.span))
            .any(|place| meets(place, span))
    };
    let mut held = 0;
    for (element, value) in checked.update.elements() {
        let raw = file.slice(value.span);
        assert!(!raw.is_empty(), "{element} in\n{}", file.text());
        if checked.findings.len() > regent::update::MAX_FINDINGS
            || checked
                .findings
                .iter()
                .filter(other)
                .any(|finding| mends(finding, value.span))
        {
            continue;
        }
        let raw = raw.replace('\u{feff}', "");
        let said = said(&raw).map(|said| match element {
            Element::SsoAdminAccount | Element::SsoAffiliateAdminAccount => {
                AccountList::parse(&said)
                    .map(|list| list.to_string())
                    .unwrap_or(said)
            }
            Element::SecretServer => said,
            _ => said
                .parse::<u32>()
                .map(|number| number.to_string())
                .unwrap_or(said),
        });
        assert_eq!(
            said.as_deref(),
            Some(value.value.as_str()),
            "{element} in\n{}",
            file.text()
        );
        held += 1;
    }
    held
}

/// The text at a name's span is that name, and at a value's span its raw text.
#[test]
fn what_stands_at_a_place_is_what_is_told_of_it() {
    let cases = if long() { 200_000 } else { 4_000 };
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same files in every run, and others in the long form.
    let mut runner = if long() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let (names, values) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let ran = runner.run(&mutated(), |text| {
        if let Ok(file) = SourceFile::decode("mutated", text.as_bytes()) {
            names_are_in_place(&file);
            names.set(names.get() + outline(&file).len());
            values.set(values.get() + values_are_in_place(&file));
        }
        Ok(())
    });
    let (names, values) = (names.get(), values.get());
    if let Err(failure) = ran {
        panic!("{failure}");
    }
    println!(
        "{cases} mutated files: {names} names and {values} values stand where they are told to"
    );
    assert!(
        names > cases as usize && values > cases as usize / 4,
        "{names} {values}"
    );
}

/// Wherever marks are glued in, one finding says so, its fix is certain, and all else is as without.
#[test]
fn a_mark_is_one_finding_wherever_it_stands() {
    let plain = "<?xml version=\"1.0\"?>\n<sso>\n<globalInfo>\n<secretServer>SSO02</secretServer>\n<ticketTimeout>5</ticketTimeout></globalInfo>\n</sso>\n";
    let mark = "\u{feff}";
    let without = check(&text(plain), &Context::default());
    for at in 0..=plain.len() {
        for glue in [mark, "\u{feff}\u{feff}"] {
            let mut glued = plain.to_owned();
            glued.insert_str(at, glue);
            // The one before a text is no part of it.
            let file = text(&format!("{mark}{glued}"));
            let checked = check(&file, &Context::default());
            assert_eq!(
                checked.errors(),
                without.errors() + 1,
                "at {at}: {:?}",
                checked.findings
            );
            assert_eq!(checked.findings.len(), without.findings.len() + 1);
            let places: Vec<_> = checked.update.elements();
            let values = places
                .iter()
                .map(|(_, value)| file.slice(value.span).replace('\u{feff}', ""));
            assert_eq!(values.collect::<Vec<_>>(), ["SSO02", "5"], "at {at}");
            let (text, fixes) = regent::update::fix(&file, &Context::default()).expect("a fix");
            assert_eq!((text.as_str(), fixes), (plain, 1), "at {at}");
        }
    }
}
