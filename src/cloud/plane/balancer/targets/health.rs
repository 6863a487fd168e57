//! What checks say of a target.
//!
//! AWS: Elastic Load Balancing, Application Load Balancers, "Health checks for Application Load Balancer target groups".

use jiff::Timestamp;

use crate::elbv2::{HealthCheck, TargetState};

/// What is known of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetFact {
    /// Which registration of the target this is about.
    pub(crate) registered: Timestamp,
    pub(crate) state: TargetState,
    /// Why it is not healthy, as a code and in words.
    pub(crate) reason: Option<&'static str>,
    pub(crate) description: Option<String>,
}

/// What one check has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Finding {
    Good,
    /// An answer with another status code than those of the matcher.
    WrongCode(u16),
    /// No answer in time.
    Timeout,
    /// No connection, or no HTTP.
    Failed,
}

/// The health of a target as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Health {
    state: TargetState,
    /// How many checks in a row spoke against the state.
    against: u8,
    last_failure: Option<Finding>,
}

impl Health {
    pub(in super::super) const NEW: Self = Health { state: TargetState::Initial, against: 0, last_failure: None };

    pub(in super::super) fn state(&self) -> TargetState {
        self.state
    }

    /// Takes in what a check has found; tells whether the state changed. The first good check makes a new target
    /// healthy, whatever the threshold. As long as its process `may_start` no failure makes it unhealthy.
    pub(in super::super) fn observe(&mut self, finding: Finding, check: &HealthCheck, may_start: bool) -> bool {
        let good = finding == Finding::Good;
        let (next, threshold) = match (self.state, good) {
            (TargetState::Initial, true) => (TargetState::Healthy, 1),
            (TargetState::Unhealthy, true) => (TargetState::Healthy, check.healthy_threshold),
            (TargetState::Healthy | TargetState::Initial, false) => (TargetState::Unhealthy, check.unhealthy_threshold),
            _ => (self.state, u8::MAX),
        };
        self.last_failure = if good { None } else { Some(finding) }.or(self.last_failure.take());
        if next == self.state {
            self.against = 0;
            return false;
        }
        self.against = self.against.saturating_add(1);
        let changed = self.against >= threshold && !(may_start && (self.state, good) == (TargetState::Initial, false));
        if changed {
            *self = Health { state: next, against: 0, last_failure: self.last_failure.take() };
        }
        changed
    }

    /// The same in AWS's words (AWS: Elastic Load Balancing API Reference, TargetHealth).
    pub(in super::super) fn fact(&self, registered: Timestamp) -> TargetFact {
        let (reason, description) = match (self.state, &self.last_failure) {
            (TargetState::Initial, _) => {
                (Some("Elb.InitialHealthChecking"), Some("Initial health checks in progress".to_owned()))
            }
            (TargetState::Unhealthy, Some(Finding::WrongCode(code))) => {
                (Some("Target.ResponseCodeMismatch"), Some(format!("Health checks failed with these codes: [{code}]")))
            }
            (TargetState::Unhealthy, Some(Finding::Timeout)) => {
                (Some("Target.Timeout"), Some("Request timed out".to_owned()))
            }
            (TargetState::Unhealthy, _) => (Some("Target.FailedHealthChecks"), Some("Health checks failed".to_owned())),
            _ => (None, None),
        };
        TargetFact { registered, state: self.state, reason, description }
    }
}

/// What all nodes of a load balancer say of one target together: it is as well as the node that thinks worst of it says,
/// so that who waits for `healthy` waits for all of them.
pub(in super::super) fn together(facts: impl IntoIterator<Item = TargetFact>) -> Option<TargetFact> {
    let rank = |fact: &TargetFact| match fact.state {
        TargetState::Initial => 0,
        TargetState::Unhealthy => 1,
        _ => 2,
    };
    facts.into_iter().min_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elbv2::ProtocolVersion;

    fn check() -> HealthCheck {
        HealthCheck { healthy_threshold: 3, unhealthy_threshold: 2, ..HealthCheck::default_for(ProtocolVersion::Http1) }
    }

    fn states(findings: &[Finding]) -> Vec<TargetState> {
        let mut health = Health::NEW;
        let state = |finding: &Finding| {
            health.observe(finding.clone(), &check(), false);
            health.state()
        };
        findings.iter().map(state).collect()
    }

    #[test]
    fn one_success_suffices_for_a_new_target_only() {
        use Finding::{Failed, Good};
        use TargetState::{Healthy, Initial, Unhealthy};
        assert_eq!(states(&[Good]), [Healthy]);
        assert_eq!(states(&[Failed, Good]), [Initial, Healthy]);
        assert_eq!(states(&[Failed, Failed, Good, Good]), [Initial, Unhealthy, Unhealthy, Unhealthy]);
        let recovering = [Failed, Failed, Good, Good, Failed, Good, Good, Good];
        assert_eq!(states(&recovering).last(), Some(&Healthy), "the count starts anew");
        assert_eq!(states(&recovering)[6], Unhealthy);
        assert_eq!(states(&[Good, Failed, Good, Failed, Failed]), [Healthy, Healthy, Healthy, Healthy, Unhealthy]);
    }

    #[test]
    fn a_new_target_may_start_before_its_failures_count() {
        let mut health = Health::NEW;
        let mut state_after = |finding: Finding, may_start| {
            health.observe(finding, &check(), may_start);
            health.state()
        };
        for _ in 0..5 {
            assert_eq!(state_after(Finding::Failed, true), TargetState::Initial);
        }
        assert_eq!(state_after(Finding::Failed, false), TargetState::Unhealthy, "it has failed often enough");
        let mut health = Health { state: TargetState::Healthy, ..Health::NEW };
        assert!(!health.observe(Finding::Failed, &check(), true) && health.observe(Finding::Failed, &check(), true));
    }

    #[test]
    fn the_reason_is_that_of_the_last_failure() {
        let mut health = Health::NEW;
        health.observe(Finding::Timeout, &check(), false);
        assert_eq!(health.fact(Timestamp::UNIX_EPOCH).reason, Some("Elb.InitialHealthChecking"));
        health.observe(Finding::WrongCode(502), &check(), false);
        let fact = health.fact(Timestamp::UNIX_EPOCH);
        assert_eq!(fact.reason, Some("Target.ResponseCodeMismatch"));
        assert_eq!(fact.description.as_deref(), Some("Health checks failed with these codes: [502]"));
    }

    #[test]
    fn nodes_speak_together() {
        let fact = |state| TargetFact { registered: Timestamp::UNIX_EPOCH, state, reason: None, description: None };
        let state = |states: &[TargetState]| together(states.iter().map(|state| fact(*state))).map(|fact| fact.state);
        use TargetState::{Healthy, Initial, Unhealthy};
        assert_eq!(state(&[Healthy, Initial, Unhealthy]), Some(Initial));
        assert_eq!(state(&[Healthy, Unhealthy]), Some(Unhealthy));
        assert_eq!(state(&[Healthy, Healthy]), Some(Healthy));
        assert_eq!(state(&[]), None);
    }
}
