//! The AWS resource kinds.
