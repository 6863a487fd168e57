//! What an HTTPS listener has: a security policy and certificates. Mutual authentication is not modelled.

use serde::{Deserialize, Serialize};

use super::errors::validation;
use super::ssl_policy;
use super::target_group::Protocol;
use crate::wire::ApiError;

/// AWS: Elastic Load Balancing, Application Load Balancers, "Security policies": the default of the API.
const DEFAULT_POLICY: &str = "ELBSecurityPolicy-2016-08";

/// How a listener proves itself to clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tls {
    pub(crate) ssl_policy: String,
    /// The ARN of the default certificate.
    pub(crate) certificate: String,
}

/// A certificate as it stands in requests and replies.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CertificateConfig {
    certificate_arn: Option<String>,
    is_default: Option<bool>,
}

/// Whether clients must show certificates, too.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct MutualAuthentication {
    mode: Mode,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Off,
}

impl MutualAuthentication {
    pub(super) const OFF: Self = MutualAuthentication { mode: Mode::Off };
}

impl Tls {
    /// What a request asks for; what it does not mention stays as it is in `before`.
    pub(super) fn parse(
        protocol: Protocol,
        ssl_policy: Option<String>,
        certificates: Vec<CertificateConfig>,
        before: Option<Tls>,
    ) -> Result<Option<Self>, ApiError> {
        if protocol == Protocol::Http {
            return match (ssl_policy, certificates.as_slice()) {
                (None, []) => Ok(None),
                (Some(_), _) => Err(validation("A security policy cannot be specified for HTTP listeners")),
                (None, _) => Err(validation("A certificate cannot be specified for HTTP listeners")),
            };
        }
        let certificate = match <[CertificateConfig; 1]>::try_from(certificates) {
            Ok([certificate]) => Some(certificate.checked_arn()?),
            Err(certificates) if certificates.is_empty() => before.as_ref().map(|tls| tls.certificate.clone()),
            Err(_) => return Err(validation("You must specify exactly one certificate as the default of a listener")),
        };
        let certificate =
            certificate.ok_or_else(|| validation("A certificate must be specified for HTTPS listeners"))?;
        let ssl_policy = ssl_policy.or(before.map(|tls| tls.ssl_policy)).unwrap_or_else(|| DEFAULT_POLICY.to_owned());
        ssl_policy::check(&ssl_policy)?;
        Ok(Some(Tls { ssl_policy, certificate }))
    }
}

impl CertificateConfig {
    pub(super) fn new(arn: &str, is_default: Option<bool>) -> Self {
        CertificateConfig { certificate_arn: Some(arn.to_owned()), is_default }
    }

    /// The ARN that a request gives. Any that looks like one of ACM's or IAM's is taken for an existing certificate.
    pub(super) fn checked_arn(self) -> Result<String, ApiError> {
        if self.is_default.is_some() {
            return Err(validation("'IsDefault' cannot be specified for a certificate in a request"));
        }
        let arn = self.certificate_arn.ok_or_else(|| validation("A certificate ARN must be specified"))?;
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let kind = match parts[..] {
            ["arn", _, "acm", _, _, resource] => resource.strip_prefix("certificate/"),
            ["arn", _, "iam", "", _, resource] => resource.strip_prefix("server-certificate/"),
            _ => None,
        };
        match kind {
            Some(name) if !name.is_empty() => Ok(arn),
            _ => Err(ApiError::new("CertificateNotFound", format!("Certificate '{arn}' not found"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/3dcb0a41-bd72-4774-9ad9-756919c40557";

    fn https(policy: Option<&str>, arns: &[&str], before: Option<Tls>) -> Result<Option<Tls>, ApiError> {
        let certificates = arns.iter().map(|arn| CertificateConfig::new(arn, None)).collect();
        Tls::parse(Protocol::Https, policy.map(str::to_owned), certificates, before)
    }

    #[test]
    fn https_needs_one_certificate() {
        let tls = https(None, &[ARN], None).expect("it is right");
        assert_eq!(tls.as_ref().map(|tls| tls.ssl_policy.as_str()), Some(DEFAULT_POLICY));
        assert_eq!(https(None, &[], tls.clone()), Ok(tls));
        assert!(https(None, &[], None).is_err());
        assert!(https(None, &[ARN, ARN], None).is_err());
        assert!(https(None, &["certificate"], None).is_err());
        assert!(https(Some("ELBSecurityPolicy-None"), &[ARN], None).is_err());
    }

    #[test]
    fn http_has_none_of_it() {
        let tls = https(None, &[ARN], None).expect("it is right");
        assert_eq!(Tls::parse(Protocol::Http, None, Vec::new(), tls), Ok(None));
        let certificate = CertificateConfig::new(ARN, None);
        assert!(Tls::parse(Protocol::Http, None, vec![certificate], None).is_err());
    }
}
