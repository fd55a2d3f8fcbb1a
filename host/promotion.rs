//! The promotion: run, resume, abort.
