//! Wilson's interval, for comparison with other tools that report it.
//!
//! E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

use super::{Counts, Probability};
use statrs::function::erf::erfc_inv;

/// The lower end of the two-sided interval for the success rate with confidence 1 - `alpha`. 0 without probes.
pub fn lower_limit(counts: Counts, alpha: Probability) -> Probability {
    if counts.probes() == 0 {
        return Probability::ZERO;
    }
    let probes = counts.probes() as f64;
    let rate = counts.successes() as f64 / probes;
    // The quantile of the normal distribution at 1 - alpha / 2.
    let z = std::f64::consts::SQRT_2 * erfc_inv(alpha.get());
    let z2 = z * z;
    let centre = rate + z2 / (2.0 * probes);
    let spread = z * (rate * (1.0 - rate) / probes + z2 / (4.0 * probes * probes)).sqrt();
    Probability::clamped((centre - spread) / (1.0 + z2 / probes))
}
