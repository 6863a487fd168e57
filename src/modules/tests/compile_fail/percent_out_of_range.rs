//! ECS knows at most 200 percent.
use aws::ecs::{CircuitBreaker, DeploymentConfiguration};
use model::Percent;

const MAXIMUM: Percent = Percent::new(250);

fn main() {
    drop(DeploymentConfiguration {
        minimum_healthy_percent: Percent::new(100),
        maximum_percent: MAXIMUM,
        circuit_breaker: CircuitBreaker::Rollback,
    });
}
