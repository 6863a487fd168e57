use derive::Resource;
use model::{
    In, NoOutputs, PolicyArn, RoleName,
    serving::{Fact, Node},
};
use serde::{Deserialize, Serialize};

/// A managed policy given to a role.
///
/// AWS: IAM API Reference, AttachRolePolicy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "iam.role_policy_attachment", outputs = NoOutputs, untaggable, serving)]
pub struct RolePolicyAttachment {
    /// The role.
    #[on_change(replace)]
    #[part_of]
    #[unique]
    pub role: In<RoleName>,
    /// The managed policy, of AWS or of the account.
    #[on_change(replace)]
    #[unique]
    pub policy: In<PolicyArn>,
}

impl RolePolicyAttachment {
    fn facts(&self) -> Vec<Fact> {
        let grants = [Node::from(&self.policy).to_string()].into();
        vec![Fact::Permission { role: (&self.role).into(), grants }]
    }
}

#[cfg(feature = "live")]
mod live {
    use super::RolePolicyAttachment;
    use crate::{
        iam::live::{OfRole, roles},
        live::prelude::*,
    };
    use model::{In, NoOutputs, PolicyArn, RoleName};

    impl Provider<Aws> for RolePolicyAttachment {
        const BATCH: usize = 1000;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let roles = roles(aws).await?;
            let mut found = Vec::new();
            for id in ids {
                let OfRole { role, part: arn } = OfRole::parse(id)?;
                let detail = roles.iter().find(|detail| detail.role_name() == Some(role));
                let attached = detail.map(|detail| detail.attached_managed_policies()).unwrap_or_default();
                if attached.iter().any(|policy| policy.policy_arn() == Some(arn)) {
                    let inputs = Self { role: In::Value(RoleName::new(role)), policy: In::Value(PolicyArn::new(arn)) };
                    found.push(Live::ready(id.clone(), inputs, NoOutputs {}, None));
                }
            }
            Ok(found)
        }

        async fn create(&self, aws: &Aws, _: &Identity) -> Result<Id> {
            let (role, arn) = (self.role.known()?.as_str(), self.policy.known()?.as_str());
            aws.iam.attach_role_policy().role_name(role).policy_arn(arn).send().await.or_fault()?;
            Ok(OfRole { role, part: arn }.id())
        }

        async fn find(&self, aws: &Aws, _: &Identity) -> Result<Id> {
            let (role, arn) = (self.role.known()?.as_str(), self.policy.known()?.as_str());
            let mut pages = aws.iam.list_attached_role_policies().role_name(role).into_paginator().items().send();
            while let Some(policy) = pages.try_next().await.or_fault()? {
                if policy.policy_arn() == Some(arn) {
                    return Ok(OfRole { role, part: arn }.id());
                }
            }
            Err(Fault::NotFound(format!("{arn} at {role}")))
        }

        async fn update(&self, _: &Aws, _: &Live<Self>) -> Result<()> {
            // Both fields are `Replace`: there is nothing to update.
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            let OfRole { role, part: arn } = OfRole::parse(id)?;
            aws.iam.detach_role_policy().role_name(role).policy_arn(arn).send().await.or_fault().map(drop)
        }

        async fn tag(_: &Aws, _: &Id, _: &Tags, _: &[String]) -> Result<()> {
            Err(Fault::Failed("an attachment cannot bear tags".to_owned()))
        }
    }
}
