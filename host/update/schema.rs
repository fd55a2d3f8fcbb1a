//! The schema of update files, for editors.

/// XML Schema 1.0. It accepts what the reader accepts, as far as that language can say it.
pub const XSD: &str = include_str!("update.xsd");
