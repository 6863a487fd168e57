//! The certificates of HTTPS listeners besides the default one.

use serde::{Deserialize, Serialize};

use super::errors::{not_permitted, validation};
use super::limits;
use super::listener::{self, Listener};
use super::paging::pages;
use super::tls::CertificateConfig;
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AddListenerCertificates {
    listener_arn: String,
    certificates: Vec<CertificateConfig>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Certificates {
    certificates: Vec<CertificateConfig>,
    next_marker: Option<String>,
}

/// Adds a certificate; one that is there already is no error.
pub(crate) fn add_listener_certificates(
    cx: &mut Context<'_>,
    input: AddListenerCertificates,
) -> Result<Certificates, ApiError> {
    let mut added = Vec::new();
    for certificate in input.certificates {
        added.push(certificate.checked_arn()?);
    }
    let listener = https(cx, &input.listener_arn)?;
    listener.certificates.extend(added.iter().cloned());
    let load_balancer_arn = listener.load_balancer_arn.clone();
    let count = listener::of_load_balancer(cx, &load_balancer_arn).map(|listener| listener.certificates.len()).sum();
    limits::CERTIFICATES.check("TooManyCertificates", count)?;
    let certificates = added.iter().map(|arn| CertificateConfig::new(arn, Some(false))).collect();
    Ok(Certificates { certificates, next_marker: None })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RemoveListenerCertificates {
    listener_arn: String,
    certificates: Vec<CertificateConfig>,
}

#[derive(Serialize)]
pub(crate) struct Removed {}

/// Removes certificates; those that are not there are no error, and the default one cannot be removed.
pub(crate) fn remove_listener_certificates(
    cx: &mut Context<'_>,
    input: RemoveListenerCertificates,
) -> Result<Removed, ApiError> {
    let listener = https(cx, &input.listener_arn)?;
    for certificate in input.certificates {
        let arn = certificate.checked_arn()?;
        let is_default = listener.tls.as_ref().is_some_and(|tls| tls.certificate == arn);
        if !listener.certificates.remove(&arn) && is_default {
            return Err(not_permitted("The default certificate of a listener cannot be removed"));
        }
    }
    Ok(Removed {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeListenerCertificates {
    listener_arn: String,
    marker: Option<String>,
    page_size: Option<i64>,
}

/// The default certificate first. If it is in the list, too, it comes twice.
pub(crate) fn describe_listener_certificates(
    cx: &mut Context<'_>,
    input: DescribeListenerCertificates,
) -> Result<Certificates, ApiError> {
    let listener = listener::find(cx, &input.listener_arn)?;
    let default = listener.tls.iter().map(|tls| (format!("0{}", tls.certificate), &tls.certificate, true));
    let others = listener.certificates.iter().map(|arn| (format!("1{arn}"), arn, false));
    let page = pages(default.chain(others), |(place, ..)| place.as_str(), input.page_size, input.marker.as_deref())?;
    let view = |(_, arn, is_default): (String, &String, bool)| CertificateConfig::new(arn, Some(is_default));
    Ok(Certificates { certificates: page.items.into_iter().map(view).collect(), next_marker: page.next_token })
}

fn https<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut Listener, ApiError> {
    let listener = listener::find_mut(cx, arn)?;
    if listener.tls.is_none() {
        return Err(validation("Certificates can be specified for HTTPS listeners only"));
    }
    Ok(listener)
}
