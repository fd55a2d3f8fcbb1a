//! Organisation rules: loads plugins, and asks them.
