//! The text form that backups and vaults share: a title, fields, and a sealed body.
//!
//! **Invariant:** there is one way to write each file. What was read is written again and must be
//! the same bytes, so that no two files mean the same and nothing unknown slips through.

use std::fmt::Write as _;

/// The last line of every file: without it the file was cut off.
const END: &str = "end\n";

/// Hexadecimal digits of the body in a line.
pub(super) const LINE: usize = 64;

/// A file taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Armored {
    /// What it is: `backup` or `vault`.
    pub kind: &'static str,
    /// The version of its format.
    pub version: u32,
    /// Its fields, in order.
    pub fields: Vec<(&'static str, String)>,
    /// The sealed body.
    pub body: Vec<u8>,
}

/// Why a text is no such file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Something else altogether.
    Foreign,
    /// Of a version this program does not know.
    Newer(u32),
    /// Cut off.
    Truncated,
    /// Not as it is written.
    Damaged,
}

impl Armored {
    /// The title and fields with the blank line after them: what authenticates with the body.
    pub fn header(&self) -> String {
        let mut text = format!("regent {} {}\n", self.kind, self.version);
        for (name, value) in &self.fields {
            let _infallible = writeln!(text, "{name}: {value}");
        }
        text.push('\n');
        text
    }

    /// The whole file.
    pub fn text(&self) -> String {
        let mut text = self.header();
        let digits = hex(&self.body);
        for start in (0..digits.len()).step_by(LINE) {
            text.push_str(&digits[start..digits.len().min(start + LINE)]);
            text.push('\n');
        }
        text.push_str(END);
        text
    }

    /// Takes a file of `kind` and `version` apart; of `names` each may be there once, in order.
    pub fn parse(
        bytes: &[u8],
        kind: &'static str,
        version: u32,
        names: &[&'static str],
    ) -> Result<Self, Problem> {
        let title = format!("regent {kind} ");
        if !bytes.starts_with(title.as_bytes()) {
            let cut = title.as_bytes().starts_with(bytes) && !bytes.is_empty();
            return Err(if cut {
                Problem::Truncated
            } else {
                Problem::Foreign
            });
        }
        // A file may be cut off within a character.
        let text = std::str::from_utf8(bytes).map_err(|error| match error.error_len() {
            None => Problem::Truncated,
            Some(_) => Problem::Damaged,
        })?;
        let Some((first, rest)) = text[title.len()..].split_once('\n') else {
            return Err(Problem::Truncated);
        };
        match first.parse::<u32>() {
            Ok(found) if found == version => {}
            Ok(found) if found > version => return Err(Problem::Newer(found)),
            _ => return Err(Problem::Damaged),
        }
        let end = format!("\n{END}");
        if !rest.ends_with(&end) {
            return Err(if rest.contains(&end) {
                Problem::Damaged
            } else {
                Problem::Truncated
            });
        }
        let (fields, body) = rest.split_once("\n\n").ok_or(Problem::Damaged)?;
        let fields = fields
            .lines()
            .map(|line| {
                let (name, value) = line.split_once(": ").ok_or(Problem::Damaged)?;
                let name = names
                    .iter()
                    .find(|known| **known == name)
                    .ok_or(Problem::Damaged)?;
                Ok((*name, value.to_owned()))
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        let digits: String = body
            .strip_suffix(END)
            .ok_or(Problem::Damaged)?
            .lines()
            .collect();
        let body = unhex(&digits).ok_or(Problem::Damaged)?;
        let order: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        let sorted: Vec<_> = names
            .iter()
            .filter(|name| order.contains(name))
            .copied()
            .collect();
        let armored = Self {
            kind,
            version,
            fields,
            body,
        };
        if order != sorted || armored.text().as_bytes() != bytes {
            return Err(Problem::Damaged);
        }
        Ok(armored)
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Lower-case hexadecimal digits to bytes.
pub fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digit = |d: u8| match d {
        b'0'..=b'9' => Some(d - b'0'),
        b'a'..=b'f' => Some(d - b'a' + 10),
        _ => None,
    };
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?))
        .collect()
}

/// Bytes to lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _infallible = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["one", "two"];

    fn sample() -> Armored {
        Armored {
            kind: "backup",
            version: 1,
            fields: vec![("one", "a: ü".to_owned()), ("two", "c".to_owned())],
            body: (0..40).collect(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = sample().text();
        assert_eq!(
            Armored::parse(text.as_bytes(), "backup", 1, &NAMES),
            Ok(sample())
        );
        assert_eq!(
            Armored::parse(text.as_bytes(), "backup", 0, &NAMES),
            Err(Problem::Newer(1))
        );
        assert_eq!(
            Armored::parse(text.as_bytes(), "vault", 1, &NAMES),
            Err(Problem::Foreign)
        );
    }

    #[test]
    fn every_truncation_is_refused() {
        let text = sample().text();
        for end in 1..text.len() {
            let cut = Armored::parse(&text.as_bytes()[..end], "backup", 1, &NAMES);
            assert_eq!(cut, Err(Problem::Truncated), "{end}");
        }
    }

    #[test]
    fn there_is_one_way_to_write_it() {
        let text = sample().text();
        for other in [
            text.replace("one", "three"),
            text.replace("\n\n", "\n\n\n"),
            text.replace("two: c\n", "two: c\ntwo: c\n"),
            text.replace("one: a: ü\ntwo: c\n", "two: c\none: a: ü\n"),
            text.replace("0a0b", "0A0B"),
            text.replace('\n', "\r\n"),
            text.replace(END, "end\n\n"),
        ] {
            assert!(
                Armored::parse(other.as_bytes(), "backup", 1, &NAMES).is_err(),
                "{other}"
            );
        }
    }
}
