use super::LifecyclePolicy;
use crate::{Policy, policy::AttachedTo};
use derive::{Outputs, Resource};
use model::{AccountId, In, Problem, RepositoryArn, RepositoryUri};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A repository of container images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "ecr.repository", outputs = RepositoryOutputs, name_max = 256, check)]
pub struct Repository {
    /// Whether a tag, once pushed, always names the same image.
    #[unordered]
    pub image_tag_mutability: ImageTagMutability,
    /// Whether an image is scanned for known vulnerabilities when it is pushed.
    pub scan_on_push: bool,
    /// How images are encrypted at rest.
    #[on_change(replace)]
    pub encryption: Encryption,
    /// Which images are removed without anybody asking; [`LifecyclePolicy::none`] removes the policy.
    #[unordered]
    pub lifecycle_policy: Option<LifecyclePolicy>,
    /// Who else may use the repository; a policy without statements removes the one that is there.
    #[unordered]
    pub policy: Option<Policy>,
    /// Whether deleting the repository deletes its images; otherwise only an empty one can be deleted.
    ///
    /// ECR takes this with the call that deletes. It is kept in a tag of the repository, so that it is known when
    /// the repository is no longer declared, and is read like any other input.
    pub force_delete: bool,
}

/// Whether a tag, once pushed, always names the same image. AWS: ECR API Reference, PutImageTagMutability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImageTagMutability {
    /// Pushing a tag again moves it.
    Mutable,
    /// Pushing a tag again is refused.
    Immutable,
    /// It moves tags, except those that match one of these, `*` standing for any text.
    MutableWithExclusion(BTreeSet<String>),
    /// It is refused, except for tags that match one of these, `*` standing for any text.
    ImmutableWithExclusion(BTreeSet<String>),
}

/// How images are encrypted at rest. AWS: ECR API Reference, EncryptionConfiguration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Encryption {
    /// With keys that Amazon S3 manages.
    #[serde(rename = "AES256")]
    Aes256,
    /// With a key of AWS KMS.
    #[serde(rename = "KMS")]
    Kms {
        /// The ARN of the key; `None` is the key that AWS manages for ECR.
        key: Option<In<String>>,
    },
    /// With a key of AWS KMS, in two layers.
    #[serde(rename = "KMS_DSSE")]
    KmsDsse {
        /// The ARN of the key; `None` is the key that AWS manages for ECR.
        key: Option<In<String>>,
    },
}

/// What ECR tells about a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct RepositoryOutputs {
    /// `arn:aws:ecr:..:repository/..`
    pub arn: RepositoryArn,
    /// Where images are pushed and pulled, without a tag.
    pub uri: RepositoryUri,
    /// The account of the registry.
    pub registry_id: AccountId,
    /// The physical name.
    pub name: String,
}

impl Repository {
    /// A private repository with immutable tags, scanned on push, that is deleted only when it is empty.
    pub fn new() -> Self {
        Self {
            image_tag_mutability: ImageTagMutability::Immutable,
            scan_on_push: true,
            encryption: Encryption::Aes256,
            lifecycle_policy: None,
            policy: None,
            force_delete: false,
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let lifecycle = self.lifecycle_policy.iter().flat_map(|policy| policy.problems("lifecycle_policy"));
        let policy = self.policy.iter().filter(|policy| !policy.statements.is_empty());
        let exclusion = match &self.image_tag_mutability {
            ImageTagMutability::MutableWithExclusion(patterns)
            | ImageTagMutability::ImmutableWithExclusion(patterns)
                if !(1..=5).contains(&patterns.len()) =>
            {
                let message = format!("excludes {} patterns: use 1 to 5", patterns.len());
                Some(Problem::new("image_tag_mutability", message))
            }
            _ => None,
        };
        let policy = policy.flat_map(|policy| policy.problems("policy", AttachedTo::Resource));
        lifecycle.chain(policy).chain(exclusion).collect()
    }
}

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "live")]
mod live;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_beyond_the_types() {
        let none = Policy { statements: BTreeSet::new(), ..Policy::allow(["*"]) };
        let good = Repository { policy: Some(none), ..Repository::new() };
        assert_eq!(good.problems(), []);
        let nobody = Repository { policy: Some(Policy::allow(["ecr:BatchGetImage"])), ..good.clone() };
        assert_eq!(nobody.problems()[0].field, "policy");
        let nothing = ImageTagMutability::ImmutableWithExclusion(BTreeSet::new());
        assert_eq!(Repository { image_tag_mutability: nothing, ..good }.problems()[0].field, "image_tag_mutability");
    }

    #[test]
    fn encryption_is_written_in_the_words_of_ecr() {
        let json = |encryption: Encryption| serde_json::to_value(encryption).unwrap();
        assert_eq!(json(Encryption::Aes256), serde_json::json!({ "type": "AES256" }));
        assert_eq!(json(Encryption::Kms { key: None }), serde_json::json!({ "type": "KMS", "key": null }));
    }
}
