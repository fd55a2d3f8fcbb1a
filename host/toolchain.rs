//! Turns a plugin's sources into a component.
