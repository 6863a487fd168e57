//! The development environment.
fn main() {}
