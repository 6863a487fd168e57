use super::{Encryption, ImageTagMutability, Repository, RepositoryOutputs};
use crate::{Policy, PolicyVersion, ecr::LifecyclePolicy, live::prelude::*};
use aws_sdk_ecr::{
    error::BuildError,
    types::{
        self, EncryptionConfiguration, EncryptionType, ImageScanningConfiguration, ImageTagMutabilityExclusionFilter,
        ImageTagMutabilityExclusionFilterType,
    },
};
use futures::future::try_join_all;
use model::{AccountId, In, RepositoryArn, RepositoryUri};
use std::collections::BTreeSet;

/// The tag that stands for [`Repository::force_delete`]; the engine never sees it.
const FORCE_DELETE_TAG: &str = "rust-stack:force-delete";

/// The id is the ARN: tags want it, and the name that everything else wants can be read from it.
impl Provider<Aws> for Repository {
    async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
        let names = ids.iter().map(|id| name_of(id).map(str::to_owned)).collect::<Result<_>>()?;
        let reply = aws.ecr.describe_repositories().set_repository_names(Some(names)).send().await.or_fault()?;
        try_join_all(reply.repositories().iter().map(async |repository| {
            let arn = repository.repository_arn().or_missing("repositoryArn")?;
            let name = repository.repository_name().or_missing("repositoryName")?;
            let (mut tags, lifecycle_policy, policy) =
                futures::try_join!(tags_of(aws, arn), lifecycle_policy_of(aws, name), policy_of(aws, name))?;
            let force_delete = tags.remove(FORCE_DELETE_TAG).is_some();
            let inputs = Self {
                image_tag_mutability: image_tag_mutability(repository)?,
                scan_on_push: repository.image_scanning_configuration().is_some_and(|it| it.scan_on_push()),
                encryption: encryption(repository.encryption_configuration())?,
                lifecycle_policy: Some(lifecycle_policy),
                policy: Some(policy),
                force_delete,
            };
            Ok(Live::ready(Id::new(arn), inputs, outputs(repository, arn, name)?, Some(tags)))
        }))
        .await
    }

    async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let mut tags = new.tags.clone();
        if self.force_delete {
            tags.insert(FORCE_DELETE_TAG.to_owned(), true.to_string());
        }
        let call = aws.ecr.create_repository().repository_name(&new.name);
        let reply = call
            .encryption_configuration(encryption_configuration(&self.encryption)?)
            .set_tags(Some(to_tags(&tags)?))
            .send()
            .await
            .or_fault()?;
        let created = reply.repository().and_then(|created| created.repository_arn());
        Ok(Id::new(created.or_missing("repositoryArn")?))
    }

    async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let reply = aws.ecr.describe_repositories().repository_names(&new.name).send().await.or_fault()?;
        let found = reply.repositories().first().ok_or_else(|| Fault::not_found(&new.name))?;
        let arn = found.repository_arn().or_missing("repositoryArn")?;
        let tags = tags_of(aws, arn).await?;
        only((tags.get(TOKEN_TAG) == Some(&new.token)).then(|| Id::new(arn)))
    }

    async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
        let (id, before) = (&live.id, &live.inputs);
        let name = name_of(id)?;
        if self.image_tag_mutability != before.image_tag_mutability {
            let (word, filters) = mutability_request(&self.image_tag_mutability)?;
            let call = aws.ecr.put_image_tag_mutability().repository_name(name).image_tag_mutability(word);
            call.set_image_tag_mutability_exclusion_filters(filters).send().await.or_fault()?;
        }
        if self.scan_on_push != before.scan_on_push {
            let scanning = ImageScanningConfiguration::builder().scan_on_push(self.scan_on_push).build();
            let call = aws.ecr.put_image_scanning_configuration().repository_name(name);
            call.image_scanning_configuration(scanning).send().await.or_fault()?;
        }
        if let Some(wanted) = self.lifecycle_policy.as_ref().filter(|it| Some(*it) != before.lifecycle_policy.as_ref())
        {
            write_lifecycle_policy(aws, name, wanted).await?;
        }
        if let Some(wanted) = self.policy.as_ref().filter(|it| Some(*it) != before.policy.as_ref()) {
            write_policy(aws, name, wanted).await?;
        }
        match (self.force_delete, before.force_delete) {
            (true, false) => {
                let tag = Tags::from([(FORCE_DELETE_TAG.to_owned(), true.to_string())]);
                Self::tag(aws, id, &tag, &[]).await
            }
            (false, true) => Self::tag(aws, id, &Tags::new(), &[FORCE_DELETE_TAG.to_owned()]).await,
            _ => Ok(()),
        }
    }

    async fn delete(aws: &Aws, id: &Id) -> Result<()> {
        let force = tags_of(aws, id.as_str()).await?.contains_key(FORCE_DELETE_TAG);
        aws.ecr.delete_repository().repository_name(name_of(id)?).force(force).send().await.or_fault().map(drop)
    }

    async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
        if !set.is_empty() {
            let call = aws.ecr.tag_resource().resource_arn(id.as_str());
            call.set_tags(Some(to_tags(set)?)).send().await.or_fault()?;
        }
        if !remove.is_empty() {
            let call = aws.ecr.untag_resource().resource_arn(id.as_str());
            call.set_tag_keys(Some(remove.to_vec())).send().await.or_fault()?;
        }
        Ok(())
    }
}

