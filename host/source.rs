//! A text that somebody wrote, and places in it.
//!
//! In come the bytes of a file, out comes decoded text; only this file counts lines.

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::exit::coded;
use crate::identity::Digest;
use crate::visible::quote;

pub mod encoding;
mod files;
mod other;
mod together;

pub use encoding::{Encoding, Undecodable, Unspelled};
pub use files::{NewFile, base_name, kind, no_file, protect, replace};
pub use together::{Change, Unwritten, replace_together};

/// The largest file that is read as text, in bytes. The largest documented update file has under 1 KiB.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// A byte range in a [`SourceFile`]'s text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte after.
    pub end: u32,
}

impl Span {
    /// The range `start..end`; offsets in a text are under [`MAX_BYTES`].
    pub fn new(start: usize, end: usize) -> Self {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: offset(start),
            end: offset(end),
        }
    }

    /// The range as Rust's slices take it.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many bytes.
    pub fn len(self) -> usize {
        self.range().len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why a file cannot be read as text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot read {name}")]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// A folder, a named pipe, a device.
    #[error("{name} is {what}, not a file")]
    NotAFile {
        /// The path.
        name: String,
        /// What it is instead.
        what: &'static str,
    },
    /// Nothing in it.
    #[error("{name} is empty")]
    Empty {
        /// The file.
        name: String,
    },
    /// More than [`MAX_BYTES`].
    #[error("{name} is larger than {} KiB", MAX_BYTES / 1024)]
    TooLarge {
        /// The file.
        name: String,
    },
    /// Not a text in Unicode.
    #[error("{name}:{}: {}", wrong.at, wrong.what)]
    NotText {
        /// The file.
        name: String,
        /// The first place that does not decode.
        wrong: Undecodable,
    },
}

coded! {
    Error {
        Unreadable "text-unreadable" Environment "a text file cannot be read";
        NotAFile "text-not-a-file" Environment "a folder, pipe or device stands where a text file should be";
        Empty "text-empty" Environment "a text file is empty";
        TooLarge "text-too-large" Environment "a text file is larger than any that regent reads";
        NotText "not-text" Environment "a file is no text";
    }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unreadable { cause, .. } => match cause.kind() {
                std::io::ErrorKind::NotFound => {
                    Some("check the path; it is taken from the folder you are in".to_owned())
                }
                std::io::ErrorKind::PermissionDenied => {
                    Some("ask the file's owner for read permission, or run as its owner".to_owned())
                }
                _ => None,
            },
            Self::NotAFile { .. } => Some("name the file itself".to_owned()),
            Self::Empty { .. } => Some(
                "an update file is `<sso><globalInfo><secretServer>NAME</secretServer></globalInfo></sso>`"
                    .to_owned(),
            ),
            Self::TooLarge { .. } => Some("check that this is the file you mean".to_owned()),
            Self::NotText { name, wrong } => Some(match wrong.what {
                Unspelled::Byte(_) => format!(
                    "save the file as UTF-8; if it is windows-1252 now, `iconv -f windows-1252 -t \
                     UTF-8 {} > NEW-FILE` does that",
                    quote(name)
                ),
                Unspelled::Zero | Unspelled::Half => {
                    "check that this is the file you mean, and whole; if it is, save it as UTF-8"
                        .to_owned()
                }
            }),
        }
    }

    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        let missing = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::NotFound;
        matches!(self, Self::Unreadable { cause, .. } if missing(cause))
    }
}

/// A named text. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct SourceFile {
    name: Arc<str>,
    text: Arc<str>,
    encoding: Encoding,
    bytes: Arc<[u8]>,
}

