//! Several files as one, which is the same bytes whoever writes it.
//!
//! A bundle is a plain tar archive (POSIX ustar), so that `tar tf` lists it. Its entries stand in the
//! order of their names; it has no times, owners or paths of a machine. `FORM` says what it is a
//! bundle of, and `SHA256SUMS` what is in it, as `sha256sum -c` reads it.
//!
//! **Invariant:** what is read is exactly what [`Bundle::bytes`] writes, to the bit: there is one way
//! to write a bundle, and every other is refused. No name in it leads out of a folder.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use crate::exit::coded;
use crate::identity::Digest;
use crate::source;

/// The largest bundle, in bytes. A component of Python has 18 MiB.
pub const MAX_BYTES: u64 = 256 << 20;

/// The most files in one, beside the two that every bundle has.
const MAX_ENTRIES: usize = 2_000;

/// What archives are made of.
const BLOCK: usize = 512;

/// The longest name, in bytes.
const MAX_NAME: usize = 100;

/// Names what the bundle is.
const FORM: &str = "FORM";
/// Names what is in it.
const SUMS: &str = "SHA256SUMS";

/// Why a bundle cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("it cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// A folder, a named pipe, a device.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    /// More than [`MAX_BYTES`].
    #[error("it has more than the {} MiB that a bundle may have", MAX_BYTES >> 20)]
    TooLarge,
    /// More than fits.
    #[error("it holds more than the {MAX_ENTRIES} files that a bundle may hold")]
    TooMany,
    /// A name that regent gives no file of a bundle.
    #[error("“{0}” is no name of a file in a bundle")]
    Name(String),
    /// Something else, or a bundle that was packed anew.
    #[error("it is no bundle as regent writes them (at byte {at})")]
    Foreign {
        /// Where that shows first.
        at: usize,
    },
    /// The end is missing.
    #[error("it is cut off after {0} bytes")]
    Cut(usize),
    /// A bundle of something else, or of another regent.
    #[error("it is a bundle of the form “{found}”, not “{wanted}”")]
    OtherForm {
        /// What it says.
        found: String,
        /// What it should say.
        wanted: &'static str,
    },
    /// The contents are not those that were written.
    #[error("it was altered after it was written: {0}")]
    Altered(String),
    /// A file that does not belong there.
    #[error("it holds {0}, which does not belong in it")]
    Stray(String),
    /// A file that belongs there.
    #[error("it does not hold {0}")]
    Missing(String),
}

coded! {
    Error {
        Unreadable "bundle-unreadable" Environment "the bundle cannot be read";
        NotAFile "bundle-not-a-file" Environment "a folder, pipe or device stands where a bundle should be";
        TooLarge "bundle-too-large" Environment "the bundle is larger than a bundle may be";
        TooMany "bundle-too-many-files" Environment "the bundle holds more files than a bundle may";
        Name "bundle-name-unfit" Environment "the bundle holds a name that regent gives no file";
        Foreign "not-a-bundle" Environment "the file is no bundle as regent writes them";
        Cut "bundle-truncated" Environment "the end of the bundle is missing";
        OtherForm "bundle-of-other-form" Environment "the bundle is of another kind, or of another regent";
        Altered "bundle-altered" Environment "the bundle was altered after it was written";
        Stray "bundle-stray-file" Environment "the bundle holds a file that does not belong in it";
        Missing "bundle-file-missing" Environment "the bundle lacks a file that belongs in it";
    }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Unreadable(_) => "check the path, and that you may read it",
            Self::NotAFile(_) => "name the bundle itself",
            Self::TooLarge | Self::TooMany => "put less into one bundle",
            Self::Name(_) | Self::Foreign { .. } => {
                "name the file that regent wrote, as it wrote it: a bundle that was unpacked and packed anew is another"
            }
            Self::Cut(_) | Self::Altered(_) | Self::Stray(_) | Self::Missing(_) => {
                "get it again from whoever wrote it, and compare its SHA-256 with theirs"
            }
            Self::OtherForm { .. } => {
                "`regent replay EVIDENCE` reads what --evidence writes, `regent plugin load FILE` what `regent plugin save FILE` writes; or use the regent that wrote it"
            }
        };
        Some(help.to_owned())
    }
}

/// The files of a bundle, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle(BTreeMap<String, Vec<u8>>);

impl Bundle {
    /// Reads a file that is a bundle of this form; with it goes the SHA-256 of all of it.
    pub fn open(path: &Path, form: &'static str) -> Result<(Self, Digest), Error> {
        if let Some(what) = source::no_file(path) {
            return Err(Error::NotAFile(what));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(Error::Unreadable)?;
        Ok((Self::read(&bytes, form)?, Digest::of(&bytes)))
    }

    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(name.into(), bytes.into());
    }

