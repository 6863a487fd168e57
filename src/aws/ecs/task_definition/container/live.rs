//! Containers to and from the API. What the API leaves out is read as the default it stands for.

use super::{AwsLogs, Container, HealthCheck, MountPoint, PortMapping, TransportProtocol, Ulimit, UlimitName};
use crate::{ecs::live::number, live::prelude::*};
use aws_sdk_ecs::types::{
    ContainerDefinition, HealthCheck as ApiHealthCheck, KeyValuePair, LinuxParameters, LogConfiguration, LogDriver,
    MountPoint as ApiMountPoint, PortMapping as ApiPortMapping, Secret, Ulimit as ApiUlimit,
};
use aws_smithy_types::error::operation::BuildError;
use model::{In, LogGroupName, Seconds};

/// ECS Developer Guide, "Send Amazon ECS logs to CloudWatch": the options of the log driver.
const GROUP: &str = "awslogs-group";
const REGION: &str = "awslogs-region";
const STREAM_PREFIX: &str = "awslogs-stream-prefix";

impl Container {
    /// The container as the API takes it.
    pub(crate) fn to_api(&self, name: &str) -> Result<ContainerDefinition> {
        let linux = LinuxParameters::builder().init_process_enabled(true).build();
        Ok(ContainerDefinition::builder()
            .name(name)
            .image(self.image.known()?)
            .essential(self.essential)
            .set_port_mappings(Some(self.port_mappings.iter().map(|port| port.to_api()).collect()))
            .set_environment(Some(self.environment.iter().map(variable).collect::<Result<_>>()?))
            .set_secrets(Some(self.secrets.iter().map(secret).collect::<Result<_>>()?))
            .set_entry_point(some(&self.entry_point))
            .set_command(some(&self.command))
            .set_working_directory(self.working_directory.clone())
            .set_user(self.user.clone())
            .readonly_root_filesystem(self.readonly_root_filesystem)
            .set_mount_points(Some(self.mount_points.iter().map(MountPoint::to_api).collect()))
            .set_linux_parameters(self.init_process_enabled.then_some(linux))
            .set_ulimits(Some(self.ulimits.iter().map(|(name, limit)| limit.to_api(*name)).collect::<Result<_>>()?))
            .set_health_check(self.health_check.as_ref().map(HealthCheck::to_api).transpose()?)
            .stop_timeout(number("stop_timeout", self.stop_timeout.get())?)
            .set_log_configuration(self.log_configuration.as_ref().map(AwsLogs::to_api).transpose()?)
            .build())
    }

    /// The container, and its name, as the API reports it.
    pub(crate) fn from_api(container: &ContainerDefinition) -> Result<(String, Self)> {
        let pair = |it: &KeyValuePair| Some((it.name()?.to_owned(), In::from(it.value().unwrap_or_default())));
        let secret = |it: &Secret| (it.name().to_owned(), In::from(it.value_from()));
        let linux = container.linux_parameters();
        let inputs = Self {
            image: container.image().or_missing("image")?.into(),
            essential: container.essential().unwrap_or(true),
            port_mappings: container.port_mappings().iter().map(PortMapping::from_api).collect::<Result<_>>()?,
            environment: container.environment().iter().filter_map(pair).collect(),
            secrets: container.secrets().iter().map(secret).collect(),
            entry_point: container.entry_point().to_vec(),
            command: container.command().to_vec(),
            working_directory: container.working_directory().map(str::to_owned),
            user: container.user().map(str::to_owned),
            readonly_root_filesystem: container.readonly_root_filesystem().unwrap_or(false),
            mount_points: container.mount_points().iter().map(MountPoint::from_api).collect::<Result<_>>()?,
            init_process_enabled: linux.and_then(|linux| linux.init_process_enabled()).unwrap_or(false),
            ulimits: container.ulimits().iter().map(Ulimit::from_api).collect::<Result<_>>()?,
            health_check: container.health_check().map(HealthCheck::from_api).transpose()?,
            stop_timeout: seconds("stopTimeout", container.stop_timeout(), Self::STOP_TIMEOUT)?,
            log_configuration: container.log_configuration().map(AwsLogs::from_api).transpose()?,
        };
        Ok((container.name().or_missing("name")?.to_owned(), inputs))
    }
}

impl PortMapping {
    fn to_api(self) -> ApiPortMapping {
        let port = i32::from(self.container_port.get());
        ApiPortMapping::builder().container_port(port).protocol(self.protocol.as_str().into()).build()
    }

    fn from_api(mapping: &ApiPortMapping) -> Result<Self> {
        let port = i64::from(mapping.container_port().or_missing("containerPort")?);
        Ok(Self {
            container_port: number("containerPort", port)?,
            protocol: match mapping.protocol() {
                Some(word) => parsed("protocol", Some(word.as_str()))?,
                None => TransportProtocol::Tcp,
            },
        })
    }
}

impl MountPoint {
    fn to_api(&self) -> ApiMountPoint {
        let mount = ApiMountPoint::builder().source_volume(&self.source_volume);
        mount.container_path(&self.container_path).read_only(self.read_only).build()
    }

    fn from_api(mount: &ApiMountPoint) -> Result<Self> {
        Ok(Self {
            source_volume: mount.source_volume().or_missing("sourceVolume")?.to_owned(),
            container_path: mount.container_path().or_missing("containerPath")?.to_owned(),
            read_only: mount.read_only().unwrap_or(false),
        })
    }
}

