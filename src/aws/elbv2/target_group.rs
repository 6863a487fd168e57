use super::{HealthCheck, Protocol, outside};
use crate::words::words;
use derive::{Outputs, Resource};
use model::{
    In, Port, Problem, Seconds, TargetGroupArn, VpcId,
    serving::{self, Fact},
};
use serde::{Deserialize, Serialize};

/// Targets that serve the same, registered by their IP address, as Fargate tasks are.
///
/// It serves one load balancer at a time (ELBv2 API Reference, TargetGroup), and only once a listener or a rule
/// forwards to it are its targets checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "elbv2.target_group", outputs = TargetGroupOutputs, name_max = 32, check, serving)]
pub struct TargetGroup {
    /// Where the targets are.
    #[on_change(replace)]
    pub vpc: In<VpcId>,
    /// How targets are spoken to.
    #[on_change(replace)]
    pub protocol: Protocol,
    /// The port of a target that is registered without one.
    #[on_change(replace)]
    pub port: Port,
    /// How it is found out whether a target can serve.
    pub health_check: HealthCheck,
    /// How long a target that is taken out may finish its requests: 0 to 3600 s. AWS's default is 300 s.
    pub deregistration_delay: Option<Seconds>,
    /// How long a new target's share of the requests rises to the full one: 0 (at once) or 30 to 900 s.
    pub slow_start: Option<Seconds>,
    /// Whether a client's requests go to the same target.
    pub stickiness: Option<Stickiness>,
    /// How the target of a request is chosen.
    pub load_balancing_algorithm: Option<LoadBalancingAlgorithm>,
    /// Whether a node of the load balancer uses the targets of all Availability Zones.
    pub cross_zone: Option<CrossZone>,
}

/// Whether a client's requests go to the same target. AWS: ELBv2 API Reference, TargetGroupAttribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stickiness {
    /// They do not.
    Disabled,
    /// By a cookie of the load balancer.
    LbCookie {
        /// How long the cookie holds: 1 to 604800 s.
        duration: Seconds,
    },
    /// By a cookie of the application.
    AppCookie {
        /// The name of the cookie.
        cookie_name: String,
        /// How long it holds: 1 to 604800 s.
        duration: Seconds,
    },
}

words! {
    /// How the target of a request is chosen.
    LoadBalancingAlgorithm {
        /// In turn; AWS's default.
        RoundRobin = "round_robin",
        /// The one with the fewest requests under way.
        LeastOutstandingRequests = "least_outstanding_requests",
        /// At random; anomalous targets can be avoided.
        WeightedRandom = "weighted_random",
    }

    /// Whether a node of the load balancer uses the targets of all Availability Zones.
    CrossZone {
        /// It does.
        On = "true",
        /// Only those of its own zone.
        Off = "false",
        /// As the load balancer does; AWS's default.
        UseLoadBalancerConfiguration = "use_load_balancer_configuration",
    }
}

/// What ELBv2 tells about a target group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct TargetGroupOutputs {
    /// `arn:aws:elasticloadbalancing:..:targetgroup/..`
    pub arn: TargetGroupArn,
    /// The part of the ARN that names the group in CloudWatch metrics: `targetgroup/<name>/<id>`.
    pub arn_suffix: String,
    /// The physical name.
    pub name: String,
}

impl TargetGroup {
    /// A group spoken to in plain HTTP, with AWS's defaults for everything else, none of them managed.
    pub fn new(vpc: In<VpcId>, port: Port, health_check: HealthCheck) -> Self {
        Self {
            vpc,
            protocol: Protocol::Http,
            port,
            health_check,
            deregistration_delay: None,
            slow_start: None,
            stickiness: None,
            load_balancing_algorithm: None,
            cross_zone: None,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let sticky = match &self.stickiness {
            Some(Stickiness::LbCookie { duration } | Stickiness::AppCookie { duration, .. }) => Some(duration.get()),
            Some(Stickiness::Disabled) | None => None,
        };
        vec![Fact::TargetGroup(serving::TargetGroup {
            deregistration_delay: self.deregistration_delay.map(Seconds::get),
            check_interval: self.health_check.interval.get(),
            healthy_threshold: self.health_check.healthy_threshold.into(),
            unhealthy_threshold: self.health_check.unhealthy_threshold.into(),
            sticky,
            slow_start: self.slow_start.map(Seconds::get).filter(|time| *time > 0),
        })]
    }

    fn problems(&self) -> Vec<Problem> {
        let cookie = match &self.stickiness {
            Some(Stickiness::LbCookie { duration } | Stickiness::AppCookie { duration, .. }) => Some(*duration),
            Some(Stickiness::Disabled) | None => None,
        };
        let slow_start = self.slow_start.filter(|time| time.get() != 0);
        // AWS: Elastic Load Balancing, Application Load Balancers, "Slow start mode".
        let algorithm = self.load_balancing_algorithm.filter(|it| *it != LoadBalancingAlgorithm::RoundRobin);
        let clash = slow_start.zip(algorithm).map(|(_, algorithm)| {
            let algorithm = algorithm.as_str();
            Problem::new("slow_start", format!("goes only with round_robin, and the algorithm is {algorithm}"))
        });
        let limits = [
            outside("deregistration_delay", self.deregistration_delay, 0, 3600),
            outside("slow_start", slow_start, 30, 900),
            outside("stickiness", cookie, 1, 604_800),
            clash,
        ];
        self.health_check.problems().into_iter().chain(limits.into_iter().flatten()).collect()
    }
}

#[cfg(feature = "live")]
mod live;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_beyond_the_types() {
        let good = TargetGroup {
            slow_start: Some(Seconds::new(0)),
            load_balancing_algorithm: Some(LoadBalancingAlgorithm::LeastOutstandingRequests),
            ..TargetGroup::new(In::Value(VpcId::new("vpc-1")), Port::new(8080), HealthCheck::new("/health"))
        };
        assert_eq!(good.problems(), []);
        let clash = TargetGroup { slow_start: Some(Seconds::new(60)), ..good.clone() };
        assert_eq!(
            clash.problems()[0].message,
            "goes only with round_robin, and the algorithm is least_outstanding_requests"
        );
        let cookie = Stickiness::LbCookie { duration: Seconds::new(0) };
        assert_eq!(TargetGroup { stickiness: Some(cookie), ..good }.problems()[0].field, "stickiness");
    }
}
