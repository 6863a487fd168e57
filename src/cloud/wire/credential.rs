//! Who signs a request, and for which service and region.

/// The parts of a credential scope that the cloud uses. The signature itself is not verified.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) access_key: String,
    pub(crate) region: String,
    /// The signing name of the service.
    pub(crate) service: String,
}

impl Credential {
    /// Reads the `Authorization` header of Signature Version 4.
    ///
    /// AWS: IAM User Guide, "Elements of an AWS API request signature".
    pub(crate) fn from_header(header: &str) -> Option<Self> {
        let rest = header.strip_prefix("AWS4-HMAC-SHA256")?.split_once("Credential=")?.1;
        Self::from_scope(rest.split([',', ' ']).next()?)
    }

    /// Reads `access-key/date/region/service/aws4_request`, as it also stands in `X-Amz-Credential`.
    pub(crate) fn from_scope(scope: &str) -> Option<Self> {
        let parts: Vec<&str> = scope.split('/').collect();
        let [access_key, _date, region, service, "aws4_request"] = parts[..] else { return None };
        Some(Credential { access_key: access_key.to_owned(), region: region.to_owned(), service: service.to_owned() })
    }

    /// Whether the region has the form of a region's name, as in `eu-central-1`.
    pub(crate) fn region_is_valid(&self) -> bool {
        let mut parts = self.region.rsplit('-');
        let number = parts.next().is_some_and(|part| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit()));
        let words: Vec<&str> = parts.collect();
        number
            && words.len() >= 2
            && words.iter().all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_key_region_and_service() {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKIA/20260131/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=0";
        let credential = Credential::from_header(header).expect("it is well formed");
        assert_eq!((credential.access_key.as_str(), credential.region.as_str()), ("AKIA", "eu-central-1"));
        assert_eq!(credential.service, "ec2");
        assert!(credential.region_is_valid());
    }

    #[test]
    fn other_headers_and_regions_are_refused() {
        assert_eq!(Credential::from_header("Bearer abc"), None);
        assert_eq!(Credential::from_header("AWS4-HMAC-SHA256 Credential=AKIA/20260131/ec2/aws4_request"), None);
        let credential = Credential::from_scope("AKIA/20260131/mars/ec2/aws4_request").expect("it is well formed");
        assert!(!credential.region_is_valid());
    }
}
