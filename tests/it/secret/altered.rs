//! Whatever is done to a backup, it does not open, or opens as the file that was written.

use std::path::Path;

use regent::secret::{Backup, Error, KdfCost};

use super::{PASSWORD, password, sealed};

fn open(bytes: &[u8]) -> Result<(), Error> {
    Backup::parse(Path::new("x.bak"), bytes)?
        .open(&password(PASSWORD))
        .map(|_| ())
}

/// Refused, or told apart from the file that was written and read as that.
fn is_harmless(altered: &[u8], original: &[u8]) -> bool {
    match Backup::parse(Path::new("x.bak"), altered) {
        Err(_) => true,
        Ok(backup) if backup.text().as_bytes() == original => !backup.changes().is_empty(),
        Ok(backup) => backup.open(&password(PASSWORD)).is_err(),
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let text = sealed("flipped", 2, KdfCost::MINIMUM).text().into_bytes();
    assert!(open(&text).is_ok());
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut flipped = text.clone();
            flipped[at] ^= 1 << bit;
            assert!(is_harmless(&flipped, &text), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn every_missing_or_additional_byte_is_refused() {
    let text = sealed("missing", 2, KdfCost::MINIMUM).text().into_bytes();
    for at in 0..text.len() {
        assert!(is_harmless(&text[..at], &text), "cut off before byte {at}");
        let without = [&text[..at], &text[at + 1..]].concat();
        assert!(is_harmless(&without, &text), "without byte {at}");
        let twice = [&text[..=at], &text[at..]].concat();
        assert!(is_harmless(&twice, &text), "byte {at} twice");
    }
}

#[test]
fn what_is_cut_off_says_so() {
    let text = sealed("cut", 2, KdfCost::MINIMUM).text().into_bytes();
    // Without its last line end it is whole.
    for end in 1..text.len() - 1 {
        assert!(
            matches!(open(&text[..end]), Err(Error::Truncated { .. })),
            "{end}"
        );
    }
}

#[test]
fn a_wrong_password_and_an_altered_file_are_one_error() {
    let backup = sealed("one error", 2, KdfCost::MINIMUM);
    let text = backup.text();
    let path = Path::new("x.bak");
    let wrong_password = Backup::parse(path, text.as_bytes())
        .and_then(|backup| backup.open(&password("an invented passwore")))
        .map(|_| ())
        .expect_err("refused");
    let header = text.replace("server: SSO01", "server: SSO02");
    let body = text.strip_suffix("\nend\n").expect("an end");
    let last = if body.ends_with('0') { "1" } else { "0" };
    let body = format!("{}{last}\nend\n", &body[..body.len() - 1]);
    for altered in [header, body] {
        let refused = open(altered.as_bytes()).expect_err("refused");
        assert_eq!(refused.to_string(), wrong_password.to_string());
        assert_eq!(format!("{refused:?}"), format!("{wrong_password:?}"));
        assert_eq!(refused.help(), wrong_password.help());
    }
}

#[test]
fn what_costs_too_much_is_refused_before_a_key_is_derived() {
    let text = sealed("cost", 1, KdfCost::MINIMUM).text();
    // 4 TiB of memory: were it derived, this test would not end.
    for cost in [
        "m=4294967295 t=1 p=1",
        "m=1048577 t=1 p=1",
        "m=1048576 t=3 p=1",
        "m=64 t=17 p=1",
        "m=64 t=4294967295 p=1",
        "m=1048576 t=1 p=17",
        "m=63 t=1 p=1",
        "m=64 t=0 p=1",
        "m=64 t=1 p=0",
        "m=127 t=1 p=16",
    ] {
        let hostile = text.replace("m=64 t=1 p=1", cost);
        let refused = Backup::parse(Path::new("x.bak"), hostile.as_bytes()).expect_err("refused");
        assert!(
            matches!(refused, Error::CostRefused { .. }),
            "{cost}: {refused}"
        );
    }
    for cost in ["m=64 t=1 p=8", "m=128 t=16 p=16", "m=65536 t=3 p=4"] {
        let dear = text.replace("m=64 t=1 p=1", cost);
        assert!(
            Backup::parse(Path::new("x.bak"), dear.as_bytes()).is_ok(),
            "{cost}"
        );
    }
    for cost in [
        "m=064 t=1 p=1",
        "m=+64 t=1 p=1",
        "m=64 t=1 p=1 ",
        "t=1 m=64 p=1",
        "m=4294967296 t=1 p=1",
    ] {
        let misspelled = text.replace("m=64 t=1 p=1", cost);
        let refused =
            Backup::parse(Path::new("x.bak"), misspelled.as_bytes()).expect_err("refused");
        assert!(
            matches!(refused, Error::Damaged { .. }),
            "{cost}: {refused}"
        );
    }
}
