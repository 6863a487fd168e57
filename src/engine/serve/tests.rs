//! The proof on whole stacks, mode by mode, and against an oracle on random ones.

mod first;
mod fixture;
mod modes;
mod naive;
mod oracle;
mod speed;
mod text;
mod unborn;
pub(super) mod vocabulary;