/// The name in an ARN: `arn:aws:ecr:<region>:<account>:repository/<name>`.
fn name_of(id: &Id) -> Result<&str> {
    let name = id.as_str().split_once(":repository/").map(|(_, name)| name);
    name.ok_or_else(|| Fault::Inputs(format!("`{id}` is not the ARN of a repository")))
}

fn outputs(found: &types::Repository, arn: &str, name: &str) -> Result<RepositoryOutputs> {
    let registry = found.registry_id().or_missing("registryId")?.to_owned();
    Ok(RepositoryOutputs {
        arn: RepositoryArn::new(arn),
        uri: RepositoryUri::new(found.repository_uri().or_missing("repositoryUri")?),
        registry_id: AccountId::try_from(registry).map_err(|error| Fault::Inputs(format!("registryId: {error}")))?,
        name: name.to_owned(),
    })
}

fn image_tag_mutability(found: &types::Repository) -> Result<ImageTagMutability> {
    let patterns = || {
        let filters = found.image_tag_mutability_exclusion_filters();
        filters.iter().map(|filter| filter.filter().to_owned()).collect()
    };
    match found.image_tag_mutability().or_missing("imageTagMutability")? {
        types::ImageTagMutability::Mutable => Ok(ImageTagMutability::Mutable),
        types::ImageTagMutability::Immutable => Ok(ImageTagMutability::Immutable),
        types::ImageTagMutability::MutableWithExclusion => Ok(ImageTagMutability::MutableWithExclusion(patterns())),
        types::ImageTagMutability::ImmutableWithExclusion => Ok(ImageTagMutability::ImmutableWithExclusion(patterns())),
        other => Err(Fault::Inputs(format!("imageTagMutability: `{}` is not known", other.as_str()))),
    }
}

fn mutability_request(
    wanted: &ImageTagMutability,
) -> Result<(types::ImageTagMutability, Option<Vec<ImageTagMutabilityExclusionFilter>>)> {
    let filter = |pattern: &String| {
        let filter = ImageTagMutabilityExclusionFilter::builder().filter(pattern);
        filter.filter_type(ImageTagMutabilityExclusionFilterType::Wildcard).build().map_err(incomplete)
    };
    let filters = |patterns: &BTreeSet<String>| patterns.iter().map(filter).collect::<Result<Vec<_>>>().map(Some);
    Ok(match wanted {
        ImageTagMutability::Mutable => (types::ImageTagMutability::Mutable, None),
        ImageTagMutability::Immutable => (types::ImageTagMutability::Immutable, None),
        ImageTagMutability::MutableWithExclusion(patterns) => {
            (types::ImageTagMutability::MutableWithExclusion, filters(patterns)?)
        }
        ImageTagMutability::ImmutableWithExclusion(patterns) => {
            (types::ImageTagMutability::ImmutableWithExclusion, filters(patterns)?)
        }
    })
}

fn encryption(found: Option<&EncryptionConfiguration>) -> Result<Encryption> {
    let key = || found.and_then(|configuration| configuration.kms_key()).map(In::from);
    match found.map(EncryptionConfiguration::encryption_type) {
        None | Some(EncryptionType::Aes256) => Ok(Encryption::Aes256),
        Some(EncryptionType::Kms) => Ok(Encryption::Kms { key: key() }),
        Some(EncryptionType::KmsDsse) => Ok(Encryption::KmsDsse { key: key() }),
        Some(other) => Err(Fault::Inputs(format!("encryptionType: `{}` is not known", other.as_str()))),
    }
}

