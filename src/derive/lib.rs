//! `#[derive(Resource)]` and `#[derive(Outputs)]`.
//!
//! ```text
//! #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Resource)]
//! #[resource(kind = "elbv2.target_group", outputs = TargetGroupOutputs, name_max = 32)]
//! pub struct TargetGroup {
//!     #[on_change(replace)]
//!     pub vpc: In<VpcId>,
//!     pub health_check: HealthCheck,
//! }
//! ```
//!
//! On the struct, `#[resource(..)]` takes `kind`, `outputs`, `name_max = 255`, and the flags `versioned`,
//! `untaggable` and `delete_first = "why"`. On a field: `#[on_change(replace | union_first | union_or_replace | together |
//! disrupt = "why")]`, `#[write_only]`, `#[unordered]`, `#[part_of]`, `#[exclusive]`, `#[unique]`, `#[inherited]`,
//! `#[anchor("ec2.vpc")]`. What each means stands at `model::Schema` and `model::Field`.

mod outputs;
mod resource;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes the constant [`SCHEMA`](../model/trait.Resource.html) of a kind from its fields.
///
/// A kind whose rules go beyond its types says `#[resource(check)]` and has a function
/// `fn problems(&self) -> Vec<Problem>`; one whose old and new values unite in a way of their own says
/// `#[resource(expand)]` and has `fn expand_field(field: &str, before: &Value, after: &Value) -> Option<Value>`; one that
/// divides requests says `#[resource(shift)]` and has
/// `fn shift_field(field: &str, before: &Value, after: &Value, share: Percent) -> Option<Value>`; one that
/// requests go through or depend on says `#[resource(serving)]` and has `fn facts(&self) -> Vec<model::serving::Fact>`.
#[proc_macro_derive(
    Resource,
    attributes(resource, on_change, write_only, unordered, part_of, exclusive, unique, inherited, anchor)
)]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    resource::expand(&parse_macro_input!(input as DeriveInput)).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes the references of a kind's outputs: a struct `<Name>Refs` with one method per field.
#[proc_macro_derive(Outputs)]
pub fn derive_outputs(input: TokenStream) -> TokenStream {
    outputs::expand(&parse_macro_input!(input as DeriveInput)).unwrap_or_else(syn::Error::into_compile_error).into()
}
