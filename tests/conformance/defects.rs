use super::finding::Finding;
use std::fmt;

/// Something that an implementation is known to do otherwise than AWS.
#[derive(Debug)]
pub(super) struct Defect {
    kind: &'static str,
    step: &'static str,
    /// What it does, in words.
    why: &'static str,
}

impl Defect {
    /// Whether the finding comes from this defect.
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        self.kind == finding.kind && self.step == finding.step
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {}", self.kind, self.step, self.why)
    }
}

/// What moto 5.2.1 does otherwise than AWS.
pub(super) const MOTO: &[Defect] = &[
    Defect {
        kind: "ec2.nat_gateway",
        step: "find for somebody else",
        why: "DescribeNatGateways ignores a filter by tag",
    },
    Defect {
        kind: "ecr.repository",
        step: "change scan_on_push: scan_on_push",
        why: "PutImageScanningConfiguration ignores a configuration without `scanOnPush`, which is false by default",
    },
    Defect {
        kind: "ecs.service",
        step: "create for somebody else",
        why: "CreateService puts a new service in the place of the one that has the name",
    },
    Defect {
        kind: "elbv2.listener",
        step: "create again",
        why: "CreateListener makes a second listener on a port that is taken",
    },
    Defect {
        kind: "elbv2.listener",
        step: "create for somebody else",
        why: "CreateListener makes a second listener on a port that is taken",
    },
    Defect {
        kind: "elbv2.listener",
        step: "change protocol, certificate, ssl_policy",
        why: "as on AWS, a listener needs a certificate that exists, and no kind makes one; the local cloud takes any",
    },
    Defect {
        kind: "elbv2.load_balancer",
        step: "create again",
        why: "CreateLoadBalancer makes a second load balancer of a name that is taken",
    },
    Defect {
        kind: "elbv2.load_balancer",
        step: "create for somebody else",
        why: "CreateLoadBalancer makes a second load balancer of a name that is taken",
    },
    Defect { kind: "logs.log_group", step: "change kms_key", why: "there is no AssociateKmsKey" },
];
