//! The exact bound when the number of probes was fixed beforehand.
//!
//! C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
//! Biometrika 26 (1934).

use super::{Counts, Probability, solve};
use statrs::function::beta::beta_reg;

/// The one-sided upper bound on the failure rate that holds with confidence 1 - `alpha`: the least rate at which
/// so few failures would be seen with a probability of at most `alpha`. 1 without probes.
///
/// It holds for one look, at a number of probes that did not depend on what was seen; for more looks see
/// [`super::BetaPrior::upper_bound`].
pub fn upper_bound(counts: Counts, alpha: Probability) -> Probability {
    let (probes, failures) = (counts.probes() as f64, counts.failures() as f64);
    if counts.successes() == 0 || alpha == Probability::ZERO {
        return Probability::ONE;
    }
    if alpha == Probability::ONE {
        return Probability::ZERO;
    }
    if counts.failures() == 0 {
        return Probability::clamped(-(alpha.get().ln() / probes).exp_m1());
    }
    // The chance of at most k failures at the rate p is 1 - I_p(k + 1, n - k).
    let enough = |rate| beta_reg(failures + 1.0, probes - failures, rate) >= 1.0 - alpha.get();
    Probability::clamped(solve::least(failures / probes, 1.0, enough))
}

/// The one-sided lower bound on the failure rate that holds with confidence 1 - `alpha`. 0 without failures.
pub fn lower_bound(counts: Counts, alpha: Probability) -> Probability {
    if counts.failures() == 0 {
        return Probability::ZERO;
    }
    // Failures and successes change places.
    let turned = Counts::new(counts.probes(), counts.successes()).unwrap_or_default();
    upper_bound(turned, alpha).complement()
}

/// How many probes without a failure give an upper bound of at most `rate`; `None` when no number does.
pub fn clean_probes_for(rate: Probability, alpha: Probability) -> Option<u64> {
    if !rate.is_proper() || !alpha.is_proper() {
        return None;
    }
    Some((alpha.get().ln() / (-rate.get()).ln_1p()).ceil() as u64)
}

/// The rule of three: about -ln(`alpha`) / n after n probes without a failure, 3 / n at 5 %. 1 without probes.
///
/// J. A. Hanley, A. Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249 (1983).
pub fn rule_of_three(clean_probes: u64, alpha: Probability) -> Probability {
    Probability::clamped(if clean_probes == 0 { 1.0 } else { -alpha.get().ln() / clean_probes as f64 })
}
