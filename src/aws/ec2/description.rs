use model::Problem;

/// Why EC2 would refuse a description of a security group or of one of its rules.
///
/// AWS: EC2 API Reference, CreateSecurityGroup and IpRange.
pub(super) fn problem(description: &str) -> Option<Problem> {
    let valid = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if description.len() > 255 {
        Some(Problem::new("description", "a description has at most 255 characters"))
    } else {
        let wrong = description.chars().find(|&c| !valid(c))?;
        let message =
            format!("`{wrong}` cannot stand in a description: use letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*");
        Some(Problem::new("description", message))
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn descriptions_are_what_ec2_accepts() {
        assert_eq!(problem("HTTP from anywhere (0.0.0.0/0), ports 80-443"), None);
        for wrong in ["it's", "naïve", "<all>", &"x".repeat(256)] {
            assert!(problem(wrong).is_some(), "{wrong}");
        }
    }
}
