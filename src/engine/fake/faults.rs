use crate::Fault;

/// Something that goes wrong with calls.
#[derive(Clone, Debug)]
pub struct Injection {
    /// Only calls of this kind (`ec2.vpc`); `None` for any.
    pub kind: Option<String>,
    /// Only this action (`read`, `find`, `create`, `update`, `delete`, `tag`); `None` for any.
    pub action: Option<String>,
    /// How many matching calls pass first.
    pub skip: usize,
    /// How many calls it hits then.
    pub times: usize,
    /// Whether the call still has its effect.
    pub when: When,
    /// What the caller gets; `None`: nothing, ever, as if the caller had died.
    pub fault: Option<Fault>,
}

/// On which side of its effect a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The call has no effect.
    Before,
    /// The call has its effect, and the reply is lost.
    After,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    injections: Vec<Injection>,
    calls: usize,
}

/// A fault that is due.
pub(super) struct Due {
    /// What the caller gets; `None`: it dies.
    pub(super) fault: Option<Fault>,
}

impl Faults {
    pub(super) fn inject(&mut self, injection: Injection) {
        self.injections.push(injection);
    }

    pub(super) fn heal(&mut self) {
        self.injections.clear();
    }

    pub(super) fn calls(&self) -> usize {
        self.calls
    }

    /// Counts a call; what goes wrong before and after its effect.
    pub(super) fn on_call(&mut self, kind: &str, action: &str) -> (Option<Due>, Option<Due>) {
        self.calls += 1;
        for injection in &mut self.injections {
            let matches = injection.kind.as_deref().is_none_or(|it| it == kind)
                && injection.action.as_deref().is_none_or(|it| it == action);
            if !matches || injection.times == 0 {
                continue;
            }
            if injection.skip > 0 {
                injection.skip -= 1;
                continue;
            }
            injection.times -= 1;
            let due = Some(Due { fault: injection.fault.clone() });
            return match injection.when {
                When::Before => (due, None),
                When::After => (None, due),
            };
        }
        (None, None)
    }
}