    /// Takes a file out.
    pub fn take(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        self.0
            .remove(name)
            .ok_or_else(|| Error::Missing(name.to_owned()))
    }

    /// Whether it holds a file of that name.
    pub fn holds(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes a text out.
    pub fn take_text(&mut self, name: &str) -> Result<String, Error> {
        String::from_utf8(self.take(name)?)
            .map_err(|_| Error::Altered(format!("{name} is no text")))
    }

    /// Refuses whatever was not taken.
    pub fn finish(self) -> Result<(), Error> {
        match self.0.into_keys().next() {
            Some(stray) => Err(Error::Stray(stray)),
            None => Ok(()),
        }
    }

    /// The bundle, written.
    pub fn bytes(&self, form: &'static str) -> Result<Vec<u8>, Error> {
        if self.0.len() > MAX_ENTRIES {
            return Err(Error::TooMany);
        }
        let mut files: BTreeMap<&str, &[u8]> = BTreeMap::new();
        for (name, bytes) in &self.0 {
            if !is_name(name) {
                return Err(Error::Name(name.clone()));
            }
            files.insert(name, bytes);
        }
        let form = format!("{form}\n");
        files.insert(FORM, form.as_bytes());
        let sums = sums(&files);
        files.insert(SUMS, sums.as_bytes());
        let mut written = Vec::new();
        for (name, bytes) in files {
            written.extend(header(name, bytes.len()));
            written.extend(bytes);
            written.resize(written.len().next_multiple_of(BLOCK), 0);
            if written.len() as u64 > MAX_BYTES {
                return Err(Error::TooLarge);
            }
        }
        written.resize(written.len() + 2 * BLOCK, 0);
        if written.len() as u64 > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        Ok(written)
    }

    /// Reads what [`Bundle::bytes`] wrote of this form.
    pub fn read(bytes: &[u8], form: &'static str) -> Result<Self, Error> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        let mut files = entries(bytes)?;
        // First, for whoever names a bundle of something else.
        let found = files.remove(FORM).unwrap_or_default();
        let found = String::from_utf8_lossy(found);
        if found.strip_suffix('\n') != Some(form) {
            return Err(Error::OtherForm {
                found: found.trim_end().chars().take(MAX_NAME).collect(),
                wanted: form,
            });
        }
        let listed = files.remove(SUMS).unwrap_or_default();
        files.insert(FORM, found.as_bytes());
        let sums = sums(&files);
        if sums.as_bytes() != listed {
            let listed = String::from_utf8_lossy(listed);
            let differs = sums.lines().zip(listed.lines()).find(|(is, was)| is != was);
            let name = differs.and_then(|(is, _)| is.split_once("  "));
            let name = name.map_or("the list of its files", |(_, name)| name);
            let why = format!("{name} is not as {SUMS} says");
            return Err(Error::Altered(why));
        }
        files.remove(FORM);
        let own = |(name, bytes): (&str, &[u8])| (name.to_owned(), bytes.to_vec());
        Ok(Self(files.into_iter().map(own).collect()))
    }
}

/// Whether a name is words of small letters, digits and `.-_` behind single slashes, each beginning
/// with a letter or a digit: none leads up, none is hidden, none differs by case alone.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let word = |word: &str| {
        word.bytes().next().is_some_and(plain)
            && word
                .bytes()
                .all(|byte| plain(byte) || matches!(byte, b'.' | b'-' | b'_'))
    };
    name.len() <= MAX_NAME && name.split('/').all(word)
}

/// A line for each file, as `sha256sum` writes it.
fn sums(files: &BTreeMap<&str, &[u8]>) -> String {
    let line = |(name, bytes): (&&str, &&[u8])| format!("{}  {name}\n", Digest::of(bytes));
    files.iter().map(line).collect()
}