fn encryption_configuration(wanted: &Encryption) -> Result<EncryptionConfiguration> {
    let (kind, key) = match wanted {
        Encryption::Aes256 => (EncryptionType::Aes256, &None),
        Encryption::Kms { key } => (EncryptionType::Kms, key),
        Encryption::KmsDsse { key } => (EncryptionType::KmsDsse, key),
    };
    let key = key.as_ref().map(In::known).transpose()?.cloned();
    EncryptionConfiguration::builder().encryption_type(kind).set_kms_key(key).build().map_err(incomplete)
}

async fn lifecycle_policy_of(aws: &Aws, name: &str) -> Result<LifecyclePolicy> {
    match aws.ecr.get_lifecycle_policy().repository_name(name).send().await.or_fault() {
        Ok(reply) => Ok(serde_json::from_str(reply.lifecycle_policy_text().or_missing("lifecyclePolicyText")?)?),
        Err(Fault::NotFound(_)) => Ok(LifecyclePolicy::none()),
        Err(fault) => Err(fault),
    }
}

async fn write_lifecycle_policy(aws: &Aws, name: &str, wanted: &LifecyclePolicy) -> Result<()> {
    if *wanted == LifecyclePolicy::none() {
        return aws.ecr.delete_lifecycle_policy().repository_name(name).send().await.or_fault().map(drop);
    }
    let call = aws.ecr.put_lifecycle_policy().repository_name(name);
    call.lifecycle_policy_text(serde_json::to_string(wanted)?).send().await.or_fault().map(drop)
}

async fn policy_of(aws: &Aws, name: &str) -> Result<Policy> {
    match aws.ecr.get_repository_policy().repository_name(name).send().await.or_fault() {
        Ok(reply) => parsed("policyText", reply.policy_text()),
        Err(Fault::NotFound(_)) => {
            Ok(Policy { version: PolicyVersion::Current, id: None, statements: BTreeSet::new() })
        }
        Err(fault) => Err(fault),
    }
}

async fn write_policy(aws: &Aws, name: &str, wanted: &Policy) -> Result<()> {
    if wanted.statements.is_empty() {
        return aws.ecr.delete_repository_policy().repository_name(name).send().await.or_fault().map(drop);
    }
    let call = aws.ecr.set_repository_policy().repository_name(name);
    call.policy_text(wanted.document()?).send().await.or_fault().map(drop)
}

async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags> {
    let reply = aws.ecr.list_tags_for_resource().resource_arn(arn).send().await.or_fault()?;
    Ok(reply.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
}

fn to_tags(tags: &Tags) -> Result<Vec<types::Tag>> {
    tags.iter().map(|(key, value)| types::Tag::builder().key(key).value(value).build().map_err(incomplete)).collect()
}

fn incomplete(error: BuildError) -> Fault {
    Fault::Inputs(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_stands_in_the_arn() {
        let id = Id::new("arn:aws:ecr:us-east-1:123456789012:repository/dev-app/web");
        assert_eq!(name_of(&id), Ok("dev-app/web"));
        assert!(name_of(&Id::new("dev-app")).is_err());
    }

    #[test]
    fn settings_survive_the_api() {
        let patterns = BTreeSet::from(["latest".to_owned(), "dev-*".to_owned()]);
        for wanted in [
            ImageTagMutability::Mutable,
            ImageTagMutability::Immutable,
            ImageTagMutability::MutableWithExclusion(patterns.clone()),
            ImageTagMutability::ImmutableWithExclusion(patterns),
        ] {
            let (word, filters) = mutability_request(&wanted).unwrap();
            let found = types::Repository::builder().image_tag_mutability(word);
            let found = found.set_image_tag_mutability_exclusion_filters(filters).build();
            assert_eq!(image_tag_mutability(&found), Ok(wanted));
        }
        let key = Some(In::from("arn:aws:kms:us-east-1:123456789012:key/1"));
        for wanted in [Encryption::Aes256, Encryption::Kms { key: None }, Encryption::KmsDsse { key }] {
            assert_eq!(encryption(Some(&encryption_configuration(&wanted).unwrap())), Ok(wanted));
        }
    }
}
