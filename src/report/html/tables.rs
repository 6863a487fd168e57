//! The facts as tables: some stand nowhere else, some say again what a drawing shows.

use super::{
    timeline::symbol,
    words::{mark, verdict_class},
};
use crate::{
    Report,
    claims::{bound, confidence},
    facts::{Bin, FailedProbe, Progress, Traffic},
    words::{count, duration, offset},
};
use gate::probe::Failure;
use maud::{Markup, html};
use std::{collections::BTreeMap, time::Duration};

/// So many failed probes are listed one by one.
const LISTED: usize = 200;
/// So many rows has the table of what happened when, at most.
const ROWS: usize = 60;

/// What is wider than a phone scrolls within itself.
pub(super) fn scrolling(content: Markup) -> Markup {
    html! { div.scrolling tabindex="0" { (content) } }
}

pub(super) fn waves(report: &Report) -> Markup {
    if report.waves.is_empty() {
        return html! {};
    }
    html! {
        section #waves {
            h2 { "Waves and verdicts" }
            (scrolling(html! { table {
                thead { tr {
                    th { "Wave" } th { "Verdict" } th.number { "Steps" } th.number { "Began" } th.number { "Changed in" }
                    th.number { "Judged in" } th.number { "Requests" } th.number { "Failed" } th.number { "Availability, at least" }
                } }
                tbody { @for (number, wave) in (1..).zip(&report.waves) {
                    tr {
                        th scope="row" {
                            (number) " " (wave.name)
                            @if let Some(why) = &wave.irreversible { small { "Cannot be taken back: " (why) } }
                        }
                        td {
                            span.badge.(verdict_class(wave.verdict)) { (mark(wave.verdict)) }
                            @if let Some(why) = &wave.why { small { (why) } }
                            @if let Some(alarm) = wave.claim.as_ref().and_then(|claim| claim.alarm) {
                                small {
                                    "Noticed by " (alarm.trigger) ", " (duration(alarm.at.saturating_sub(alarm.since)))
                                    " after the first failure."
                                }
                            }
                        }
                        td.number { (wave.steps.len()) }
                        td.number { (wave.begun.map(offset).unwrap_or_default()) }
                        td.number { (between(wave.begun, wave.applied)) }
                        td.number { (between(wave.applied, wave.judged)) }
                        @match &wave.claim {
                            Some(claim) => {
                                td.number { (count(claim.service.counts.probes())) }
                                td.number.failed[claim.service.counts.failures() > 0] { (count(claim.service.counts.failures())) }
                                td.number { (bound(claim.service.anytime_upper_bound)) }
                            }
                            None => { td {} td {} td {} }
                        }
                    }
                } }
            } }))
            @if let Some(certificate) = &report.certificate {
                p.small {
                    "Requests of a wave are those that were due while it was judged. The bound of a single wave rests on few of \
                     them; it holds with " (confidence(certificate)) " confidence. A wave goes on when the test between a \
                     good and a bad failure rate has decided, which takes fewer requests than a tight bound."
                }
            }
        }
    }
}

pub(super) fn failures(report: &Report) -> Markup {
    let Some(traffic) = &report.traffic else { return html! {} };
    html! {
        section #failures {
            h2 { "Failed requests" }
            @if traffic.failures.is_empty() {
                p { "None." }
            } @else {
                (scrolling(kinds(traffic)))
                details {
                    summary { "One by one" @if traffic.failures.len() > LISTED { ", the first " (LISTED) } }
                    (scrolling(listed(traffic)))
                }
            }
        }
    }
}

fn kinds(traffic: &Traffic) -> Markup {
    let mut kinds: BTreeMap<Failure, Vec<&FailedProbe>> = BTreeMap::new();
    for failure in &traffic.failures {
        kinds.entry(failure.failure).or_default().push(failure);
    }
    html! { table {
        thead { tr {
            th { "Kind" } th.number { "Requests" } th.number { "First" } th.number { "Last" } th { "Streams" } th { "For example" }
        } }
        tbody { @for (kind, failures) in &kinds {
            @if let (Some(first), Some(last)) = (failures.first(), failures.last()) {
                tr {
                    th scope="row" { (kind) }
                    td.number { (count(failures.len() as u64)) }
                    td.number { (offset(first.at)) }
                    td.number { (offset(last.at)) }
                    td { (streams(failures)) }
                    td.detail { (first.detail) }
                }
            }
        } }
    } }
}

fn streams(failures: &[&FailedProbe]) -> String {
    let streams: std::collections::BTreeSet<String> =
        failures.iter().map(|failure| failure.stream.to_string()).collect();
    streams.into_iter().collect::<Vec<_>>().join(", ")
}

