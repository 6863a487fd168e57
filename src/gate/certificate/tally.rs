//! Counts the entries of a log.

use super::{
    Bounds, Certificate, FORMAT, Limits, LogDigest, Method, Percentiles, StreamClaim, VERSION, gaps::Silences,
    waves::Waves,
};
use crate::{
    probe::{Census, Entry, Failure, Header, Outcome, Record, Stream},
    statistics::{Counts, Latencies},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

pub(super) struct Tally {
    header: Header,
    now: Duration,
    complete: bool,
    service: Counts,
    streams: BTreeMap<Stream, OfStream>,
    failures: BTreeMap<Failure, u64>,
    markers: BTreeMap<String, u64>,
    from: BTreeSet<IpAddr>,
    silences: Silences,
    waves: Waves,
    census: Option<Census>,
}

#[derive(Default)]
struct OfStream {
    counts: Counts,
    missed: u64,
    off: u64,
    latencies: Latencies,
    longest_lag: Duration,
}

impl Tally {
    pub(super) fn new(header: Header) -> Self {
        let streams = header.streams.iter().map(|plan| (plan.stream, OfStream::default())).collect();
        Tally {
            header,
            now: Duration::ZERO,
            complete: false,
            service: Counts::default(),
            streams,
            failures: BTreeMap::new(),
            markers: BTreeMap::new(),
            from: BTreeSet::new(),
            silences: Silences::default(),
            waves: Waves::default(),
            census: None,
        }
    }

    pub(super) fn observe(&mut self, entry: &Entry) {
        self.now = self.now.max(entry.at());
        self.waves.observe(entry);
        match entry {
            Entry::Probe(record) => self.probe(record),
            Entry::Census { census, .. } => self.census = Some(census.clone()),
            Entry::Stopped { .. } => self.complete = true,
            _ => {}
        }
    }

    fn probe(&mut self, record: &Record) {
        let stream = self.streams.entry(record.stream).or_default();
        stream.longest_lag = stream.longest_lag.max(record.sent.map_or(Duration::ZERO, |_| record.lag()));
        let failed = match record.outcome {
            Outcome::Answered => false,
            Outcome::Failed { .. } => true,
            Outcome::Missed { .. } => {
                stream.missed += 1;
                return;
            }
            Outcome::Off => {
                stream.off += 1;
                return;
            }
        };
        stream.counts.add(failed);
        stream.latencies.record(record.latency());
        self.from.extend(record.from);
        self.silences.observe(record);
        if record.stream == Stream::Control {
            return;
        }
        self.service.add(failed);
        if let Some(failure) = record.failure() {
            *self.failures.entry(failure).or_default() += 1;
        }
        if let Some(marker) = &record.marker {
            *self.markers.entry(marker.clone()).or_default() += 1;
        }
    }

    pub(super) fn certificate(self, method: &Method, log: LogDigest) -> Certificate {
        let header = self.header;
        Certificate {
            format: FORMAT.to_owned(),
            version: VERSION,
            run: header.run,
            started: header.started,
            lasted: self.now,
            complete: self.complete,
            url: header.url,
            test_url: header.test_url,
            control_url: header.control_url,
            vantage: header.vantage,
            vantage_addresses: self.from,
            seed: header.seed,
            schedule: header.streams,
            limits: Limits {
                deadline: header.deadline,
                connect_timeout: header.connect_timeout,
                provisional_after: header.provisional_after,
                long_takes: header.long_takes,
            },
            method: *method,
            service: Bounds::of(self.service, method),
            streams: self.streams.into_iter().map(|(stream, counted)| (stream, counted.claim())).collect(),
            failures: self.failures,
            markers: self.markers,
            gaps: self.silences.gaps(self.now, header.deadline),
            waves: self.waves.claims(method),
            census: self.census,
            log,
        }
    }
}

impl OfStream {
    fn claim(self) -> StreamClaim {
        StreamClaim {
            counts: self.counts,
            missed: self.missed,
            off: self.off,
            latency: Percentiles::of(&self.latencies),
            longest_lag: self.longest_lag,
        }
    }
}
