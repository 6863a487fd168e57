use super::{Action, Condition, action, condition};
use derive::{Outputs, Resource};
use model::{
    In, ListenerArn, Percent, Priority, Problem,
    serving::{self, Fact},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a listener does with the requests that meet some conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "elbv2.listener_rule", outputs = ListenerRuleOutputs, check, expand, shift, serving)]
pub struct ListenerRule {
    /// The listener it belongs to.
    #[on_change(replace)]
    #[part_of]
    #[unique]
    pub listener: In<ListenerArn>,
    /// Its place among the rules of the listener; the lowest number is judged first. AWS: ELBv2 API Reference,
    /// SetRulePriorities, which sets those of several rules at one time.
    #[on_change(together)]
    #[unique]
    pub priority: Priority,
    /// What a request must be: all of these.
    #[unordered]
    pub conditions: BTreeSet<Condition>,
    /// What becomes of the request.
    /// A service can register with a group only once it stands here (ECS answers `does not have an associated load
    /// balancer`), and a group serves one load balancer only.
    #[on_change(union_first)]
    #[unordered]
    #[part_of]
    #[exclusive]
    pub action: Action,
}

/// What ELBv2 tells about a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct ListenerRuleOutputs {
    /// `arn:aws:elasticloadbalancing:..:listener-rule/app/..`
    pub arn: String,
}

impl ListenerRule {
    fn facts(&self) -> Vec<Fact> {
        vec![Fact::Rule(serving::Rule {
            listener: (&self.listener).into(),
            priority: self.priority.get().into(),
            conditions: self.conditions.iter().map(Condition::fact).collect(),
            action: self.action.fact(),
        })]
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = condition::problems("conditions", &self.conditions);
        problems.extend(self.action.problems("action"));
        problems
    }

    fn expand_field(_: &str, before: &Value, after: &Value) -> Option<Value> {
        action::expand(before, after)
    }

    fn shift_field(_: &str, before: &Value, after: &Value, share: Percent) -> Option<Value> {
        action::shift(before, after, share)
    }
}

#[cfg(feature = "live")]
pub(crate) use live::rules_of;

#[cfg(feature = "live")]
mod live {
    use super::{Action, Condition, ListenerRule, ListenerRuleOutputs};
    use crate::{
        elbv2::live::{arns, differs, ours, ours_among, retag, tags_of, to_tags},
        live::{Served, prelude::*},
    };
    use aws_sdk_elasticloadbalancingv2::types::{self, RuleCondition, RulePriorityPair};
    use model::{In, ListenerArn, Priority, Resource as _};
    use std::collections::BTreeSet;

    impl Provider<Aws> for ListenerRule {
        const BATCH: usize = 20;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let describe = aws.elbv2.describe_rules().set_rule_arns(arns(ids));
            let (reply, tags) = futures::try_join!(async { describe.send().await.or_fault() }, tags_of(aws, ids))?;
            let live = |rule: &types::Rule| {
                let arn = rule.rule_arn().or_missing("RuleArn")?;
                let outputs = ListenerRuleOutputs { arn: arn.to_owned() };
                let tags = tags.get(arn).cloned().unwrap_or_default();
                Ok(Live::ready(Id::new(arn), inputs(rule, arn)?, outputs, Some(tags)))
            };
            reply.rules().iter().map(live).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.elbv2.create_rule().listener_arn(self.listener.known()?.as_str());
            let reply = call
                .priority(self.priority.get().into())
                .set_conditions(Some(requests(&self.conditions)?))
                .actions(self.action.request()?)
                .set_tags(to_tags(&new.tags))
                .send()
                .await
                .or_fault()?;
            let created = reply.rules().first().and_then(|created| created.rule_arn());
            ours(aws, created.or_missing("RuleArn")?, new).await
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let made = made_for(aws, self.listener.known()?.as_str()).await?;
            ours_among(aws, made.iter().filter_map(|rule| rule.rule_arn()), new).await
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let (arn, before) = (live.id.as_str(), &live.inputs);
            let conditions = differs(Some(&self.conditions), Some(&before.conditions));
            let action = differs(Some(&self.action), Some(&before.action));
            if conditions.is_some() || action.is_some() {
                let call = aws.elbv2.modify_rule().rule_arn(arn);
                call.set_conditions(conditions.map(requests).transpose()?)
                    .set_actions(action.map(|action| Ok::<_, Fault>(vec![action.request()?])).transpose()?)
                    .send()
                    .await
                    .or_fault()?;
            }
            if self.priority != before.priority {
                set_priorities(aws, [(&live.id, self.priority)]).await?;
            }
            Ok(())
        }

