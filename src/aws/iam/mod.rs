//! Who may do what: IAM's half of the kinds.

mod role;
mod role_policy;
mod role_policy_attachment;

pub use role::{Role, RoleOutputs, RoleRefs};
pub use role_policy::RolePolicy;
pub use role_policy_attachment::RolePolicyAttachment;

#[cfg(feature = "live")]
mod live;
