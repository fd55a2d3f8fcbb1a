//! The documented exit statuses.
