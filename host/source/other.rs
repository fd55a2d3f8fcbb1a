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

    /// The same file as if it held another text.
    #[must_use]
    pub fn with_text(&self, text: &str) -> Self {
        Self {
            text: text.into(),
            ..self.clone()
        }
    }
}
