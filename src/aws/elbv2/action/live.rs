use super::{Action, FixedResponse, Forward, Redirect, TargetGroupStickiness, TargetGroupTuple};
use crate::live::prelude::*;
use aws_sdk_elasticloadbalancingv2::types::{
    self, ActionTypeEnum, FixedResponseActionConfig, ForwardActionConfig, RedirectActionConfig,
    TargetGroupStickinessConfig,
};
use model::{In, Seconds, TargetGroupArn, Weight};

impl Action {
    /// Refuses to send requests to a group in which no target is healthy; in passing while a first check of one is under
    /// way, as it is for some seconds after a listener has come to lead to the group (Elastic Load Balancing, "Target
    /// health status").
    pub(in crate::elbv2) async fn may_receive(&self, aws: &Aws) -> Result<()> {
        let Self::Forward(Forward { target_groups, .. }) = self else { return Ok(()) };
        for tuple in target_groups.iter().filter(|tuple| tuple.weight.get() > 0) {
            let arn = tuple.target_group.known()?.as_str();
            let reply = aws.elbv2.describe_target_health().target_group_arn(arn).send().await.or_fault()?;
            let states: Vec<_> =
                reply.target_health_descriptions().iter().filter_map(|it| it.target_health()?.state()).collect();
            if states.contains(&&types::TargetHealthStateEnum::Healthy) {
                continue;
            }
            let code = "NoHealthyTargets".to_owned();
            let message = format!("no target of {arn} is healthy, so no request is sent there");
            return Err(match states.contains(&&types::TargetHealthStateEnum::Initial) {
                true => Fault::Transient { code, message },
                false => Fault::Rejected { code, message },
            });
        }
        Ok(())
    }

