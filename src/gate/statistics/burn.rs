//! Burn rates: the language of service-level objectives, for people to read.
//!
//! "The Site Reliability Workbook", chapter 5, "Alerting on SLOs". No decision of this crate rests on them, since
//! [`super::Cusum`] notices everything earlier.

use super::Probability;
use std::time::Duration;

/// How many times faster than allowed errors come: 1 spends exactly the budget of the objective `slo`. Infinite when
/// the objective allows no error and there is one.
pub fn burn_rate(error_rate: Probability, slo: Probability) -> f64 {
    if error_rate == Probability::ZERO {
        return 0.0;
    }
    error_rate.get() / slo.complement().get()
}

/// How long errors may burn at the rate `burn` until they have spent `share` of the budget of a `period`. At the
/// rate 0 it takes [`Duration::MAX`].
pub fn window(share: Probability, period: Duration, burn: f64) -> Duration {
    Duration::try_from_secs_f64(share.get() * period.as_secs_f64() / burn).unwrap_or(Duration::MAX)
}

/// What part of the error budget of a `period` errors spend that burn at the rate `burn` for `duration`. More than 1
/// when they spend more than all of it.
pub fn budget_spent(duration: Duration, period: Duration, burn: f64) -> f64 {
    duration.as_secs_f64() * burn / period.as_secs_f64()
}
