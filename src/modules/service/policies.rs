use crate::Image;
use aws::{Policy, logs::LogGroupRefs};
use model::{In, SecretArn, join};

/// What ECS may do to start a task, by purpose.
///
/// AWS: ECR User Guide, "Using Amazon ECR images with Amazon ECS"; ECS Developer Guide, "Amazon ECS task execution
/// IAM role"; Service Authorization Reference, Amazon ECR (`GetAuthorizationToken` knows no resource).
pub(super) fn execution<'a>(
    image: &Image,
    log_group: &LogGroupRefs,
    secrets: impl Iterator<Item = &'a In<SecretArn>>,
) -> Vec<(&'static str, Policy)> {
    let pull = image.repository.clone().map(|repository| {
        let pull = Policy::allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]).on([repository]);
        ("pull", pull.and(Policy::allow(["ecr:GetAuthorizationToken"]).on(["*"])))
    });
    let write = Policy::allow(["logs:CreateLogStream", "logs:PutLogEvents"]).on([join![log_group.arn(), ":*"]]);
    // An ARN tells of which of the two services it is, but may be unknown yet; each action fits only its own.
    let read = Policy::allow(["secretsmanager:GetSecretValue", "ssm:GetParameters"]);
    let secrets: Vec<In<String>> = secrets.cloned().map(In::text).collect();
    let read = (!secrets.is_empty()).then(|| ("secrets", read.on(secrets)));
    pull.into_iter().chain([("logs", write)]).chain(read).collect()
}
