//! What a run has shown, as the text at its end.

use crate::output::table;
use gate::{
    certificate::{Certificate, StreamClaim},
    probe::Stream,
    statistics::Probability,
};
use std::{fmt::Write as _, time::Duration};

/// The statistics of a run: how long, how many, what that proves and what it does not.
pub(crate) fn summary(certificate: &Certificate) -> String {
    let service = &certificate.service;
    let (probes, failures) = (service.counts.probes(), service.counts.failures());
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<16}{value}");
    };
    line("duration", seconds(certificate.lasted));
    line("checks", format!("{probes} at {}", certificate.url));
    line("successful", format!("{} ({})", probes - failures, percent(success(probes, failures), 4)));
    line("failed", failures.to_string());
    for (failure, count) in &certificate.failures {
        line("", format!("{count} {failure}"));
    }
    let bound = service.anytime_upper_bound;
    line(
        "availability",
        format!("at least {} with 95 % confidence, whenever one looks", percent(1.0 - bound.get(), 3)),
    );
    match certificate.gaps.as_ref().and_then(|gaps| gaps.service.longest) {
        Some(longest) => line("longest outage", format!("any of {} or more would have been seen", seconds(longest))),
        None => line("longest outage", "not known: no probe made a new connection".to_owned()),
    }
    if certificate.markers.len() > 1 {
        let answered = certificate.markers.iter().map(|(marker, count)| format!("{count} {marker}"));
        line("answered by", answered.collect::<Vec<_>>().join(", "));
    }
    let rows = certificate.streams.iter().map(|(stream, claim)| row(*stream, claim)).collect();
    let headings = ["stream", "what it does", "checks", "failed", "missed", "p50", "p99", "longest"];
    if let Some(streams) = table(&headings, rows) {
        let _ = write!(text, "\n{streams}");
    }
    text
}

/// Whether the service was as available as `objective` asks: of the checks made, at least that share succeeded.
pub(crate) fn meets(certificate: &Certificate, objective: Probability) -> bool {
    let counts = certificate.service.counts;
    counts.probes() > 0 && success(counts.probes(), counts.failures()) >= objective.get()
}

fn row(stream: Stream, claim: &StreamClaim) -> Vec<String> {
    let latency = |of: fn(&gate::certificate::Percentiles) -> Duration| {
        claim.latency.as_ref().map_or_else(String::new, |latency| seconds(of(latency)))
    };
    vec![
        stream.to_string(),
        what(stream).to_owned(),
        claim.counts.probes().to_string(),
        claim.counts.failures().to_string(),
        claim.missed.to_string(),
        latency(|it| it.p50),
        latency(|it| it.p99),
        latency(|it| it.longest),
    ]
}

fn what(stream: Stream) -> &'static str {
    match stream {
        Stream::NewConnection => "new connections",
        Stream::KeepAlive => "kept connections",
        Stream::Long => "long requests",
        Stream::EveryAddress => "every address",
        Stream::Sticky => "with cookies",
        Stream::TestListener => "test listener",
        Stream::Control => "control",
    }
}

fn success(probes: u64, failures: u64) -> f64 {
    if probes == 0 { 0.0 } else { (probes - failures) as f64 / probes as f64 }
}

/// A share as a percentage, rounded down: 99.999 % is never printed as 100 %.
pub(crate) fn percent(share: f64, digits: i32) -> String {
    let scale = 10_f64.powi(digits);
    // Without the little addition 0.29 would become 28.9999 %.
    let percent = ((share * 100.0 * scale) + 1e-6).floor() / scale;
    format!("{percent} %")
}

/// A duration in the unit that suits it.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 0.001 => format!("{} µs", duration.as_micros()),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1000.0),
        seconds if seconds < 120.0 => format!("{seconds:.1} s"),
        seconds => format!("{:.0} min {:.0} s", (seconds / 60.0).floor(), seconds % 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down() {
        assert_eq!(percent(1.0, 3), "100 %");
        assert_eq!(percent(0.999_999_9, 3), "99.999 %");
        assert_eq!(percent(0.29, 4), "29 %");
    }

    #[test]
    fn durations_have_a_unit() {
        let all =
            [Duration::from_micros(750), Duration::from_millis(12), Duration::from_secs(61), Duration::from_secs(125)];
        assert_eq!(all.map(seconds), ["750 µs", "12.0 ms", "61.0 s", "2 min 5 s"]);
    }
}
