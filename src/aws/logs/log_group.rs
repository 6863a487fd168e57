use derive::{Outputs, Resource};
use model::{In, LogGroupArn, LogGroupName, LogRetention};
use serde::{Deserialize, Serialize};

/// A log group of CloudWatch Logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "logs.log_group", outputs = LogGroupOutputs, name_max = 512)]
pub struct LogGroup {
    /// How long events are kept.
    pub retention: Retention,
    /// The ARN of the KMS key with which new events are encrypted. CloudWatch Logs must be allowed to use it.
    pub kms_key: Option<In<String>>,
}

/// How long events are kept. AWS: CloudWatch Logs API Reference, PutRetentionPolicy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// For ever; AWS's default.
    Forever,
    /// For so many days.
    Days(LogRetention),
}

/// What CloudWatch Logs tells about a log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct LogGroupOutputs {
    /// The physical name, as log drivers take it.
    pub name: LogGroupName,
    /// The ARN without `:*`; policies that speak of the streams in it append that.
    pub arn: LogGroupArn,
}

#[cfg(feature = "live")]
mod live {
    use super::{LogGroup, LogGroupOutputs, Retention};
    use crate::live::prelude::*;
    use aws_sdk_cloudwatchlogs::types;
    use futures::future::try_join_all;
    use model::{In, LogGroupArn, LogGroupName, LogRetention};
    use std::collections::HashMap;

    impl Provider<Aws> for LogGroup {
        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            try_join_all(described(aws, ids).await?.iter().map(async |group| {
                let (name, arn) = (name_of(group)?, arn_of(group)?);
                Ok(Live::ready(
                    Id::new(name),
                    Self {
                        retention: retention(group.retention_in_days())?,
                        kms_key: group.kms_key_id().map(In::from),
                    },
                    LogGroupOutputs { name: LogGroupName::new(name), arn: LogGroupArn::new(arn) },
                    Some(tags_of(aws, arn).await?),
                ))
            }))
            .await
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let tags = HashMap::from_iter(new.tags.clone());
            aws.logs.create_log_group().log_group_name(&new.name).set_tags(Some(tags)).send().await.or_fault()?;
            Ok(Id::new(&new.name))
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let id = Id::new(&new.name);
            let group = found(aws, &id).await?;
            let tags = tags_of(aws, arn_of(&group)?).await?;
            only((tags.get(TOKEN_TAG) == Some(&new.token)).then_some(id))
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let name = live.id.as_str();
            if self.retention != live.inputs.retention {
                match self.retention {
                    Retention::Forever => {
                        aws.logs.delete_retention_policy().log_group_name(name).send().await.or_fault()?;
                    }
                    Retention::Days(days) => {
                        let days = i32::try_from(days.get()).unwrap_or(i32::MAX);
                        let call = aws.logs.put_retention_policy().log_group_name(name).retention_in_days(days);
                        call.send().await.or_fault()?;
                    }
                }
            }
            if let Some(key) = self.kms_key.as_ref().filter(|key| Some(*key) != live.inputs.kms_key.as_ref()) {
                let call = aws.logs.associate_kms_key().log_group_name(name).kms_key_id(key.known()?);
                call.send().await.or_fault()?;
            }
            Ok(())
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.logs.delete_log_group().log_group_name(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            let group = found(aws, id).await?;
            let arn = arn_of(&group)?;
            if !set.is_empty() {
                let tags = HashMap::from_iter(set.clone());
                aws.logs.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await.or_fault()?;
            }
            if !remove.is_empty() {
                let call = aws.logs.untag_resource().resource_arn(arn);
                call.set_tag_keys(Some(remove.to_vec())).send().await.or_fault()?;
            }
            Ok(())
        }
    }

    /// Those of `ids` that exist. One prefix stands for all of them: unlike names it can be asked for in one call
    /// and does not fail on a group that is gone.
    async fn described(aws: &Aws, ids: &[Id]) -> Result<Vec<types::LogGroup>> {
        let prefix = Some(common_prefix(ids)).filter(|prefix| !prefix.is_empty());
        let call = aws.logs.describe_log_groups().set_log_group_name_prefix(prefix.map(str::to_owned));
        let mut groups = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.or_fault()?;
        groups.retain(|group| ids.iter().any(|id| group.log_group_name() == Some(id.as_str())));
        Ok(groups)
    }

    async fn found(aws: &Aws, id: &Id) -> Result<types::LogGroup> {
        described(aws, std::slice::from_ref(id)).await?.pop().ok_or_else(|| Fault::not_found(id))
    }

    fn common_prefix(ids: &[Id]) -> &str {
        let Some((first, others)) = ids.split_first() else {
            return "";
        };
        others.iter().fold(first.as_str(), |prefix, id| {
            let same = prefix.char_indices().zip(id.as_str().chars()).find(|((_, one), other)| one != other);
            same.map_or(&prefix[..prefix.len().min(id.as_str().len())], |((end, _), _)| &prefix[..end])
        })
    }

    async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags> {
        let reply = aws.logs.list_tags_for_resource().resource_arn(arn).send().await.or_fault()?;
        Ok(reply.tags().map(|tags| tags.clone().into_iter().collect()).unwrap_or_default())
    }

    fn name_of(group: &types::LogGroup) -> Result<&str> {
        group.log_group_name().or_missing("logGroupName")
    }

    /// The ARN as tagging takes it: without the `:*` that one of the two ARNs of a reply has.
    fn arn_of(group: &types::LogGroup) -> Result<&str> {
        let arn = group.log_group_arn().or(group.arn()).or_missing("arn")?;
        Ok(arn.strip_suffix(":*").unwrap_or(arn))
    }

    fn retention(days: Option<i32>) -> Result<Retention> {
        let Some(days) = days else {
            return Ok(Retention::Forever);
        };
        let days = u32::try_from(days).map_err(|error| Fault::Inputs(format!("retentionInDays: {error}")))?;
        LogRetention::days(days)
            .map(Retention::Days)
            .map_err(|error| Fault::Inputs(format!("retentionInDays: {error}")))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn one_prefix_stands_for_all_groups() {
            let prefix = |names: &[&str]| {
                let ids: Vec<_> = names.iter().copied().map(Id::new).collect();
                common_prefix(&ids).to_owned()
            };
            assert_eq!(prefix(&["dev-web", "dev-worker"]), "dev-w");
            assert_eq!(prefix(&["dev-web-2", "dev-web"]), "dev-web");
            assert_eq!(prefix(&["dev-web", "dev-web-2"]), "dev-web");
            assert_eq!(prefix(&["dev", "prod"]), "");
            assert_eq!(prefix(&[]), "");
        }

        #[test]
        fn no_retention_is_for_ever() {
            assert_eq!(retention(None), Ok(Retention::Forever));
            assert_eq!(retention(Some(30)), Ok(Retention::Days(LogRetention::days(30).unwrap())));
            assert!(retention(Some(31)).is_err());
        }
    }
}
