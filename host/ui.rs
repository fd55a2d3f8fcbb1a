//! Streams, colour, password prompt, progress: the only file that prints.
