//! What a command has to say, as data.
