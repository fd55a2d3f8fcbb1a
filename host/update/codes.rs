//! The rules' stable names, severities and pages.
