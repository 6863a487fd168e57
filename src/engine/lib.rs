//! The engine: plan, state, apply.