impl SourceFile {
    /// Reads and decodes an update file, without ever holding more than [`MAX_BYTES`] of it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::decode(&path.display().to_string(), &bytes(path)?)
    }

    /// Decodes an update file that was read elsewhere: one in an encoding that it declares, too, and
    /// one in an unknown encoding, for the rules to say so.
    pub fn decode(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let file = Self::decoded(name, bytes, encoding::decode_xml)?;
        if file.text.trim().is_empty() {
            let name = name.to_owned();
            return Err(Error::Empty { name });
        }
        Ok(file)
    }

    /// Reads any other text that people write: UTF-8 or UTF-16, with or without a byte order mark.
    pub fn read_text(path: &Path) -> Result<Self, Error> {
        Self::decode_text(&path.display().to_string(), &bytes(path)?)
    }

    /// Decodes any other text that was read elsewhere.
    pub fn decode_text(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        Self::decoded(name, bytes, encoding::decode)
    }

    /// What can be read of a text whatever is wrong with its bytes, for who must go on.
    pub fn read_anyhow(path: &Path) -> Result<String, Error> {
        let bytes = bytes(path)?;
        Ok(match encoding::decode(&bytes) {
            Ok((_, text)) => text.as_str().to_owned(),
            Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    fn decoded(
        name: &str,
        bytes: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<(Encoding, Zeroizing<String>), Undecodable>,
    ) -> Result<Self, Error> {
        if bytes.len() as u64 > MAX_BYTES {
            let name = name.to_owned();
            return Err(Error::TooLarge { name });
        }
        let (encoding, text) = decode(bytes).map_err(|wrong| Error::NotText {
            name: name.to_owned(),
            wrong,
        })?;
        Ok(Self {
            name: name.into(),
            text: text.as_str().into(),
            encoding,
            bytes: bytes.into(),
        })
    }

    /// The same text under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// The name it was given, usually its path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The decoded text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How the bytes spelled it.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The bytes as read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes as read.
    pub fn byte_digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// The text in a span; empty where the span does not lie in the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The line and column of a byte; past the end it is the end's.
    pub fn position(&self, offset: u32) -> Position {
        position(&self.text, offset as usize)
    }

    /// Spells a text the way this file was spelled, so that `--fix` keeps the encoding, unless the
    /// text declares UTF-8 by now.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        use Encoding::{Declared, Utf8, Utf16BeUnmarked, Utf16LeUnmarked};
        let encoding = match self.encoding {
            Declared(_) | Utf16LeUnmarked | Utf16BeUnmarked if encoding::declares_utf8(text) => {
                Utf8
            }
            own => own,
        };
        encoding::encode(encoding, text)
    }
}

/// The line and column of a byte of a text; past the end it is the end's.
pub fn position(text: &str, offset: usize) -> Position {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.split(|byte| *byte == b'\n').count();
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position {
        line: number(line),
        column: number(column),
    }
}

/// The bytes of a file, never more than [`MAX_BYTES`] and one.
fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let name = path.display().to_string();
    if let Some(what) = no_file(path) {
        return Err(Error::NotAFile { name, what });
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|cause| Error::Unreadable { name, cause })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_decodes_and_encodes_back() {
        for bytes in [
            b"<sso>\xC3\xA9</sso>".to_vec(),
            b"\xEF\xBB\xBF<sso/>".to_vec(),
            b"\xFF\xFE<\0s\0/\0>\0".to_vec(),
            b"\xFE\xFF\0<\0s\0/\0>".to_vec(),
        ] {
            let file = SourceFile::decode("f", &bytes).expect("decodes");
            assert_eq!(file.encode(file.text()), bytes);
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(matches!(
            SourceFile::decode("f", b""),
            Err(Error::Empty { .. })
        ));
        assert!(matches!(
            SourceFile::decode("f", b" \n"),
            Err(Error::Empty { .. })
        ));
        for bytes in [&b"a\0b"[..], b"\xFF\xFE<"] {
            let read = [
                SourceFile::decode("f", bytes),
                SourceFile::decode_text("f", bytes),
            ];
            assert!(
                read.iter()
                    .all(|read| matches!(read, Err(Error::NotText { .. })))
            );
        }
        assert!(matches!(
            SourceFile::decode_text("f", b"ab\xFFc"),
            Err(Error::NotText { .. })
        ));
        assert!(SourceFile::decode_text("f", b"").is_ok());
        let zeros = vec![0; usize::try_from(MAX_BYTES).expect("fits") + 1];
        assert!(matches!(
            SourceFile::decode("f", &zeros),
            Err(Error::TooLarge { .. })
        ));
    }

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let file = SourceFile::decode("f", "aé\nb".as_bytes()).expect("decodes");
        assert_eq!(file.position(0).to_string(), "1:1");
        assert_eq!(file.position(3).to_string(), "1:3");
        assert_eq!(file.position(4).to_string(), "2:1");
        assert_eq!(file.position(99).to_string(), "2:2");
    }
}
