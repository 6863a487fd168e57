use aws::{
    ec2::VpcRefs,
    elbv2::{Action, HealthCheck, TargetGroup, TargetGroupRefs},
};
use model::{Port, Problem, Seconds, Stack, Weight};

/// What the tasks of one service are like that requests are sent to.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    pub(super) port: Port,
    pub(super) health: String,
    pub(super) max_request: Seconds,
}

/// For how long requests still reach a target that has been taken out, because the nodes of a load balancer learn
/// of it one after the other.
const SETTLE: u32 = 30;
/// The time between two checks of a target, and how many in a row make it unhealthy.
pub(super) const HEALTH_INTERVAL: Seconds = Seconds::new(10);
pub(super) const UNHEALTHY_THRESHOLD: u8 = 3;
/// What Fargate allows for a stop, less a margin. AWS: ECS API Reference, ContainerDefinition, stopTimeout.
const MAX_REQUEST: u32 = 115;

impl Targets {
    /// Targets on port 80, which are healthy while they answer `/` with 200.
    pub(super) fn new() -> Self {
        Self { port: Port::new(80), health: "/".to_owned(), max_request: Seconds::new(30) }
    }

    /// Declares a blue and a green group for them, and what sends all requests to blue and none to green.
    #[track_caller]
    pub(super) fn groups(&self, stack: &mut Stack, name: &str, vpc: &VpcRefs) -> Groups {
        if self.max_request.get() > MAX_REQUEST {
            let longest = self.max_request;
            let message = format!("Fargate stops a task within a request of {longest} s: use at most {MAX_REQUEST} s");
            stack.problem(format!("traffic.{name}"), Problem::new("max_request", message));
        }
        let blue = stack.add(&format!("{name}-blue"), self.group(vpc));
        let green = stack.add(&format!("{name}-green"), self.group(vpc));
        let action = Action::weighted([(blue.arn(), Weight::new(100)), (green.arn(), Weight::new(0))]);
        Groups { blue, green, action }
    }

    fn group(&self, vpc: &VpcRefs) -> TargetGroup {
        let health_check = HealthCheck {
            interval: HEALTH_INTERVAL,
            healthy_threshold: 2,
            unhealthy_threshold: UNHEALTHY_THRESHOLD,
            ..HealthCheck::new(&self.health)
        };
        let delay = Seconds::new(self.max_request.get().min(MAX_REQUEST) + SETTLE);
        TargetGroup { deregistration_delay: Some(delay), ..TargetGroup::new(vpc.id(), self.port, health_check) }
    }
}

/// The methods of a builder that say what its `targets` are like.
macro_rules! describes_targets {
    ($builder:ty) => {
        impl $builder {
            /// The port on which the targets serve.
            pub fn port(mut self, port: model::Port) -> Self {
                self.targets.port = port;
                self
            }

            /// The path that targets answer with 200 while they can serve; begins with `/`.
            pub fn health(mut self, path: impl Into<String>) -> Self {
                self.targets.health = path.into();
                self
            }

            /// The longest that a request takes, at most 115 s: so long may a target finish its requests before it goes.
            pub fn max_request(mut self, max_request: model::Seconds) -> Self {
                self.targets.max_request = max_request;
                self
            }
        }
    };
}
pub(super) use describes_targets;

/// Two groups, of which one gets the requests.
pub(super) struct Groups {
    pub(super) blue: TargetGroupRefs,
    pub(super) green: TargetGroupRefs,
    pub(super) action: Action,
}
