use super::needed::{self, PORT};
use crate::conformance::{
    case::{Again, Case},
    world::World,
};
use aws::elbv2::{
    AccessLogs, Action, Condition, CrossZone, DesyncMitigationMode, HealthCheck, HealthCheckPort, IpAddressType,
    Listener, ListenerRule, LoadBalancer, LoadBalancingAlgorithm, Protocol, Scheme, Stickiness, TargetGroup,
};
use engine::Fault;
use model::{CertificateArn, Cidr, Port, Priority, Seconds, Weight};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

pub(super) async fn load_balancer(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let [a, b, c] = needed::public_subnets(world, &vpc).await?;
    let groups = [needed::security_group(world, &vpc).await?, needed::security_group(world, &vpc).await?];
    let load_balancer = LoadBalancer {
        ip_address_type: Some(IpAddressType::Ipv4),
        deletion_protection: Some(false),
        idle_timeout: Some(Seconds::new(60)),
        client_keep_alive: Some(Seconds::new(3600)),
        drop_invalid_header_fields: Some(false),
        http2: Some(true),
        preserve_host_header: Some(false),
        desync_mitigation_mode: Some(DesyncMitigationMode::Defensive),
        access_logs: Some(AccessLogs::Disabled),
        ..LoadBalancer::new(Scheme::InternetFacing, [a.clone(), b.clone()], [groups[0].clone()])
    };
    let logs = AccessLogs::S3 { bucket: "conformance-logs".into(), prefix: "web".to_owned() };
    let changes = [
        LoadBalancer { subnets: [a, b, c].into(), ..load_balancer.clone() },
        LoadBalancer { security_groups: groups.into(), ..load_balancer.clone() },
        LoadBalancer { deletion_protection: Some(true), ..load_balancer.clone() },
        LoadBalancer { idle_timeout: Some(Seconds::new(61)), ..load_balancer.clone() },
        LoadBalancer { client_keep_alive: Some(Seconds::new(60)), ..load_balancer.clone() },
        LoadBalancer { drop_invalid_header_fields: Some(true), ..load_balancer.clone() },
        LoadBalancer { http2: Some(false), ..load_balancer.clone() },
        LoadBalancer { preserve_host_header: Some(true), ..load_balancer.clone() },
        LoadBalancer { desync_mitigation_mode: Some(DesyncMitigationMode::Strictest), ..load_balancer.clone() },
        LoadBalancer { access_logs: Some(logs), ..load_balancer.clone() },
    ];
    let case = Case::new(&load_balancer, Again::Only, changes).replace(&["scheme"]);
    Ok(case.untested(&[("ip_address_type", "the others need IPv6 blocks, which the kinds do not have")]))
}

pub(super) async fn target_group(world: &mut World<'_>) -> Result<Case, Fault> {
    let health_check = HealthCheck { matcher: "200".to_owned().try_into().ok(), ..HealthCheck::new("/health") };
    let group = TargetGroup {
        deregistration_delay: Some(Seconds::new(30)),
        slow_start: Some(Seconds::new(0)),
        stickiness: Some(Stickiness::Disabled),
        load_balancing_algorithm: Some(LoadBalancingAlgorithm::RoundRobin),
        cross_zone: Some(CrossZone::UseLoadBalancerConfiguration),
        ..TargetGroup::new(needed::vpc(world).await?, PORT, health_check.clone())
    };
    let checked_often = HealthCheck {
        port: HealthCheckPort::Port(Port::new(8081)),
        path: "/ready".to_owned(),
        interval: Seconds::new(6),
        timeout: Seconds::new(3),
        healthy_threshold: 2,
        unhealthy_threshold: 3,
        matcher: "200-299".to_owned().try_into().ok(),
        ..health_check
    };
    let duration = Seconds::new(60);
    let cookie = Stickiness::AppCookie { cookie_name: "session".to_owned(), duration };
    let least = LoadBalancingAlgorithm::LeastOutstandingRequests;
    let changes = [
        TargetGroup { health_check: checked_often, ..group.clone() },
        TargetGroup { deregistration_delay: Some(Seconds::new(0)), ..group.clone() },
        TargetGroup { slow_start: Some(Seconds::new(30)), ..group.clone() },
        TargetGroup { stickiness: Some(Stickiness::LbCookie { duration }), ..group.clone() },
        TargetGroup { stickiness: Some(cookie), ..group.clone() },
        TargetGroup { load_balancing_algorithm: Some(least), ..group.clone() },
        TargetGroup { cross_zone: Some(CrossZone::Off), ..group.clone() },
    ];
    Ok(Case::new(&group, Again::Only, changes).replace(&["vpc", "protocol", "port"]))
}

pub(super) async fn listener(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let load_balancer = needed::load_balancer(world, &vpc).await?;
    let [blue, green] = [needed::target_group(world, &vpc).await?, needed::target_group(world, &vpc).await?];
    let both = Action::weighted([(blue.clone(), Weight::new(90)), (green, Weight::new(10))]);
    let listener = Listener::http(load_balancer, Port::new(80), Action::forward(blue));
    let https = Listener {
        protocol: Protocol::Https,
        certificate: Some(CertificateArn::new(CERTIFICATE).into()),
        ssl_policy: Some(SSL_POLICY.to_owned()),
        ..listener.clone()
    };
    let changes = [
        Listener { port: Port::new(8080), ..listener.clone() },
        Listener { default_action: both, ..listener.clone() },
        Listener { default_action: Action::redirect_to_https(Port::new(443)), ..listener.clone() },
        Listener { default_action: Action::respond(503, "later"), ..listener.clone() },
        https,
    ];
    Ok(Case::new(&listener, Again::Only, changes).replace(&["load_balancer"]))
}

pub(super) async fn listener_rule(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let load_balancer = needed::load_balancer(world, &vpc).await?;
    let listener = Listener::http(load_balancer, Port::new(80), Action::respond(404, ""));
    let [blue, green] = [needed::target_group(world, &vpc).await?, needed::target_group(world, &vpc).await?];
    let weighted =
        |one, other| Action::weighted([(blue.clone(), Weight::new(one)), (green.clone(), Weight::new(other))]);
    let rule = ListenerRule {
        listener: world.make(listener).await?.arn.into(),
        priority: Priority::new(10),
        conditions: [Condition::path("/api/*")].into(),
        action: weighted(100, 0),
    };
    let conditions = [
        Condition::path("/v2/*"),
        Condition::host("*.example.com"),
        Condition::header("X-Canary", "yes"),
        Condition::HttpRequestMethod(["GET".to_owned()].into()),
        Condition::SourceIp([Cidr::ANYWHERE].into()),
    ];
    let changes = [
        ListenerRule { action: weighted(0, 100), ..rule.clone() },
        ListenerRule { action: Action::respond(503, "later"), ..rule.clone() },
        ListenerRule { conditions: conditions.into(), ..rule.clone() },
        ListenerRule { priority: Priority::new(20), ..rule.clone() },
    ];
    Ok(Case::new(&rule, Again::Only, changes).replace(&["listener"]))
}
