use crate::conformance::{
    case::{Again, Case},
    world::World,
};
use aws::{
    Policy, PrincipalType,
    ecr::{ImageTagMutability, LifecyclePolicy, Repository},
};
use engine::Fault;

pub(super) async fn repository(_: &mut World<'_>) -> Result<Case, Fault> {
    let lifecycle_policy = Some(LifecyclePolicy::none().expire_untagged(14).keep_newest(50));
    let repository = Repository { lifecycle_policy, policy: Some(readers("123456789012")), ..Repository::new() };
    let nobody = Policy { statements: [].into(), ..readers("123456789012") };
    let latest = ImageTagMutability::ImmutableWithExclusion(["latest*".to_owned()].into());
    let changes = [
        Repository { image_tag_mutability: ImageTagMutability::Mutable, ..repository.clone() },
        Repository { image_tag_mutability: latest, ..repository.clone() },
        Repository { scan_on_push: false, ..repository.clone() },
        Repository { lifecycle_policy: Some(LifecyclePolicy::none().keep_newest(10)), ..repository.clone() },
        Repository { lifecycle_policy: Some(LifecyclePolicy::none()), ..repository.clone() },
        Repository { policy: Some(readers("210987654321")), ..repository.clone() },
        Repository { policy: Some(nobody), ..repository.clone() },
        Repository { force_delete: true, ..repository.clone() },
    ];
    Ok(Case::new(&repository, Again::Only, changes).replace(&["encryption"]))
}

/// Lets another account pull.
fn readers(account: &str) -> Policy {
    let pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    Policy::allow(pull).to(PrincipalType::Aws, [format!("arn:aws:iam::{account}:root")])
}
