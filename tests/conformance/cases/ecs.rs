use super::needed::{self, PORT};
use crate::conformance::{
    RUNNING,
    case::{Again, Case},
    world::World,
};
use aws::{
    ecs::{
        AvailabilityZoneRebalancing, AwsLogs, Capacity, CapacityProvider, CapacityProviderStrategyItem, CircuitBreaker,
        Cluster, Container, ContainerInsights, DeploymentConfiguration, HealthCheck, MountPoint, PortMapping,
        PropagateTags, Service, ServiceLoadBalancer, TaskDefinition, Ulimit, UlimitName,
    },
    elbv2::{Action, Condition, Listener, ListenerRule},
    logs::{LogGroup, Retention},
};
use engine::Fault;
use model::{FargateSize, Percent, Port, Priority, Seconds, Weight};

fn strategy(provider: CapacityProvider) -> CapacityProviderStrategyItem {
    CapacityProviderStrategyItem { capacity_provider: provider, weight: 1, base: 0 }
}

fn cluster_on_fargate() -> Cluster {
    Cluster {
        container_insights: Some(ContainerInsights::Enabled),
        capacity_providers: [CapacityProvider::Fargate, CapacityProvider::FargateSpot].into(),
        default_capacity_provider_strategy: [strategy(CapacityProvider::Fargate)].into(),
    }
}

pub(super) async fn cluster(_: &mut World<'_>) -> Result<Case, Fault> {
    let cluster = cluster_on_fargate();
    let spot = strategy(CapacityProvider::FargateSpot);
    let changes = [
        Cluster { container_insights: Some(ContainerInsights::Disabled), ..cluster.clone() },
        Cluster { capacity_providers: [CapacityProvider::Fargate].into(), ..cluster.clone() },
        Cluster { default_capacity_provider_strategy: [spot].into(), ..cluster.clone() },
    ];
    Ok(Case::new(&cluster, Again::Only, changes))
}

/// A revision with everything that a container can have; each field must be read back as it was registered.
pub(super) async fn task_definition(world: &mut World<'_>) -> Result<Case, Fault> {
    let role = needed::role(world).await?;
    let group = world.make(LogGroup { retention: Retention::Forever, kms_key: None }).await?;
    let mount = MountPoint { source_volume: "scratch".to_owned(), container_path: "/tmp".to_owned(), read_only: false };
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:web-AbCdEf";
    let region = "us-east-1".to_owned();
    let container = Container {
        port_mappings: [PortMapping::tcp(PORT)].into(),
        environment: [("PORT".to_owned(), "8080".into()), ("MODE".to_owned(), "test".into())].into(),
        secrets: [("PASSWORD".to_owned(), secret.into())].into(),
        entry_point: vec!["/bin/serve".to_owned()],
        command: vec!["--port".to_owned(), "8080".to_owned()],
        working_directory: Some("/srv".to_owned()),
        user: Some("1000:1000".to_owned()),
        readonly_root_filesystem: true,
        mount_points: [mount].into(),
        init_process_enabled: true,
        ulimits: [(UlimitName::Nofile, Ulimit { soft: 1024, hard: 4096 })].into(),
        health_check: Some(HealthCheck::shell("wget -q localhost:8080/health")),
        stop_timeout: Seconds::new(60),
        log_configuration: Some(AwsLogs { group: group.name.into(), region, stream_prefix: "web".to_owned() }),
        ..Container::new("web:1")
    };
    let definition = TaskDefinition {
        execution_role: Some(role.arn.clone().into()),
        task_role: Some(role.arn.into()),
        volumes: ["scratch".to_owned()].into(),
        ephemeral_storage: 30,
        ..TaskDefinition::new(FargateSize::CPU_256_MIB_512, "web", container)
    };
    Ok(Case::new(&definition, Again::Another, []).replace(&[
        "size",
        "cpu_architecture",
        "execution_role",
        "task_role",
        "containers",
        "volumes",
        "ephemeral_storage",
    ]))
}

pub(super) async fn service(world: &mut World<'_>) -> Result<Case, Fault> {
    let vpc = needed::vpc(world).await?;
    let load_balancer = needed::load_balancer(world, &vpc).await?;
    let [blue, green] = [needed::target_group(world, &vpc).await?, needed::target_group(world, &vpc).await?];
    let listener = Listener::http(load_balancer, Port::new(80), Action::respond(404, ""));
    let forwarding = ListenerRule {
        listener: world.make(listener).await?.arn.into(),
        priority: Priority::new(1),
        conditions: [Condition::path("/*")].into(),
        action: Action::weighted([(blue.clone(), Weight::new(1)), (green.clone(), Weight::new(0))]),
    };
    world.make(forwarding).await?;
    let target =
        |target_group| ServiceLoadBalancer { target_group, container_name: "web".to_owned(), container_port: PORT };
    let subnets = [needed::subnet(world, &vpc, 3).await?, needed::subnet(world, &vpc, 4).await?];
    let groups = [needed::security_group(world, &vpc).await?, needed::security_group(world, &vpc).await?];
    let service = Service {
        cluster: world.make(cluster_on_fargate()).await?.arn.into(),
        task_definition: needed::task_definition(world).await?,
        desired_count: Some(RUNNING),
        capacity: Capacity::CapacityProviderStrategy([strategy(CapacityProvider::Fargate)].into()),
        platform_version: Some("LATEST".to_owned()),
        deployment_configuration: DeploymentConfiguration::default(),
        subnets: [subnets[0].clone()].into(),
        security_groups: [groups[0].clone()].into(),
        assign_public_ip: false,
        load_balancers: [target(blue.clone())].into(),
        health_check_grace_period: Some(Seconds::new(30)),
        enable_execute_command: false,
        propagate_tags: PropagateTags::Service,
        enable_ecs_managed_tags: true,
        availability_zone_rebalancing: Some(AvailabilityZoneRebalancing::Disabled),
    };
    let deployment = DeploymentConfiguration {
        minimum_healthy_percent: Percent::new(50),
        maximum_percent: Percent::new(150),
        circuit_breaker: CircuitBreaker::Disabled,
    };
    let spot = Capacity::CapacityProviderStrategy([strategy(CapacityProvider::FargateSpot)].into());
    let rebalancing = Some(AvailabilityZoneRebalancing::Enabled);
    let changes = [
        Service { task_definition: needed::task_definition(world).await?, ..service.clone() },
        Service { desired_count: Some(RUNNING + 1), ..service.clone() },
        Service { capacity: spot, ..service.clone() },
        Service { platform_version: Some("1.4.0".to_owned()), ..service.clone() },
        Service { deployment_configuration: deployment, ..service.clone() },
        Service { subnets: subnets.into(), ..service.clone() },
        Service { security_groups: groups.into(), ..service.clone() },
        Service { assign_public_ip: true, ..service.clone() },
        Service { load_balancers: [target(blue), target(green)].into(), ..service.clone() },
        Service { health_check_grace_period: Some(Seconds::new(60)), ..service.clone() },
        Service { enable_execute_command: true, ..service.clone() },
        Service { propagate_tags: PropagateTags::TaskDefinition, ..service.clone() },
        Service { enable_ecs_managed_tags: false, ..service.clone() },
        Service { availability_zone_rebalancing: rebalancing, ..service.clone() },
    ];
    Ok(Case::new(&service, Again::Only, changes).replace(&["cluster"]))
}
