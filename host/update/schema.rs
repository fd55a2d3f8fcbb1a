//! The XML Schema of update files, for editors.
