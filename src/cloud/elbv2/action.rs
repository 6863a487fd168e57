//! What a rule does with a request. Authentication actions are not modelled.

use serde::{Deserialize, Serialize};

use super::errors::validation;
use super::forward::{self, Forward, ForwardConfig};
use super::redirect::{Redirect, RedirectConfig};
use super::target_group::Protocol;
use crate::context::Context;
use crate::wire::ApiError;

/// The largest message of a fixed response (AWS: Elastic Load Balancing API Reference, FixedResponseActionConfig).
const MAX_MESSAGE: usize = 1024;

const CONTENT_TYPES: [&str; 5] = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];

/// The action of a rule. A rule has exactly one, as only authentication goes before another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Action {
    /// As the request gave it.
    order: Option<u16>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Forward(Forward),
    Redirect(Redirect),
    FixedResponse(FixedResponse),
}

/// The answer that the load balancer gives by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct FixedResponse {
    pub(crate) message_body: Option<String>,
    pub(crate) status_code: String,
    pub(crate) content_type: Option<String>,
}

/// An action as it stands in requests and replies.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ActionConfig {
    r#type: Type,
    target_group_arn: Option<String>,
    order: Option<u16>,
    redirect_config: Option<RedirectConfig>,
    fixed_response_config: Option<FixedResponse>,
    forward_config: Option<ForwardConfig>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Type {
    Forward,
    Redirect,
    FixedResponse,
}

/// The listener that an action is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) load_balancer_arn: &'a str,
    pub(super) protocol: Protocol,
}

impl Action {
    /// The action that a request describes.
    pub(super) fn parse(cx: &Context<'_>, place: Place<'_>, actions: Vec<ActionConfig>) -> Result<Self, ApiError> {
        let Ok([config]) = <[ActionConfig; 1]>::try_from(actions) else {
            let message = "Exactly one action of type 'forward', 'redirect' or 'fixed-response' must be specified";
            return Err(ApiError::new("InvalidLoadBalancerAction", message));
        };
        config.check_members()?;
        let ActionConfig { order, target_group_arn, redirect_config, fixed_response_config, forward_config, .. } =
            config;
        if order.is_some_and(|order| !(1..=50_000).contains(&order)) {
            return Err(validation("The order of an action must be in the range 1-50000"));
        }
        let kind = match (redirect_config, fixed_response_config) {
            (Some(redirect), _) => Kind::Redirect(Redirect::parse(redirect, place.protocol)?),
            (_, Some(response)) => Kind::FixedResponse(response.checked()?),
            _ => Kind::Forward(Forward::parse(target_group_arn, forward_config)?),
        };
        let action = Action { order, kind };
        forward::check_target_groups(cx, place, action.target_groups())?;
        Ok(action)
    }

    /// The ARNs of the target groups that the action forwards to.
    pub(crate) fn target_groups(&self) -> impl Iterator<Item = &str> {
        let targets = match &self.kind {
            Kind::Forward(forward) => forward.target_groups.as_slice(),
            Kind::Redirect(_) | Kind::FixedResponse(_) => &[],
        };
        targets.iter().map(|target| target.target_group_arn.as_str())
    }

    pub(super) fn view(&self) -> ActionConfig {
        let none = |r#type| ActionConfig {
            r#type,
            order: self.order,
            target_group_arn: None,
            redirect_config: None,
            fixed_response_config: None,
            forward_config: None,
        };
        match self.kind.clone() {
            Kind::Forward(forward) => ActionConfig {
                target_group_arn: forward.only_target_group().map(str::to_owned),
                forward_config: Some(forward.view()),
                ..none(Type::Forward)
            },
            Kind::Redirect(redirect) => ActionConfig { redirect_config: Some(redirect.view()), ..none(Type::Redirect) },
            Kind::FixedResponse(response) => {
                ActionConfig { fixed_response_config: Some(response), ..none(Type::FixedResponse) }
            }
        }
    }
}

impl ActionConfig {
    /// Refuses members of another type, and the lack of those of this one.
    fn check_members(&self) -> Result<(), ApiError> {
        let members = [
            (Type::Forward, self.target_group_arn.is_some() || self.forward_config.is_some(), "A target group"),
            (Type::Redirect, self.redirect_config.is_some(), "A redirect configuration"),
            (Type::FixedResponse, self.fixed_response_config.is_some(), "A fixed response configuration"),
        ];
        for (r#type, given, name) in members {
            match (r#type == self.r#type, given) {
                (true, false) => {
                    return Err(validation(format!("{name} must be specified for an action of this type")));
                }
                (false, true) => {
                    return Err(validation(format!("{name} cannot be specified for an action of this type")));
                }
                _ => (),
            }
        }
        Ok(())
    }
}

impl FixedResponse {
    fn checked(self) -> Result<Self, ApiError> {
        let code = self.status_code.as_bytes();
        if !(matches!(code, [b'2' | b'4' | b'5', ..]) && code.len() == 3 && code.iter().all(u8::is_ascii_digit)) {
            let message = format!(
                "1 validation error detected: Value '{}' at 'fixedResponseConfig.statusCode' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: ^(2|4|5)\\d\\d$",
                self.status_code
            );
            return Err(validation(message));
        }
        if self.message_body.as_ref().is_some_and(|message| message.chars().count() > MAX_MESSAGE) {
            return Err(validation(format!("The message body cannot be longer than '{MAX_MESSAGE}' characters")));
        }
        if let Some(content_type) = self.content_type.as_deref().filter(|it| !CONTENT_TYPES.contains(it)) {
            let message = format!("The content type '{content_type}' must be one of [{}]", CONTENT_TYPES.join(", "));
            return Err(ApiError::new("InvalidLoadBalancerAction", message));
        }
        Ok(self)
    }
}
