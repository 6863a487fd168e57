//! The cloud's own names for things. One type each, so that wrong wiring does not compile.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes over an id that the cloud has given.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as the API takes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<crate::In<$name>> for crate::In<String> {
            fn from(id: crate::In<$name>) -> Self {
                id.text()
            }
        }
    )+};
}

ids! {
    /// `vpc-..`
    VpcId;
    /// `subnet-..`
    SubnetId;
    /// `igw-..`
    InternetGatewayId;
    /// `eipalloc-..`
    AllocationId;
    /// `nat-..`
    NatGatewayId;
    /// `rtb-..`
    RouteTableId;
    /// `sg-..`
    SecurityGroupId;
    /// The name of an Availability Zone, such as `us-east-1a`.
    AvailabilityZone;
    /// The ARN of a load balancer.
    LoadBalancerArn;
    /// The ARN of a target group.
    TargetGroupArn;
    /// The ARN of a listener.
    ListenerArn;
    /// The ARN of an ACM or IAM certificate.
    CertificateArn;
    /// The ARN of an ECR repository.
    RepositoryArn;
    /// The URI images are pushed to and pulled from, without a tag.
    RepositoryUri;
    /// A container image with its tag or digest.
    ImageUri;
    /// The ARN of an ECS cluster.
    ClusterArn;
    /// The ARN of a task definition revision.
    TaskDefinitionArn;
    /// The ARN of an IAM role.
    RoleArn;
    /// The name of an IAM role.
    RoleName;
    /// The ARN of a managed IAM policy.
    PolicyArn;
    /// The name of a CloudWatch Logs log group.
    LogGroupName;
    /// The ARN of a CloudWatch Logs log group, without the trailing `:*`.
    LogGroupArn;
    /// The ARN of a secret or parameter that a task reads at start.
    SecretArn;
    /// A host name.
    DnsName;
}
