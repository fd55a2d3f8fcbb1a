//! Torn and altered backups: `promote` refuses each before anything is changed.

use crate::support::{Site, long};

/// The places of a backup that are damaged: all, or as many as a short test has time for, the
/// first and the last among them.
fn places(length: usize) -> impl Iterator<Item = usize> {
    let step = if long() { 1 } else { 5 };
    (0..length).filter(move |at| at % step == 0 || at + 1 == length)
}

/// Promotes with a damaged backup and returns what was said.
fn refused(site: &Site, before: &str, damaged: &[u8]) -> String {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(site.path("secret.bak"), damaged).expect("a file");
    let run = site.run_bounded(&mut site.command(&Site::promotion()));
    // A header that was altered into another system's is a conflict of two systems.
    assert!(
        [Some(6), Some(7)].contains(&run.exit),
        "{}",
        run.transcript()
    );
    assert!(run.err.contains(" help: "), "{}", run.transcript());
    assert!(!site.path("vaults/sso02").exists(), "{}", run.transcript());
    assert_eq!(site.dump(), before);
    run.err
}

#[test]
fn a_torn_backup_is_refused_wherever_it_ends() {
    let site = Site::ready();
    let before = site.dump();
    let whole = std::fs::read(site.path("secret.bak")).expect("a backup");
    let mut torn = 0;
    // Without its last line end alone it is whole to whoever reads it.
    for end in places(whole.len() - 1) {
        let said = refused(&site, &before, &whole[..end]);
        let why = if end == 0 {
            "is not a backup"
        } else {
            "its end is missing"
        };
        assert!(said.contains(why), "{end}: {said}");
        torn += 1;
    }
    println!(
        "{torn} of {} places to tear a backup at: each refused, nothing changed",
        whole.len()
    );
    let _whole = refused_no_more(&site, &whole);
}

#[test]
fn a_backup_with_a_flipped_bit_is_refused() {
    let site = Site::ready();
    let before = site.dump();
    let whole = std::fs::read(site.path("secret.bak")).expect("a backup");
    let mut flipped = 0;
    for at in places(whole.len()) {
        for bit in 0..8 {
            if !long() && bit != at % 8 {
                continue;
            }
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << bit;
            let said = refused(&site, &before, &damaged);
            assert!(
                said.contains("backup") || said.contains("secret.bak"),
                "{at}: {said}"
            );
            flipped += 1;
        }
    }
    println!(
        "{flipped} of {} bits flipped: each refused, nothing changed",
        whole.len() * 8
    );
    let _whole = refused_no_more(&site, &whole);
}

/// The undamaged backup promotes, so that it was the damage that was refused.
fn refused_no_more(site: &Site, whole: &[u8]) -> String {
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(site.path("secret.bak"), whole).expect("a file");
    site.run(&Site::promotion()).exits(0).out
}
