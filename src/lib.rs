//! The library users of rust-stack depend on.
