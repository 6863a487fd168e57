use crate::{Policy, policy::AttachedTo};
use derive::{Outputs, Resource};
use model::{In, PolicyArn, Problem, RoleArn, RoleName, Seconds};
use serde::{Deserialize, Serialize};

/// An identity that services assume, such as ECS for a task.
///
/// AWS: IAM API Reference, CreateRole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "iam.role", outputs = RoleOutputs, name_max = 64, check)]
pub struct Role {
    /// Who may assume the role.
    #[unordered]
    pub assume_role_policy: Policy,
    /// What the role is for; at most 1000 characters.
    pub description: Option<String>,
    /// Where it stands among the account's identities: begins and ends with `/`. Part of its ARN.
    #[on_change(replace)]
    pub path: String,
    /// The policy that limits what the role's own policies can grant.
    pub permissions_boundary: Option<In<PolicyArn>>,
    /// How long a session lasts at most; an hour to twelve. AWS gives a new role one hour.
    pub max_session_duration: Option<Seconds>,
}

impl Role {
    /// A role at the root path that those named by `assume_role_policy` may assume.
    pub fn new(assume_role_policy: Policy) -> Self {
        Self {
            assume_role_policy,
            description: None,
            path: "/".to_owned(),
            permissions_boundary: None,
            max_session_duration: None,
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = self.assume_role_policy.problems("assume_role_policy", AttachedTo::Resource);
        if !self.path.starts_with('/') || !self.path.ends_with('/') {
            problems.push(Problem::new("path", "a path begins and ends with `/`"));
        }
        if self.max_session_duration.is_some_and(|duration| !(3600..=43200).contains(&duration.get())) {
            problems.push(Problem::new("max_session_duration", "a session lasts 3600 to 43200 seconds"));
        }
        problems
    }
}

/// What IAM tells about a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct RoleOutputs {
    /// `arn:aws:iam::123456789012:role/..`
    pub arn: RoleArn,
    /// The name, without the path.
    pub name: RoleName,
}

#[cfg(feature = "live")]
mod live {
    use super::{Role, RoleOutputs};
    use crate::{
        iam::live::{decoded, from_tags, list_roles, roles, to_tags},
        live::prelude::*,
    };
    use model::{In, PolicyArn, RoleArn, RoleName, Seconds};

    impl Provider<Aws> for Role {
        const BATCH: usize = 1000;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            // The authorization details lack descriptions and durations; the list lacks boundaries and tags.
            let (details, list) = futures::try_join!(roles(aws), list_roles(aws))?;
            let wanted = details.iter().filter_map(|role| Some((role, role.role_name()?)));
            wanted
                .filter(|(_, name)| ids.iter().any(|id| id.as_str() == *name))
                .filter_map(|(role, name)| Some((role, list.iter().find(|listed| listed.role_name() == name)?)))
                .map(|(role, listed)| {
                    let boundary = role.permissions_boundary().and_then(|it| it.permissions_boundary_arn());
                    let duration = listed.max_session_duration().map(|it| Seconds::try_from(i64::from(it)));
                    Ok(Live::ready(
                        Id::new(listed.role_name()),
                        Self {
                            assume_role_policy: decoded(role.assume_role_policy_document())?,
                            description: Some(listed.description().unwrap_or_default().to_owned()),
                            path: listed.path().to_owned(),
                            permissions_boundary: boundary.map(|arn| In::Value(PolicyArn::new(arn))),
                            max_session_duration: duration
                                .transpose()
                                .map_err(|error| Fault::Inputs(format!("MaxSessionDuration: {error}")))?,
                        },
                        RoleOutputs { arn: RoleArn::new(listed.arn()), name: RoleName::new(listed.role_name()) },
                        Some(from_tags(role.tags())),
                    ))
                })
                .collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.iam.create_role().role_name(&new.name).path(&self.path).set_tags(Some(to_tags(&new.tags)?));
            let reply =
                call.assume_role_policy_document(self.assume_role_policy.document()?).send().await.or_fault()?;
            Ok(Id::new(reply.role().or_missing("Role")?.role_name()))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let reply = aws.iam.get_role().role_name(&new.name).send().await.or_fault()?;
            let role = reply.role().filter(|role| from_tags(role.tags()).get(TOKEN_TAG) == Some(&new.token));
            role.map(|role| Id::new(role.role_name())).ok_or_else(|| Fault::not_found(&new.name))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let (name, old) = (live.id.as_str(), &live.inputs);
            if self.assume_role_policy != old.assume_role_policy {
                let call = aws.iam.update_assume_role_policy().role_name(name);
                call.policy_document(self.assume_role_policy.document()?).send().await.or_fault()?;
            }
            let description = self.description.as_ref().or(old.description.as_ref());
            let duration = self.max_session_duration.or(old.max_session_duration);
            if description != old.description.as_ref() || duration != old.max_session_duration {
                let call = aws.iam.update_role().role_name(name).set_description(description.cloned());
                call.set_max_session_duration(duration.map(seconds).transpose()?).send().await.or_fault()?;
            }
            if let Some(boundary) = &self.permissions_boundary
                && self.permissions_boundary != old.permissions_boundary
            {
                let call = aws.iam.put_role_permissions_boundary().role_name(name);
                call.permissions_boundary(boundary.known()?.as_str()).send().await.or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.iam.delete_role().role_name(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            if !set.is_empty() {
                let call = aws.iam.tag_role().role_name(id.as_str());
                call.set_tags(Some(to_tags(set)?)).send().await.or_fault()?;
            }
            if !remove.is_empty() {
                let call = aws.iam.untag_role().role_name(id.as_str());
                call.set_tag_keys(Some(remove.to_vec())).send().await.or_fault()?;
            }
            Ok(())
        }
    }

    fn seconds(duration: Seconds) -> Result<i32> {
        i32::try_from(duration.get()).map_err(|error| Fault::Inputs(format!("max_session_duration: {error}")))
    }
}
