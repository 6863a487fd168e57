//! The attributes of listeners.

use serde::{Deserialize, Serialize};

use super::attributes::{Attribute, Definition, Values};
use super::errors::configuration;
use super::listener::{self, Listener};
use crate::context::Context;
use crate::wire::ApiError;

/// The prefix of the attributes that only HTTPS listeners have: they name headers about the client's TLS.
const REQUEST: &str = "routing.http.request.";

const fn text(key: &'static str, default: &'static str) -> Definition {
    Definition { key, default, values: Values::Text }
}

/// AWS: Elastic Load Balancing API Reference, ListenerAttribute: those of Application Load Balancers; defaults as in
/// Application Load Balancers, "HTTP header modification".
const DEFINITIONS: &[Definition] = &[
    text("routing.http.request.x_amzn_mtls_clientcert.header_name", "X-Amzn-Mtls-Clientcert"),
    text("routing.http.request.x_amzn_mtls_clientcert_issuer.header_name", "X-Amzn-Mtls-Clientcert-Issuer"),
    text("routing.http.request.x_amzn_mtls_clientcert_leaf.header_name", "X-Amzn-Mtls-Clientcert-Leaf"),
    text(
        "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
        "X-Amzn-Mtls-Clientcert-Serial-Number",
    ),
    text("routing.http.request.x_amzn_mtls_clientcert_subject.header_name", "X-Amzn-Mtls-Clientcert-Subject"),
    text("routing.http.request.x_amzn_mtls_clientcert_validity.header_name", "X-Amzn-Mtls-Clientcert-Validity"),
    text("routing.http.request.x_amzn_tls_cipher_suite.header_name", "X-Amzn-Tls-Cipher-Suite"),
    text("routing.http.request.x_amzn_tls_version.header_name", "X-Amzn-Tls-Version"),
    text("routing.http.response.access_control_allow_credentials.header_value", ""),
    text("routing.http.response.access_control_allow_headers.header_value", ""),
    text("routing.http.response.access_control_allow_methods.header_value", ""),
    text("routing.http.response.access_control_allow_origin.header_value", ""),
    text("routing.http.response.access_control_expose_headers.header_value", ""),
    text("routing.http.response.access_control_max_age.header_value", ""),
    text("routing.http.response.content_security_policy.header_value", ""),
    Definition { key: "routing.http.response.server.enabled", default: "true", values: Values::Flag },
    text("routing.http.response.strict_transport_security.header_value", ""),
    text("routing.http.response.x_content_type_options.header_value", ""),
    text("routing.http.response.x_frame_options.header_value", ""),
];

/// Whether answers tell in `Server` what gave them.
pub(crate) fn shows_server(listener: &Listener) -> bool {
    listener.attributes.value(DEFINITIONS, "routing.http.response.server.enabled") == "true"
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeListenerAttributes {
    listener_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListenerAttributes {
    attributes: Vec<Attribute>,
}

pub(crate) fn describe_listener_attributes(
    cx: &mut Context<'_>,
    input: DescribeListenerAttributes,
) -> Result<ListenerAttributes, ApiError> {
    Ok(view(listener::find(cx, &input.listener_arn)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifyListenerAttributes {
    listener_arn: String,
    attributes: Vec<Attribute>,
}

pub(crate) fn modify_listener_attributes(
    cx: &mut Context<'_>,
    input: ModifyListenerAttributes,
) -> Result<ListenerAttributes, ApiError> {
    let listener = listener::find_mut(cx, &input.listener_arn)?;
    if let Some(key) =
        input.attributes.iter().map(Attribute::key).find(|key| key.starts_with(REQUEST) && listener.tls.is_none())
    {
        return Err(configuration(format!(
            "Listener attribute key '{key}' is not supported on listeners with protocol 'HTTP'"
        )));
    }
    listener.attributes.modify("Listener", DEFINITIONS, input.attributes)?;
    Ok(view(listener))
}

fn view(listener: &Listener) -> ListenerAttributes {
    let shown = DEFINITIONS.iter().filter(|definition| listener.tls.is_some() || !definition.key.starts_with(REQUEST));
    ListenerAttributes { attributes: listener.attributes.view(shown) }
}
