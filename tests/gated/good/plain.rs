//! The environment `dev` without the modules of traffic and service: each of their resources stands here as it is, so that
//! every field can be changed by itself.

#![allow(dead_code, reason = "not every variable is used")]

mod variables;

use rust_stack::{
    aws::{Policy, ec2, ecs, elbv2, iam, logs},
    prelude::*,
};
use std::collections::BTreeSet;
use variables::Variables;

const PORT: Port = Port::new(8080);

fn main() -> ExitCode {
    rust_stack::run(stack)
}

fn stack(name: &str, variables: &Variables) -> Stack {
    let mut stack = Stack::new(name);
    let network = Network::new("main", &variables.region, variables.cidr)
        .zones(variables.zones)
        .nat(variables.nat)
        .build(&mut stack);
    let images = Registry::new("app").force_delete().build(&mut stack);
    let cluster = Cluster::new("main").build(&mut stack);

    let front = ec2::SecurityGroup {
        vpc: network.vpc.id(),
        description: "The load balancer".to_owned(),
        default_egress: false,
    };
    let front = stack.add("front", front);
    let back = ec2::SecurityGroup {
        vpc: network.vpc.id(),
        description: "The tasks".to_owned(),
        default_egress: false,
    };
    let back = stack.add("back", back);
    let clients = ec2::SecurityGroupIngressRule {
        security_group: front.id(),
        ip_protocol: ec2::IpProtocol::tcp(Port::new(80)),
        source: "0.0.0.0/0".parse::<Cidr>().expect("a block").into(),
        description: None,
    };
    stack.add("front", clients);
    let forward = ec2::SecurityGroupEgressRule {
        security_group: front.id(),
        ip_protocol: ec2::IpProtocol::tcp(PORT),
        destination: back.id().into(),
        description: None,
    };
    stack.add("front", forward);
    let serve = ec2::SecurityGroupIngressRule {
        security_group: back.id(),
        ip_protocol: ec2::IpProtocol::tcp(PORT),
        source: front.id().into(),
        description: None,
    };
    stack.add("back", serve);
    let https = ec2::SecurityGroupEgressRule {
        security_group: back.id(),
        ip_protocol: ec2::IpProtocol::tcp(Port::new(443)),
        destination: ec2::Peer::ANYWHERE,
        description: None,
    };
    stack.add("back", https);

    let subnets = network.public_subnets.iter().map(|subnet| subnet.id());
    let load_balancer = elbv2::LoadBalancer {
        idle_timeout: Some(Seconds::new(60)),
        ..elbv2::LoadBalancer::new(elbv2::Scheme::InternetFacing, subnets, [front.id()])
    };
    let load_balancer = stack.add("web", load_balancer);
    let health_check = elbv2::HealthCheck {
        interval: Seconds::new(10),
        healthy_threshold: 2,
        unhealthy_threshold: 3,
        ..elbv2::HealthCheck::new("/health")
    };
    let group = elbv2::TargetGroup {
        deregistration_delay: Some(Seconds::new(40)),
        ..elbv2::TargetGroup::new(network.vpc.id(), Port::new(8080), health_check)
    };
    let group = stack.add("web", group);
    let listener = elbv2::Listener::http(load_balancer.arn(), Port::new(80), elbv2::Action::respond(404, "Not found"));
    let listener = stack.add("web", listener);
    let rule = elbv2::ListenerRule {
        listener: listener.arn(),
        priority: Priority::new(100),
        conditions: BTreeSet::from([elbv2::Condition::path("/*")]),
        action: elbv2::Action::forward(group.arn()),
    };
    let rule = stack.add("web", rule);

    let log_group = logs::LogGroup { retention: logs::Retention::Days(variables.log_retention), kms_key: None };
    let log_group = stack.add("web", log_group);
    let trust = || iam::Role::new(Policy::trust("ecs-tasks.amazonaws.com"));
    let execution_role = iam::Role { path: "/".to_owned(), ..trust() };
    let execution_role = stack.add("execution", execution_role);
    let image = images.image(&variables.image);
    let pull = Policy::allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
        .on([images.repository.arn()])
        .and(Policy::allow(["ecr:GetAuthorizationToken"]).on(["*"]));
    stack.add("pull", iam::RolePolicy { role: execution_role.name(), policy: pull });
    let write = Policy::allow(["logs:CreateLogStream", "logs:PutLogEvents"]).on([join![log_group.arn(), ":*"]]);
    stack.add("write", iam::RolePolicy { role: execution_role.name(), policy: write });
    let task_role = stack.add("task", trust());

    let container = ecs::Container {
        port_mappings: BTreeSet::from([ecs::PortMapping::tcp(PORT)]),
        environment: [("PORT", PORT.to_string()), ("KEEP_ALIVE_SECONDS", "65".to_owned())]
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into(),
        stop_timeout: Seconds::new(15),
        log_configuration: Some(ecs::AwsLogs {
            group: log_group.name(),
            region: network.region.to_string(),
            stream_prefix: "web".to_owned(),
        }),
        ..ecs::Container::new(image.uri)
    };
    let task_definition = ecs::TaskDefinition {
        execution_role: Some(execution_role.arn()),
        task_role: Some(task_role.arn()),
        ..ecs::TaskDefinition::new(variables.size, "web", container)
    };
    let task_definition = stack.add("web", task_definition);
    let fargate = ecs::CapacityProviderStrategyItem {
        capacity_provider: ecs::CapacityProvider::Fargate,
        weight: 1,
        base: 0,
    };
    let service = ecs::Service {
        cluster: cluster.cluster.arn(),
        task_definition: task_definition.arn(),
        desired_count: Some(variables.desired_count),
        capacity: ecs::Capacity::CapacityProviderStrategy(BTreeSet::from([fargate])),
        platform_version: None,
        deployment_configuration: ecs::DeploymentConfiguration {
            minimum_healthy_percent: Percent::new(100),
            maximum_percent: Percent::new(200),
            circuit_breaker: ecs::CircuitBreaker::Rollback,
        },
        subnets: network.task_subnets(),
        security_groups: BTreeSet::from([back.id()]),
        assign_public_ip: network.tasks_are_public(),
        load_balancers: BTreeSet::from([ecs::ServiceLoadBalancer {
            target_group: group.arn(),
            container_name: "web".to_owned(),
            container_port: PORT,
        }]),
        health_check_grace_period: Some(Seconds::new(45)),
        enable_execute_command: false,
        propagate_tags: ecs::PropagateTags::Service,
        enable_ecs_managed_tags: true,
        availability_zone_rebalancing: Some(ecs::AvailabilityZoneRebalancing::Enabled),
    };
    // ECS refuses a service whose target group no load balancer uses yet.
    let options = Options::new().depends_on(listener.address()).depends_on(rule.address());
    stack.add_with("web", service, options);

    let url = join!["http://", load_balancer.dns_name(), "/"];
    let probe = Probe::http(url.clone()).max_request(Seconds::new(10)).keep_alive(Seconds::new(65));
    stack.serves(probe.at_least(variables.desired_count).slow("/slow?ms={ms}").expect("Hello from"));
    stack.output("url", url);
    stack
}
