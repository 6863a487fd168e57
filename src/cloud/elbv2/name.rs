//! The names of load balancers and target groups.

use super::errors::validation;
use crate::wire::ApiError;

/// AWS: Elastic Load Balancing API Reference, CreateLoadBalancer and CreateTargetGroup, `Name`.
const MAX_LENGTH: usize = 32;

/// Checks a name; `kind` is what AWS's messages call the named object.
pub(super) fn check(kind: &str, name: &str) -> Result<(), ApiError> {
    if name.is_empty() {
        return Err(validation(format!("{kind} name cannot be empty")));
    }
    if name.chars().count() > MAX_LENGTH {
        return Err(validation(format!("{kind} name '{name}' cannot be longer than '{MAX_LENGTH}' characters")));
    }
    if !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
        let message =
            format!("{kind} name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)");
        return Err(validation(message));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(validation(format!("{kind} name '{name}' cannot begin or end with a hyphen(-)")));
    }
    Ok(())
}

/// Checks a load balancer's name, which in addition must not look like the DNS name of an internal one.
pub(super) fn check_load_balancer(name: &str) -> Result<(), ApiError> {
    check("Load balancer", name)?;
    if name.starts_with("internal-") {
        return Err(validation(format!("Load balancer name '{name}' cannot begin with 'internal-'")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_rules_hold() {
        for right in ["a", "web-1", &"a".repeat(32)] {
            assert_eq!(check_load_balancer(right), Ok(()));
        }
        for wrong in ["", "-a", "a-", "a_b", "a.b", "internal-web", &"a".repeat(33)] {
            assert!(check_load_balancer(wrong).is_err(), "{wrong:?} is no name");
        }
        assert_eq!(check("Target group", "internal-web"), Ok(()));
    }
}
