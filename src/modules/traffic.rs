mod path;
mod targets;
#[cfg(test)]
mod tests;

pub use path::TrafficPath;

use crate::NetworkRefs;
use aws::{
    ec2::{IpProtocol, Peer, SecurityGroup, SecurityGroupIngressRule, SecurityGroupRefs, SubnetRefs, VpcRefs},
    elbv2::{
        Action, Condition, Listener, ListenerRefs, ListenerRule, ListenerRuleRefs, LoadBalancer, LoadBalancerRefs,
        Scheme, TargetGroupRefs,
    },
};
use model::{CertificateArn, In, Options, Port, Priority, Seconds, Stack, join, serving::Probe};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use targets::{Groups, HEALTH_INTERVAL, Targets, UNHEALTHY_THRESHOLD};

/// An Application Load Balancer in the public subnets, open to everybody, with a blue and a green target group.
///
/// Every request goes by one listener rule: all to blue, none to green. Green is nevertheless known to the load
/// balancer, so that targets put into it are checked before they get a request.
#[derive(Clone, Debug)]
#[must_use = "a module declares nothing before `build`"]
pub struct Traffic {
    name: String,
    network: NetworkRefs,
    targets: Targets,
    https: Option<Https>,
    protect: bool,
}

/// What it takes to serve HTTPS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Https {
    /// The certificate, of the load balancer's Region.
    pub certificate: CertificateArn,
    /// The host name that it is for, under which clients reach the load balancer.
    pub domain: String,
}

/// What [`Traffic::build`] has declared.
#[derive(Clone, Debug)]
pub struct TrafficRefs {
    /// The load balancer.
    pub load_balancer: LoadBalancerRefs,
    /// Its security group, which lets out only what a service declares.
    pub security_group: SecurityGroupRefs,
    /// The target group that gets the requests.
    pub blue: TargetGroupRefs,
    /// The target group that gets none until a rollout gives it a weight.
    pub green: TargetGroupRefs,
    /// The listener clients connect to.
    pub listener: ListenerRefs,
    /// The rule that divides the requests between blue and green.
    pub rule: ListenerRuleRefs,
    /// The port of the targets.
    pub port: Port,
    /// The longest that a request takes.
    pub max_request: Seconds,
    origin: In<String>,
    vpc: VpcRefs,
}

const HTTP: Port = Port::new(80);
const HTTPS: Port = Port::new(443);
/// TLS 1.2 and 1.3. AWS: Elastic Load Balancing, "Security policies for your Application Load Balancer".
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";
/// How long the load balancer keeps an idle connection to a target, which must keep it for longer.
const IDLE_TIMEOUT: Seconds = Seconds::new(60);

targets::describes_targets!(Traffic);

impl Traffic {
    /// The priority of the rule that takes every request that no [`TrafficRefs::path`] takes.
    pub const PRIORITY: Priority = Priority::new(100);

    /// Traffic over HTTP to port 80 of the targets, which are healthy while they answer `/` with 200.
    pub fn new(name: impl Into<String>, network: &NetworkRefs) -> Self {
        Self { name: name.into(), network: network.clone(), targets: Targets::new(), https: None, protect: false }
    }

    /// Serves HTTPS on port 443 and redirects what comes to port 80 there.
    pub fn https(self, https: Https) -> Self {
        Self { https: Some(https), ..self }
    }

    /// Refuses every plan that would delete or replace the load balancer, and lets AWS refuse it, too.
    pub fn protect(self) -> Self {
        Self { protect: true, ..self }
    }

