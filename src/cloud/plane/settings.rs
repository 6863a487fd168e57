//! What the user decides about the data plane.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The settings of a data plane.
#[derive(Debug, Clone)]
pub struct PlaneSettings {
    /// The folder of the application that the images of the cloud's own registry stand for.
    pub app: PathBuf,
    /// The Python that runs it.
    pub python: PathBuf,
    /// Where requests of users seem to come from: security groups judge this address instead of the loopback address.
    /// Of TEST-NET-3 (RFC 5737) by default, so that it is in nobody's private network.
    pub client: Ipv4Addr,
    /// How long a load balancer's nodes may go on sending requests to a target after it was deregistered; times the
    /// time scale. Users measured 17 to 70 seconds with controllers between; AWS documents none.
    pub deregistration_lag: Duration,
    /// Whether everything listens on distinct high ports of 127.0.0.1 even where the machine has all of 127.0.0.0/8.
    pub high_ports: bool,
    /// Images that every repository has from its start, as if someone had pushed them.
    pub images: Vec<SeedImage>,
    /// What images stand for that are not in the cloud's own registry; the first that fits counts.
    pub programs: Vec<ImageProgram>,
    /// What containers get for their secrets.
    pub secrets: SecretValues,
}

/// An image of the application that is made, not built: a tag and the environment that it gives to its processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedImage {
    /// Its tag.
    pub tag: String,
    /// The default environment of its processes, which task definitions override.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// What is run for a container whose image cannot be run, because there is no container engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageProgram {
    /// Which images, as task definitions name them; `*` stands for any text.
    pub image: String,
    /// The program with its arguments.
    pub command: Vec<String>,
}

impl ImageProgram {
    /// Whether it is meant for this image.
    pub(crate) fn fits(&self, image: &str) -> bool {
        let mut parts = self.image.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = image.strip_prefix(first) else { return false };
        let mut last = None;
        for part in parts {
            match rest.find(part) {
                Some(place) => rest = &rest[place + part.len()..],
                None => return false,
            }
            last = Some(part);
        }
        // The last part has to be the end: it may occur earlier, too.
        last.map_or(rest.is_empty(), |last| image.len() >= first.len() + last.len() && image.ends_with(last))
    }
}

/// The values of secrets by what task definitions name them: the ARN of a secret or of a parameter.
#[derive(Clone, Default)]
pub struct SecretValues(pub BTreeMap<String, String>);

impl fmt::Debug for SecretValues {
    /// Without the values.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl PlaneSettings {
    /// Runs `app` with the `python3` of the path.
    pub fn new(app: impl Into<PathBuf>) -> Self {
        PlaneSettings {
            app: app.into(),
            python: PathBuf::from("python3"),
            client: Ipv4Addr::new(203, 0, 113, 10),
            deregistration_lag: Duration::from_secs(17),
            high_ports: false,
            images: Vec::new(),
            programs: Vec::new(),
            secrets: SecretValues::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_matched_by_pattern() {
        let fits =
            |pattern: &str, image: &str| ImageProgram { image: pattern.to_owned(), command: Vec::new() }.fits(image);
        assert!(fits("nginx:1", "nginx:1") && !fits("nginx:1", "nginx:10") && !fits("nginx", "nginx:1"));
        assert!(fits("nginx:*", "nginx:1") && fits("*", "anything") && fits("*/web:*", "a/web:1"));
        assert!(fits("*:1", "web:1:1") && !fits("a*a", "a") && !fits("*/web:*", "web:1"));
    }

    #[test]
    fn values_of_secrets_are_never_shown() {
        let secrets = SecretValues([("arn:a".to_owned(), "hidden".to_owned())].into());
        let shown = format!("{secrets:?}");
        assert!(shown.contains("arn:a") && !shown.contains("hidden"));
    }
}
