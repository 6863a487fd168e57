//! Forwarding to weighted target groups.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::action::Place;
use super::errors::{configuration, target_group_not_found, validation};
use super::target_group::{Protocol, ProtocolVersion};
use super::{limits, load_balancer, usage};
use crate::context::Context;
use crate::wire::ApiError;

/// The weight of a target group that was given without one.
const DEFAULT_WEIGHT: u16 = 1;

/// Where requests are forwarded to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forward {
    pub(crate) target_groups: Vec<Weighted>,
    pub(crate) stickiness: Stickiness,
}

/// A target group and its share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Weighted {
    pub(crate) target_group_arn: String,
    /// 0 to 999, in relation to the other groups' weights.
    pub(crate) weight: u16,
}

/// Whether a client's requests go to the same target group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Stickiness {
    #[serde(default)]
    pub(crate) enabled: bool,
    pub(crate) duration_seconds: Option<u32>,
}

/// Forwarding as it stands in requests and replies.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ForwardConfig {
    #[serde(default)]
    target_groups: Vec<TargetGroupTuple>,
    target_group_stickiness_config: Option<Stickiness>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TargetGroupTuple {
    target_group_arn: String,
    weight: Option<u16>,
}

impl Forward {
    /// The long and the short form mean the same; together they must name the same target group.
    pub(super) fn parse(target_group_arn: Option<String>, config: Option<ForwardConfig>) -> Result<Self, ApiError> {
        let config =
            config.unwrap_or(ForwardConfig { target_groups: Vec::new(), target_group_stickiness_config: None });
        let mut target_groups = Vec::new();
        for TargetGroupTuple { target_group_arn, weight } in config.target_groups {
            let weight = weight.unwrap_or(DEFAULT_WEIGHT);
            if weight > 999 {
                return Err(validation(format!("Target group weight '{weight}' must be between '0-999' inclusive")));
            }
            target_groups.push(Weighted { target_group_arn, weight });
        }
        match target_group_arn {
            Some(target_group_arn) if target_groups.is_empty() => {
                target_groups.push(Weighted { target_group_arn, weight: DEFAULT_WEIGHT });
            }
            Some(arn) if !matches!(target_groups.as_slice(), [only] if only.target_group_arn == arn) => {
                let message = "A target group ARN and a forward configuration must name the same single target group";
                return Err(validation(message));
            }
            _ => (),
        }
        let forward = Forward { target_groups, stickiness: config.target_group_stickiness_config.unwrap_or_default() };
        forward.check()?;
        Ok(forward)
    }

    fn check(&self) -> Result<(), ApiError> {
        let arns: BTreeSet<_> = self.target_groups.iter().map(|group| &group.target_group_arn).collect();
        if arns.is_empty() {
            return Err(validation("At least one target group must be specified"));
        }
        if arns.len() < self.target_groups.len() {
            return Err(validation("A target group cannot be specified more than once in one action"));
        }
        limits::ACTION_TARGET_GROUPS.check("TooManyTargetGroups", arns.len())?;
        match self.stickiness.duration_seconds {
            None if self.stickiness.enabled => {
                Err(validation("A duration must be specified to enable target group stickiness"))
            }
            Some(seconds) if !(1..=604_800).contains(&seconds) => Err(validation(format!(
                "Target group stickiness duration '{seconds}' must be between '1-604800' inclusive"
            ))),
            _ => Ok(()),
        }
    }

    /// The target group, if there is just one.
    pub(super) fn only_target_group(&self) -> Option<&str> {
        match self.target_groups.as_slice() {
            [only] => Some(&only.target_group_arn),
            _ => None,
        }
    }

    pub(super) fn view(self) -> ForwardConfig {
        let tuple = |Weighted { target_group_arn, weight }| TargetGroupTuple { target_group_arn, weight: Some(weight) };
        ForwardConfig {
            target_groups: self.target_groups.into_iter().map(tuple).collect(),
            target_group_stickiness_config: Some(self.stickiness),
        }
    }
}

/// Refuses target groups that are not there or that this listener cannot forward to.
pub(super) fn check_target_groups<'a>(
    cx: &Context<'_>,
    place: Place<'_>,
    arns: impl Iterator<Item = &'a str>,
) -> Result<(), ApiError> {
    let vpc_id = &load_balancer::find(cx, place.load_balancer_arn)?.vpc_id;
    for arn in arns {
        let group = cx.elbv2.target_groups.get(arn).ok_or_else(|| target_group_not_found(arn))?;
        if group.vpc_id != *vpc_id {
            return Err(configuration(format!(
                "Target group '{arn}' is not in the VPC '{vpc_id}' of the load balancer"
            )));
        }
        if usage::load_balancer_of(cx, arn).is_some_and(|user| user != place.load_balancer_arn) {
            let message =
                format!("The following target groups cannot be associated with more than one load balancer: {arn}");
            return Err(ApiError::new("TargetGroupAssociationLimit", message));
        }
        if group.protocol_version == ProtocolVersion::Grpc && place.protocol == Protocol::Http {
            let message =
                "Listener protocol 'HTTP' is not supported with a target group with the protocol-version 'GRPC'";
            return Err(ApiError::new("InvalidLoadBalancerAction", message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuple(arn: &str, weight: Option<u16>) -> TargetGroupTuple {
        TargetGroupTuple { target_group_arn: arn.to_owned(), weight }
    }

    fn parse(arn: Option<&str>, target_groups: Vec<TargetGroupTuple>) -> Result<Forward, ApiError> {
        let config = ForwardConfig { target_groups, target_group_stickiness_config: None };
        Forward::parse(arn.map(str::to_owned), Some(config))
    }

    #[test]
    fn both_forms_mean_the_same() {
        let short = Forward::parse(Some("a".to_owned()), None).expect("it is right");
        assert_eq!(parse(None, vec![tuple("a", None)]), Ok(short.clone()));
        assert_eq!(parse(Some("a"), vec![tuple("a", Some(1))]), Ok(short));
        assert!(parse(Some("a"), vec![tuple("b", None)]).is_err());
        assert!(parse(Some("a"), vec![tuple("a", None), tuple("b", None)]).is_err());
    }

    #[test]
    fn weights_and_counts_are_bounded() {
        assert!(parse(None, vec![tuple("a", Some(0)), tuple("b", Some(999))]).is_ok());
        assert!(parse(None, vec![tuple("a", Some(1000))]).is_err());
        assert!(parse(None, vec![tuple("a", None), tuple("a", None)]).is_err());
        assert!(parse(None, ["a", "b", "c", "d", "e"].map(|arn| tuple(arn, None)).into()).is_ok());
        assert!(parse(None, ["a", "b", "c", "d", "e", "f"].map(|arn| tuple(arn, None)).into()).is_err());
        assert!(parse(None, Vec::new()).is_err());
    }

    #[test]
    fn stickiness_has_a_duration() {
        let stick = |enabled, duration_seconds| {
            let stickiness = Stickiness { enabled, duration_seconds };
            let config = ForwardConfig { target_groups: Vec::new(), target_group_stickiness_config: Some(stickiness) };
            Forward::parse(Some("a".to_owned()), Some(config))
        };
        assert!(stick(true, Some(60)).is_ok());
        assert!(stick(false, None).is_ok());
        assert!(stick(true, None).is_err());
        assert!(stick(true, Some(604_801)).is_err());
    }
}
