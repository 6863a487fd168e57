use super::{Mode, Reason};
use model::Address;
use serde::{Deserialize, Serialize};

/// What can be said about serving while a plan is applied. It stands in the plan document, whose version is its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The result.
    pub verdict: Verdict,
    /// Every way that requests take, before the plan or after it.
    pub paths: Vec<Route>,
    /// The steps between those that settle, in order.
    pub waves: Vec<Wave>,
    /// The states in which something does not serve that serves before and after.
    pub breaks: Vec<Break>,
    /// What cannot be proven, and why.
    pub unproven: Vec<Unproven>,
    /// What else there is to say, by failure mode.
    pub findings: Vec<Finding>,
}

/// The result of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing serves that could be lost.
    Idle,
    /// Whatever serves before and after keeps serving in every state on the way, crashes included.
    Proven,
    /// It may, but that is not proven. Never taken for safe.
    Unproven,
    /// There is a state in which something does not serve.
    Broken,
}

/// A way that requests take: a port, a rule, its groups and their tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// How people call it: `/* at listener.web (port 80)`.
    pub name: String,
    /// The rule, or the listener for its default action.
    pub address: Option<Address>,
    /// The load balancer.
    pub load_balancer: Option<Address>,
    /// The services that its requests get to, before the plan or after it.
    pub services: Vec<Address>,
    /// The URL that a probe asks for, if the stack declares one.
    pub url: Option<String>,
    /// The fewest healthy targets that it needs at any moment.
    pub at_least: u32,
    /// Healthy targets before the plan; `None`: it does not serve.
    pub before: Option<u32>,
    /// Healthy targets after the plan; `None`: it does not serve.
    pub after: Option<u32>,
    /// Why it does not serve before the plan, or after it, if so.
    pub why: Option<Reason>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It serves before and after, and so has to serve all the time.
    Kept,
    /// It serves before, and the stack does not want it any more.
    Ends,
    /// It serves after.
    Begins,
    /// It serves neither before nor after.
    Dead,
}

/// Steps that may be under way at one time: those between two that settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// The steps, by their place in [`Plan::steps`](crate::plan::Plan::steps).
    pub steps: Vec<usize>,
    /// The state with the fewest healthy targets, by path; only those that lose any.
    pub lowest: Vec<Lowest>,
    /// What cannot be undone after this wave: objects that are gone.
    pub irreversible: Vec<Address>,
    /// How long it takes to undo the wave, in seconds. `None`: there is no way back.
    pub revert_seconds: Option<u32>,
}

/// The state of a wave in which a path has the fewest healthy targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lowest {
    /// The path, by its place in [`Proof::paths`].
    pub path: usize,
    /// How many targets are healthy then.
    pub healthy: u32,
    /// How many are without the plan.
    pub of: u32,
    /// The step that attains it, by its place in the plan.
    pub step: usize,
}

/// A state in which a path does not serve that serves before and after: a witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// The path, by its place in [`Proof::paths`].
    pub path: usize,
    /// The step that breaks it, by its place in the plan.
    pub step: usize,
    /// Whether it breaks while the step is under way, and not only when it is done.
    pub under_way: bool,
    /// The steps that are done in the state, of those that matter; no other is.
    pub done: Vec<usize>,
    /// What is wrong then.
    pub reason: Reason,
    /// The failure mode.
    pub mode: Mode,
    /// What to change.
    pub remedy: String,
}

/// Something that cannot be proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unproven {
    /// The path, by its place in [`Proof::paths`], if it is about one.
    pub path: Option<usize>,
    /// The resource concerned, if one is.
    pub address: Option<Address>,
    /// Why, as a sentence.
    pub why: String,
}

/// A failure mode that the plan as a whole has to do with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The failure mode.
    pub mode: Mode,
    /// The resource concerned.
    pub address: Option<Address>,
    /// Whether the plan must not be applied like this.
    pub severity: Severity,
    /// What is the case, as a sentence.
    pub message: String,
    /// What to change.
    pub remedy: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The gate watches for it.
    Watch,
    /// The plan cannot be proven.
    Unproven,
    /// Requests would fail, or the apply would not come to its end.
    Refuse,
}

impl Proof {
    /// The resources of which people have to say that their disruption is allowed before the plan may be applied.
    pub fn disrupted<'a>(&'a self, plan: &'a crate::plan::Plan) -> impl Iterator<Item = &'a Address> {
        let breaks = self.breaks.iter().filter_map(|it| plan.steps.get(it.step)?.address.as_ref());
        let findings = self.findings.iter().filter(|it| it.severity > Severity::Watch);
        let unproven = self.unproven.iter().filter_map(|it| it.address.as_ref());
        let mut all: Vec<&Address> =
            breaks.chain(findings.filter_map(|it| it.address.as_ref())).chain(unproven).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }
}
