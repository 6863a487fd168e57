use gate::verdict::{Certify, Policy};
use std::time::Duration;

/// The least time in which it is measured what is normal.
const LEAST_BASELINE: Duration = Duration::from_secs(5);

/// By what an apply is judged: the usual policy; on a local cloud that is faster than AWS everything that happens is
/// faster too, and so may be what is measured before it. `certify`: each wave must prove 99.9 % by itself.
pub(super) fn policy(time_scale: f64, certify: bool) -> Policy {
    let usual = Policy::default();
    let baseline = usual.baseline.mul_f64(time_scale.min(1.0)).max(LEAST_BASELINE);
    let baseline_probes = usual.baseline_probes.min((baseline.as_secs_f64() * 40.0) as u64);
    let policy = Policy { baseline, baseline_probes, ..usual };
    if certify { policy.certify(Certify::THREE_NINES) } else { policy }
}
