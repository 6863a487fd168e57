//! Plans and states as text, with the symbols, phrases and layout that Terraform's users know.
//!
//! Text carries its styles as ANSI sequences; whoever prints it strips them where they are not wanted.

mod fit;
mod graph;
mod lines;
mod plan;
mod proof;
mod style;
mod value;

pub use graph::{GraphFormat, graph};
pub use plan::{drift, is_worth_its_steps, plan, steps, summary};
pub use proof::{explain, proof};
pub use style::symbol;
pub use value::{attribute, literal};
