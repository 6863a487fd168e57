use crate::{Image, ImageIdentifier};
use aws::ecr::{Encryption, LifecyclePolicy, Repository, RepositoryRefs};
use model::{In, Options, Stack, join};

/// A repository of container images: scanned on push, with tags that never move, encrypted, and pruned of what no
/// rollback could want.
#[derive(Clone, Debug)]
#[must_use = "a module declares nothing before `build`"]
pub struct Registry {
    name: String,
    repository: Repository,
    keep: u32,
    protect: bool,
}

/// What [`Registry::build`] has declared.
#[derive(Clone, Debug)]
pub struct RegistryRefs {
    /// The repository.
    pub repository: RepositoryRefs,
}

/// How long an image that lost its tag can still be pulled by its digest, in days.
const UNTAGGED_DAYS: u32 = 14;

impl Registry {
    /// A repository that keeps the newest 100 images.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), repository: Repository::new(), keep: 100, protect: false }
    }

    /// How many of the newest images are kept; at least 1. One that a rollback may want must be among them.
    pub fn keep(self, images: u32) -> Self {
        Self { keep: images, ..self }
    }

    /// How images are encrypted at rest, if not with keys that Amazon S3 manages.
    pub fn encryption(mut self, encryption: Encryption) -> Self {
        self.repository.encryption = encryption;
        self
    }

    /// Deletes the images together with the repository; otherwise only an empty one can be deleted.
    pub fn force_delete(mut self) -> Self {
        self.repository.force_delete = true;
        self
    }

    /// Refuses every plan that would delete or replace the repository.
    pub fn protect(self) -> Self {
        Self { protect: true, ..self }
    }

    /// Declares the repository.
    #[track_caller]
    pub fn build(self, stack: &mut Stack) -> RegistryRefs {
        let policy = LifecyclePolicy::none().expire_untagged(UNTAGGED_DAYS).keep_newest(self.keep);
        let repository = Repository { lifecycle_policy: Some(policy), ..self.repository };
        let options = if self.protect { Options::new().prevent_destroy() } else { Options::new() };
        RegistryRefs { repository: stack.add_with(&self.name, repository, options) }
    }
}

impl RegistryRefs {
    /// The image with that tag or digest.
    pub fn image(&self, identifier: &ImageIdentifier) -> Image {
        let uri: In<String> = join![self.repository.uri(), identifier.separator(), identifier.as_str()];
        Image { uri, repository: Some(self.repository.arn()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn images_are_scanned_and_never_change_and_stay_long_enough() {
        let mut stack = Stack::new("dev");
        Registry::new("app").keep(30).protect().build(&mut stack);
        let document = stack.document(BTreeMap::new());
        assert_eq!(document.problems, []);
        let [repository] = document.resources.as_slice() else { panic!("one resource") };
        assert!(repository.lifecycle.prevent_destroy);
        assert_eq!(repository.inputs["scan_on_push"], true);
        assert_eq!(repository.inputs["image_tag_mutability"], "IMMUTABLE");
        assert_eq!(repository.inputs["force_delete"], false);
        assert_eq!(repository.inputs["lifecycle_policy"]["rules"][1]["selection"]["countNumber"], 30);
    }

    #[test]
    fn keeping_nothing_is_a_problem() {
        let mut stack = Stack::new("dev");
        Registry::new("app").keep(0).build(&mut stack);
        assert_eq!(stack.document(BTreeMap::new()).problems.len(), 1);
    }

    #[test]
    fn an_image_is_named_by_tag_or_digest() {
        let images = Registry::new("app").build(&mut Stack::new("dev"));
        let digest = format!("sha256:{}", "0".repeat(64));
        for (text, separator) in [("v1", ":"), (digest.as_str(), "@")] {
            let image = images.image(&ImageIdentifier::new(text).expect("an identifier"));
            let expected = json!({ "$join": [{ "$ref": "repository.app#uri" }, format!("{separator}{text}")] });
            assert_eq!(serde_json::to_value(&image.uri).expect("JSON"), expected);
        }
    }
}
