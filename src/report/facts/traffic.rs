use super::axis::Axis;
use gate::probe::{self, Entry, Failure, Header, LogError, Outcome, Record, Stream};
use jiff::Timestamp;
use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
    time::Duration,
};

/// The probes of an apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// How long each of [`bins`](Self::bins) lasts.
    pub bin: Duration,
    /// What happened, cut into pieces of equal length, from the begin of all times to their end.
    pub bins: Vec<Bin>,
    /// Every probe to the service that failed, by the time it was due.
    pub failures: Vec<FailedProbe>,
    /// After how long a probe failed.
    pub deadline: Duration,
}

/// The probes that were due in one piece of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// Answered rightly.
    pub answered: u32,
    /// Failed.
    pub failed: u32,
    /// Not sent, because the prober could not.
    pub missed: u32,
    /// Probes to the control endpoint that failed.
    pub control_failed: u32,
    /// The median latency of what was answered; long requests are left out.
    pub p50: Option<Duration>,
    /// 99 % of them were at most this.
    pub p99: Option<Duration>,
}

/// A probe that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedProbe {
    /// When it was due.
    pub at: Duration,
    /// The stream that it belongs to.
    pub stream: Stream,
    /// Why.
    pub failure: Failure,
    /// What the system or the answer said.
    pub detail: String,
    /// The value of its request id header: how to find it in the logs of the load balancer and the service.
    pub request_id: String,
}

/// The lengths that a bin can have, in milliseconds.
const BINS: [u64; 12] = [500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000];
/// The most bins: a second each for ten minutes.
const MOST_BINS: u128 = 600;

/// A log that was read, its times still the prober's own.
pub(super) struct Samples {
    pub(super) started: Timestamp,
    pub(super) last: Duration,
    header: Header,
    records: Vec<Record>,
}

/// Reads a log; `None` when there is none, or it does not begin as one.
pub(super) fn read(path: &Path, problems: &mut Vec<String>) -> Option<Samples> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                problems.push(format!("{}: {error}", path.display()));
            }
            return None;
        }
    };
    let mut samples: Option<Samples> = None;
    let mut first_problem = None;
    for entry in probe::read(BufReader::new(file)) {
        match (&mut samples, entry) {
            (Some(samples), Ok(entry)) => {
                samples.last = samples.last.max(entry.at());
                if let Entry::Probe(record) = entry {
                    samples.records.push(record);
                }
            }
            (none, Ok(Entry::Started(header))) => {
                let started = header.started;
                *none = Some(Samples { started, last: Duration::ZERO, header, records: Vec::new() });
            }
            (None, Ok(_)) => break,
            // The rest of a file that cannot be read any more would be the same error for ever.
            (_, Err(error @ LogError::Read(_))) => {
                first_problem = first_problem.or(Some(error));
                break;
            }
            // Cut off when the process was killed, or spoilt: what can be read is shown.
            (_, Err(error)) => first_problem = first_problem.or(Some(error)),
        }
    }
    if samples.is_none() {
        problems.push(format!("{} is not a probe log", path.display()));
    } else if let Some(error) = first_problem {
        problems.push(format!("{}: {error}", path.display()));
    }
    samples
}

impl Samples {
    /// The probes on the axis, which reaches to `span`.
    pub(super) fn traffic(self, axis: &Axis, span: Duration) -> Traffic {
        let bin = bin_length(span);
        let count = (span.as_micros() / bin.as_micros() + 1).min(MOST_BINS * 2) as usize;
        let mut bins = vec![Bin::default(); count];
        let mut latencies: Vec<Vec<Duration>> = vec![Vec::new(); count];
        let mut failures = Vec::new();
        for record in &self.records {
            let at = axis.probe(record.due);
            let index = ((at.as_micros() / bin.as_micros()) as usize).min(count - 1);
            let here = &mut bins[index];
            if record.stream == Stream::Control {
                here.control_failed += u32::from(record.outcome.failed() == Some(true));
                continue;
            }
            match &record.outcome {
                Outcome::Answered => {
                    here.answered += 1;
                    if record.stream != Stream::Long {
                        latencies[index].push(record.latency());
                    }
                }
                Outcome::Failed { failure, detail } => {
                    here.failed += 1;
                    failures.push(FailedProbe {
                        at,
                        stream: record.stream,
                        failure: *failure,
                        detail: detail.clone().unwrap_or_else(|| said(record)),
                        request_id: record.request_id(&self.header.run),
                    });
                }
                Outcome::Missed { .. } => here.missed += 1,
                Outcome::Off => (),
            }
        }
        for (bin, latencies) in bins.iter_mut().zip(&mut latencies) {
            latencies.sort_unstable();
            bin.p50 = quantile(latencies, 0.5);
            bin.p99 = quantile(latencies, 0.99);
        }
        failures.sort_by_key(|failure| failure.at);
        Traffic { bin, bins, failures, deadline: self.header.deadline }
    }
}

/// The shortest length of which there are not too many.
fn bin_length(span: Duration) -> Duration {
    let fits = |&&millis: &&u64| span.as_millis() / u128::from(millis) < MOST_BINS;
    let millis = BINS.iter().find(fits).copied().unwrap_or_else(|| (span.as_millis() / MOST_BINS) as u64 + 1);
    Duration::from_millis(millis)
}

fn quantile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

fn said(record: &Record) -> String {
    let status = record.status.map(|status| format!("status {status}"));
    let from = record.address.map(|address| format!("from {address}"));
    [status, from].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_never_too_many() {
        for (span, bin) in [(0, 500), (299, 500), (300, 1000), (599, 1000), (600, 2000), (86_400, 300_000)] {
            assert_eq!(bin_length(Duration::from_secs(span)), Duration::from_millis(bin), "{span} s");
        }
        let month = Duration::from_secs(30 * 86_400);
        assert!(month.as_millis() / bin_length(month).as_millis() < MOST_BINS);
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let sorted: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(quantile(&sorted, 0.5), Some(Duration::from_millis(50)));
        assert_eq!(quantile(&sorted, 0.99), Some(Duration::from_millis(99)));
        assert_eq!(quantile(&sorted[..1], 0.99), Some(Duration::from_millis(1)));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
