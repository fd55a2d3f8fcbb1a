//! Writes the global info back as an update file.
