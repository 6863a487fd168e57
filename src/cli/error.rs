use engine::{Fault, apply::Failure, plan::Refusal, refresh::Unreadable, state::StateError};
use std::fmt;

/// What a command ends with when it fails. Every one has the exit code 1.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: Kind,
    /// What is wrong, naming the file, line or address concerned.
    pub(crate) message: String,
    /// More of it, a line each: the single problems of a stack, for example.
    pub(crate) details: Vec<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

/// What sort of error it is: stable words for programs that read `--json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line or what the user answered.
    Usage,
    /// The stack program or its variables.
    Stack,
    /// The state, its lock or its journal.
    State,
    /// The credentials, the account or the region.
    Credentials,
    /// The cloud refused or could not be reached.
    Cloud,
    /// The plan: refused or stale.
    Plan,
    /// Some steps of an apply failed.
    Apply,
    /// The user interrupted.
    Interrupted,
    /// The local cloud.
    Local,
    /// What probes have shown, or kept them from showing anything.
    Gate,
    /// Something that should not happen.
    Internal,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Stack => "stack",
            Self::State => "state",
            Self::Credentials => "credentials",
            Self::Cloud => "cloud",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Interrupted => "interrupted",
            Self::Local => "local",
            Self::Gate => "gate",
            Self::Internal => "internal",
        }
    }
}

impl CliError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<StateError> for CliError {
    fn from(error: StateError) -> Self {
        let kind = if matches!(error, StateError::Foreign { .. }) { Kind::Credentials } else { Kind::State };
        Self { kind, message: error.to_string(), details: Vec::new(), hint: error.hint() }
    }
}

impl From<Fault> for CliError {
    fn from(fault: Fault) -> Self {
        let hint = hint_of(&fault);
        let kind = if matches!(fault, Fault::Credentials(_)) { Kind::Credentials } else { Kind::Cloud };
        let error = Self::new(kind, fault.to_string());
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<Unreadable> for CliError {
    fn from(error: Unreadable) -> Self {
        let mut cli: Self = error.fault.clone().into();
        cli.message = error.to_string();
        cli
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Invalid(problems) => {
                let details = problems.into_iter().map(|problem| {
                    let place = if problem.source.is_empty() {
                        problem.address
                    } else {
                        format!("{}: {}", problem.source, problem.address)
                    };
                    let field = if problem.problem.field.is_empty() {
                        String::new()
                    } else {
                        format!(".{}", problem.problem.field)
                    };
                    format!("{place}{field}: {}", problem.problem.message)
                });
                Self::new(Kind::Stack, message).details(details.collect())
            }
            Refusal::Cycle(_) => Self::new(Kind::Stack, message).hint("Break the circle: let one of them stand alone."),
            Refusal::PreventDestroy { .. } => Self::new(Kind::Plan, message)
                .hint("Take prevent_destroy off the resource in the stack and apply that first, or keep the resource."),
            Refusal::Exchange(_) => Self::new(Kind::Plan, message).hint(
                "Exchange what they do instead, or give one of them first what is free, apply, and then what it shall have.",
            ),
            Refusal::Moved(_) => Self::new(Kind::Stack, message),
        }
    }
}

/// What a user can do about a fault of the cloud.
pub(crate) fn hint_of(fault: &Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::Credentials(text) if text.contains("Expired") || text.contains("expired") => {
            "The credentials have expired: log in again (aws sso login), or set fresh ones."
        }
        Fault::Credentials(_) => {
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile; --local needs none."
        }
        Fault::Unreachable(_) => "Check the endpoint URL, the region and the network; --local starts a local cloud.",
        Fault::Denied { .. } => "Let the credentials' policy allow the action, then apply again: it goes on from here.",
        Fault::Throttled { .. } => "The account makes too many calls: apply again later, or lower --parallelism.",
        Fault::Transient { .. } => "The service has trouble: apply again later. It goes on from here.",
        Fault::Exists(_) => "Import is not possible yet: delete or rename the object, or rename the resource.",
        Fault::Failed(text) if text.contains("exit code") => {
            "The application's own lines say why: rust-stack local logs LOG_GROUP, or on AWS: aws logs tail LOG_GROUP."
        }
        Fault::InUse { .. } => "Something outside this stack still uses it: find and remove that, then apply again.",
        _ => return None,
    })
}

/// What a user can do about a failed step.
pub(crate) fn hint_of_failure(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Fault(Fault::NotFound(_)) | Failure::Vanished(_) => {
            Some("Somebody deleted it meanwhile. Plan again: it will be made anew.")
        }
        Failure::Fault(fault) => hint_of(fault),
        Failure::Halted(_) => None,
        Failure::TimedOut { .. } => Some("Apply again: it goes on waiting from here."),
        Failure::Reverted { .. } => {
            Some("Find out what undid it (the events of an ECS service say so), then apply again.")
        }
        Failure::Taken { .. } => Some("Find out who did. A plan made now starts from what is there."),
        Failure::UnknownKind(_) => Some("Use the version of rust-stack that made the plan."),
        Failure::State(_) => None,
    }
}