    /// The action that a reply reports.
    pub(in crate::elbv2) fn of(found: &[types::Action]) -> Result<Self> {
        if let [action] = found {
            match action.r#type() {
                Some(ActionTypeEnum::Forward) => return forward_of(action).map(Self::Forward),
                Some(ActionTypeEnum::Redirect) => {
                    return redirect_of(action.redirect_config().or_missing("RedirectConfig")?).map(Self::Redirect);
                }
                Some(ActionTypeEnum::FixedResponse) => {
                    let config = action.fixed_response_config().or_missing("FixedResponseConfig")?;
                    return fixed_response_of(config).map(Self::FixedResponse);
                }
                _ => (),
            }
        }
        let types: Vec<_> = found.iter().map(|action| text(action.r#type())).collect();
        Ok(Self::Unmodelled(types.join(", ")))
    }

    /// The action as requests take it.
    pub(in crate::elbv2) fn request(&self) -> Result<types::Action> {
        let action = types::Action::builder();
        Ok(match self {
            Self::Forward(forward) => action.r#type(ActionTypeEnum::Forward).forward_config(forward_config(forward)?),
            Self::Redirect(redirect) => {
                action.r#type(ActionTypeEnum::Redirect).redirect_config(redirect_config(redirect))
            }
            Self::FixedResponse(response) => {
                action.r#type(ActionTypeEnum::FixedResponse).fixed_response_config(fixed_response_config(response))
            }
            Self::Unmodelled(types) => return Err(Fault::Inputs(format!("`{types}` can be read but not declared"))),
        }
        .build())
    }
}

fn forward_of(found: &types::Action) -> Result<Forward> {
    let config = found.forward_config();
    let tuple = |tuple: &types::TargetGroupTuple| target_group(tuple.target_group_arn(), tuple.weight());
    let target_groups = match config.map(ForwardActionConfig::target_groups) {
        Some(several) if !several.is_empty() => several.iter().map(tuple).collect::<Result<_>>()?,
        _ => [target_group(found.target_group_arn(), None)?].into(),
    };
    let stickiness = config.and_then(ForwardActionConfig::target_group_stickiness_config);
    let stickiness = match stickiness.filter(|config| config.enabled() == Some(true)) {
        None => TargetGroupStickiness::Disabled,
        Some(config) => {
            let duration = i64::from(config.duration_seconds().or_missing("DurationSeconds")?);
            TargetGroupStickiness::Enabled(
                Seconds::try_from(duration).map_err(|error| Fault::Inputs(format!("DurationSeconds: {error}")))?,
            )
        }
    };
    Ok(Forward { target_groups, stickiness })
}

fn target_group(arn: Option<&str>, weight: Option<i32>) -> Result<TargetGroupTuple> {
    // A forward to a single group can be written without a weight.
    let weight = i64::from(weight.unwrap_or(1));
    Ok(TargetGroupTuple {
        target_group: In::Value(TargetGroupArn::new(arn.or_missing("TargetGroupArn")?)),
        weight: Weight::try_from(weight).map_err(|error| Fault::Inputs(format!("Weight: {error}")))?,
    })
}

fn forward_config(wanted: &Forward) -> Result<ForwardActionConfig> {
    let tuple = |tuple: &TargetGroupTuple| {
        let arn = tuple.target_group.known()?.as_str();
        let weight = tuple.weight.get().into();
        Ok(types::TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build())
    };
    let stickiness = TargetGroupStickinessConfig::builder();
    let stickiness = match wanted.stickiness {
        TargetGroupStickiness::Disabled => stickiness.enabled(false),
        TargetGroupStickiness::Enabled(time) => {
            stickiness.enabled(true).set_duration_seconds(i32::try_from(time.get()).ok())
        }
    };
    Ok(ForwardActionConfig::builder()
        .set_target_groups(Some(wanted.target_groups.iter().map(tuple).collect::<Result<_>>()?))
        .target_group_stickiness_config(stickiness.build())
        .build())
}

fn redirect_of(found: &RedirectActionConfig) -> Result<Redirect> {
    // What a redirect does not change is left out or written as its keyword.
    let default = Redirect::default();
    let or = |part: Option<&str>, default: String| part.map_or(default, str::to_owned);
    Ok(Redirect {
        protocol: or(found.protocol(), default.protocol),
        port: or(found.port(), default.port),
        host: or(found.host(), default.host),
        path: or(found.path(), default.path),
        query: or(found.query(), default.query),
        status_code: parsed("StatusCode", found.status_code().map(|code| code.as_str()))?,
    })
}

fn redirect_config(wanted: &Redirect) -> RedirectActionConfig {
    RedirectActionConfig::builder()
        .protocol(&wanted.protocol)
        .port(&wanted.port)
        .host(&wanted.host)
        .path(&wanted.path)
        .query(&wanted.query)
        .status_code(wanted.status_code.as_str().into())
        .build()
}

fn fixed_response_of(found: &FixedResponseActionConfig) -> Result<FixedResponse> {
    Ok(FixedResponse {
        status_code: parsed("StatusCode", found.status_code())?,
        content_type: parsed("ContentType", found.content_type().or(Some("text/plain")))?,
        message_body: found.message_body().unwrap_or_default().to_owned(),
    })
}

fn fixed_response_config(wanted: &FixedResponse) -> FixedResponseActionConfig {
    let body = Some(&wanted.message_body).filter(|body| !body.is_empty());
    FixedResponseActionConfig::builder()
        .status_code(wanted.status_code.to_string())
        .content_type(wanted.content_type.as_str())
        .set_message_body(body.cloned())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elbv2::RedirectStatusCode;
    use model::Port;

    fn group(name: &str) -> In<TargetGroupArn> {
        In::Value(TargetGroupArn::new(name))
    }

    #[test]
    fn actions_survive_the_api() {
        let sticky = Action::Forward(Forward {
            target_groups: [TargetGroupTuple { target_group: group("blue"), weight: Weight::new(0) }].into(),
            stickiness: TargetGroupStickiness::Enabled(Seconds::new(60)),
        });
        let temporary = Redirect { status_code: RedirectStatusCode::Temporary, ..Redirect::default() };
        for action in [
            sticky,
            Action::weighted([(group("blue"), Weight::new(90)), (group("green"), Weight::new(10))]),
            Action::redirect_to_https(Port::new(443)),
            Action::Redirect(temporary),
            Action::respond(503, "back soon"),
            Action::respond(204, ""),
        ] {
            assert_eq!(Action::of(&[action.request().unwrap()]), Ok(action));
        }
    }

    #[test]
    fn a_forward_to_one_group_may_have_no_weight() {
        let found = types::Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn("blue").build();
        assert_eq!(Action::of(&[found]), Ok(Action::forward(group("blue"))));
    }

    #[test]
    fn what_has_no_words_is_a_difference_and_no_error() {
        let typed = |kind| types::Action::builder().r#type(kind).build();
        let found = [typed(ActionTypeEnum::AuthenticateOidc), typed(ActionTypeEnum::Forward)];
        let action = Action::of(&found).unwrap();
        assert_eq!(action, Action::Unmodelled("authenticate-oidc, forward".to_owned()));
        assert!(action.request().is_err());
    }
}