fn listed(traffic: &Traffic) -> Markup {
    html! { table {
        thead { tr { th.number { "Due" } th { "Stream" } th { "Kind" } th { "Request id" } th { "More" } } }
        tbody { @for failure in traffic.failures.iter().take(LISTED) {
            tr {
                td.number { (offset(failure.at)) }
                td { (failure.stream) }
                td { (failure.failure) }
                td { code { (failure.request_id) } }
                td.detail { (failure.detail) }
            }
        } }
    } }
}

pub(super) fn remarks(report: &Report) -> Markup {
    if report.remarks.is_empty() {
        return html! {};
    }
    html! {
        section #remarks {
            h2 { "What was said meanwhile" }
            details open[report.remarks.len() <= 20] {
                summary { (report.remarks.len()) " remarks" }
                (scrolling(html! { table { tbody { @for remark in &report.remarks {
                    tr { td.number { (offset(remark.at)) } td { (remark.about) } td.detail { (remark.text) } }
                } } } }))
            }
        }
    }
}

/// What the timeline draws, as numbers.
pub(super) fn numbers(report: &Report) -> Markup {
    html! {
        section #numbers {
            h2 { "The timeline as tables" }
            @if !report.steps.is_empty() {
                details { summary { "Steps" } (scrolling(steps(report))) }
            }
            @if let Some(traffic) = &report.traffic {
                details { summary { "Requests and latency" } (scrolling(course(traffic))) }
            }
            @for capacity in &report.capacity {
                details {
                    summary { "Healthy targets of " (capacity.of) }
                    (scrolling(html! { table {
                        thead { tr { th.number { "From" } th.number { "Healthy" } th.number { "Not healthy" } th.number { "Draining" } } }
                        tbody { @for now in &capacity.course {
                            tr {
                                td.number { (offset(now.at)) } td.number { (now.healthy) }
                                td.number { (now.unhealthy) } td.number { (now.draining) }
                            }
                        } }
                    } }))
                }
            }
        }
    }
}

fn steps(report: &Report) -> Markup {
    html! { table {
        thead { tr {
            th { "Step" } th { "What" } th.number { "Began" } th.number { "Took" } th { "End" } th { "Waited for" }
        } }
        tbody { @for bar in &report.steps {
            tr {
                td { (bar.index + 1) @if bar.part == engine::history::Part::Undo { " back" } }
                th scope="row" { (symbol(&bar.planned.verb)) " " (bar.title()) small { (bar.planned.detail) } }
                td.number { (bar.begun.map(offset).unwrap_or_default()) }
                td.number { (bar.took().map(duration).unwrap_or_default()) }
                td {
                    @match &bar.progress {
                        Progress::NotBegun => "not begun",
                        Progress::Unfinished => "no end recorded",
                        Progress::Done => "done",
                        Progress::Failed(why) => { "failed: " (why) }
                    }
                    @if bar.retries > 0 { small { (bar.retries) " calls made again" } }
                }
                td.detail { (bar.awaited.as_deref().unwrap_or_default()) }
            }
        } }
    } }
}

fn course(traffic: &Traffic) -> Markup {
    let together = traffic.bins.len().div_ceil(ROWS).max(1);
    let sum = |bins: &[Bin], of: fn(&Bin) -> u32| count(bins.iter().map(|bin| u64::from(of(bin))).sum());
    let most = |bins: &[Bin], of: fn(&Bin) -> Option<Duration>| {
        bins.iter().filter_map(of).max().map(duration).unwrap_or_default()
    };
    html! { table {
        thead { tr {
            th.number { "From" } th.number { "Answered" } th.number { "Failed" } th.number { "Not sent" }
            th.number { "Control failed" } th.number { "Highest median" } th.number { "Highest p99" }
        } }
        tbody { @for (index, bins) in traffic.bins.chunks(together).enumerate() {
            tr {
                td.number { (offset(traffic.bin * (index * together) as u32)) }
                td.number { (sum(bins, |bin| bin.answered)) }
                td.number.failed[bins.iter().any(|bin| bin.failed > 0)] { (sum(bins, |bin| bin.failed)) }
                td.number { (sum(bins, |bin| bin.missed)) }
                td.number { (sum(bins, |bin| bin.control_failed)) }
                td.number { (most(bins, |bin| bin.p50)) }
                td.number { (most(bins, |bin| bin.p99)) }
            }
        } }
    } }
}

fn between(from: Option<Duration>, to: Option<Duration>) -> String {
    from.zip(to).map(|(from, to)| duration(to.saturating_sub(from))).unwrap_or_default()
}
