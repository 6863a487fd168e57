//! The vocabulary of rust-stack: stacks, references, resources, typed values.
