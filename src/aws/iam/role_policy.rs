use crate::{Policy, policy::AttachedTo};
use derive::Resource;
use model::{In, NoOutputs, Problem, RoleName, serving::Fact};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a role may do, written into the role itself.
///
/// AWS: IAM API Reference, PutRolePolicy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "iam.role_policy", outputs = NoOutputs, name_max = 128, untaggable, check, expand, serving)]
pub struct RolePolicy {
    /// The role.
    #[on_change(replace)]
    #[part_of]
    pub role: In<RoleName>,
    /// What it may do. Tasks that run still need what their successors do not.
    #[on_change(union_first)]
    #[unordered]
    pub policy: Policy,
}

impl RolePolicy {
    fn facts(&self) -> Vec<Fact> {
        vec![Fact::Permission { role: (&self.role).into(), grants: self.policy.grants() }]
    }

    fn expand_field(_field: &str, before: &Value, after: &Value) -> Option<Value> {
        let [before, after] = [before, after].map(|it| serde_json::from_value::<Policy>(it.clone()).ok());
        serde_json::to_value(Policy::union(&before?, &after?)?).ok()
    }

    fn problems(&self) -> Vec<Problem> {
        self.policy.problems("policy", AttachedTo::Identity)
    }
}

#[cfg(feature = "live")]
mod live {
    use super::RolePolicy;
    use crate::{
        iam::live::{OfRole, decoded, roles},
        live::prelude::*,
    };
    use model::{In, NoOutputs, RoleName};

    impl Provider<Aws> for RolePolicy {
        const BATCH: usize = 1000;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let roles = roles(aws).await?;
            let mut found = Vec::new();
            for id in ids {
                let OfRole { role, part: name } = OfRole::parse(id)?;
                let detail = roles.iter().find(|detail| detail.role_name() == Some(role));
                let policies = detail.map(|detail| detail.role_policy_list()).unwrap_or_default();
                if let Some(policy) = policies.iter().find(|policy| policy.policy_name() == Some(name)) {
                    let inputs =
                        Self { role: In::Value(RoleName::new(role)), policy: decoded(policy.policy_document())? };
                    found.push(Live::ready(id.clone(), inputs, NoOutputs {}, None));
                }
            }
            Ok(found)
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let role = self.role.known()?.as_str();
            self.put(aws, role, &new.name).await?;
            Ok(OfRole { role, part: &new.name }.id())
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let role = self.role.known()?.as_str();
            aws.iam.get_role_policy().role_name(role).policy_name(&new.name).send().await.or_fault()?;
            Ok(OfRole { role, part: &new.name }.id())
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let OfRole { role, part: name } = OfRole::parse(&live.id)?;
            if self.policy == live.inputs.policy { Ok(()) } else { self.put(aws, role, name).await }
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            let OfRole { role, part: name } = OfRole::parse(id)?;
            aws.iam.delete_role_policy().role_name(role).policy_name(name).send().await.or_fault().map(drop)
        }

        async fn tag(_: &Aws, _: &Id, _: &Tags, _: &[String]) -> Result<()> {
            Err(Fault::Failed("an inline policy cannot bear tags".to_owned()))
        }
    }

    impl RolePolicy {
        async fn put(&self, aws: &Aws, role: &str, name: &str) -> Result<()> {
            let call = aws.iam.put_role_policy().role_name(role).policy_name(name);
            call.policy_document(self.policy.document()?).send().await.or_fault().map(drop)
        }
    }
}
