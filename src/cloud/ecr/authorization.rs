//! What a container client logs in with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::wire::{ApiError, Epoch};

/// AWS: ECR API Reference, GetAuthorizationToken.
const VALIDITY: SignedDuration = SignedDuration::from_hours(12);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetAuthorizationToken {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorization {
    authorization_data: [AuthorizationData; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationData {
    authorization_token: String,
    expires_at: Epoch,
    proxy_endpoint: String,
}

/// Gives out a user name and a password in AWS's form; no registry here takes them.
pub(crate) fn get_authorization_token(
    cx: &mut Context<'_>,
    _: GetAuthorizationToken,
) -> Result<Authorization, ApiError> {
    let data = AuthorizationData {
        authorization_token: STANDARD.encode(format!("AWS:{}", cx.ids.hex(256))),
        expires_at: Epoch(cx.now + VALIDITY),
        proxy_endpoint: format!("https://{}.dkr.ecr.{}.amazonaws.com", cx.account, cx.region),
    };
    Ok(Authorization { authorization_data: [data] })
}
