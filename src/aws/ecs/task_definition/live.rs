use super::{Container, CpuArchitecture, TaskDefinition, TaskDefinitionOutputs};
use crate::{
    ecs::live::{from_tags, number, retag, to_tags},
    live::prelude::*,
};
use aws_sdk_ecs::{
    operation::describe_task_definition::DescribeTaskDefinitionOutput,
    types::{
        Compatibility, EphemeralStorage, NetworkMode, OsFamily, RuntimePlatform, SortOrder, TaskDefinitionField,
        TaskDefinitionStatus, Volume, {self as types},
    },
};
use futures::future::try_join_all;
use model::{FargateSize, In, RoleArn, TaskDefinitionArn};

/// How many of the newest revisions an interrupted registration is looked for among.
const RECENT: i32 = 10;

impl Provider<Aws> for TaskDefinition {
    async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
        let found = try_join_all(ids.iter().map(async |id| match describe(aws, id.as_str()).await {
            Ok(reply) => live(&reply),
            Err(Fault::NotFound(_)) => Ok(None),
            Err(fault) => Err(fault),
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let containers = self.containers.iter().map(|(name, container)| container.to_api(name));
        let ephemeral_storage = (self.ephemeral_storage != Self::EPHEMERAL_STORAGE)
            .then(|| EphemeralStorage::builder().size_in_gib(self.ephemeral_storage.into()).build());
        let reply = aws
            .ecs
            .register_task_definition()
            .family(&new.name)
            .requires_compatibilities(Compatibility::Fargate)
            .network_mode(NetworkMode::Awsvpc)
            .cpu(self.size.cpu().to_string())
            .memory(self.size.memory().to_string())
            .runtime_platform(
                RuntimePlatform::builder()
                    .operating_system_family(OsFamily::Linux)
                    .cpu_architecture(self.cpu_architecture.as_str().into())
                    .build(),
            )
            .set_execution_role_arn(self.execution_role.as_ref().map(known).transpose()?)
            .set_task_role_arn(self.task_role.as_ref().map(known).transpose()?)
            .set_container_definitions(Some(containers.collect::<Result<_>>()?))
            .set_volumes(Some(self.volumes.iter().map(|name| Volume::builder().name(name).build()).collect()))
            .set_ephemeral_storage(ephemeral_storage)
            .set_tags(Some(to_tags(&new.tags)))
            .send()
            .await
            .or_fault()?;
        let registered = reply.task_definition().and_then(|revision| revision.task_definition_arn());
        Ok(Id::new(registered.or_missing("taskDefinitionArn")?))
    }

    async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
        let call = aws.ecs.list_task_definitions().family_prefix(&new.name).status(TaskDefinitionStatus::Active);
        let newest_first = call.sort(SortOrder::Desc).max_results(RECENT).send().await.or_fault()?;
        for arn in newest_first.task_definition_arns() {
            if from_tags(describe(aws, arn).await?.tags()).get(TOKEN_TAG) == Some(&new.token) {
                return Ok(Id::new(arn));
            }
        }
        Err(Fault::not_found(&new.name))
    }

    async fn update(&self, _: &Aws, _: &Live<Self>) -> Result<()> {
        // Every field is `Replace`: a revision never changes.
        Ok(())
    }

    async fn delete(aws: &Aws, id: &Id) -> Result<()> {
        aws.ecs.deregister_task_definition().task_definition(id.as_str()).send().await.or_fault().map(drop)
    }

    async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
        retag(aws, id, set, remove).await
    }
}

async fn describe(aws: &Aws, arn: &str) -> Result<DescribeTaskDefinitionOutput> {
    let call = aws.ecs.describe_task_definition().task_definition(arn);
    call.include(TaskDefinitionField::Tags).send().await.or_fault()
}

/// `None` for a revision that is deregistered: ECS keeps showing those.
fn live(reply: &DescribeTaskDefinitionOutput) -> Result<Option<Live<TaskDefinition>>> {
    let revision = reply.task_definition().or_missing("taskDefinition")?;
    if revision.status() != Some(&TaskDefinitionStatus::Active) {
        return Ok(None);
    }
    let arn = revision.task_definition_arn().or_missing("taskDefinitionArn")?;
    let outputs = TaskDefinitionOutputs {
        arn: TaskDefinitionArn::new(arn),
        family: revision.family().or_missing("family")?.to_owned(),
        revision: number("revision", revision.revision())?,
    };
    Ok(Some(Live::ready(Id::new(arn), inputs(revision)?, outputs, Some(from_tags(reply.tags())))))
}

