use super::InvalidValue;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The CPU units and MiB of memory of a Fargate task, in a pair that Fargate offers.
///
/// 1024 CPU units are one vCPU. AWS: ECS Developer Guide, "Task CPU and memory" of Fargate task definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Pair", into = "Pair")]
pub struct FargateSize {
    cpu: u32,
    memory: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    cpu: u32,
    memory: u32,
}

impl FargateSize {
    /// A quarter of a vCPU, 512 MiB: the smallest.
    pub const CPU_256_MIB_512: Self = Self { cpu: 256, memory: 512 };
    /// A quarter of a vCPU, 1 GiB.
    pub const CPU_256_MIB_1024: Self = Self { cpu: 256, memory: 1024 };
    /// Half a vCPU, 1 GiB.
    pub const CPU_512_MIB_1024: Self = Self { cpu: 512, memory: 1024 };
    /// One vCPU, 2 GiB.
    pub const CPU_1024_MIB_2048: Self = Self { cpu: 1024, memory: 2048 };

    /// `cpu` units and `memory` MiB.
    ///
    /// # Errors
    /// When Fargate does not offer the pair; the message says which memory sizes go with that CPU.
    pub fn new(cpu: u32, memory: u32) -> Result<Self, InvalidValue> {
        const GIB: u32 = 1024;
        let (low, high, step) = match cpu {
            256 if memory == 512 => (512, 512, 1),
            256 => (GIB, 2 * GIB, GIB),
            512 => (GIB, 4 * GIB, GIB),
            1024 => (2 * GIB, 8 * GIB, GIB),
            2048 => (4 * GIB, 16 * GIB, GIB),
            4096 => (8 * GIB, 30 * GIB, GIB),
            8192 => (16 * GIB, 60 * GIB, 4 * GIB),
            16384 => (32 * GIB, 120 * GIB, 8 * GIB),
            _ => {
                return Err(InvalidValue(format!(
                    "Fargate has no {cpu} CPU units: use 256, 512, 1024, 2048, 4096, 8192 or 16384"
                )));
            }
        };
        if (low..=high).contains(&memory) && (memory - low).is_multiple_of(step) {
            return Ok(Self { cpu, memory });
        }
        let smallest = if cpu == 256 { "512 MiB or " } else { "" };
        Err(InvalidValue(format!(
            "Fargate does not offer {memory} MiB with {cpu} CPU units: use {smallest}{low} to {high} MiB in steps of {step}"
        )))
    }

    /// CPU units; 1024 are one vCPU.
    pub fn cpu(&self) -> u32 {
        self.cpu
    }

    /// Memory in MiB.
    pub fn memory(&self) -> u32 {
        self.memory
    }
}

impl TryFrom<Pair> for FargateSize {
    type Error = InvalidValue;

    fn try_from(pair: Pair) -> Result<Self, Self::Error> {
        Self::new(pair.cpu, pair.memory)
    }
}

impl From<FargateSize> for Pair {
    fn from(size: FargateSize) -> Self {
        Self { cpu: size.cpu, memory: size.memory }
    }
}

impl fmt::Display for FargateSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} CPU units, {} MiB", self.cpu, self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pairs_that_fargate_offers() {
        for (cpu, memory) in [(256, 512), (256, 2048), (512, 3072), (8192, 20480), (16384, 122_880)] {
            assert!(FargateSize::new(cpu, memory).is_ok(), "{cpu}/{memory}");
        }
        for (cpu, memory) in [(256, 768), (256, 4096), (512, 512), (300, 512), (8192, 17408), (1024, 9216)] {
            assert!(FargateSize::new(cpu, memory).is_err(), "{cpu}/{memory}");
        }
    }
}
