//! How bytes spell a text: by a byte order mark, by the zeros of UTF-16, by what an XML declaration
//! names, or else as UTF-8.

use std::fmt;

use encoding_rs::WINDOWS_1252;
use zeroize::Zeroizing;

use super::{Position, Span, position};

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
    /// UTF-16, little endian, without the mark that tells it.
    Utf16LeUnmarked,
    /// UTF-16, big endian, without the mark that tells it.
    Utf16BeUnmarked,
    /// The one that an XML declaration names, where it is none of Unicode's.
    Declared(&'static encoding_rs::Encoding),
    /// Not UTF-8, and nothing says what else. Each byte that is not is taken for windows-1252.
    Unknown {
        /// The first of them.
        byte: u8,
    },
}

/// A place where bytes spell no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undecodable {
    /// Where.
    pub at: Position,
    /// What stands there.
    pub what: Unspelled,
}

/// What is no part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unspelled {
    /// A byte that is not UTF-8.
    Byte(u8),
    /// U+0000.
    Zero,
    /// Half a character of UTF-16.
    Half,
}

impl fmt::Display for Unspelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => {
                write!(f, "byte 0x{byte:02X} is not UTF-8")?;
                match western(*byte) {
                    c if c.is_control() => Ok(()),
                    c => write!(f, " (in windows-1252 it is “{c}”)"),
                }
            }
            Self::Zero => f.write_str("a zero byte, which no text has"),
            Self::Half => f.write_str("half a character of UTF-16"),
        }
    }
}

/// What a byte is in windows-1252, in which every byte is something.
pub fn western(byte: u8) -> char {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The text that bytes spell in UTF-8 or UTF-16, marked or not.
///
/// It may be a secret's: no copy of a part of it stays behind.
pub fn decode(bytes: &[u8]) -> Result<(Encoding, Zeroizing<String>), Undecodable> {
    let (encoding, spelled) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Encoding::Utf8Bom, rest),
        [0xFF, 0xFE, rest @ ..] => (Encoding::Utf16Le, rest),
        [0xFE, 0xFF, rest @ ..] => (Encoding::Utf16Be, rest),
        _ => (unmarked(bytes), bytes),
    };
    let text = match encoding {
        Encoding::Utf16Le => utf16(spelled, u16::from_le_bytes),
        Encoding::Utf16Be => utf16(spelled, u16::from_be_bytes),
        // Zeros may mean something else: then the first of them is what is wrong.
        Encoding::Utf16LeUnmarked => utf16(spelled, u16::from_le_bytes).or_else(|_| utf8(spelled)),
        Encoding::Utf16BeUnmarked => utf16(spelled, u16::from_be_bytes).or_else(|_| utf8(spelled)),
        _ => utf8(spelled),
    }?;
    Ok((encoding, text))
}

/// UTF-8, or UTF-16 without a mark: only there is every other byte of Latin letters zero.
fn unmarked(bytes: &[u8]) -> Encoding {
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|b| **b == 0);
    let (first, second) = (zeros(0).count(), zeros(1).count());
    let many = |zeros: usize| zeros > 0 && zeros >= bytes.len() / 8;
    if bytes.len().is_multiple_of(2) && second > first && many(second) {
        Encoding::Utf16LeUnmarked
    } else if bytes.len().is_multiple_of(2) && first > second && many(first) {
        Encoding::Utf16BeUnmarked
    } else {
        Encoding::Utf8
    }
}