/// The block before a file's content.
fn header(name: &str, size: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    // Mode, owner, group, size, time, and blanks that stand for the sum itself while it is made.
    put(100, b"0000644\x000000000\x000000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0        0");
    put(257, b"ustar\x0000");
    put(329, b"0000000\x000000000\0");
    let sum: u32 = block.iter().copied().map(u32::from).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// The files of an archive, each header and each space between them as they are written.
fn entries(archive: &[u8]) -> Result<BTreeMap<&str, &[u8]>, Error> {
    let mut files: BTreeMap<&str, &[u8]> = BTreeMap::new();
    let mut at = 0;
    loop {
        let rest = &archive[at..];
        let Some((block, rest)) = rest.split_at_checked(BLOCK) else {
            return Err(if at == 0 {
                Error::Foreign { at }
            } else {
                Error::Cut(archive.len())
            });
        };
        if block.iter().all(|byte| *byte == 0) && at > 0 {
            // The end: one such block more, and nothing after it.
            return match rest.len() {
                BLOCK if rest.iter().all(|byte| *byte == 0) => Ok(files),
                0..BLOCK => Err(Error::Cut(archive.len())),
                _ => Err(Error::Foreign { at: at + BLOCK }),
            };
        }
        let foreign = Error::Foreign { at };
        let Some((name, size)) = named(block) else {
            return Err(foreign);
        };
        let known = is_name(name) || name == FORM || name == SUMS;
        let ascends = files.last_key_value().is_none_or(|(last, _)| *last < name);
        let fits = known && ascends && files.len() < MAX_ENTRIES + 2;
        if !fits || block != header(name, size) {
            return Err(foreign);
        }
        let Some((content, rest)) = rest.split_at_checked(size) else {
            return Err(Error::Cut(archive.len()));
        };
        let Some(space) = rest.get(..size.next_multiple_of(BLOCK) - size) else {
            return Err(Error::Cut(archive.len()));
        };
        at += BLOCK + size;
        if space.iter().any(|byte| *byte != 0) {
            return Err(Error::Foreign { at });
        }
        at += space.len();
        files.insert(name, content);
    }
}

/// The name and the size in a header.
fn named(block: &[u8]) -> Option<(&str, usize)> {
    let name = block[..MAX_NAME].split(|byte| *byte == 0).next()?;
    let size = std::str::from_utf8(&block[124..135]).ok()?;
    let size = usize::from_str_radix(size, 8).ok()?;
    let size = (size as u64 <= MAX_BYTES).then_some(size)?;
    Some((std::str::from_utf8(name).ok()?, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIS: &str = "regent/test/1";

    fn bundle() -> Bundle {
        let mut bundle = Bundle::default();
        bundle.add("one.txt", "the first");
        bundle.add("folder/two-2.bin", vec![7; 512]);
        bundle.add("empty", "");
        bundle
    }

    fn written() -> Vec<u8> {
        bundle().bytes(THIS).expect("it fits")
    }

    #[test]
    fn what_is_written_is_read() {
        let read = Bundle::read(&written(), THIS).expect("it was written");
        assert_eq!(read, bundle());
        assert_eq!(read.bytes(THIS).expect("it fits"), written());
    }

    #[test]
    fn every_other_bit_and_every_cut_is_refused() {
        let written = written();
        for at in 0..written.len() {
            assert!(Bundle::read(&written[..at], THIS).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut altered = written.clone();
                altered[at] ^= 1 << bit;
                assert!(Bundle::read(&altered, THIS).is_err(), "bit {bit} of {at}");
            }
        }
        for more in [1, BLOCK, 10 * BLOCK] {
            let longer = [&written[..], &vec![0; more]].concat();
            assert!(Bundle::read(&longer, THIS).is_err(), "{more} more");
        }
    }

    #[test]
    fn no_name_leads_out_of_a_folder() {
        for name in ["a", "plugins/a-b.wasm.sig", "0/1/2"] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(MAX_NAME + 1);
        for name in [
            "", "/a", "a/", "a//b", "..", "../a", "a/../b", ".", "a/.b", "A", "a\\b", "a:b", "a b",
            "é", "a\n", FORM, &long,
        ] {
            assert!(!is_name(name), "{name:?}");
            let mut bundle = Bundle::default();
            bundle.add(name, "");
            assert!(
                matches!(bundle.bytes(THIS), Err(Error::Name(_))),
                "{name:?}"
            );
            // Nor is it read from an archive that somebody else has packed.
            if name.len() <= MAX_NAME {
                let mut archive = header(name, 0).to_vec();
                archive.resize(3 * BLOCK, 0);
                let read = entries(&archive).map(|files| files.into_keys().next());
                assert!(matches!(read, Err(Error::Foreign { .. }) | Ok(Some(FORM))));
            }
        }
    }

    #[test]
    fn another_form_is_named() {
        let other = bundle().bytes("regent/other/1").expect("it fits");
        let error = Bundle::read(&other, THIS).expect_err("another form");
        assert_eq!(
            error.to_string(),
            "it is a bundle of the form “regent/other/1”, not “regent/test/1”"
        );
        assert!(matches!(
            Bundle::read(b"", THIS),
            Err(Error::Foreign { at: 0 })
        ));
        assert!(matches!(
            Bundle::read(&[0; 2 * BLOCK], THIS),
            Err(Error::Foreign { at: 0 })
        ));
    }

    #[test]
    fn each_file_is_taken_once_and_none_is_left() {
        let mut bundle = bundle();
        assert_eq!(bundle.take("empty").expect("it is there"), b"");
        assert!(matches!(bundle.take("empty"), Err(Error::Missing(_))));
        assert_eq!(bundle.take_text("one.txt").expect("a text"), "the first");
        assert!(matches!(bundle.finish(), Err(Error::Stray(name)) if name == "folder/two-2.bin"));
    }
}
