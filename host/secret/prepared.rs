//! One text for what looks like one password: the mapping of RFC 8265's `OpaqueString` profile.
//!
//! What the profile forbids is not refused here, for a backup that it sealed must open. The form is
//! made in place and of single letters, because a library's iterators keep what they hold.

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use zeroize::Zeroizing;

/// The most letters that one is decomposed to.
const MOST: usize = 4;

/// White space that looks like a space is one (RFC 8265, section 4.2.1; category Zs).
fn spaced(c: char) -> char {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        other => other,
    }
}

/// A text with its spaces mapped, in Normalization Form C (UAX #15).
pub(super) fn prepared(text: &str) -> Zeroizing<String> {
    let mut letters = Zeroizing::new(Vec::with_capacity(MOST * text.len()));
    for c in text.chars() {
        decompose_canonical(spaced(c), |letter| letters.push(letter));
    }
    order(&mut letters);
    let composed = composed(&letters);
    // No letter has more bytes than four, and none takes more letters than it had.
    let mut prepared = Zeroizing::new(String::with_capacity(4 * composed.len()));
    prepared.extend(composed.iter());
    prepared
}

/// Puts marks after a letter into their order, each behind those that are not above it.
fn order(letters: &mut [char]) {
    for at in 1..letters.len() {
        let class = canonical_combining_class(letters[at]);
        let mut to = at;
        while class > 0 && to > 0 && canonical_combining_class(letters[to - 1]) > class {
            letters.swap(to - 1, to);
            to -= 1;
        }
    }
}

fn composed(letters: &[char]) -> Zeroizing<Vec<char>> {
    let mut composed: Zeroizing<Vec<char>> = Zeroizing::new(Vec::with_capacity(letters.len()));
    let (mut starter, mut last) = (None, 0);
    for &letter in letters {
        let class = canonical_combining_class(letter);
        if let Some(at) = starter {
            let follows = at + 1 == composed.len() || last < class;
            if let Some(both) = compose(composed[at], letter).filter(|_| follows) {
                composed[at] = both;
                continue;
            }
        }
        if class == 0 {
            starter = Some(composed.len());
        }
        last = class;
        composed.push(letter);
    }
    composed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn what_looks_like_one_password_is_one() {
        assert_eq!(*prepared("Gru\u{308}ße"), "Grüße");
        assert_eq!(*prepared("a\u{a0}b\u{3000}c"), "a b c");
        assert_eq!(*prepared("\u{1112}\u{1161}\u{11ab}"), "한");
        // Case, ligatures and width are the password's own.
        assert_eq!(*prepared("ﬁ Ａ ß"), "ﬁ Ａ ß");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_normalization_form_c(
            text in "[aeouAO\u{e4}\u{1e69}\u{1f82}\u{300}-\u{34e}\u{591}-\u{5b0}\u{1100}-\u{1112}\u{1161}-\u{1175}\u{11a8}-\u{11c2}\u{ac00}\u{ac01}\u{212b}\u{2126}\u{f900}]{0,24}|\\PC{0,24}"
        ) {
            let wanted: String = text.chars().map(spaced).nfc().collect();
            let once = prepared(&text).to_string();
            prop_assert_eq!(&once, &wanted);
            let twice = prepared(&wanted).to_string();
            prop_assert_eq!(&twice, &wanted);
        }
    }
}