fn utf8(bytes: &[u8]) -> Result<Zeroizing<String>, Undecodable> {
    match std::str::from_utf8(bytes) {
        Ok(text) => whole(Zeroizing::new(text.to_owned())),
        Err(cause) => {
            let at = cause.valid_up_to();
            let before = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
            // A zero before it is what is wrong first.
            if let Some(zero) = zero(before) {
                return Err(zero);
            }
            Err(Undecodable {
                at: position(before, at),
                what: Unspelled::Byte(bytes.get(at).copied().unwrap_or_default()),
            })
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Zeroizing<String>, Undecodable> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    // Room for all of it at once: a text that grew would leave a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(3 * bytes.len().div_ceil(2)));
    for c in char::decode_utf16(units) {
        match c {
            Ok(c) => text.push(c),
            Err(_) => return Err(half(&text)),
        }
    }
    if !bytes.len().is_multiple_of(2) {
        return Err(half(&text));
    }
    whole(text)
}

fn half(before: &str) -> Undecodable {
    zero(before).unwrap_or(Undecodable {
        at: position(before, before.len()),
        what: Unspelled::Half,
    })
}

fn whole(text: Zeroizing<String>) -> Result<Zeroizing<String>, Undecodable> {
    match zero(&text) {
        Some(zero) => Err(zero),
        None => Ok(text),
    }
}

fn zero(text: &str) -> Option<Undecodable> {
    text.find('\0').map(|at| Undecodable {
        at: position(text, at),
        what: Unspelled::Zero,
    })
}

/// The text of an XML file, which may declare any encoding and is read as it declares.
pub fn decode_xml(bytes: &[u8]) -> Result<(Encoding, Zeroizing<String>), Undecodable> {
    let declared = || {
        // Whatever an encoding that can be declared does, a declaration is ASCII in it.
        let prolog = bytes.iter().take(MAX_DECLARATION);
        let prolog: String = prolog.map(|byte| char::from(*byte)).collect();
        let (label, _) = declaration(&prolog)?;
        let named = encoding_rs::Encoding::for_label(label.as_bytes())?;
        (!is_unicode(named)).then_some(named)
    };
    let as_declared = |named: &'static encoding_rs::Encoding| {
        let text = named.decode_without_bom_handling_and_without_replacement(bytes)?;
        let text = Zeroizing::new(text.into_owned());
        zero(&text)
            .is_none()
            .then_some((Encoding::Declared(named), text))
    };
    match decode(bytes) {
        // Some spell everything in ASCII, so that it looks like UTF-8.
        Ok((Encoding::Utf8, text)) => {
            let named = declared().filter(|named| !named.is_ascii_compatible());
            Ok(named
                .and_then(as_declared)
                .unwrap_or((Encoding::Utf8, text)))
        }
        Err(Undecodable {
            what: Unspelled::Byte(byte),
            ..
        }) => match declared().and_then(as_declared) {
            Some(read) => Ok(read),
            None => guessed(bytes, byte),
        },
        read => read,
    }
}

/// Every byte that is not UTF-8 as the character that it is in windows-1252.
fn guessed(bytes: &[u8], byte: u8) -> Result<(Encoding, Zeroizing<String>), Undecodable> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut text = Zeroizing::new(String::with_capacity(3 * bytes.len()));
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| western(*byte)));
    }
    Ok((Encoding::Unknown { byte }, whole(text)?))
}

/// What stands before the first byte that is not UTF-8.
pub fn before_unknown(bytes: &[u8]) -> &str {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut chunks = bytes.utf8_chunks();
    chunks.next().map_or("", |chunk| chunk.valid())
}

/// The most bytes in which a declaration is looked for.
const MAX_DECLARATION: usize = 1024;

/// The encoding that an XML declaration names, and where.
pub fn declaration(text: &str) -> Option<(&str, Span)> {
    let end = text.strip_prefix("<?xml")?.find("?>")? + "<?xml".len();
    let inside = text.get(..end.min(MAX_DECLARATION))?;
    let name = inside.find("encoding")? + "encoding".len();
    let value = inside[name..].trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = value[1..].split_once(quote)?;
    let start = inside.len() - value.len() + 1;
    Some((label, Span::new(start, start + label.len())))
}

fn is_unicode(encoding: &'static encoding_rs::Encoding) -> bool {
    // Whatever is not a way to spell all of Unicode is written in another than it is read in.
    encoding.output_encoding() == encoding_rs::UTF_8
}

/// Spells a text as its encoding is read.
pub fn encode(encoding: Encoding, text: &str) -> Vec<u8> {
    let units = text.encode_utf16();
    match encoding {
        Encoding::Utf8 | Encoding::Unknown { .. } => text.as_bytes().to_vec(),
        Encoding::Utf8Bom => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        Encoding::Utf16Le => [0xFF, 0xFE]
            .into_iter()
            .chain(units.flat_map(u16::to_le_bytes))
            .collect(),
        Encoding::Utf16Be => [0xFE, 0xFF]
            .into_iter()
            .chain(units.flat_map(u16::to_be_bytes))
            .collect(),
        Encoding::Utf16LeUnmarked => units.flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16BeUnmarked => units.flat_map(u16::to_be_bytes).collect(),
        Encoding::Declared(named) => named.encode(text).0.into_owned(),
    }
}

