//! The counts of client, load balancer and tasks, brought together by request id.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::traffic::{Kind, Sent, What};

/// Where a lost request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The load balancer has never seen it.
    OnTheWay,
    /// The load balancer had nobody to send it to.
    AtBalancer,
    /// It was sent to a target.
    AtTarget,
}

/// How requests are lost to a listener that goes: its port is closed, a connection that was not accepted yet is reset, and
/// requests on connections that exist find nobody to answer them.
pub(crate) const LISTENER_GONE: [(What, Place); 3] =
    [(What::Refused, Place::OnTheWay), (What::Reset, Place::OnTheWay), (What::Status(503), Place::AtBalancer)];

/// What became of the requests of one change.
#[derive(Debug)]
pub(crate) struct Report {
    sent: usize,
    lost: BTreeMap<(Kind, What, Place), usize>,
    /// Those of the lost that a target has answered all the same.
    had: usize,
}

/// How often each target has answered a request, by its id.
pub(crate) type Ledger = BTreeMap<String, usize>;

impl Report {
    /// Brings the three counts together: every request that the client saw answered must have been seen once by the load
    /// balancer, sent to one target, and answered once there; and what the client saw of a lost one must be what the load
    /// balancer says of it. Targets that are killed may not have written down their last answers.
    pub(crate) fn reconcile(sent: &[Sent], census: &Value, ledger: &Ledger, killed: bool) -> Self {
        let mut report = Report { sent: sent.len(), lost: BTreeMap::new(), had: 0 };
        for Sent { id, kind, outcome } in sent {
            let seen = &census[id.as_str()];
            let targets = seen["targets"].as_object().map_or(0, serde_json::Map::len);
            let answered = ledger.get(id).copied().unwrap_or_default();
            let Err(what) = outcome else {
                assert_eq!(
                    (&seen["seen"], targets, &seen["statuses"]["200"]),
                    (&1.into(), 1, &1.into()),
                    "{id}: {seen}"
                );
                assert!(answered == 1 || killed && answered == 0, "{id}: a target has answered it {answered} times");
                continue;
            };
            let place = match (seen, targets) {
                (Value::Null, _) => Place::OnTheWay,
                (_, 0) => Place::AtBalancer,
                _ => Place::AtTarget,
            };
            if let What::Status(status) = what {
                assert_eq!(
                    seen["statuses"][status.to_string()],
                    1,
                    "{id}: {status}, and the load balancer says {seen}"
                );
            }
            assert!(place == Place::AtTarget || answered == 0, "{id}: a target has it that never got it: {seen}");
            report.had += answered;
            *report.lost.entry((*kind, *what, place)).or_default() += 1;
        }
        report
    }

    /// Requests were lost: some in the first of these ways, and none in any other.
    #[track_caller]
    pub(crate) fn loses(&self, ways: &[(What, Place)]) {
        let count = |way: (What, Place)| -> usize {
            self.lost.iter().filter(|((_, what, place), _)| (*what, *place) == way).map(|(_, count)| count).sum()
        };
        assert!(count(ways[0]) > 0, "none was lost as expected: {self}");
        self.loses_some(ways);
    }

    /// Requests were lost, all of them in these ways.
    #[track_caller]
    pub(crate) fn loses_some(&self, ways: &[(What, Place)]) {
        assert!(!self.lost.is_empty(), "{self}");
        let known = self.lost.keys().all(|(_, what, place)| ways.contains(&(*what, *place)));
        assert!(known, "some were lost otherwise: {self}");
    }

    /// No request was lost on connections of this kind.
    #[track_caller]
    pub(crate) fn keeps(&self, kind: Kind) {
        assert!(!self.lost.keys().any(|(of, ..)| *of == kind), "{self}");
    }

    /// No request was lost, of enough to tell.
    #[track_caller]
    pub(crate) fn loses_none(&self) {
        assert!(self.sent >= 40, "{self} is no load");
        assert!(self.lost.is_empty(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} requests, {} lost", self.sent, self.lost.values().sum::<usize>())?;
        for ((kind, what, place), count) in &self.lost {
            write!(formatter, "; {kind:?} {what} {place:?}: {count}")?;
        }
        if self.had > 0 {
            write!(formatter, "; {} of them had an answer", self.had)?;
        }
        Ok(())
    }
}