    /// Declares the load balancer.
    #[track_caller]
    pub fn build(self, stack: &mut Stack) -> TrafficRefs {
        let security_group = self.security_group(stack);
        let load_balancer = self.load_balancer(stack, &security_group);
        let Groups { blue, green, action } = self.targets.groups(stack, &self.name, &self.network.vpc);
        let (listener, origin) = self.listener(stack, &load_balancer);
        let rule = ListenerRule {
            listener: listener.arn(),
            priority: Self::PRIORITY,
            conditions: BTreeSet::from([Condition::path("/*")]),
            action,
        };
        let rule = stack.add(&self.name, rule);
        let (Targets { port, max_request, .. }, vpc) = (self.targets, self.network.vpc);
        TrafficRefs { load_balancer, security_group, blue, green, listener, rule, port, max_request, origin, vpc }
    }

    #[track_caller]
    fn security_group(&self, stack: &mut Stack) -> SecurityGroupRefs {
        let name = format!("{}-load-balancer", self.name);
        let description = format!("The load balancer of {}", self.name);
        let group = SecurityGroup { vpc: self.network.vpc.id(), description, default_egress: false };
        let group = stack.add(&name, group);
        let https = self.https.as_ref().map(|_| ("https", HTTPS));
        for (protocol, port) in [("http", HTTP)].into_iter().chain(https) {
            let rule = SecurityGroupIngressRule {
                security_group: group.id(),
                ip_protocol: IpProtocol::tcp(port),
                source: Peer::ANYWHERE,
                description: Some("Requests from anywhere".to_owned()),
            };
            stack.add(&format!("{name}-{protocol}"), rule);
        }
        group
    }

    #[track_caller]
    fn load_balancer(&self, stack: &mut Stack, security_group: &SecurityGroupRefs) -> LoadBalancerRefs {
        let subnets = self.network.public_subnets.iter().map(SubnetRefs::id);
        let load_balancer = LoadBalancer {
            idle_timeout: Some(IDLE_TIMEOUT),
            drop_invalid_header_fields: Some(true),
            deletion_protection: Some(self.protect),
            ..LoadBalancer::new(Scheme::InternetFacing, subnets, [security_group.id()])
        };
        let options = if self.protect { Options::new().prevent_destroy() } else { Options::new() };
        stack.add_with(&self.name, load_balancer, options)
    }

    /// The listener that serves, and how a URL begins that leads to it.
    #[track_caller]
    fn listener(&self, stack: &mut Stack, load_balancer: &LoadBalancerRefs) -> (ListenerRefs, In<String>) {
        let unclaimed = Action::respond(404, "Not found");
        let Some(Https { certificate, domain }) = self.https.clone() else {
            let listener = Listener::http(load_balancer.arn(), HTTP, unclaimed);
            return (stack.add(&self.name, listener), join!["http://", load_balancer.dns_name()]);
        };
        let redirect = Listener::http(load_balancer.arn(), HTTP, Action::redirect_to_https(HTTPS));
        stack.add(&format!("{}-redirect", self.name), redirect);
        let listener = Listener {
            ssl_policy: Some(SSL_POLICY.to_owned()),
            ..Listener::https(load_balancer.arn(), HTTPS, certificate.into(), unclaimed)
        };
        (stack.add(&self.name, listener), join!["https://", domain])
    }
}

impl TrafficRefs {
    /// The URL of `path`, which begins with `/`.
    pub fn url(&self, path: &str) -> In<String> {
        join![self.origin.clone(), path]
    }

    /// That `path` keeps answering while the stack changes, with what is known of these requests; for
    /// [`Stack::serves`].
    pub fn probe(&self, path: &str) -> Probe {
        Probe::http(self.url(path)).max_request(self.max_request).keep_alive(self.keep_alive())
    }

    /// How long targets must at least keep idle connections open. One that closes sooner than the load balancer
    /// makes clients see 502. AWS: Elastic Load Balancing, "Edit attributes for your Application Load Balancer".
    pub fn keep_alive(&self) -> Seconds {
        Seconds::new(IDLE_TIMEOUT.get() + 5)
    }

    /// How long it takes at most until a target that cannot serve is found unhealthy.
    pub fn detection(&self) -> Seconds {
        Seconds::new(HEALTH_INTERVAL.get() * u32::from(UNHEALTHY_THRESHOLD))
    }
}
