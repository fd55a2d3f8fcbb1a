//! The master secret: its backups, its vault, and the proof that it is the right one.
