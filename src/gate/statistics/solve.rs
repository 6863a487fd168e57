//! Where a monotone condition begins to hold.

/// The least number between `low` and `high`, to the last bit, at which `holds`, which holds from some point on.
/// `high` where it holds nowhere.
pub(super) fn least(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (low, high);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::least;

    #[test]
    fn finds_the_point() {
        assert!((least(0.0, 1.0, |x| x * x >= 0.5) - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(least(0.25, 1.0, |_| false), 1.0);
        assert!(least(0.0, 1.0, |_| true) < 1e-300);
    }
}