/// Whether a text declares that it is UTF-8.
pub fn declares_utf8(text: &str) -> bool {
    let named = declaration(text).map(|(label, _)| label);
    named.is_some_and(|label| label.eq_ignore_ascii_case("utf-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Encoding, String) {
        let (encoding, text) = decode_xml(bytes).expect("a text");
        (encoding, text.as_str().to_owned())
    }

    #[test]
    fn utf_16_is_known_without_its_mark() {
        let text = "server = \"SSO02\" # Büro, офис\n";
        for (encoding, marked) in [
            (Encoding::Utf16LeUnmarked, Encoding::Utf16Le),
            (Encoding::Utf16BeUnmarked, Encoding::Utf16Be),
        ] {
            let bytes = encode(encoding, text);
            let (found, decoded) = decode(&bytes).expect("a text");
            assert_eq!((found, decoded.as_str()), (encoding, text));
            assert_eq!(encode(marked, text)[2..], bytes);
        }
    }

    #[test]
    fn what_is_no_text_is_told_by_its_place() {
        let wrong = |bytes: &[u8]| decode(bytes).map(drop).expect_err("no text");
        let told = |bytes: &[u8]| format!("{} {}", wrong(bytes).at, wrong(bytes).what);
        assert_eq!(
            told(b"one\ntw\xFC"),
            "2:3 byte 0xFC is not UTF-8 (in windows-1252 it is “ü”)"
        );
        assert_eq!(told(b"a\x81"), "1:2 byte 0x81 is not UTF-8");
        assert_eq!(told(b"abcdefg\0b"), "1:8 a zero byte, which no text has");
        assert_eq!(
            told(b"abcdefgh\0b\xFC"),
            "1:9 a zero byte, which no text has"
        );
        assert_eq!(told(b"\xFF\xFEa\0\0\xD8"), "1:2 half a character of UTF-16");
        assert_eq!(told(b"\xFE\xFF\0a\0"), "1:2 half a character of UTF-16");
    }

    #[test]
    fn a_declaration_is_believed_where_the_bytes_bear_it_out() {
        let xml = |label: &str, bytes: &[u8]| {
            let head = format!("<?xml version=\"1.0\" encoding='{label}'?><a>");
            read(&[head.as_bytes(), bytes, b"</a>"].concat())
        };
        for (label, bytes, wanted) in [
            ("windows-1252", &b"\x96\xE4"[..], "–ä"),
            ("ISO-8859-1", b"\xE9", "é"),
            ("ISO-8859-15", b"\xA4", "€"),
            ("windows-1251", b"\xEE\xF4\xE8\xF1", "офис"),
            ("koi8-r", b"\xCF", "о"),
            ("Shift_JIS", b"\x83\x54", "サ"),
            ("gb18030", b"\xB7\xFE", "服"),
            ("ISO-2022-JP", b"\x1B$B%5\x1B(B", "サ"),
        ] {
            let (encoding, text) = xml(label, bytes);
            assert!(matches!(encoding, Encoding::Declared(_)), "{label}");
            assert!(text.ends_with(&format!("<a>{wanted}</a>")), "{text}");
        }
        // Valid UTF-8 that is not ASCII says more than what declares another.
        assert_eq!(xml("windows-1252", "ä".as_bytes()).0, Encoding::Utf8);
        for (label, bytes) in [
            ("utf-8", &b"\xE4"[..]),
            ("Shift_JIS", b"\x83"),
            ("x", b"\xE4"),
        ] {
            let (encoding, _) = xml(label, bytes);
            assert!(matches!(encoding, Encoding::Unknown { .. }), "{label}");
        }
    }

    #[test]
    fn what_nothing_declares_is_shown_as_windows_1252() {
        let (encoding, text) = read(b"<a>Geb\xE4ude \xC3\xA9 \x96</a>");
        assert_eq!(text, "<a>Gebäude é –</a>");
        assert_eq!(encoding, Encoding::Unknown { byte: 0xE4 });
        let (encoding, text) = read(b"\xEF\xBB\xBF<\xE4");
        assert_eq!((encoding, &*text), (Encoding::Unknown { byte: 0xE4 }, "<ä"));
    }
}
