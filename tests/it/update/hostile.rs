//! Files that want to be read for ever.

use regent::source::SourceFile;
use regent::update::{self, Context, check};

use super::{text, well_placed};

/// Texts of nearly the largest size that a naive reader takes quadratic time or space for.
#[test]
fn hostile_texts_are_bounded_in_time_and_findings() {
    let size = 1_000_000;
    let repeat = |unit: &str| unit.repeat(size / unit.len());
    for (name, text) in [
        ("nesting", repeat("<a>")),
        (
            "nested elements with ends",
            format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)),
        ),
        ("unclosed tags", repeat("<a ")),
        ("unclosed comments", repeat("<!--")),
        ("office program's comments", repeat("<!—")),
        ("unclosed sections", repeat("<![CDATA[")),
        ("declarations", repeat("<!DOCTYPE x [")),
        ("declarations without an end", repeat("<!x")),
        ("instructions", repeat("<?x ")),
        ("ampersands", repeat("&")),
        ("references", format!("<sso>{}</sso>", repeat("&x;"))),
        ("end tags", repeat("</a>")),
        ("brackets", repeat("<")),
        ("spaced brackets", repeat("< ")),
        ("quotes", format!("<a {}", repeat("b=\" "))),
        ("typographic quotes", format!("<a {}>", repeat("b=”x” "))),
        (
            "attributes",
            format!(
                "<sso {}/>",
                (0..60_000).fold(String::new(), |all, n| format!("{all} a{n}=\"\""))
            ),
        ),
        ("markers", repeat("\n- <a>")),
        ("a long name", format!("<{}/>", repeat("x"))),
        (
            "commas",
            format!(
                "<sso><globalInfo><ssoAdminAccount>{}</ssoAdminAccount></globalInfo></sso>",
                repeat("a,")
            ),
        ),
        (
            "accounts",
            format!(
                "<sso><globalInfo><ssoAdminAccount>{}</ssoAdminAccount></globalInfo></sso>",
                repeat("a;")
            ),
        ),
        (
            "no-break spaces",
            format!("<sso>{}</sso>", repeat("\u{A0}x\n")),
        ),
        ("control characters", repeat("\u{1}")),
        (
            "digits",
            format!(
                "<sso><globalInfo><ticketTimeout>{}</ticketTimeout></globalInfo></sso>",
                repeat("9")
            ),
        ),
        (
            "groups",
            format!(
                "<sso><globalInfo><ticketTimeout>1{}</ticketTimeout></globalInfo></sso>",
                repeat(",000")
            ),
        ),
    ] {
        let file = SourceFile::decode("hostile.xml", text.as_bytes()).expect(name);
        let start = std::time::Instant::now();
        let checked = check(&file, &Context::default());
        // Unoptimised and on a busy machine; quadratic readers need minutes.
        assert!(
            start.elapsed().as_secs() < 20,
            "{name}: {:?}",
            start.elapsed()
        );
        assert!(checked.has_errors(), "{name}");
        assert!(checked.findings.len() <= update::MAX_FINDINGS + 1, "{name}");
        well_placed(&file, &checked);
    }
}

/// Errors beyond what is kept are errors still.
#[test]
fn a_flood_of_warnings_hides_no_error() {
    let accounts = "A;".repeat(30_000);
    let file = text(&format!(
        "<sso><globalInfo><ssoAdminAccount>{accounts}A</ssoAdminAccount>\
         <ticketTimeout>0</ticketTimeout></globalInfo></sso>"
    ));
    let checked = check(&file, &Context::default());
    assert!(checked.has_errors());
    assert_eq!(checked.findings.len(), update::MAX_FINDINGS + 1);
}
