//! The sizes of Fargate tasks.

use super::super::error::client;
use crate::wire::ApiError;

/// CPU in units of which 1024 are a virtual processor, and memory in MiB, as the API writes them.
///
/// AWS: ECS API Reference, RegisterTaskDefinition, `cpu` and `memory`: numbers, or with `vCPU` and `GB`.
pub(super) fn parse(text: &str, unit: &str) -> Result<u32, ApiError> {
    let invalid =
        || client(format!("Invalid setting '{text}' for a task's {}.", if unit == "vcpu" { "cpu" } else { "memory" }));
    let lower = text.trim().to_ascii_lowercase();
    match lower.strip_suffix(unit) {
        Some(number) => {
            let number: f64 = number.trim().parse().map_err(|_| invalid())?;
            let units = (number * 1024.0).round();
            if (1.0..=1_048_576.0).contains(&units) { Ok(units as u32) } else { Err(invalid()) }
        }
        None => lower.parse().map_err(|_| invalid()),
    }
}

/// Whether Fargate has tasks with this CPU and memory.
///
/// AWS: ECS Developer Guide, "Amazon ECS task definition parameters for Fargate", "Task size".
pub(super) fn exists(cpu: u32, memory: u32) -> bool {
    const GIB: u32 = 1024;
    let (range, step) = match cpu {
        256 => return [512, GIB, 2 * GIB].contains(&memory),
        512 => (GIB..=4 * GIB, GIB),
        1024 => (2 * GIB..=8 * GIB, GIB),
        2048 => (4 * GIB..=16 * GIB, GIB),
        4096 => (8 * GIB..=30 * GIB, GIB),
        8192 => (16 * GIB..=60 * GIB, 4 * GIB),
        16384 => (32 * GIB..=120 * GIB, 8 * GIB),
        _ => return false,
    };
    range.contains(&memory) && memory.is_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_or_not() {
        assert_eq!(parse("256", "vcpu"), Ok(256));
        assert_eq!(parse(".25 vCPU", "vcpu"), Ok(256));
        assert_eq!(parse("0.5GB", "gb"), Ok(512));
        assert!(parse("much", "gb").is_err());
    }

    #[test]
    fn only_some_pairs_exist() {
        assert!(exists(256, 512) && exists(256, 2048) && exists(1024, 8192) && exists(16384, 122_880));
        assert!(!exists(256, 1536) && !exists(512, 512) && !exists(8192, 17 * 1024) && !exists(128, 512));
    }
}
