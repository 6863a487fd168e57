//! The volumes of a task definition.
//!
//! AWS: ECS API Reference, Volume.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Declares structures of the API: as they are in requests, so in storage and in replies.
macro_rules! structures {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* })*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub(crate) struct $name { $(pub(super) $field: $type,)* }
        )*
    };
}

structures! {
    /// A directory that containers can mount.
    Volume {
        name: Option<String>,
        host: Option<HostVolumeProperties>,
        docker_volume_configuration: Option<DockerVolumeConfiguration>,
        efs_volume_configuration: Option<EfsVolumeConfiguration>,
        configured_at_launch: Option<bool>,
    }
    HostVolumeProperties { source_path: Option<String>, }
    DockerVolumeConfiguration {
        scope: Option<String>,
        autoprovision: Option<bool>,
        driver: Option<String>,
        driver_opts: Option<BTreeMap<String, String>>,
        labels: Option<BTreeMap<String, String>>,
    }
    EfsVolumeConfiguration {
        file_system_id: String,
        root_directory: Option<String>,
        transit_encryption: Option<String>,
        transit_encryption_port: Option<i32>,
        authorization_config: Option<EfsAuthorizationConfig>,
    }
    EfsAuthorizationConfig { access_point_id: Option<String>, iam: Option<String>, }
}
