//! Serde's messages in the words of somebody who writes variables.

/// A message about a wrong value, with the allowed ones.
pub(super) fn value(message: &str) -> String {
    let found = ["invalid type: ", "invalid value: "].iter().find_map(|prefix| message.strip_prefix(prefix));
    let parts = found.and_then(|rest| rest.rsplit_once(", expected "));
    match parts {
        Some((found, expected)) => format!("expected {}, found {found}", plain(expected)),
        None => message.to_owned(),
    }
}

/// Rust's number types as ranges.
fn plain(expected: &str) -> String {
    let (low, high) = match expected {
        "u8" => (0, u64::from(u8::MAX)),
        "u16" => (0, u64::from(u16::MAX)),
        "u32" => (0, u64::from(u32::MAX)),
        "i8" => (i64::from(i8::MIN), 127),
        "i16" => (i64::from(i16::MIN), 32_767),
        "i32" => (i64::from(i32::MIN), 2_147_483_647),
        "u64" | "usize" => return "a whole number that is not negative".to_owned(),
        "i64" | "isize" => return "a whole number".to_owned(),
        "f32" | "f64" => return "a number".to_owned(),
        other => return other.to_owned(),
    };
    format!("a whole number between {low} and {high}")
}

/// The hint for a name that is not among `names`.
pub(super) fn unknown(name: &str, names: &[&str]) -> String {
    let similar = |candidate: &&&str| strsim::jaro_winkler(name, candidate);
    let best = names.iter().max_by(|one, other| similar(one).total_cmp(&similar(other)));
    match best.filter(|best| similar(best) > 0.8) {
        Some(best) => format!("did you mean `{best}`?"),
        None => format!("the variables are {}", names.join(", ")),
    }
}
