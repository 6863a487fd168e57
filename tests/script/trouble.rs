//! What goes wrong in a script: somebody else changes things, calls fail, the engine dies.

use super::{
    Ahead, Script,
    arguments::{Assignment, number},
};
use crate::rehearse::Death;
use engine::{
    Fault,
    fake::{Injection, When},
    provider::Id,
};

impl Script {
    pub(super) fn id(&self, address: &str) -> Result<Id, String> {
        let state = self.rehearsal.record.state();
        let object = state.resources.get(address).and_then(|record| record.current.as_ref());
        object.map(|object| object.id.clone()).ok_or_else(|| format!("{address} does not exist"))
    }

    pub(super) fn drift(&self, assignment: &str) -> Result<String, String> {
        let Assignment { address, field, value } = assignment.parse()?;
        let field = field.trim_start_matches('/');
        self.rehearsal.cloud.drift(&self.id(&address)?, field, value);
        Ok(String::new())
    }

    pub(super) fn crash(&mut self, count: &str, what: &str) -> Result<String, String> {
        let count = number(count)?;
        self.ahead.push(Ahead::Death(match what {
            "calls" => Death::Before(count),
            "replies" => Death::After(count),
            "writes" => Death::Write(count),
            _ => return Err(format!("`{what}` is not `calls`, `replies` or `writes`")),
        }));
        Ok(String::new())
    }

    pub(super) fn fault(&mut self, call: &str, code: &str, rest: &[&str]) -> Result<String, String> {
        let (kind, action) = call.rsplit_once('.').map_or((None, call), |(kind, action)| (Some(kind), action));
        let (kind, action, fault) = (kind.map(str::to_owned), Some(action.to_owned()), Some(fault(code)));
        let times = rest.first().map_or(Ok(1), |times| number(times))?;
        let skip = rest.get(1).map_or(Ok(0), |skip| number(skip))?;
        let when = match rest.get(2) {
            None | Some(&"before") => When::Before,
            Some(&"after") => When::After,
            Some(other) => return Err(format!("`{other}` is neither `before` nor `after`")),
        };
        self.ahead.push(Ahead::Fault(Injection { kind, action, skip, times, when, fault }));
        Ok(String::new())
    }
}

fn fault(code: &str) -> Fault {
    let (code, message) = (code.to_owned(), "as the script says".to_owned());
    match code.as_str() {
        "Throttling" => Fault::Throttled { code, message },
        "InternalError" | "ServiceUnavailable" => Fault::Transient { code, message },
        "DependencyViolation" | "ResourceInUse" => Fault::InUse { code, message },
        "AccessDenied" => Fault::Denied { code, message },
        _ => Fault::Rejected { code, message },
    }
}
