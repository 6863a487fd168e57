//! What the control endpoint says about an alarm.

use super::Reason;
use std::time::Duration;

/// The last word of the control endpoint, for each of the two it can say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Control {
    answered: Option<Duration>,
    failed: Option<Duration>,
}

impl Control {
    /// A probe to the control endpoint, due at `due`, was answered or not.
    pub(super) fn observe(&mut self, failed: bool, due: Duration) {
        let last = if failed { &mut self.failed } else { &mut self.answered };
        *last = (*last).max(Some(due));
    }

    /// Whether trouble since `since` is the service's. Only probes that were due after the trouble began count, since
    /// the prober's own network may have failed just then. `None` when there is none yet.
    pub(super) fn vouches(&self, since: Duration) -> Option<Result<(), Reason>> {
        let after = |due: Option<Duration>| due.is_some_and(|due| due >= since);
        match (after(self.answered), after(self.failed)) {
            (_, true) => Some(Err(Reason::ControlBad)),
            (true, false) => Some(Ok(())),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_after_the_trouble_began_counts() {
        let at = Duration::from_millis;
        let mut control = Control::default();
        assert_eq!(control.vouches(at(0)), None);
        control.observe(false, at(100));
        assert_eq!(control.vouches(at(101)), None);
        assert_eq!(control.vouches(at(100)), Some(Ok(())));
        control.observe(true, at(200));
        control.observe(false, at(300));
        assert_eq!(control.vouches(at(150)), Some(Err(Reason::ControlBad)));
        assert_eq!(control.vouches(at(250)), Some(Ok(())));
    }
}