        async fn update_together(aws: &Aws, changes: &[(Live<Self>, Self)]) -> Result<()> {
            set_priorities(aws, changes.iter().map(|(live, wanted)| (&live.id, wanted.priority))).await
        }

        async fn may_shift(&self, aws: &Aws, _: &Live<Self>) -> Result<()> {
            self.action.may_receive(aws).await
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.elbv2.delete_rule().rule_arn(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id, set, remove).await
        }
    }

    /// What each rule of a listener does, whoever made it, but for the default action.
    pub(crate) async fn rules_of(aws: &Aws, listener: &Id) -> Result<Vec<Served>> {
        let served = |rule: &types::Rule| {
            let arn = rule.rule_arn().or_missing("RuleArn")?;
            Ok((Id::new(arn), inputs(rule, arn).ok().map(|rule| rule.serving())))
        };
        made_for(aws, listener.as_str()).await?.iter().map(served).collect()
    }

    /// The rules of a listener, but for its default action.
    async fn made_for(aws: &Aws, listener: &str) -> Result<Vec<types::Rule>> {
        let call = aws.elbv2.describe_rules().listener_arn(listener);
        let mut rules = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.or_fault()?;
        rules.retain(|rule| rule.is_default() != Some(true));
        Ok(rules)
    }

    /// AWS: ELBv2 API Reference, SetRulePriorities.
    async fn set_priorities(aws: &Aws, priorities: impl IntoIterator<Item = (&Id, Priority)>) -> Result<()> {
        let pair = |(id, priority): (&Id, Priority)| {
            RulePriorityPair::builder().rule_arn(id.as_str()).priority(priority.get().into()).build()
        };
        let pairs = priorities.into_iter().map(pair).collect();
        match aws.elbv2.set_rule_priorities().set_rule_priorities(Some(pairs)).send().await.or_fault() {
            Err(Fault::Exists(message)) => Err(Fault::Rejected {
                code: "PriorityInUse".to_owned(),
                message: format!("{message} by a rule that is not of this stack"),
            }),
            done => done.map(drop),
        }
    }

    fn requests(conditions: &BTreeSet<Condition>) -> Result<Vec<RuleCondition>> {
        conditions.iter().map(Condition::request).collect()
    }

    fn inputs(found: &types::Rule, arn: &str) -> Result<ListenerRule> {
        let priority: i64 = parsed("Priority", found.priority())?;
        Ok(ListenerRule {
            listener: In::Value(listener_of(arn)?),
            priority: Priority::try_from(priority).map_err(|error| Fault::Inputs(format!("Priority: {error}")))?,
            conditions: found.conditions().iter().map(Condition::of).collect::<Result<_>>()?,
            action: Action::of(found.actions())?,
        })
    }

    /// The listener of a rule, which stands only in the rule's ARN:
    /// `..:listener-rule/app/<load balancer>/<id>/<listener>/<rule>`.
    fn listener_of(arn: &str) -> Result<ListenerArn> {
        let listener = arn.rsplit_once('/').and_then(|(parent, _)| {
            let (partition, path) = parent.split_once(":listener-rule/")?;
            Some(format!("{partition}:listener/{path}"))
        });
        listener.map(ListenerArn::new).ok_or_else(|| Fault::Inputs(format!("`{arn}` is not the ARN of a rule")))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_arn_of_a_rule_names_its_listener() {
            let prefix = "arn:aws:elasticloadbalancing:us-east-1:123456789012";
            let listener = listener_of(&format!("{prefix}:listener-rule/app/web/50dc6c/f2f7dc/9683b2"));
            assert_eq!(listener, Ok(ListenerArn::new(format!("{prefix}:listener/app/web/50dc6c/f2f7dc"))));
            assert!(listener_of(&format!("{prefix}:listener/app/web/50dc6c/f2f7dc")).is_err());
        }
    }
}
