//! Derive macros for resource kinds.
