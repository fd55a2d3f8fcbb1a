//! Files with another text than was read of them.

use super::{Encoding, SourceFile};

impl SourceFile {
    /// A file of that name of which nothing was read.
    pub fn unread(name: &str) -> Self {
        Self {
            name: name.into(),
            text: "".into(),
            encoding: Encoding::Utf8,
            bytes: [].into(),
        }
    }

    /// The same file as if it never held a character.
    #[must_use]
    pub fn without(&self, character: char) -> Self {
        let gone = |text: &str| text.matches(character).map(str::len).sum::<usize>();
        let encoding = match self.encoding {
            Encoding::Unknown { at, byte } => {
                let before = self.text.get(..at as usize).map_or(0, gone);
                let at = at.saturating_sub(u32::try_from(before).unwrap_or(at));
                Encoding::Unknown { at, byte }
            }
            known => known,
        };
        Self {
            text: self.text.replace(character, "").into(),
            encoding,
            ..self.clone()
        }
    }
}
