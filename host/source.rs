//! A text that somebody wrote, and places in it.
//!
//! In come the bytes of a file, out comes decoded text; only this file counts lines.

use std::borrow::Cow;
use std::fmt;
use std::fs::{FileType, Permissions};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};
use fs_err as fs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::coded;
use crate::identity::Digest;

mod other;
mod together;

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

/// How the bytes spelled the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a byte order mark.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// UTF-16, little endian, with a byte order mark (Notepad's "Unicode").
    Utf16Le,
    /// UTF-16, big endian, with a byte order mark.
    Utf16Be,
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
    #[error("{name} is larger than {} KiB, which no update file is", MAX_BYTES / 1024)]
    TooLarge {
        /// The file.
        name: String,
    },
    /// Neither UTF-8 nor UTF-16 with a byte order mark.
    #[error("{name} is not text: byte {offset} is neither UTF-8 nor UTF-16 with a byte order mark")]
    NotText {
        /// The file.
        name: String,
        /// The first byte that does not decode.
        offset: usize,
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
            Self::Empty { .. } | Self::TooLarge { .. } => Some(
                "an update file is `<sso><globalInfo><secretServer>NAME</secretServer></globalInfo></sso>`"
                    .to_owned(),
            ),
            Self::NotText { .. } => {
                Some("save the file as UTF-8, or as Notepad's “Unicode” (UTF-16)".to_owned())
            }
        }
    }
}

/// A named text. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct SourceFile {
    name: Arc<str>,
    text: Arc<str>,
    encoding: Encoding,
    bytes: Digest,
}

impl SourceFile {
    /// Reads and decodes a file, without ever holding more than [`MAX_BYTES`] of it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let unreadable = |cause| Error::Unreadable {
            name: name.clone(),
            cause,
        };
        if let Some(what) = no_file(path) {
            return Err(Error::NotAFile { name, what });
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        Self::decode(&name, &bytes)
    }

    /// Decodes bytes that were read elsewhere.
    pub fn decode(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let own = || name.to_owned();
        if bytes.is_empty() {
            return Err(Error::Empty { name: own() });
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::TooLarge { name: own() });
        }
        let (encoding, mark, from) = match bytes {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8Bom, 3, UTF_8),
            [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2, UTF_16LE),
            [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2, UTF_16BE),
            _ => (Encoding::Utf8, 0, UTF_8),
        };
        let text: Cow<'_, str> = if from == UTF_8 {
            match std::str::from_utf8(&bytes[mark..]) {
                Ok(text) => text.into(),
                Err(cause) => {
                    return Err(Error::NotText {
                        name: own(),
                        offset: mark + cause.valid_up_to(),
                    });
                }
            }
        } else {
            from.decode_without_bom_handling_and_without_replacement(&bytes[mark..])
                .ok_or_else(|| Error::NotText {
                    name: own(),
                    offset: mark,
                })?
        };
        if let Some(offset) = text.find('\0') {
            return Err(Error::NotText {
                name: own(),
                offset: mark + offset,
            });
        }
        if text.trim().is_empty() {
            return Err(Error::Empty { name: own() });
        }
        Ok(Self {
            name: name.into(),
            text: text.into(),
            encoding,
            bytes: Digest::of(bytes),
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

    /// SHA-256 of the bytes as read.
    pub fn byte_digest(&self) -> Digest {
        self.bytes
    }

    /// The text in a span; empty where the span does not lie in the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The line and column of a byte; past the end it is the end's.
    pub fn position(&self, offset: u32) -> Position {
        let before = &self.text.as_bytes()[..(offset as usize).min(self.text.len())];
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

    /// Spells a text the way this file was spelled, so that `--fix` keeps the encoding.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf8Bom => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            Encoding::Utf16Le => [0xFF, 0xFE]
                .into_iter()
                .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
                .collect(),
            Encoding::Utf16Be => [0xFE, 0xFF]
                .into_iter()
                .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
                .collect(),
        }
    }
}

/// The last part of a path's text: what a file is called, wherever it lies.
pub fn base_name(path: &str) -> &str {
    let name = Path::new(path).file_name();
    name.and_then(|name| name.to_str()).unwrap_or(path)
}

/// What a path leads to where that is no file; nothing where it is one, or where nothing is there.
pub fn no_file(path: &Path) -> Option<&'static str> {
    match std::fs::metadata(path) {
        Ok(found) => kind(found.file_type()),
        Err(_) => path
            .is_symlink()
            .then_some("a symbolic link that leads nowhere"),
    }
}

/// What is not a file; nothing where it is one.
pub fn kind(found: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if found.is_fifo() {
            return Some("a named pipe");
        }
        if found.is_socket() {
            return Some("a socket");
        }
    }
    if found.is_file() {
        None
    } else if found.is_dir() {
        Some("a folder")
    } else if found.is_symlink() {
        Some("a symbolic link")
    } else {
        Some("a device")
    }
}

/// Writes a file so that a crash leaves the old or the new content, never a part of either.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mode = fs::metadata(path).map(|found| found.permissions()).ok();
    written(path, bytes, mode)?.persist(path)?;
    sync_names(path)
}

/// Leaves a file to its owner's eyes, as update files and passwords are.
pub fn protect(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A file that must not exist yet, written under another name: it gets its own whole or not at all.
#[derive(Debug)]
pub struct NewFile<'a> {
    path: &'a Path,
    written: tempfile::NamedTempFile,
}

impl<'a> NewFile<'a> {
    /// Writes the content; whatever keeps it from being written says no here.
    pub fn write(path: &'a Path, bytes: &[u8]) -> std::io::Result<Self> {
        let written = written(path, bytes, None)?;
        Ok(Self { path, written })
    }

    /// Gives the file its name.
    pub fn keep(self) -> std::io::Result<()> {
        self.written.persist_noclobber(self.path)?;
        sync_names(self.path)
    }
}

/// The content of a file under another name beside it, on the disk; without a mode of its own it
/// gets that of any new file.
fn written(
    path: &Path,
    bytes: &[u8],
    mode: Option<Permissions>,
) -> std::io::Result<tempfile::NamedTempFile> {
    use std::io::Write as _;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder(path))?;
    temporary.write_all(bytes)?;
    if let Some(mode) = mode {
        temporary.as_file().set_permissions(mode)?;
    }
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent();
    folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes a new name outlive a loss of power.
fn sync_names(path: &Path) -> std::io::Result<()> {
    fs::File::open(folder(path))?.sync_all()
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
        assert!(matches!(
            SourceFile::decode("f", b"ab\xFFc"),
            Err(Error::NotText { offset: 2, .. })
        ));
        assert!(matches!(
            SourceFile::decode("f", b"a\0b"),
            Err(Error::NotText { offset: 1, .. })
        ));
        assert!(matches!(
            SourceFile::decode("f", b"\xFF\xFE<"),
            Err(Error::NotText { .. })
        ));
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
