//! The characters that names and descriptions of security groups may have.

use crate::wire::ApiError;

/// What may stand besides letters and digits.
///
/// AWS: EC2 API Reference, CreateSecurityGroup and IpRange.
const PUNCTUATION: &str = " ._-:/()#,@[]+=&;{}!$*";

const RULE: &str = "are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";

fn is_valid(text: &str) -> bool {
    text.chars().count() < 256 && text.chars().all(|it| it.is_ascii_alphanumeric() || PUNCTUATION.contains(it))
}

pub(super) fn check_group_name(name: &str) -> Result<(), ApiError> {
    if name.starts_with("sg-") {
        let message =
            format!("Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    if name.is_empty() || !is_valid(name) {
        let message = format!("Value ({name}) for parameter GroupName is invalid. Valid group names {RULE}");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    Ok(())
}

pub(super) fn check_group_description(description: &str) -> Result<(), ApiError> {
    if description.is_empty() || !is_valid(description) {
        let message = format!(
            "Value ({description}) for parameter GroupDescription is invalid. Valid security group descriptions {RULE}"
        );
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    Ok(())
}

pub(super) fn check_rule_description(description: &str) -> Result<(), ApiError> {
    if !is_valid(description) {
        let message = format!("Invalid rule description. Valid descriptions {RULE}");
        return Err(ApiError::new("InvalidParameterValue", message));
    }
    Ok(())
}