fn inputs(revision: &types::TaskDefinition) -> Result<TaskDefinition> {
    let role = |arn: &str| In::Value(RoleArn::new(arn));
    let size = FargateSize::new(parsed("cpu", revision.cpu())?, parsed("memory", revision.memory())?);
    let architecture = revision.runtime_platform().and_then(|platform| platform.cpu_architecture());
    Ok(TaskDefinition {
        size: size.map_err(|error| Fault::Inputs(error.to_string()))?,
        cpu_architecture: match architecture {
            Some(word) => parsed("cpuArchitecture", Some(word.as_str()))?,
            // ECS API Reference, RuntimePlatform: what a task without one gets.
            None => CpuArchitecture::X86,
        },
        execution_role: revision.execution_role_arn().map(role),
        task_role: revision.task_role_arn().map(role),
        containers: revision.container_definitions().iter().map(Container::from_api).collect::<Result<_>>()?,
        volumes: revision.volumes().iter().filter_map(|volume| volume.name()).map(str::to_owned).collect(),
        ephemeral_storage: match revision.ephemeral_storage() {
            Some(storage) => number("sizeInGiB", storage.size_in_gib())?,
            None => TaskDefinition::EPHEMERAL_STORAGE,
        },
    })
}

fn known(role: &In<RoleArn>) -> Result<String> {
    Ok(role.known()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::PortMapping;
    use aws_sdk_ecs::types::{CpuArchitecture as Architecture, TransportProtocol};
    use model::Port;

    /// A revision as AWS describes it, with what it fills in itself.
    fn described() -> types::TaskDefinition {
        let port = types::PortMapping::builder().container_port(8080).host_port(8080).protocol(TransportProtocol::Tcp);
        let container = types::ContainerDefinition::builder()
            .name("web")
            .image("web:1")
            .cpu(0)
            .essential(true)
            .port_mappings(port.build())
            .set_environment(Some(Vec::new()))
            .set_mount_points(Some(Vec::new()))
            .set_volumes_from(Some(Vec::new()))
            .set_system_controls(Some(Vec::new()));
        types::TaskDefinition::builder()
            .task_definition_arn("arn:aws:ecs:us-east-1:123456789012:task-definition/web:7")
            .family("web")
            .revision(7)
            .status(TaskDefinitionStatus::Active)
            .cpu("256")
            .memory("512")
            .container_definitions(container.build())
            .build()
    }

    #[test]
    fn what_aws_fills_in_is_no_difference() {
        let container =
            Container { port_mappings: [PortMapping::tcp(Port::new(8080))].into(), ..Container::new("web:1") };
        let declared = TaskDefinition::new(FargateSize::CPU_256_MIB_512, "web", container);
        assert_eq!(inputs(&described()).unwrap(), declared);
    }

    #[test]
    fn what_is_registered_is_read_back() {
        let mut revision = described();
        let platform = RuntimePlatform::builder().cpu_architecture(Architecture::Arm64).build();
        revision.runtime_platform = Some(platform);
        revision.ephemeral_storage = Some(EphemeralStorage::builder().size_in_gib(30).build());
        revision.task_role_arn = Some("arn:aws:iam::123456789012:role/task".to_owned());
        let read = inputs(&revision).unwrap();
        assert_eq!(read.cpu_architecture, CpuArchitecture::Arm64);
        assert_eq!(read.ephemeral_storage, 30);
        assert_eq!(read.task_role, Some(RoleArn::new("arn:aws:iam::123456789012:role/task").into()));
    }

    #[test]
    fn a_deregistered_revision_is_gone() {
        let mut revision = described();
        let reply = |revision| DescribeTaskDefinitionOutput::builder().task_definition(revision).build();
        assert_eq!(live(&reply(revision.clone())).unwrap().unwrap().outputs.revision, 7);
        revision.status = Some(TaskDefinitionStatus::Inactive);
        assert_eq!(live(&reply(revision)).unwrap(), None);
    }
}
