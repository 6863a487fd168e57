use crate::{
    provider::{Identity, TOKEN_TAG, Tags},
    state::State,
};
use model::{Address, Schema};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// Who a stack's objects belong to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) stack: &'a str,
    pub(super) lineage: &'a str,
    pub(super) tags: &'a Tags,
}

/// What a new object is to be known by.
pub(super) fn identity(owner: Owner<'_>, address: &Address, schema: &Schema, generation: u32, seed: &str) -> Identity {
    let name = physical_name(owner.stack, address, schema, generation);
    let token = hex::encode(&Sha256::digest(format!("{seed}/{}/{address}/{generation}", owner.lineage))[..16]);
    let tags = tags(owner, address, &name, generation, &token);
    Identity { name, token, tags }
}

/// Who bears each name of a kind. A name outlives a rename of its resource, so that it may be another's by then.
pub(super) struct Names<'a>(HashMap<(&'a str, &'a str), &'a Address>);

impl<'a> Names<'a> {
    /// The names of everything recorded.
    pub(super) fn of(state: &'a State) -> Self {
        let borne = state.resources.iter().flat_map(|(address, record)| {
            record.objects().map(move |object| ((record.kind.as_str(), object.identity.name.as_str()), address))
        });
        Self(borne.collect())
    }

    /// The first generation from `generation` on whose name nobody else bears.
    pub(super) fn free(&self, stack: &str, address: &Address, schema: &Schema, generation: u32) -> u32 {
        let taken = |generation: &u32| {
            let name = physical_name(stack, address, schema, *generation);
            self.0.get(&(schema.kind, name.as_str())).is_some_and(|other| *other != address)
        };
        if schema.versioned {
            return generation;
        }
        (generation..).find(|generation| !taken(generation)).unwrap_or(generation)
    }
}

/// Every tag of an object. Those of the stack come first, so that no one of them hides one of the engine's.
pub(super) fn tags(owner: Owner<'_>, address: &Address, name: &str, generation: u32, token: &str) -> Tags {
    let mut tags = owner.tags.clone();
    tags.extend(
        [
            ("Name", name),
            ("rust-stack:stack", owner.stack),
            ("rust-stack:address", address.as_str()),
            ("rust-stack:generation", &generation.to_string()),
            ("rust-stack:owner", owner.lineage),
            (TOKEN_TAG, token),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    tags
}

/// `<stack>-<name>`, from the second generation on with its number, so that old and new can stand side by side.
///
/// A name longer than the API accepts keeps its beginning and ends in a hash of the whole, so that it stays unique.
pub fn physical_name(stack: &str, address: &Address, schema: &Schema, generation: u32) -> String {
    let base = format!("{stack}-{}", address.name());
    let suffix = if generation > 1 && !schema.versioned { format!("-{generation}") } else { String::new() };
    if base.len() + suffix.len() <= schema.name_max {
        return base + &suffix;
    }
    let hash = &hex::encode(Sha256::digest(&base))[..6];
    let room = schema.name_max.saturating_sub(hash.len() + 1 + suffix.len());
    let kept: String = base.chars().take(room).collect();
    format!("{}-{hash}{suffix}", kept.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(name_max: usize, versioned: bool) -> Schema {
        Schema {
            kind: "test.thing",
            fields: &[],
            name_max,
            versioned,
            taggable: true,
            delete_first: None,
            expand: model::union,
            shift: model::undivided,
            serving: model::serving::nothing,
        }
    }

    #[test]
    fn the_first_generation_has_no_number() {
        let address: Address = "service.web".parse().unwrap();
        assert_eq!(physical_name("dev", &address, &schema(32, false), 1), "dev-web");
        assert_eq!(physical_name("dev", &address, &schema(32, false), 2), "dev-web-2");
        assert_eq!(physical_name("dev", &address, &schema(32, true), 2), "dev-web");
    }

    #[test]
    fn long_names_stay_unique_and_within_the_limit() {
        let name = |text: &str, generation| {
            physical_name("production", &text.parse().unwrap(), &schema(32, false), generation)
        };
        let one = name("target_group.a-very-long-name-for-a-thing-blue", 1);
        let other = name("target_group.a-very-long-name-for-a-thing-green", 1);
        assert!(one.len() <= 32 && other.len() <= 32);
        assert_ne!(one, other);
        assert!(name("target_group.a-very-long-name-for-a-thing-blue", 12).ends_with("-12"));
    }
}
