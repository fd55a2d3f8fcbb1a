//! Bundles: any bytes are read or refused, there is one way to write what was read, and what is
//! changed in one is refused.

use regent::bundle::{Bundle, Error};
use regent::policy::Evidence;
use regent::policy::evidence::FORM;

use super::pieces::Pieces;
use super::shown;

/// What the first header of every bundle begins with; an input that does not is a recipe for one.
const FIRST: &[u8] = b"FORM\0";

/// A bundle is either read as the bytes say, or written and changed as they say.
pub(crate) fn holds(bytes: &[u8]) {
    if bytes.starts_with(FIRST) {
        is_read(bytes);
    } else {
        is_written(Pieces::of(bytes));
    }
}

fn is_read(bytes: &[u8]) -> Option<Bundle> {
    match Bundle::read(bytes, FORM) {
        Ok(bundle) => {
            assert_eq!(bundle.bytes(FORM).expect("it was read"), bytes);
            Some(bundle)
        }
        Err(error) => {
            shown::error(&error, error.help());
            None
        }
    }
}

fn is_written(mut pieces: Pieces<'_>) {
    let mut bundle = Bundle::default();
    for _ in 0..pieces.below(6) {
        // Some are the names of what belongs in evidence.
        let name = match pieces.byte() % 8 {
            0 => "question.json".to_owned(),
            1 => "findings.json".to_owned(),
            2 => "updates/001.xml".to_owned(),
            _ => pieces.text(),
        };
        bundle.add(name, pieces.text());
    }
    let written = match bundle.bytes(FORM) {
        Ok(written) => written,
        Err(error) => {
            assert!(matches!(error, Error::Name(_)), "{error}");
            return shown::error(&error, error.help());
        }
    };
    assert_eq!(is_read(&written), Some(bundle.clone()));
    if let Err(error) = Evidence::read(bundle) {
        shown::error(&error, error.help());
    }
    // Some of it is another bundle.
    let at = usize::try_from(pieces.number()).unwrap_or(0) * 7 % written.len();
    let mut changed = written.clone();
    changed[at] ^= 1 << pieces.below(8);
    assert_eq!(is_read(&changed), None, "byte {at}");
    assert_eq!(is_read(&written[..at]), None, "cut at {at}");
    let mut longer = written;
    longer.extend_from_slice(pieces.rest());
    longer.push(0);
    assert_eq!(is_read(&longer), None);
}
