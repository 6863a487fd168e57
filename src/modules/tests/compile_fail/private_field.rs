//! Fargate offers no such pair, and there is no way around the check.
use model::FargateSize;

fn size() -> FargateSize {
    FargateSize { cpu: 256, memory: 700 }
}

fn main() {}
