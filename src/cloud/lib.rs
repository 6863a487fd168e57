//! A local AWS endpoint on loopback.