impl Ulimit {
    fn to_api(self, name: UlimitName) -> Result<ApiUlimit> {
        let limit = ApiUlimit::builder().name(name.as_str().into()).soft_limit(number("soft", self.soft)?);
        limit.hard_limit(number("hard", self.hard)?).build().map_err(incomplete)
    }

    fn from_api(limit: &ApiUlimit) -> Result<(UlimitName, Self)> {
        let limits =
            Self { soft: number("softLimit", limit.soft_limit())?, hard: number("hardLimit", limit.hard_limit())? };
        Ok((parsed("name", Some(limit.name().as_str()))?, limits))
    }
}

impl HealthCheck {
    fn to_api(&self) -> Result<ApiHealthCheck> {
        ApiHealthCheck::builder()
            .set_command(Some(self.command.clone()))
            .interval(number("interval", self.interval.get())?)
            .timeout(number("timeout", self.timeout.get())?)
            .retries(self.retries.into())
            .start_period(number("start_period", self.start_period.get())?)
            .build()
            .map_err(incomplete)
    }

    fn from_api(check: &ApiHealthCheck) -> Result<Self> {
        let default = Self::shell("");
        Ok(Self {
            command: check.command().to_vec(),
            interval: seconds("interval", check.interval(), default.interval)?,
            timeout: seconds("timeout", check.timeout(), default.timeout)?,
            retries: check.retries().map(|it| number("retries", it)).transpose()?.unwrap_or(default.retries),
            start_period: seconds("startPeriod", check.start_period(), default.start_period)?,
        })
    }
}

impl AwsLogs {
    fn to_api(&self) -> Result<LogConfiguration> {
        LogConfiguration::builder()
            .log_driver(LogDriver::Awslogs)
            .options(GROUP, self.group.known()?.as_str())
            .options(REGION, &self.region)
            .options(STREAM_PREFIX, &self.stream_prefix)
            .build()
            .map_err(incomplete)
    }

    fn from_api(logs: &LogConfiguration) -> Result<Self> {
        if *logs.log_driver() != LogDriver::Awslogs {
            return Err(Fault::Inputs(format!("the log driver {} is not known here", logs.log_driver())));
        }
        let option = |name| logs.options().and_then(|options| options.get(name)).or_missing(name);
        Ok(Self {
            group: LogGroupName::new(option(GROUP)?).into(),
            region: option(REGION)?.clone(),
            stream_prefix: option(STREAM_PREFIX)?.clone(),
        })
    }
}

fn variable((name, value): (&String, &In<String>)) -> Result<KeyValuePair> {
    Ok(KeyValuePair::builder().name(name).value(value.known()?).build())
}

fn secret((name, value): (&String, &In<String>)) -> Result<Secret> {
    Secret::builder().name(name).value_from(value.known()?).build().map_err(incomplete)
}

/// An empty list would take the place of what the image says.
fn some(words: &[String]) -> Option<Vec<String>> {
    (!words.is_empty()).then(|| words.to_vec())
}

fn seconds(field: &'static str, value: Option<i32>, default: Seconds) -> Result<Seconds> {
    value.map_or(Ok(default), |value| number(field, i64::from(value)))
}

fn incomplete(error: BuildError) -> Fault {
    Fault::Inputs(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Port;
    use std::collections::BTreeMap;

    fn there_and_back(container: &Container) -> (String, Container) {
        Container::from_api(&container.to_api("web").unwrap()).unwrap()
    }

    #[test]
    fn a_plain_container_survives() {
        let plain = Container::new("web:1");
        assert_eq!(there_and_back(&plain), ("web".to_owned(), plain));
    }

    #[test]
    fn a_full_container_survives() {
        let full = Container {
            image: "web:1".into(),
            essential: false,
            port_mappings: [
                PortMapping::tcp(Port::new(8080)),
                PortMapping { container_port: Port::new(53), protocol: TransportProtocol::Udp },
            ]
            .into(),
            environment: BTreeMap::from([("MODE".to_owned(), "green".into())]),
            secrets: BTreeMap::from([("TOKEN".to_owned(), "arn:aws:ssm:::parameter/token".into())]),
            entry_point: vec!["python".to_owned()],
            command: vec!["-m".to_owned(), "app".to_owned()],
            working_directory: Some("/srv".to_owned()),
            user: Some("1000:1000".to_owned()),
            readonly_root_filesystem: true,
            mount_points: [MountPoint {
                source_volume: "tmp".to_owned(),
                container_path: "/tmp".to_owned(),
                read_only: true,
            }]
            .into(),
            init_process_enabled: true,
            ulimits: BTreeMap::from([(UlimitName::Nofile, Ulimit { soft: 1024, hard: 65535 })]),
            health_check: Some(HealthCheck { retries: 5, ..HealthCheck::shell("true") }),
            stop_timeout: Seconds::new(60),
            log_configuration: Some(AwsLogs {
                group: LogGroupName::new("web").into(),
                region: "us-east-1".to_owned(),
                stream_prefix: "web".to_owned(),
            }),
        };
        assert_eq!(there_and_back(&full), ("web".to_owned(), full));
    }

    #[test]
    fn an_unresolved_image_is_never_sent() {
        let image: In<String> =
            In::Reference(model::Reference { address: "repository.web".parse().unwrap(), output: "uri".into() });
        assert!(matches!(Container::new(image).to_api("web"), Err(Fault::Unresolved(_))));
    }
}
