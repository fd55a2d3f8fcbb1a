//! Reads an update file: everything that is wrong with it in one pass.
