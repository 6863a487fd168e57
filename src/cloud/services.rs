//! The services of the cloud.

use crate::operation::Service;
use crate::{cloudwatch, ec2, ecr, ecs, elbv2, iam, logs, sts};

/// Every service that is modelled.
pub(crate) const SERVICES: &[&Service] = &[
    &ec2::SERVICE,
    &elbv2::SERVICE,
    &ecs::SERVICE,
    &ecr::SERVICE,
    &iam::SERVICE,
    &sts::SERVICE,
    &logs::SERVICE,
    &cloudwatch::SERVICE,
];

/// The service with this name in the AWS CLI.
pub(crate) fn by_name(name: &str) -> Option<&'static Service> {
    SERVICES.iter().copied().find(|service| service.name == name)
}

/// The service that requests with this name in their credential scope are for.
pub(crate) fn by_signing_name(name: &str) -> Option<&'static Service> {
    SERVICES.iter().copied().find(|service| service.signing_name == name)
}

/// A parameter that an operation accepts although it has no effect here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmodelled {
    /// The service, as the AWS CLI names it.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// The parameter, as it stands in a request.
    pub parameter: &'static str,
}

/// Everything that is accepted and has no effect, by service and operation.
pub fn unmodelled() -> impl Iterator<Item = Unmodelled> {
    SERVICES.iter().flat_map(|service| {
        service.operations.iter().flat_map(|operation| {
            operation.unmodelled.iter().map(|parameter| Unmodelled {
                service: service.name,
                operation: operation.name,
                parameter,
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_readme_lists_what_is_accepted_without_effect() {
        let table = include_str!("README.md").split_once("## Accepted and without effect").expect("it has the table").1;
        let rows = table.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
        let documented: BTreeSet<Vec<&str>> = rows.map(|row| row.split(" | ").take(3).collect()).collect();
        let accepted =
            unmodelled().map(|Unmodelled { service, operation, parameter }| vec![service, operation, parameter]);
        assert_eq!(documented, accepted.collect());
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = SERVICES.iter().map(|service| service.name).collect();
        let signing_names: BTreeSet<_> = SERVICES.iter().map(|service| service.signing_name).collect();
        assert_eq!((names.len(), signing_names.len()), (SERVICES.len(), SERVICES.len()));
        for service in SERVICES {
            let operations: BTreeSet<_> = service.operations.iter().map(|operation| operation.name).collect();
            assert_eq!(operations.len(), service.operations.len(), "{} names an operation twice", service.name);
        }
    }
}
