use super::{Protocol, outside};
use model::{HttpMatcher, Port, Problem, Seconds};
use serde::{Deserialize, Serialize};

/// How a load balancer finds out whether a target can serve.
///
/// AWS: Elastic Load Balancing, Application Load Balancers, "Health checks for Application Load Balancer target
/// groups". A new target serves after its first good check; after that the thresholds hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// How the target is asked.
    pub protocol: Protocol,
    /// On which port it is asked.
    pub port: HealthCheckPort,
    /// What it is asked for; begins with `/`.
    pub path: String,
    /// The time between two checks of one target: 5 to 300 s.
    pub interval: Seconds,
    /// How long an answer may take: 2 to 120 s, less than the interval.
    pub timeout: Seconds,
    /// How many good checks in a row make an unhealthy target healthy: 2 to 10.
    pub healthy_threshold: u8,
    /// How many failed checks in a row make a healthy target unhealthy: 2 to 10.
    pub unhealthy_threshold: u8,
    /// The status codes of a good check; AWS's default is 200.
    pub matcher: Option<HttpMatcher>,
}

/// The port on which a target is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthCheckPort {
    /// The one on which it gets its requests.
    TrafficPort,
    /// The same one for every target.
    Port(Port),
}

impl HealthCheck {
    /// Asks for `path` over HTTP on the traffic port, with the thresholds and times that are AWS's defaults.
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            protocol: Protocol::Http,
            port: HealthCheckPort::TrafficPort,
            path: path.into(),
            interval: Seconds::new(30),
            timeout: Seconds::new(5),
            healthy_threshold: 5,
            unhealthy_threshold: 2,
            matcher: None,
        }
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        const FIELD: &str = "health_check";
        let rules = [
            (!self.path.starts_with('/')).then(|| format!("the path `{}` does not begin with /", self.path)),
            (self.timeout >= self.interval).then(|| {
                format!("a check may take {} s but the next one comes after {} s", self.timeout, self.interval)
            }),
            (![self.healthy_threshold, self.unhealthy_threshold].iter().all(|count| (2..=10).contains(count)))
                .then(|| "a threshold is 2 to 10 checks".to_owned()),
        ];
        let limits = [outside(FIELD, Some(self.interval), 5, 300), outside(FIELD, Some(self.timeout), 2, 120)];
        rules.into_iter().flatten().map(|rule| Problem::new(FIELD, rule)).chain(limits.into_iter().flatten()).collect()
    }
}

#[cfg(feature = "live")]
mod live {
    use super::{HealthCheck, HealthCheckPort};
    use crate::live::prelude::*;
    use aws_sdk_elasticloadbalancingv2::{
        operation::modify_target_group::builders::ModifyTargetGroupFluentBuilder,
        types::{Matcher, TargetGroup},
    };
    use model::{Port, Seconds};

    impl HealthCheck {
        /// The check that a reply reports.
        pub(in crate::elbv2) fn of(found: &TargetGroup) -> Result<Self> {
            let seconds = |field, seconds: Option<i32>| {
                i64::from(seconds.or_missing(field)?)
                    .try_into()
                    .map_err(|error| Fault::Inputs(format!("{field}: {error}")))
            };
            let count = |field, count: Option<i32>| {
                u8::try_from(count.or_missing(field)?).map_err(|error| Fault::Inputs(format!("{field}: {error}")))
            };
            let matcher = found.matcher().and_then(|matcher| matcher.http_code()).map(|codes| {
                codes.to_owned().try_into().map_err(|error| Fault::Inputs(format!("Matcher.HttpCode: {error}")))
            });
            Ok(Self {
                protocol: parsed("HealthCheckProtocol", found.health_check_protocol().map(|it| it.as_str()))?,
                port: HealthCheckPort::of(found.health_check_port().or_missing("HealthCheckPort")?)?,
                path: found.health_check_path().or_missing("HealthCheckPath")?.to_owned(),
                interval: seconds("HealthCheckIntervalSeconds", found.health_check_interval_seconds())?,
                timeout: seconds("HealthCheckTimeoutSeconds", found.health_check_timeout_seconds())?,
                healthy_threshold: count("HealthyThresholdCount", found.healthy_threshold_count())?,
                unhealthy_threshold: count("UnhealthyThresholdCount", found.unhealthy_threshold_count())?,
                matcher: matcher.transpose()?,
            })
        }

        /// The same check, with what is not managed as it is in `live`.
        pub(in crate::elbv2) fn over(&self, live: &Self) -> Self {
            Self { matcher: self.matcher.clone().or_else(|| live.matcher.clone()), ..self.clone() }
        }

        /// Puts the check into a request.
        pub(in crate::elbv2) fn put_into(
            &self,
            call: ModifyTargetGroupFluentBuilder,
        ) -> ModifyTargetGroupFluentBuilder {
            let seconds = |time: Seconds| i32::try_from(time.get()).unwrap_or(i32::MAX);
            let matcher = self.matcher.as_ref().map(|matcher| Matcher::builder().http_code(matcher.as_str()).build());
            call.health_check_protocol(self.protocol.as_str().into())
                .health_check_port(self.port.word())
                .health_check_path(&self.path)
                .health_check_interval_seconds(seconds(self.interval))
                .health_check_timeout_seconds(seconds(self.timeout))
                .healthy_threshold_count(self.healthy_threshold.into())
                .unhealthy_threshold_count(self.unhealthy_threshold.into())
                .set_matcher(matcher)
        }
    }

    impl HealthCheckPort {
        const TRAFFIC_PORT: &str = "traffic-port";

        fn of(word: &str) -> Result<Self> {
            if word == Self::TRAFFIC_PORT {
                return Ok(Self::TrafficPort);
            }
            let number: i64 = parsed("HealthCheckPort", Some(word))?;
            Port::try_from(number).map(Self::Port).map_err(|error| Fault::Inputs(format!("HealthCheckPort: {error}")))
        }

        fn word(self) -> String {
            match self {
                Self::TrafficPort => Self::TRAFFIC_PORT.to_owned(),
                Self::Port(port) => port.to_string(),
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ports_are_words_or_numbers() {
            for port in [HealthCheckPort::TrafficPort, HealthCheckPort::Port(Port::new(8081))] {
                assert_eq!(HealthCheckPort::of(&port.word()), Ok(port));
            }
            assert!(HealthCheckPort::of("http").is_err());
        }

        #[test]
        fn a_matcher_that_is_not_managed_stays() {
            let found = HealthCheck { matcher: "200-299".to_owned().try_into().ok(), ..HealthCheck::new("/health") };
            assert_eq!(HealthCheck::new("/health").over(&found), found);
            assert_eq!(HealthCheck::new("/").over(&found).path, "/");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_beyond_the_types() {
        assert_eq!(HealthCheck::new("/health").problems(), []);
        let slow = HealthCheck { timeout: Seconds::new(30), ..HealthCheck::new("/health") };
        assert_eq!(slow.problems()[0].message, "a check may take 30 s but the next one comes after 30 s");
        let bad = HealthCheck { healthy_threshold: 1, interval: Seconds::new(301), ..HealthCheck::new("health") };
        assert_eq!(bad.problems().len(), 3);
    }
}
